//! A value and its parts. Only the places in a request that carry them get their text.

use std::collections::BTreeMap;
use std::ops::Range;

use regex_automata::{Anchored, Input, meta::Regex};
use zeroize::Zeroizing;

use super::{Pattern, Piece, SignError};
use crate::domain::Secret;
use crate::net::Readings;
use crate::net::scrub::{self, Needle};

/// Shorter parts are not searched for in foreign text: they would be in any.
const SHORTEST_PART: usize = 16;

/// Text between public parts, such as `SG.` and a dot, is not secret if it is shorter than this.
const SHORTEST_STRETCH: usize = 8;

/// A value, and where its parts are.
#[derive(Clone)]
pub struct Credential<'a> {
    value: &'a Secret,
    parts: BTreeMap<String, Range<usize>>,
    /// What is sent in addition to the value: the client's secret, a short-lived token.
    beside: BTreeMap<String, Secret>,
}

impl<'a> Credential<'a> {
    /// A value of unknown shape. Of `ID:SECRET` the halves are `client_id` and
    /// `client_secret`; without a colon all of it is the id.
    #[must_use]
    pub fn opaque(value: &'a Secret) -> Self {
        Self { value, parts: BTreeMap::new(), beside: BTreeMap::new() }.halved(
            ':',
            "client_id",
            "client_secret",
        )
    }

    /// An OAuth value, `REFRESH;ACCESS` or only the refresh token.
    #[must_use]
    pub fn granted(value: &'a Secret) -> Self {
        Self { value, parts: BTreeMap::new(), beside: BTreeMap::new() }
            .halved(';', "refresh", "access")
    }

    /// A value that matches this shape completely; `None` if it does not.
    #[must_use]
    pub fn shaped(value: &'a Secret, shape: &Regex) -> Option<Self> {
        let text = value.expose();
        let mut captures = shape.create_captures();
        shape.search_captures(&Input::new(text).anchored(Anchored::Yes), &mut captures);
        let whole = captures.get_match()?;
        if whole.end() != text.len() {
            return None;
        }
        let names = shape.group_info().pattern_names(whole.pattern());
        let found = names.enumerate().filter_map(|(index, name)| {
            Some((name?.to_owned(), captures.get_group(index)?.range()))
        });
        let found: Vec<_> = found.collect();
        let mut credential = Self::opaque(value);
        credential.parts.extend(found);
        Some(credential)
    }

    fn halved(mut self, at: char, first: &str, second: &str) -> Self {
        let text = self.value.expose();
        let middle = text.find(at);
        self.parts.insert(first.to_owned(), 0..middle.unwrap_or(text.len()));
        if let Some(middle) = middle {
            self.parts.insert(second.to_owned(), middle + 1..text.len());
        }
        self
    }

    /// Adds something to send with the value, under its own name.
    #[must_use]
    pub fn with(mut self, name: &str, beside: Secret) -> Self {
        self.beside.insert(name.to_owned(), beside);
        self
    }

    /// A part that is not secret by its shape, such as a key's id. The caller must be sure of that.
    #[must_use]
    pub fn public_part(&self, name: &str) -> Option<String> {
        self.at(name).map(str::to_owned)
    }

