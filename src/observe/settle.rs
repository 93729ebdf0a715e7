//! Ends in workflow code, held in the run's ledger until the SDK has settled their activation.

use super::{Call, End, Observer};
use crate::{
    commit::{Answer, Awaits, Ledger},
    execution::{Execution, Phase, current},
    schema::{Failure, Outcome, Retry},
    trace::Traced,
};

/// The error type of a result that the SDK could not convert.
const CONVERSION: &str = "PayloadConversionError";

/// Measures the end of a call.
type Measure = Box<dyn FnOnce(&Outcome) + Send>;

/// How the end of a call in workflow code is settled.
pub(crate) struct Settling {
    pub(crate) awaits: Awaits,
    pub(crate) measure: Option<Measure>,
}

impl Observer {
    /// Holds the hook of a call's start.
    pub(super) fn hold_start(&self, ledger: &Ledger) {
        if let Some(hook) = self.hook_on_start().cloned()
            && let Some(execution) = current().filter(Self::admits)
        {
            let observer = self.clone();
            ledger.hold(Awaits::Completion, execution.operation(), move |_| {
                observer.inside(execution, |execution| hook.on_start(execution));
            });
        }
    }

    /// Holds the signals of a call's end.
    pub(super) fn hold_end<T>(&self, ledger: &Ledger, call: &impl Call<T>, end: &End<'_, T>) {
        // An evicted run continues elsewhere.
        let Some(execution) = current().filter(|now| now.replay().phase != Phase::Evicting) else {
            return;
        };
        if self.writes_lines()
            && Self::admits(&execution)
            && let End::Returned(output) = end
            && let Some(line) = call.last_line(output)
        {
            // It is written when it is released, and not held again.
            let execution = execution.clone().released();
            ledger.hold(Awaits::EndOfRun, (), move |_| execution.run(line));
        }
        let traced = self.traced().and_then(|_| execution.info().traced());
        let span = traced.and_then(|traced: &Traced| traced.take(execution.operation()));
        let is_told = self.measured().is_some() || self.hook_on_end().is_some();
        let is_told = is_told && Self::admits(&execution);
        if span.is_none() && !is_told {
            return;
        }
        let Some(Settling { awaits, measure }) = call.settling() else {
            return;
        };
        let outcome = end.outcome(call);
        let is_shown = span.as_ref().is_some_and(|span| span.shows_messages());
        let message = is_shown.then(|| end.message(call)).flatten();
        let observer = self.clone();
        let span_is = span.as_ref().map(|span| span.what());
        let what = (span_is, execution.operation(), outcome.class());
        ledger.hold(awaits, what, move |answer| {
            let (outcome, message) = settled(answer, outcome, message);
            if let Some(span) = span {
                span.export(&outcome, message);
            }
            if is_told {
                if let Some(measure) = measure {
                    measure(&outcome);
                }
                if let Some(hook) = observer.hook_on_end() {
                    observer.inside(execution, |execution| hook.on_end(execution, &outcome));
                }
            }
        });
    }

    /// Calls a hook inside the execution that it reports.
    fn inside(&self, execution: Execution, hook: impl FnOnce(&Execution)) {
        let execution = execution.released();
        let about = execution.clone();
        execution.run(|| self.shielded(|| hook(&about)));
    }
}

/// Returns an end as the SDK settled it: an end that it could not convert has failed.
fn settled(answer: Answer, outcome: Outcome, message: Option<String>) -> (Outcome, Option<String>) {
    match answer {
        Answer::Failed if !outcome.is_error() => {
            let failure = Failure::new(CONVERSION, Retry::Final);
            (Outcome::Failed(failure), None)
        }
        _ => (outcome, message),
    }
}
