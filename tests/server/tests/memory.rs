//! Memory grows with open runs only: what closed runs took comes back.

use std::time::Duration;

use futures::StreamExt as _;

use crate::{
    listen::Program,
    support::{World, connect_to},
};

const RUNS: usize = 500;

/// Resident bytes of a process.
fn resident(pid: u32) -> u64 {
    let statm = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap();
    let pages: u64 = statm.split_whitespace().nth(1).unwrap().parse().unwrap();
    pages * 4096
}

/// Starts many runs that nobody works on; answers what they take.
async fn fill(world: &World, program: &Program, round: usize) -> u64 {
    let before = resident(program.pid());
    let all = futures::stream::iter(0..RUNS).map(|n| async move {
        world
            .start_with(|request| request.workflow_id = format!("{round}-{n}"))
            .await
    });
    all.buffer_unordered(50).collect::<Vec<_>>().await;
    resident(program.pid()).saturating_sub(before)
}

/// Ends them all, and waits until they are forgotten.
async fn empty(world: &World, round: usize) {
    let all = futures::stream::iter(0..RUNS).map(|n| {
        let mut world = world.clone();
        world.name = format!("{round}-{n}");
        async move { world.try_terminate().await.unwrap() }
    });
    all.buffer_unordered(50).collect::<Vec<_>>().await;
    let mut last = world.clone();
    last.name = format!("{round}-{}", RUNS - 1);
    while last.is_known().await {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn what_closed_runs_took_comes_back() {
    let program = Program::run(&["--listen", "127.0.0.1:0", "--retention", "1"]);
    let world = World::new(connect_to(&program.1).await.unwrap(), "memory");
    let first = fill(&world, &program, 0).await;
    empty(&world, 0).await;
    // The first round also makes room that an allocator keeps.
    let after_first = resident(program.pid());
    for round in 1..6 {
        fill(&world, &program, round).await;
        empty(&world, round).await;
    }
    let grown = resident(program.pid()).saturating_sub(after_first);
    assert!(first > 1_000_000, "{first} bytes for {RUNS} runs");
    assert!(grown < first, "{grown} bytes kept of five times {first}");
}
