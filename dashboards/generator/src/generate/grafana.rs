//! A board as Grafana's JSON.

use serde_json::{Value, json};

use super::{
    board::{Board, Kind, Panel},
    variables,
};
use chronoscope::schema::{Label, Operation};

/// The width of a board, in Grafana's units.
const WIDTH: u64 = 24;

/// Returns the text of a board's file.
pub fn json(board: &Board, folder: &str, runbook: &str) -> String {
    let value = json!({
        "uid": format!("chronoscope-{folder}-{}", board.slug()),
        "title": format!("Temporal / {}", board.title),
        "description": board.about,
        "tags": ["temporal", "chronoscope", folder],
        "schemaVersion": 39,
        "editable": false,
        "graphTooltip": 1,
        "refresh": "30s",
        "timezone": "browser",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": variables::all(board.naming, board.anchor)},
        "annotations": {"list": []},
        "links": [{
            "type": "dashboards", "title": "Temporal", "tags": ["chronoscope", folder],
            "asDropdown": true, "includeVars": true, "keepTime": true, "targetBlank": false,
            "icon": "external link", "tooltip": "", "url": "",
        }],
        "panels": panels(board, runbook),
    });
    // Pretty JSON of a value always succeeds.
    let mut text = serde_json::to_string_pretty(&value).unwrap_or_default();
    text.push('\n');
    text
}

/// Lays out the panels, row by row.
fn panels(board: &Board, runbook: &str) -> Vec<Value> {
    let (mut panels, mut y) = (Vec::new(), 0);
    for row in &board.rows {
        panels.push(json!({
            "type": "row", "id": panels.len() + 1, "title": row.title, "collapsed": false,
            "gridPos": {"h": 1, "w": WIDTH, "x": 0, "y": y}, "panels": [],
        }));
        y += 1;
        for line in lines_of(&row.panels) {
            let (mut x, mut tallest) = (0, 0);
            for panel in line {
                let h = match panel.kind {
                    Kind::Lines => 8,
                    Kind::Stat => 4,
                };
                let w = WIDTH / line.len() as u64;
                let at = json!({"h": h, "w": w, "x": x, "y": y});
                panels.push(one(panel, panels.len() + 1, &at, board, runbook));
                (x, tallest) = (x + w, tallest.max(h));
            }
            y += tallest;
        }
    }
    panels
}

/// Splits a row into lines of at most four panels, or six small ones, as evenly as possible.
fn lines_of(panels: &[Panel]) -> Vec<&[Panel]> {
    let small = panels.iter().all(|panel| panel.kind == Kind::Stat);
    let lines = panels.len().div_ceil(if small { 6 } else { 4 });
    let mut rest = panels;
    let mut cut = Vec::new();
    for left in (1..=lines).rev() {
        let (line, others) = rest.split_at(rest.len().div_ceil(left));
        cut.push(line);
        rest = others;
    }
    cut
}

fn one(panel: &Panel, id: usize, at: &Value, board: &Board, runbook: &str) -> Value {
    let folder = super::folder(board.naming);
    let source = json!({"type": "prometheus", "uid": format!("${{{}}}", variables::METRICS)});
    let targets = panel.queries.iter().zip('A'..).map(|(query, id)| {
        json!({
            "refId": id.to_string(), "datasource": source, "expr": query.expr,
            "legendFormat": query.legend, "range": true, "editorMode": "code",
        })
    });
    let (kind, options) = match panel.kind {
        Kind::Lines => ("timeseries", lines()),
        Kind::Stat => ("stat", stat()),
    };
    json!({
        "type": kind, "id": id, "title": panel.title, "description": panel.description(),
        "datasource": source, "gridPos": at, "targets": targets.collect::<Vec<_>>(),
        "options": options, "fieldConfig": fields(panel, folder), "links": links(panel, board, runbook),
    })
}

