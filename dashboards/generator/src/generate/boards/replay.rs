//! The board of replay, and of the cache that spares it.

use chronoscope::schema::{Label, Metric as M};

use super::super::{
    board::{Board, Panel, Row},
    draw::Draw,
};
use super::{QUEUE, WORKFLOW};

pub fn board(draw: &Draw) -> Board {
    Board {
        title: "Replay and cache",
        about: "How often runs fall out of the cache, and what it costs to bring them back",
        anchor: M::NumPollers,
        naming: draw.promql().naming(),
        rows: vec![
            Row {
                title: "Cache",
                panels: cache(draw),
            },
            Row {
                title: "Replay",
                panels: replay(draw),
            },
        ],
    }
}

fn cache(draw: &Draw) -> Vec<Panel> {
    let rate = |metric| draw.promql().rate(metric, &[], QUEUE);
    let (hits, misses) = (rate(M::StickyCacheHit), rate(M::StickyCacheMiss));
    // A worker that never missed has no series of misses.
    let share = format!("{hits} / ({hits} + ({misses} or {hits} * 0))");
    vec![
        draw.gauge("Runs in the cache", M::StickyCacheSize, QUEUE)
            .bad(
                "zero under load, or always at its limit.",
                "raise `max_cached_workflows` while memory allows it.",
            )
            .alert("StickyCacheEmptyUnderLoad"),
        draw.share(
            "Share of hits",
            &[M::StickyCacheHit, M::StickyCacheMiss],
            QUEUE,
            share,
        )
        .bad(
            "below 90 %: runs are replayed from their start.",
            "raise the cache's size, or add workers.",
        )
        .alert("StickyCacheThrash"),
        draw.rate("Hits", M::StickyCacheHit, WORKFLOW)
            .bad("none of a type that runs.", "compare with the evictions."),
        draw.rate("Misses", M::StickyCacheMiss, QUEUE)
            .bad(
                "they come near the hits.",
                "raise the cache's size; see whether workers restart often.",
            )
            .alert("StickyCacheThrash"),
        draw.rate("Evictions", M::StickyCacheTotalForcedEviction, QUEUE)
            .bad(
                "more than hits.",
                "raise the cache's size, or add workers. Failing tasks evict, too.",
            )
            .alert("StickyCacheThrash"),
    ]
}

fn replay(draw: &Draw) -> Vec<Panel> {
    vec![
        draw.quantiles("Replay in the core", M::WorkflowTaskReplayLatency, WORKFLOW)
            .bad(
                "near the workflow task's timeout.",
                "shorten histories: continue as new earlier.",
            )
            .alert("ReplaysPerTaskHigh"),
        draw.quantiles(
            "Replay of workflow code",
            M::WorkflowReplayLatency,
            WORKFLOW,
        )
        .bad(
            "near the workflow task's timeout.",
            "shorten histories, and move work out of workflow code.",
        ),
        draw.quantiles("Events replayed", M::WorkflowReplayLength, WORKFLOW)
            .bad(
                "thousands, often: each miss costs that.",
                "continue as new earlier.",
            ),
        draw.rate(
            "Signals that replay would have repeated",
            M::ReplaySuppressed,
            &[Label::WorkflowType, Label::Signal],
        )
        .bad(
            "nothing is lost here, but much of it means much replay.",
            "see misses and evictions.",
        ),
        draw.rate("Upserts skipped", M::UpsertsSkipped, &[]).bad(
            "nothing is lost here: the attributes were so already.",
            "have workflow code that sets them again and again look first.",
        ),
    ]
}
