//! Faults on top of a usual day, each with the alert that must say so.

use chronoscope::schema::{Metric as M, Naming};

use super::{
    fleet::{Fleet, Queue},
    healthy::Day,
    process::Via,
    random::Random,
    trouble::Trouble,
};

/// A fault, the alert that must fire within so many minutes, and labels that it must have.
pub struct Fault {
    pub name: &'static str,
    pub alert: &'static str,
    pub within: usize,
    pub labels: &'static [(&'static str, &'static str)],
    /// How long it lasts.
    pub lasts: usize,
    pub trouble: Trouble,
    /// Changes the queue that it is of.
    pub of: fn(&mut Queue),
    /// Whether new processes bring it.
    pub deployed: bool,
}

/// When a fault begins.
pub const BEGINS: usize = 70;
/// After how many minutes more nothing fires any longer.
pub const CLEARS: usize = 70;

impl Fault {
    const fn new(name: &'static str, alert: &'static str, trouble: Trouble) -> Self {
        Self {
            name,
            alert,
            within: 15,
            labels: &[("task_queue", "orders"), ("namespace", "shop")],
            lasts: 40,
            trouble,
            of: |_| {},
            deployed: false,
        }
    }

    fn within(mut self, within: usize) -> Self {
        self.within = within;
        self.lasts = within + 25;
        self
    }

    fn of(mut self, of: fn(&mut Queue)) -> Self {
        self.of = of;
        self
    }

    fn labels(mut self, labels: &'static [(&'static str, &'static str)]) -> Self {
        self.labels = labels;
        self
    }

    fn deployed(mut self) -> Self {
        self.deployed = true;
        self
    }

    /// The day of this fault: two queues of one name in two namespaces, and a third one.
    pub fn day(&self, seed: u64, naming: Naming) -> Day {
        let random = Random::new(seed);
        let turn = usize::try_from(seed).unwrap() % 3;
        let via = Via {
            naming,
            otlp: turn == 1 && !self.trouble.dead,
            kubernetes: turn == 2,
        };
        let mut fleet = Fleet::new(via, random);
        let mut queue = Queue::usual("shop", "orders");
        (self.of)(&mut queue);
        fleet.serve(queue);
        for (namespace, name) in [("billing", "orders"), ("shop", "parcels")] {
            fleet.serve(Queue {
                slim: true,
                ..Queue::usual(namespace, name)
            });
        }
        let end = BEGINS + self.lasts;
        for minute in 0..end + CLEARS {
            if minute == BEGINS && self.deployed {
                fleet.end_one(0);
                fleet.start(0);
            }
            let wrong = (BEGINS..end).contains(&minute);
            fleet.served[0].trouble = if wrong {
                self.trouble.clone()
            } else {
                Trouble::default()
            };
            fleet.minute(minute);
        }
        Day {
            name: format!("{seed}: {}", self.name),
            series: fleet.series,
            minutes: end + CLEARS,
        }
    }
}

/// Every fault.
pub fn all() -> Vec<Fault> {
    [workers(), tasks(), waits(), calls(), caches(), telemetry()]
        .into_iter()
        .flatten()
        .collect()
}

fn none() -> Trouble {
    Trouble::default()
}

