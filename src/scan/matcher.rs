//! Finds tokens in one text: literals first, a shape's regex only around them, then edges and judgement.
//! Knows neither files nor git, and keeps no copy of what it finds.

use std::collections::BTreeMap;
use std::ops::Range;

use regex_automata::{Anchored, Input};

use super::judge::{self, Case, Why};
use super::position::Cursor;
use super::rules::{Rules, Use};
use super::runs::{Of, runs};
use super::words::{AFTER, BEFORE, Near};
use super::{address, decode, edges, encoding, generic};
use crate::domain::{Confidence, ProviderId};

/// The rule of what nobody described: a name that says secret, and a value that looks random.
pub const GENERIC: &str = "generic/secret";
/// The rule of a password inside an address.
pub(super) const PASSWORD: &str = "url/password";
/// Ambiguous shapes are looked for no further back from their word than this.
const LONGEST_NEAR: usize = 512;

/// A shape without literals and words is looked for in words this long.
const LONG_WORD: usize = 32;

/// A token in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Which shape.
    pub rule: String,
    /// Which platform.
    pub provider: ProviderId,
    /// Where, in bytes of the text (of its UTF-8 form, where it was UTF-16).
    pub range: Range<usize>,
    /// The line, from 1.
    pub line: u64,
    /// The column in characters, from 1.
    pub column: u64,
    /// How sure it is.
    pub confidence: Confidence,
}

/// Finds every token in a text, in order. UTF-16 with a byte-order mark is decoded first.
#[must_use]
pub fn find(rules: &Rules, bytes: &[u8]) -> Vec<Hit> {
    find_plain(rules, &encoding::decode(bytes))
}

/// The same, with the bytes taken as they are, so that the ranges are theirs.
pub(super) fn find_plain(rules: &Rules, text: &[u8]) -> Vec<Hit> {
    let mut cursor = Cursor::new(text);
    finds(rules, text).into_iter().map(|find| find.spot.placed(rules, text, &mut cursor)).collect()
}

/// A match that holds, before anybody asks for its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) range: Range<usize>,
    case: Case,
    rule: By,
}

/// Which rule it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum By {
    /// A shape.
    Shape(usize),
    /// `PASSWORD`.
    Address,
    /// `GENERIC`.
    Generic,
}

impl By {
    /// Its id, and the platform's.
    pub(super) fn named(self, rules: &Rules) -> (String, ProviderId) {
        match self {
            Self::Shape(rule) => (rules.all[rule].id.clone(), rules.all[rule].provider.clone()),
            Self::Address => (PASSWORD.to_owned(), ProviderId::new("url")),
            Self::Generic => (GENERIC.to_owned(), ProviderId::new("generic")),
        }
    }
}

impl Spot {
    /// The same, standing elsewhere.
    pub(super) fn moved(&self, range: Range<usize>) -> Self {
        Self { range, ..self.clone() }
    }

    pub(super) fn placed(self, rules: &Rules, text: &[u8], cursor: &mut Cursor) -> Hit {
        let (line, column) = cursor.at(text, self.range.start);
        let (rule, provider) = self.rule.named(rules);
        Hit { rule, provider, range: self.range, line, column, confidence: self.case.confidence }
    }
}

/// Something that was looked at and is no finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dropped {
    pub(super) range: Range<usize>,
    pub(super) rule: By,
    pub(super) why: Why,
}

/// What was found, and its value where that does not stand in the text as it is.
#[derive(Clone, Debug)]
pub(super) struct Find {
    pub(super) spot: Spot,
    pub(super) value: Option<Vec<u8>>,
}

/// Everything in a text, in order: what stands there as it is, and what stands there in another form.
pub(super) fn finds(rules: &Rules, text: &[u8]) -> Vec<Find> {
    let whole = 0..text.len();
    finds_touching(rules, text, std::slice::from_ref(&whole), None)
}

