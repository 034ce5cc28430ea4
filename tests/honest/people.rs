//! What a person is asked for is not overlooked, not asked for every day, and right for what
//! happened.
#![expect(
    clippy::unwrap_used,
    reason = "a test world that cannot be made or read is a failed test"
)]

use tokenward_emulator::{
    Credential, CredentialKind, Fault, FaultKind, FaultMatch, Issue, SecretPlace,
};

use crate::support::{REPO, Ran, World, gives_away, places};

const SCOPE: &str = "crm.objects.contacts.read";

const CONFIG: &str = "\
version: 1
defaults: {rotate-every: 30d, max-age: never}
tokens:
  crm:
    provider: hubspot
    value: env:HUBSPOT_TOKEN
    scopes: [crm.objects.contacts.read]
    destinations: [{github: acme/site, secret: HUBSPOT_TOKEN}]
";

/// A HubSpot token that was adopted, and a config that asks in this way.
async fn asking(ask: &str) -> (World, String) {
    let mut world =
        World::new(&CONFIG.replace("max-age: never", &format!("max-age: never, ask: {ask}")));
    let old = world.emulator.hubspot().add_token(&[SCOPE], 7).value;
    world.emulator.github().put_secret(&home(), "HUBSPOT_TOKEN", &old);
    world.emulator.github().add_member(REPO, "octocat");
    let permissions = [("contents", "write"), ("actions", "read"), ("issues", "write")];
    let own = world
        .emulator
        .github()
        .add_credential(Credential::new(CredentialKind::ActionsToken, &permissions).on(&[REPO]));
    world.env.insert("GITHUB_TOKEN".to_owned(), own);
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    (world, old)
}

fn home() -> SecretPlace {
    places()[0].clone()
}

fn issues(world: &World) -> Vec<Issue> {
    let mut issues = world.emulator.github().issues(REPO);
    issues.sort_by_key(|issue| issue.number);
    issues
}

fn leave(world: &World) -> String {
    let new = world.emulator.hubspot().add_token(&[SCOPE], 7).value;
    world.emulator.github().put_secret(&home(), "HUBSPOT_TOKEN_NEXT", &new);
    world.pass(1);
    new
}

/// Plans and runs the same, and holds the plan's count against what GitHub was sent.
async fn as_planned(world: &World, arguments: &[&str]) -> Ran {
    let plan = [arguments, &["--dry-run", "--format", "json"]].concat();
    let plan: serde_json::Value =
        serde_json::from_str(&world.run(&plan).await.expect(0).out).unwrap();
    world.emulator.clear_requests();
    let ran = world.run(arguments).await;
    let (reads, writes) = world.counted();
    let total = &plan["tokens"][0]["total"];
    assert_eq!(total["github-writes"], writes, "{plan:#}\n{}", ran.all());
    assert_eq!(total["github-reads"], reads - 2, "{plan:#}\n{}", ran.all());
    ran
}

/// What an emergency is never told.
fn is_urgent(issue: &Issue) {
    assert!(
        issue.title.starts_with("LEAKED: ")
            && issue.title.contains("HubSpot")
            && issue.title.contains("crm"),
        "{}",
        issue.title
    );
    for never in ["later", "Do not revoke", "until tokenward asks", "nothing to do", "stays valid"]
    {
        assert!(
            !issue.body.to_lowercase().contains(&never.to_lowercase()),
            "{never}: {}",
            issue.body
        );
    }
    for says in [
        "Anybody who found it can use it until it is revoked",
        "https://github.com/acme/site/actions",
        "https://app.hubspot.com/private-apps/7",
    ] {
        assert!(issue.body.contains(says), "{says}: {}", issue.body);
    }
}