fn lines() -> Value {
    json!({
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": true, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    })
}

fn stat() -> Value {
    json!({
        "reduceOptions": {"values": false, "calcs": ["lastNotNull"], "fields": ""},
        "graphMode": "area", "colorMode": "value", "justifyMode": "auto", "textMode": "auto",
        "wideLayout": true, "orientation": "auto",
    })
}

fn fields(panel: &Panel, folder: &str) -> Value {
    let mut steps = vec![json!({"color": "green", "value": null})];
    steps.extend(
        panel
            .line
            .map(|line| json!({"color": "red", "value": line})),
    );
    let style = if panel.line.is_some() { "line" } else { "off" };
    let custom = match panel.kind {
        Kind::Lines => json!({
            "drawStyle": "line", "lineWidth": 1, "fillOpacity": 10, "showPoints": "never",
            "thresholdsStyle": {"mode": style},
        }),
        Kind::Stat => json!({}),
    };
    // A share is at most 100 %.
    let max = (panel.unit == "percentunit").then_some(1);
    let min = (!panel.signed).then_some(0);
    let mut defaults = json!({
        "unit": panel.unit, "min": min, "max": max, "custom": custom,
        "thresholds": {"mode": "absolute", "steps": steps},
    });
    let traces = panel.types.iter().map(|label| typed_link(*label));
    let boards = panel.types.iter().map(|label| type_board(*label, folder));
    let links: Vec<_> = boards.chain(traces).collect();
    if !links.is_empty() {
        defaults["links"] = Value::Array(links);
    }
    json!({"defaults": defaults, "overrides": []})
}

/// The links of a panel: to the runbook, and to the traces of the selected time.
fn links(panel: &Panel, board: &Board, runbook: &str) -> Value {
    let section = panel.alert.map_or(board.slug(), str::to_lowercase);
    let title = format!("Runbook: {}", panel.alert.unwrap_or(board.title));
    json!([
        link(&title, &format!("{runbook}#{section}")),
        link("Traces of failures", &traces(None, "error=true")),
    ])
}

/// The link of a series to the traces of its type.
fn typed_link(label: Label) -> Value {
    let operation = match label {
        Label::WorkflowType => Operation::RunWorkflow,
        _ => Operation::RunActivity,
    };
    let name = format!("{}:${{__field.labels.{}}}", operation.name(), label.name());
    let title = format!("Traces of this {}", label.name().replace('_', " "));
    json!({"title": title, "url": traces(Some(&name), ""), "targetBlank": true})
}

/// The link of a series to the board of its type, with the variables of this board.
fn type_board(label: Label, folder: &str) -> Value {
    let board = match label {
        Label::WorkflowType => "workflows-by-type",
        _ => "activities-by-type",
    };
    let chosen = ["job", "namespace", "task_queue", variables::METRICS];
    let chosen: Vec<_> = chosen
        .iter()
        .map(|name| format!("${{{name}:queryparam}}"))
        .collect();
    let name = label.name();
    let url = format!(
        "/d/chronoscope-{folder}-{board}?var-{name}=${{__field.labels.{name}}}&{}&${{__url_time_range}}",
        chosen.join("&")
    );
    let title = format!("Board of this {}", name.replace('_', " "));
    json!({"title": title, "url": url, "targetBlank": false})
}

fn link(title: &str, url: &str) -> Value {
    json!({
        "type": "link", "title": title, "url": url, "targetBlank": true, "icon": "", "tooltip": "",
        "tags": [], "asDropdown": false, "includeVars": false, "keepTime": false,
    })
}

/// A link to a search for traces in Grafana Explore. Grafana fills in the variables.
fn traces(operation: Option<&str>, tags: &str) -> String {
    let source = format!("${{{}}}", variables::TRACES);
    let mut query = json!({
        "refId": "A", "queryType": "search", "service": format!("${{{}}}", variables::SERVICE),
        "datasource": {"type": "jaeger", "uid": source},
    });
    if let Some(operation) = operation {
        query["operation"] = operation.into();
    }
    if !tags.is_empty() {
        query["tags"] = tags.into();
    }
    let panes = json!({"traces": {
        "datasource": source, "queries": [query],
        "range": {"from": "${__from}", "to": "${__to}"},
    }});
    format!(
        "/explore?schemaVersion=1&panes={}",
        escaped(&panes.to_string())
    )
}

/// Escapes characters that a URL cannot contain, except in variables.
fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '"' => "%22".to_owned(),
        ' ' => "%20".to_owned(),
        '=' => "%3D".to_owned(),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}
