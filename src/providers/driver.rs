//! Runs one provider file: tests a value, reads its id, and sends what `keys` and `list` want done.
//! A test never errs and never guesses: an answer that says nothing about the token is `unknown`.

use std::collections::BTreeMap;

use regex_automata::meta::Regex;

use super::body::Reply;
use super::refusal::Refusal;
use super::render::{self, Vars};
use super::spec::{Auth, Call, Probe, Spec, TokenKind};
use super::verdict::{Judgement, judge};
use crate::domain::{Code, Custody, KeyId, Problem, Secret, Verdict, text::tame};
use crate::net::auth::{self, Credential};
use crate::net::{Answer, Failure, Fence, Origin, Request, Transport, retry};

/// One platform, ready to be asked.
pub struct Driver<'a> {
    pub(super) spec: &'a Spec,
    base: &'a str,
    sandbox: Option<&'a Origin>,
    fence: Fence<'a>,
    pub(super) custody: &'a dyn Custody,
    shapes: Vec<(&'a TokenKind, Regex)>,
    with: BTreeMap<String, String>,
}

impl<'a> Driver<'a> {
    /// A platform's installation: the region named, or its first; or a stand-in on this machine for all of it.
    ///
    /// # Errors
    /// [`Code::ConfigUnknownRegion`] for a region the platform has not got, [`Code::ProviderInvalid`] for a file that was never checked.
    pub fn new(
        spec: &'a Spec,
        region: Option<&str>,
        sandbox: Option<&'a Origin>,
        transport: &'a dyn Transport,
        custody: &'a dyn Custody,
    ) -> Result<Self, Problem> {
        let Some(found) = spec.region(region) else {
            let names: Vec<_> = spec.regions.iter().map(|own| own.id.as_str()).collect();
            let what = format!("{} has no region `{}`", spec.name, tame(region.unwrap_or_default()));
            return Err(Problem::new(Code::ConfigUnknownRegion, what).hint(format!("one of: {}", names.join(", "))));
        };
        let mut shapes = Vec::new();
        for kind in &spec.tokens {
            let broken =
                |_| Problem::new(Code::ProviderInvalid, format!("the shape `{}` of {} is not a regular expression", kind.id, spec.name));
            shapes.push((kind, Regex::new(&kind.shape).map_err(broken)?));
        }
        let fence = Fence::new(transport, &spec.hosts, sandbox);
        // A platform of the user's own may well be inside their network.
        let fence = if spec.own { fence } else { fence.public() };
        Ok(Self { spec, base: &found.base, sandbox, fence, custody, shapes, with: BTreeMap::new() })
    }

    /// Adds what the config says under `with`, for platforms whose requests name an account, a domain or the like.
    #[must_use]
    pub fn with(mut self, entries: &BTreeMap<String, String>) -> Self {
        self.with.extend(entries.clone());
        self
    }