#[tokio::test(start_paused = true)]
async fn c8_a_leak_gets_an_issue_of_its_own_and_ends_the_routine_one() {
    let (world, old) = asking("{assignees: [octocat], labels: [security]}").await;
    world.pass(31 * 24);
    as_planned(&world, &["rotate", "crm"]).await.expect(0);
    // The control: a routine is told as one.
    assert!(
        issues(&world)[0].body.contains("Do not revoke the old value until tokenward asks"),
        "{}",
        issues(&world)[0].body
    );
    let ran = as_planned(&world, &["rotate", "crm", "--leaked"]).await.expect(12);
    assert!(
        ran.out.contains("asked a person to act, in issue 2") && ran.out.contains("issues/2"),
        "{}",
        ran.all()
    );
    let [routine, leak] = &issues(&world)[..] else { panic!("two issues: {:?}", issues(&world)) };
    assert_eq!((routine.state.as_str(), leak.state.as_str()), ("closed", "open"));
    assert!(routine.comments[0].contains("#2"), "{:?}", routine.comments);
    assert_eq!(
        (&leak.labels[..], &leak.assignees[..]),
        (&["security".to_owned()][..], &["octocat".to_owned()][..])
    );
    is_urgent(leak);
    let order = [
        "Create a new value now",
        "HUBSPOT_TOKEN_NEXT",
        "do not wait for the schedule",
        "revoke the leaked one immediately",
    ];
    let at: Vec<usize> = order
        .iter()
        .map(|step| leak.body.find(step).unwrap_or_else(|| panic!("{step}: {}", leak.body)))
        .collect();
    assert!(at.is_sorted(), "{}", leak.body);
    // A plain run goes on with it, and notifies nobody again.
    as_planned(&world, &["rotate", "crm"]).await.expect(12);
    assert_eq!(issues(&world)[1], *leak);

    let new = leave(&world);
    as_planned(&world, &["rotate", "crm"]).await.expect(12);
    assert_eq!(world.handed()["HUBSPOT_TOKEN"], new);
    let leak = issues(&world).remove(1);
    assert_eq!(leak.title, "LEAKED: revoke the old HubSpot token of crm now");
    is_urgent(&leak);
    assert!(leak.comments[0].contains("Revoke it now"), "{:?}", leak.comments);
    assert!(world.emulator.hubspot().revoke(&old));
    for _ in 0..2 {
        world.pass(1);
        as_planned(&world, &["rotate", "crm"]).await.expect(0);
    }
    let all = issues(&world);
    assert_eq!((all.len(), all[1].state.as_str()), (2, "closed"));
    // What comes next is a routine again, in an issue of its own.
    world.pass(31 * 24);
    as_planned(&world, &["rotate", "crm"]).await.expect(0);
    assert_eq!(issues(&world)[2].title, "crm: create a new HubSpot token");
}

#[tokio::test(start_paused = true)]
async fn c8_an_old_value_that_leaks_in_its_grace_is_an_emergency_as_well() {
    let (world, old) = asking("{labels: [security]}").await;
    world.pass(31 * 24);
    world.run(&["rotate"]).await.expect(0);
    leave(&world);
    for _ in 0..2 {
        world.run(&["rotate"]).await.expect(0);
        world.pass(1);
    }
    assert!(
        issues(&world)[0].body.contains("There is nothing to do now"),
        "{}",
        issues(&world)[0].body
    );
    let alert = world
        .emulator
        .github()
        .add_alert(REPO, "hubspot_private_apps_user_token", &old)
        .to_string();
    world.run(&["rotate", "--leaked", "--alert", &alert]).await.expect(12);
    let all = issues(&world);
    assert_eq!(
        (all.len(), all[0].state.as_str(), &all[1].labels[..]),
        (2, "closed", &["security".to_owned()][..])
    );
    assert_eq!(all[1].title, "LEAKED: revoke the old HubSpot token of crm now");
    is_urgent(&all[1]);
    assert!(!all[1].body.contains("_NEXT"), "no new value is wanted: {}", all[1].body);
    assert!(world.emulator.hubspot().revoke(&old));
    world.run(&["rotate"]).await.expect(0);
    assert_eq!(issues(&world)[1].state, "closed");
}

#[tokio::test(start_paused = true)]
async fn c8_each_leak_is_told_by_itself_and_an_answer_that_got_lost_opens_no_second_issue() {
    let (world, _) = asking("{labels: [security]}").await;
    world.pass(31 * 24);
    world.run(&["rotate"]).await.expect(0);
    let lost = FaultMatch::Where {
        service: None,
        method: Some("POST".to_owned()),
        path_contains: Some("/issues".to_owned()),
    };
    world.emulator.inject(Fault { matches: lost, kind: FaultKind::DropAfterApply, times: 1 });
    world.run(&["rotate", "crm", "--leaked"]).await.expect(12);
    world.run(&["rotate"]).await.expect(12);
    let all = issues(&world);
    let states: Vec<&str> = all.iter().map(|issue| issue.state.as_str()).collect();
    assert_eq!(states, ["closed", "open"]);
    // The value that took its place leaks as well, before the first one is dead.
    leave(&world);
    for _ in 0..2 {
        world.run(&["rotate"]).await.expect(12);
        world.pass(1);
    }
    world.run(&["rotate", "crm", "--leaked"]).await.expect(12);
    let all = issues(&world);
    let states: Vec<&str> = all.iter().map(|issue| issue.state.as_str()).collect();
    assert_eq!(states, ["closed", "closed", "open"]);
    assert!(all[1].comments.iter().any(|comment| comment.contains("#3")), "{:?}", all[1].comments);
    is_urgent(&all[2]);
}

