//! A forged, replayed or edited journal never gets a key revoked. Every attack is carried out on
//! the ref itself, as somebody does who has `contents: write`; the control is the same journal left
//! alone, which revokes what it should.

#![expect(clippy::unwrap_used, reason = "a world that cannot be set up is a failed test")]

use serde_json::{Value, json};
use tokenward_emulator::SecretPlace;

use crate::support::forging::{REF, Signed, commit, commits, forge, newest, put};
use crate::support::{FOUR, REPO, Ran, World, journal_key};

pub(crate) const KEY: &str = "TOKENWARD_JOURNAL_KEY";

/// A second token of the same account.
const NEWS: &str = "  news:
    provider: sendgrid
    value: env:NEWS_KEY
    manager: env:SENDGRID_MANAGER_KEY
    scopes: [mail.send]
    destinations: [{github: acme/site, secret: NEWS_KEY}]
";

/// The ids of keys that nobody may end.
pub(crate) struct Innocent {
    pub(crate) colleague: String,
    pub(crate) manager: String,
    pub(crate) news: String,
    pub(crate) current: String,
    /// The one that the honest journal revokes.
    pub(crate) retiring: String,
}

/// Two rotations: the first is over, the second proven and its grace over as well. The next run
/// revokes one key.
pub(crate) async fn ripe() -> (World, Innocent) {
    let world = World::new(&format!("{FOUR}{NEWS}"));
    let sendgrid = world.emulator.sendgrid();
    let colleague = sendgrid.add_key("a colleague's own", &["mail.send"]).id;
    sendgrid.add_key("tw1-00000000-v1-ffffff", &["mail.send"]);
    let news = sendgrid.add_key("news", &["mail.send"]);
    world.emulator.github().put_secret(
        &SecretPlace::Repo(REPO.to_owned()),
        "NEWS_KEY",
        &news.value,
    );
    for hours in [0, 31 * 24, 1, 25, 31 * 24, 1] {
        world.pass(hours);
        world.run(&["rotate", "sendgrid"]).await.expect(0);
    }
    let state = newest(&world)["tokens"]["sendgrid"].clone();
    let id = |key: &Value| key["id"].as_str().unwrap().to_owned();
    let (current, retiring) = (id(&state["current"]), id(&state["retiring"][0]["key"]));
    let manager = world.manager.split('.').nth(1).unwrap().to_owned();
    // A value of this very hour, so that it is not due.
    world.emulator.github().put_secret(
        &SecretPlace::Repo(REPO.to_owned()),
        "NEWS_KEY",
        &news.value,
    );
    world.pass(1);
    world.run(&["rotate", "news"]).await.expect(0);
    // The newest record names the token that is forged again.
    world.pass(48);
    let news = news.id;
    (world, Innocent { colleague, manager, news, current, retiring })
}

pub(crate) fn alive(world: &World, id: &str) -> bool {
    world.emulator.sendgrid().keys().iter().any(|key| key.id == id)
}

/// Every key of the account, by id.
pub(crate) fn ids(world: &World) -> Vec<String> {
    world.emulator.sendgrid().keys().into_iter().map(|key| key.id).collect()
}

/// The newest word on the token, in a record that may be put on top.
fn record(world: &World) -> Value {
    let all = commits(world, REPO);
    let of = |sha: &String| crate::support::forging::record(world, REPO, sha);
    let mut record =
        all.iter().rev().map(of).find(|record| record["tokens"]["sendgrid"].is_object()).unwrap();
    let news =
        all.iter().rev().map(of).find(|record| record["tokens"]["news"].is_object()).unwrap();
    record["tokens"]["news"] = news["tokens"]["news"].clone();
    record
}

fn old(id: &str) -> Value {
    json!({
        "key": {"generation": 0, "id": id, "name": null, "fingerprint": "0000000000000000", "since": "2026-01-01T00:00:00Z",
            "expires-at": null, "origin": "adopted", "id-from": "value"},
        "not-before": "2026-01-01T00:00:00Z", "leaked": false, "stage": {"stage": "waiting"},
    })
}

fn pending(stage: Value, name: &str) -> Value {
    json!({"generation": 9, "nonce": "ffffff", "name": name, "why": "due", "since": "2026-01-01T00:00:00Z", "stage": stage, "pushes": {}})
}

