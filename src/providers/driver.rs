//! Runs one provider file: what all its requests have in common, from the template to the response.
//! `verify`, `keys`, `list`, `grant` and `slots` decide what to request and what responses mean.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use regex_automata::meta::Regex;

use super::abilities::Abilities;
use super::error::ProviderError;
use super::model::{Auth, Call, Kind, Probe, Region, Restriction, Rotate, Spec, TokenKind};
use super::problems;
use super::render::{self, Vars};
use crate::domain::{KeyId, Problem, Secret, SecretMasker, Timestamp};
use crate::net::auth::{self, Credential};
use crate::net::{
    AllowlistTransport, Answer, Clock, Draft, Origin, Readings, Request, Transport, retry,
};

/// Replaces a word that might contain a value.
pub(super) const HELD_BACK: &str = "(not shown: it might contain a credential)";

/// One provider, ready for requests.
pub struct Driver<'a> {
    pub(super) spec: &'a Spec,
    pub(super) region: &'a Region,
    sandbox: Option<&'a Origin>,
    fence: AllowlistTransport<'a>,
    pub(super) masker: &'a dyn SecretMasker,
    shapes: Vec<(&'a TokenKind, Regex)>,
    pub(super) with: BTreeMap<String, String>,
    /// The kind that the config names; none if a value's shape decides.
    kind: Option<&'a TokenKind>,
    clock: Clock,
    /// The number of requests sent so far, not counting retries.
    sent: AtomicU64,
    /// Exchanged tokens of this run: the value, the exchange, and the token.
    pub(super) exchanged: Mutex<Vec<(Secret, String, Secret)>>,
    /// Slots seen with another value since they were regenerated.
    pub(super) filled: Mutex<BTreeSet<KeyId>>,
}

impl<'a> Driver<'a> {
    /// A provider's API in the given region, or its first; or its stand-in on this machine.
    ///
    /// # Errors
    /// `ConfigUnknownRegion` for a region that the provider does not have, `ProviderInvalid` for a
    /// file that was never checked.
    pub fn new(
        spec: &'a Spec,
        region: Option<&str>,
        sandbox: Option<&'a Origin>,
        transport: &'a dyn Transport,
        masker: &'a dyn SecretMasker,
    ) -> Result<Self, Problem> {
        let Some(region) = spec.region(region) else {
            return Err(problems::unknown_region(spec, region.unwrap_or_default()));
        };
        let mut shapes = Vec::new();
        for kind in &spec.tokens {
            let regex = Regex::new(&kind.shape);
            shapes.push((kind, regex.map_err(|_| problems::shape_invalid(spec, &kind.id))?));
        }
        let fence = AllowlistTransport::new(transport, &spec.hosts, sandbox);
        // A provider of the user's own may be inside their network.
        let fence = if spec.own { fence } else { fence.public() };
        Ok(Self {
            spec,
            region,
            sandbox,
            fence,
            masker,
            shapes,
            with: BTreeMap::new(),
            kind: None,
            clock: Clock::default(),
            sent: AtomicU64::new(0),
            exchanged: Mutex::default(),
            filled: Mutex::default(),
        })
    }

    /// Adds the config's entries under `with`, for providers whose requests name an account, a
    /// domain or the like. Its entry `kind` selects one of the file's kinds of token if a value's
    /// shape does not.
    #[must_use]
    pub fn with(mut self, entries: &BTreeMap<String, String>) -> Self {
        self.with.extend(entries.clone());
        self.kind = self.spec.tokens.iter().find(|kind| self.with.get("kind") == Some(&kind.id));
        self
    }

    /// Checks the kind that the config names.
    ///
    /// # Errors
    /// `ConfigUnknownKind` for a kind that the provider does not have.
    pub fn of_known_kind(self) -> Result<Self, Problem> {
        match self.with.get("kind") {
            Some(id) if self.kind.is_none() => Err(problems::unknown_kind(self.spec, id)),
            _ => Ok(self),
        }
    }

