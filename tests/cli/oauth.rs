//! OAuth: a refresh token that is good for one refresh. What comes of it goes to the primary
//! destination before anything else, and the consumers get the access token alone.

use jiff::SignedDuration;
use tokenward_emulator::{
    Credential, CredentialKind, Fault, FaultKind, FaultMatch, SecretPlace, TwinOf,
};

use crate::support::forging::{REF, commits, record};
use crate::support::{REPO, World, gives_away};

pub(crate) const CONFIG: &str = "\
version: 1
tokens:
  mail:
    provider: constant-contact
    with: {kind: oauth}
    value: env:CTCT_GRANT
    manager: env:CTCT_CLIENT
    destinations:
      - {github: acme/site, secret: CTCT_GRANT}
      - {github: acme/site, environment: production, secret: CTCT_TOKEN, part: access-token}
      - {github: acme, secret: CTCT_TOKEN, visibility: private, part: access-token}
";

fn home() -> SecretPlace {
    SecretPlace::Repo(REPO.to_owned())
}

pub(crate) fn consumers() -> [SecretPlace; 2] {
    [
        SecretPlace::Environment(REPO.to_owned(), "production".to_owned()),
        SecretPlace::Org("acme".to_owned()),
    ]
}

/// A grant that a person gave an hour ago, in the primary destination; its access token with the
/// consumers.
pub(crate) fn granted() -> (World, TwinOf, String) {
    let mut world = World::new(CONFIG);
    let twin = world.emulator.twin("constant-contact").unwrap();
    let value = twin.seed("oauth").unwrap().value;
    world.env.insert("CTCT_CLIENT".to_owned(), twin.seed_manager("oauth").unwrap().value);
    let github = world.emulator.github();
    github.put_secret(&home(), "CTCT_GRANT", &value);
    for place in consumers() {
        github.put_secret(&place, "CTCT_TOKEN", value.split_once(';').unwrap().1);
    }
    let own = Credential::new(
        CredentialKind::ActionsToken,
        &[("contents", "write"), ("actions", "read"), ("issues", "write")],
    )
    .on(&[REPO]);
    world.env.insert("GITHUB_TOKEN".to_owned(), github.add_credential(own));
    world.pass(1);
    (world, twin, value)
}

fn at_home(world: &World) -> String {
    world.emulator.github().secret_value(&home(), "CTCT_GRANT").unwrap()
}

fn with_consumers(world: &World) -> Vec<String> {
    consumers()
        .iter()
        .map(|place| world.emulator.github().secret_value(place, "CTCT_TOKEN").unwrap())
        .collect()
}

fn access(value: &str) -> String {
    value.split_once(';').unwrap().1.to_owned()
}

#[tokio::test(start_paused = true)]
async fn an_access_token_is_refreshed_before_its_time_is_over_and_consumers_get_it_alone() {
    let (world, twin, old) = granted();
    // Nobody tells how long the one that was pasted lives, so it is refreshed at once.
    let ran = world.run(&["rotate"]).await.expect(0);
    let first = at_home(&world);
    assert_ne!(first, old, "{}", ran.all());
    assert!(with_consumers(&world).iter().all(|held| *held == access(&first)), "{}", ran.all());
    assert!(twin.is_live(&format!(";{}", access(&first))));
    for value in [&old, &first, &access(&first)] {
        assert_eq!(gives_away(&ran.all(), value), None);
    }
    // The primary destination took it before any other request was sent.
    let sent: Vec<String> = world
        .emulator
        .requests()
        .iter()
        .map(|request| format!("{} {}", request.method, request.path))
        .collect();
    let refresh = sent.iter().position(|line| line.contains("/oauth2/default/v1/token")).unwrap();
    assert_eq!(sent[refresh + 1], "PUT /repos/acme/site/actions/secrets/CTCT_GRANT", "{sent:#?}");

    world.pass(1);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(ran.out.contains("v1 is in use"), "{}", ran.all());
    assert_eq!(at_home(&world), first, "not due before half of its life is over");
    world.pass(12);
    world.run(&["rotate"]).await.expect(0);
    let second = at_home(&world);
    assert_ne!(second, first);
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    world.pass(11);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(
        ran.out.contains("retired v1: its access token expired at")
            && ran.out.contains("its refresh token was used up"),
        "{}",
        ran.all()
    );
    world.run(&["check"]).await.expect(0);
}

