//! Makes a program that fails as small as it can be while it fails.

use std::{
    fs,
    time::{Duration, Instant},
};

use proptest::{
    strategy::{BoxedStrategy, Strategy as _, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use crate::{folder, program::Program};

/// How many smaller programs are tried, and for how long.
const TRIES: u32 = 300;
const PATIENCE: Duration = Duration::from_secs(40);

/// Plays the program of a seed. If it fails, it is made small, written, and told.
pub fn play(
    seed: u64,
    programs: &BoxedStrategy<Program>,
    run: impl Fn(&Program) -> Vec<String>,
) -> Option<String> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let mut tree = programs.new_tree(&mut runner).expect("there are programs");
    let (mut smallest, mut found) = (tree.current(), run(&tree.current()));
    if found.is_empty() {
        return None;
    }
    if std::env::var_os("PROGRAMS_AS_THEY_ARE").is_some() {
        let file = write(seed, &smallest);
        return Some(format!("seed {seed} fails as {file}: {found:#?}"));
    }
    let (kind, begun) = (kind(&found), Instant::now());
    let mut tries = 0;
    let mut is_simpler = tree.simplify();
    while is_simpler && tries < TRIES && begun.elapsed() < PATIENCE {
        tries += 1;
        let now = tree.current();
        let fails = run(&now);
        is_simpler = match fails.is_empty() || self::kind(&fails) != kind {
            true => tree.complicate(),
            false => {
                (smallest, found) = (now, fails);
                tree.simplify()
            }
        };
    }
    let file = write(seed, &smallest);
    Some(format!(
        "seed {seed} fails, after {tries} tries as {file}: {found:#?}"
    ))
}

/// What is wrong, without its numbers and ids.
fn kind(found: &[String]) -> String {
    let first = found.first().map_or("", String::as_str);
    first
        .chars()
        .filter(|letter| letter.is_alphabetic())
        .take(8)
        .collect()
}

fn write(seed: u64, program: &Program) -> String {
    let folder = folder("target/programs");
    fs::create_dir_all(&folder).expect("the folder can be made");
    let file = folder.join(format!("{seed}.json"));
    let text = serde_json::to_string_pretty(program).expect("a program is data");
    fs::write(&file, text).expect("the file can be written");
    file.display().to_string()
}
