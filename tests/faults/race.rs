//! Two runs started together. Each request of either is as slow as chance wants, so they overtake
//! each other everywhere; now and then one of them dies on the way. One value is delivered, and no
//! promise is broken.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use crate::faults::check;
use crate::faults::fault_transport::{Act, At};
use crate::faults::life::one;
use crate::faults::matrix::say;
use crate::faults::rng::{self, Rng};
use crate::faults::running::Running;
use crate::faults::world::World;
use crate::support::REPO;

/// How often they race; a plain run takes fewer.
const RACES: usize = 200;
const SAMPLE: usize = 25;

/// One race. Gives what was broken.
fn race(seed: u64) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let world = World::new();
        let mut rng = Rng::new(seed);
        // Mostly when the token is due, where there is most to lose; also when it is adopted,
        // proven, and revoked.
        let together = *rng.pick(&[0, 1, 1, 1, 1, 2, 3]);
        let dies = rng.below(4) == 0;
        let mut deaths = 0;
        for (number, hours) in [0, 31 * 24, 1, 25, 1, 25, 1, 25, 1, 25].into_iter().enumerate() {
            world.pass(hours);
            if number == together {
                let last = if dies { Some(1 + rng.below(30)) } else { None };
                deaths += side_by_side(&world, &mut rng, last, number).await;
            } else {
                one(&world, number).await;
            }
            // Two runs that find no journal both adopt; whoever is second stops, and nothing is
            // lost by a further run.
            if number > 3 && check::is_settled(&world) {
                break;
            }
        }
        if !check::is_settled(&world) {
            world.breaks("I3: not settled after the race and eight clean runs".to_owned());
        }
        check::at_the_end(&world, deaths);
        if deaths == 0 {
            let delivered = world.watch.lock().unwrap().delivered();
            if delivered != 2 {
                world.breaks(format!(
                    "I5: {delivered} values were delivered instead of the old and one new"
                ));
            }
        }
        world.broken()
    })
}

/// Both at once; the first dies at the request given. Says how many died.
async fn side_by_side(
    world: &Arc<World>,
    rng: &mut Rng,
    dies_at: Option<usize>,
    number: usize,
) -> usize {
    let act = if rng.below(2) == 0 { Act::StopBefore } else { Act::StopAfter };
    let acts = dies_at.into_iter().map(|at| (At::Number(at), act.clone())).collect();
    let mut first = Running::start(world, acts, Some(Rng::new(rng.next())));
    let mut second = Running::start(world, Vec::new(), Some(Rng::new(rng.next())));
    let id = first.id;
    let ended = async {
        let code = first.go().await;
        // GitHub sees at once that a run is over, also one that died.
        world.emulator.github().complete_run(REPO, id);
        code
    };
    let (one, other) = tokio::join!(ended, async {
        let code = second.go_on().await;
        world.emulator.github().complete_run(REPO, second.id);
        code
    });
    let ran = second.end(world, other);
    check::after(world, &ran, number);
    if let Some(code) = one {
        let ran = first.end(world, code);
        check::after(world, &ran, number);
        return 0;
    }
    check::after_any(world, &first.kill(), number);
    1
}

#[test]
fn two_runs_started_together_deliver_one_value() {
    let (start, seed) = (Instant::now(), rng::seed());
    let count = if rng::everything() { RACES } else { SAMPLE };
    let broken = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        return;
                    }
                    let seed = seed.wrapping_add(u64::try_from(index).unwrap_or(0));
                    let found = race(seed);
                    if !found.is_empty() {
                        broken
                            .lock()
                            .unwrap()
                            .push(format!("TOKENWARD_FAULTS_SEED={seed}: {}", found.join("\n   ")));
                    }
                }
            });
        }
    });
    let broken = broken.into_inner().unwrap();
    say(&format!(
        "{count} races of two runs in {:.1} s, seed {seed}: {} broken",
        start.elapsed().as_secs_f64(),
        broken.len()
    ));
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
