//! The demo as a program: its worker, its load, its Prometheus, and its switches.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    thread::sleep,
    time::Duration,
};

use crate::{programs::example, support::scraper};

/// How often is looked, and how many times.
const TURN: Duration = Duration::from_millis(100);
const TURNS: u32 = 1800;

/// A demo, for as long as the value lives.
pub struct Demo {
    process: Child,
    switches: ChildStdin,
    prometheus: String,
}

impl Demo {
    /// Starts one, and waits until its Prometheus answers.
    pub fn start(flags: &[&str]) -> Self {
        Self::start_with(flags, &[])
    }

    /// The same with variables of the environment.
    pub fn start_with(flags: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut process = example("demo")
            .args(flags)
            .envs(variables.iter().copied())
            .env("RUST_LOG", "off")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // The core panics where local activities' timers outlive their worker.
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let prometheus = loop {
            let line = lines.next().expect("the demo ended at once").unwrap();
            if let Some(rest) = line.strip_prefix("Prometheus on http://") {
                break rest.split(',').next().unwrap().to_owned();
            }
        };
        // What it goes on to say has to go somewhere.
        std::thread::spawn(move || lines.for_each(drop));
        let switches = process.stdin.take().unwrap();
        Self {
            process,
            switches,
            prometheus,
        }
    }

    /// Switches a fault.
    pub fn switch(&mut self, fault: &str) {
        writeln!(self.switches, "{fault}").unwrap();
    }

    /// What a query answers: the value of each series.
    pub fn query(&self, expr: &str) -> std::io::Result<Vec<f64>> {
        scraper::query(&self.prometheus, expr)
    }

    /// Waits until its first order has come to its end.
    pub fn until_under_way(&self) {
        self.until_has("temporal_workflow_completed_total > 0", true);
    }

    /// Waits until an alert fires, or no longer does, and returns how long that took.
    pub fn until(&self, alert: &str, fires: bool) -> Duration {
        let firing = format!("ALERTS{{alertname=\"{alert}\",alertstate=\"firing\"}}");
        self.until_has(&firing, fires)
    }

    fn until_has(&self, expr: &str, has: bool) -> Duration {
        for turns in 0..TURNS {
            if self.query(expr).unwrap().is_empty() != has {
                return TURN * turns;
            }
            sleep(TURN);
        }
        panic!("{expr}: not {has} after {:?}", TURN * TURNS);
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // As Ctrl-C does, so that it tidies up.
        let pid = self.process.id().to_string();
        let _ = Command::new("kill").args(["-INT", &pid]).status();
        let _ = self.process.wait();
    }
}