#[tokio::test(start_paused = true)]
async fn c8_where_no_issue_can_be_opened_the_report_holds_the_steps_of_the_emergency() {
    let (mut world, _) = asking("{labels: [security]}").await;
    let own = Credential::new(
        CredentialKind::ActionsToken,
        &[("contents", "write"), ("actions", "read")],
    )
    .on(&[REPO]);
    world.env.insert("GITHUB_TOKEN".to_owned(), world.emulator.github().add_credential(own));
    for arguments in [&["rotate", "crm", "--leaked"][..], &["rotate"]] {
        let ran = world.run(arguments).await.expect(12);
        for says in [
            "issues: write",
            "Create a new value now",
            "do not wait for the schedule",
            "revoke the leaked one immediately",
        ] {
            assert!(ran.out.contains(says), "{says}: {}", ran.all());
        }
        assert!(
            !ran.out.contains("Do not revoke") && !ran.out.contains("later\""),
            "{}",
            ran.all()
        );
    }
    // As soon as it can be opened, it is.
    let own = Credential::new(
        CredentialKind::ActionsToken,
        &[("contents", "write"), ("actions", "read"), ("issues", "write")],
    )
    .on(&[REPO]);
    world.env.insert("GITHUB_TOKEN".to_owned(), world.emulator.github().add_credential(own));
    world.run(&["rotate"]).await.expect(12);
    is_urgent(&issues(&world)[0]);
}

#[tokio::test(start_paused = true)]
async fn c8_a_provider_that_ends_its_keys_by_api_asks_nobody() {
    let config = crate::support::FOUR;
    let world = World::new(config);
    world.run(&["rotate"]).await.expect(0);
    world.run(&["rotate", "sendgrid", "--leaked"]).await.expect(0);
    assert!(issues(&world).is_empty());
}

#[tokio::test(start_paused = true)]
async fn c7_people_are_reminded_once_a_period_however_rare_the_runs_are() {
    let (world, _) = asking("{remind: 3d}").await;
    world.pass(31 * 24);
    as_planned(&world, &["rotate", "crm"]).await.expect(0);
    let reminders = |world: &World| {
        issues(world)[0].comments.iter().filter(|comment| comment.starts_with("Reminder: ")).count()
    };
    for (hours, count) in [(48, 0), (25, 1), (1, 1), (70, 1), (2, 2), (9 * 24, 3), (1, 3)] {
        world.pass(hours);
        as_planned(&world, &["rotate", "crm"]).await;
        assert_eq!(
            reminders(&world),
            count,
            "after {hours} hours more: {:?}",
            issues(&world)[0].comments
        );
    }
    // While nobody is waited for, nobody is reminded.
    leave(&world);
    world.run(&["rotate"]).await.expect(0);
    world.pass(4 * 24);
    world.run(&["rotate"]).await;
    let before = reminders(&world);
    world.pass(1);
    world.run(&["rotate"]).await;
    assert_eq!(reminders(&world), before);
}

#[tokio::test(start_paused = true)]
async fn c7_a_reminder_whose_answer_got_lost_is_not_written_twice() {
    let (world, _) = asking("{remind: 1d}").await;
    world.pass(31 * 24);
    world.run(&["rotate"]).await.expect(0);
    world.pass(25);
    let lost = FaultMatch::Where {
        service: None,
        method: Some("POST".to_owned()),
        path_contains: Some("/comments".to_owned()),
    };
    world.emulator.inject(Fault { matches: lost, kind: FaultKind::DropAfterApply, times: 1 });
    world.run(&["rotate"]).await;
    world.run(&["rotate"]).await.expect(0);
    assert_eq!(issues(&world)[0].comments.len(), 1, "{:?}", issues(&world)[0].comments);
}

#[tokio::test(start_paused = true)]
async fn c7_without_remind_nobody_is_reminded() {
    let (world, _) = asking("{}").await;
    world.pass(31 * 24);
    for _ in 0..5 {
        world.run(&["rotate"]).await;
        world.pass(5 * 24);
    }
    assert!(issues(&world)[0].comments.is_empty());
}