#[tokio::test(start_paused = true)]
async fn a_bare_refresh_token_is_taken_as_a_person_pastes_it() {
    let (world, _, old) = granted();
    world.emulator.github().put_secret(&home(), "CTCT_GRANT", old.split_once(';').unwrap().0);
    world.pass(1);
    let ran = world.run(&["rotate"]).await.expect(0);
    assert!(
        ran.out.contains("adopted the value in use as v0")
            && ran.out.contains("refreshed the access token"),
        "{}",
        ran.all()
    );
    assert!(with_consumers(&world).iter().all(|held| *held == access(&at_home(&world))));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_refreshed_where_primary_cannot_be_written() {
    let (mut world, twin, old) = granted();
    let weak = Credential::new(
        CredentialKind::AppInstallation,
        &[("secrets", "read"), ("environments", "write"), ("organization_secrets", "write")],
    );
    world
        .env
        .insert("TOKENWARD_GITHUB_TOKEN".to_owned(), world.emulator.github().add_credential(weak));
    let ran = world.run(&["rotate"]).await.expect(4);
    assert!(ran.out.contains("nothing was refreshed"), "{}", ran.all());
    assert!(twin.is_live(&old) && at_home(&world) == old);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_of_a_single_use_refresh_needs_a_person_and_their_new_grant_is_taken() {
    let (world, twin, old) = granted();
    let lost = FaultMatch::Where {
        service: None,
        method: Some("POST".to_owned()),
        path_contains: Some("/oauth2/default/v1/token".to_owned()),
    };
    world.emulator.inject(Fault { matches: lost, kind: FaultKind::DropAfterApply, times: 1 });
    let ran = world.run(&["rotate"]).await.expect(12);
    for says in [
        "a person has to authorize again",
        "was lost, and the provider accepts each refresh token only once",
        "/issues/1",
    ] {
        assert!(ran.out.contains(says), "{says}: {}", ran.all());
    }
    // The consumers' access token lives until its time is over, and the refresh token is not sent
    // again.
    assert!(
        with_consumers(&world)
            .iter()
            .all(|held| *held == access(&old) && twin.is_live(&format!(";{held}")))
    );
    world.emulator.clear_requests();
    world.run(&["rotate"]).await;
    assert!(world.emulator.requests().iter().all(|request| !request.path.contains("/oauth2/")));

    let anew = twin.seed("oauth").unwrap().value;
    let (refresh, _) = anew.split_once(';').unwrap();
    world.emulator.github().put_secret(&home(), "CTCT_GRANT_NEXT", refresh);
    world.pass(1);
    let ran = world.run(&["rotate"]).await.expect(0);
    let new = at_home(&world);
    assert!(
        new != old && with_consumers(&world).iter().all(|held| *held == access(&new)),
        "{}",
        ran.all()
    );
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    assert_eq!(world.emulator.github().secret_value(&home(), "CTCT_GRANT_NEXT"), None);
    world.emulator.advance(SignedDuration::from_hours(25));
    world.run(&["rotate"]).await.expect(0);
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    assert_eq!(world.emulator.github().issues(REPO)[0].state, "closed");
}

#[tokio::test(start_paused = true)]
async fn a_part_that_the_provider_has_not_got_is_a_mistake_in_the_config() {
    for (from, to, says) in [
        ("part: access-token", "part: acess-token", "config-unknown-part"),
        (
            "secret: CTCT_GRANT}",
            "secret: CTCT_GRANT, part: access-token}",
            "config-bad-destination",
        ),
    ] {
        let world = World::new(&CONFIG.replacen(from, to, 1));
        let ran = world.run(&["plan"]).await.expect(2);
        assert!(ran.err.contains(says), "{}", ran.all());
    }
}

/// `part` was called `holds` once.
#[tokio::test(start_paused = true)]
async fn the_old_name_of_part_is_read_with_one_warning_for_each_place() {
    let world = World::new(&CONFIG.replace("part: ", "holds: "));
    let ran = world.run(&["plan"]).await;
    assert_eq!(ran.err.matches("warning: .github/tokenward.yml:").count(), 2, "{}", ran.all());
    assert!(
        ran.err.contains("`holds` is now called `part`; this version still reads the old name"),
        "{}",
        ran.all()
    );
    let plan = World::new(CONFIG).run(&["plan"]).await;
    assert_eq!((ran.code, ran.out), (plan.code, plan.out));
    // An item with both has one too many.
    let world = World::new(&CONFIG.replacen(
        "part: access-token",
        "part: access-token, holds: access-token",
        1,
    ));
    assert!(world.run(&["plan"]).await.expect(2).err.contains("config-unknown-key"));
}

#[tokio::test(start_paused = true)]
async fn plan_says_what_a_refresh_then_sends() {
    let (world, _, _) = granted();
    for (hours, stage) in [
        (0, "adopt and refresh"),
        (1, "prove"),
        (12, "refresh"),
        (1, "prove again"),
        (11, "expire"),
        (1, "refresh again"),
    ] {
        world.pass(hours);
        let plan = world.run(&["plan", "--format", "json"]).await.expect(0);
        let plan: serde_json::Value = serde_json::from_str(&plan.out).unwrap();
        world.emulator.clear_requests();
        let ran = world.run(&["rotate"]).await.expect(0);
        let (reads, writes) = world.counted();
        let provider = world.emulator.requests().len() - reads - writes;
        let total = &plan["tokens"][0]["total"];
        let opening = if hours == 0 { 1 } else { 2 };
        let foretold =
            total["provider-reads"].as_u64().unwrap() + total["provider-writes"].as_u64().unwrap();
        assert_eq!(
            (
                total["github-reads"].as_u64().unwrap(),
                total["github-writes"].as_u64().unwrap(),
                foretold
            ),
            ((reads - opening) as u64, writes as u64, provider as u64),
            "{stage}: {plan:#}\n{}",
            ran.all()
        );
    }
}

/// A run that was queued before the primary destination was written again holds a grant that is
/// used up, or that a person replaced.
#[tokio::test(start_paused = true)]
async fn a_run_with_an_older_grant_does_not_write_it_over_the_only_copy_of_a_newer_one() {
    for moved_back in [true, false] {
        let (world, twin, old) = granted();
        let newer = if moved_back {
            // The access token's end is not told, so the first run adopts and refreshes; then the
            // journal is set back to the adoption.
            world.run(&["rotate"]).await.expect(0);
            let adopted = commits(&world, REPO).into_iter().find(|commit| {
                !record(&world, REPO, commit)["tokens"]["mail"]["current"].is_null()
            });
            world.emulator.github().set_ref(REPO, REF, &adopted.unwrap());
            at_home(&world)
        } else {
            world.run(&["adopt", "mail"]).await.expect(0);
            world.pass(1);
            let granted = twin.seed("oauth").unwrap().value;
            world.emulator.github().put_secret(&home(), "CTCT_GRANT", &granted);
            granted
        };
        world.pass(if moved_back { 2 } else { 1 });
        let mut secrets = world.handed();
        secrets.insert("CTCT_GRANT".to_owned(), old);
        let ran = world.run_with(&["rotate"], &secrets).await;
        assert_ne!(ran.code, 0, "{}", ran.all());
        assert_eq!(at_home(&world), newer, "{moved_back}: {}", ran.all());
        assert!(twin.is_live(&format!(";{}", access(&newer))), "the control: it works");
    }
}
