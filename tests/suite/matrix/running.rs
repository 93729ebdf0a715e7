//! The examples of how workflows run, end and go on.

use super::rows::{
    Count::{Each, Ended},
    EXAMPLE, Row,
    Which::Only,
};

pub const ROWS: &[Row] = &[
    Row {
        name: "continue_as_new",
        lines: &[
            ("book opened", Each("WorkflowExecutionStarted:Reader")),
            ("reading", Each("RunActivity:Library::read")),
            (
                "page read",
                Ended("StartActivity:Library::read", "completed"),
            ),
            (
                "continuing in a new run",
                Ended("RunWorkflow:Reader", "continued_as_new"),
            ),
            ("book read", Ended("RunWorkflow:Reader", "completed")),
        ],
        ..EXAMPLE
    },
    Row {
        name: "schedules",
        lines: &[
            ("backup started", Each("WorkflowExecutionStarted:Backup")),
            ("saving", Each("RunActivity:Report::save")),
            ("backup done", Ended("RunWorkflow:Backup", "completed")),
        ],
        ..EXAMPLE
    },
    Row {
        name: "cancellation",
        lines: &[
            ("cooking", Each("WorkflowExecutionStarted:Dinner")),
            ("on the stove", Each("RunActivity:Kitchen::cook")),
            (
                "off the stove",
                Ended("RunActivity:Kitchen::cook", "cancelled"),
            ),
            ("cooking ended", Each("StartActivity:Kitchen::cook")),
            ("cleaning", Each("RunActivity:Kitchen::clean")),
            (
                "kitchen cleaned",
                Ended("StartActivity:Kitchen::clean", "completed"),
            ),
        ],
        waits: &["StartActivity:Kitchen::cook"],
        ..EXAMPLE
    },
    Row {
        name: "wait_conditions",
        lines: &[
            ("workshop opened", Each("WorkflowExecutionStarted:Workshop")),
            ("brought", Each("HandleUpdate:mend")),
            ("mended", Ended("StartTimer", "completed")),
            ("fetched", Ended("HandleUpdate:mend", "completed")),
            ("told to close", Each("HandleSignal:close")),
            (
                "workshop closed",
                Ended("RunWorkflow:Workshop", "completed"),
            ),
        ],
        // One wait for each job, and one that ends with the shop.
        spans: &[
            (
                "WaitCondition:job",
                "RunWorkflow:Workshop",
                Ended("StartTimer", "completed"),
            ),
            (
                "WaitCondition:job",
                "RunWorkflow:Workshop",
                Each("RunWorkflow:Workshop"),
            ),
        ],
        // The timeouts of the handlers, which nobody waits for once the job is done.
        within: &[(Only("StartTimer", "dropped"), "HandleUpdate:mend")],
        ..EXAMPLE
    },
    Row {
        name: "determinism",
        lines: &[
            ("drawn", Ended("StartTimer", "completed")),
            ("all drawn", Ended("RunWorkflow:Lottery", "completed")),
            ("asked", Each("HandleQuery:drawn")),
        ],
        ..EXAMPLE
    },
    Row {
        name: "versioning",
        lines: &[
            ("order taken", Each("WorkflowExecutionStarted:Order")),
            ("checking", Each("RunActivity:Shop::check")),
            ("checked", Ended("StartActivity:Shop::check", "completed")),
            ("charging", Each("RunActivity:Shop::charge")),
            ("charged", Ended("StartActivity:Shop::charge", "completed")),
            ("shipped", Ended("RunWorkflow:Order", "completed")),
        ],
        ..EXAMPLE
    },
    Row {
        name: "worker_versioning",
        lines: &[
            ("posted", Each("WorkflowExecutionStarted:Parcel")),
            ("stamped", Each("HandleUpdate:stamp")),
            ("on its way", Each("HandleSignal:deliver")),
            ("delivered", Ended("RunWorkflow:Parcel", "completed")),
        ],
        ..EXAMPLE
    },
    Row {
        name: "replaying",
        lines: &[
            ("cake begun", Each("WorkflowExecutionStarted:Cake")),
            ("in the oven", Each("RunActivity:Oven::bake")),
            (
                "layer baked",
                Ended("StartActivity:Oven::bake", "completed"),
            ),
            ("cake cooled", Ended("StartTimer", "completed")),
        ],
        ..EXAMPLE
    },
    Row {
        name: "nondeterminism",
        lines: &[
            ("writing", Each("RunActivity:Post::write")),
            (
                "letter written",
                Ended("StartActivity:Post::write", "completed"),
            ),
            // None: the core gives the run up.
            ("letter sent", Ended("RunWorkflow:Letter", "completed")),
        ],
        ..EXAMPLE
    },
];