    /// A part as a value; `None` if it is missing or empty.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<Secret> {
        self.at(name).filter(|text| !text.is_empty()).map(|text| Secret::new(text.to_owned()))
    }

    /// The expiry in a JSON Web Token, in seconds since 1970; of the whole value, or of a part.
    #[must_use]
    pub fn jwt_end(&self, part: Option<&str>) -> Option<i64> {
        super::claims::end(match part {
            Some(name) => self.at(name)?,
            None => self.value.expose(),
        })
    }

    /// The value itself.
    #[must_use]
    pub fn whole(&self) -> Secret {
        self.value.clone()
    }

    /// Whether the value is exactly this other one.
    #[must_use]
    pub fn is(&self, other: &Secret) -> bool {
        self.value.expose() == other.expose()
    }

    /// Whether the value has the same end as this text, which masks the rest. Fewer than four
    /// characters are not enough.
    #[must_use]
    pub fn ends_like(&self, shown: &str) -> bool {
        let tail = shown
            .rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
            .next()
            .unwrap_or_default();
        tail.len() >= 4 && tail.len() < self.value.len() && self.value.expose().ends_with(tail)
    }

    /// Removes the value from foreign texts, except its public parts (a key's id). Searches for
    /// each stretch between public parts. Created once for many texts.
    #[must_use]
    pub fn cleaner<'n>(
        &self,
        public: impl IntoIterator<Item = &'n str>,
    ) -> Box<dyn Fn(&str) -> String> {
        let needles = self.needles(public);
        Box::new(move |text| {
            needles.iter().fold(text.to_owned(), |text, needle| needle.taken_out_of(&text))
        })
    }

    fn needles<'n>(&self, public: impl IntoIterator<Item = &'n str>) -> Vec<Needle> {
        self.secret_parts(public).into_iter().filter_map(Needle::of).collect()
    }

    /// Whether a text repeats the secret parts of the value, in any known encoding.
    #[must_use]
    pub fn is_given_away_by<'n>(
        &self,
        public: impl IntoIterator<Item = &'n str>,
        readings: &Readings,
    ) -> bool {
        self.secret_parts(public).into_iter().any(|part| readings.hold(part))
    }

    /// The stretches between public parts, and what was sent with the value.
    fn secret_parts<'n>(&self, public: impl IntoIterator<Item = &'n str>) -> Vec<&str> {
        let mut known: Vec<Range<usize>> =
            public.into_iter().filter_map(|name| self.parts.get(name).cloned()).collect();
        known.sort_by_key(|range| range.start);
        let value = self.value.expose();
        let (mut stretches, mut from) = (Vec::new(), 0);
        for range in known {
            stretches.push(value.get(from..range.start).unwrap_or_default());
            from = from.max(range.end);
        }
        stretches.push(value.get(from..).unwrap_or_default());
        let beside = self.beside.values().map(Secret::expose);
        stretches
            .into_iter()
            .filter(|stretch| stretch.len() >= SHORTEST_STRETCH)
            .chain(beside)
            .collect()
    }

    /// Foreign text without the value, its parts and what was sent with it.
    #[must_use]
    pub fn scrubbed(&self, text: &str) -> String {
        let whole = scrub::without(text, self.value.expose());
        let parts = self
            .parts
            .keys()
            .filter_map(|name| self.at(name))
            .filter(|part| part.len() >= SHORTEST_PART);
        let beside = self.beside.values().map(Secret::expose);
        parts.chain(beside).fold(whole, |text, part| scrub::without(&text, part))
    }

    /// Whether a text repeats the value or what was sent with it, in part or in whole, in any known
    /// encoding.
    #[must_use]
    pub fn is_repeated_in(&self, readings: &Readings) -> bool {
        self.is_in(|value| readings.hold(value))
            || self
                .parts
                .keys()
                .filter_map(|name| self.at(name))
                .any(|part| part.len() >= SHORTEST_PART && readings.hold(part))
    }

    /// Whether the whole value is in a text.
    #[must_use]
    pub fn stands_in(&self, readings: &Readings) -> bool {
        readings.hold_all_of(self.value.expose())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.value.is_empty()
    }

    /// Whether something is true of the value, or of what is sent with it.
    pub(super) fn is_in(&self, holds: impl Fn(&str) -> bool) -> bool {
        holds(self.value.expose()) || self.beside.values().any(|beside| holds(beside.expose()))
    }

    fn at(&self, name: &str) -> Option<&str> {
        match self.beside.get(name) {
            Some(beside) => Some(beside.expose()),
            None => self.value.expose().get(self.parts.get(name)?.clone()),
        }
    }

    pub(super) fn fill(&self, pattern: &Pattern) -> Result<Zeroizing<String>, SignError> {
        let mut text = Zeroizing::new(String::new());
        for piece in &pattern.0 {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Value => text.push_str(self.value.expose()),
                Piece::Part(name) => {
                    text.push_str(self.at(name).ok_or_else(|| SignError::NoPart(name.clone()))?)
                }
            }
        }
        Ok(text)
    }
}