fn workers() -> Vec<Fault> {
    let unpolled = |unpolled| Trouble { unpolled, ..none() };
    let full = |kind, share| Trouble {
        full: Some((kind, share)),
        ..none()
    };
    let ten = |queue: &mut Queue| {
        (queue.replicas, queue.slim, queue.runs) = (10, true, 300.0);
    };
    let one = |trouble| Trouble {
        one: true,
        ..trouble
    };
    let slots =
        |name, kind, labels| Fault::new(name, "SlotsExhausted", full(kind, 1.0)).labels(labels);
    vec![
        Fault::new(
            "nobody polls",
            "PollersZero",
            unpolled(&["workflow_task", "sticky_workflow_task", "activity_task"]),
        ),
        Fault::new(
            "nobody polls for activities",
            "PollersZero",
            unpolled(&["activity_task"]),
        )
        .labels(&[("task_queue", "orders"), ("poller_type", "activity_task")]),
        Fault::new(
            "nobody polls for workflow tasks",
            "PollersZero",
            unpolled(&["workflow_task", "sticky_workflow_task"]),
        )
        .labels(&[("task_queue", "orders"), ("poller_type", "workflow_task")]),
        Fault::new(
            "processes died",
            "WorkerVanished",
            Trouble {
                dead: true,
                ..none()
            },
        ),
        slots(
            "slots full of workflow tasks",
            "WorkflowWorker",
            &[("worker_type", "WorkflowWorker")],
        ),
        slots(
            "slots full of activities",
            "ActivityWorker",
            &[("worker_type", "ActivityWorker")],
        ),
        slots(
            "slots full of local activities",
            "LocalActivityWorker",
            &[("worker_type", "LocalActivityWorker")],
        ),
        slots(
            "slots full of Nexus tasks",
            "NexusWorker",
            &[("worker_type", "NexusWorker")],
        ),
        Fault::new(
            "slots nearly full",
            "SlotsNearlyExhausted",
            full("ActivityWorker", 0.92),
        )
        .within(25),
        Fault::new(
            "one replica of ten fails",
            "ReplicaFails",
            one(Trouble {
                failing: 1.0,
                ..none()
            }),
        )
        .of(ten)
        .within(25),
        Fault::new(
            "one replica of ten does not poll",
            "ReplicaDoesNotPoll",
            one(unpolled(&["activity_task"])),
        )
        .of(ten)
        .within(35),
    ]
}

fn tasks() -> Vec<Fault> {
    let fail = |reason, share| Trouble {
        tasks_fail: Some((reason, share)),
        ..none()
    };
    let large =
        |name, reason| Fault::new(name, "GrpcMessageTooLarge", fail(reason, 0.02)).within(10);
    let failing = |failing| Trouble { failing, ..none() };
    let hanging = Trouble {
        hanging: true,
        ..none()
    };
    vec![
        Fault::new(
            "non-determinism after a deployment",
            "NonDeterminism",
            fail("NonDeterminismError", 1.0),
        )
        .within(8)
        .deployed(),
        Fault::new(
            "non-determinism of a few runs",
            "NonDeterminism",
            fail("NonDeterminismError", 0.05),
        )
        .within(8)
        .deployed(),
        Fault::new(
            "non-determinism without zeros",
            "NonDeterminism",
            fail("NonDeterminismError", 0.05),
        )
        .of(|queue| queue.zeros = false)
        .within(8)
        .deployed(),
        Fault::new(
            "non-determinism, no deployment",
            "NonDeterminism",
            fail("NonDeterminismError", 0.05),
        )
        .of(|queue| queue.zeros = false)
        .within(8),
        large("a message too large", "GrpcMessageTooLarge"),
        large("payloads too large", "PayloadsTooLarge"),
        large("a request too large", "RequestTooLarge"),
        Fault::new(
            "workflow tasks fail",
            "WorkflowTaskFailuresElevated",
            fail("WorkflowError", 0.5),
        )
        .within(12),
        Fault::new(
            "all workflow tasks fail",
            "WorkflowTaskFailuresElevated",
            fail("WorkflowError", 1.0),
        )
        .within(12),
        Fault::new(
            "one task fails for ever",
            "WorkflowTasksFailAgain",
            Trouble {
                stuck: Some(9),
                ..none()
            },
        )
        .within(75),
        Fault::new(
            "workflow tasks hang",
            "CompletionsZeroOfWorkflowTasks",
            Trouble {
                tasks_hang: true,
                ..none()
            },
        )
        .within(20),
        Fault::new("activities fail", "ActivityFailuresElevated", failing(0.8)),
        Fault::new(
            "all activities fail",
            "ActivityFailuresElevated",
            failing(1.0),
        ),
        Fault::new(
            "all activities of a quiet queue fail",
            "ActivityFailuresElevated",
            failing(1.0),
        )
        .of(|queue| queue.runs = 2.0)
        .within(20),
        Fault::new(
            "activities hang",
            "CompletionsZeroOfActivities",
            hanging.clone(),
        )
        .within(50),
        Fault::new(
            "activities hang, slots by resources",
            "CompletionsZeroOfActivities",
            hanging,
        )
        .of(|queue| queue.slots = 0.0)
        .within(50),
    ]
}

