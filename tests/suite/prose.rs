//! The house's rules of language: each file says what is in it, in words that engineers use.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Phrases that comments, documents and messages must not have, and what to write instead.
const PHRASES: &[(&str, &str)] = &[
    ("of ours", "chronoscope's, or nothing"),
    ("of yours", "your own"),
    ("of theirs", "their"),
    ("a plugin of the SDK's", "an SDK plugin"),
    ("a plugin of the user's", "a user's plugin"),
    ("of one's own", "your own, or for one test"),
    ("as ever", "as usual, unchanged"),
    ("of late", "recently"),
    ("but for", "except"),
    ("for want of", "without, because … is missing"),
    ("and its likes", "and related ones"),
    ("for ever", "forever"),
    ("inside of", "inside"),
    ("outside of", "outside"),
    ("in the place of", "in place of"),
    ("unless told otherwise", "by default"),
    ("unless you say otherwise", "by default"),
    ("unless somebody says otherwise", "by default"),
    ("where nothing is said", "by default"),
    ("there as zero", "start at zero"),
    ("thrown out", "evicted"),
    ("what goes on", "what this process does"),
    ("goes on as new", "continues as new"),
    ("go on as new", "continue as new"),
    ("to be had", "available"),
    ("can't be had", "can't be bound, or used"),
    ("goes round", "is around"),
    ("round the worker", "around the worker"),
    ("round activities", "around activities"),
    ("round calls", "around calls"),
    ("round each", "around each"),
    ("round every", "around every"),
    ("round it", "around it"),
    ("round them", "around them"),
    ("once a worker is", "once per worker, or when a worker is"),
    ("built once a worker", "built once per worker"),
    ("once an attempt", "once per attempt"),
    ("tries again", "retries"),
    ("tried again", "retried"),
    ("became of", "the result of, the counts of"),
    ("becomes of", "the end of, whether … continues"),
    ("a user says of", "the builder of, the settings of"),
    ("people who have", "processes with"),
];

/// Files that have a phrase all the same, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "src/lib.rs",
        "of ours",
        "it tells a change here from one in another crate",
    ),
    (
        "dashboards/generator/tests/data/c682616.rules.yml",
        "thrown out",
        "rules of an old commit, kept as they were",
    ),
    (
        "dashboards/generator/tests/data/c682616.rules.yml",
        "tried again",
        "rules of an old commit, kept as they were",
    ),
];

/// Rust files that do not begin with what is in them, and why.
const WITHOUT_A_FIRST_LINE: &[(&str, &str)] = &[(
    "tests/suite/door/first.rs",
    "the README shows it letter by letter",
)];

/// Returns the files of the folders with one of these extensions, relative to the repository. Scripts
/// have none: `""`.
fn files(folders: &[&str], extensions: &[&str]) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if name != "target" {
                open.extend(
                    fs::read_dir(&path)
                        .unwrap()
                        .map(|entry| entry.unwrap().path()),
                );
            }
            continue;
        }
        let extension = path.extension().unwrap_or_default();
        if extensions.iter().any(|known| extension == *known) {
            let text = fs::read_to_string(&path).unwrap();
            let path = path.strip_prefix(root).unwrap().to_string_lossy();
            found.push((path.into_owned(), text));
        }
    }
    assert!(found.len() > 20);
    found
}

/// Returns the text as one line of lower-case prose, and where each of its lines begins in it.
fn flowing(text: &str) -> (String, Vec<usize>) {
    let (mut prose, mut starts) = (String::new(), Vec::new());
    for line in text.lines() {
        starts.push(prose.len());
        let line = line.trim().trim_start_matches(['/', '!', '#', '>']).trim();
        prose.push_str(&line.to_lowercase());
        prose.push(' ');
    }
    (prose, starts)
}

/// Returns the lines that have the phrase as words of their own.
fn lines_with(phrase: &str, prose: &str, starts: &[usize]) -> Vec<usize> {
    let is_of_a_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let phrase = phrase.to_lowercase();
    let places = prose.match_indices(&phrase).map(|found| found.0);
    let whole = places.filter(|at| {
        let (before, after) = (&prose[..*at], &prose[at + phrase.len()..]);
        !before.ends_with(is_of_a_word) && !after.starts_with(is_of_a_word)
    });
    whole
        .map(|at| starts.partition_point(|start| *start <= at))
        .collect()
}

#[test]
fn every_file_begins_with_what_is_in_it() {
    let files = files(&["src", "examples", "tests", "dashboards"], &["rs"]);
    let silent = files.iter().filter(|(_, text)| !text.starts_with("//! "));
    let silent: Vec<_> = silent.map(|(path, _)| path.as_str()).collect();
    let known: Vec<_> = WITHOUT_A_FIRST_LINE.iter().map(|known| known.0).collect();
    assert_eq!(
        silent, known,
        "begin each file with a `//!` line that says what is in it"
    );
}

#[test]
fn prose_has_none_of_these_phrases() {
    let folders = [
        "src",
        "examples",
        "tests",
        "dashboards",
        "proto",
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "Cargo.toml",
        "justfile",
        ".ci",
        ".github",
    ];
    let mut found = Vec::new();
    for (path, text) in files(&folders, &["rs", "md", "proto", "yml", "toml", ""]) {
        if path.ends_with("suite/prose.rs") {
            continue;
        }
        let (prose, starts) = flowing(&text);
        for (phrase, instead) in PHRASES {
            if EXCEPTIONS
                .iter()
                .any(|known| known.0 == path && known.1 == *phrase)
            {
                continue;
            }
            for line in lines_with(phrase, &prose, &starts) {
                found.push(format!("{path}:{line}: {phrase:?}: write {instead:?}"));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_phrase_is_found_as_words_and_across_lines() {
    let (prose, starts) = flowing("/// All of it,\n/// but\n/// for one.\nlet a = butter;\n");
    assert_eq!(lines_with("but for", &prose, &starts), [2]);
    assert_eq!(lines_with("but", &prose, &starts), [2]);
    assert_eq!(lines_with("butt", &prose, &starts), [0; 0]);
}
