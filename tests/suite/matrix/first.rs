//! The examples of what this crate does.

use super::rows::{
    Copied,
    Count::{Each, Ended},
    EXAMPLE, Row,
    Which::All,
};

pub const ROWS: &[Row] = &[
    Row {
        name: "greeting",
        copied: Some(Copied {
            workflow_id: "greeting",
            calls: &[("StartWorkflow", "GreetingWorkflow")],
        }),
        lines: &[
            (
                "workflow started",
                Each("WorkflowExecutionStarted:GreetingWorkflow"),
            ),
            (
                "composing",
                Each("RunActivity:GreetingActivities::compose_greeting"),
            ),
            (
                "workflow completed",
                Ended("RunWorkflow:GreetingWorkflow", "completed"),
            ),
        ],
        ..EXAMPLE
    },
    Row {
        name: "your_own_subscriber",
        copied: Some(Copied {
            workflow_id: "nap",
            calls: &[("StartWorkflow", "Nap"), ("SignalWorkflow", "turn")],
        }),
        lines: &[("asleep", Each("WorkflowExecutionStarted:Nap"))],
        ..EXAMPLE
    },
    Row {
        name: "one_click_buy",
        flags: &["--update", "socks"],
        lines: &[
            (
                "purchase pending",
                Each("WorkflowExecutionStarted:OneClickBuyWorkflow"),
            ),
            ("purchase updated", Each("HandleSignal:update_purchase")),
            // Confirmed when the timer fires, and completed with the purchase.
            (
                "purchase has a new status",
                Ended("StartTimer", "completed"),
            ),
            (
                "purchase has a new status",
                Ended("RunWorkflow:OneClickBuyWorkflow", "completed"),
            ),
            (
                "shop answered",
                Each("RunActivity:PurchaseActivities::do_purchase"),
            ),
            ("status asked for", Each("HandleQuery:current_status")),
        ],
        ..EXAMPLE
    },
    Row {
        name: "search_attributes",
        lines: &[
            ("ordered", Ended("RunWorkflow:Order", "continued_as_new")),
            ("shipped", Ended("RunWorkflow:Order", "continued_as_new")),
            ("returned", Ended("RunWorkflow:Order", "completed")),
        ],
        ..EXAMPLE
    },
    Row {
        name: "tracing",
        lines: &[
            ("reserved", Each("RunActivity:ShopActivities::reserve")),
            (
                "charged",
                Ended("RunActivity:ShopActivities::charge", "completed"),
            ),
            ("approved", Each("HandleSignal:approve")),
            ("packed", Ended("RunWorkflow:Order", "completed")),
        ],
        spans: &[
            ("POST /orders", "", Each("StartWorkflow:Order")),
            (
                "look on the shelf",
                "RunActivity:ShopActivities::reserve",
                Each("RunActivity:ShopActivities::reserve"),
            ),
            (
                "WaitCondition:approval",
                "RunWorkflow:Order",
                Each("RunWorkflow:Order"),
            ),
            ("pack", "RunWorkflow:Order", Each("RunWorkflow:Order")),
        ],
        within: &[
            (All("StartWorkflow:Order"), "POST /orders"),
            (All("SignalWorkflow:approve"), "POST /orders"),
            (All("QueryWorkflow:is_approved"), "POST /orders"),
            (All("StartTimer"), "pack"),
        ],
        ..EXAMPLE
    },
    Row {
        name: "metrics",
        flags: &["--parcels", "4"],
        ..EXAMPLE
    },
    Row {
        name: "replay_storm",
        flags: &["--activities", "8", "--lines", "1"],
        lines: &[("iteration", Each("StartActivity:StormActivities::step"))],
        ..EXAMPLE
    },
    // It logs nothing.
    Row {
        name: "tower",
        ..EXAMPLE
    },
];
