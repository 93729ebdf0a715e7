//! The examples of activities.

use super::rows::{
    Count::{Each, Ended},
    EXAMPLE, Row,
};

pub const ROWS: &[Row] = &[
    Row {
        name: "saga",
        lines: &[
            ("planning", Each("WorkflowExecutionStarted:Trip")),
            ("booking", Ended("RunActivity:Agency::book", "completed")),
            ("booked", Ended("StartActivity:Agency::book", "completed")),
            (
                "booking failed, undoing the trip",
                Ended("StartActivity:Agency::book", "failed"),
            ),
            ("cancelling", Each("RunActivity:Agency::cancel")),
            (
                "cancelled",
                Ended("StartActivity:Agency::cancel", "completed"),
            ),
            ("trip booked", Ended("RunWorkflow:Trip", "completed")),
        ],
        ..EXAMPLE
    },
    Row {
        name: "local_activities",
        lines: &[
            ("adding up", Each("WorkflowExecutionStarted:Bill")),
            ("looking up", Each("RunActivity:Prices::look_up")),
            (
                "looked up",
                Ended("StartActivity:Prices::look_up", "completed"),
            ),
            ("noting", Each("RunActivity:Prices::note")),
            ("noted", Ended("StartActivity:Prices::note", "completed")),
        ],
        ..EXAMPLE
    },
    Row {
        name: "heartbeats",
        lines: &[
            ("copying", Each("WorkflowExecutionStarted:Transcript")),
            ("starting from here", Each("RunActivity:Copier::copy")),
            ("copied", Ended("StartActivity:Copier::copy", "completed")),
        ],
        ..EXAMPLE
    },
    Row {
        name: "retries",
        lines: &[
            ("paying", Each("WorkflowExecutionStarted:Payment")),
            ("queueing", Each("RunActivity:Bank::busy")),
            ("tried", Each("StartActivity:Bank::busy")),
            ("tried", Each("StartActivity:Bank::broke")),
            ("tried", Each("StartActivity:Bank::lunch")),
            ("tried", Each("StartActivity:Bank::shy")),
        ],
        ..EXAMPLE
    },
    Row {
        name: "async_completion",
        lines: &[
            ("survey started", Each("WorkflowExecutionStarted:Survey")),
            ("passing on", Each("RunActivity:Desk::ask")),
            ("asked", Each("StartActivity:Desk::ask")),
        ],
        ..EXAMPLE
    },
    Row {
        name: "blocking_activities",
        lines: &[
            ("kilns heated", Each("WorkflowExecutionStarted:Pottery")),
            ("firing", Each("RunActivity:Kiln::fire")),
            ("still time", Each("RunActivity:Clock::look")),
            ("pots fired", Ended("RunWorkflow:Pottery", "completed")),
        ],
        ..EXAMPLE
    },
    Row {
        name: "encryption",
        lines: &[
            (
                "patient received",
                Each("WorkflowExecutionStarted:Consultation"),
            ),
            ("examining", Each("RunActivity:Surgery::examine")),
            (
                "advice given",
                Ended("RunWorkflow:Consultation", "completed"),
            ),
        ],
        ..EXAMPLE
    },
];
