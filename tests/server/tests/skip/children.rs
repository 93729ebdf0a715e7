//! Children and the time of their parents, and runs that nobody works on.

use std::time::Duration;

use chronoscope_testserver::{GlobalClock, TestServer};

use crate::{
    sdk::within,
    support::{World, complete, connect, shape, start_child, timer},
};

/// The kinds of the events that the next task brings; it completes it with nothing.
async fn next_kinds(world: &World) -> Vec<String> {
    let task = world.turn(vec![]).await;
    shape(&task.history.unwrap().events)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_waits_idly_does_not_hold_its_parents_time() {
    let server = TestServer::builder().auto_skip().start().await;
    let world = World::new(connect(&server).await, "parent");
    let child = world.of_child();
    world.start().await;
    within(Duration::from_secs(20), async {
        let commands = vec![timer("1", 3_600_000), start_child(&world, |_| ())];
        world.turn(commands).await;
        next_kinds(&world).await;
        let fired = "TimerFired".to_owned();
        let kinds = shape(&world.history().await);
        assert!(!kinds.contains(&fired), "the child has a task: {kinds:?}");
        // The child starts one of its own, which then waits for somebody, too.
        child.turn(vec![start_child(&child, |_| ())]).await;
        child.turn(vec![]).await;
        let kinds = shape(&world.history().await);
        assert!(!kinds.contains(&fired), "its child has one: {kinds:?}");
        child.of_child().turn(vec![]).await;
        let kinds = next_kinds(&world).await;
        assert!(kinds.contains(&fired), "{kinds:?}");
        // What wakes it holds the parent again.
        child.signal("go").await;
        world.signal("go").await;
        world.turn(vec![timer("2", 3_600_000)]).await;
        let pending = world.history().await.len();
        child.turn(vec![]).await;
        let task = world.turn(vec![complete("done")]).await;
        let events = task.history.unwrap().events;
        assert_eq!(events.len(), pending + 4, "{:?}", shape(&events));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_the_global_clock_is_told() {
    let clock = GlobalClock::Unlocked;
    let server = TestServer::builder().global_skip(clock).start().await;
    let world = World::new(connect(&server).await, "held");
    assert_eq!(server.held_by(), [""; 0]);
    world.start().await;
    assert_eq!(
        server.held_by(),
        [
            "workflow \"held\" holds the clock: it has a workflow task on task queue \"held\" of \
          namespace \"default\", which no worker polls"
        ]
    );
    world.turn(vec![timer("1", 3_600_000)]).await;
    world.turn(vec![complete("done")]).await;
    assert_eq!(server.held_by(), [""; 0]);
}
