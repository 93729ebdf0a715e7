//! Another name for the label `namespace`, as processes can be configured to use.

use std::{collections::BTreeMap, path::PathBuf};

use chronoscope::schema::Label;

/// The keys of a board's lines that hold expressions.
const EXPRESSIONS: [&str; 4] = [
    "\"definition\"",
    "\"expr\"",
    "\"legendFormat\"",
    "\"query\"",
];

/// Returns the files with the label under this name.
pub fn renamed(files: BTreeMap<PathBuf, String>, label: &str) -> BTreeMap<PathBuf, String> {
    let renamed = |(path, text): (PathBuf, String)| {
        let extension = path.extension().unwrap_or_default();
        let text = match extension.to_str() {
            Some("json") => by_line(&text, |line| board(line, label)),
            Some("yml") => by_line(&text, |line| rule(line, label)),
            _ => text,
        };
        (path, text)
    };
    match label == Label::Namespace.name() {
        true => files,
        false => files.into_iter().map(renamed).collect(),
    }
}

fn by_line(text: &str, line: impl Fn(&str) -> String) -> String {
    text.split_inclusive('\n').map(line).collect()
}

/// A line of a board: variables keep their names.
fn board(line: &str, label: &str) -> String {
    let mut keys = EXPRESSIONS.into_iter();
    match keys.any(|key| line.trim_start().starts_with(key)) {
        true => words(line, label),
        false => line.to_owned(),
    }
}

/// A line of rules: an expression is a line of its own, and elsewhere labels are named as such.
fn rule(line: &str, label: &str) -> String {
    let is_expression = line.trim_start().split_once(':').is_none_or(|(key, _)| {
        !key.chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' '))
    });
    match is_expression {
        true => words(line, label),
        false => line.replace(
            &format!("$labels.{}", Label::Namespace.name()),
            &format!("$labels.{label}"),
        ),
    }
}

/// Replaces the label where it is a word by itself, and not a variable.
fn words(line: &str, label: &str) -> String {
    let own = Label::Namespace.name();
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '-');
    let mut renamed = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(own) {
        let (before, after) = (&rest[..at], &rest[at + own.len()..]);
        let is_whole = !before.ends_with(is_part) && !after.starts_with(is_part);
        let is_variable = before.ends_with("${") || before.ends_with("[[");
        renamed.push_str(before);
        renamed.push_str(if is_whole && !is_variable { label } else { own });
        rest = after;
    }
    renamed + rest
}
