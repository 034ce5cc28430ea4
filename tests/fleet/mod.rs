//! A large fleet in virtual time, against a GitHub that enforces its limits and bans on the third
//! violation: none is ever violated, and while work remains nearly the whole budget of writes is
//! used.

#![expect(clippy::print_stderr, reason = "a test of figures says which they are")]
#![expect(clippy::unwrap_used, reason = "a world that cannot be set up is a failed test")]

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::{InProcess, REPO, World};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use jiff::SignedDuration;
use tokenward::net::{Answer, Request, Transport, TransportError};
use tokenward_emulator::{SecretPlace, Service};
use tokio::time::Instant;

/// Each answer takes a tenth of a second, and the servers' clock goes with the virtual one.
struct Timed {
    inner: InProcess,
    last: Mutex<Instant>,
}

impl Transport for Timed {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        async move {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let passed = {
                let mut last = self.last.lock().unwrap();
                let passed = last.elapsed();
                *last = Instant::now();
                passed
            };
            self.inner.0.advance(SignedDuration::try_from(passed).unwrap());
            self.inner.send(request).await
        }
        .boxed()
    }
}

/// The most memory this process ever had, in megabytes, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kilobytes| kilobytes / 1_000)
}

fn config(repos: usize) -> String {
    let mut text = String::from(
        "version: 1\ntokens:\n  fleet:\n    provider: sendgrid\n    value: env:SENDGRID_API_KEY\n    manager: env:SENDGRID_MANAGER_KEY\n    scopes: [mail.send]\n    destinations:\n      - {github: acme/site, secret: SENDGRID_API_KEY}\n",
    );
    for number in 1..repos {
        writeln!(text, "      - {{github: acme/r{number}, secret: SENDGRID_API_KEY}}").unwrap();
    }
    text
}

/// In a process of its own: its peak of memory is measured.
#[test]
fn a_thousand_repositories_are_written_within_githubs_limits() {
    if std::env::var_os("TOKENWARD_FLEET_ALONE").is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        return runtime.block_on(a_thousand_repositories());
    }
    let own = "fleet::a_thousand_repositories_are_written_within_githubs_limits";
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", own, "--nocapture"])
        .env("TOKENWARD_FLEET_ALONE", "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    eprintln!("{}{text}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("1 passed"));
}

async fn a_thousand_repositories() {
    const REPOS: usize = 1_000;
    let mut world = World::new(&config(REPOS));
    world.tick_per_request = SignedDuration::ZERO;
    let github = world.emulator.github();
    for number in 1..REPOS {
        let repo = format!("acme/r{number}");
        github.add_repo(&repo);
        github.put_secret(&SecretPlace::Repo(repo), "SENDGRID_API_KEY", &world.old);
    }
    world.pass(1);
    let before = peak_memory();
    let transport = Arc::new(Timed { inner: world.in_process(), last: Mutex::new(Instant::now()) });
    world.transport = Some(transport);
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    github.enforce_limits(true);
    let mut runs = 0;
    let holds_new = |repo: String| {
        world.emulator.github().secret_value(&SecretPlace::Repo(repo), "SENDGRID_API_KEY").unwrap()
            != world.old
    };
    loop {
        world.emulator.clear_requests();
        let ran = world.run(&["rotate"]).await;
        runs += 1;
        let writes = world
            .emulator
            .requests()
            .iter()
            .filter(|request| request.service == Service::GitHub && request.method == "PUT")
            .count();
        let done = holds_new(REPO.to_owned())
            && (1..REPOS).all(|number| holds_new(format!("acme/r{number}")));
        let hold = (1..REPOS).filter(|number| holds_new(format!("acme/r{number}"))).count();
        eprintln!(
            "run {runs}: exit {}, {writes} secrets written, {hold} hold it, done: {done}",
            ran.code
        );
        assert_eq!(github.violations(), 0, "{}", ran.err);
        if done {
            break;
        }
        let all = world
            .emulator
            .requests()
            .iter()
            .filter(|request| request.service == Service::GitHub && request.method != "GET")
            .count();
        assert!(
            all >= 475,
            "{all} of 500 writes an hour were used while work remained: {}",
            ran.all()
        );
        assert!(runs < 5, "it never ends");
        // A run that a person starts twenty minutes later finds the hour's budget used up by the
        // one before, and waits for its turn.
        tokio::time::sleep(Duration::from_secs(1_200)).await;
        world.run(&["rotate"]).await;
        assert_eq!(github.violations(), 0, "two runs within an hour");
        // The next scheduled run, an hour after that.
        world.pass(1);
        tokio::time::sleep(Duration::from_secs(3_600)).await;
    }
    assert!(world.is_live(&world.old), "nothing is revoked before the proof");
    if let (Some(before), Some(peak)) = (before, peak_memory()) {
        eprintln!(
            "peak memory: {peak} MB with the emulated GitHub and its record of every request, of which {before} MB before the first run"
        );
        // Nearly all of it is the record: 96 to 102 MB, by the allocator of the machine.
        assert!(peak - before < 120, "{before} MB, then {peak} MB");
    }
    assert_eq!(world.emulator.sendgrid().created_count(), 1);
}