#[tokio::test(start_paused = true)]
async fn c7_whom_github_does_not_assign_is_said() {
    let (world, _) = asking("{assignees: [octocat, typo], labels: [security]}").await;
    world.pass(31 * 24);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(
        ran.out.contains("notice[ask-incomplete]") && ran.out.contains("without assignee typo"),
        "{}",
        ran.all()
    );
    assert_eq!(issues(&world)[0].assignees, ["octocat"]);
    let (world, _) = asking("{assignees: [OctoCat], labels: [security]}").await;
    world.emulator.github().add_member(REPO, "OctoCat");
    world.pass(31 * 24);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(!ran.out.contains("ask-incomplete"), "{}", ran.all());
    // GitHub may refuse the whole for one name. An issue without is better than none.
    let (world, _) = asking("{assignees: [octocat], labels: [security]}").await;
    let refused = FaultMatch::Where {
        service: None,
        method: Some("POST".to_owned()),
        path_contains: Some("/issues".to_owned()),
    };
    world.emulator.inject(Fault { matches: refused, kind: FaultKind::Unprocessable, times: 1 });
    world.pass(31 * 24);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(ran.out.contains("without assignee octocat, label security"), "{}", ran.all());
    assert_eq!(issues(&world).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn c7_guide_leads_to_a_pushed_value_that_is_never_shown() {
    let (mut world, old) = asking("{}").await;
    world.pass(31 * 24);
    world.run(&["rotate"]).await.expect(0);
    let other = world.emulator.hubspot().add_token(&[SCOPE], 8).value;
    let new = world.emulator.hubspot().add_token(&[SCOPE], 7).value;
    world.pastes = Some(vec![other.clone(), "changeme".to_owned(), format!("  {new}\r")]);
    let ran = world.run(&["guide", "crm"]).await.expect(0);
    for says in [
        "crm is due",
        "1. Open https://app.hubspot.com/private-apps/7",
        SCOPE,
        "into the prompt below",
        "It is not shown",
        "the pasted value was not sent anywhere",
        "belongs to account 8, but the old one belongs to 7",
        "value-malformed",
        "Left to do:",
        "then revoke it at https://app.hubspot.com/private-apps/7",
    ] {
        assert!(ran.all().contains(says), "{says}: {}", ran.all());
    }
    for value in [&old, &new, &other] {
        assert_eq!(gives_away(&ran.all(), value), None, "{}", ran.all());
    }
    assert_eq!(world.handed()["HUBSPOT_TOKEN"], new);
    world.pastes = None;
    world.pass(1);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(ran.out.contains("v1 is in use"), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn c7_guide_without_a_terminal_prints_the_steps_of_the_issue_and_takes_nothing() {
    let (mut world, old) = asking("{}").await;
    world.run(&["rotate", "crm", "--leaked"]).await.expect(12);
    let new = world.emulator.hubspot().add_token(&[SCOPE], 7).value;
    world.input = new;
    world.emulator.clear_requests();
    let ran = world.run(&["guide", "crm"]).await.expect(3);
    let body = issues(&world)[0].body.clone();
    let steps: Vec<&str> = ran
        .out
        .lines()
        .filter_map(|line| line.trim().split_once(". "))
        .map(|(_, step)| step)
        .filter(|step| !step.is_empty())
        .collect();
    assert!(steps.len() >= 5, "{}", ran.all());
    assert!(
        ran.out.contains("crm leaked. Anybody who found its value can use it"),
        "{}",
        ran.all()
    );
    steps
        .iter()
        .filter(|step| !step.starts_with("Anybody"))
        .for_each(|step| assert!(body.contains(step), "{step} is not in\n{body}"));
    assert_eq!(world.counted().1, 0, "nothing is written");
    assert_eq!(world.handed()["HUBSPOT_TOKEN"], old);
    // At a terminal, Enter alone changes nothing either.
    world.pastes = Some(Vec::new());
    world.run(&["guide", "crm"]).await.expect(3);
    assert_eq!(world.counted().1, 0);
}

#[tokio::test(start_paused = true)]
async fn c7_guide_says_before_anything_is_made_what_would_stop_it() {
    let (mut world, _) = asking("{}").await;
    world.pastes = Some(vec![world.emulator.hubspot().add_token(&[SCOPE], 7).value]);
    let key = world.env.remove("TOKENWARD_JOURNAL_KEY").unwrap();
    let ran = world.run(&["guide", "crm"]).await.expect(4);
    assert!(!ran.all().contains("Paste"), "{}", ran.all());
    world.env.insert("TOKENWARD_JOURNAL_KEY".to_owned(), key);
    world.emulator.github().archive(REPO);
    let ran = world.run(&["guide", "crm"]).await;
    assert!(ran.code != 0 && !ran.all().contains("Paste"), "{}", ran.all());
    // What an API issues, no person has to make.
    let mut world = World::new(crate::support::FOUR);
    world.pastes = Some(Vec::new());
    let ran = world.run(&["guide", "sendgrid"]).await.expect(2);
    assert!(ran.all().contains("tokenward rotate sendgrid"), "{}", ran.all());
}
