//! A log file that is rotated while lines are written: each is in one file, once.

#![cfg(unix)]

use std::{
    fs,
    io::sink,
    path::{Path, PathBuf},
};

use chronoscope::{Observability, logs::Losses};
use serde_json::Value;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::support::{blocking_moment, unique};

/// A folder of its own for a log file, and the lines that are written to that.
struct Log {
    folder: PathBuf,
    file: PathBuf,
    observability: Observability,
    logged: u64,
}

impl Log {
    /// Logs to a file while the body runs, and returns what was lost.
    fn during(body: impl FnOnce(&mut Self)) -> (Losses, Self) {
        let folder = std::env::temp_dir().join(unique("rotated"));
        fs::create_dir(&folder).unwrap();
        let file = folder.join("worker.log");
        let observability = Observability::builder()
            .logs(|l| l.writer(sink()).file(&file))
            .build()
            .unwrap();
        let subscriber = tracing_subscriber::registry().with(observability.log_layer());
        let mut log = Self {
            folder,
            file,
            observability,
            logged: 0,
        };
        tracing::subscriber::with_default(subscriber, || body(&mut log));
        log.observability.shutdown();
        (log.observability.health().lines, log)
    }

    fn line(&mut self) {
        tracing::info!(n = self.logged, "line");
        self.logged += 1;
    }

    /// Logs some lines, and waits until they are in the file.
    fn start(&mut self) {
        for _ in 0..10 {
            self.line();
        }
        while numbers(&self.file).len() < 10 {
            blocking_moment();
        }
    }

    /// Logs until the file is there.
    fn until_it_is_there(&mut self) {
        while !self.file.exists() {
            self.line();
            blocking_moment();
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// The numbers of the lines of a file, in their order.
fn numbers(file: &Path) -> Vec<u64> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let whole = text
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'));
    let number = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["fields"]["n"].as_u64().unwrap()
    };
    whole.map(number).collect()
}

#[test]
fn after_a_rename_lines_go_to_a_new_file() {
    let (losses, log) = Log::during(|log| {
        log.start();
        for rotation in 1..=3 {
            let renamed = log.file.with_extension(rotation.to_string());
            fs::rename(&log.file, renamed).unwrap();
            log.until_it_is_there();
            log.line();
        }
    });
    assert_eq!(losses, Losses::default());
    let files = ["1", "2", "3", "log"].map(|end| numbers(&log.file.with_extension(end)));
    assert!(files.iter().all(|lines| !lines.is_empty()), "{files:?}");
    assert_eq!(files.concat(), Vec::from_iter(0..log.logged));
}

#[test]
fn after_a_removal_each_later_line_is_in_the_new_file() {
    let (losses, log) = Log::during(|log| {
        log.start();
        fs::remove_file(&log.file).unwrap();
        log.until_it_is_there();
        log.line();
    });
    assert_eq!(losses, Losses::default());
    let lines = numbers(&log.file);
    // Those before may be there: nobody looked since they were written.
    assert!(
        lines.ends_with(&Vec::from_iter(10..log.logged)),
        "{lines:?}"
    );
    assert!(lines.is_sorted_by(|one, next| one < next), "{lines:?}");
}

#[test]
fn a_single_line_after_a_removal_is_there_in_the_end() {
    let (losses, log) = Log::during(|log| {
        log.start();
        fs::remove_file(&log.file).unwrap();
        log.line();
    });
    assert_eq!(losses, Losses::default());
    assert!(numbers(&log.file).contains(&10));
}

#[test]
fn another_file_of_the_name_is_appended_to() {
    let (losses, log) = Log::during(|log| {
        log.start();
        // What `create` of logrotate does.
        fs::rename(&log.file, log.file.with_extension("1")).unwrap();
        fs::write(&log.file, "").unwrap();
        while numbers(&log.file).is_empty() {
            log.line();
            blocking_moment();
        }
    });
    assert_eq!(losses, Losses::default());
    let files = ["1", "log"].map(|end| numbers(&log.file.with_extension(end)));
    assert_eq!(files.concat(), Vec::from_iter(0..log.logged));
}

#[test]
fn a_line_that_finds_no_file_is_counted_and_those_before_come_to_the_next() {
    let (losses, log) = Log::during(|log| {
        log.start();
        fs::remove_dir_all(&log.folder).unwrap();
        while log.observability.health().lines.failed == 0 {
            log.line();
            blocking_moment();
        }
        fs::create_dir(&log.folder).unwrap();
        log.until_it_is_there();
        log.line();
    });
    let lines = numbers(&log.file);
    assert!(lines.is_sorted_by(|one, next| one < next), "{lines:?}");
    let later = lines.iter().filter(|line| **line >= 10).count() as u64;
    assert_eq!(later + losses.failed, log.logged - 10, "{losses:?}");
}