/// The same for a text of which only some stretches are new. Finds at least every match whose own bytes, or bytes it depends on
/// (`judge::REACH` around it), lie in one of them; `parts` are in order and do not overlap.
pub(super) fn finds_touching(rules: &Rules, text: &[u8], parts: &[Range<usize>], dropped: Option<&mut Vec<Dropped>>) -> Vec<Find> {
    let seen = looked(rules, text, parts, dropped);
    let decoded = decode::finds(rules, text, parts, &seen);
    let mut all: Vec<Find> = seen.spots.into_iter().map(|spot| Find { spot, value: None }).collect();
    let plain = all.len();
    for find in decoded {
        // A signed token is base64 itself, and is told of once.
        let covered =
            all[..plain].iter().any(|other| other.spot.range.start <= find.spot.range.start && find.spot.range.end <= other.spot.range.end);
        if !covered && !all[plain..].iter().any(|other| other.value == find.value && other.spot.range.start == find.spot.range.start) {
            all.push(find);
        }
    }
    all.sort_by_key(|find| find.spot.range.start);
    all
}

/// What one reading of a text shows.
#[derive(Debug)]
pub(super) struct Looked {
    /// Every match that holds, in order, one for each place: the least ambiguous, then the nearest to its word, then the widest.
    pub(super) spots: Vec<Spot>,
    /// Where an escape of a byte that tokens are made of stands.
    pub(super) escapes: Vec<usize>,
    /// Where a string literal ends that may be joined to another.
    pub(super) joints: Vec<usize>,
}

/// Reads stretches of a text once.
pub(super) fn looked(rules: &Rules, text: &[u8], parts: &[Range<usize>], dropped: Option<&mut Vec<Dropped>>) -> Looked {
    let mut finder = Finder { rules, text, spots: Vec::new(), windows: Vec::new(), escapes: Vec::new(), joints: Vec::new(), dropped };
    for part in parts {
        rules.sieve.search(text, part.clone(), &mut |literal, at| finder.literal(literal, at));
        if !rules.long_words.is_empty() {
            runs(text, part.clone(), LONG_WORD, Of::Token, &mut |run| {
                rules.long_words.iter().for_each(|rule| finder.sweep(*rule, run.clone()))
            });
        }
        for rule in &rules.everywhere {
            finder.sweep(*rule, part.clone());
        }
    }
    for index in 0..finder.windows.len() {
        let (rule, window) = finder.windows[index].clone();
        finder.sweep(rule, window);
    }
    Looked { spots: chosen(finder.spots, rules), escapes: finder.escapes, joints: finder.joints }
}

fn chosen(mut spots: Vec<Spot>, rules: &Rules) -> Vec<Spot> {
    let tier = |spot: &Spot| match spot.rule {
        By::Shape(rule) => u8::from(rules.all[rule].is_ambiguous()),
        By::Address => 1,
        By::Generic => 2,
    };
    spots.sort_by_key(|spot| (tier(spot), spot.case.distance, std::cmp::Reverse(spot.range.len()), spot.range.start, spot.rule));
    let mut taken: BTreeMap<usize, Spot> = BTreeMap::new();
    for spot in spots {
        let before = taken.range(..spot.range.end).next_back();
        if before.is_none_or(|(_, other)| other.range.end <= spot.range.start) {
            taken.insert(spot.range.start, spot);
        }
    }
    // What is no secret by itself has kept its place from being taken for one.
    taken.into_values().filter(|spot| !matches!(spot.rule, By::Shape(rule) if rules.all[rule].identifier)).collect()
}

struct Finder<'a, 'd> {
    rules: &'a Rules,
    text: &'a [u8],
    spots: Vec<Spot>,
    /// By rule that has one, the stretch that has to be read and was not yet. Windows that touch are read as one: linear in any text.
    windows: Vec<(usize, Range<usize>)>,
    escapes: Vec<usize>,
    joints: Vec<usize>,
    dropped: Option<&'d mut Vec<Dropped>>,
}

