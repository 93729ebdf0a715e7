//! Workers in processes of their own, which are killed at any moment.

use std::{
    fs,
    path::{Path, PathBuf},
};

use proptest::prelude::*;

use crate::{
    generate::programs,
    program::{Action, Program},
    settings::{Emission, Settings, Wiring},
};

/// Programs whose worker is killed so often.
pub fn killed() -> BoxedStrategy<Program> {
    let places = proptest::collection::vec(any::<prop::sample::Index>(), 1..4);
    (programs(), places, any::<bool>(), any::<bool>())
        .prop_map(|(mut program, places, is_alone, is_held)| {
            let script = &mut program.script;
            if is_alone {
                // Nothing else goes wrong.
                script.retain(|action| !is_fault(action));
            }
            for place in places {
                script.insert(place.index(script.len() + 1), Action::Drop);
            }
            program.settings = Settings {
                wiring: Wiring::Wrap,
                workers: 1,
                bare_first: false,
                down: false,
                emission: match is_held {
                    true => Emission::OnCommit,
                    false => Emission::Immediate,
                },
                ..program.settings
            };
            program
        })
        .boxed()
}

fn is_fault(action: &Action) -> bool {
    matches!(
        action,
        Action::Replace
            | Action::Drop
            | Action::Forget
            | Action::Expire
            | Action::Lose(_)
            | Action::Refuse(_)
            | Action::Delay(..)
    )
}

/// How often the worker of a program is killed.
pub fn kills(program: &Program) -> usize {
    let script = program.script.iter();
    script.filter(|action| **action == Action::Drop).count()
}

/// A folder that is gone when it is dropped.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let name = format!("programs-{}", uuid::Uuid::new_v4());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).expect("there is room");
        Self(folder)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
