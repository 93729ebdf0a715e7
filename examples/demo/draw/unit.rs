//! Writes values in the units that the boards use.

/// Writes a value in one of the units that the boards use, as Grafana does.
pub fn written(value: f64, unit: &str) -> String {
    match unit {
        "s" => time(value),
        "ms" => time(value / 1000.0),
        "percentunit" => format!("{} %", short(value * 100.0)),
        "percent" => format!("{} %", short(value)),
        "bytes" => scaled(value, 1024.0, &["B", "KiB", "MiB", "GiB"]),
        "cps" => format!("{}/s", short(value)),
        "reqps" => format!("{} req/s", short(value)),
        _ => short(value),
    }
}

fn time(seconds: f64) -> String {
    match seconds {
        0.0 => "0 s".to_owned(),
        s if s < 0.001 => format!("{} µs", digits(s * 1e6)),
        s if s < 1.0 => format!("{} ms", digits(s * 1e3)),
        s if s < 120.0 => format!("{} s", digits(s)),
        s => format!("{} min", digits(s / 60.0)),
    }
}

fn short(value: f64) -> String {
    scaled(value, 1000.0, &["", "K", "Mil", "Bil"])
        .trim()
        .to_owned()
}

fn scaled(mut value: f64, by: f64, names: &[&str]) -> String {
    let mut names = names.iter();
    let mut name = names.next();
    while value >= by && names.len() > 0 {
        value /= by;
        name = names.next();
    }
    format!("{} {}", digits(value), name.unwrap_or(&""))
}

/// Returns three significant digits, without trailing zeros.
fn digits(value: f64) -> String {
    let text = match value.abs() {
        v if v >= 100.0 => return format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    };
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
