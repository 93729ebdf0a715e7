//! Makes a program that fails as small as it can be while it fails.

use std::{
    collections::BTreeSet,
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

/// A program that failed.
pub struct Failed {
    /// What is wrong, and where the program is.
    pub text: String,
}

/// Plays the program of a seed. If it shows a difference of a new kind, it is made small, written,
/// and told.
pub fn play(
    seed: u64,
    programs: &BoxedStrategy<Program>,
    found: impl Fn(&Program) -> Vec<String>,
    run: impl Fn(&Program) -> Vec<String>,
    is_new: impl Fn(&str) -> bool,
) -> Option<Failed> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let mut tree = programs.new_tree(&mut runner).expect("there are programs");
    let (mut smallest, mut found) = (tree.current(), found(&tree.current()));
    let kinds: BTreeSet<_> = found.iter().map(|text| kind(text)).collect();
    let mut kinds: Vec<_> = kinds.into_iter().filter(|kind| is_new(kind)).collect();
    let kind = kinds.pop()?;
    if std::env::var_os("PROGRAMS_AS_THEY_ARE").is_some() {
        let file = write(seed, &smallest);
        let text = format!("seed {seed} fails as {file}: {found:#?}");
        return Some(Failed { text });
    }
    let begun = Instant::now();
    let mut tries = 0;
    let mut is_simpler = tree.simplify();
    while is_simpler && tries < TRIES && begun.elapsed() < PATIENCE {
        tries += 1;
        let now = tree.current();
        let fails = run(&now);
        let is_kind = |fails: &[String]| fails.iter().any(|text| self::kind(text) == kind);
        is_simpler = match is_kind(&fails) && is_kind(&run(&now)) {
            false => tree.complicate(),
            true => {
                (smallest, found) = (now, fails);
                tree.simplify()
            }
        };
    }
    let file = write(seed, &smallest);
    let text = format!("seed {seed} fails ({kind}), after {tries} tries as {file}: {found:#?}");
    Some(Failed { text })
}

/// What is wrong, by its first words, without numbers, ids and paths.
fn kind(found: &str) -> String {
    let is_word = |word: &&str| {
        word.chars()
            .all(|letter| letter.is_alphabetic() || letter == ':')
    };
    let words = found.split(' ').map(|word| word.trim_matches(','));
    let words: Vec<_> = words.filter(is_word).take(5).collect();
    words.join(" ")
}

fn write(seed: u64, program: &Program) -> String {
    let folder = folder("target/programs");
    fs::create_dir_all(&folder).expect("the folder can be made");
    let file = folder.join(format!("{seed}.json"));
    let text = serde_json::to_string_pretty(program).expect("a program is data");
    fs::write(&file, text).expect("the file can be written");
    file.display().to_string()
}
