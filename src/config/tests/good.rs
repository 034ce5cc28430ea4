//! What good configs become.

use std::path::{Path, PathBuf};

use super::{FULL, SMALL, context, good, read, small};
use crate::config::{Asking, Defaults, Drain, Grace, JournalConfig, OnTimeout, load};
use crate::domain::{Code, Destination, Place, Repo, SecretName, Span, Store, VisibilityRule};

fn site() -> Repo {
    Repo { owner: "acme".to_owned(), name: "site".to_owned() }
}

fn destination(place: Place) -> Destination {
    Destination {
        place,
        secret: SecretName::parse("SENDGRID_API_KEY").expect("a name"),
        part: None,
        create: false,
    }
}

#[test]
fn a_token_s_own_ask_stands_in_place_of_the_whole_of_the_defaults() {
    let text = small(
        "version: 1\n",
        "version: 1\ndefaults: {ask: {assignees: [octo-cat], labels: [security, 'good first issue'], remind: 3d}}\n",
    );
    let config = good(&text);
    let usual = Asking {
        assignees: vec!["octo-cat".to_owned()],
        labels: vec!["security".to_owned(), "good first issue".to_owned()],
        remind: Some(Span::days(3)),
    };
    assert_eq!((&config.defaults.ask, &config.tokens[0].ask), (&usual, &usual));
    let own = good(&text.replace("    value:", "    ask: {remind: 12h}\n    value:"));
    assert_eq!(own.tokens[0].ask, Asking { remind: Some(Span::hours(12)), ..Asking::default() });
}

#[test]
fn the_full_example_becomes_exactly_this_model() {
    let config = good(FULL);
    let usual = Defaults {
        rotate_every: Some(Span::days(30)),
        grace: Grace { time: Some(Span::hours(24)), ..Grace::default() },
        warn_before: Span::days(7),
        max_age: Some(Span::days(90)),
        ask: Asking::default(),
    };
    assert_eq!(config.defaults, usual);
    assert_eq!(config.path, Path::new(".github/tokenward.yml"));
    assert_eq!(config.scan.baseline.as_deref(), Some(".github/tokenward-baseline.json"));
    assert_eq!(config.scan.ignore, ["tests/fixtures/**"]);
    assert_eq!(config.providers, [PathBuf::from(".github/tokenward/inhouse.yaml")]);
    assert_eq!(config.journal, JournalConfig::GitRef { name: "refs/tokenward/journal".to_owned() });
    let [token] = config.tokens.as_slice() else { panic!("one token") };
    assert_eq!(token.name.as_str(), "sendgrid-transactional");
    assert_eq!(token.provider.as_str(), "sendgrid");
    assert_eq!(token.value.as_str(), "SENDGRID_API_KEY");
    assert_eq!(token.manager.as_ref().map(|name| name.as_str()), Some("SENDGRID_MANAGER_KEY"));
    assert_eq!(token.scopes, ["mail.send"]);
    assert_eq!((token.region.as_ref(), token.with.len()), (None, 0));
    assert_eq!(
        (token.rotate_every, token.grace.time),
        (Some(Span::days(30)), Some(Span::hours(24)))
    );
    assert_eq!((token.warn_before, token.max_age), (Span::days(7), Some(Span::days(90))));
    assert_eq!(
        token.destinations,
        [
            destination(Place::Repository { repo: site(), store: Store::Actions }),
            destination(Place::Environment { repo: site(), environment: "production".to_owned() }),
            destination(Place::Organization {
                org: "acme".to_owned(),
                visibility: VisibilityRule::Preserve
            }),
            destination(Place::Repository { repo: site(), store: Store::Dependabot }),
        ]
    );
    assert_eq!(token.primary(), token.destinations.first());
}

#[test]
fn what_is_not_said_has_its_default() {
    let config = good(SMALL);
    assert_eq!(config.defaults, Defaults::default());
    assert_eq!(config.journal, JournalConfig::default());
    let token = config.token("mail").expect("the token");
    assert_eq!((token.rotate_every, token.grace.time), (Some(Span::days(30)), None));
    assert_eq!((token.warn_before, token.max_age), (Span::days(7), Some(Span::days(90))));
    assert!(token.manager.is_none() && token.scopes.is_empty());
}

#[test]
fn a_token_overrides_the_defaults_and_never_means_never() {
    let text = small(
        "    value:",
        "    rotate-every: never\n    max-age: 1w\n    grace: 0s\n    warn-before: 3d\n    region: eu\n    with: {account: '42'}\n    value:",
    );
    let token = good(&text).tokens.remove(0);
    assert_eq!((token.rotate_every, token.max_age), (None, Some(Span::days(7))));
    assert_eq!((token.grace.time, token.warn_before), (Some(Span::seconds(0)), Span::days(3)));
    assert_eq!(token.region.as_deref(), Some("eu"));
    assert_eq!(token.with["account"], "42");
    let config =
        good(&small("tokens:", "defaults: {rotate-every: never, max-age: never}\ntokens:"));
    assert_eq!((config.tokens[0].rotate_every, config.tokens[0].max_age), (None, None));
}

#[test]
fn a_grace_is_a_length_of_time_or_a_mapping_that_replaces_the_defaults() {
    let text = small(
        "    value:",
        "    stagger: shop\n    grace: {time: 0s, last-used: 2h, drain: {max-wait: 7d, on-timeout: fail}}\n    value:",
    );
    let text = text.replace("tokens:", "defaults: {grace: {drain: {max-wait: 1d}}}\ntokens:");
    let config = good(&text);
    let drain = |days, on_timeout| Some(Drain { max_wait: Span::days(days), on_timeout });
    assert_eq!(
        config.defaults.grace,
        Grace { drain: drain(1, OnTimeout::Hold), ..Grace::default() }
    );
    let token = &config.tokens[0];
    let all = Grace {
        time: Some(Span::seconds(0)),
        drain: drain(7, OnTimeout::Fail),
        last_used: Some(Span::hours(2)),
        ..Grace::default()
    };
    assert_eq!((&token.grace, token.stagger.as_deref()), (&all, Some("shop")));
}