fn waits() -> Vec<Fault> {
    let wait = |seconds| Trouble {
        wait: Some(seconds),
        ..none()
    };
    let call = |seconds| Trouble {
        call: Some(seconds),
        ..none()
    };
    let start: &[_] = &[("operation", "StartWorkflowExecution")];
    vec![
        Fault::new(
            "tasks wait a little",
            "WorkflowTaskScheduleToStartElevated",
            wait(0.4),
        )
        .within(35),
        Fault::new(
            "tasks wait long",
            "WorkflowTaskScheduleToStartHigh",
            wait(8.0),
        ),
        Fault::new(
            "tasks of a quiet queue wait long",
            "WorkflowTaskScheduleToStartHigh",
            wait(8.0),
        )
        .of(|queue| queue.runs = 1.0),
        Fault::new(
            "tasks wait for an hour",
            "WorkflowTaskScheduleToStartSevere",
            wait(3000.0),
        ),
        Fault::new(
            "activities wait for an hour",
            "ActivityScheduleToStartSevere",
            Trouble {
                activity_wait: Some(3000.0),
                ..none()
            },
        ),
        Fault::new(
            "tasks take long",
            "WorkflowTaskExecutionLatencyHigh",
            Trouble {
                task: Some(15.0),
                ..none()
            },
        ),
        Fault::new(
            "local activities take long",
            "LocalActivityLong",
            Trouble {
                local: Some(3000.0),
                ..none()
            },
        ),
        Fault::new("starts take long", "RequestLatencyHigh", call(4.0)).labels(start),
    ]
}

fn refused(
    name: &'static str,
    alert: &'static str,
    refused: &'static [super::trouble::Refused],
) -> Fault {
    Fault::new(name, alert, Trouble { refused, ..none() }).labels(&[("namespace", "shop")])
}

const EXHAUSTED: &str = "RESOURCE_EXHAUSTED";

