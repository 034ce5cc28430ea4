//! Tests of the whole room: what a good config becomes, what is said of bad ones, and that no value is ever shown.

mod bad;
mod bounds;
mod good;
mod looks;
mod models;
mod redaction;

use std::path::Path;

use super::{Config, Context, Diagnostic, load};

/// The example of the docs: the format that was promised.
const FULL: &str = "\
version: 1
defaults: {rotate-every: 30d, grace: 24h, warn-before: 7d, max-age: 90d}
tokens:
  sendgrid-transactional:
    provider: sendgrid
    value: env:SENDGRID_API_KEY            # where this run is handed the current value (the home secret)
    manager: env:SENDGRID_MANAGER_KEY      # may mint and revoke; absent = `value` manages itself, where the platform allows
    scopes: [mail.send]
    destinations:
      - github: acme/site                              # Actions secret of a repository; the first one is home
        secret: SENDGRID_API_KEY
      - {github: acme/site, environment: production, secret: SENDGRID_API_KEY}
      - {github: acme, secret: SENDGRID_API_KEY, visibility: preserve}          # organization secret
      - {github: acme/site, store: dependabot, secret: SENDGRID_API_KEY}        # or codespaces
scan: {baseline: .github/tokenward-baseline.json, ignore: ['tests/fixtures/**']}
providers: [.github/tokenward/inhouse.yaml]            # a platform of your own, same format as the built-in ones
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

fn read(text: &str) -> Result<Config, Vec<Diagnostic>> {
    load(Path::new(".github/tokenward.yml"), text, &context())
}

fn good(text: &str) -> Config {
    read(text).unwrap_or_else(|found| panic!("{}", rendered(&found)))
}

fn rendered(found: &[Diagnostic]) -> String {
    found.iter().map(|diagnostic| diagnostic.render(false, 140)).collect::<Vec<_>>().join("\n\n")
}

/// The small config with one piece replaced.
fn small(piece: &str, other: &str) -> String {
    assert!(SMALL.contains(piece), "{piece}");
    SMALL.replacen(piece, other, 1)
}
