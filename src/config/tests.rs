//! Tests of the whole module: what a good config becomes, what is said of bad ones, and that no
//! value is ever shown.

mod bounds;
mod files;
mod good;
mod looks;
mod models;
mod redaction;
mod structure;
mod values;

use std::path::Path;

use super::{Config, Context, RenderedDiagnostic, load};

/// The example of the docs: the format that was promised.
const FULL: &str = "\
version: 1
defaults: {rotate-every: 30d, grace: 24h, warn-before: 7d, max-age: 90d}
tokens:
  sendgrid-transactional:
    provider: sendgrid
    value: env:SENDGRID_API_KEY            # where this run is handed the current value (the primary secret)
    manager: env:SENDGRID_MANAGER_KEY      # may mint and revoke; absent = `value` manages itself, where the provider allows
    scopes: [mail.send]
    destinations:
      - github: acme/site                              # Actions secret of a repository; the first one is the primary destination
        secret: SENDGRID_API_KEY
      - {github: acme/site, environment: production, secret: SENDGRID_API_KEY}
      - {github: acme, secret: SENDGRID_API_KEY, visibility: preserve}          # organization secret
      - {github: acme/site, store: dependabot, secret: SENDGRID_API_KEY}        # or codespaces
scan: {baseline: .github/tokenward-baseline.json, ignore: ['tests/fixtures/**']}
providers: [.github/tokenward/inhouse.yaml]            # a provider of your own, same format as the built-in ones
journal: {git-ref: refs/tokenward/journal}             # or {file: PATH}
";

/// Nothing optional.
const SMALL: &str = "\
version: 1
tokens:
  mail:
    provider: sendgrid
    value: env:KEY
    destinations:
      - github: acme/site
        secret: KEY
";

const KNOWN: &[&str] = &["sendgrid", "mailgun", "hubspot", "amazon-ses"];

fn context() -> Context<'static> {
    Context { looks_like_token: &|_| Vec::new(), known_providers: KNOWN }
}

fn read(text: &str) -> Result<Config, Vec<RenderedDiagnostic>> {
    load(Path::new(".github/tokenward.yml"), text, &context())
}

fn good(text: &str) -> Config {
    read(text).unwrap_or_else(|found| panic!("{}", rendered(&found)))
}

fn rendered(found: &[RenderedDiagnostic]) -> String {
    found.iter().map(|diagnostic| diagnostic.render(false, 140)).collect::<Vec<_>>().join("\n\n")
}

/// The small config with one piece replaced.
fn small(piece: &str, other: &str) -> String {
    assert!(SMALL.contains(piece), "{piece}");
    SMALL.replacen(piece, other, 1)
}

/// The small config with more below it: inside the token's list of destinations, or at the top.
fn more(lines: &str) -> String {
    format!("{SMALL}{lines}")
}

/// The small config with more keys in its token.
fn token(lines: &str) -> String {
    small("    value:", &format!("{lines}    value:"))
}

/// A name, the text, and the one diagnostic it must give: code, line, column, a piece of the hint.
type Case<'a> = (&'a str, String, &'a str, usize, usize, &'a str);

/// Every case gives exactly one diagnostic, at its place.
fn wrong(cases: &[Case<'_>]) {
    for (name, text, code, line, column, hint) in cases {
        let found = read(text).err().unwrap_or_default();
        let seen: Vec<_> = found.iter().map(|one| (one.code.id(), one.line, one.column)).collect();
        assert_eq!(seen, [(*code, *line, *column)], "{name}\n{}", rendered(&found));
        assert!(
            found[0].hint.as_deref().unwrap_or_default().contains(hint),
            "{name}\n{}",
            rendered(&found)
        );
        assert!(
            !found[0].render(true, 80).is_empty() && found[0].to_problem().class().exit_code() == 2,
            "{name}"
        );
    }
}
