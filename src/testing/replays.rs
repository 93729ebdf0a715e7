//! Proofs over recorded histories, by the SDK's own replayer.

use std::{collections::BTreeMap, error::Error, fmt};

use temporalio_common::protos::temporal::api::history::v1::{
    History, HistoryEvent, history_event::Attributes,
};
use temporalio_sdk::workflow_replayer::{WorkflowReplayer, WorkflowReplayerOptions};

use super::{Capture, Line, expect::times};
use crate::{
    commit::TASK_FAILED,
    execution::Policy,
    observability::{Builder, Observability},
    rebuild::Recording,
};

type BoxError = Box<dyn Error + Send + Sync>;

/// Replays histories without this crate and with it: both times the code must issue the commands in
/// the history, and with it nothing may be emitted.
///
/// `options` register the workflows, and are not wrapped.
///
/// # Errors
///
/// [`NotNeutral`] names the first history that does not replay, or that emitted something.
///
/// # Panics
///
/// As [`Capture::new`].
pub async fn replays_neutrally(
    histories: impl IntoIterator<Item = Recording>,
    options: WorkflowReplayerOptions,
) -> Result<(), NotNeutral> {
    neutral(histories, options, Capture::new()).await
}

/// The same as [`replays_neutrally`], with the settings of a builder, such as the link between
/// search attributes and traces.
///
/// # Errors
///
/// As [`replays_neutrally`].
///
/// # Panics
///
/// As [`Capture::new`], and if the builder's settings are refused.
pub async fn replays_neutrally_under(
    builder: Builder,
    histories: impl IntoIterator<Item = Recording>,
    options: WorkflowReplayerOptions,
) -> Result<(), NotNeutral> {
    let capture = Capture::of(builder).unwrap_or_else(|error| panic!("cannot capture: {error}"));
    neutral(histories, options, capture).await
}

async fn neutral(
    histories: impl IntoIterator<Item = Recording>,
    options: WorkflowReplayerOptions,
    capture: Capture,
) -> Result<(), NotNeutral> {
    for (place, history) in histories.into_iter().enumerate() {
        let unread = |source| NotNeutral::new(place, "", "cannot be read", source);
        let events = events(history).await.map_err(unread)?;
        let id = workflow_id(&events);
        let failed = |why| move |source| NotNeutral::new(place, id, why, source);
        let bare = replay(&events, options.clone()).await;
        bare.map_err(failed("does not replay without chronoscope"))?;
        let observed = replay(&events, capture.wrap(options.clone())).await;
        observed.map_err(failed("does not replay with chronoscope"))?;
        let emitted = emitted(&capture);
        if !emitted.is_empty() {
            return Err(failed("emitted something in its replay")(
                emitted.join("\n").into(),
            ));
        }
    }
    Ok(())
}

/// Checks that each line of a run's workflow code was captured exactly as often as its code writes
/// it: the history is replayed once with its lines shown, and compared. So a line that was emitted
/// twice is distinguished from two equal lines. No span may have been captured twice either.
///
/// Lines of activities, queries and update validators are not compared, since no replay repeats
/// them; nor are lines marked `task_failed`, whose task the server did not accept. By default lines
/// have no such mark, so one that only a failed attempt of a task wrote counts as too many.
///
/// # Errors
///
/// [`Repeated`] has the lines that are missing or were emitted too often.
///
/// # Panics
///
/// As [`Capture::new`].
pub async fn emits_once(
    history: Recording,
    options: WorkflowReplayerOptions,
    capture: &Capture,
) -> Result<(), Repeated> {
    let unreadable = |source| Repeated {
        differences: Vec::new(),
        source: Some(source),
    };
    let events = events(history).await.map_err(unreadable)?;
    let shown = Capture::of(Observability::builder().replay_policy(Policy::Show));
    let shown = shown.map_err(|error| unreadable(error.into()))?;
    let replayed = replay(&events, shown.wrap(options)).await;
    replayed.map_err(unreadable)?;

    let expected = shown.lines();
    let runs: Vec<_> = expected.iter().filter_map(Line::run_id).collect();
    let is_of_run = |line: &Line| line.run_id().is_some_and(|run| runs.contains(&run));
    let captured: Vec<_> = capture.lines().into_iter().filter(is_of_run).collect();
    let mut differences = differences(&expected, &captured);
    differences.extend(repeated_spans(capture));
    match differences.is_empty() {
        true => Ok(()),
        false => Err(Repeated {
            differences,
            source: None,
        }),
    }
}

