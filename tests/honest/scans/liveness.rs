//! B12 and B13: what a provider was asked, and what it could not be asked.

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::SignedDuration;
use serde_json::Value;
use tokenward::net::{Answer, Request, Transport, TransportError};

use super::{repository, write};
use crate::support::{FOUR, InProcess, World};

/// A network that is cut, or a provider that answers with one status.
struct Cut(InProcess, Option<u16>);

impl Transport for Cut {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        Box::pin(async move {
            let host = request.url.host().unwrap_or_default().to_owned();
            match self.1 {
                None => Err(TransportError::NotSent {
                    host,
                    why: "the network is unreachable".to_owned(),
                }),
                Some(status) => {
                    let mut answer = self.0.send(request).await?;
                    answer.status = status;
                    Ok(answer)
                }
            }
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

#[tokio::test(start_paused = true)]
async fn b12_a_provider_that_could_not_be_asked_is_told_with_the_reason() {
    for (status, reason) in [(None, "unreachable"), (Some(503), "503"), (Some(200), "answered 200")]
    {
        let mut world = repository(FOUR);
        write(&world.folder.join("a.env"), super::leak(&world));
        world.transport = Some(Arc::new(Cut(world.in_process(), status)));
        let ran = world.run(&["scan", "--live"]).await.expect(11);
        assert!(
            ran.out.contains("= state: it is unknown whether it still works"),
            "{status:?}: {}",
            ran.out
        );
        assert!(
            ran.err.contains("note: --live: sendgrid:") && ran.err.contains(reason),
            "{status:?}: {}",
            ran.err
        );
    }
    // The control: a provider that answers.
    let world = repository(FOUR);
    write(&world.folder.join("a.env"), super::leak(&world));
    let ran = world.run(&["scan", "--live"]).await.expect(11);
    assert!(ran.out.contains("it still works") && !ran.err.contains("--live"), "{}", ran.all());
}

fn world_with_dead() -> (World, String, String) {
    let world = repository(FOUR);
    world.emulator.sendgrid().set_revoke_lag(SignedDuration::ZERO);
    let key = |name: &str| world.emulator.sendgrid().add_key(name, &["mail.send"]);
    let (alive, dead) = (key("alive"), key("dead"));
    world.emulator.sendgrid().delete_key(&dead.id);
    let (alive, dead) = (alive.value, dead.value);
    (world, alive, dead)
}

#[tokio::test(start_paused = true)]
async fn b13_something_glued_to_a_living_token_never_makes_it_dead() {
    let (world, alive, dead) = world_with_dead();
    for (before, behind) in
        [("", "-prod"), ("<!--", "-->"), ("", "_old"), ("", "-v2"), ("x=", "--"), ("", "_")]
    {
        write(&world.folder.join("a.env"), format!("A={before}{alive}{behind}\n"));
        let ran = world.run(&["scan", "--live", "--format", "json"]).await.expect(11);
        assert_eq!(live(&ran.out), ["live"], "{before}TOKEN{behind}: {}", ran.err);
        // Of a dead one its end is not certain.
        write(&world.folder.join("a.env"), format!("A={before}{dead}{behind}\n"));
        let ran = world.run(&["scan", "--live", "--format", "json"]).await.expect(11);
        assert_eq!(live(&ran.out), ["unknown"], "{before}TOKEN{behind}");
        assert!(ran.err.contains("its end is not certain"), "{before}TOKEN{behind}: {}", ran.err);
    }
    // The control: certain ends.
    for around in ["A={}\n", "'{}'", "({})", "{}.\n"] {
        write(&world.folder.join("a.env"), around.replace("{}", &dead));
        let ran = world.run(&["scan", "--live", "--format", "json"]).await.expect(11);
        assert_eq!(live(&ran.out), ["dead"], "{around}");
    }
}

#[tokio::test(start_paused = true)]
async fn b13_a_managed_token_with_a_tail_is_recognised() {
    let world = repository(FOUR);
    let value = world.rotated().await;
    for (before, behind) in
        [("", "-prod"), ("<!--", "-->"), ("", "_old"), ("prod-", ""), ("old_", "_"), ("", "")]
    {
        write(&world.folder.join("a.env"), format!("A={before}{value}{behind}\n"));
        let ran = world.run(&["scan", "--format", "json"]).await.expect(11);
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(
            report["findings"][0]["managed"], "sendgrid",
            "{before}TOKEN{behind}: {}",
            ran.out
        );
    }
}