#[test]
fn tokens_keep_the_order_they_are_written_in() {
    let mut text = "version: 1\ntokens:\n".to_owned();
    for name in ["zeta", "alpha", "mid"] {
        text.push_str(&format!(
            "  {name}: {{provider: sendgrid, value: env:{name}_K, destinations: [{{github: acme/site, secret: {name}}}]}}\n"
        ));
    }
    let names: Vec<_> = good(&text).tokens.iter().map(|token| token.name.to_string()).collect();
    assert_eq!(names, ["zeta", "alpha", "mid"]);
}

#[test]
fn paths_start_at_the_repository() {
    let text = format!("{SMALL}providers: [own/a.yaml]\njournal: {{file: state/journal.jsonl}}\n")
        .replace("provider: sendgrid", "provider: own");
    for (config, own) in [
        ("/r/.github/tokenward.yml", "/r/own/a.yaml"),
        ("/r/conf/x.yml", "/r/conf/own/a.yaml"),
        ("x.yml", "own/a.yaml"),
    ] {
        let config = load(Path::new(config), &text, &context()).expect("a config");
        assert_eq!(config.providers, [PathBuf::from(own)]);
        assert_eq!(config.journal, JournalConfig::File(config.root().join("state/journal.jsonl")));
    }
}

#[test]
fn providers_of_ones_own_are_checked_once_they_are_known() {
    let config = good(
        &format!("{SMALL}providers: [own.yaml]\n")
            .replace("provider: sendgrid", "provider: inhuose"),
    );
    assert!(config.unknown_providers(&["inhuose"]).is_empty());
    let found = config.unknown_providers(&["sendgrid", "inhouse"]);
    assert_eq!(
        (found[0].code, found[0].line, found[0].column),
        (Code::ConfigUnknownProvider, 4, 15)
    );
    assert_eq!(found[0].hint.as_deref(), Some("did you mean `inhouse`?"));
}

#[test]
fn other_rooms_can_point_at_a_place_in_the_config() {
    let config = good(FULL);
    let at = |path: &[&str]| {
        let found = config.diagnostic(Code::ConfigNeedsScopes, path, "x", None);
        (found.line, found.column)
    };
    assert_eq!(at(&["tokens", "sendgrid-transactional", "provider"]), (5, 15));
    assert_eq!(at(&["tokens", "sendgrid-transactional", "scopes"]), (8, 5));
    assert_eq!(at(&["tokens", "sendgrid-transactional", "region"]), (4, 3));
    assert_eq!(
        at(&["tokens", "sendgrid-transactional", "destinations", "1", "environment"]),
        (12, 42)
    );
    assert_eq!(at(&[]), (1, 1));
}

#[test]
fn a_config_without_tokens_is_enough_for_a_scan() {
    assert!(good("version: 1\n").tokens.is_empty());
    assert!(good("\u{feff}version: 1\r\nscan:\r\n  ignore: [a]\r\n").scan.ignore == ["a"]);
}

#[test]
fn names_that_github_matches_without_case_are_the_same_secret() {
    let second = "      - {github: ACME/Site, secret: key}\n";
    assert!(
        read(&format!("{SMALL}{second}"))
            .is_err_and(|found| found[0].code == Code::ConfigSecretTwice)
    );
}

#[test]
fn one_variable_is_the_value_of_one_token() {
    let second = |value: &str, place: &str| {
        let lines = [
            "  second:",
            "    provider: sendgrid",
            &format!("    value: env:{value}"),
            &format!("    destinations: [{place}]"),
        ];
        format!("{SMALL}{}\n", lines.join("\n"))
    };
    let place = "{github: acme/site, secret: OTHER}";
    assert!(
        read(&second("KEY", place)).is_err_and(|found| found[0].code == Code::ConfigValueTwice)
    );
    assert!(read(&second("OTHER", place)).is_ok());
    // A job is handed the secrets of one environment.
    assert!(read(&second("KEY", "{github: acme/site, environment: staging, secret: KEY}")).is_ok());
}

#[test]
fn no_token_is_written_over_a_credential_that_makes_it() {
    let with = |manager: &str, secret: &str| {
        SMALL
            .replace("    destinations", &format!("    manager: env:{manager}\n    destinations"))
            .replace("secret: KEY", &format!("secret: {secret}"))
    };
    assert!(read(&with("MANAGER_KEY", "KEY")).is_ok());
    for (manager, secret, code) in [
        ("KEY", "KEY", Code::ConfigBadValueSource),
        ("MANAGER_KEY", "manager_key", Code::ConfigBadDestination),
        ("MANAGER_KEY", "TOKENWARD_GITHUB_TOKEN", Code::ConfigBadSecretName),
    ] {
        assert!(
            read(&with(manager, secret)).is_err_and(|found| found[0].code == code),
            "{manager} {secret}"
        );
    }
    // A manager may be a token of the config itself.
    let second = "  manager:\n    provider: sendgrid\n    value: env:MANAGER_KEY\n    destinations: [{github: acme/site, secret: MANAGER_KEY}]\n";
    assert!(read(&format!("{}{second}", with("MANAGER_KEY", "KEY"))).is_ok());
}
