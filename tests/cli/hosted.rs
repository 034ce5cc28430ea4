//! `scan --github`: everything that people and runs wrote in a repository is scanned, comments in it
//! suppress nothing, and what could not be read is never called clean.

use tokenward_emulator::{Credential, CredentialKind, Fault, FaultKind, FaultMatch, TextKind};

use super::logs::logs;
use crate::support::{FOUR, REPO, World};

const SCAN: [&str; 3] = ["scan", "--github", REPO];

/// A credential with these permissions to read.
fn reads(world: &mut World, permissions: &[&str]) {
    let permissions = permissions.iter().map(|name| ((*name).to_owned(), "read".to_owned()));
    let token = world.emulator.github().add_credential(Credential {
        kind: CredentialKind::AppInstallation,
        permissions: permissions.collect(),
        repos: None,
        expires_at: None,
    });
    world.env.insert("GITHUB_TOKEN".to_owned(), token);
}

/// A repository with a clean text of each kind, and the value of a key.
fn world() -> (World, String) {
    let mut world = World::new(FOUR);
    reads(&mut world, &["issues", "pull_requests", "contents", "metadata", "actions"]);
    let github = world.emulator.github();
    github.open_issue_of(REPO, "ann", ("It does not send", "Please help."));
    let pull = github.open_issue_of(REPO, "ben", ("Send again", "Fixes it."));
    github.make_pull(REPO, pull);
    github.comment_of(REPO, 1, "ann", "Still so.");
    for kind in kinds() {
        github.add_text(REPO, kind, "Fine.");
    }
    github.start_run(REPO, 7, 2);
    github.complete_run(REPO, 7);
    github.set_run_logs(REPO, 7, [logs("sent\n"), logs("sent\n")]);
    github.add_artifact(REPO, logs("sent\n"), false);
    let value = world.emulator.sendgrid().add_key("x", &["mail.send"]).value;
    (world, value)
}

fn kinds() -> [TextKind; 4] {
    [TextKind::ReviewComment(2), TextKind::Review(2), TextKind::CommitComment, TextKind::Release]
}

#[tokio::test(start_paused = true)]
async fn a_leak_in_any_text_of_a_repository_is_found_where_it_is() {
    let (world, _) = world();
    let ran = world.run(&SCAN).await.expect(0);
    assert!(ran.out.contains("no leaks in"), "{}", ran.out);

    let (world, value) = self::world();
    let github = world.emulator.github();
    // Whoever can comment could write this too.
    let text = format!("KEY={value} tokenward:allow it is dead\n");
    github.open_issue_of(REPO, "ann", ("A title", &text));
    github.open_issue_of(REPO, "ann", (&text, "A text"));
    github.comment_of(REPO, 1, "ann", &text);
    for kind in kinds() {
        github.add_text(REPO, kind, &text);
    }
    github.start_run(REPO, 8, 1);
    github.complete_run(REPO, 8);
    github.set_run_logs(REPO, 8, [logs(&text)]);
    github.add_artifact(REPO, logs(&text), false);
    github.add_artifact(REPO, logs(&text), true);
    let ran = world.run(&SCAN).await.expect(11);
    for place in [
        "acme/site/issues/3:1",
        "acme/site/issues/4:1",
        "acme/site/issues/1#issuecomment-",
        "acme/site/pull/2#discussion_r",
        "acme/site/pull/2#pullrequestreview-",
        "#commitcomment-",
        "acme/site/releases/tag/v",
        "acme/site/actions/run-8-attempt-1-logs.zip!/",
        "acme/site/actions/artifacts/",
    ] {
        assert!(
            ran.out.contains(&format!("--> {place}")) || ran.out.contains(place),
            "{place}: {}",
            ran.out
        );
    }
    assert_eq!(ran.out.matches("error[leak]").count(), 9, "{}", ran.out);
    assert!(!ran.all().contains(&value) && !ran.all().contains("sig="), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn only_what_changed_since_a_moment_is_scanned_if_that_is_asked_for() {
    let (world, value) = world();
    let github = world.emulator.github();
    let text = format!("KEY={value}\n");
    github.open_issue_of(REPO, "ann", ("Old", &text));
    for kind in kinds() {
        github.add_text(REPO, kind, &text);
    }
    github.add_artifact(REPO, logs(&text), false);
    world.pass(48);
    world.run(&[&SCAN[..], &["--since", "3d"]].concat()).await.expect(11);
    world.run(&[&SCAN[..], &["--since", "1d"]].concat()).await.expect(0);
    github.comment_of(REPO, 3, "ann", &text);
    world.run(&[&SCAN[..], &["--since", "1d"]].concat()).await.expect(11);
    let ran = world.run(&[&SCAN[..], &["--since", "last week"]].concat()).await.expect(2);
    assert!(ran.all().contains("--since 30d"), "{}", ran.all());
    let ran = world.run(&["scan", "--since", "1d"]).await.expect(2);
    assert!(ran.all().contains("--github"), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_read_is_never_called_clean() {
    let lists = [
        "/issues",
        "/issues/comments",
        "/pulls/comments",
        "/pulls/2/reviews",
        "/comments",
        "/releases",
        "/actions/runs",
        "/actions/runs/7/attempts/2/logs",
        "/actions/artifacts",
    ];
    for path in lists {
        let (world, _) = world();
        let matches = FaultMatch::Where {
            service: None,
            method: None,
            path_contains: Some(format!("/repos/{REPO}{path}")),
        };
        world.emulator.inject(Fault { matches, kind: FaultKind::TimeOut, times: 3 });
        let ran = world.run(&SCAN).await;
        assert!(ran.code != 0, "{path}: {}", ran.all());
        assert!(!ran.out.contains("no leaks"), "{path}: {}", ran.all());
    }
    // A credential without one permission reads the rest, and says which it lacks.
    let (mut world, value) = world();
    let github = world.emulator.github();
    github.open_issue_of(REPO, "ann", ("Old", &format!("KEY={value}\n")));
    reads(&mut world, &["issues", "contents", "metadata", "actions"]);
    let ran = world.run(&SCAN).await;
    assert!(ran.out.contains("acme/site/issues/3"), "{}", ran.all());
    assert!(ran.out.contains("pull_requests=read"), "{}", ran.all());
    let ran = world.run(&["scan", "--github", "acme/nowhere"]).await;
    assert!(ran.code != 0, "{}", ran.all());
    world.run(&["scan", "--github", "acme"]).await.expect(2);
}
