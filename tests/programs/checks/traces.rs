//! Traces go on, or begin anew, where the settings say.

use super::Case;
use crate::{
    oracle::{Close, Told},
    settings::Edges,
};

pub fn check(case: &Case<'_>, found: &mut Vec<String>) {
    if case.program.settings.is_traced() && case.kills == 0 {
        for told in case
            .told
            .iter()
            .filter(|told| told.close == Close::ContinuedAsNew)
        {
            continued(case, told, found);
        }
    }
}

/// The trace of a run, if its span came.
fn trace<'a>(case: &Case<'a>, run: &str) -> Option<&'a str> {
    let spans = case.played.emitted.spans.iter();
    let mut own = spans.filter(|span| span.operation() == "RunWorkflow");
    let own = own.find(|span| span.run.as_deref() == Some(run))?;
    Some(&own.trace)
}

/// A run that goes on as another one, and that one's attempts.
fn continued(case: &Case<'_>, told: &Told, found: &mut Vec<String>) {
    let is_one = case.program.settings.again_edges == Edges::Parent;
    let Some(first) = trace(case, &told.run) else {
        return;
    };
    let mut next = told.next.as_ref();
    while let Some(run) = next {
        let is_same = trace(case, run).map(|trace| trace == first);
        if is_same.is_some_and(|is_same| is_same != is_one) {
            let (of, is_same) = (&told.run, is_same == Some(true));
            found.push(format!("{run} follows {of} in its trace: {is_same}"));
        }
        let told = case.told.iter().find(|told| told.run == *run);
        next = told
            .filter(|told| told.is_retried)
            .and_then(|told| told.next.as_ref());
    }
}
