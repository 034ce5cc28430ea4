//! One kind of token of one provider, alone with its twin: a fresh emulator, a driver, and a wire
//! that is watched.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use jiff::SignedDuration;
use tokenward::domain::{ProviderId, Secret, SecretMasker, Verdict};
use tokenward::net::{Answer, Request, Transport, TransportError, host_fits};
use tokenward::providers::model::{Kind, Rotate, TokenKind};
use tokenward::providers::{Driver, Registry, Spec};
use tokenward_emulator::{Emulator, Fault, FaultKind, FaultMatch, Seeded, TwinOf};

use crate::support::InProcess;

/// The wire: everything goes to the emulator, and every host is remembered.
pub(crate) struct Wire {
    inner: InProcess,
    hosts: Mutex<BTreeSet<String>>,
    told: Mutex<usize>,
}

impl Transport for Wire {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner).insert(request.host().to_owned());
        async move { self.inner.send(request).await }.boxed()
    }
}

impl SecretMasker for Wire {
    fn mask(&self, _: &Secret) {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }
}

pub(crate) struct Bench {
    pub(crate) spec: &'static Spec,
    pub(crate) kind: &'static TokenKind,
    pub(crate) emulator: Emulator,
    pub(crate) twin: TwinOf,
    pub(crate) wire: Wire,
}

/// Every provider, parsed once.
pub(crate) fn registry() -> &'static Registry {
    static REGISTRY: std::sync::LazyLock<Registry> = std::sync::LazyLock::new(Registry::built_in);
    &REGISTRY
}

/// Every kind of token that its twin plays, as `provider/kind`.
pub(crate) fn all() -> Vec<Bench> {
    let kinds = registry().all().flat_map(|spec| spec.tokens.iter().map(move |kind| (spec, kind)));
    kinds
        .filter_map(|(spec, kind)| Bench::new(spec, kind))
        .filter(|bench| bench.twin.seed(&bench.kind.id).is_some())
        .map(|bench| bench.fresh())
        .collect()
}

impl Bench {
    fn new(spec: &'static Spec, kind: &'static TokenKind) -> Option<Self> {
        let emulator = Emulator::new();
        let twin = emulator.twin(&spec.id)?;
        // What is tested was made some time ago.
        emulator.advance(SignedDuration::from_hours(1));
        let wire = Wire {
            inner: InProcess(emulator.clone(), SignedDuration::ZERO),
            hosts: Mutex::default(),
            told: Mutex::default(),
        };
        Some(Self { spec, kind, emulator, twin, wire })
    }

    /// The same, with nothing done yet.
    pub(crate) fn fresh(&self) -> Self {
        Self::new(self.spec, self.kind).unwrap()
    }

    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.spec.id, self.kind.id)
    }

    pub(crate) fn rotation(&self) -> &'static Rotate {
        self.spec.rotation_of(Some(&self.kind.id))
    }

    pub(crate) fn is_oauth(&self) -> bool {
        self.rotation().kind == Kind::Oauth
    }

    pub(crate) fn seed(&self) -> Seeded {
        self.twin.seed(&self.kind.id).unwrap()
    }

    pub(crate) fn with(&self) -> BTreeMap<String, String> {
        let own =
            self.twin.with(&self.kind.id).into_iter().map(|(key, text)| (key.to_owned(), text));
        own.chain([("kind".to_owned(), self.kind.id.clone())]).collect()
    }

    pub(crate) fn driver(&self) -> Driver<'_> {
        Driver::new(self.spec, None, None, &self.wire, &self.wire).unwrap().with(&self.with())
    }

    pub(crate) fn told(&self) -> usize {
        *self.wire.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value as consumers have it: an OAuth value that is a refresh token alone is refreshed
    /// first.
    pub(crate) async fn ready(&self, seeded: &Seeded) -> Secret {
        let value = Secret::new(seeded.value.clone());
        if !self.is_oauth() || seeded.value.contains(';') {
            return value;
        }
        let manager =
            self.twin.seed_manager(&self.kind.id).map(|manager| Secret::new(manager.value));
        let refreshed = self.driver().refresh(manager.as_ref(), &value).await;
        refreshed.unwrap_or_else(|refusal| panic!("{}: {refusal}", self.name())).value
    }

    pub(crate) async fn verify(&self, value: &Secret) -> Verdict {
        self.driver().verify(value).await
    }

    /// From now on every request to the provider ends so.
    pub(crate) fn inject(&self, kind: FaultKind) {
        let matches = FaultMatch::Where {
            service: Some(self.twin.service()),
            method: None,
            path_contains: None,
        };
        self.emulator.inject(Fault { matches, kind, times: u32::MAX });
    }

    /// Whether the file has an answer that proves death; some providers never give one.
    pub(crate) fn can_prove_death(&self) -> bool {
        let probes = self
            .spec
            .verify
            .iter()
            .filter(|probe| probe.kinds.is_empty() || probe.kinds.contains(&self.kind.id));
        let exchanges = self.spec.exchanges.iter().flat_map(|exchange| &exchange.verdicts);
        probes.flat_map(|probe| &probe.verdicts).chain(exchanges).any(|rule| rule.is.is_dead())
    }

    /// Whether there is a test call at all.
    pub(crate) fn is_tested(&self) -> bool {
        let probes = self
            .spec
            .verify
            .iter()
            .any(|probe| probe.kinds.is_empty() || probe.kinds.contains(&self.kind.id));
        self.kind.testable && probes
    }

    /// Nothing may have gone anywhere but to the hosts that the file declares.
    pub(crate) fn stayed_at_home(&self) {
        for host in self.wire.hosts.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            assert!(
                self.spec.hosts.iter().any(|declared| host_fits(declared, host, None)),
                "{}: {host}",
                self.name()
            );
        }
    }
}

/// Where every provider that has a file is looked up.
pub(crate) fn id(spec: &Spec) -> ProviderId {
    ProviderId::new(spec.id.clone())
}
