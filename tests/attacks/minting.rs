//! A provider whose answer to a new key is somebody's lie, or a proxy's: another id, the manager's
//! value, a value that is in use. What the answer claims is neither journaled nor deleted; what
//! was really made is found by its name.

#![expect(clippy::unwrap_used, reason = "a world that cannot be set up is a failed test")]

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::Value;
use tokenward::net::{Answer, Request, Transport, TransportError};
use zeroize::Zeroizing;

use crate::support::forging::{REF, commits, newest};
use crate::support::{FOUR, InProcess, REPO, World};

/// The emulator, with another answer to a new key.
struct Lying<F>(InProcess, F);

impl<F: Fn(&mut Value) + Send + Sync> Transport for Lying<F> {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
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
        let colleague = world
            .emulator
            .sendgrid()
            .keys()
            .into_iter()
            .find(|key| key.name == "a colleague's own")
            .unwrap();
        (world.old.clone(), world.manager.clone(), colleague)
    };
    type Lie = Box<dyn Fn(&mut Value) + Send + Sync>;
    type Made = fn(String, String, tokenward_emulator::Key) -> Lie;
    let lies: [(&str, Made); 7] = [
        ("the manager's id", |_, manager, _| {
            Box::new(move |body| body["api_key_id"] = id_in(&manager).into())
        }),
        ("the id in use", |old, _, _| {
            Box::new(move |body| body["api_key_id"] = id_in(&old).into())
        }),
        ("a colleague's id", |_, _, colleague| {
            Box::new(move |body| body["api_key_id"] = colleague.id.clone().into())
        }),
        ("an id of nobody", |_, _, _| {
            Box::new(|body| body["api_key_id"] = "AAAAAAAAAAAAAAAAAAAAAA".into())
        }),
        ("the manager's value", |_, manager, _| {
            Box::new(move |body| body["api_key"] = manager.clone().into())
        }),
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
        let before: Vec<String> =
            world.emulator.sendgrid().keys().into_iter().map(|key| key.id).collect();
        let held = world.held();
        world.transport = Some(Arc::new(Lying(world.in_process(), lie(old, manager, colleague))));
        let ran = world.run(&["rotate"]).await.expect(12);
        assert!(ran.all().contains("error[mint-unclear]"), "{what}: {}", ran.all());
        let after: Vec<String> =
            world.emulator.sendgrid().keys().into_iter().map(|key| key.id).collect();
        assert!(
            before.iter().all(|id| after.contains(id)),
            "{what}: a key of somebody is gone: {}",
            ran.all()
        );
        assert_eq!(world.held(), held, "{what}: it was delivered");
        for sha in commits(&world, REPO) {
            let message = world.emulator.github().commit_message(REPO, &sha).unwrap();
            assert!(
                !message.contains("\"stage\":\"minted\""),
                "{what}: it was journalled: {message}"
            );
        }
        // The provider tells the truth again: what was made is found by its name and deleted, and
        // the token is rotated.
        world.transport = None;
        for hours in [1, 1, 1] {
            world.pass(hours);
            world.run(&["rotate"]).await;
        }
        let keys = world.emulator.sendgrid().keys();
        let ours = keys.iter().filter(|key| key.name.starts_with("tw1-")).count();
        assert!(
            ours == 1 && before.iter().all(|id| keys.iter().any(|key| key.id == *id)),
            "{what}: {ours} of ours"
        );
        assert!(
            world.held().iter().all(|value| world.is_live(value) && *value != world.old),
            "{what}"
        );
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

#[tokio::test(start_paused = true)]
async fn a14_an_id_that_cannot_be_one_is_not_believed_and_spoils_no_journal() {
    let long = "a".repeat(100_000);
    for id in [
        "a\n{\"format\":1}",
        "{\"format\":99}",
        "x\u{1b}[2J",
        "a b",
        "x\r\n::error::owned",
        "\u{202e}abc",
        long.as_str(),
    ] {
        let mut world = due().await;
        let (held, said) = (world.held(), id.to_owned());
        world.transport = Some(Arc::new(Lying(world.in_process(), move |body: &mut Value| {
            body["api_key_id"] = said.clone().into()
        })));
        let ran = world.run(&["rotate"]).await.expect(12);
        assert!(
            ran.all().contains("its id is invalid") && !ran.all().contains(id),
            "{}",
            ran.all()
        );
        assert_eq!(world.held(), held, "{id}");
        for sha in commits(&world, REPO) {
            let message = world.emulator.github().commit_message(REPO, &sha).unwrap();
            let lines: Vec<&str> = message.trim_end().lines().collect();
            assert!(
                lines.len() == 3
                    && lines[1].is_empty()
                    && lines[2].starts_with('{')
                    && !message.contains(id),
                "{message}"
            );
        }
        world.run(&["status"]).await.expect(0);
        world.transport = None;
        for hours in [1, 1, 1] {
            world.pass(hours);
            world.run(&["rotate"]).await;
        }
        let ours = world
            .emulator
            .sendgrid()
            .keys()
            .iter()
            .filter(|key| key.name.starts_with("tw1-"))
            .count();
        assert!(
            ours == 1
                && world.held().iter().all(|value| world.is_live(value) && *value != world.old),
            "{id}: {ours} of ours"
        );
    }
}

/// The emulator, with another list of keys.
struct Listing<F>(InProcess, F);

impl<F: Fn(&mut Vec<Value>) + Send + Sync> Transport for Listing<F> {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        async move {
            let lists = request.method == "GET" && request.url.path() == "/v3/api_keys";
            let mut answer = self.0.send(request).await?;
            if lists && answer.status == 200 {
                let mut body: Value = serde_json::from_slice(&answer.body).unwrap();
                (self.1)(body["result"].as_array_mut().unwrap());
                answer.body = Zeroizing::new(body.to_string().into_bytes());
            }
            Ok(answer)
        }
        .boxed()
    }
}

