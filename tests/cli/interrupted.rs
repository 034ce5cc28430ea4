//! Ctrl-C and canceled workflows: the run ends with 130 in time, and the next one goes on from the
//! journal.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokenward_emulator::{Fault, FaultKind, FaultMatch, Service};

use crate::support::{FOUR, World};

async fn wait_until(what: impl Fn() -> bool) {
    for _ in 0..200 {
        if what() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert!(what(), "it never happened");
}

fn rotate(world: &World) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tokenward"));
    command
        .arg("rotate")
        .current_dir(&world.folder)
        .env_clear()
        .envs(&world.env)
        .envs(world.handed());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_run_ends_with_130_in_time_and_the_next_one_goes_on() {
    for (signal, method, path) in
        [("INT", "POST", "/v3/api_keys"), ("TERM", "PUT", "/environments/production/secrets/")]
    {
        let mut world = World::new(FOUR);
        let served = world.emulator.serve().await.unwrap();
        world.env.insert("GITHUB_API_URL".to_owned(), served.url(Service::GitHub));
        world.env.insert("TOKENWARD_SANDBOX_SENDGRID".to_owned(), served.url(Service::SendGrid));
        let mut adopted = rotate(&world);
        assert!(
            tokio::task::spawn_blocking(move || adopted.wait()).await.unwrap().unwrap().success()
        );
        world.pass(31 * 24);
        // A request that is never answered: the worst moment to be interrupted.
        let matches = FaultMatch::Where {
            service: None,
            method: Some(method.to_owned()),
            path_contains: Some(path.to_owned()),
        };
        world.emulator.inject(Fault { matches, kind: FaultKind::TimeOut, times: 1 });
        world.emulator.clear_requests();
        let mut run = rotate(&world);
        let sent = || {
            world
                .emulator
                .requests()
                .iter()
                .any(|request| request.method == method && request.path.contains(path))
        };
        wait_until(sent).await;
        let begun = Instant::now();
        let killed = Command::new("kill")
            .args([format!("-{signal}"), run.id().to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
        let status = tokio::task::spawn_blocking(move || run.wait()).await.unwrap().unwrap();
        assert_eq!(status.code(), Some(130), "{signal} at {method} {path}");
        // GitHub's second signal comes after 7.5 s.
        assert!(begun.elapsed() < Duration::from_millis(7_400), "it took {:?}", begun.elapsed());
        assert!(world.is_live(&world.old), "nobody is left with a dead token");

        // It gave up its lease, so the next run need not wait for a quarter of an hour of silence.
        let mut next = rotate(&world);
        let status = tokio::task::spawn_blocking(move || next.wait()).await.unwrap().unwrap();
        assert_eq!(status.code(), Some(0), "{signal} at {method} {path}");
        for hours in [1, 1, 25, 25] {
            world.pass(hours);
            let mut next = rotate(&world);
            tokio::task::spawn_blocking(move || next.wait()).await.unwrap().unwrap();
        }
        world.pass(1);
        let held = world.held();
        assert!(
            held.iter().all(|value| *value == held[0])
                && world.is_live(&held[0])
                && !world.is_live(&world.old)
        );
        let ours = world
            .emulator
            .sendgrid()
            .keys()
            .into_iter()
            .filter(|key| key.name.starts_with("tw1-"))
            .count();
        assert_eq!(ours, 1, "no key is left behind");
    }
}
