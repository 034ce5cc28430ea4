//! `scan --live`: asks a finding's own platform whether it still works. A made-up value of the same form is sent first: a platform, or a test
//! call, that takes that one for alive says nothing about the other. Only where it was asked for, and only about what is ours.

use std::collections::{BTreeMap, BTreeSet};

use super::isolated::isolated;
use super::surroundings::Surroundings;
use super::whose::Whose;
use crate::domain::text::count;
use crate::domain::{Finding, Fingerprint, Liveness, Problem, ProviderId, Secret, Verdict};
use crate::net::origin;
use crate::providers::spec::examples::expand;
use crate::providers::{Driver, Registry};
use crate::scan::{Report, Values};

/// More values than this are not asked about in one run.
const MOST: usize = 100;

/// What is asked, and what was answered to what was made up.
struct Asker<'a> {
    around: &'a Surroundings,
    registry: &'a Registry,
    /// By rule and region: whether a value that nobody has was called dead.
    controls: BTreeMap<(String, String), bool>,
}

/// Asks about every value that counts, once each, and writes the answer to all its places.
pub(super) async fn ask(
    around: &Surroundings,
    registry: &Registry,
    values: &Values,
    whose: &Whose<'_>,
    report: &mut Report,
) -> Result<(), Problem> {
    let mut asker = Asker { around, registry, controls: BTreeMap::new() };
    let (mut answers, mut left): (BTreeMap<Fingerprint, Liveness>, BTreeSet<Fingerprint>) = Default::default();
    let mut foreign: BTreeSet<&Fingerprint> = BTreeSet::new();
    for finding in &report.findings {
        if answers.contains_key(&finding.fingerprint) {
            continue;
        }
        if !whose.is_ours(finding) {
            foreign.insert(&finding.fingerprint);
            continue;
        }
        if answers.len() == MOST {
            left.insert(finding.fingerprint.clone());
            continue;
        }
        let answer = match values.of(&finding.fingerprint) {
            // A provider that brings a bug to light leaves the others alone; its value is one nobody knows about.
            Some(value) => isolated("a finding", asker.about(finding, &value)).await.unwrap_or(Ok(Liveness::Unknown))?,
            None => Liveness::Unknown,
        };
        answers.insert(finding.fingerprint.clone(), answer);
    }
    if !left.is_empty() {
        around.note(&format!("note: --live: {} not asked about, after {MOST}\n", count(left.len(), "value was", "values were")));
    }
    foreign.retain(|fingerprint| !answers.contains_key(*fingerprint) && !left.contains(*fingerprint));
    if !foreign.is_empty() {
        let number = count(foreign.len(), "value was", "values were");
        let why = "what stands there is not of the default branch or of a protected ref, so anybody may have brought it";
        around.note(&format!("note: --live: {number} not asked about: {why}\n"));
    }
    for finding in &mut report.findings {
        finding.live = answers.get(&finding.fingerprint).copied().unwrap_or(finding.live);
    }
    Ok(())
}

impl Asker<'_> {
    /// Live where any of the platform's installations says so; dead where all do.
    async fn about(&mut self, finding: &Finding, value: &Secret) -> Result<Liveness, Problem> {
        let Some(spec) = self.registry.get(&finding.provider) else { return Ok(Liveness::Unknown) };
        let sandbox = origin::sandbox(self.around.env.settings(), &finding.provider)?;
        let custody = self.around.custody();
        custody.took(value);
        let mut all_dead = true;
        for region in &spec.regions {
            let driver = Driver::new(spec, Some(&region.id), sandbox.as_ref(), &*self.around.transport, &*custody)?;
            let key = (finding.rule.clone(), region.id.clone());
            let sound = match self.controls.get(&key) {
                Some(sound) => *sound,
                None => {
                    let sound = match made_up(self.registry, &finding.provider, &finding.rule) {
                        Some(control) => is_dead(&driver.verify(&control).await) == Some(true),
                        None => false,
                    };
                    self.controls.insert(key, sound);
                    sound
                }
            };
            if !sound {
                all_dead = false;
                continue;
            }
            match is_dead(&driver.verify(value).await) {
                Some(false) => return Ok(Liveness::Live),
                Some(true) => {}
                None => all_dead = false,
            }
        }
        Ok(if all_dead { Liveness::Dead } else { Liveness::Unknown })
    }
}

fn is_dead(verdict: &Verdict) -> Option<bool> {
    match verdict {
        Verdict::Live(_) | Verdict::Limited(_) => Some(false),
        Verdict::Expired | Verdict::Revoked | Verdict::Invalid => Some(true),
        Verdict::RateLimited { .. } | Verdict::Unknown { .. } => None,
    }
}

/// A value of a rule's form that nobody has.
fn made_up(registry: &Registry, provider: &ProviderId, rule: &str) -> Option<Secret> {
    let (_, kind) = rule.split_once('/')?;
    let kind = registry.get(provider)?.tokens.iter().find(|own| own.id == kind)?;
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).ok()?;
    expand(kind.examples.r#match.first()?, u64::from_le_bytes(seed)).ok().map(Secret::new)
}