/// Somebody else's key whose id cannot be one, or repeats a value, stops nobody's rotation.
#[tokio::test(start_paused = true)]
async fn a14_an_odd_id_in_a_list_hides_no_other_key_and_stops_no_rotation() {
    for id in ["a\n{\"format\":1}", "x\u{1b}[2J", "\u{202e}abc", "{}", "the manager's value"] {
        let mut world = due().await;
        let id = if id.starts_with("the") { world.manager.clone() } else { id.to_owned() };
        let said = id.clone();
        world.transport =
            Some(Arc::new(Listing(world.in_process(), move |keys: &mut Vec<Value>| {
                keys.insert(0, serde_json::json!({"api_key_id": said, "name": "somebody else's"}));
            })));
        let mut said = String::new();
        for hours in [0, 1, 25, 1] {
            world.pass(hours);
            said += &world.run(&["rotate"]).await.expect(0).all();
        }
        assert!(
            !world.is_live(&world.old) && world.held().iter().all(|value| world.is_live(value)),
            "{said}"
        );
        assert!(!said.contains(&id), "{said}");
    }
}

/// A key of ours that is listed under an odd id is told, and never taken for gone.
#[tokio::test(start_paused = true)]
async fn a14_a_key_of_ours_under_an_odd_id_is_told_and_never_taken_for_gone() {
    let dashed = |value: &str| {
        value.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-")
    };
    let turned = |value: &str| value.chars().rev().collect();
    // What cannot be an id, and what repeats the manager's value.
    let ids: [&dyn Fn(&str) -> String; 5] = [
        &|_| "a\n{\"format\":1}".to_owned(),
        &|_| "\u{202e}abc".to_owned(),
        &|_| "{}".to_owned(),
        &dashed,
        &turned,
    ];
    for id in ids {
        let mut world = due().await;
        let odd = id(&world.manager);
        let id = odd.clone();
        // The answer to the new key says so too, so its value is lost.
        let lying = Lying(world.in_process(), |body: &mut Value| body["api_key_id"] = "a b".into());
        world.transport = Some(Arc::new(lying));
        world.run(&["rotate"]).await.expect(12);
        let name = world
            .emulator
            .sendgrid()
            .keys()
            .into_iter()
            .find(|key| key.name.starts_with("tw1-"))
            .unwrap()
            .name;
        world.transport =
            Some(Arc::new(Listing(world.in_process(), move |keys: &mut Vec<Value>| {
                for key in keys
                    .iter_mut()
                    .filter(|key| key["name"].as_str().is_some_and(|name| name.starts_with("tw1-")))
                {
                    key["api_key_id"] = odd.clone().into();
                }
            })));
        world.pass(1);
        let ran = world.run(&["rotate"]).await;
        assert!(
            ran.code != 0 && ran.all().contains("error[mint-unclear]") && ran.all().contains(&name),
            "{}",
            ran.all()
        );
        assert!(
            ran.all().contains("delete that key at") && !ran.all().contains(&id),
            "{}",
            ran.all()
        );
        let ours = world
            .emulator
            .sendgrid()
            .keys()
            .iter()
            .filter(|key| key.name.starts_with("tw1-"))
            .count();
        assert_eq!(ours, 1, "no second key is made: {}", ran.all());
        assert!(world.held().iter().all(|value| *value == world.old && world.is_live(value)));
        // The control: under its own id it is found, deleted, and the token is rotated.
        world.transport = None;
        for hours in [1, 1, 1] {
            world.pass(hours);
            world.run(&["rotate"]).await;
        }
        assert!(world.held().iter().all(|value| *value != world.old && world.is_live(value)));
        assert!(world.emulator.sendgrid().keys().iter().all(|key| key.name != name));
    }
}