async fn events(history: Recording) -> Result<Vec<HistoryEvent>, BoxError> {
    Ok(history.into_history().into_events().await?)
}

/// Returns the workflow's id, which old histories lack.
fn workflow_id(events: &[HistoryEvent]) -> &str {
    match events.first().and_then(|event| event.attributes.as_ref()) {
        Some(Attributes::WorkflowExecutionStartedEventAttributes(started)) => &started.workflow_id,
        _ => "",
    }
}

async fn replay(events: &[HistoryEvent], options: WorkflowReplayerOptions) -> Result<(), BoxError> {
    let history = History {
        events: events.to_vec(),
    };
    let replayer = WorkflowReplayer::new(options)?;
    replayer.replay_workflow(history.into()).await?;
    Ok(())
}

fn emitted(capture: &Capture) -> Vec<String> {
    let lines = capture.lines().into_iter();
    let lines = lines.map(|line| format!("line {:?}", line.message));
    let spans = capture.spans().into_iter();
    let spans = spans.map(|span| format!("span {:?}", span.name));
    let samples = capture.sink().samples().into_iter();
    // A counter's initial zero is not a recording.
    let recorded = samples.filter(|(_, sample)| *sample != super::sample::Sample::Counter(0));
    let recorded = recorded.map(|((name, _), _)| format!("metric {name:?}"));
    lines.chain(spans).chain(recorded).collect()
}

fn differences(expected: &[Line], captured: &[Line]) -> Vec<String> {
    let mut counts = BTreeMap::<_, (u64, u64)>::new();
    for line in expected.iter().filter(|line| line.is_replayable) {
        counts.entry(line.said()).or_default().0 += 1;
    }
    let is_accepted = |line: &&Line| line.is_replayable && line.field(TASK_FAILED).is_none();
    for line in captured.iter().filter(is_accepted) {
        counts.entry(line.said()).or_default().1 += 1;
    }
    let differ = counts
        .into_iter()
        .filter(|(_, (wanted, found))| wanted != found);
    differ
        .map(|((level, _, message, _), (wanted, found))| {
            let (found, wanted) = (times(found), times(wanted));
            format!("{level} line {message:?}: {found}, where its code writes it {wanted}")
        })
        .collect()
}

fn repeated_spans(capture: &Capture) -> Vec<String> {
    let mut counts = BTreeMap::<_, (String, u64)>::new();
    for span in capture.spans() {
        let id = span.span_context.span_id().to_bytes();
        let entry = counts.entry(id).or_default();
        *entry = (span.name.into_owned(), entry.1 + 1);
    }
    let repeated = counts.into_values().filter(|(_, count)| *count > 1);
    repeated
        .map(|(name, count)| format!("span {name:?}: {}", times(count)))
        .collect()
}

/// The error of a history that does not replay neutrally.
#[derive(Debug)]
pub struct NotNeutral {
    place: usize,
    workflow_id: String,
    why: &'static str,
    source: BoxError,
}

impl NotNeutral {
    fn new(place: usize, workflow_id: &str, why: &'static str, source: BoxError) -> Self {
        Self {
            place,
            workflow_id: workflow_id.to_owned(),
            why,
            source,
        }
    }
}

impl fmt::Display for NotNeutral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "history {}", self.place)?;
        if !self.workflow_id.is_empty() {
            write!(f, " (workflow {:?})", self.workflow_id)?;
        }
        write!(f, " {}: {}", self.why, self.source)
    }
}

impl Error for NotNeutral {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

/// The error of telemetry that was emitted more or less often than its code says.
#[derive(Debug)]
pub struct Repeated {
    differences: Vec<String>,
    source: Option<BoxError>,
}

impl fmt::Display for Repeated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(f, "the history does not replay: {source}"),
            None => write!(f, "not emitted once:\n  {}", self.differences.join("\n  ")),
        }
    }
}

impl Error for Repeated {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source: &(dyn Error + 'static) = &**self.source.as_ref()?;
        Some(source)
    }
}
