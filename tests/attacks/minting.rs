//! A provider whose answer to a new key is somebody's lie, or a proxy's: another id, the manager's value, a value that is in use.
//! What the answer claims is neither journalled nor deleted; what was really made is found by its name.

#![expect(clippy::unwrap_used, reason = "a world that cannot be set up is a failed test")]

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::Value;
use tokenward::net::{Answer, Failure, Request, Transport};
use zeroize::Zeroizing;

use crate::support::forging::{REF, commits, newest};
use crate::support::{FOUR, InProcess, REPO, World};

/// The emulator, with another answer to a new key.
struct Lying<F>(InProcess, F);

impl<F: Fn(&mut Value) + Send + Sync> Transport for Lying<F> {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, Failure>> {
        async move {
            let creates = request.method == "POST" && request.url.path() == "/v3/api_keys";
            let mut answer = self.0.send(request).await?;
            if creates && answer.status == 201 {
                let mut body: Value = serde_json::from_slice(&answer.body).unwrap();
                (self.1)(&mut body);
                answer.body = Zeroizing::new(body.to_string().into_bytes());
            }
            Ok(answer)
        }
        .boxed()
    }
}

/// A token that is due, and what stands in the account before.
async fn due() -> World {
    let world = World::new(FOUR);
    world.emulator.sendgrid().add_key("a colleague's own", &["mail.send"]);
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    world
}

fn id_in(value: &str) -> String {
    value.split('.').nth(1).unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a14_an_answer_that_names_another_key_or_gives_a_value_in_use_is_not_believed() {
    let of = |world: &World| {
        let colleague = world.emulator.sendgrid().keys().into_iter().find(|key| key.name == "a colleague's own").unwrap();
        (world.old.clone(), world.manager.clone(), colleague)
    };
    type Lie = Box<dyn Fn(&mut Value) + Send + Sync>;
    type Made = fn(String, String, tokenward_emulator::Key) -> Lie;
    let lies: [(&str, Made); 7] = [
        ("the manager's id", |_, manager, _| Box::new(move |body| body["api_key_id"] = id_in(&manager).into())),
        ("the id in use", |old, _, _| Box::new(move |body| body["api_key_id"] = id_in(&old).into())),
        ("a colleague's id", |_, _, colleague| Box::new(move |body| body["api_key_id"] = colleague.id.clone().into())),
        ("an id of nobody", |_, _, _| Box::new(|body| body["api_key_id"] = "AAAAAAAAAAAAAAAAAAAAAA".into())),
        ("the manager's value", |_, manager, _| Box::new(move |body| body["api_key"] = manager.clone().into())),
        ("the manager, whole", |_, manager, _| {
            Box::new(move |body| {
                body["api_key"] = manager.clone().into();
                body["api_key_id"] = id_in(&manager).into();
            })
        }),
        ("the value in use, whole", |old, _, _| {
            Box::new(move |body| {
                body["api_key"] = old.clone().into();
                body["api_key_id"] = id_in(&old).into();
            })
        }),
    ];
    for (what, lie) in lies {
        let mut world = due().await;
        let (old, manager, colleague) = of(&world);
        let before: Vec<String> = world.emulator.sendgrid().keys().into_iter().map(|key| key.id).collect();
        let held = world.held();
        world.transport = Some(Arc::new(Lying(world.in_process(), lie(old, manager, colleague))));
        let ran = world.run(&["rotate"]).await.expect(12);
        assert!(ran.all().contains("error[mint-unclear]"), "{what}: {}", ran.all());
        let after: Vec<String> = world.emulator.sendgrid().keys().into_iter().map(|key| key.id).collect();
        assert!(before.iter().all(|id| after.contains(id)), "{what}: a key of somebody is gone: {}", ran.all());
        assert_eq!(world.held(), held, "{what}: it was delivered");
        for sha in commits(&world, REPO) {
            let message = world.emulator.github().commit_message(REPO, &sha).unwrap();
            assert!(!message.contains("\"stage\":\"minted\""), "{what}: it was journalled: {message}");
        }
        // The provider tells the truth again: what was made is found by its name and deleted, and the token is rotated.
        world.transport = None;
        for hours in [1, 1, 1] {
            world.pass(hours);
            world.run(&["rotate"]).await;
        }
        let keys = world.emulator.sendgrid().keys();
        let ours = keys.iter().filter(|key| key.name.starts_with("tw1-")).count();
        assert!(ours == 1 && before.iter().all(|id| keys.iter().any(|key| key.id == *id)), "{what}: {ours} of ours");
        assert!(world.held().iter().all(|value| world.is_live(value) && *value != world.old), "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a14_an_honest_answer_is_journalled_and_delivered() {
    let mut world = due().await;
    world.transport = Some(Arc::new(Lying(world.in_process(), |_: &mut Value| ())));
    world.run(&["rotate"]).await.expect(0);
    assert!(world.emulator.github().ref_sha(REPO, REF).is_some());
    assert_eq!(newest(&world)["tokens"]["sendgrid"]["pending"]["stage"]["stage"], "pushed");
    assert!(world.held().iter().all(|value| *value != world.old && world.is_live(value)));
}

#[tokio::test(start_paused = true)]
async fn a14_a_manager_brought_as_a_new_value_is_refused() {
    let mut world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    let held = world.held();
    world.input = world.manager.clone();
    let ran = world.run(&["push", "sendgrid", "--value-from", "-"]).await;
    assert!(ran.code != 0 && world.held() == held, "{}", ran.all());
    assert!(world.is_live(&world.manager));
}