/// What a person types as an id goes into the journal as well.
#[tokio::test(start_paused = true)]
async fn a14_an_id_that_a_person_types_cannot_break_the_journal_either() {
    let world = World::new(FOUR);
    for id in ["a\n{\"format\":1}", "x\u{1b}[2J", "{}", " a", &"a".repeat(600)] {
        let ran = world.run(&["adopt", "sendgrid", "--id", id]).await.expect(2);
        assert!(
            commits(&world, REPO).is_empty() && (id.len() < 8 || !ran.all().contains(id)),
            "{}",
            ran.all()
        );
    }
    // The control: what can be one is looked for at the provider.
    for id in ["My key for the site", "a-b_c"] {
        let ran = world.run(&["adopt", "sendgrid", "--id", id]).await;
        assert!(ran.code != 2 && !ran.all().contains("is not a valid key id"), "{}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn a14_a_new_value_that_the_run_holds_as_something_else_is_refused() {
    for variable in ["OTHER_SENDGRID_KEY", "DEPLOY_BOT_KEY", "SENDGRID_MANAGER_KEY"] {
        let mut world = due().await;
        // A key of the same account that no config names.
        let other = if variable == "SENDGRID_MANAGER_KEY" {
            world.manager.clone()
        } else {
            world.emulator.sendgrid().add_key("another", &["mail.send"]).value
        };
        world.env.insert(variable.to_owned(), other.clone());
        let (held, given) = (world.held(), other.clone());
        world.transport = Some(Arc::new(Lying(world.in_process(), move |body: &mut Value| {
            body["api_key"] = given.clone().into();
            body["api_key_id"] = id_in(&given).into();
        })));
        let ran = world.run(&["rotate"]).await.expect(12);
        assert!(ran.all().contains("error[mint-unclear]"), "{variable}: {}", ran.all());
        assert!(world.held() == held && world.is_live(&other), "{variable}: {}", ran.all());
    }
}

/// The emulator, which makes the key that is asked for and answers as if it had not.
struct Denying(InProcess, u16, &'static str);

impl Transport for Denying {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        async move {
            let creates = request.method == "POST" && request.url.path() == "/v3/api_keys";
            let mut answer = self.0.send(request).await?;
            if creates && answer.status == 201 {
                answer.status = self.1;
                answer.body = Zeroizing::new(self.2.as_bytes().to_vec());
            }
            Ok(answer)
        }
        .boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn a14_a_key_that_was_made_and_denied_is_found_and_deleted() {
    const JSON: &str = r#"{"errors":[{"message":"no"}]}"#;
    for (status, body) in [
        (400, JSON),
        (401, JSON),
        (403, ""),
        (404, JSON),
        (409, JSON),
        (422, ""),
        (429, JSON),
        (451, JSON),
    ] {
        let mut world = due().await;
        world.transport = Some(Arc::new(Denying(world.in_process(), status, body)));
        let ran = world.run(&["rotate"]).await;
        let strays = || {
            world
                .emulator
                .sendgrid()
                .keys()
                .iter()
                .filter(|key| key.name.starts_with("tw1-"))
                .count()
        };
        assert!(
            ran.code != 0 && strays() > 0,
            "{status}: the attack's vehicle does not work: {}",
            ran.all()
        );
        world.transport = None;
        for hours in [2, 2, 2, 25, 1] {
            world.pass(hours);
            world.run(&["rotate"]).await;
        }
        assert_eq!(
            world
                .emulator
                .sendgrid()
                .keys()
                .iter()
                .filter(|key| key.name.starts_with("tw1-"))
                .count(),
            1,
            "{status}: a key is left that nobody knows"
        );
        assert!(
            world.held().iter().all(|held| *held != world.old && world.is_live(held)),
            "{status}"
        );
    }
}
