//! The journal's ref: a rule that refuses it is told as one, every day, by `rotate` and before that
//! by `doctor`.

use tokenward_emulator::{Fault, FaultKind, FaultMatch, Service};

use crate::support::{FOUR, REPO, Ran, World};

const REF: &str = "refs/tokenward/journal";
const BRANCH: &str = "refs/heads/tokenward/journal";

fn on_a_branch() -> World {
    World::new(&format!("{FOUR}journal: {{git-ref: {BRANCH}}}\n"))
}

#[track_caller]
fn says(ran: &Ran, pieces: &[&str], not: &[&str]) {
    for piece in pieces {
        assert!(ran.all().contains(piece), "{piece:?} is not in\n{}", ran.all());
    }
    for piece in not {
        assert!(!ran.all().contains(piece), "{piece:?} is in\n{}", ran.all());
    }
}

fn ref_fault(method: &str, status: u16, message: &str) -> Fault {
    let body = serde_json::json!({ "message": message }).to_string();
    let matches = FaultMatch::Where {
        service: Some(Service::GitHub),
        method: Some(method.to_owned()),
        path_contains: Some("/git/refs".to_owned()),
    };
    Fault { matches, kind: FaultKind::Says { status, headers: Vec::new(), body }, times: u32::MAX }
}

#[tokio::test(start_paused = true)]
async fn c1_a_ruleset_that_refuses_the_ref_is_quoted_and_is_no_lost_race() {
    let world = World::new(FOUR);
    world.emulator.github().restrict_creations(REPO, "refs/tokenward/");
    for _ in 0..2 {
        let ran = world.run(&["rotate"]).await.expect(4);
        says(
            &ran,
            &[
                "error[github-ruleset]",
                "Cannot create ref due to creations being restricted.",
                "bypass list",
            ],
            &["nothing to do", "another run"],
        );
        world.pass(24);
    }
    assert_eq!(world.emulator.github().ref_sha(REPO, REF), None);
    assert_eq!(world.emulator.sendgrid().created_count(), 0);
    // Without the rule it goes on.
    let world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
}

#[tokio::test(start_paused = true)]
async fn c1_a_ruleset_that_comes_later_is_quoted_before_a_key_is_made() {
    let world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    world.emulator.github().require_pull_requests(REPO, "refs/tokenward/");
    let ran = world.run(&["rotate"]).await.expect(4);
    says(
        &ran,
        &["error[github-ruleset]", "Changes must be made through a pull request."],
        &["nothing to do", "another run"],
    );
    assert_eq!(world.emulator.sendgrid().created_count(), 0);
    assert!(world.held().iter().all(|held| *held == world.old));
}