fn calls() -> Vec<Fault> {
    let users = |name, calls| refused(name, "ResourceExhaustedForUsers", calls);
    let answers = |name, calls| refused(name, "ResourceExhaustedOnResponses", calls);
    let polls = |name, calls| refused(name, "ResourceExhaustedOnPolls", calls);
    vec![
        users(
            "starts throttled",
            &[("StartWorkflowExecution", false, EXHAUSTED, 0.3)],
        ),
        users(
            "signals with starts throttled",
            &[("SignalWithStartWorkflowExecution", false, EXHAUSTED, 0.3)],
        ),
        users(
            "signals throttled",
            &[("SignalWorkflowExecution", false, EXHAUSTED, 0.3)],
        ),
        users(
            "updates throttled",
            &[("UpdateWorkflowExecution", true, EXHAUSTED, 0.3)],
        ),
        users(
            "updates with starts throttled",
            &[("ExecuteMultiOperation", true, EXHAUSTED, 0.3)],
        ),
        answers(
            "answers of workflow tasks throttled",
            &[("RespondWorkflowTaskCompleted", false, EXHAUSTED, 0.3)],
        ),
        answers(
            "answers of activities throttled",
            &[("RespondActivityTaskCompleted", false, EXHAUSTED, 0.3)],
        ),
        answers(
            "failures of activities throttled",
            &[("RespondActivityTaskFailed", false, EXHAUSTED, 0.9)],
        ),
        polls(
            "polls for workflow tasks throttled",
            &[("PollWorkflowTaskQueue", true, EXHAUSTED, 0.5)],
        ),
        polls(
            "polls for activities throttled",
            &[("PollActivityTaskQueue", true, EXHAUSTED, 0.5)],
        ),
        polls(
            "polls for Nexus tasks throttled",
            &[("PollNexusTaskQueue", true, EXHAUSTED, 0.5)],
        ),
        refused(
            "answers come too late",
            "NotFoundOnResponses",
            &[("RespondActivityTaskCompleted", false, "NOT_FOUND", 0.3)],
        ),
        refused(
            "workflow tasks are answered too late",
            "NotFoundOnResponses",
            &[("RespondWorkflowTaskCompleted", false, "NOT_FOUND", 0.3)],
        ),
        refused(
            "heartbeats come too late",
            "NotFoundOnHeartbeats",
            &[("RecordActivityTaskHeartbeat", false, "NOT_FOUND", 0.3)],
        ),
        refused(
            "a call is unknown",
            "Unimplemented",
            &[("PauseActivity", false, "UNIMPLEMENTED", 1.0)],
        ),
        refused(
            "a poll is unknown",
            "Unimplemented",
            &[("PollNexusTaskQueue", true, "UNIMPLEMENTED", 1.0)],
        ),
        refused(
            "the server fails",
            "Internal",
            &[("StartWorkflowExecution", false, "INTERNAL", 0.3)],
        ),
        refused(
            "the server fails updates",
            "Internal",
            &[("UpdateWorkflowExecution", true, "INTERNAL", 0.3)],
        ),
        refused(
            "the server is away",
            "ServerUnreachable",
            &[("*", false, "UNAVAILABLE", 1.0)],
        ),
        refused(
            "the way to the server is cut",
            "ServerUnreachable",
            &[("*", false, "TRANSPORT_ERROR", 1.0)],
        ),
        refused(
            "a certificate is refused",
            "ServerUnreachable",
            &[("*", false, "UNAUTHENTICATED", 1.0)],
        ),
    ]
}

fn caches() -> Vec<Fault> {
    let events = |events| Trouble {
        events: Some(events),
        ..none()
    };
    let bytes = |bytes| Trouble {
        bytes: Some(bytes),
        ..none()
    };
    vec![
        Fault::new(
            "the cache thrashes",
            "StickyCacheThrash",
            Trouble {
                misses: 0.6,
                ..none()
            },
        )
        .within(35),
        Fault::new(
            "no cache",
            "StickyCacheEmptyUnderLoad",
            Trouble {
                no_cache: true,
                replays: 0.7,
                ..none()
            },
        )
        .within(35),
        Fault::new(
            "each task replays",
            "ReplaysPerTaskHigh",
            Trouble {
                replays: 0.7,
                ..none()
            },
        )
        .within(35),
        Fault::new(
            "histories near their limit",
            "HistoryNearLimit",
            events(30_000.0),
        ),
        Fault::new(
            "histories at their limit",
            "HistoryNearLimit",
            events(51_000.0),
        ),
        Fault::new("histories large", "HistorySizeNearLimit", bytes(30e6)),
        Fault::new("histories very large", "HistorySizeNearLimit", bytes(52e6)),
    ]
}

fn telemetry() -> Vec<Fault> {
    let lost = |name, metric, labels| {
        Fault::new(
            name,
            "TelemetryLost",
            Trouble {
                lost: Some((metric, labels)),
                ..none()
            },
        )
        .labels(&[("job", "worker")])
        .within(50)
    };
    vec![
        lost(
            "log lines are lost",
            M::LogLinesLost,
            &[("reason", "overflowed")],
        ),
        lost("spans are lost", M::SpansLost, &[("reason", "dropped")]),
        lost("exports fail", M::ExportFailures, &[("exporter", "otlp")]),
        lost("series are dropped", M::SeriesDropped, &[]),
    ]
}
