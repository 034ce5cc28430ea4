//! `scan --live`: asks a finding's provider whether the value still works. An invented value of the
//! same shape is sent first: if the provider accepts that one, its answers prove nothing. Only
//! content that is trusted is asked about. A value is reported as dead only if its boundaries are
//! certain; for any other value without an answer, the reason is reported.

use std::collections::{BTreeMap, BTreeSet};

use super::env::Env;
use super::isolated::isolated;
use super::problems;
use super::whose::Whose;
use crate::domain::text::{count, sanitize};
use crate::domain::{Finding, Fingerprint, Liveness, Problem, ProviderId, Secret, Verdict};
use crate::net::auth::ends;
use crate::net::origin;
use crate::providers::model::examples::expand;
use crate::providers::{Driver, Registry};
use crate::scan::{Report, Values};

/// The largest number of values that one run asks about.
const MOST: usize = 100;

/// Asks the providers, and remembers their answers to invented values.
struct Asker<'a> {
    env: &'a Env,
    registry: &'a Registry,
    /// By rule and region: whether the provider refused an invented value, or why that is unknown.
    controls: BTreeMap<(String, String), Result<(), String>>,
}

/// A provider's answer; one that proves nothing comes with the reason.
type Answer = Result<Liveness, String>;

/// Asks about every value that counts, once each, and writes the answer to all its places.
pub(super) async fn ask(
    env: &Env,
    registry: &Registry,
    values: &Values,
    whose: &Whose<'_>,
    report: &mut Report,
) -> Result<(), Problem> {
    let mut asker = Asker { env, registry, controls: BTreeMap::new() };
    let (mut answers, mut left): (BTreeMap<Fingerprint, Liveness>, BTreeSet<Fingerprint>) =
        Default::default();
    let mut foreign: BTreeSet<&Fingerprint> = BTreeSet::new();
    let mut unknown: BTreeMap<(String, String), usize> = BTreeMap::new();
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
            // A panic while one value is tested does not stop the others; the state of that value
            // is unknown.
            Some(value) => isolated("a finding", asker.about(finding, &value))
                .await
                .unwrap_or(Ok(Err(problems::output::BUG.to_owned())))?,
            None => Err("its value is not text".to_owned()),
        };
        let answer = answer.unwrap_or_else(|why| {
            *unknown.entry((finding.provider.to_string(), why)).or_default() += 1;
            Liveness::Unknown
        });
        answers.insert(finding.fingerprint.clone(), answer);
    }
    foreign
        .retain(|fingerprint| !answers.contains_key(*fingerprint) && !left.contains(*fingerprint));
    note_gaps(env, &unknown, left.len(), foreign.len());
    for finding in &mut report.findings {
        finding.live = answers.get(&finding.fingerprint).copied().unwrap_or(finding.live);
    }
    Ok(())
}

/// Notes which values have no answer: by provider and reason, those that one run is too short for,
/// and those of foreign content.
fn note_gaps(env: &Env, unknown: &BTreeMap<(String, String), usize>, left: usize, foreign: usize) {
    for ((provider, why), number) in unknown {
        let number = count(*number, "value works", "values work");
        env.note(&format!(
            "note: --live: {}: it is unknown whether {number}: {}\n",
            sanitize(provider),
            sanitize(why)
        ));
    }
    if left > 0 {
        env.note(&format!(
            "note: --live: {} not tested, because a run tests at most {MOST}\n",
            count(left, "value was", "values were")
        ));
    }
    if foreign > 0 {
        let number = count(foreign, "value was", "values were");
        let why = "the content is not from the default branch or a protected ref, so anybody could have proposed it";
        env.note(&format!("note: --live: {number} not tested: {why}\n"));
    }
}

impl Asker<'_> {
    /// Live if any of the provider's regions accepts it; dead if all refuse it.
    async fn about(&mut self, finding: &Finding, value: &Secret) -> Result<Answer, Problem> {
        let Some(spec) = self.registry.get(&finding.provider) else {
            return Ok(Err("tokenward has no test call for it".to_owned()));
        };
        let sandbox = origin::sandbox(self.env.variables.settings(), &finding.provider)?;
        let masker = self.env.masker();
        let (mut asked, mut doubt) = (vec![value.clone()], None);
        for region in &spec.regions {
            let driver = Driver::new(
                spec,
                Some(&region.id),
                sandbox.as_ref(),
                &*self.env.transport,
                &*masker,
            )?;
            let key = (finding.rule.clone(), region.id.clone());
            if !self.controls.contains_key(&key) {
                let sound = control(self.registry, finding, &driver).await;
                self.controls.insert(key.clone(), sound);
            }
            if let Some(Err(why)) = self.controls.get(&key) {
                doubt = Some(why.clone());
                continue;
            }
            if asked.len() == 1 {
                let usual = usual(self.registry, &finding.provider, &finding.rule);
                asked.extend(ends(value, &usual, &|part| driver.knows_shape_of(part)));
            }
            for value in &asked {
                masker.mask(value);
                match is_dead(&driver.verify(value).await) {
                    Ok(false) => return Ok(Ok(Liveness::Live)),
                    Ok(true) => {}
                    Err(why) => doubt = Some(why),
                }
            }
        }
        if asked.len() > 1 {
            doubt.get_or_insert_with(|| {
                "adjacent text could belong to it, so its end is not certain".to_owned()
            });
        }
        Ok(doubt.map_or(Ok(Liveness::Dead), Err))
    }
}

/// Whether the provider refuses an invented value.
async fn control(
    registry: &Registry,
    finding: &Finding,
    driver: &Driver<'_>,
) -> Result<(), String> {
    let value = made_up(registry, &finding.provider, &finding.rule)
        .ok_or("tokenward has no invented value to test first")?;
    match is_dead(&driver.verify(&value).await)? {
        true => Ok(()),
        false => Err("the provider also accepts an invented value".to_owned()),
    }
}

fn is_dead(verdict: &Verdict) -> Result<bool, String> {
    match verdict {
        Verdict::Live(_) | Verdict::Limited(_) => Ok(false),
        Verdict::Expired | Verdict::Revoked | Verdict::Invalid => Ok(true),
        Verdict::RateLimited { .. } => {
            Err("the provider's rate limit is exhausted for now".to_owned())
        }
        Verdict::Unknown { why } => Err(why.clone()),
    }
}

/// Invented values of a rule's shape.
fn examples(registry: &Registry, provider: &ProviderId, rule: &str, seed: u64) -> Vec<String> {
    let kind = rule
        .split_once('/')
        .and_then(|(_, kind)| registry.get(provider)?.tokens.iter().find(|own| own.id == kind));
    kind.into_iter()
        .flat_map(|kind| &kind.examples.r#match)
        .filter_map(|form| expand(form, seed).ok())
        .collect()
}

fn made_up(registry: &Registry, provider: &ProviderId, rule: &str) -> Option<Secret> {
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).ok()?;
    examples(registry, provider, rule, u64::from_le_bytes(seed)).into_iter().next().map(Secret::new)
}

/// The usual lengths of such values.
fn usual(registry: &Registry, provider: &ProviderId, rule: &str) -> Vec<usize> {
    examples(registry, provider, rule, 1).iter().map(String::len).collect()
}