    /// The file it runs.
    #[must_use]
    pub fn spec(&self) -> &'a Spec {
        self.spec
    }

    /// The platform's id for this value's key, where the value itself holds it.
    #[must_use]
    pub fn key_id(&self, value: &Secret) -> Option<KeyId> {
        self.shapes.iter().find_map(|(_, shape)| Credential::shaped(value, shape)?.public_part("key_id")).map(KeyId::new)
    }

    /// What the platform says about a value. Scopes are sorted, without those it adds by itself.
    pub async fn verify(&self, value: &Secret) -> Verdict {
        if self.spec.verify.is_empty() {
            return unknown(format!("{} has no test call", self.spec.name));
        }
        if self.is_untestable(value) {
            return unknown(format!("{} has no test call for this kind of token", self.spec.name));
        }
        let credential = self.credential(value);
        let mut doubted = None;
        let mut last = unknown(String::new());
        for probe in self.spec.verify.iter().filter(|probe| self.is_for(probe, value)) {
            let reply = match self.ask(&probe.request, &credential).await {
                Ok(answer) => answer,
                Err(refusal) => return unknown(refusal.to_string()),
            };
            let Judgement { verdict, confirm } = judge(self.spec, probe, &Reply::of(&reply));
            if confirm {
                doubted = Some(verdict);
                continue;
            }
            if !matches!(verdict, Verdict::Unknown { .. }) {
                return verdict;
            }
            // What comes first is what the file trusts most; its words say more than the fallback's.
            if matches!(&last, Verdict::Unknown { why } if why.is_empty()) {
                last = verdict;
            }
        }
        match doubted {
            Some(dead) => unknown(format!("{} seemed to say `{}`, and would not confirm it", self.spec.name, dead.word())),
            None if matches!(&last, Verdict::Unknown { why } if why.is_empty()) => {
                unknown(format!("{} has no test call for a value of this form", self.spec.name))
            }
            None => last,
        }
    }

    /// Whether a test call is for a value of this form.
    fn is_for(&self, probe: &Probe, value: &Secret) -> bool {
        let named = |kind: &TokenKind| probe.kinds.contains(&kind.id);
        probe.kinds.is_empty() || self.shapes.iter().any(|(kind, shape)| named(kind) && Credential::shaped(value, shape).is_some())
    }

    /// Whether its shape is known, and only as kinds that no test call is for.
    fn is_untestable(&self, value: &Secret) -> bool {
        let mut kinds = self.shapes.iter().filter(|(_, shape)| Credential::shaped(value, shape).is_some()).peekable();
        kinds.peek().is_some() && kinds.all(|(kind, _)| !kind.testable)
    }

    /// A value with its parts, where it has one of the platform's shapes.
    pub(super) fn credential<'s>(&self, value: &'s Secret) -> Credential<'s> {
        self.shapes.iter().find_map(|(_, shape)| Credential::shaped(value, shape)).unwrap_or_else(|| Credential::opaque(value))
    }

    /// A test call's answer.
    async fn ask(&self, call: &Call, credential: &Credential<'_>) -> Result<Answer, Refusal> {
        let auth = call.auth.as_ref().unwrap_or(&self.spec.auth);
        let request = self.request(call, auth, credential, Vars::default())?;
        self.look(call, &request).await.map_err(Refusal::from)
    }

    /// A request that only looks, sent up to three times.
    pub(super) async fn look(&self, call: &Call, request: &Request) -> Result<Answer, Failure> {
        let repeat = if call.is_repeatable() { retry::Repeat::Safe } else { retry::Repeat::Reads };
        retry::repeated(&self.fence, repeat, || request.again()).await
    }

    /// A request that changes something, sent once.
    pub(super) async fn act(&self, request: Request) -> Result<Answer, Refusal> {
        retry::once(&self.fence, request).await.map_err(Refusal::from)
    }

    /// A manager's request.
    pub(super) fn managed(&self, call: &Call, credential: &Credential<'_>, vars: Vars<'_>) -> Result<Request, Refusal> {
        let auth = call.auth.as_ref().or(self.spec.rotate.auth.as_ref()).unwrap_or(&self.spec.auth);
        self.request(call, auth, credential, vars)
    }

    fn request<'v>(&'v self, call: &Call, auth: &Auth, credential: &Credential<'_>, mut vars: Vars<'v>) -> Result<Request, Refusal> {
        vars.parts = render::public_parts(self.spec.public_parts(), credential);
        vars.defaults = Some(&self.with);
        let mut draft = render::draft(call, self.base, &self.spec.headers, &vars).map_err(Refusal::not_done)?;
        if let Some(origin) = self.sandbox {
            draft.url = origin.instead_of(&draft.url).ok_or_else(|| Refusal::not_done("the base address is not one"))?;
        }
        let places = render::places(auth).map_err(Refusal::not_done)?;
        auth::sign(draft, &places, credential).map_err(|misfit| Refusal::not_done(misfit.to_string()))
    }

    /// The same request with another address, as a list's next page gives it. The fence sees that it stays on a declared host.
    pub(super) fn elsewhere(&self, mut request: Request, address: &str) -> Result<Request, Refusal> {
        let moved = match self.sandbox {
            Some(origin) if !address.starts_with("http://") => origin.instead_of(address),
            _ => Some(address.to_owned()),
        };
        request.url = moved.and_then(|url| url.parse().ok()).ok_or_else(|| Refusal::unclear("the next page's address is not one"))?;
        Ok(request)
    }
}

fn unknown(why: impl Into<String>) -> Verdict {
    Verdict::Unknown { why: why.into() }
}
