//! The board of replay and of the cache, which avoids it.

use chronoscope::schema::{Label, Metric as M};

use super::super::{
    board::{Board, Panel, Row},
    draw::Draw,
};
use super::{QUEUE, WORKFLOW};

pub fn board(draw: &Draw) -> Board {
    Board {
        title: "Replay and cache",
        about: "How often runs leave the cache, and what it costs to replay them",
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
                "zero under load, or always at the limit.",
                "raise `max_cached_workflows` while memory allows.",
            )
            .alert("StickyCacheEmptyUnderLoad"),
        draw.share(
            "Share of hits",
            &[M::StickyCacheHit, M::StickyCacheMiss],
            QUEUE,
            share,
        )
        .bad(
            "below 90 %: runs are replayed from the start.",
            "raise the cache's size, or add workers.",
        )
        .alert("StickyCacheThrash"),
        draw.rate("Hits", M::StickyCacheHit, WORKFLOW)
            .bad("none for a type that runs.", "compare with evictions."),
        draw.rate("Misses", M::StickyCacheMiss, QUEUE)
            .bad(
                "nearly as many as hits.",
                "raise the cache's size; check whether workers restart often.",
            )
            .alert("StickyCacheThrash"),
        draw.rate("Evictions", M::StickyCacheTotalForcedEviction, QUEUE)
            .bad(
                "more than hits.",
                "raise the cache's size, or add workers. Failing tasks evict runs too.",
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
            ),
        draw.quantiles(
            "Replay of workflow code",
            M::WorkflowReplayLatency,
            WORKFLOW,
        )
        .bad(
            "near the workflow task's timeout.",
            "shorten histories, and move work out of workflow code.",
        )
        .alert("ReplaysPerTaskHigh"),
        draw.quantiles("Events replayed", M::WorkflowReplayLength, WORKFLOW)
            .bad(
                "often thousands: that is the cost of each miss.",
                "continue as new earlier.",
            ),
        draw.rate(
            "Telemetry suppressed during replay",
            M::ReplaySuppressed,
            &[Label::WorkflowType, Label::Signal],
        )
        .bad(
            "a lot: nothing is lost, but there is a lot of replay.",
            "look at misses and evictions.",
        ),
        draw.rate(
            "Signals of workflow tasks by fate",
            M::WorkerTaskSignals,
            &[Label::Signal, Label::Fate],
        )
        .bad(
            "`overflowed` at all; `unknown` or `early` often; `refused`, `repeated` or `maybe_repeated` without end.",
            "`overflowed`: raise `OnCommit::per_run` or `in_all`; `unknown`: check the connection; `early`: look at local activities and blocked code; `refused`, `repeated`: a task fails again and again; `maybe_repeated`: runs move between workers, give them larger caches.",
        ),
        draw.quantiles(
            "Signals wait for the server",
            M::WorkerTaskSignalsHoldLatency,
            &[],
        )
        .bad(
            "seconds: lines come that much later. Local activities hold their task open, and so does code that blocks.",
            "look for the log line that names the first such run.",
        ),
        draw.gauge(
            "Bytes of signals that wait",
            M::WorkerTaskSignalsHeldBytes,
            &[],
        )
        .bad(
            "near `OnCommit::in_all`, 64 MiB by default: beyond it lines are dropped.",
            "raise it, or have fewer tasks hold many lines for long.",
        ),
        draw.rate("Upserts skipped", M::UpsertsSkipped, &[]).bad(
            "a lot: nothing is lost, but workflow code keeps setting attributes to the values they have.",
            "set them only when they change.",
        ),
    ]
}
