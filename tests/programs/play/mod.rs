//! Plays a program, as a client does.

mod histories;
mod script;
mod start;

use std::{path::Path, time::Duration};

use temporalio_common::protos::temporal::api::history::v1::HistoryEvent;

pub use self::script::Answered;
use self::{histories::histories, script::Script, start::start};
use crate::{
    activities,
    emitted::Emitted,
    journal::{self, Entry},
    killed::kills,
    program::Program,
    server::Server,
    wiring::Observed,
    workers::{Ground, work, work_apart},
};

/// What a program left behind.
pub struct Played {
    pub emitted: Emitted,
    /// What was executed.
    pub journal: Vec<Entry>,
    /// The history of each run.
    pub histories: Vec<(String, Vec<HistoryEvent>)>,
    pub answered: Answered,
    /// How often a worker's process was killed.
    pub kills: usize,
    /// Whether it did not end.
    pub is_stuck: bool,
}

/// How long a program may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same, where what killed workers held has to come back.
const LONG_PATIENCE: Duration = Duration::from_secs(40);

/// Where a program's workers are.
#[derive(Clone, Copy)]
pub enum Workers<'a> {
    Here,
    /// In processes that are killed, and write to this folder.
    Apart(&'a Path),
}

/// Plays a program to its end, and returns what it left behind.
pub async fn play(
    observed: &Observed,
    server: &Server,
    program: &Program,
    workers: Workers<'_>,
) -> Played {
    let queue = format!("program-{}", uuid::Uuid::new_v4());
    let ground = Ground::default();
    let patience = match workers {
        Workers::Here => PATIENCE,
        Workers::Apart(_) => LONG_PATIENCE,
    };
    let body = async {
        let client = observed
            .client(server.connection(), observed.settings().wiring)
            .await;
        ground.begun().await;
        let starter = ground.client().filter(|_| program.is_eager);
        let starter = starter.as_ref().unwrap_or(&client);
        let first = start(starter, &queue, program, workers, server.is_real()).await;
        let script = Script::new(client.clone(), &queue, server, &ground);
        let ended = tokio::time::timeout(patience, script.play(program)).await;
        let is_stuck = ended.is_err();
        let (answered, mut firsts) = script.end();
        firsts.push(first);
        let firsts = firsts.into_iter().map(|run| (queue.clone(), run));
        let all = histories(&client, firsts.collect(), !is_stuck);
        let all = tokio::time::timeout(patience, all).await;
        let is_stuck = is_stuck || all.is_err();
        let histories = all.unwrap_or_default();
        ground.end();
        (histories, answered, is_stuck)
    };
    let work = async {
        match workers {
            Workers::Here => work(observed, server, &queue, &ground).await,
            Workers::Apart(folder) => {
                work_apart(folder, program.settings, server, &queue, &ground).await;
            }
        }
    };
    let ((histories, answered, is_stuck), ()) = tokio::join!(body, work);
    activities::ended().await;
    let mut played = Played {
        emitted: observed.emitted(),
        journal: journal::take(),
        histories,
        answered,
        is_stuck,
        kills: 0,
    };
    if let Workers::Apart(folder) = workers {
        played.kills = kills(program);
        played.emitted.read(folder);
        played.journal = journal::read(&folder.join("journal"));
    }
    played
}
