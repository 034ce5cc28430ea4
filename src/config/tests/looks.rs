//! Whole diagnostics as people see them. A change here is a change of what everybody sees.

use super::{more, read, rendered, small, token};

fn shown(text: &str) -> String {
    rendered(&read(text).err().unwrap_or_default())
}

#[test]
fn a_key_in_snake_case() {
    insta::assert_snapshot!(shown(&token("    rotate_every: 30d\n")), @r###"
    error[config-unknown-key]: unknown key `rotate_every`
     --> .github/tokenward.yml:5:5
      |
    5 |     rotate_every: …
      |     ^^^^^^^^^^^^
      |
      = hint: did you mean `rotate-every`?
    "###);
}

#[test]
fn a_duplicate_token() {
    insta::assert_snapshot!(shown(&more("  mail: {provider: sendgrid, value: env:A, destinations: [{github: acme/b, secret: B}]}\n")), @r###"
    error[config-duplicate-key]: `mail` appears twice in one mapping
     --> .github/tokenward.yml:9:3
      |
    3 |   mail:
      |   ---- first here
    ...
    9 |   mail: {provider: sendgrid, value: env:A, destinations: [{github: acme/b, secret: B}]}
      |   ^^^^ again here
      |
      = hint: remove one of the two
    "###);
}

#[test]
fn provider_missing() {
    insta::assert_snapshot!(shown(&small("    provider: sendgrid\n", "")), @r###"
    error[config-missing-key]: `provider` is missing
     --> .github/tokenward.yml:3:3
      |
    3 |   mail:
      |   ^^^^
      |
      = hint: add `provider: sendgrid`
    "###);
}

#[test]
fn a_duration_in_words() {
    insta::assert_snapshot!(shown(&token("    grace: 24 hours\n")), @r###"
    error[config-wrong-type]: `grace`: `24 hours` is not a duration
     --> .github/tokenward.yml:5:12
      |
    5 |     grace: 24 hours
      |            ^^^^^^^^
      |
      = hint: write `24h`
    "###);
}

#[test]
fn a_literal_value() {
    insta::assert_snapshot!(shown(&small("    value: env:KEY", "    value: hunter2")), @r###"
    error[config-bad-value-source]: `value`: the config must name a variable, not contain the value
     --> .github/tokenward.yml:5:12
      |
    5 |     value: …
      |            ^
      |
      = hint: write `env:NAME`, and set the variable NAME in the workflow step
    "###);
}

#[test]
fn a_secret_with_a_hyphen() {
    insta::assert_snapshot!(shown(&small("        secret: KEY", "        secret: mail-key")), @r###"
    error[config-bad-secret-name]: `secret`: GitHub allows only letters, digits and `_` in a secret's name
     --> .github/tokenward.yml:8:17
      |
    8 |         secret: mail-key
      |                 ^^^^^^^^
      |
      = hint: write `MAIL_KEY`
    "###);
}

#[test]
fn the_same_secret_in_two_tokens() {
    insta::assert_snapshot!(shown(&more("  other: {provider: mailgun, value: env:B, destinations: [{github: Acme/Site, secret: KEY}]}\n")), @r###"
    error[config-secret-twice]: the secret `KEY` in `Acme/Site` is written twice
     --> .github/tokenward.yml:9:87
      |
    8 |         secret: KEY
      |                 --- first written here
    9 |   other: {provider: mailgun, value: env:B, destinations: [{github: Acme/Site, secret: KEY}]}
      |                                                                                       ^^^ written again here
      |
      = hint: rename or remove one of the two
    "###);
}

#[test]
fn an_environment_of_an_organization() {
    insta::assert_snapshot!(shown(&more("      - {github: acme, secret: B, environment: prod}\n")), @r###"
    error[config-bad-destination]: an organization has no environments
     --> .github/tokenward.yml:9:35
      |
    9 |       - {github: acme, secret: B, environment: prod}
      |          ------------             ^^^^^^^^^^^
      |
      = hint: write the repository of the environment: `github: owner/repo`
    "###);
}

#[test]
fn home_in_an_organization() {
    insta::assert_snapshot!(shown(&small("      - github: acme/site", "      - github: acme")), @r###"
    error[config-no-destination]: an organization's secret cannot be the first destination
     --> .github/tokenward.yml:7:17
      |
    7 |       - github: acme
      |                 ^^^^
      |
      = hint: put an Actions secret of a repository or an environment first: the run reads it to prove that the new value arrived
    "###);
}

#[test]
fn a_merge_key() {
    insta::assert_snapshot!(shown(&token("    <<: {grace: 1h}\n")), @r###"
    error[config-yaml-feature]: a merge key (`<<`) is not supported in this file
     --> .github/tokenward.yml:5:5
      |
    5 |     <<: {grace: 1h}
      |     ^^
      |
      = hint: write the value out; put text that starts with `*`, `&` or `!` in quotes
    "###);
}

#[test]
fn a_colon_in_a_value() {
    insta::assert_snapshot!(shown(&small("    value: env:KEY", "    value: env: KEY")), @r###"
    error[config-unreadable]: invalid YAML: mapping values are not allowed in this context
     --> .github/tokenward.yml:5:15
      |
    5 |     value: …
      |            ^
      |
      = hint: put a value that contains `: ` in quotes, or check the indentation of this line and the one above
    "###);
}

#[test]
fn the_file_is_empty() {
    insta::assert_snapshot!(shown(""), @r###"
    error[config-wrong-type]: the file is empty
     --> .github/tokenward.yml:1:1
      |
    1 |
      | ^
      |
      = hint: it must contain `version: 1`
    "###);
}

#[test]
fn colours_are_only_there_when_asked_for() {
    let found = read(&small("sendgrid", "sendgird")).expect_err("a mistake").remove(0);
    assert!(found.render(true, 80).contains("\u{1b}["));
    assert!(!found.render(false, 80).contains('\u{1b}'));
    assert_eq!(found.to_string(), found.render(false, 140));
    assert!(found.render(true, 80).contains(".github/tokenward.yml:4:15"));
}

#[test]
fn columns_are_those_of_the_file_and_not_of_what_is_shown() {
    let text = more("scan: {passphrase: correct-horse-battery, colour: 1}\n");
    let found = read(&text).expect_err("mistakes");
    assert_eq!((found[1].line, found[1].column), (9, 43));
    insta::assert_snapshot!(found[1].render(false, 80), @r###"
    error[config-unknown-key]: unknown key `colour`
     --> .github/tokenward.yml:9:43
      |
    9 | scan: {passphrase: …, colour: …}
      |                       ^^^^^^
      |
      = hint: remove it, or use one of `allow-comments`, `baseline`, `ignore` or `rules`
    "###);
}

#[test]
fn as_a_problem_the_place_is_the_cause() {
    let found = read(&token("    rotate_every: 30d\n")).expect_err("a mistake").remove(0);
    insta::assert_snapshot!(found.to_problem().to_string(), @r###"
    error[config-unknown-key]: unknown key `rotate_every`
      = cause: .github/tokenward.yml:5:5
      = hint:  did you mean `rotate-every`?
    "###);
}
