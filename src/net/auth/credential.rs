//! A value and the parts of it: where they are is known, what they are is told to nobody but the
//! places they are put in.

use std::collections::BTreeMap;
use std::ops::Range;

use regex_automata::{Anchored, Input, meta::Regex};
use zeroize::Zeroizing;

use super::{Pattern, Piece, SignError};
use crate::domain::Secret;
use crate::net::Readings;
use crate::net::scrub::{self, Needle};

/// Shorter parts are not looked for in foreign text: they would be found in any.
const SHORTEST_PART: usize = 16;

/// What stands between public parts, such as `SG.` and a dot, is no secret when it is shorter than
/// this.
const SHORTEST_STRETCH: usize = 8;

/// A value, and where the parts of it are.
#[derive(Clone)]
pub struct Credential<'a> {
    value: &'a Secret,
    parts: BTreeMap<String, Range<usize>>,
    /// What is sent beside the value and is no part of it: the client's secret, a short-lived
    /// token.
    beside: BTreeMap<String, Secret>,
}

impl<'a> Credential<'a> {
    /// A value of whose shape nothing is known. Of `ID:SECRET` the halves are `client_id` and
    /// `client_secret`; without a colon all of it is the id.
    #[must_use]
    pub fn opaque(value: &'a Secret) -> Self {
        Self { value, parts: BTreeMap::new(), beside: BTreeMap::new() }.halved(
            ':',
            "client_id",
            "client_secret",
        )
    }

    /// An OAuth value, `REFRESH;ACCESS` or the refresh token alone.
    #[must_use]
    pub fn granted(value: &'a Secret) -> Self {
        Self { value, parts: BTreeMap::new(), beside: BTreeMap::new() }
            .halved(';', "refresh", "access")
    }

    /// A value that has this shape from its first to its last character; `None` where it has not.
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

    /// The same with something beside the value, under a name of its own.
    #[must_use]
    pub fn with(mut self, name: &str, beside: Secret) -> Self {
        self.beside.insert(name.to_owned(), beside);
        self
    }

    /// A part that its shape says is no secret, such as a key's id. The caller has to know that it
    /// is none.
    #[must_use]
    pub fn public_part(&self, name: &str) -> Option<String> {
        self.at(name).map(str::to_owned)
    }

    /// A part as a value of its own; `None` where there is none, or an empty one.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<Secret> {
        self.at(name).filter(|text| !text.is_empty()).map(|text| Secret::new(text.to_owned()))
    }

    /// When a JSON Web Token says that it ends, in seconds since 1970; of the whole value, or of a
    /// part.
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

    /// Whether the value ends as this text does, after whatever it has in place of the rest. Fewer
    /// than four characters say nothing.
    #[must_use]
    pub fn ends_like(&self, shown: &str) -> bool {
        let tail = shown
            .rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
            .next()
            .unwrap_or_default();
        tail.len() >= 4 && tail.len() < self.value.len() && self.value.expose().ends_with(tail)
    }

    /// Takes the value out of foreign texts, where what is public of it (a key's id) may stand.
    /// Each stretch between public parts is looked for. Made once for many texts.
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

    /// Whether a text repeats what is secret of the value, in any form that can be read.
    #[must_use]
    pub fn is_given_away_by<'n>(
        &self,
        public: impl IntoIterator<Item = &'n str>,
        readings: &Readings,
    ) -> bool {
        self.secret_parts(public).into_iter().any(|part| readings.hold(part))
    }

    /// The stretches between public parts, and what was sent beside the value.
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

    /// Foreign text without the value, its parts and what was sent beside it.
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

    /// Whether a text repeats the value or what was sent beside it, in part or in whole, in any
    /// form that can be read.
    #[must_use]
    pub fn is_repeated_in(&self, readings: &Readings) -> bool {
        self.is_in(|value| readings.hold(value))
            || self
                .parts
                .keys()
                .filter_map(|name| self.at(name))
                .any(|part| part.len() >= SHORTEST_PART && readings.hold(part))
    }

    /// Whether all of the value stands in a text.
    #[must_use]
    pub fn stands_in(&self, readings: &Readings) -> bool {
        readings.hold_all_of(self.value.expose())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.value.is_empty()
    }

    /// Whether something holds of the value, or of what is sent beside it.
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