    /// The file it runs.
    #[must_use]
    pub fn spec(&self) -> &'a Spec {
        self.spec
    }

    /// How its tokens are rotated.
    #[must_use]
    pub fn rotation(&self) -> &'a Rotate {
        self.spec.rotation_of(self.kind.map(|kind| kind.id.as_str()))
    }

    /// What is possible with its tokens.
    #[must_use]
    pub fn abilities(&self) -> Abilities {
        Abilities::from(self.rotation())
    }

    /// The file's restrictions of keys besides scopes.
    #[must_use]
    pub fn restrictions(&self) -> &'a [Restriction] {
        self.rotation().list.as_ref().map_or(&[], |list| &list.restricts)
    }

    /// The id of this value's key, if the value contains it.
    #[must_use]
    pub fn key_id(&self, value: &Secret) -> Option<KeyId> {
        self.shapes
            .iter()
            .find_map(|(_, shape)| Credential::shaped(value, shape)?.public_part("key_id"))
            .and_then(|id| KeyId::given(&id))
    }

    /// Whether a value matches the shape of one of the provider's kinds completely.
    #[must_use]
    pub fn knows_shape_of(&self, value: &Secret) -> bool {
        self.shapes.iter().any(|(_, shape)| Credential::shaped(value, shape).is_some())
    }

    /// Whether its tokens are OAuth grants, in our format.
    #[must_use]
    pub fn is_grant(&self) -> bool {
        self.rotation().kind == Kind::Oauth
    }

    /// Masks a value of this provider, after registering its public parts.
    pub(super) fn mask(&self, value: &Secret) {
        self.publish(value);
        self.masker.mask(value);
    }

    /// Registers the public parts of a value with one of the provider's shapes: a key's id.
    pub fn publish_id(&self, value: &Secret) {
        for credential in
            self.shapes.iter().filter_map(|(_, shape)| Credential::shaped(value, shape))
        {
            let public = self.spec.public_parts().filter_map(|name| credential.public_part(name));
            public.for_each(|id| self.masker.published(&id));
        }
    }

    /// The same for a value that is known to be this provider's: of `ID:SECRET`, the id is public.
    pub fn publish(&self, value: &Secret) {
        self.publish_id(value);
        let halves = Credential::opaque(value);
        if halves.part("client_secret").is_some() {
            halves.public_part("client_id").iter().for_each(|id| self.masker.published(id));
        }
    }

    /// The kind of a value: the config's, or the first whose shape it matches.
    pub(super) fn kind_of(&self, value: &Secret) -> Option<&'a TokenKind> {
        self.kind.or_else(|| {
            self.shapes
                .iter()
                .find(|(_, shape)| Credential::shaped(value, shape).is_some())
                .map(|(kind, _)| *kind)
        })
    }

    /// Whether a test call is for a value of this form.
    pub(super) fn is_for(&self, probe: &Probe, value: &Secret) -> bool {
        if let Some(kind) = self.kind {
            return probe.kinds.is_empty() || probe.kinds.contains(&kind.id);
        }
        let mut fitting = self
            .shapes
            .iter()
            .filter(|(_, shape)| Credential::shaped(value, shape).is_some())
            .peekable();
        // A value of unknown shape counts as the first kind: providers change their formats without
        // notice.
        let first = self.spec.tokens.first().filter(|_| fitting.peek().is_none());
        probe.kinds.is_empty()
            || fitting
                .map(|(kind, _)| *kind)
                .chain(first)
                .any(|kind| probe.kinds.contains(&kind.id))
    }

    /// Whether there is a test call for a value.
    #[must_use]
    pub fn can_test(&self, value: &Secret) -> bool {
        !self.spec.verify.is_empty() && !self.is_untestable(value)
    }

    /// Whether it only matches kinds without a test call.
    pub(super) fn is_untestable(&self, value: &Secret) -> bool {
        if let Some(kind) = self.kind {
            return !kind.testable;
        }
        let mut kinds = self
            .shapes
            .iter()
            .filter(|(_, shape)| Credential::shaped(value, shape).is_some())
            .peekable();
        kinds.peek().is_some() && kinds.all(|(kind, _)| !kind.testable)
    }

    /// A provider's text without the secret parts of what it was sent. The ids in a value are kept:
    /// they are not secret.
    pub(super) fn clean(&self, credential: &Credential<'_>, text: &str) -> String {
        self.cleaner(credential)(text)
    }

    /// A short text of the provider, if it does not repeat a value of this run in any encoding: an
    /// owner, a scope.
    pub(super) fn kept(&self, credential: &Credential<'_>, text: &str) -> Option<String> {
        (!self.repeats(credential, text)).then(|| self.clean(credential, text))
    }

    /// Whether a short text of the provider repeats a value of this run in any known encoding: an
    /// id, a name, a scope.
    pub(super) fn repeats(&self, credential: &Credential<'_>, text: &str) -> bool {
        let id = credential.part("client_secret").map(|_| "client_id");
        let readings = Readings::of(text);
        credential.is_given_away_by(self.spec.public_parts().chain(id), &readings)
            || self.masker.is_repeated_by(text, &mut readings.bare())
    }

    /// Scopes, safe to show. One that may repeat a value is kept without its name.
    pub(super) fn words(&self, credential: &Credential<'_>, words: Vec<String>) -> Vec<String> {
        words
            .iter()
            .map(|word| self.kept(credential, word).unwrap_or_else(|| HELD_BACK.to_owned()))
            .collect()
    }

    /// The same for many texts.
    pub(super) fn cleaner(&self, credential: &Credential<'_>) -> Box<dyn Fn(&str) -> String> {
        let id = credential.part("client_secret").map(|_| "client_id");
        credential.cleaner(self.spec.public_parts().chain(id))
    }

    /// A manager credential, with its parts if it has one of the provider's shapes.
    pub(super) fn credential<'s>(&self, value: &'s Secret) -> Credential<'s> {
        self.shapes
            .iter()
            .find_map(|(_, shape)| Credential::shaped(value, shape))
            .unwrap_or_else(|| Credential::opaque(value))
    }

    /// The value, with its parts. The parts of an OAuth value are separate secrets.
    pub(super) fn own<'s>(&self, value: &'s Secret) -> Credential<'s> {
        if self.spec.rotation_of(self.kind_of(value).map(|kind| kind.id.as_str())).kind
            == Kind::Oauth
        {
            let credential = Credential::granted(value);
            ["refresh", "access"]
                .iter()
                .filter_map(|part| credential.part(part))
                .for_each(|part| self.masker.mask(&part));
            return credential;
        }
        let shape =
            self.kind.and_then(|kind| self.shapes.iter().find(|(own, _)| own.id == kind.id));
        match shape {
            Some((_, shape)) => {
                Credential::shaped(value, shape).unwrap_or_else(|| Credential::opaque(value))
            }
            None => self.credential(value),
        }
    }

    /// A request that only reads, sent up to three times, and once more if its signature was
    /// refused because of the clock.
    pub(super) async fn look(
        &self,
        call: &Call,
        auth: &Auth,
        make: impl Fn() -> Result<Request, ProviderError>,
    ) -> Result<Answer, ProviderError> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let repeat = if call.is_repeatable() { retry::Repeat::Safe } else { retry::Repeat::Reads };
        let request = make()?;
        let answer = retry::repeated(&self.fence, repeat, || request.again()).await?;
        self.clock.note(&answer);
        if !self.was_off(auth, &answer) {
            return Ok(answer);
        }
        let request = make()?;
        Ok(retry::repeated(&self.fence, repeat, || request.again()).await?)
    }

    /// A request that changes something, sent once. If it was refused because of the time in its
    /// signature, it had no effect and is signed again.
    pub(super) async fn act(
        &self,
        auth: &Auth,
        make: impl Fn() -> Result<Request, ProviderError>,
    ) -> Result<Answer, ProviderError> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let answer = retry::once(&self.fence, make()?).await?;
        self.clock.note(&answer);
        if !self.was_off(auth, &answer) {
            return Ok(answer);
        }
        Ok(retry::once(&self.fence, make()?).await?)
    }

    /// Whether a signature was refused and the server's clock differs much from ours.
    fn was_off(&self, auth: &Auth, answer: &Answer) -> bool {
        (auth.sigv4.is_some() || auth.azure_hmac.is_some())
            && self.clock.hear(answer)
            && matches!(answer.status, 400 | 401 | 403)
    }

    /// The number of requests sent so far, not counting retries.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// The provider's clock at its last response in this run.
    #[must_use]
    pub fn clock(&self) -> Option<Timestamp> {
        self.clock.told()
    }

    /// Where a request carries the manager credential.
    pub(super) fn managing<'c>(&'c self, call: &'c Call) -> &'c Auth {
        call.auth.as_ref().or(self.rotation().auth.as_ref()).unwrap_or(&self.spec.auth)
    }

    /// A request without any credential.
    pub(super) fn draft(
        &self,
        call: &Call,
        credential: &Credential<'_>,
        vars: Vars<'_>,
    ) -> Result<Draft, ProviderError> {
        let mut vars: Vars<'_> = vars;
        vars.parts = render::public_parts(self.spec.public_parts(), credential);
        vars.defaults = Some(&self.with);
        vars.region = Some(&self.region.id);
        let mut draft = render::draft(call, &self.region.base, &self.spec.headers, &vars)
            .map_err(ProviderError::not_done)?;
        if let Some(origin) = self.sandbox {
            draft.url = origin
                .instead_of(&draft.url)
                .ok_or_else(|| ProviderError::not_done("the base address is invalid"))?;
        }
        Ok(draft)
    }

    /// A request with the credential where `auth` wants it.
    pub(super) fn request(
        &self,
        call: &Call,
        auth: &Auth,
        credential: &Credential<'_>,
        vars: Vars<'_>,
    ) -> Result<Request, ProviderError> {
        let places = render::places(auth, &self.region.id).map_err(ProviderError::not_done)?;
        self.signed(self.draft(call, credential, vars)?, &places, credential)
    }

    pub(super) fn signed(
        &self,
        draft: Draft,
        places: &[auth::Place],
        credential: &Credential<'_>,
    ) -> Result<Request, ProviderError> {
        auth::sign(draft, places, credential, self.clock.now())
            .map_err(|misfit| ProviderError::not_done(misfit.to_string()))
    }

    /// The same request with the address of a list's next page. The host allowlist ensures that it
    /// is on a declared host.
    pub(super) fn elsewhere(
        &self,
        mut request: Request,
        address: &str,
    ) -> Result<Request, ProviderError> {
        let moved = match self.sandbox {
            Some(origin) if !address.starts_with("http://") => origin.instead_of(address),
            _ => Some(address.to_owned()),
        };
        request.url = moved
            .and_then(|url| url.parse().ok())
            .ok_or_else(|| ProviderError::unclear("the next page's address is invalid"))?;
        Ok(request)
    }
}
