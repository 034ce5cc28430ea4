//! Journals that were moved back, replaced in part, or brought from elsewhere: noticed, and nothing
//! is decided on them.

use futures::future::BoxFuture;
use tokenward::disk::Disk;
use tokenward::domain::Problem;
use tokenward::journal::{
    AppendError, CommitError, FileStore, Ledger, Owner, Record, Store, StoreError, Tip, Writable,
};

use crate::journal::{at, key, state, token, us};
use crate::support::{FOUR, World};

/// A store that is read as this repository's.
struct As<'a>(&'a FileStore, Owner);

impl Store for As<'_> {
    fn place(&self) -> String {
        self.0.place()
    }

    fn owner(&self) -> Option<Owner> {
        Some(self.1.clone())
    }

    fn read(&self) -> BoxFuture<'_, Result<Option<Tip>, StoreError>> {
        self.0.read()
    }

    fn writable(&self) -> BoxFuture<'_, Result<Writable, Problem>> {
        self.0.writable()
    }

    fn append<'a>(
        &'a self,
        parent: Option<&'a str>,
        record: &'a Record,
    ) -> BoxFuture<'a, Result<String, AppendError>> {
        self.0.append(parent, record)
    }
}

fn repository(name: &str, id: Option<u64>) -> Owner {
    Owner { repository: name.to_owned(), id }
}

#[tokio::test]
async fn a_journal_of_another_repository_is_noticed_also_under_the_same_key() {
    let world = World::new(FOUR);
    let file = FileStore::new(Disk::of_person(&world.folder), world.folder.join("journal"));
    let ours = As(&file, repository("acme/site", Some(7)));
    let signing = key();
    let ledger = Ledger::open(&ours, us("one"), Some(&signing)).await.unwrap();
    ledger.commit(&token("a"), None, state(1), "began", at(1), &[]).await.unwrap();
    for key in [None, Some(&signing)] {
        for theirs in [
            repository("acme/copy", Some(8)),
            repository("acme/site", Some(8)),
            repository("acme/copy", None),
        ] {
            let problem = Ledger::open(&As(&file, theirs), us("two"), key).await.err().unwrap();
            assert_eq!(problem.id.id(), "journal-foreign");
        }
        // Under a new name, or where one of the two was not told the number, it is still the same.
        for same in [repository("acme/renamed", Some(7)), repository("Acme/Site", None)] {
            assert!(Ledger::open(&As(&file, same), us("two"), key).await.is_ok());
        }
    }
}

#[tokio::test]
async fn whose_a_signed_journal_is_cannot_be_changed_or_left_out() {
    let world = World::new(FOUR);
    let key = key();
    let path = world.folder.join("journal");
    let file = FileStore::new(Disk::of_person(&world.folder), path.clone());
    let theirs = As(&file, repository("acme/copy", None));
    let ours = As(&file, repository("acme/site", None));
    let ledger = Ledger::open(&ours, us("one"), Some(&key)).await.unwrap();
    ledger.commit(&token("a"), None, state(1), "began", at(1), &[]).await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("acme/site", "acme/copy")).unwrap();
    assert_eq!(
        Ledger::open(&theirs, us("two"), Some(&key)).await.err().unwrap().id.id(),
        "journal-broken"
    );
    // Written where nobody asks whose it is, and brought here.
    std::fs::remove_file(&path).unwrap();
    let ledger = Ledger::open(&file, us("one"), Some(&key)).await.unwrap();
    ledger.commit(&token("a"), None, state(1), "began", at(1), &[]).await.unwrap();
    assert_eq!(
        Ledger::open(&theirs, us("two"), Some(&key)).await.err().unwrap().id.id(),
        "journal-broken"
    );
}

/// Three records by one run; then the journal is what `tamper` makes of its lines, and the run goes
/// on.
async fn tampered_at_work(tamper: impl Fn(&[&str]) -> String) -> String {
    let world = World::new(FOUR);
    let key = key();
    let path = world.folder.join("journal");
    let file = FileStore::new(Disk::of_person(&world.folder), path.clone());
    let ledger = Ledger::open(&file, us("one"), Some(&key)).await.unwrap();
    ledger.commit(&token("a"), None, state(1), "began", at(1), &[]).await.unwrap();
    ledger.commit(&token("a"), Some(&state(1)), state(2), "went on", at(2), &[]).await.unwrap();
    let before = std::fs::read_to_string(&path).unwrap();
    ledger.commit(&token("a"), Some(&state(2)), state(3), "went on", at(3), &[]).await.unwrap();
    let after = std::fs::read_to_string(&path).unwrap();
    // What another run wrote after the same record, and what lost: signed, and in no journal.
    std::fs::write(&path, &before).unwrap();
    let other = Ledger::open(&file, us("two"), Some(&key)).await.unwrap();
    other
        .commit(&token("a"), Some(&state(2)), state(4), "went elsewhere", at(3), &[])
        .await
        .unwrap();
    let fork = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = after.lines().chain(fork.lines().last()).collect();
    std::fs::write(&path, tamper(&lines)).unwrap();
    let looked = ledger.look_again(&token("a")).await;
    match ledger.commit(&token("a"), Some(&state(3)), state(5), "went on", at(4), &[]).await {
        Err(CommitError::Unavailable(problem)) => {
            assert_eq!(looked.err().map(|problem| problem.id), Some(problem.id));
            problem.causes.join(" ")
        }
        Err(CommitError::Superseded) => "superseded".to_owned(),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn a_journal_moved_back_under_a_run_at_work_stops_it() {
    let said = tampered_at_work(|lines| format!("{}\n{}\n", lines[0], lines[1])).await;
    assert_eq!(said, "it was moved back from record 3 to record 2 during this run");
}

#[tokio::test]
async fn a_fork_put_in_the_place_of_what_a_run_wrote_stops_it() {
    let said =
        tampered_at_work(|lines| format!("{}\n{}\n{}\n", lines[0], lines[1], lines[3])).await;
    assert_eq!(said, "record 3 was replaced during this run");
}

#[tokio::test]
async fn a_journal_taken_away_under_a_run_at_work_stops_it() {
    let said = tampered_at_work(|_| String::new()).await;
    assert_eq!(said, "it was moved back from record 3 to record 0 during this run");
}

#[tokio::test]
async fn a_record_replayed_on_top_is_noticed() {
    for replayed in [0, 1] {
        let said =
            tampered_at_work(|lines| format!("{}\n{}\n", lines[..3].join("\n"), lines[replayed]))
                .await;
        assert!(said.contains("does not follow"), "{said}");
    }
}
