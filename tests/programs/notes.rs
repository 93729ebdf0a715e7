//! Steps that take no time: lines, recordings and spans, each journaled where it is executed.

use crate::{
    journal::{self, Entry, Kind, Place},
    program::Note,
    wiring,
};

/// Where code is executed.
#[derive(Clone, Debug)]
pub struct At {
    pub run: String,
    pub place: Place,
    pub event: i64,
    pub live: bool,
}

impl At {
    /// Journals a step, and returns the words by which signals name it.
    pub fn journal(&self, path: &str, kind: Kind) -> String {
        journal::note(Entry {
            run: self.run.clone(),
            path: path.to_owned(),
            kind,
            place: self.place,
            at: self.event,
            live: self.live,
            waits: wiring::waits(),
        });
        format!("{} {path}", self.run)
    }

    /// Executes notes, each at its number below the path.
    pub fn notes(&self, path: &str, notes: &[Note]) {
        for (n, note) in notes.iter().enumerate() {
            self.note(&format!("{path}/{n}"), *note);
        }
    }

    pub fn note(&self, path: &str, note: Note) {
        match note {
            Note::Ours => wiring::say(&self.journal(path, Kind::Line)),
            Note::Tracing => {
                let step = self.journal(path, Kind::Line);
                tracing::info!("{step}");
            }
            Note::Log => {
                let step = self.journal(path, Kind::Line);
                log::info!("{step}");
            }
            Note::Count => {
                self.journal(path, Kind::Count);
                metrics::counter!("counted").increment(1);
            }
            Note::Gauge => {
                self.journal(path, Kind::Gauge);
                metrics::gauge!("gauged").set(1.0);
            }
            Note::Sample => {
                self.journal(path, Kind::Sample);
                metrics::histogram!("sampled").record(1.0);
            }
            Note::Instrumented => {
                self.journal(&format!("{path}/0"), Kind::Line);
                let step = self.journal(path, Kind::Span);
                instrumented(&step);
            }
            Note::ByHand => {
                let step = self.journal(path, Kind::Span);
                drop(wiring::by_hand(&step));
            }
        }
    }
}

#[tracing::instrument(name = "instrumented", skip_all, fields(step = step))]
fn instrumented(step: &str) {
    tracing::info!("{step}/0");
}
