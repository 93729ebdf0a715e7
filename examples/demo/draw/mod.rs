//! Draws the boards as pictures, from the JSON that Grafana reads and the data of the Prometheus
//! that ran the rules: each query over the whole run, laid out as on the board.

mod panel;
mod unit;

use std::{fmt::Write as _, fs, net::SocketAddr, path::Path, time::Duration};

use anyhow::{Context as _, Result};
use chronoscope::schema::Naming;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use support::get;

use self::panel::Place;
use super::generate::{Links, NAMINGS, files, variables};

/// The number of points of a line.
const POINTS: f64 = 90.0;

/// The size of one unit of a board's grid.
const UNIT: (f64, f64) = (50.0, 26.0);

/// One line: its name and its values, by time from 0 to 1.
pub struct Line {
    name: String,
    points: Vec<(f64, f64)>,
}

/// The data to draw: from the start of the run until now, by Prometheus's clock.
pub struct Run {
    prometheus: SocketAddr,
    from: f64,
    to: f64,
    interval: Duration,
}

impl Run {
    /// Begins a run with a Prometheus that scrapes at this interval.
    pub async fn begin(prometheus: SocketAddr, interval: Duration) -> Result<Self> {
        let from = now(prometheus).await?;
        Ok(Self {
            prometheus,
            from,
            to: from,
            interval,
        })
    }

    /// Draws every board, each into a file of its own.
    pub async fn draw(&mut self, naming: Naming, folder: &Path) -> Result<usize> {
        self.to = now(self.prometheus).await?;
        let (_, name) = NAMINGS
            .into_iter()
            .find(|(known, _)| *known == naming)
            .unwrap_or(NAMINGS[0]);
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let boards = files(Links::default()).into_iter();
        let boards = boards.filter(|(path, _)| path.starts_with(name));
        let mut drawn = 0;
        for (path, text) in boards {
            let board = serde_json::from_str(&text)?;
            let picture = self.board(&board).await?;
            let file = folder.join(path.with_extension("svg").file_name().unwrap_or_default());
            fs::write(&file, picture)
                .with_context(|| format!("cannot write {}", file.display()))?;
            drawn += 1;
        }
        Ok(drawn)
    }

    async fn board(&self, board: &Value) -> Result<String> {
        let (mut inside, mut bottom) = (String::new(), 0.0_f64);
        for panel in board["panels"].as_array().into_iter().flatten() {
            let at = |name: &str| panel["gridPos"][name].as_f64().unwrap_or_default();
            let place = Place {
                x: at("x") * UNIT.0,
                y: 40.0 + at("y") * UNIT.1,
                width: at("w") * UNIT.0,
                height: at("h") * UNIT.1,
            };
            bottom = bottom.max(place.y + place.height);
            let mut lines = Vec::new();
            for target in panel["targets"].as_array().into_iter().flatten() {
                lines.extend(self.lines(target).await?);
            }
            panel::draw(&mut inside, panel, place, &lines);
        }
        let (width, height) = (24.0 * UNIT.0, bottom + 8.0);
        let title = board["title"].as_str().unwrap_or_default();
        let mut picture = String::new();
        writeln!(
            picture,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"Helvetica, Arial, sans-serif\"><title>{title}</title>\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#111217\"/>\
             <text x=\"12\" y=\"26\" font-size=\"18\" fill=\"#ccccdc\">{title}</text>{inside}</svg>"
        )?;
        Ok(picture)
    }

    /// The series of a query over the whole run.
    async fn lines(&self, target: &Value) -> Result<Vec<Line>> {
        let step = ((self.to - self.from) / POINTS).max(self.interval.as_secs_f64());
        let range = (4.0 * self.interval.as_secs_f64()).max(step);
        let expr = target["expr"].as_str().unwrap_or_default();
        let expr = filled(expr, &format!("{}ms", (range * 1000.0).round()));
        let query = utf8_percent_encode(&expr, NON_ALPHANUMERIC);
        let path = format!(
            "/api/v1/query_range?query={query}&start={}&end={}&step={step}",
            self.from, self.to
        );
        let answer: Value = serde_json::from_str(&get(self.prometheus, &path).await?)?;
        let series = answer["data"]["result"].as_array().into_iter().flatten();
        Ok(series.map(|series| self.line(series, target)).collect())
    }

    fn line(&self, series: &Value, target: &Value) -> Line {
        let mut name = target["legendFormat"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        for (label, value) in series["metric"].as_object().into_iter().flatten() {
            let value = value.as_str().unwrap_or_default();
            name = name.replace(&format!("{{{{{label}}}}}"), value);
        }
        let point = |sample: &Value| {
            let time = (sample[0].as_f64()? - self.from) / (self.to - self.from);
            let value: f64 = sample[1].as_str()?.parse().ok()?;
            value.is_finite().then_some((time, value))
        };
        let samples = series["values"].as_array().into_iter().flatten();
        Line {
            name,
            points: samples.filter_map(point).collect(),
        }
    }
}

/// Returns the time of a Prometheus's clock.
async fn now(prometheus: SocketAddr) -> Result<f64> {
    let answer = get(prometheus, "/api/v1/query?query=time()").await?;
    let answer: Value = serde_json::from_str(&answer)?;
    let now = answer["data"]["result"][0].as_f64();
    now.context("Prometheus does not know the time")
}

/// A panel's query with all variables set to match everything.
fn filled(expr: &str, range: &str) -> String {
    let names = [
        "job",
        "instance",
        "namespace",
        "task_queue",
        "workflow_type",
        "activity_type",
    ];
    let expr = expr.replace("$__rate_interval", range);
    names.iter().fold(expr, |expr, name| {
        expr.replace(&variables::matcher(name), &format!("{name}=~\".*\""))
    })
}
