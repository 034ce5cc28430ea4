//! `scan` and the journal: a token of the config is recognized by its fingerprint, and where the
//! journal cannot be read the scan is not called complete.

use std::fs;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokenward::net::{Answer, Request, Transport, TransportError};
use tokenward_emulator::{Credential, CredentialKind};

use crate::support::{FOUR, REPO, World};

/// No network.
struct Offline;

impl Transport for Offline {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        let host = request.url.host().unwrap_or_default().to_owned();
        let why = "connection refused".to_owned();
        async { Err(TransportError::NotSent { host, why }) }.boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_could_not_be_read_is_no_clean_scan() {
    let mut world = World::new(FOUR);
    world.rotated().await;
    world.run(&["scan"]).await.expect(0);
    world.transport = Some(Arc::new(Offline));
    for arguments in [&["scan"][..], &["scan", "--exit-zero"], &["scan", ".github"]] {
        let ran = world.run(arguments).await.expect(5);
        for part in ["error[scan-incomplete]", "only by their shape", "incomplete: nothing found"] {
            assert!(ran.out.contains(part), "{part}: {}", ran.all());
        }
    }
    // A baseline could accept what was not recognized.
    let flags = ["scan", "--baseline", "baseline.json", "--write-baseline"];
    world.run(&flags).await.expect(5);
    assert!(!world.folder.join("baseline.json").exists());
    // A leak weighs more.
    let value = world.emulator.sendgrid().add_key("x", &["mail.send"]).value;
    fs::write(world.folder.join("a.env"), format!("KEY={value}\n")).unwrap();
    world.run(&["scan"]).await.expect(11);
}

#[tokio::test(start_paused = true)]
async fn a_scan_without_a_credential_or_in_a_hook_says_what_it_recognizes() {
    let mut world = World::new(FOUR);
    world.rotated().await;
    let note = "note: tokens in the config are recognized only by their shape";
    // A permission that was not given.
    let bare = Credential::new(CredentialKind::ActionsToken, &[("actions", "read")]).on(&[REPO]);
    let bare = world.emulator.github().add_credential(bare);
    let given = world.env.insert("GITHUB_TOKEN".to_owned(), bare);
    let ran = world.run(&["scan"]).await.expect(0);
    assert!(ran.err.contains(note), "{}", ran.all());
    world.env.insert("GITHUB_TOKEN".to_owned(), given.unwrap_or_default());
    // pre-commit, on a train.
    world.transport = Some(Arc::new(Offline));
    world.env.insert("PRE_COMMIT".to_owned(), "1".to_owned());
    let ran = world.run(&["scan", ".github"]).await.expect(0);
    assert!(ran.err.contains(note), "{}", ran.all());
    world.env.remove("PRE_COMMIT");
    // Nothing was given.
    world.env.remove("GITHUB_TOKEN");
    world.env.remove("TOKENWARD_GITHUB_TOKEN");
    let ran = world.run(&["scan"]).await.expect(0);
    assert!(ran.err.contains(note), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn the_same_cause_is_told_once_in_a_row() {
    let mut world = World::new(FOUR);
    world.rotated().await;
    world.transport = Some(Arc::new(Offline));
    for command in ["check", "status", "doctor"] {
        let ran = world.run(&[command]).await;
        let all = ran.out.matches("could not read SENDGRID_API_KEY in").count()
            + ran.out.matches("could not read the secrets of").count();
        let causes = ran.out.matches("= cause: as above").count();
        assert!(all == 4 && causes >= 3, "{}", ran.all());
        let ran = world.run(&[command, "--format", "json"]).await;
        assert!(!ran.out.contains("as above"), "{}", ran.all());
    }
}
