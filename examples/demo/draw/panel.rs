//! Draws one panel: a graph or a single value.

use std::fmt::Write as _;

use serde_json::Value;

use super::{Line, unit::written};

/// Grafana's classic palette.
const COLOURS: [&str; 10] = [
    "#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2", "#b877d9", "#705da0",
    "#37872d", "#fade2a",
];

/// The longest time between two points of one line, as a share of the picture.
const GAP: f64 = 0.02;

/// The most lines in a legend.
const NAMED: usize = 4;

/// A rectangle to draw in.
#[derive(Clone, Copy)]
pub struct Place {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// Draws one panel, or the heading of a row. (Writing to a string does not fail.)
pub fn draw(svg: &mut String, panel: &Value, place: Place, lines: &[Line]) {
    let title = panel["title"].as_str().unwrap_or_default();
    let Place {
        x,
        y,
        width,
        height,
    } = place;
    if panel["type"] == "row" {
        text(
            svg,
            x + 12.0,
            y + 18.0,
            14.0,
            "#ccccdc",
            &format!("⌄ {title}"),
        );
        return;
    }
    let _ = write!(
        svg,
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"3\" fill=\"#181b1f\" stroke=\"#2c3036\"/>",
        x + 4.0,
        y + 4.0,
        width - 8.0,
        height - 8.0
    );
    text(svg, x + 14.0, y + 22.0, 12.0, "#ccccdc", title);
    let unit = panel["fieldConfig"]["defaults"]["unit"]
        .as_str()
        .unwrap_or_default();
    let threshold = panel["fieldConfig"]["defaults"]["thresholds"]["steps"][1]["value"].as_f64();
    if lines.iter().all(|line| line.points.is_empty()) {
        text(
            svg,
            x + width / 2.0 - 26.0,
            y + height / 2.0 + 8.0,
            13.0,
            "#8e8e99",
            "No data",
        );
    } else if panel["type"] == "stat" {
        stat(svg, place, lines, unit, threshold);
    } else {
        graph(svg, place, lines, unit, threshold);
    }
}

fn text(svg: &mut String, x: f64, y: f64, size: f64, colour: &str, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    let _ = write!(
        svg,
        "<text x=\"{x:.0}\" y=\"{y:.0}\" font-size=\"{size}\" fill=\"{colour}\">{words}</text>"
    );
}

/// Returns the range from zero, or the smallest value if that is less, to a little more than the
/// largest value. A share ends at one.
fn range(lines: &[Line], unit: &str) -> (f64, f64) {
    if unit == "percentunit" {
        return (0.0, 1.0);
    }
    let values = || {
        lines
            .iter()
            .flat_map(|line| &line.points)
            .map(|(_, value)| *value)
    };
    let round = |value: f64| if value > 0.0 { nice(value * 1.05) } else { 0.0 };
    let (bottom, top) = (
        -round(-values().fold(0.0, f64::min)),
        round(values().fold(0.0, f64::max)),
    );
    if bottom < top {
        (bottom, top)
    } else {
        (0.0, 1.0)
    }
}

/// Returns the next round value: 1, 2, 2.5, 4, 5 or 8 times a power of ten.
fn nice(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 2.5, 4.0, 5.0, 8.0, 10.0];
    let step = steps.iter().find(|step| **step * power >= value);
    step.unwrap_or(&10.0) * power
}

fn stat(svg: &mut String, place: Place, lines: &[Line], unit: &str, threshold: Option<f64>) {
    let Place {
        x,
        y,
        width,
        height,
    } = place;
    let newest = lines.iter().find_map(|line| line.points.last());
    let value = newest.map_or(0.0, |(_, value)| *value);
    let is_bad = threshold.is_some_and(|threshold| value > threshold);
    let colour = if is_bad { "#f2495c" } else { COLOURS[0] };
    let inside = Place {
        x: x + 5.0,
        y: y + height * 0.6,
        width: width - 10.0,
        height: height * 0.4 - 5.0,
    };
    curve(svg, inside, &lines[0], range(&lines[..1], unit), colour);
    text(svg, x + 14.0, y + 58.0, 26.0, colour, &written(value, unit));
}

fn graph(svg: &mut String, place: Place, lines: &[Line], unit: &str, threshold: Option<f64>) {
    let inside = Place {
        x: place.x + 64.0,
        y: place.y + 34.0,
        width: place.width - 78.0,
        height: place.height - 72.0,
    };
    let (bottom, top) = range(lines, unit);
    for step in [0.0, 0.5, 1.0] {
        let y = inside.y + inside.height * (1.0 - step);
        let (left, right) = (inside.x, inside.x + inside.width);
        let _ = write!(
            svg,
            "<path d=\"M{left:.0} {y:.0}H{right:.0}\" stroke=\"#2c3036\"/>"
        );
        text(
            svg,
            place.x + 12.0,
            y + 4.0,
            10.0,
            "#8e8e99",
            &written(bottom + (top - bottom) * step, unit),
        );
    }
    if let Some(line) = threshold.filter(|threshold| *threshold <= top) {
        let y = inside.y + inside.height * (1.0 - (line - bottom) / (top - bottom));
        let (left, right) = (inside.x, inside.x + inside.width);
        let _ = write!(
            svg,
            "<path d=\"M{left:.0} {y:.0}H{right:.0}\" stroke=\"#f2495c\" stroke-dasharray=\"4 3\"/>"
        );
    }
    for (n, line) in lines.iter().enumerate() {
        curve(svg, inside, line, (bottom, top), COLOURS[n % COLOURS.len()]);
    }
    legend(svg, place, lines);
}

fn curve(svg: &mut String, inside: Place, line: &Line, (bottom, top): (f64, f64), colour: &str) {
    let (mut path, mut last) = (String::new(), f64::NEG_INFINITY);
    for (time, value) in &line.points {
        let x = inside.x + inside.width * time;
        let y = inside.y + inside.height * (1.0 - (value.min(top) - bottom) / (top - bottom));
        // The line has a gap where points are missing.
        let pen = if time - last > GAP { 'M' } else { 'L' };
        let _ = write!(path, "{pen}{x:.0} {y:.0}");
        last = *time;
    }
    let _ = write!(
        svg,
        "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-linecap=\"round\"/>"
    );
}

fn legend(svg: &mut String, place: Place, lines: &[Line]) {
    // The approximate width of a letter at this size.
    const LETTER: f64 = 6.0;
    let (mut x, y) = (place.x + 14.0, place.y + place.height - 16.0);
    let end = place.x + place.width - 60.0;
    for (n, line) in lines.iter().enumerate() {
        let width = 16.0 + LETTER * line.name.chars().count() as f64;
        if n >= NAMED || (n > 0 && x + width > end) {
            text(
                svg,
                x,
                y,
                10.0,
                "#8e8e99",
                &format!("+ {}", lines.len() - n),
            );
            return;
        }
        let colour = COLOURS[n % COLOURS.len()];
        let _ = write!(
            svg,
            "<path d=\"M{x:.0} {:.0}h8\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            y - 3.0
        );
        let room = ((end - x - 12.0) / LETTER) as usize;
        let name: String = line.name.chars().take(room).collect();
        text(svg, x + 11.0, y, 10.0, "#8e8e99", &name);
        x += width;
    }
}
