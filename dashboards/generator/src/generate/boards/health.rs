//! The board of chronoscope's own health: lost telemetry, and its cost.

use chronoscope::schema::{Label, Metric as M};

use super::super::{
    board::{Board, Panel, Row},
    draw::Draw,
};

pub fn board(draw: &Draw) -> Board {
    Board {
        title: "Own health",
        about: "Whether the telemetry on the other boards is complete: losses, folded labels, failed exports",
        anchor: M::HookPanics,
        naming: draw.promql().naming(),
        rows: vec![
            Row {
                title: "Losses",
                panels: losses(draw),
            },
            Row {
                title: "Labels and series",
                panels: series(draw),
            },
        ],
    }
}

fn losses(draw: &Draw) -> Vec<Panel> {
    vec![
        draw.rate("Log lines lost", M::LogLinesLost, &[Label::Reason])
            .bad(
                "anything: the log has gaps.",
                "`overflowed`: use a faster sink or log less; `failed`: check the disk; `left_behind`: call `shutdown` at the end; `unformatted`: fix the `Debug` implementation that fails.",
            ),
        draw.rate("Log flushes failed", M::LogFlushesFailed, &[]).bad(
            "anything: lines that were buffered may be lost.",
            "check the writer or the disk.",
        ),
        draw.rate("Log records lost", M::LogRecordsLost, &[Label::Reason])
            .bad(
                "anything: the collector lacks records, which the console has.",
                "`failed`: check the collector; `dropped`: use a faster one or a larger buffer.",
            ),
        draw.rate("Spans lost", M::SpansLost, &[Label::Reason]).bad(
            "anything: traces have gaps, which a rebuild fills.",
            "`failed`: check the collector; `dropped`: use a faster one or a larger buffer.",
        ),
        draw.rate("Trace headers not read", M::TraceHeadersUnreadable, &[])
            .bad(
                "anything that persists: traces end at this worker.",
                "check whether the caller's codec encodes headers.",
            ),
        draw.rate("Failed exports", M::ExportFailures, &[Label::Exporter])
            .bad(
                "anything that persists: the collector is unreachable.",
                "check that the endpoint responds.",
            ),
        draw.rate("Hooks that panicked", M::HookPanics, &[]).bad(
            "anything: one of your hooks has a bug. No task was affected.",
            "find the panic in the log.",
        ),
        draw.rate("Recorders that panicked", M::RecorderPanics, &[])
            .bad(
                "anything: one of your recorders has a bug. No task was affected.",
                "find the panic in the log.",
            ),
        draw.rate("Gauge changes refused", M::GaugeChangesRefused, &[])
            .bad(
                "anything: workflow code increments a gauge.",
                "use `set` instead; the log names the gauge.",
            ),
    ]
}

fn series(draw: &Draw) -> Vec<Panel> {
    vec![
        draw.rate(
            "Label values folded",
            M::LabelValuesFolded,
            &[Label::Metric, Label::Label, Label::Reason],
        )
        .bad(
            "anything: an id is probably used as a label.",
            "remove the id from the label; log lines and spans have it already.",
        ),
        draw.rate("Series dropped", M::SeriesDropped, &[]).bad(
            "anything: metrics are incomplete.",
            "use fewer metric names, or raise the limit; use each name for one kind only. The log has the name.",
        ),
        draw.rate("Names changed", M::NamesChanged, &[]).bad(
            "anything: a name is spelled in several ways, or in a way that no backend accepts.",
            "spell it as the log suggests.",
        ),
        draw.rate("Values refused", M::ValuesRefused, &[]).bad(
            "anything: probably a division by zero.",
            "find the gauge or histogram that receives `NaN` or an infinity.",
        ),
        draw.scraped("Samples per scrape", "short", "scrape_samples_scraped")
            .says("How many samples Prometheus gets from each instance per scrape")
            .bad(
                "it keeps growing.",
                "find the metric with `topk(10, count by (__name__) ({job=\"…\"}))`.",
            ),
        draw.scraped("Scrape duration", "s", "scrape_duration_seconds")
            .says("How long scraping each instance takes")
            .bad("near the scrape timeout.", "reduce the number of series."),
    ]
}
