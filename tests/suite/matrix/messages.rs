//! The examples of what workflows are told, and tell each other.

use temporalio_common::protos::temporal::api::history::v1::history_event::Attributes as A;

use super::rows::{
    Count::{By, Each, Ended},
    EXAMPLE, Row,
    Which::All,
};

pub const ROWS: &[Row] = &[
    Row {
        name: "updates",
        lines: &[
            ("cart taken", Each("WorkflowExecutionStarted:Cart")),
            ("checking", Each("ValidateUpdate:add")),
            ("added", Each("HandleUpdate:add")),
            ("checking out", Each("HandleUpdate:check_out")),
            ("taking money", Each("RunActivity:Till::pay")),
            ("paid", Ended("StartActivity:Till::pay", "completed")),
            ("cart returned", Ended("RunWorkflow:Cart", "completed")),
        ],
        within: &[(All("StartActivity:Till::pay"), "HandleUpdate:check_out")],
        validated: &["add"],
        ..EXAMPLE
    },
    Row {
        name: "signals",
        lines: &[
            ("mailbox opened", Each("WorkflowExecutionStarted:Mailbox")),
            ("letter came", Each("HandleSignal:letter")),
            ("mailbox emptied", Ended("RunWorkflow:Mailbox", "completed")),
            ("writing", Each("WorkflowExecutionStarted:Sender")),
            (
                "letter sent",
                Ended("SignalExternalWorkflow:letter", "completed"),
            ),
        ],
        ..EXAMPLE
    },
    Row {
        name: "child_workflows",
        lines: &[
            // The short one is no policy's, and is waited for.
            (
                "child started",
                By(|told| {
                    told.events(|event| match event {
                        A::StartChildWorkflowExecutionInitiatedEventAttributes(child) => {
                            child.workflow_id.contains('.')
                        }
                        _ => false,
                    })
                }),
            ),
            (
                "child completed",
                By(|told| {
                    told.events(|event| {
                        matches!(event, A::ChildWorkflowExecutionCompletedEventAttributes(_))
                    })
                }),
            ),
            ("told to leave", Each("HandleSignal:leave")),
            ("parent leaves", Ended("RunWorkflow:Household", "completed")),
            ("on an errand", Each("WorkflowExecutionStarted:Errand")),
            ("told to finish", Each("HandleSignal:finish")),
            ("called back", Ended("RunWorkflow:Errand", "cancelled")),
            ("errand done", Ended("RunWorkflow:Errand", "completed")),
        ],
        ..EXAMPLE
    },
];
