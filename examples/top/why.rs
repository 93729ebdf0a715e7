//! Why a run does not move, in few words.

use chronoscope::introspect::v1::{PendingActivity, Run, RunState};

/// Returns what a run is doing.
pub fn state(run: &Run) -> String {
    let state = RunState::try_from(run.state).map_or("", |state| state.as_str_name());
    let state = state.trim_start_matches("RUN_STATE_").to_lowercase();
    let blocked = if run.blocked { "blocked, " } else { "" };
    let stuck = if run.stuck { "stuck, " } else { "" };
    format!("{blocked}{stuck}{state}")
}

/// Returns how its last task failed, or else what it waits for.
pub fn reason(run: &Run) -> String {
    match run.last_failure.as_ref().filter(|_| run.stuck) {
        Some(failure) => {
            let message = failure.message.lines().next().unwrap_or_default();
            [&*failure.cause, message].join(" ").trim_end().to_owned()
        }
        None => waits(run),
    }
}

fn waits(run: &Run) -> String {
    if run.waits_unseen {
        return "nothing that the SDK shows".to_owned();
    }
    let Some(first) = run.waits.first() else {
        return String::new();
    };
    let parts = [&first.kind, &first.name, &first.id, &first.place];
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    let mut text = parts.cloned().collect::<Vec<_>>().join(" ");
    if let Some(until) = first.until {
        text += &format!(" until {until}");
    }
    match run.waits.len() as u64 - 1 + run.more_waits {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

/// Returns why an activity is not running, or who runs it, according to the server.
pub fn said(activity: &PendingActivity) -> String {
    let mut text = activity.state.replace('_', " ");
    if let Some(next) = activity.next_attempt {
        text += &format!(" until {next}");
    }
    match (&*activity.state, &*activity.last_worker) {
        ("scheduled", "") => text += ": no worker has taken it",
        ("started", worker) if !worker.is_empty() => text += &format!(" on {worker}"),
        _ => {}
    }
    text
}
