//! A refresh whose refresh token is good for one use, killed at each request. What a provider makes
//! impossible is counted by itself: a run that dies between the provider's answer and the primary
//! destination takes the only copy with it, and a person has to authorize again.

use tokenward_emulator::{Credential, CredentialKind, SecretPlace, TwinOf};

use crate::faults::manual_rotation::Dying;
use crate::faults::matrix::say;
use crate::faults::rng::{self, Rng};
use crate::support::{REPO, World};

const CONFIG: &str = "\
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
/// How many points a plain run takes.
const SAMPLE: usize = 40;

fn home() -> SecretPlace {
    SecretPlace::Repo(REPO.to_owned())
}

fn consumers() -> [SecretPlace; 2] {
    [
        SecretPlace::Environment(REPO.to_owned(), "production".to_owned()),
        SecretPlace::Org("acme".to_owned()),
    ]
}

fn world() -> (World, TwinOf) {
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
    (world, twin)
}

/// How a life ended.
struct End {
    requests: Vec<usize>,
    broken: Vec<String>,
    /// Whether a person had to authorize again.
    by_person: bool,
}

/// Six runs, four hours apart, of which one dies: two refreshes of a token that lives for a day.
async fn live(dies: Option<(usize, usize, bool)>) -> End {
    let (mut world, twin) = world();
    let mut end = End { requests: Vec::new(), broken: Vec::new(), by_person: false };
    let (mut settled, mut clean) = (false, 0);
    for number in 0..12 {
        world.pass(4);
        let issue =
            world.emulator.github().issues(REPO).into_iter().any(|issue| issue.state == "open");
        if issue
            && world.emulator.github().secret_value(&home(), "CTCT_GRANT_NEXT").is_none()
            && !end.by_person
        {
            let anew = twin.seed("oauth").unwrap().value;
            world.emulator.github().put_secret(
                &home(),
                "CTCT_GRANT_NEXT",
                anew.split_once(';').unwrap().0,
            );
            end.by_person = true;
        }
        let (at, after) = dies
            .filter(|(run, ..)| *run == number)
            .map_or((usize::MAX, false), |(_, at, after)| (at, after));
        let wire = Dying::new(world.in_process(), at, after);
        let ran = wire.run(&mut world, &["rotate"]).await;
        end.requests.push(wire.sent());
        for place in consumers() {
            let held = world.emulator.github().secret_value(&place, "CTCT_TOKEN").unwrap();
            if !twin.is_live(&format!(";{held}")) {
                end.broken
                    .push(format!("I1 after run {number}: {place:?} holds a dead access token"));
            }
        }
        clean += usize::from(dies.is_none_or(|(run, ..)| number > run));
        settled = ran.as_ref().is_some_and(|ran| ran.code == 0);
        if number >= 5 && settled {
            break;
        }
        if clean > 8 {
            end.broken
                .push(format!("I3: not settled\n{}", ran.map(|ran| ran.all()).unwrap_or_default()));
            break;
        }
    }
    let value = world.emulator.github().secret_value(&home(), "CTCT_GRANT").unwrap();
    let (refresh, _) = value.split_once(';').unwrap_or((&value, ""));
    if !settled || !twin.is_live(refresh) {
        end.broken.push(
            "the primary destination holds no refresh token that the provider takes".to_owned(),
        );
    }
    end
}

#[tokio::test(start_paused = true)]
async fn a_refresh_killed_at_any_request_settles_and_only_a_lost_answer_needs_a_person() {
    let plain = live(None).await;
    assert!(plain.broken.is_empty() && !plain.by_person, "{}", plain.broken.join("\n"));
    let all = plain.requests.iter().enumerate().flat_map(|(run, count)| {
        (1..=*count).flat_map(move |at| [(run, at, false), (run, at, true)])
    });
    let mut points: Vec<(usize, usize, bool)> = all.collect();
    let (number, seed) = (points.len(), rng::seed());
    if !rng::everything() {
        let mut rng = Rng::new(seed);
        points = (0..SAMPLE).map(|_| *rng.pick(&points)).collect();
    }
    let (mut broken, mut by_person) = (Vec::new(), Vec::new());
    for point in &points {
        let end = live(Some(*point)).await;
        broken.extend(end.broken.into_iter().map(|what| format!("{point:?}: {what}")));
        by_person.extend(end.by_person.then_some(*point));
    }
    say(&format!(
        "{} of {number} kills of a refresh, seed {seed}: {} broken; a person had to authorize again after {by_person:?}",
        points.len(),
        broken.len()
    ));
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    // Of each refresh: after its answer was made, and before the primary destination took it.
    assert!(by_person.len() <= 4, "{by_person:?}");
}
