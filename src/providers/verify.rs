//! Tests a value: sends the probes of its kind one after the other until one is conclusive. A test
//! never guesses: a response that says nothing about the token is `unknown`.

use super::body::Reply;
use super::driver::Driver;
use super::grant::Exchanged;
use super::model::{Kind, Probe};
use super::render::Vars;
use super::verdict::{Judgement, judge};
use crate::domain::{Facts, Secret, Timestamp, Verdict};
use crate::net::auth::Credential;

impl Driver<'_> {
    /// What the provider says about a value. Scopes are sorted, without those that the provider
    /// adds to every token.
    pub async fn verify(&self, value: &Secret) -> Verdict {
        let name = &self.spec.name;
        let kind = self.kind_of(value).or(self.spec.tokens.first());
        if self.spec.verify.is_empty() {
            return unknown(format!("{name} has no API call to test a token"));
        }
        if self.is_untestable(value) {
            return unknown(format!("{name} has no API call to test this kind of token"));
        }
        let probes: Vec<&Probe> =
            self.spec.verify.iter().filter(|probe| self.is_for(probe, value)).collect();
        if probes.is_empty() {
            return unknown(format!("{name} has no API call to test a value of this form"));
        }
        let credential = self.own(value);
        let rotation = self.spec.rotation_of(kind.map(|kind| kind.id.as_str()));
        if rotation.kind == Kind::Oauth && credential.part("access").is_none() {
            return unknown(
                "the value is only a refresh token, and testing it could use it up; `tokenward rotate` gets an access token for it",
            );
        }
        let verdict = self.probed(&probes, &credential).await;
        let jwt = kind.is_some_and(|kind| kind.jwt);
        let end = if jwt {
            credential.jwt_end((rotation.kind == Kind::Oauth).then_some("access"))
        } else {
            None
        };
        ending(verdict, end.and_then(Timestamp::from_second))
    }

    async fn probed(&self, probes: &[&Probe], credential: &Credential<'_>) -> Verdict {
        let mut doubted = None;
        let mut believed: Option<Verdict> = None;
        let mut last = unknown(String::new());
        for probe in probes {
            let Judgement { verdict, confirm, goes_on } = match self.probe(probe, credential).await
            {
                Ok(judgement) => judgement,
                // The result of an earlier probe is still valid.
                Err(why) if believed.is_none() => return unknown(why),
                Err(_) => break,
            };
            if confirm {
                doubted = Some(verdict);
                continue;
            }
            if matches!(verdict, Verdict::Unknown { .. }) {
                // The file lists the best probe first; its reason says more than the fallback's.
                if matches!(&last, Verdict::Unknown { why } if why.is_empty()) {
                    last = verdict;
                }
                continue;
            }
            let verdict = match believed.take() {
                Some(before) => added(before, verdict),
                None => verdict,
            };
            if !goes_on {
                return verdict;
            }
            believed = Some(verdict);
        }
        match (believed, doubted) {
            (Some(verdict), _) => verdict,
            (None, Some(dead)) => unknown(format!(
                "{} first answered `{}`, but a second call did not confirm that",
                self.spec.name,
                dead.as_str()
            )),
            (None, None) => last,
        }
    }

    /// One probe's result; if its token must be exchanged first and that fails, the refusal.
    async fn probe(&self, probe: &Probe, credential: &Credential<'_>) -> Result<Judgement, String> {
        let auth = probe.request.auth.as_ref().unwrap_or(&self.spec.auth);
        let (credential, scopes) = match self.exchange(auth, credential).await {
            Ok(Exchanged::Plain) => (credential.clone(), None),
            Ok(Exchanged::Token { token, scopes }) => {
                (credential.clone().with(super::render::EXCHANGED, token), scopes)
            }
            Ok(Exchanged::Said(verdict)) => {
                return Ok(Judgement { verdict, confirm: false, goes_on: false });
            }
            Err(refusal) => return Err(refusal.to_string()),
        };
        let answer = self
            .look(&probe.request, auth, || {
                self.request(&probe.request, auth, &credential, Vars::default())
            })
            .await;
        let answer = answer.map_err(|refusal| refusal.to_string())?;
        let mut judgement = judge(self.spec, probe, &Reply::of(&answer));
        if let Verdict::Live(facts) | Verdict::Limited(facts) = &mut judgement.verdict {
            facts.scopes = facts.scopes.take().or(scopes);
            // A provider could return anything here, even the value it was sent, and this is shown.
            facts.owner = facts.owner.take().and_then(|owner| self.kept(&credential, &owner));
            facts.scopes = facts.scopes.take().map(|scopes| self.words(&credential, scopes));
        }
        Ok(judgement)
    }
}

/// Merges a later probe's result into an earlier one's: each adds what the other lacks.
fn added(before: Verdict, after: Verdict) -> Verdict {
    let Some(known) = before.facts().cloned() else { return after };
    let both = |facts: Facts| Facts {
        scopes: facts.scopes.or_else(|| known.scopes.clone()),
        owner: known.owner.clone().or(facts.owner),
        expires_at: facts.expires_at.or(known.expires_at),
        unread: [known.unread.clone(), facts.unread].concat(),
    };
    match after {
        Verdict::Live(facts) if matches!(before, Verdict::Live(_)) => Verdict::Live(both(facts)),
        Verdict::Live(facts) | Verdict::Limited(facts) => Verdict::Limited(both(facts)),
        // Inconclusive now: the first result is kept.
        Verdict::RateLimited { .. } | Verdict::Unknown { .. } => before,
        dead => dead,
    }
}

/// The expiry in the token itself, if the provider names none.
fn ending(verdict: Verdict, end: Option<Timestamp>) -> Verdict {
    let with = |mut facts: Facts| {
        facts.expires_at = facts.expires_at.or(end);
        facts
    };
    match verdict {
        Verdict::Live(facts) => Verdict::Live(with(facts)),
        Verdict::Limited(facts) => Verdict::Limited(with(facts)),
        other => other,
    }
}

fn unknown(why: impl Into<String>) -> Verdict {
    Verdict::Unknown { why: why.into() }
}
