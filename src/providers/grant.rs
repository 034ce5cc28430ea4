//! Access tokens: exchanged for one run, or from a refresh, which returns a new value to store. A
//! refresh is sent once: only its response contains the next refresh token.

use serde_json::Value;

use super::body::Reply;
use super::driver::Driver;
use super::error::{self, ProviderError};
use super::model::{Auth, Call, ClientAuth, Kind, OAuth, pointer};
use super::render::{EXCHANGED, Vars};
use super::verdict;
use crate::domain::{Secret, Span, Timestamp, Verdict, locked, text::sanitize};
use crate::net::auth::{Credential, Pattern, Piece, Place};
use crate::net::{Answer, Request};

/// A new value from a refresh token.
#[derive(Debug)]
pub struct Refreshed {
    /// The value to store: `REFRESH;ACCESS`.
    pub value: Secret,
    /// Whether the old refresh token is used up, so that this value is the only valid one.
    pub single_use: bool,
    /// When the access token expires, by the provider's clock.
    pub expires_at: Option<Timestamp>,
    /// Its scopes, if the provider says; sorted, without automatic ones.
    pub scopes: Option<Vec<String>>,
}

/// The result of an exchange.
pub(super) enum Exchanged {
    /// No exchange is needed.
    Plain,
    /// A token, and its scopes if the provider says.
    Token { token: Secret, scopes: Option<Vec<String>> },
    /// The provider said something about the value instead.
    Said(Verdict),
}