#[tokio::test(start_paused = true)]
async fn c1_an_answer_that_names_no_cause_is_a_lost_race_only_if_the_ref_stands_elsewhere() {
    for (method, status, message) in [
        ("POST", 422, "Reference update failed"),
        ("POST", 409, "Conflict"),
        ("POST", 422, "Object does not exist"),
    ] {
        let world = World::new(FOUR);
        world.emulator.inject(ref_fault(method, status, message));
        let ran = world.run(&["rotate"]).await.expect(4);
        says(&ran, &["error[github-refused]", message], &["nothing to do", "another run"]);
    }
    // The ref that is to be moved stands where it stood.
    let world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    world.emulator.inject(ref_fault("PATCH", 422, "Reference cannot be updated"));
    says(
        &world.run(&["rotate"]).await.expect(4),
        &["error[github-refused]", "Reference cannot be updated"],
        &["nothing to do"],
    );
    assert_eq!(world.emulator.sendgrid().created_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn c1_an_empty_repository_and_a_missing_permission_are_told_as_such() {
    let world = World::new(FOUR);
    world.emulator.github().add_empty_repo(REPO);
    for command in ["rotate", "doctor"] {
        let ran = world.run(&[command]).await;
        says(
            &ran,
            &["Git Repository is empty.", "push a first commit"],
            &["somebody else was first", "nothing to do"],
        );
        assert_ne!(ran.code, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn c1_doctor_says_whether_the_journal_can_be_written() {
    // A ref that exists and may be moved.
    let world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    let before = world.emulator.github().ref_sha(REPO, REF);
    says(&world.run(&["doctor"]).await, &["ok       the journal can be written"], &[]);
    assert_eq!(world.emulator.github().ref_sha(REPO, REF), before);
    // One that a rule closed since.
    world.emulator.github().require_pull_requests(REPO, "refs/tokenward/");
    let ran = world.run(&["doctor"]).await;
    says(
        &ran,
        &[
            "wrong    the journal",
            "error[github-ruleset]",
            "Changes must be made through a pull request.",
        ],
        &["ok       the journal can be written"],
    );
    assert_ne!(ran.code, 0);
    // One that is not there yet, outside of branches: nothing is made to find out, and what was not
    // looked at is said.
    let world = World::new(FOUR);
    world.emulator.github().restrict_creations(REPO, "refs/tokenward/");
    let ran = world.run(&["doctor"]).await;
    says(
        &ran,
        &["skipped  could not check whether a rule forbids creating refs/tokenward/journal"],
        &["ok       the journal can be written"],
    );
    assert_eq!(world.emulator.github().ref_sha(REPO, REF), None);
}

#[tokio::test(start_paused = true)]
async fn c1_doctor_finds_a_credential_that_may_only_read_the_journal() {
    use tokenward_emulator::{Credential, CredentialKind};
    for rotated in [false, true] {
        let mut world = World::new(FOUR);
        if rotated {
            world.run(&["rotate"]).await.expect(0);
        }
        let weak = Credential::new(
            CredentialKind::ActionsToken,
            &[("contents", "read"), ("actions", "read")],
        )
        .on(&[REPO]);
        world.env.insert("GITHUB_TOKEN".to_owned(), world.emulator.github().add_credential(weak));
        let ran = world.run(&["doctor"]).await;
        says(
            &ran,
            &[
                "wrong    the journal",
                "error[github-permission]",
                "Resource not accessible by integration",
                "contents: write",
            ],
            &["ok       the journal can be written"],
        );
        assert_ne!(ran.code, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn c1_the_journal_may_be_kept_on_a_branch_of_its_own() {
    let world = on_a_branch();
    world.rotated().await;
    assert!(world.emulator.github().ref_sha(REPO, BRANCH).is_some());
    assert_eq!(world.emulator.github().ref_sha(REPO, REF), None);
    says(&world.run(&["doctor"]).await, &["ok       the journal can be written"], &[]);
    world.run(&["status"]).await.expect(0);
    // Another branch is somebody else's.
    for other in [
        "refs/heads/main",
        "refs/heads/journal",
        "refs/heads/tokenward",
        "refs/heads/tokenwards/journal",
        "refs/heads/Tokenward/journal",
        "refs/tags/tokenward/journal",
    ] {
        let world = World::new(&format!("{FOUR}journal: {{git-ref: {other}}}\n"));
        says(
            &world.run(&["rotate"]).await.expect(2),
            &["config-wrong-type", "refs/heads/tokenward/"],
            &[],
        );
    }
}

#[tokio::test(start_paused = true)]
async fn c1_a_branch_that_holds_something_else_is_never_written() {
    let world = on_a_branch();
    let main = world.emulator.github().ref_sha(REPO, "refs/heads/main").unwrap();
    world.emulator.github().set_ref(REPO, BRANCH, &main);
    for command in ["rotate", "doctor"] {
        let ran = world.run(&[command]).await;
        says(&ran, &["error[journal-broken]", "contains no record"], &["ok       the journal"]);
        assert_ne!(ran.code, 0);
    }
    assert_eq!(world.emulator.github().ref_sha(REPO, BRANCH), Some(main));
}

#[tokio::test(start_paused = true)]
async fn c1_doctor_reads_the_rules_of_the_journals_branch() {
    // Not there yet, and a rule forbids it.
    let world = on_a_branch();
    world.emulator.github().restrict_creations(REPO, "refs/heads/tokenward/");
    let ran = world.run(&["doctor"]).await;
    says(
        &ran,
        &["wrong    the journal", "error[github-ruleset]", "creation"],
        &["ok       the journal can be written"],
    );
    assert!(ran.code != 0 && world.emulator.github().ref_sha(REPO, BRANCH).is_none());
    says(&world.run(&["rotate"]).await.expect(4), &["error[github-ruleset]"], &["nothing to do"]);
    // The same rule with us on its bypass list.
    world.emulator.github().bypass_ref_rules(REPO);
    says(
        &world.run(&["doctor"]).await,
        &["ok       the journal can be written"],
        &["error[github-ruleset]"],
    );
    // No rule.
    let world = on_a_branch();
    says(
        &world.run(&["doctor"]).await,
        &["ok       the journal can be written"],
        &["wrong    the journal"],
    );
    assert_eq!(world.emulator.github().ref_sha(REPO, BRANCH), None);
    // There, and moved by pull requests only.
    world.run(&["rotate"]).await.expect(0);
    world.emulator.github().require_pull_requests(REPO, "refs/heads/tokenward/");
    says(
        &world.run(&["doctor"]).await,
        &["wrong    the journal", "error[github-ruleset]"],
        &["ok       the journal can be written"],
    );
}

#[tokio::test(start_paused = true)]
async fn c1_no_run_on_the_journals_branch_decides_anything() {
    // Who may push to the branch could put a config on it: a rule that keeps it from being moved
    // back makes it no branch to trust.
    let mut world = on_a_branch();
    for (name, value) in [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_REF", BRANCH),
        ("GITHUB_REF_PROTECTED", "true"),
        ("GITHUB_EVENT_NAME", "workflow_dispatch"),
    ] {
        world.env.insert(name.to_owned(), value.to_owned());
    }
    let ran = world.run(&["rotate"]).await;
    assert!(ran.code == 2 && ran.all().contains("error[unprotected-ref]"), "{}", ran.all());
    world.env.insert("GITHUB_REF".to_owned(), "refs/heads/release".to_owned());
    assert!(!world.run(&["rotate"]).await.all().contains("unprotected-ref"));
}
