//! Log records that wait until their workflow task is accepted.

use std::sync::Arc;

use opentelemetry::{InstrumentationScope, logs::LogRecord as _};
use opentelemetry_sdk::logs::SdkLogRecord;

use super::{batch::Batch, enrich::attribute, record::weight};
use crate::commit::{Kind, Lane, Marks, emit_each, holding};

/// Holds a record, if there is something to hold it.
pub(super) fn hold(
    batches: &Arc<Vec<Batch>>,
    record: &SdkLogRecord,
    scope: &InstrumentationScope,
) -> bool {
    let is_it = |lane: &Records| Arc::ptr_eq(&lane.batches, batches);
    let make = || Records {
        batches: batches.clone(),
        scope: scope.clone(),
        records: Vec::new(),
    };
    let bytes = usize::try_from(weight(record)).unwrap_or(usize::MAX);
    holding(Kind::Text, |ledger| {
        ledger.push(bytes, is_it, make, |lane| lane.records.push(record.clone()));
    })
    .is_some()
}

/// The log records of a workflow task.
struct Records {
    batches: Arc<Vec<Batch>>,
    scope: InstrumentationScope,
    records: Vec<SdkLogRecord>,
}

impl Lane for Records {
    fn kind(&self) -> Kind {
        Kind::Text
    }

    fn len(&self) -> usize {
        self.records.len()
    }

    fn release(self: Box<Self>, marks: &Marks) {
        let marks = marks.fields();
        emit_each(self.records, |mut record| {
            for (name, value) in &marks {
                record.add_attribute(*name, attribute(value));
            }
            for batch in &*self.batches {
                batch.emit(&mut record, &self.scope);
            }
        });
    }
}
