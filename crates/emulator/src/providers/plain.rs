//! A provider whose keys only a person makes: one ring, and calls that a key may make or not. What
//! they have in common stands here; how a provider looks for a key and what it says is its own
//! file's.

use super::keyring::{Key, Keyring};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::Timestamp;
use std::marker::PhantomData;

/// What a key that may do everything holds.
const FULL: &str = "full";

/// How one provider looks for keys and words its answers.
pub(crate) trait Provider: Clone + Default + Send + 'static {
    /// A new value of this kind; `None` for a kind that is not played.
    fn make(kind: &str) -> Option<String>;

    /// The value a request carries, where this provider looks for one.
    fn presented(request: &Request) -> Option<String>;

    /// The answer to a key that is known. Its `name` is its kind.
    fn answer(key: &Key, request: &Request) -> Answer;

    /// The answer to a value that is not known, or to none.
    fn unknown(request: &Request) -> Answer;

    /// The answer to a call that a known key may not make; `None` where every key may do
    /// everything.
    fn forbidden(_request: &Request) -> Option<Answer> {
        None
    }

    /// How else it says no.
    fn refuse(refusal: ProviderError, request: &Request) -> Answer;

    /// What its test call tells of a key.
    fn told(key: &Key) -> Seeded {
        Seeded::of(&key.value)
    }

    /// What the config says under `with`.
    fn with() -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Adds what every answer carries.
    fn dress(answer: Answer) -> Answer {
        answer
    }
}

/// Such a provider's state.
#[derive(Clone, Default)]
pub(crate) struct World<P> {
    ring: Keyring,
    provider: PhantomData<P>,
}

impl<P: Provider> World<P> {
    fn add(&mut self, kind: &str, scopes: &[&str], now: Timestamp) -> Option<Seeded> {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let key = self.ring.add(Key::new(random::digits(6), P::make(kind)?, kind, scopes, now));
        Some(P::told(&key))
    }

    fn route(&mut self, request: &Request, now: Timestamp) -> Answer {
        let Some(key) = P::presented(request).and_then(|value| self.ring.authenticate(&value, now))
        else {
            return P::unknown(request);
        };
        match P::forbidden(request) {
            Some(refused) if !key.may(FULL) => refused,
            _ => P::answer(&key, request),
        }
    }
}

impl<P: Provider> world::World for World<P> {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        P::dress(self.route(request, now))
    }

    fn refuse(&mut self, refusal: ProviderError, request: &Request, _now: Timestamp) -> Answer {
        let refused = match refusal {
            ProviderError::Unauthorized => P::unknown(request),
            ProviderError::Forbidden => {
                P::forbidden(request).unwrap_or_else(|| P::refuse(refusal, request))
            }
            _ => P::refuse(refusal, request),
        };
        P::dress(refused)
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

impl<P: Provider> Twin for World<P> {
    fn with(&self, _kind: &str) -> Vec<(&'static str, String)> {
        P::with()
    }

    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        self.add(kind, &[FULL], now)
    }

    fn seed_narrow(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        // A provider that never forbids has no such key.
        let request = Request::from_http(http::Request::new(Vec::new()));
        P::forbidden(&request)?;
        self.add(kind, &[], now)
    }

    fn kill(&mut self, value: &str, now: Timestamp) -> bool {
        self.ring.kill(value, now)
    }

    fn is_live(&self, value: &str, now: Timestamp) -> bool {
        self.ring.is_live(value, now)
    }
}