/// What a forged record says, by its name.
type Forgery = (&'static str, Box<dyn Fn(&mut Value)>);

/// Everything in a record that names a key, made to name one of somebody else's.
fn forgeries(innocent: &Innocent) -> Vec<Forgery> {
    let mut all: Vec<Forgery> = Vec::new();
    let victims = [&innocent.colleague, &innocent.manager, &innocent.news, &innocent.current];
    for victim in victims.map(Clone::clone) {
        let id = victim.clone();
        all.push(("retiring", Box::new(move |token| token["retiring"] = json!([old(&id)]))));
        let id = victim.clone();
        all.push((
            "retiring, being revoked, leaked",
            Box::new(move |token| {
                token["retiring"] = json!([old(&id)]);
                token["retiring"][0]["leaked"] = true.into();
                token["retiring"][0]["stage"] =
                    json!({"stage": "revoking", "since": "2026-01-01T00:00:00Z"});
            }),
        ));
        let id = victim.clone();
        all.push((
            "the id of the old key",
            Box::new(move |token| token["retiring"][0]["key"]["id"] = id.clone().into()),
        ));
        let id = victim.clone();
        all.push((
            "pending, minted",
            Box::new(move |token| {
                let name = token["current"]["name"].as_str().unwrap().replace("-v2-", "-v9-");
                token["pending"] = pending(
                    json!({"stage": "minted", "id": id, "fingerprint": "0000000000000000"}),
                    &name,
                );
            }),
        ));
        let id = victim.clone();
        all.push((
            "pending, aborting",
            Box::new(move |token| {
                let name = token["current"]["name"].as_str().unwrap().replace("-v2-", "-v9-");
                token["pending"] = pending(json!({"stage": "aborting", "id": id}), &name);
            }),
        ));
    }
    let names = ["a colleague's own", "manager", "news", "tw1-00000000-v1-ffffff"];
    for name in names {
        all.push((
            "attempts",
            Box::new(move |token| {
                token["retiring"] = json!([]);
                token["attempts"] = json!([name]);
            }),
        ));
        all.push((
            "pending, aborting by name",
            Box::new(move |token| {
                token["pending"] = pending(json!({"stage": "aborting", "id": null}), name);
            }),
        ));
        all.push((
            "pending, intended by name",
            Box::new(move |token| token["pending"] = pending(json!({"stage": "intent"}), name)),
        ));
    }
    let id = innocent.colleague.clone();
    all.push(("current", Box::new(move |token| token["current"]["id"] = id.clone().into())));
    let id = innocent.current.clone();
    all.push((
        "the one in use is called old",
        Box::new(move |token| {
            let current = token["current"].clone();
            token["retiring"] =
                json!([{"key": current, "not-before": "2026-01-01T00:00:00Z", "leaked": true, "stage": {"stage": "waiting"}}]);
            token["retiring"][0]["key"]["generation"] = 0.into();
            token["retiring"][0]["key"]["fingerprint"] = "0000000000000000".into();
            token["retiring"][0]["key"]["id"] = id.clone().into();
            token["current"]["id"] = "AAAAAAAAAAAAAAAAAAAAAA".into();
        }),
    ));
    all
}

/// What may be changed to let an old key live for ever, or to make people believe that all is well.
fn omissions() -> Vec<Forgery> {
    vec![
        ("the old key is left out", Box::new(|token: &mut Value| token["retiring"] = json!([]))),
        (
            "the old key is called dead",
            Box::new(|token: &mut Value| {
                let key = token["retiring"][0]["key"].clone();
                token["dead"] = json!([{"generation": key["generation"], "id": key["id"], "fingerprint": key["fingerprint"], "at": "2026-01-01T00:00:00Z"}]);
                token["retiring"] = json!([]);
            }),
        ),
        (
            "the old key waits for ever",
            Box::new(|token: &mut Value| {
                token["retiring"][0]["not-before"] = "2099-01-01T00:00:00Z".into()
            }),
        ),
        (
            "loose ends",
            Box::new(|token: &mut Value| {
                token["loose-ends"] = json!({"kept": ["0000000000000000"], "leaks": [{"fingerprint": token["current"]["fingerprint"], "alert": null}]});
            }),
        ),
    ]
}

/// Everything that was alive is alive, and no run says that all is well.
async fn stands(world: &World, what: &str, arguments: &[&[&str]]) {
    let before = ids(world);
    for asked in arguments {
        for hours in [0, 30] {
            world.pass(hours);
            let ran = world.run(asked).await;
            assert_eq!(ids(world), before, "{what}: {asked:?}: {}", ran.all());
            assert!(ran.code != 0, "{what}: {asked:?} says that all is well: {}", ran.all());
        }
    }
}

const ALL: &[&[&str]] = &[
    &["rotate"],
    &["rotate", "sendgrid", "--leaked"],
    &["revoke", "sendgrid", "--force", "--reason", "x"],
    &["check"],
    &["status"],
];

#[tokio::test(start_paused = true)]
async fn a7_an_honest_journal_revokes_what_it_should_and_a_signed_record_can_steer_it() {
    let (world, innocent) = ripe().await;
    world.run(&["rotate"]).await.expect(0);
    assert!(!alive(&world, &innocent.retiring), "the honest journal revokes the old key");
    assert!(
        [&innocent.colleague, &innocent.manager, &innocent.news, &innocent.current]
            .iter()
            .all(|id| alive(&world, id))
    );
    // The vehicle works: with the key, a record that is put on the ref is believed.
    let (world, innocent) = ripe().await;
    let forged = omissions().into_iter().next().unwrap();
    let mut record = record(&world);
    forged.1(&mut record["tokens"]["sendgrid"]);
    put(&world, Signed::With(&world.env[KEY]), record).await;
    world.run(&["rotate"]).await.expect(0);
    assert!(alive(&world, &innocent.retiring), "the old key was left out, and nobody ended it");
}

#[tokio::test(start_paused = true)]
async fn a7_a_record_that_is_not_signed_with_the_key_decides_nothing() {
    let theirs = journal_key();
    for signed in [Signed::Not, Signed::With(&theirs), Signed::Alone] {
        let (mut world, innocent) = ripe().await;
        let (honest, record) = (commits(&world, REPO).last().unwrap().clone(), record(&world));
        let key = world.env[KEY].clone();
        for (what, change) in forgeries(&innocent).iter().chain(&omissions()) {
            world.emulator.github().set_ref(REPO, REF, &honest);
            let mut forged = record.clone();
            change(&mut forged["tokens"]["sendgrid"]);
            put(&world, signed, forged).await;
            // All the commands for one, the one that acts by itself for each.
            let arguments = if *what == "attempts" { ALL } else { &ALL[..1] };
            stands(&world, &format!("{what}, {signed:?}"), arguments).await;
            // Nor where the run is not handed the key: it reads only.
            world.env.remove(KEY);
            let before = ids(&world);
            let ran = world.run(&["rotate"]).await.expect(4);
            assert!(
                ran.all().contains("error[journal-key-missing]") && ids(&world) == before,
                "{what}: {}",
                ran.all()
            );
            world.env.insert(KEY.to_owned(), key.clone());
        }
        // Left alone again, the journal goes on where it was.
        world.emulator.github().set_ref(REPO, REF, &honest);
        world.run(&["rotate"]).await.expect(0);
        assert!(!alive(&world, &innocent.retiring));
    }
}

#[tokio::test(start_paused = true)]
async fn a7_a_signed_record_alone_ends_no_key_that_the_provider_does_not_show_to_be_ours() {
    let (world, innocent) = ripe().await;
    let (honest, record) = (commits(&world, REPO).last().unwrap().clone(), record(&world));
    let key = world.env[KEY].clone();
    for (what, change) in forgeries(&innocent) {
        world.emulator.github().set_ref(REPO, REF, &honest);
        let mut forged = record.clone();
        change(&mut forged["tokens"]["sendgrid"]);
        // That an id was read from a value is said by runs that held the value. Who has the key and
        // says so names one key (SECURITY.md).
        for retiring in forged["tokens"]["sendgrid"]["retiring"].as_array_mut().unwrap() {
            retiring["key"].as_object_mut().unwrap().remove("id-from");
        }
        put(&world, Signed::With(&key), forged).await;
        let held = world.held();
        for hours in [0, 2] {
            world.pass(hours);
            let ran = world.run(&["rotate", "sendgrid"]).await;
            for victim in [&innocent.manager, &innocent.news, &innocent.current] {
                assert!(alive(&world, victim), "{what}: {}", ran.all());
            }
            assert!(alive(&world, &innocent.colleague), "{what}: {}", ran.all());
            assert!(held.iter().all(|value| world.is_live(value)), "{what}: {}", ran.all());
        }
    }
    // Control: what the old record says, signed with the same key, is carried out.
    world.emulator.github().set_ref(REPO, REF, &honest);
    put(&world, Signed::With(&key), record).await;
    world.run(&["rotate", "sendgrid"]).await.expect(0);
    assert!(!alive(&world, &innocent.retiring));
}

#[tokio::test(start_paused = true)]
async fn a7_a_signed_record_of_another_repository_or_an_older_one_spliced_in_is_refused() {
    let (world, innocent) = ripe().await;
    let (honest, key) = (commits(&world, REPO), world.env[KEY].clone());
    let mut foreign = record(&world);
    foreign["of"]["repository"] = "acme/other".into();
    put(&world, Signed::With(&key), foreign).await;
    stands(&world, "another repository's", &[&["rotate"]]).await;
    for older in [1, 4, honest.len() / 2] {
        // A record that was really written, with its own signature, on top of the journal.
        let message = world.emulator.github().commit_message(REPO, &honest[older]).unwrap();
        let spliced = commit(&world, REPO, honest.last().map(String::as_str), &message).await;
        world.emulator.github().set_ref(REPO, REF, &spliced);
        stands(&world, "spliced", &[&["rotate"]]).await;
    }
    world.emulator.github().set_ref(REPO, REF, honest.last().unwrap());
    world.run(&["rotate"]).await.expect(0);
    assert!(!alive(&world, &innocent.retiring));
}

#[tokio::test(start_paused = true)]
async fn a7_a_forged_journal_that_a_person_takes_over_still_ends_nothing_of_others() {
    let (world, innocent) = ripe().await;
    for victim in [&innocent.colleague, &innocent.manager, &innocent.news] {
        let mut forged = record(&world);
        forged["tokens"]["sendgrid"]["retiring"] = json!([old(victim)]);
        put(&world, Signed::Alone, forged).await;
        let ran = world.run(&["rotate"]).await.expect(12);
        assert!(
            ran.all().contains("error[journal-unsigned]")
                && ran.all().contains(&format!("key {victim} (v0) is to be revoked")),
            "{}",
            ran.all()
        );
        world.run(&["adopt", "--unsigned-journal"]).await.expect(0);
        let before = ids(&world);
        let ran = world.run(&["rotate", "sendgrid"]).await.expect(12);
        assert!(
            ran.all().contains("error[key-not-ours]")
                || ran.all().contains("error[journal-broken]"),
            "{}",
            ran.all()
        );
        assert_eq!(ids(&world), before, "{}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn a7_an_unsigned_journal_that_is_right_goes_on_after_it_was_taken_over() {
    let (world, innocent) = ripe().await;
    put(&world, Signed::Alone, record(&world)).await;
    world.run(&["rotate"]).await.expect(12);
    assert!(alive(&world, &innocent.retiring));
    let ran = world.run(&["adopt", "--unsigned-journal"]).await.expect(0);
    assert!(ran.out.contains(&innocent.retiring), "{}", ran.all());
    world.run(&["rotate"]).await.expect(0);
    assert!(!alive(&world, &innocent.retiring) && alive(&world, &innocent.current));
    world.run(&["adopt", "--unsigned-journal"]).await.expect(3);
}

/// The journal's ref holds what makes no sense.
async fn nonsense(world: &World, message: &str) {
    let all = commits(world, REPO);
    let sha = commit(world, REPO, all.last().map(String::as_str), message).await;
    world.emulator.github().set_ref(REPO, REF, &sha);
}

#[tokio::test(start_paused = true)]
async fn b15_check_and_status_never_pass_on_a_journal_that_makes_no_sense() {
    let (mut world, _) = ripe().await;
    let (honest, key) = (commits(&world, REPO).last().unwrap().clone(), world.env[KEY].clone());
    let code = |ran: &Ran| ran.code;
    assert_eq!(
        (
            code(&world.run(&["check", "sendgrid"]).await),
            code(&world.run(&["status", "sendgrid"]).await)
        ),
        (0, 0)
    );
    let newer = "newer\n\n{\"format\":99}\n".to_owned();
    for (message, class) in [
        ("no record".to_owned(), 12),
        ("x\n\n{\"format\":1}\n".to_owned(), 12),
        ("x\n\n{broken\n".to_owned(), 12),
        (newer, 2),
    ] {
        for with_key in [true, false] {
            world.emulator.github().set_ref(REPO, REF, &honest);
            nonsense(&world, &message).await;
            world.env.remove(KEY);
            if with_key {
                world.env.insert(KEY.to_owned(), key.clone());
            }
            for asked in ["check", "status"] {
                let ran = world.run(&[asked, "sendgrid"]).await;
                assert_eq!(ran.code, class, "{message:?}, with key {with_key}: {}", ran.all());
            }
        }
    }
    world.env.insert(KEY.to_owned(), key);
    world.emulator.github().set_ref(REPO, REF, &honest);
    forge(&world, Signed::Not, |_| ()).await;
    for asked in ["check", "status"] {
        world.run(&[asked, "sendgrid"]).await.expect(12);
    }
}

#[tokio::test(start_paused = true)]
async fn b17_what_the_provider_contradicts_is_reported_and_stops_every_revocation_of_the_token() {
    let (world, innocent) = ripe().await;
    let (honest, record, key) =
        (commits(&world, REPO).last().unwrap().clone(), record(&world), world.env[KEY].clone());
    let contradictions: Vec<Forgery> = vec![
        ("another's id before the old one", {
            let id = innocent.manager.clone();
            Box::new(move |token| token["retiring"].as_array_mut().unwrap().insert(0, old(&id)))
        }),
        (
            "the name of another key",
            Box::new(|token: &mut Value| {
                let mut other = token["retiring"][0].clone();
                other["key"]["id"] = token["current"]["id"].clone();
                token["retiring"].as_array_mut().unwrap().insert(0, other);
            }),
        ),
        (
            "a stray with a name that is not ours",
            Box::new(|token: &mut Value| {
                token["retiring"] = json!([]);
                token["attempts"] = json!(["a colleague's own"]);
            }),
        ),
        (
            "the id in use is not the one in the value",
            Box::new(|token: &mut Value| token["current"]["id"] = "AAAAAAAAAAAAAAAAAAAAAA".into()),
        ),
    ];
    for (what, change) in contradictions {
        world.emulator.github().set_ref(REPO, REF, &honest);
        let mut forged = record.clone();
        change(&mut forged["tokens"]["sendgrid"]);
        put(&world, Signed::With(&key), forged).await;
        let before = ids(&world);
        let ran = world.run(&["rotate", "sendgrid"]).await.expect(12);
        assert!(ran.all().contains("error[journal-broken]"), "{what}: {}", ran.all());
        assert_eq!(ids(&world), before, "{what}: {}", ran.all());
    }
    world.emulator.github().set_ref(REPO, REF, &honest);
    world.run(&["rotate", "sendgrid"]).await.expect(0);
    assert!(!alive(&world, &innocent.retiring));
}

#[tokio::test(start_paused = true)]
async fn a7_a_record_that_cannot_be_read_is_named_by_its_commit_and_changes_nothing() {
    for message in ["no record", "x\n\n{\"format\":", "x\n\n{}"] {
        let world = ripe().await.0;
        let (held, before) = (world.held(), ids(&world));
        let sha =
            commit(&world, REPO, commits(&world, REPO).last().map(String::as_str), message).await;
        world.emulator.github().set_ref(REPO, REF, &sha);
        let ran = world.run(&["rotate"]).await;
        assert!(
            ran.code != 0
                && ran.all().contains("error[journal-broken]")
                && ran.all().contains(&sha),
            "{}",
            ran.all()
        );
        assert!(world.held() == held && ids(&world) == before);
    }
}
