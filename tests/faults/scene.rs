//! What the named stories share: a token that is due, a run with something in it, and the way to
//! the end.

use std::sync::Arc;

use crate::faults::fault_transport::{Act, At};
use crate::faults::running::{Ran, Running};
use crate::faults::world::World;
use crate::faults::{check, journal, life};
use crate::support::REPO;

pub(crate) const CREATE: At = At::Path("POST", "/v3/api_keys", 1);
pub(crate) const PUT_HOME: At = At::Path("PUT", "/site/actions/secrets/SENDGRID_API_KEY", 1);
pub(crate) const PUT_ENVIRONMENT: At =
    At::Path("PUT", "/environments/production/secrets/SENDGRID_API_KEY", 1);

/// The nth move of the journal's ref in a run.
pub(crate) fn record(nth: usize) -> At {
    At::Path("PATCH", "/git/refs/*", nth)
}

/// A token that was adopted a month ago.
pub(crate) async fn due() -> Arc<World> {
    let world = World::new();
    clean(&world, 0).await;
    world.pass(31 * 24);
    world
}

/// A token whose new value is in every destination.
pub(crate) async fn pushed() -> Arc<World> {
    let world = due().await;
    clean(&world, 0).await;
    world
}

/// A token whose new value is proven, and whose old one's grace is over.
pub(crate) async fn ripe() -> Arc<World> {
    let world = pushed().await;
    clean(&world, 1).await;
    world.pass(25);
    world
}

/// One run, so many hours later, to which nothing happens.
pub(crate) async fn clean(world: &Arc<World>, hours: i64) -> Ran {
    world.pass(hours);
    life::one(world, 0).await
}

/// One run to which this happens, and which ends by itself.
pub(crate) async fn struck(world: &Arc<World>, acts: Vec<(At, Act)>) -> Ran {
    let mut running = Running::start(world, acts, None);
    let code = running.go_on().await;
    let ran = running.end(world, code);
    check::after(world, &ran, 0);
    world.emulator.clear_faults();
    ran
}

/// One run that dies at this request, and GitHub knows.
pub(crate) async fn killed(world: &Arc<World>, at: At, act: Act) {
    let mut running = Running::start(world, vec![(at, act)], None);
    assert_eq!(running.go().await, None, "it was to die at {at:?}");
    world.emulator.github().complete_run(REPO, running.id);
    check::after_any(world, &running.kill(), 0);
}

/// Runs until all is settled; no promise was broken on the way, and no more keys were wasted than
/// this.
pub(crate) async fn settles(world: &Arc<World>, wasted: usize) {
    for number in 0..8 {
        if check::is_settled(world) {
            break;
        }
        clean(world, if number % 2 == 0 { 1 } else { 25 }).await;
    }
    assert!(check::is_settled(world), "not settled: {}", journal::newest(&world.emulator));
    check::at_the_end(world, wasted);
    whole(world);
}

/// No promise was broken so far.
pub(crate) fn whole(world: &World) {
    let broken = world.broken();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// How far the pending key is.
pub(crate) fn stage(world: &World) -> String {
    let state = journal::newest(&world.emulator);
    state["pending"]["stage"]["stage"].as_str().unwrap_or("none").to_owned()
}

/// What the token's report says, for words.
pub(crate) fn says(ran: &Ran, words: &str) -> bool {
    ran.said.contains(words)
}
