//! A whole life at each provider that issues keys: adopted, replaced, proven, graced, revoked, and
//! the old value dead.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use tokenward::domain::{ProviderId, Secret, SecretMasker};
use tokenward::providers::{Driver, ProviderError, Registry};
use tokenward_emulator::{SecretPlace, Seeded, TwinOf};

use crate::support::{REPO, World};

/// What differs between the providers.
struct Case {
    provider: &'static str,
    kind: &'static str,
    /// What the config says under `scopes`; nothing where it is empty.
    scopes: &'static str,
    /// What it says under `with`, beside what the twin wants.
    with: &'static [(&'static str, &'static str)],
    /// Whether the value in use is one that may do less.
    narrow: bool,
    /// Whether a value holds its id, so that nobody has to say it.
    knows_id: bool,
}

const CASES: [Case; 12] = [
    Case {
        provider: "mailgun",
        kind: "api-key",
        scopes: "[developer]",
        with: &[],
        narrow: false,
        knows_id: true,
    },
    Case {
        provider: "mailgun",
        kind: "api-key",
        scopes: "[sending]",
        with: &[("key_kind", "domain")],
        narrow: true,
        knows_id: true,
    },
    Case {
        provider: "mailersend",
        kind: "api-token",
        scopes: "[email_full]",
        with: &[],
        narrow: false,
        knows_id: false,
    },
    Case {
        provider: "elastic-email",
        kind: "api-key",
        scopes: "[SendHttp, ViewReports]",
        with: &[],
        narrow: false,
        knows_id: false,
    },
    Case {
        provider: "elastic-email",
        kind: "api-key",
        scopes: "[SendHttp, ViewAccessTokens]",
        with: &[],
        narrow: true,
        knows_id: false,
    },
    Case {
        provider: "twilio",
        kind: "api-key",
        scopes: "[standard]",
        with: &[],
        narrow: false,
        knows_id: true,
    },
    Case {
        provider: "twilio",
        kind: "api-key",
        scopes: "[/twilio/messaging/messages/create]",
        with: &[],
        narrow: true,
        knows_id: true,
    },
    Case {
        provider: "mailtrap",
        kind: "api-token",
        scopes: "['10']",
        with: &[],
        narrow: false,
        knows_id: true,
    },
    Case {
        provider: "onesignal",
        kind: "app-api-key",
        scopes: "",
        with: &[],
        narrow: false,
        knows_id: false,
    },
    Case {
        provider: "scaleway",
        kind: "api-key",
        scopes: "",
        with: &[],
        narrow: false,
        knows_id: true,
    },
    Case {
        provider: "smtp2go",
        kind: "api-key",
        scopes: "[/email/send]",
        with: &[],
        narrow: false,
        knows_id: true,
    },
    Case {
        provider: "zeptomail",
        kind: "send-mail-token",
        scopes: "",
        with: &[],
        narrow: false,
        knows_id: false,
    },
];

fn config(case: &Case, twin: &TwinOf) -> String {
    let mut with = String::new();
    let fixed = case.with.iter().map(|(key, text)| (*key, (*text).to_owned()));
    for (key, text) in twin.with(case.kind).into_iter().chain(fixed) {
        let _ = write!(with, "{key}: '{text}', ");
    }
    let scopes = if case.scopes.is_empty() {
        String::new()
    } else {
        format!("    scopes: {}\n", case.scopes)
    };
    format!(
        "version: 1\ndefaults: {{rotate-every: 30d, grace: 24h}}\ntokens:\n  mail:\n    provider: {}\n    value: env:MAIL_KEY\n    \
         manager: env:MAIL_MANAGER\n{scopes}    with: {{{}}}\n    destinations:\n      - {{github: acme/site, secret: MAIL_KEY}}\n",
        case.provider,
        with.trim_end_matches(", "),
    )
}

/// A world with a value in use, and a manager.
fn world_of(case: &Case) -> (World, TwinOf, Seeded) {
    let mut world = World::new("version: 1\ntokens: {}\n");
    let twin = world.emulator.twin(case.provider).unwrap();
    std::fs::write(world.folder.join(".github/tokenward.yml"), config(case, &twin)).unwrap();
    let old = if case.narrow { twin.seed_narrow(case.kind) } else { twin.seed(case.kind) }.unwrap();
    world.env.insert("MAIL_MANAGER".to_owned(), twin.seed_manager(case.kind).unwrap().value);
    world.emulator.github().put_secret(&SecretPlace::Repo(REPO.to_owned()), "MAIL_KEY", &old.value);
    world.pass(1);
    (world, twin, old)
}