impl Finder<'_, '_> {
    fn literal(&mut self, literal: usize, at: usize) {
        let end = at + self.rules.lengths[literal];
        for how in &self.rules.uses[literal] {
            match *how {
                Use::Start(rule) => self.try_at(rule, at),
                Use::Inside(rule) => {
                    let longest = self.rules.all[rule].longest;
                    self.widen(rule, at.saturating_sub(longest)..end + longest);
                }
                Use::Near(rule) => {
                    let longest = self.rules.all[rule].longest.min(LONGEST_NEAR);
                    self.widen(rule, at.saturating_sub(AFTER + longest)..end + BEFORE + longest);
                }
                Use::Escape => self.escapes.push(at),
                Use::Joint => self.joints.push(at),
                Use::Assigned => self.assigned(at, end - at),
                Use::Address => match address::password(self.text, at) {
                    Some((range, Ok(case))) => self.spots.push(Spot { range, case, rule: By::Address }),
                    Some((range, Err(why))) => self.drop(range, By::Address, why),
                    None => {}
                },
            }
        }
    }

    fn try_at(&mut self, rule: usize, at: usize) {
        if !edges::left(self.text, at) {
            return;
        }
        let ready = &self.rules.all[rule];
        let end = (at + ready.longest).min(self.text.len());
        let input = Input::new(self.text).span(at..end).anchored(Anchored::Yes);
        if let Some(found) = ready.regex().and_then(|regex| regex.search(&input)) {
            self.keep(rule, found.range());
        }
    }

    fn widen(&mut self, rule: usize, around: Range<usize>) {
        let around = around.start..around.end.min(self.text.len());
        let open = self.windows.iter_mut().find(|(of, _)| *of == rule);
        match open {
            Some((_, open)) if around.start <= open.end => open.end = open.end.max(around.end),
            Some((_, open)) => {
                let ready = std::mem::replace(open, around);
                self.sweep(rule, ready);
            }
            None => self.windows.push((rule, around)),
        }
    }

    fn sweep(&mut self, rule: usize, window: Range<usize>) {
        let Some(regex) = self.rules.all[rule].regex() else { return };
        let mut at = window.start;
        while at < window.end
            && let Some(found) = regex.search(&Input::new(self.text).span(at..window.end))
        {
            if edges::left(self.text, found.start()) && self.keep(rule, found.range()) {
                at = found.end();
                continue;
            }
            at = found.start() + 1;
            while at < window.end && !edges::left(self.text, at) {
                at += 1;
            }
        }
    }

    /// Takes a match whose left edge holds; says whether the right one does too.
    fn keep(&mut self, rule: usize, range: Range<usize>) -> bool {
        if !edges::right(self.text, range.end) {
            return false;
        }
        let ready = &self.rules.all[rule];
        let beside = ready.beside.iter().filter_map(|other| self.nearest_of(*other, &range)).min();
        match judge::shaped(ready, beside, self.text, &range) {
            Ok(case) => self.spots.push(Spot { range, case, rule: By::Shape(rule) }),
            Err(why) => self.drop(range, By::Shape(rule), why),
        }
        true
    }

    /// The nearest match of another rule around a value.
    fn nearest_of(&self, rule: usize, range: &Range<usize>) -> Option<Near> {
        let regex = self.rules.all[rule].regex()?;
        let window = range.start.saturating_sub(BEFORE)..(range.end + AFTER).min(self.text.len());
        let all = regex.find_iter(Input::new(self.text).span(window));
        let whole = all.filter(|found| edges::left(self.text, found.start()) && edges::right(self.text, found.end()));
        let apart = whole.filter(|found| found.end() <= range.start || found.start() >= range.end);
        apart
            .map(|found| Near {
                distance: if found.end() <= range.start { range.start - found.end() } else { found.start() - range.end },
                at: found.start(),
            })
            .min()
    }

    fn assigned(&mut self, at: usize, length: usize) {
        let Some(range) = generic::value_behind(self.text, at, length) else { return };
        match generic::judged(self.text, &range) {
            Ok(case) => self.spots.push(Spot { range, case, rule: By::Generic }),
            Err(why) => self.drop(range, By::Generic, why),
        }
    }

    fn drop(&mut self, range: Range<usize>, rule: By, why: Why) {
        if let Some(dropped) = &mut self.dropped {
            dropped.push(Dropped { range, rule, why });
        }
    }
}
