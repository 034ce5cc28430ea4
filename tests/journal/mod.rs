//! The journal: both stores keep the same promises, and nothing is decided on one that was tampered
//! with.

#![expect(clippy::unwrap_used, reason = "a journal that cannot be set up is a failed test")]

mod tampered;

use std::sync::{Arc, LazyLock};

use crate::support::{FOUR, REPO, World};
use tokenward::disk::Disk;
use tokenward::domain::lifecycle::{Lease, TokenState};
use tokenward::domain::{Nonce, ProviderId, Repo, Salt, Secret, Timestamp, TokenName};
use tokenward::journal::{CommitError, FileStore, GitRefStore, JournalKey, Ledger, Store};
use tokenward::net::github::{Api, GitHub};

const REF: &str = "refs/tokenward/journal";

/// The key of the journals that several processes write.
static KEY: LazyLock<JournalKey> = LazyLock::new(key);

fn key() -> JournalKey {
    JournalKey::fresh().unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn us(instance: &str) -> Lease {
    Lease { instance: Nonce::new(instance), run: None, at: at(0) }
}

fn state(salt: u8) -> TokenState {
    TokenState::new(ProviderId::new("sendgrid"), Salt::from_random([salt; 16]), at(0))
}

fn token(name: &str) -> TokenName {
    TokenName::new(name)
}

fn github(world: &World) -> GitHub {
    let token = Secret::new(world.env["GITHUB_TOKEN"].clone());
    GitHub::new(Arc::new(world.in_process()), &Api::of(Api::PUBLIC, None).unwrap(), &token).unwrap()
}

/// Runs a promise on both stores.
async fn on_both<F: AsyncFn(&dyn Store)>(promise: F) {
    let world = World::new(FOUR);
    promise(&FileStore::new(
        Disk::of_person(&world.folder),
        world.folder.join("journal/state.jsonl"),
    ))
    .await;
    let github = github(&world);
    promise(&GitRefStore::new(&github, Repo::parse(REPO).unwrap(), REF.to_owned())).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_written_is_read_back_by_another_process() {
    on_both(async |store| {
        let first = Ledger::open(store, us("one"), Some(&KEY)).await.unwrap();
        assert!(first.is_new().await);
        first.commit(&token("a"), None, state(1), "began", at(1), &[]).await.unwrap();
        first.commit(&token("b"), None, state(2), "began", at(2), &[]).await.unwrap();
        first.commit(&token("a"), Some(&state(1)), state(3), "went on", at(3), &[]).await.unwrap();
        let second = Ledger::open(store, us("two"), Some(&KEY)).await.unwrap();
        assert_eq!(second.token(&token("a")).await, Some(state(3)));
        assert_eq!(second.token(&token("b")).await, Some(state(2)));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_change_decided_on_an_older_state_is_refused() {
    on_both(async |store| {
        let first = Ledger::open(store, us("one"), Some(&KEY)).await.unwrap();
        first.commit(&token("a"), None, state(1), "began", at(1), &[]).await.unwrap();
        let second = Ledger::open(store, us("two"), Some(&KEY)).await.unwrap();
        first.commit(&token("a"), Some(&state(1)), state(2), "went on", at(2), &[]).await.unwrap();
        let refused =
            second.commit(&token("a"), Some(&state(1)), state(9), "too late", at(3), &[]).await;
        assert!(matches!(refused, Err(CommitError::Superseded)));
        assert_eq!(
            Ledger::open(store, us("three"), Some(&KEY)).await.unwrap().token(&token("a")).await,
            Some(state(2))
        );
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn another_tokens_change_in_between_is_no_conflict() {
    on_both(async |store| {
        let first = Ledger::open(store, us("one"), Some(&KEY)).await.unwrap();
        let second = Ledger::open(store, us("two"), Some(&KEY)).await.unwrap();
        first.commit(&token("a"), None, state(1), "began", at(1), &[]).await.unwrap();
        second.commit(&token("b"), None, state(2), "began", at(2), &[]).await.unwrap();
        first.commit(&token("a"), Some(&state(1)), state(3), "went on", at(3), &[]).await.unwrap();
        let all = Ledger::open(store, us("three"), Some(&KEY)).await.unwrap().tokens().await;
        assert_eq!((all[&token("a")].clone(), all[&token("b")].clone()), (state(3), state(2)));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_long_journal_is_read_back_to_a_record_that_names_every_token() {
    on_both(async |store| {
        let ledger = Ledger::open(store, us("one"), Some(&KEY)).await.unwrap();
        ledger.commit(&token("quiet"), None, state(7), "began", at(1), &[]).await.unwrap();
        let mut before = None;
        for number in 0..150 {
            let next = state(u8::try_from(number % 250).unwrap());
            ledger
                .commit(&token("busy"), before.as_ref(), next.clone(), "went on", at(number), &[])
                .await
                .unwrap();
            before = Some(next);
        }
        let tip = store.read().await.unwrap().unwrap();
        assert!(tip.records.len() <= 61, "{} records were read", tip.records.len());
        let ledger = Ledger::open(store, us("two"), Some(&KEY)).await.unwrap();
        assert_eq!(ledger.token(&token("quiet")).await, Some(state(7)));
        assert_eq!(ledger.token(&token("busy")).await, before);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_journal_signed_with_another_key_is_not_believed() {
    on_both(async |store| {
        let (ours, theirs) = (key(), key());
        let ledger = Ledger::open(store, us("one"), Some(&ours)).await.unwrap();
        ledger.commit(&token("a"), None, state(1), "began", at(1), &[]).await.unwrap();
        ledger.commit(&token("a"), Some(&state(1)), state(2), "went on", at(2), &[]).await.unwrap();
        assert!(Ledger::open(store, us("two"), Some(&ours)).await.is_ok());
        let problem = Ledger::open(store, us("two"), Some(&theirs)).await.err().unwrap();
        assert_eq!(problem.id.id(), "journal-broken");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_newer_format_is_refused_and_left_alone() {
    let world = World::new(FOUR);
    let path = world.folder.join("state.jsonl");
    let text = "{\"format\":99,\"what\":\"we cannot know\"}\n";
    std::fs::write(&path, text).unwrap();
    let store = FileStore::new(Disk::of_person(&world.folder), path.clone());
    let problem = Ledger::open(&store, us("one"), None).await.err().unwrap();
    assert_eq!(problem.id.id(), "journal-newer");
    assert_eq!(std::fs::read_to_string(path).unwrap(), text);
}

#[tokio::test(start_paused = true)]
async fn an_edited_record_is_noticed() {
    let world = World::new(FOUR);
    let path = world.folder.join("state.jsonl");
    let store = FileStore::new(Disk::of_person(&world.folder), path.clone());
    let key = key();
    let ledger = Ledger::open(&store, us("one"), Some(&key)).await.unwrap();
    ledger.commit(&token("a"), None, state(1), "began", at(1), &[]).await.unwrap();
    ledger.commit(&token("a"), Some(&state(1)), state(2), "went on", at(2), &[]).await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for tampered in [
        text.replace("went on", "went off"),
        format!("{}\n", lines[0].replace("\"mac\"", "\"nac\"")),
        format!("{}\n{}\n", lines[0], lines[0]),
        format!("{}\n", lines[1]),
        format!("{}\nnot json\n", lines[0]),
    ] {
        std::fs::write(&path, &tampered).unwrap();
        let problem = Ledger::open(&store, us("two"), Some(&key))
            .await
            .err()
            .unwrap_or_else(|| panic!("believed: {tampered}"));
        assert_eq!(problem.id.id(), "journal-broken");
    }
}

#[tokio::test(start_paused = true)]
async fn ten_writers_at_once_lose_no_change() {
    let world = World::new(FOUR);
    let path = world.folder.join("state.jsonl");
    let writers = (0..10).map(|number| {
        let (path, disk) = (path.clone(), Disk::of_person(&world.folder));
        async move {
            let store = FileStore::new(disk, path);
            let ledger = Ledger::open(&store, us(&format!("w{number}")), Some(&KEY)).await.unwrap();
            ledger
                .commit(&token(&format!("t{number}")), None, state(number), "began", at(1), &[])
                .await
                .unwrap();
        }
    });
    futures::future::join_all(writers).await;
    let all = Ledger::open(
        &FileStore::new(Disk::of_person(&world.folder), path),
        us("reader"),
        Some(&KEY),
    )
    .await
    .unwrap()
    .tokens()
    .await;
    assert_eq!(all.len(), 10);
}

#[tokio::test(start_paused = true)]
async fn without_the_key_a_journal_is_read_and_never_written() {
    on_both(async |store| {
        let ledger = Ledger::open(store, us("one"), Some(&KEY)).await.unwrap();
        ledger.commit(&token("a"), None, state(1), "began", at(1), &[]).await.unwrap();
        let reader = Ledger::open(store, us("two"), None).await.unwrap();
        assert!(!reader.is_authenticated() && ledger.is_authenticated());
        assert_eq!(reader.token(&token("a")).await, Some(state(1)));
        let refused = reader.commit(&token("a"), Some(&state(1)), state(2), "went on", at(2), &[]).await;
        assert!(matches!(refused, Err(CommitError::Unavailable(problem)) if problem.id.id() == "journal-key-missing"));
        assert_eq!(store.read().await.unwrap().unwrap().records.len(), 1);
    })
    .await;
}

/// The records as somebody writes them who has no key.
fn unsigned(lines: &str) -> String {
    let without = |line: &str| {
        let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
        record.as_object_mut().unwrap().retain(|name, _| name != "mac" && name != "after");
        format!("{record}\n")
    };
    lines.lines().map(without).collect()
}

#[tokio::test(start_paused = true)]
async fn an_unsigned_journal_is_taken_over_once_and_signed_from_there_on() {
    let world = World::new(FOUR);
    let path = world.folder.join("state.jsonl");
    let store = FileStore::new(Disk::of_person(&world.folder), path.clone());
    let ledger = Ledger::open(&store, us("one"), Some(&KEY)).await.unwrap();
    ledger.commit(&token("a"), None, state(1), "began", at(1), &[]).await.unwrap();
    ledger.commit(&token("b"), None, state(2), "began", at(2), &[]).await.unwrap();
    let signed = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, unsigned(&signed)).unwrap();
    let problem = Ledger::open(&store, us("two"), Some(&KEY)).await.err().unwrap();
    assert_eq!(problem.id.id(), "journal-unsigned");
    assert!(
        problem.causes.iter().any(|cause| cause.contains("the journal claims: a: ")),
        "{:?}",
        problem.causes
    );
    assert_eq!(Ledger::take_over(&store, us("two"), &KEY, at(3)).await.unwrap().len(), 2);
    let ledger = Ledger::open(&store, us("three"), Some(&KEY)).await.unwrap();
    assert_eq!(ledger.tokens().await.len(), 2);
    ledger.commit(&token("a"), Some(&state(1)), state(3), "went on", at(4), &[]).await.unwrap();
    assert!(Ledger::open(&store, us("four"), Some(&KEY)).await.is_ok());
    // Once is enough; what is unsigned after that is never believed, nor is another record put
    // under it.
    assert_eq!(
        Ledger::take_over(&store, us("two"), &KEY, at(5)).await.err().unwrap().id.id(),
        "nothing-selected"
    );
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let forged =
        unsigned(&signed).lines().next().unwrap().replace("\"sequence\":1,", "\"sequence\":5,");
    std::fs::write(&path, format!("{text}{forged}\n")).unwrap();
    for problem in [
        Ledger::open(&store, us("five"), Some(&KEY)).await.err(),
        Ledger::take_over(&store, us("five"), &KEY, at(6)).await.err(),
    ] {
        assert_eq!(problem.unwrap().id.id(), "journal-broken");
    }
    let swapped = lines[1].replace("\"began\"", "\"other\"").replace("b: began", "b: begun");
    std::fs::write(&path, format!("{}\n{swapped}\n{}\n{}\n", lines[0], lines[2], lines[3]))
        .unwrap();
    assert_eq!(
        Ledger::open(&store, us("six"), Some(&KEY)).await.err().unwrap().id.id(),
        "journal-broken"
    );
}
