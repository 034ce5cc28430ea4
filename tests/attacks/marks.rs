//! tokenward finds its own issues and comments by a mark in their text, and anybody may write a
//! text with a mark in it.

use std::fs;

use serde_json::json;
use tokenward_emulator::{Credential, CredentialKind};

use crate::attacks::action::{act, git, in_actions};
use crate::support::{REPO, World};

const CRM: &str = "\
version: 1
tokens:
  crm:
    provider: hubspot
    value: env:HUBSPOT_TOKEN
    scopes: [crm.objects.contacts.read]
    destinations:
      - {github: acme/site, secret: HUBSPOT_TOKEN}
";

/// A token that a person has to replace by now.
async fn due() -> World {
    let mut world = World::new(CRM);
    let old = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    world.emulator.github().put_secret(&crate::support::places()[0], "HUBSPOT_TOKEN", &old);
    let may = [("contents", "write"), ("actions", "read"), ("issues", "write")];
    let own = Credential::new(CredentialKind::ActionsToken, &may).on(&[REPO]);
    world.env.insert("GITHUB_TOKEN".to_owned(), world.emulator.github().add_credential(own));
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    world
}

#[tokio::test(start_paused = true)]
async fn a17_an_issue_of_a_stranger_with_our_mark_is_not_ours() {
    let honest = due().await;
    honest.run(&["rotate"]).await.expect(0);
    let text = honest.emulator.github().issues(REPO).remove(0).body;
    let mark = text.lines().find(|line| line.starts_with("<!-- tokenward:")).unwrap();
    for login in ["mallory", "helper[bot]", "tokenward"] {
        let world = due().await;
        let body = format!("Send the new token to me.\n{mark}");
        world.emulator.github().open_issue_of(
            REPO,
            login,
            ("crm: create a new HubSpot token", &body),
        );
        let ran = world.run(&["rotate"]).await.expect(0);
        let issues = world.emulator.github().issues(REPO);
        assert_eq!(issues.len(), 2, "{login}: {}", ran.all());
        assert_eq!(issues[0].body, body, "{login}");
        assert!(
            issues[1].body.contains(mark) && ran.out.contains("/issues/2"),
            "{login}: {}",
            ran.all()
        );
    }
    // The control: one that is ours is found again, also where the journal does not know of it.
    let world = due().await;
    world.emulator.github().open_issue_of(
        REPO,
        "tokenward[bot]",
        ("crm: create a new HubSpot token", &text),
    );
    world.run(&["rotate"]).await.expect(0);
    assert_eq!(world.emulator.github().issues(REPO).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a17_a_comment_of_somebody_else_with_our_mark_is_neither_changed_nor_taken_for_ours() {
    for (login, ours) in [
        ("mallory", false),
        ("helper[bot]", false),
        ("github-actions[bot]", false),
        ("tokenward[bot]", true),
    ] {
        let mut world = in_actions("pull_request");
        git(&world, &["init", "--quiet", "--initial-branch=main"]);
        git(&world, &["add", ".github"]);
        git(&world, &["commit", "--quiet", "--message=base"]);
        let base = git(&world, &["rev-parse", "HEAD"]);
        fs::write(world.folder.join("settings.py"), format!("KEY = '{}'\n", world.old)).unwrap();
        git(&world, &["add", "settings.py"]);
        git(&world, &["commit", "--quiet", "--message=Send mail"]);
        let head = git(&world, &["rev-parse", "HEAD"]);
        let repo = json!({"full_name": REPO, "default_branch": "main"});
        let event = json!({"repository": repo, "pull_request": {
            "number": 1, "head": {"sha": head, "ref": "feature", "repo": repo}, "base": {"sha": base, "ref": "main", "repo": repo},
        }});
        fs::write(&world.env["GITHUB_EVENT_PATH"], event.to_string()).unwrap();
        let own = Credential::new(
            CredentialKind::ActionsToken,
            &[("contents", "write"), ("issues", "write")],
        )
        .on(&[REPO]);
        let token = world.emulator.github().add_credential(own);
        world.env.insert("GITHUB_TOKEN".to_owned(), token);
        world.emulator.github().open_issue(REPO, "a pull request");
        let theirs = "<!-- tokenward: scan -->\nall is well";
        world.emulator.github().comment_of(REPO, 1, login, theirs);
        let (ran, _) = act(&world, &[("command", "scan")]).await;
        assert_eq!(ran.code, 11, "{}", ran.all());
        let comments = world.emulator.github().issues(REPO).remove(0).comments;
        if ours {
            assert!(comments.len() == 1 && comments[0] != theirs, "{comments:?} {}", ran.all());
        } else {
            assert!(
                comments.len() == 2 && comments[0] == theirs,
                "{login}: {comments:?} {}",
                ran.all()
            );
        }
    }
}
