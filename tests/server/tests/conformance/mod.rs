//! The same scenarios on this server and on the real one: what clients can see must be the same.

mod activities;
mod activity_by_id;
mod activity_timeouts;
mod basics;
mod chains;
mod conflicts;
mod corners;
mod delays;
mod external;
mod histories;
mod ids;
mod polls;
mod priorities;
mod properties;
mod queries;
mod refusals;
mod schedules;
mod sdk;
mod signals_between;
mod tasks;
mod update_ends;
mod update_order;
mod updates;
mod visibility;

use std::{future::Future, pin::Pin};

use chronoscope_testserver::{IndexedValueType, TestServer};
use futures::StreamExt as _;

pub(crate) use self::updates::update_request;
use crate::support::{ATTRIBUTES, World, connect, connect_to, real_server};

type Scenario = (
    &'static str,
    fn(World) -> Pin<Box<dyn Future<Output = ()> + Send>>,
);

/// A table of scenarios: their functions by name.
macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        pub const TABLE: &[super::Scenario] = &[$((stringify!($name), |world| Box::pin($name(world)))),*];
    };
}
pub(crate) use scenarios;

fn table() -> Vec<Scenario> {
    let tables = [
        basics::TABLE,
        tasks::TABLE,
        activities::TABLE,
        external::TABLE,
        updates::TABLE,
        visibility::TABLE,
        refusals::TABLE,
        queries::TABLE,
        histories::TABLE,
        ids::TABLE,
        chains::TABLE,
        conflicts::TABLE,
        activity_timeouts::TABLE,
        update_ends::TABLE,
        schedules::TABLE,
        signals_between::TABLE,
        properties::TABLE,
        priorities::TABLE,
        polls::TABLE,
        activity_by_id::TABLE,
        update_order::TABLE,
        delays::TABLE,
        corners::TABLE,
        sdk::TABLE,
    ];
    let all = tables.into_iter().flatten().copied();
    match std::env::var("SCENARIO") {
        Ok(only) => all.filter(|(name, _)| name.contains(&only)).collect(),
        Err(_) => all.collect(),
    }
}

/// By then a call that waits for an answer has reached the server; nothing tells when it did.
const ARRIVED: std::time::Duration = std::time::Duration::from_millis(1000);

/// A scenario that takes longer hangs.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(50);

async fn play(
    connection: temporalio_client::Connection,
    name: &str,
    (_, act): Scenario,
) -> Vec<String> {
    let world = World::new(connection, name);
    let acting = tokio::spawn(act(world.clone()));
    match tokio::time::timeout(PATIENCE, acting).await {
        Ok(Ok(())) => {}
        Ok(Err(panic)) => world.say(format!("panicked: {panic}")),
        Err(_) => world.say("hung"),
    }
    world.transcript()
}

/// Where the transcripts part, in a few lines.
fn difference(ours: &[String], real: &[String]) -> Option<String> {
    if ours == real
        && !ours
            .iter()
            .any(|line| line.starts_with("panicked") || line == "hung")
    {
        return None;
    }
    let same = ours.iter().zip(real).take_while(|(a, b)| a == b).count();
    let show = |lines: &[String]| {
        let at = ours.get(same).zip(real.get(same)).map_or(0, |(a, b)| {
            a.bytes()
                .zip(b.bytes())
                .take_while(|(a, b)| a == b)
                .count()
                .saturating_sub(80)
        });
        let line = lines.get(same).map_or("", String::as_str);
        let shown: String = line.chars().skip(at).take(400).collect();
        let kind: String = line.chars().take(40).collect();
        format!("{kind} … {shown}")
    };
    Some(format!(
        "  line {}\n    ours: {}\n    real: {}",
        same + 1,
        show(ours),
        show(real)
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn agrees_with_the_real_server() {
    let mut builder = TestServer::builder();
    for (name, kind) in ATTRIBUTES {
        let kind = match *kind {
            "Int" => IndexedValueType::Int,
            _ => IndexedValueType::Keyword,
        };
        builder = builder.search_attribute(*name, kind);
    }
    let server = builder.start().await;
    let ours = connect(&server).await;
    let real = connect_to(real_server().await).await.unwrap();
    let table = table();
    assert!(table.len() >= 186 || std::env::var("SCENARIO").is_ok());
    let compared = async |name: String, scenario: Scenario| {
        let (ours, real) = (ours.clone(), real.clone());
        let (ours, real) = tokio::join!(play(ours, &name, scenario), play(real, &name, scenario));
        if std::env::var("SCENARIO").is_ok() {
            eprintln!("{name}\nours: {ours:#?}\nreal: {real:#?}");
        }
        difference(&ours, &real).map(|difference| (scenario, difference))
    };
    let first: Vec<_> = futures::stream::iter(table.clone())
        .map(|scenario| compared(scenario.0.to_owned(), scenario))
        .buffer_unordered(8)
        .filter_map(async |found| found)
        .collect()
        .await;
    // What a busy machine held up is played again, alone. A real difference is there again.
    let mut differences = Vec::new();
    for (scenario, _) in first {
        let again = compared(format!("{}_again", scenario.0), scenario).await;
        differences.extend(again.map(|(_, difference)| format!("{}\n{difference}", scenario.0)));
    }
    assert!(
        differences.is_empty(),
        "{} of {} scenarios differ\n{}",
        differences.len(),
        table.len(),
        differences.join("\n")
    );
}
