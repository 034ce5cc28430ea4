//! What an authorization server keeps: grants, each with a refresh token and the access tokens that
//! came of it, and one client. It must not know how any provider words an answer.

use crate::http::Request;
use crate::random;
use jiff::{SignedDuration, Timestamp};

/// One person's consent.
#[derive(Clone)]
struct Grant {
    refresh: String,
    /// With the moment each ends.
    access: Vec<(String, Timestamp)>,
    scopes: Vec<String>,
    ended: bool,
}

/// What an access token is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// It is accepted, and may do this.
    Live(Vec<String>),
    /// Its time is over.
    Expired,
    /// Nobody knows it, or its grant was ended.
    Unknown,
}

/// What a refresh gives.
pub(super) struct Fresh {
    pub(super) access: String,
    pub(super) refresh: String,
    pub(super) seconds: i64,
    pub(super) scopes: Vec<String>,
}

/// The grants of a provider.
#[derive(Clone)]
pub(super) struct Grants {
    all: Vec<Grant>,
    client: (String, String),
    lives: SignedDuration,
    /// Whether a refresh ends the refresh token that was sent.
    rotating: bool,
    /// How its tokens look.
    token: fn() -> String,
}

impl Grants {
    pub(super) fn new(lives: SignedDuration, rotating: bool, token: fn() -> String) -> Self {
        Self {
            all: Vec::new(),
            client: (random::uuid(), random::alphanumeric(40)),
            lives,
            rotating,
            token,
        }
    }

    /// The client, as `ID:SECRET`.
    pub(super) fn client(&self) -> String {
        format!("{}:{}", self.client.0, self.client.1)
    }

    /// Whether a request shows the client by HTTP Basic.
    pub(super) fn is_client_by_basic(&self, request: &Request) -> bool {
        request.basic().as_ref() == Some(&self.client)
    }

    /// Whether a request shows the client in its body.
    pub(super) fn is_client_by_body(&self, request: &Request) -> bool {
        field(request, "client_id").as_deref() == Some(&self.client.0)
            && field(request, "client_secret").as_deref() == Some(&self.client.1)
    }

    /// A new grant, as `REFRESH;ACCESS`.
    pub(super) fn add(&mut self, scopes: &[&str], now: Timestamp) -> String {
        let (refresh, access) = ((self.token)(), (self.token)());
        let value = format!("{refresh};{access}");
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self.all.push(Grant {
            refresh,
            access: vec![(access, self.ends(now))],
            scopes,
            ended: false,
        });
        value
    }

    fn ends(&self, now: Timestamp) -> Timestamp {
        now.checked_add(self.lives).unwrap_or(now)
    }

    /// `None` for a refresh token that is not, or no longer, one.
    pub(super) fn refresh(&mut self, refresh: &str, now: Timestamp) -> Option<Fresh> {
        let (ends, seconds) = (self.ends(now), self.lives.as_secs());
        let (access, next) = ((self.token)(), (self.token)());
        let grant = self.all.iter_mut().find(|grant| grant.refresh == refresh && !grant.ended)?;
        grant.access.push((access.clone(), ends));
        if self.rotating {
            grant.refresh = next;
        }
        Some(Fresh {
            access,
            refresh: grant.refresh.clone(),
            seconds,
            scopes: grant.scopes.clone(),
        })
    }

    pub(super) fn access(&self, token: &str, now: Timestamp) -> Access {
        let found = self.all.iter().filter(|grant| !grant.ended).find_map(|grant| {
            let (_, ends) = grant.access.iter().find(|(known, _)| known == token)?;
            Some((grant, *ends))
        });
        match found {
            Some((grant, ends)) if now < ends => Access::Live(grant.scopes.clone()),
            Some(_) => Access::Expired,
            None => Access::Unknown,
        }
    }

    fn of(&mut self, value: &str) -> Option<&mut Grant> {
        let refresh = value.split(';').next().unwrap_or_default().to_owned();
        self.all.iter_mut().find(|grant| grant.refresh == refresh && !grant.ended)
    }

    /// Ends a grant, by its refresh token or by the whole value.
    pub(super) fn end(&mut self, value: &str) -> bool {
        self.of(value).map(|grant| grant.ended = true).is_some()
    }

    /// Lets the time of a value's access tokens be over.
    pub(super) fn expire(&mut self, value: &str, now: Timestamp) -> bool {
        let expired = |grant: &mut Grant| grant.access.iter_mut().for_each(|(_, ends)| *ends = now);
        self.of(value).map(expired).is_some()
    }

    /// Whether the refresh token is one still, or the access token is accepted.
    pub(super) fn is_live(&self, value: &str, now: Timestamp) -> bool {
        let (refresh, access) = value.split_once(';').unwrap_or((value, ""));
        let renewable = self.all.iter().any(|grant| grant.refresh == refresh && !grant.ended);
        renewable || matches!(self.access(access, now), Access::Live(_))
    }
}

/// A field of a form or of a JSON body.
pub(super) fn field(request: &Request, name: &str) -> Option<String> {
    request.field(name).or_else(|| request.json()?[name].as_str().map(str::to_owned))
}
