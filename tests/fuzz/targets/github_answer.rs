//! Any answers of GitHub, public keys to seal for among them: nothing panics, nothing said holds the value, silence is no success.
#![no_main]

use std::path::Path;
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use tokenward::config::{Context, load};
use tokenward::destinations::{PutFailure, Secrets, Snapshot};
use tokenward::domain::{Destination, Secret};
use tokenward::net::github::GitHub;
use tokenward_fuzz::{CANARY, Network, Said, at_once};

fuzz_target!(|input: (bool, Vec<Said>)| {
    let (organization, said) = input;
    let silent = said.is_empty();
    let value = Secret::new(CANARY.to_owned());
    let Some(destination) = destination(organization) else { return };
    let Ok(github) = GitHub::new(Arc::new(Network::new(said)), "https://api.github.com", &value) else { return };
    let shown = at_once(async {
        let secrets = Secrets::new(&github);
        let ready = secrets.prepare(&destination.place).await;
        let before = secrets.look(&destination).await;
        let mut shown = format!("{ready:?} {before:?}");
        let before = before.unwrap_or(Snapshot { updated_at: None, reach: None });
        match secrets.put(&destination, &value, &before).await {
            Ok(arrival) => {
                assert!(!silent, "silence is no success");
                shown += &format!("{:?}", arrival.problems);
            }
            Err(PutFailure::Refused(problem) | PutFailure::Later(problem) | PutFailure::Unclear(problem)) => shown += &format!("{problem:?}"),
        }
        shown
    });
    assert!(!shown.contains(CANARY), "the value is said");
});

/// A destination as a config names it.
fn destination(organization: bool) -> Option<Destination> {
    let place = if organization { "{github: acme, secret: KEY}" } else { "{github: acme/site, environment: 'a b', secret: KEY}" };
    let home = "{github: acme/site, secret: HOME}";
    let text = format!("version: 1\ntokens: {{t: {{provider: resend, value: env:HOME, destinations: [{home}, {place}]}}}}\n");
    let nothing = |_: &str| Vec::new();
    let context = Context { looks_like_token: &nothing, known_providers: &["resend"] };
    load(Path::new(".github/tokenward.yml"), &text, &context).ok()?.tokens.pop()?.destinations.pop()
}
