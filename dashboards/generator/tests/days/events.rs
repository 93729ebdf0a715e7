//! The events of healthy days.

use chronoscope::schema::Metric;

use super::{
    features::Feature::{self, *},
    fleet::Fleet,
    setting::Setting,
    trouble::Stuck,
    work::TYPE,
};

/// Applies the events of one minute.
pub fn events(fleet: &mut Fleet, setting: &Setting, minute: usize) {
    let (at, scaled) = (setting.times.at, &setting.times.scaled_to_zero);
    for feature in &setting.features {
        match feature {
            ScaleToZero if minute == scaled.start => fleet.end_one(0),
            ScaleToZero if minute == scaled.end => fleet.start(0),
            QueueRenamed if minute == at => rename(fleet),
            ScrapeGap => fleet.gap = (at..at + 10).contains(&minute),
            OneCallRefused => refuse(fleet, minute, at),
            Deployment => deploy(fleet, minute, at),
            ProcessRestarted => restart(fleet, minute, at),
            SlowDrain => drain(fleet, minute, at),
            BatchQueue | LongBatch if minute == at => fleet.served[2].burst = setting.burst(),
            ReplicaAway => {
                let is_away = (at..at + setting.times.away).contains(&minute);
                fleet.served[0].processes[0].reachable = !is_away;
            }
            Relabelled if minute == at => fleet.relabel(0),
            _ => trouble(fleet, *feature, minute, at),
        }
    }
}

/// Brief problems that go away by themselves.
fn trouble(fleet: &mut Fleet, feature: Feature, minute: usize, at: usize) {
    let lasts = |minutes| (at..at + minutes).contains(&minute);
    let served = &mut fleet.served[0];
    match feature {
        TargetAway => {
            if let Some(process) = served.processes.first_mut() {
                process.reachable = !lasts(4);
            }
        }
        RunsTerminated if lasts(2) => {
            served.trouble.refused = &[("RespondActivityTaskCompleted", false, "NOT_FOUND", 0.5)];
        }
        CollectorRestarted if lasts(3) => {
            served.trouble.lost = Some((Metric::ExportFailures, &[("exporter", "otlp")]));
        }
        OneTaskFailed if lasts(1) => {
            served.trouble.stuck = Some(Stuck {
                each: 9,
                of: TYPE,
                why: "WorkflowError",
            });
        }
        _ => {}
    }
}

fn rename(fleet: &mut Fleet) {
    fleet.end_one(0);
    fleet.served[0].queue.name = "orders";
    fleet.start(0);
}

fn deploy(fleet: &mut Fleet, minute: usize, at: usize) {
    if minute == at {
        fleet.start_one(0);
    }
    if minute == at + 2 {
        fleet.end_one(0);
    }
    // The new process replays the runs that the old one had cached.
    if (at..at + 6).contains(&minute) {
        fleet.served[0].trouble.misses = 0.6;
    }
}

/// A worker without others is told to shut down, and finishes its activities for eight minutes.
fn drain(fleet: &mut Fleet, minute: usize, at: usize) {
    if (at..at + 8).contains(&minute) {
        fleet.served[0].trouble.unpolled =
            &["workflow_task", "sticky_workflow_task", "activity_task"];
    }
    if minute == at + 8 {
        fleet.end_one(0);
        fleet.start_one(0);
    }
}

/// The processes restart one after another under their old names, and count from zero.
fn restart(fleet: &mut Fleet, minute: usize, at: usize) {
    let next = minute.checked_sub(at);
    let process = next.and_then(|next| fleet.served[0].processes.get_mut(next));
    if let Some(process) = process {
        process.values.values_mut().for_each(|value| *value = 0.0);
    }
}

/// One call each of several operations is rejected, and succeeds when retried. And the server is
/// too old for some calls at a worker's start and end.
fn refuse(fleet: &mut Fleet, minute: usize, at: usize) {
    let short = (Metric::RequestFailure, Metric::Request);
    let long = (Metric::LongRequestFailure, Metric::LongRequest);
    let (exhausted, unknown) = ("RESOURCE_EXHAUSTED", "UNIMPLEMENTED");
    let calls = [
        (short, "StartWorkflowExecution", exhausted, 1.0),
        (short, "RespondActivityTaskCompleted", "INTERNAL", 1.0),
        (long, "UpdateWorkflowExecution", exhausted, 1.0),
        (long, "PollWorkflowExecutionUpdate", exhausted, 1.0),
        (long, "PollWorkflowTaskQueue", "UNAVAILABLE", 1.0),
        (short, "RespondWorkflowTaskCompleted", "NOT_FOUND", 1.0),
        (short, "GetSystemInfo", unknown, 20.0),
        (short, "ShutdownWorker", unknown, 20.0),
    ];
    for (turn, ((failed, begun), operation, code, count)) in calls.into_iter().enumerate() {
        if minute == at + 10 * turn {
            let of = ("operation", operation);
            if let Some(process) = fleet.served[0].processes.first_mut() {
                process.add(begun, &[of], count);
                process.add(failed, &[of, ("status_code", code)], count);
            }
        }
    }
}
