//! The board of our own health: what telemetry lost, and what it costs.

use chronoscope::schema::{Label, Metric as M};

use super::super::{
    board::{Board, Panel, Row},
    draw::Draw,
};

pub fn board(draw: &Draw) -> Board {
    Board {
        title: "Own health",
        about: "Whether what the other boards show is whole: drops, folds and exports",
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
                "anything: the log has holes.",
                "`overflowed`: a faster sink or fewer lines; `failed`: see the disk; `left_behind`: end by `shutdown`; `unformatted`: a `Debug` that fails.",
            ),
        draw.rate("Log flushes failed", M::LogFlushesFailed, &[]).bad(
            "anything: what the writer held then may be lost.",
            "see the writer, or the disk.",
        ),
        draw.rate("Log records lost", M::LogRecordsLost, &[Label::Reason])
            .bad(
                "anything: the collector lacks records, which the console has.",
                "`failed`: see the collector; `dropped`: a faster one, or a larger buffer.",
            ),
        draw.rate("Spans lost", M::SpansLost, &[Label::Reason]).bad(
            "anything: traces have holes, which a rebuild fills.",
            "`failed`: see the collector; `dropped`: a faster one, or a larger buffer.",
        ),
        draw.rate("Trace headers not read", M::TraceHeadersUnreadable, &[])
            .bad(
                "anything that lasts: traces end at this worker.",
                "see whether a codec of the caller encodes headers.",
            ),
        draw.rate("Failed exports", M::ExportFailures, &[Label::Exporter])
            .bad(
                "anything that lasts: the collector is away.",
                "see whether the endpoint answers.",
            ),
        draw.rate("Hooks that panicked", M::HookPanics, &[]).bad(
            "anything: one of your hooks has a bug. No task was hurt.",
            "find the panic in the log.",
        ),
        draw.rate("Recorders that panicked", M::RecorderPanics, &[])
            .bad(
                "anything: one of your recorders has a bug. No task was hurt.",
                "find the panic in the log.",
            ),
        draw.rate("Changes of gauges refused", M::GaugeChangesRefused, &[])
            .bad(
                "anything: workflow code increments a gauge.",
                "use `set` there; the log names the gauge.",
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
            "an id is used as a label.",
            "take the id off the label; it is on log lines and spans already.",
        ),
        draw.rate("Series not made", M::SeriesDropped, &[]).bad(
            "anything: a metric is missing from here.",
            "name fewer metrics or raise the limit; give each name one kind: the log names it.",
        ),
        draw.rate("Names changed", M::NamesChanged, &[]).bad(
            "names are spelled in several ways, or in one that no backend takes.",
            "spell them as the log says.",
        ),
        draw.rate("Values refused", M::ValuesRefused, &[]).bad(
            "anything: something divides by zero.",
            "look for a gauge or histogram that is given `NaN` or an infinity.",
        ),
        draw.scraped("Samples of a scrape", "short", "scrape_samples_scraped")
            .says("How many samples Prometheus takes from each instance at a scrape")
            .bad(
                "growth that does not end.",
                "find the metric with `topk(10, count by (__name__) ({job=\"…\"}))`.",
            ),
        draw.scraped("Time of a scrape", "s", "scrape_duration_seconds")
            .says("How long a scrape of each instance takes")
            .bad("near the scrape's timeout.", "have fewer series."),
    ]
}