#[tokio::test(start_paused = true)]
async fn each_provider_that_issues_keys_sees_a_token_through_its_whole_life() {
    for case in &CASES {
        let (world, twin, old) = world_of(case);
        let which = format!("{} {}", case.provider, case.scopes);
        if case.knows_id {
            world.run(&["rotate"]).await.expect(0);
        } else {
            let ran = world.run(&["rotate"]).await.expect(12);
            assert!(ran.out.contains("error[needs-id]"), "{which}: {}", ran.all());
            world.run(&["adopt", "mail", "--id", old.id.as_deref().unwrap()]).await.expect(0);
        }
        world.pass(31 * 24);
        world.run(&["rotate"]).await.expect(0);
        let new = world.handed()["MAIL_KEY"].clone();
        assert_ne!(new, old.value, "{which}");
        assert!(
            twin.is_live(&new) && twin.is_live(&old.value),
            "{which}: nobody is left with a dead token"
        );

        world.pass(1);
        let ran = world.run(&["rotate"]).await.expect(0);
        assert!(ran.out.contains("v1 is in use"), "{which}: {}", ran.all());
        assert!(twin.is_live(&old.value), "{which}");

        world.pass(25);
        let mut ran = world.run(&["rotate"]).await.expect(0);
        if ran.out.contains("disabled key") {
            // Where the provider has a switch it comes first, and the key is deleted an hour later.
            assert!(!twin.is_live(&old.value), "{which}");
            world.pass(2);
            ran = world.run(&["rotate"]).await.expect(0);
        }
        assert!(ran.out.contains("verified that"), "{which}: {}", ran.all());
        assert!(!twin.is_live(&old.value) && twin.is_live(&new), "{which}");
        world.run(&["check"]).await.expect(0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_key_may_do_what_the_config_says_and_no_more() {
    for (index, wrong, says) in [
        // Twilio: no word about scopes would be a key that may do everything.
        (5, "", "error[config-needs-scopes]"),
        (0, "[admin, developer]", "exactly one scope"),
    ] {
        let case = Case { scopes: wrong, ..CASES[index] };
        let (world, twin, old) = world_of(&case);
        world.run(&["adopt", "mail"]).await.expect(0);
        world.pass(31 * 24);
        let ran = world.run(&["rotate"]).await;
        assert_ne!(ran.code, 0, "{}", ran.all());
        assert!(ran.out.contains(says), "{}", ran.all());
        assert!(twin.is_live(&old.value));
        assert_eq!(world.handed()["MAIL_KEY"], old.value);
    }
}

#[tokio::test(start_paused = true)]
async fn each_provider_with_grants_gives_a_new_token_for_the_old_one() {
    // Whether a refresh ends the refresh token that was sent, at the twin; and whether a grant can
    // be ended by API.
    for (provider, rotating, ends) in [
        ("constant-contact", true, false),
        ("getresponse", true, false),
        ("hubspot", false, true),
        ("kit", true, true),
        ("klaviyo", true, true),
    ] {
        let world = World::new("version: 1\ntokens: {}\n");
        let twin = world.emulator.twin(provider).unwrap();
        let registry = Registry::built_in();
        let spec = registry.get(&ProviderId::new(provider)).unwrap();
        let (transport, masker) = (world.in_process(), Unheard);
        let with = BTreeMap::from([("kind".to_owned(), "oauth".to_owned())]);
        let driver = Driver::new(spec, None, None, &transport, &masker).unwrap().with(&with);
        let seeded = twin.seed("oauth").unwrap();
        let old = Secret::new(seeded.value.clone());
        let client = Secret::new(twin.seed_manager("oauth").unwrap().value);

        let verdict = driver.verify(&old).await;
        assert_eq!(
            (verdict.as_str(), verdict.facts().unwrap().owner.clone()),
            ("live", seeded.owner),
            "{provider}"
        );
        assert!(twin.expire(&seeded.value));
        assert!(
            driver.verify(&old).await.is_dead(),
            "{provider}: an access token whose time is over"
        );

        // A bare refresh token is enough to begin with.
        let bare = Secret::new(seeded.value.split(';').next().unwrap().to_owned());
        let fresh = driver.refresh(Some(&client), &bare).await.unwrap();
        assert!(fresh.single_use && fresh.expires_at.is_some(), "{provider}");
        assert_eq!(driver.verify(&fresh.value).await.as_str(), "live", "{provider}");
        let again = driver.refresh(Some(&client), &old).await;
        match again {
            Err(ProviderError::Refused { dead_token, .. }) => {
                assert!(rotating && dead_token, "{provider}")
            }
            Ok(_) => assert!(!rotating, "{provider}"),
            Err(other) => panic!("{provider}: {other}"),
        }
        // Another client is refused, and that says nothing about the grant.
        let stranger = Secret::new("somebody:else".to_owned());
        let refused = driver.refresh(Some(&stranger), &fresh.value).await.unwrap_err();
        assert!(
            matches!(refused, ProviderError::Refused { dead_token: false, .. }),
            "{provider}: {refused:?}"
        );

        assert_eq!(
            driver.end_grant(Some(&client), &fresh.value).await.unwrap().is_some(),
            ends,
            "{provider}"
        );
        let last = driver.refresh(Some(&client), &fresh.value).await;
        assert_eq!(
            matches!(last, Err(ProviderError::Refused { dead_token: true, .. })),
            ends,
            "{provider}"
        );
    }
}

struct Unheard;

impl SecretMasker for Unheard {
    fn mask(&self, _: &Secret) {}
}
