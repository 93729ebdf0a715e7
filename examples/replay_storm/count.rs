//! Counts the storm's lines in a log file.

use std::{
    collections::HashMap,
    fmt,
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
};

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// The counts of the storm's lines in a log file.
#[derive(Debug, Default)]
pub struct Count {
    /// All lines that the workflows wrote.
    pub lines: usize,
    /// Distinct lines, by run, iteration and line number.
    pub distinct: usize,
    /// Whether each run's lines are in the order in which its code writes them.
    pub in_order: bool,
}

/// A line of the workflow, as the JSON format writes it.
#[derive(Deserialize)]
struct Line {
    run_id: String,
    fields: Fields,
}

#[derive(Deserialize)]
struct Fields {
    i: u32,
    line: u32,
}

impl Count {
    /// Counts the lines of the given runs.
    pub fn read(path: &Path, run_ids: &[String]) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut seen: HashMap<(String, u32, u32), usize> = HashMap::new();
        let mut last: HashMap<String, (u32, u32)> = HashMap::new();
        let mut count = Self {
            in_order: true,
            ..Self::default()
        };
        for line in BufReader::new(file).lines() {
            // Other lines, such as the SDK's, have no such fields.
            let Ok(Line { run_id, fields }) = serde_json::from_str(&line?) else {
                continue;
            };
            if !run_ids.contains(&run_id) {
                continue;
            }
            let place = (fields.i, fields.line);
            let former = last.insert(run_id.clone(), place);
            count.in_order &= former.is_none_or(|former| former < place);
            count.lines += 1;
            *seen.entry((run_id, fields.i, fields.line)).or_default() += 1;
        }
        count.distinct = seen.len();
        Ok(count)
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = if self.in_order {
            "in order"
        } else {
            "not in order"
        };
        write!(
            f,
            "{} workflow lines written, {} distinct, {order}",
            self.lines, self.distinct
        )
    }
}
