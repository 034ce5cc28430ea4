//! `scan --live`: the provider's own word, and a made-up value before each.

use std::fs;
use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokenward::net::{Answer, Request, Transport, TransportError};

use crate::support::{FOUR, InProcess, World, gives_away};

/// A provider whose test call answers one thing, whatever it is asked.
struct OneAnswer(InProcess, u16);

impl Transport for OneAnswer {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        Box::pin(async move {
            let is_the_call = request.url.path() == "/v3/scopes";
            let mut answer = self.0.send(request).await?;
            if is_the_call {
                answer.status = self.1;
                answer.body = br#"{"scopes": ["mail.send"]}"#.to_vec().into();
            }
            Ok(answer)
        })
    }
}

fn live(text: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(text).unwrap();
    report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["live"].as_str().unwrap().to_owned())
        .collect()
}

fn asked(world: &World) -> usize {
    world.emulator.requests().iter().filter(|request| request.path == "/v3/scopes").count()
}

fn leak(world: &World) -> (String, String) {
    world.emulator.sendgrid().set_revoke_lag(SignedDuration::ZERO);
    let key = |name: &str| world.emulator.sendgrid().add_key(name, &["mail.send"]);
    let (alive, dead) = (key("alive"), key("dead"));
    world.emulator.sendgrid().delete_key(&dead.id);
    let (alive, dead) = (alive.value, dead.value);
    fs::write(world.folder.join("a.env"), format!("A={alive}\nB={dead}\nC={alive}\n")).unwrap();
    fs::write(world.folder.join("b.env"), format!("C={alive}\n")).unwrap();
    (alive, dead)
}

#[tokio::test(start_paused = true)]
async fn a_provider_is_asked_only_where_it_was_asked_for_and_once_a_value() {
    let world = World::new(FOUR);
    let (alive, dead) = leak(&world);
    world.emulator.clear_requests();
    assert_eq!(
        live(&world.run(&["scan", "--format", "json"]).await.expect(11).out),
        ["not-asked"; 3]
    );
    assert_eq!(asked(&world), 0);
    let ran = world.run(&["scan", "--live", "--format", "json"]).await.expect(11);
    assert_eq!(live(&ran.out), ["live", "dead", "live"]);
    for value in [alive, dead] {
        assert_eq!(gives_away(&ran.all(), &value), None);
    }
    let ran = world.run(&["scan", "--live"]).await.expect(11);
    assert!(
        ran.out.contains("it still works") && ran.out.contains("it no longer works"),
        "{}",
        ran.out
    );
}

#[tokio::test(start_paused = true)]
async fn a_test_call_that_takes_anything_for_alive_says_nothing() {
    for status in [200, 503] {
        let mut world = World::new(FOUR);
        leak(&world);
        world.transport = Some(Arc::new(OneAnswer(world.in_process(), status)));
        world.emulator.clear_requests();
        let ran = world.run(&["scan", "--live", "--format", "json"]).await.expect(11);
        assert_eq!(live(&ran.out), ["unknown"; 3], "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_fork_brings_is_sent_nowhere() {
    let mut world = World::new(FOUR);
    leak(&world);
    let event = json!({
        "repository": {"full_name": "acme/site"},
        "pull_request": {"number": 7, "base": {"sha": "a".repeat(40)}, "head": {"sha": "b".repeat(40), "repo": {"full_name": "mallory/site"}}},
    });
    let path = world.folder.join("event.json");
    fs::write(&path, event.to_string()).unwrap();
    fs::remove_file(world.folder.join(".github/tokenward.yml")).unwrap();
    for (name, text) in [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_REF", "refs/pull/7/merge"),
        ("GITHUB_EVENT_PATH", path.to_str().unwrap()),
        ("GITHUB_REPOSITORY", "acme/site"),
        ("GITHUB_RUN_ID", "1"),
    ] {
        world.env.insert(name.to_owned(), text.to_owned());
    }
    world.emulator.clear_requests();
    let ran = world.run(&["scan", "--live", "--format", "json", "a.env", "b.env"]).await.expect(11);
    assert_eq!(live(&ran.out), ["not-asked"; 3]);
    assert_eq!(asked(&world), 0);
}