impl Driver<'_> {
    /// A new access token for the refresh token in `value`, and the refresh token to store.
    /// `manager` is the client, `ID:SECRET` or `ID`. Tokens in the response are masked before
    /// anything else happens to them.
    ///
    /// # Errors
    /// [`ProviderError::Unclear`] if the refresh token may be used up and its successor lost;
    /// `dead_token` of [`ProviderError::Refused`] if the provider does not accept the refresh
    /// token.
    pub async fn refresh(
        &self,
        manager: Option<&Secret>,
        value: &Secret,
    ) -> Result<Refreshed, ProviderError> {
        let name = &self.spec.name;
        let rotation = self.spec.rotation_of(self.kind_of(value).map(|kind| kind.id.as_str()));
        let Some(oauth) = rotation.oauth.as_ref().filter(|_| rotation.kind == Kind::Oauth) else {
            return Err(ProviderError::not_done(format!(
                "{name} has no API to refresh this kind of token"
            )));
        };
        let credential = self.own(value);
        let (call, auth) = (&oauth.refresh, Auth::default());
        let answer = self
            .act(&auth, || self.with_client(call, oauth, "refresh_token", manager, &credential))
            .await?;
        let mut reply = Reply::of(&answer);
        if !oauth.ok.has(answer.status) {
            let dead = oauth.dead.iter().any(|when| reply.fits(when));
            return Err(error::of_refresh(self.spec, &credential, &answer, dead));
        }
        let date = answer.date();
        let Some(json) = &mut reply.json else {
            return Err(ProviderError::unclear(format!(
                "{name} answered {}, but the body is truncated or not JSON; a new token may be lost",
                answer.status
            )));
        };
        let (access, next) = self.issued(json, &credential)?;
        let Some(access) = access else {
            return Err(self.nothing_issued(oauth, json, &credential, &answer));
        };
        let kept = next.or_else(|| credential.part("refresh"));
        let Some(kept) = kept else { return Err(ProviderError::not_done("the value is empty")) };
        let value = kept.joined(';', &access);
        self.masker.mask(&value);
        let seconds = pointer::text(json, "/expires_in")
            .and_then(|text| text.parse().ok())
            .map(Span::seconds);
        let lives = seconds.filter(|span| *span > Span::seconds(0)).or(oauth.access_lives);
        let scopes =
            pointer::words(json, "/scope").map(|scopes| verdict::settable(self.spec, scopes));
        Ok(Refreshed {
            value,
            single_use: oauth.single_use,
            expires_at: lives.and_then(|lives| Some(lives.after(date?))),
            scopes,
        })
    }

    /// Takes the access token and the refresh token out of a response, and masks them.
    fn issued(
        &self,
        json: &mut Value,
        credential: &Credential<'_>,
    ) -> Result<(Option<Secret>, Option<Secret>), ProviderError> {
        let (access, next) = (secret(json, "/access_token"), secret(json, "/refresh_token"));
        let own: Vec<Secret> =
            ["refresh", "access"].iter().filter_map(|part| credential.part(part)).collect();
        let is_anothers = |given: &Secret| {
            self.masker.knows(given) && !own.iter().any(|own| Credential::opaque(own).is(given))
        };
        if [&access, &next].into_iter().flatten().any(is_anothers) {
            return Err(ProviderError::unclear(format!(
                "{} returned a token that this run already has as another value, so it was discarded",
                self.spec.name
            )));
        }
        [&access, &next].into_iter().flatten().for_each(|secret| self.masker.mask(secret));
        Ok((access, next))
    }

    /// The error of a refresh that succeeded and returned no access token.
    fn nothing_issued(
        &self,
        oauth: &OAuth,
        json: &Value,
        credential: &Credential<'_>,
        answer: &Answer,
    ) -> ProviderError {
        // Some providers refuse with a success status; then no token was issued.
        if oauth.dead.iter().flat_map(|when| &when.body).any(|test| test.holds_in(json)) {
            return error::of_refresh(self.spec, credential, answer, true);
        }
        ProviderError::unclear(format!(
            "{} answered {} without an access token; a new token may be lost",
            self.spec.name, answer.status
        ))
    }

    /// Revokes the grant behind a refresh token. `None` if the provider has no endpoint for it.
    ///
    /// # Errors
    /// If the provider did not confirm it.
    pub async fn end_grant(
        &self,
        manager: Option<&Secret>,
        value: &Secret,
    ) -> Result<Option<()>, ProviderError> {
        let rotation = self.spec.rotation_of(self.kind_of(value).map(|kind| kind.id.as_str()));
        let Some((oauth, call)) =
            rotation.oauth.as_ref().and_then(|oauth| Some((oauth, oauth.revoke.as_ref()?)))
        else {
            return Ok(None);
        };
        let credential = self.own(value);
        let answer = self
            .act(&Auth::default(), || self.with_client(call, oauth, "token", manager, &credential))
            .await?;
        // RFC 7009, section 2.2: an unknown token is a success as well.
        if matches!(answer.status, 200 | 204) {
            Ok(Some(()))
        } else {
            Err(error::of(self.spec, &credential, &answer))
        }
    }

    /// A request with the refresh token in a field, and the client as the file says.
    fn with_client(
        &self,
        call: &Call,
        oauth: &OAuth,
        field: &str,
        manager: Option<&Secret>,
        credential: &Credential<'_>,
    ) -> Result<Request, ProviderError> {
        let part = |name: &str| Pattern(vec![Piece::Part(name.to_owned())]);
        let mut places = vec![Place::Body(field.to_owned(), part("refresh"))];
        let mut credential = credential.clone();
        if oauth.client != ClientAuth::None {
            let missing = || {
                ProviderError::not_done(
                    "the OAuth client is unknown: set `manager` to a variable with its `ID:SECRET`",
                )
            };
            let client = Credential::opaque(manager.ok_or_else(missing)?);
            credential =
                credential.with("client_id", client.part("client_id").ok_or_else(missing)?);
            if oauth.client != ClientAuth::Public {
                credential = credential
                    .with("client_secret", client.part("client_secret").ok_or_else(missing)?);
            }
        }
        match oauth.client {
            ClientAuth::Basic => places
                .push(Place::Basic { user: part("client_id"), password: part("client_secret") }),
            ClientAuth::Body => places.extend(
                ["client_id", "client_secret"].map(|name| Place::Body(name.to_owned(), part(name))),
            ),
            ClientAuth::Public => {
                places.push(Place::Body("client_id".to_owned(), part("client_id")))
            }
            ClientAuth::None => {}
        }
        self.signed(self.draft(call, &credential, Vars::default())?, &places, &credential)
    }

    /// The short-lived token that `auth` uses instead of the value; requested once per run.
    pub(super) async fn exchange(
        &self,
        auth: &Auth,
        credential: &Credential<'_>,
    ) -> Result<Exchanged, ProviderError> {
        let Some(id) = &auth.exchange else { return Ok(Exchanged::Plain) };
        let Some(exchange) = self.spec.exchanges.iter().find(|exchange| exchange.id == *id) else {
            return Err(ProviderError::not_done(format!(
                "the provider file has no exchange `{id}`"
            )));
        };
        let known = |(whose, by, _): &&(Secret, String, Secret)| by == id && credential.is(whose);
        if let Some((.., token)) = locked(&self.exchanged).iter().find(known) {
            return Ok(Exchanged::Token { token: token.clone(), scopes: None });
        }
        let own = exchange.request.auth.as_ref().unwrap_or(&self.spec.auth);
        let make = || self.request(&exchange.request, own, credential, Vars::default());
        // It issues nothing permanent, so the request can be repeated if the response is lost.
        let call = Call { repeatable: true, ..exchange.request.clone() };
        let answer = self.look(&call, own, make).await?;
        let mut reply = Reply::of(&answer);
        if !exchange.ok.has(answer.status) {
            return Ok(Exchanged::Said(verdict::of_exchange(self.spec, exchange, &reply)));
        }
        let scopes = exchange
            .scopes
            .as_deref()
            .and_then(|place| pointer::words(reply.json.as_ref()?, place));
        let Some(token) = reply.json.as_mut().and_then(|json| secret(json, &exchange.token)) else {
            return Ok(Exchanged::Said(verdict::of_exchange(self.spec, exchange, &reply)));
        };
        self.masker.mask(&token);
        locked(&self.exchanged).push((credential.whole(), id.clone(), token.clone()));
        Ok(Exchanged::Token {
            token,
            scopes: scopes.map(|scopes| verdict::settable(self.spec, scopes)),
        })
    }

    /// A manager credential for a request: with the token that it was exchanged for, if the file
    /// requires that.
    pub(super) async fn managed<'s>(
        &self,
        auth: &Auth,
        manager: &'s Secret,
    ) -> Result<Credential<'s>, ProviderError> {
        let credential = self.credential(manager);
        match self.exchange(auth, &credential).await? {
            Exchanged::Plain => Ok(credential),
            Exchanged::Token { token, .. } => Ok(credential.with(EXCHANGED, token)),
            Exchanged::Said(Verdict::RateLimited { .. }) => {
                Err(ProviderError::RateLimited { until: None })
            }
            Exchanged::Said(verdict) => {
                let dead = verdict.is_dead();
                let why = if let Verdict::Unknown { why } = &verdict {
                    sanitize(why)
                } else {
                    format!("the provider issued no access token ({})", verdict.as_str())
                };
                if dead {
                    return Err(ProviderError::Refused {
                        status: 401,
                        message: why,
                        dead_credential: true,
                        dead_token: false,
                        lacks_access: false,
                    });
                }
                Err(ProviderError::not_done(why))
            }
        }
    }
}

/// Moves a text out of a response, so that no copy of it remains.
fn secret(json: &mut Value, place: &str) -> Option<Secret> {
    match json.pointer_mut(place).map(Value::take) {
        Some(Value::String(text))
            if !text.is_empty() && !text.chars().any(|c| c.is_control() || c.is_whitespace()) =>
        {
            Some(Secret::new(text))
        }
        _ => None,
    }
}
