//! Finds tokens in one text: literals first, a shape's regex only around them, then edges and
//! judgement. Knows neither files nor git, and keeps no copy of what it finds.

use std::collections::BTreeMap;
use std::ops::Range;

use memchr::memchr;
use regex_automata::{Anchored, Input};

use super::allow::{self, Comment};
use super::context_words::{AFTER, BEFORE, Near};
use super::decode::{self, Form, Forms};
use super::exact::Exact;
use super::filter::{self, Evidence, RejectReason, Standing};
use super::joints::{joint, joints_across};
use super::position::Cursor;
use super::rules::{LiteralRole, Rule, Rules};
use super::runs::{Alphabet, has_run, runs, runs_behind};
use super::{address, boundaries, encoding, generic};
use crate::domain::{Confidence, ProviderId};

/// The rule of what nobody described: a name that says secret, and a value that looks random.
pub const GENERIC: &str = "generic/secret";
/// The rule of a password inside an address.
pub(super) const PASSWORD: &str = "url/password";
/// How far from a match its edges are decided: the longest escape that ends one.
const EDGE: usize = 24;
/// Ambiguous shapes are looked for no further back from their word than this.
const LONGEST_NEAR: usize = 512;

/// A shape without literals and words is looked for in words this long.
const LONG_WORD: usize = 32;
/// Runs are looked for once, for both.
const _: () = assert!(LONG_WORD <= decode::LEAST);

/// A token in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Which shape.
    pub rule: String,
    /// Which provider.
    pub provider: ProviderId,
    /// Where, in bytes of the text (of its UTF-8 form, where it was UTF-16).
    pub range: Range<usize>,
    /// The line, from 1.
    pub line: u64,
    /// The column in characters, from 1.
    pub column: u64,
    /// How sure it is.
    pub confidence: Confidence,
    /// The comment beside it that allows it.
    pub(super) comment: Option<Comment>,
    /// Why it is none after all.
    pub(super) why: Option<RejectReason>,
}

/// Finds every token in a text, in order. UTF-16 with a byte-order mark is decoded first.
#[must_use]
pub fn find(rules: &Rules, bytes: &[u8]) -> Vec<Hit> {
    find_plain(rules, &encoding::decode(bytes))
}

/// The same, with the bytes taken as they are, so that the ranges are theirs.
pub(super) fn find_plain(rules: &Rules, text: &[u8]) -> Vec<Hit> {
    let mut cursor = Cursor::new(text);
    finds(rules, text, &mut Buffers::default())
        .into_iter()
        .map(|find| find.spot.placed(rules, text, &mut cursor))
        .collect()
}

/// A place where the core of a literal or a long run stands, so that something may be there. Small:
/// a history carries millions of them along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidate {
    at: u32,
    length: u32,
    /// Which literal, or `RUN`.
    what: u32,
}

/// No literal, but a long run of what tokens and encodings are made of.
const RUN: u32 = u32::MAX;

impl Candidate {
    fn new(range: Range<usize>, what: u32) -> Self {
        Self { at: short(range.start), length: short(range.len()), what }
    }

    pub(super) fn at(self) -> usize {
        self.at as usize
    }

    pub(super) fn end(self) -> usize {
        self.at() + self.length as usize
    }

    pub(super) fn range(self) -> Range<usize> {
        self.at()..self.end()
    }

    pub(super) fn is_run(self) -> bool {
        self.what == RUN
    }

    fn literal(self) -> Option<usize> {
        (self.what != RUN).then_some(self.what as usize)
    }

    /// The same in a text where what stood at `from` stands at `to`.
    pub(super) fn moved(self, from: usize, to: usize) -> Self {
        Self { at: short(self.at() - from + to), ..self }
    }
}

/// Texts in memory are shorter than four gigabytes.
fn short(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// A match that holds, before anybody asks for its line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    pub(super) start: usize,
    pub(super) end: usize,
    case: Evidence,
    rule: RuleRef,
}

impl Spot {
    fn new(range: Range<usize>, case: Evidence, rule: RuleRef) -> Self {
        Self { start: range.start, end: range.end, case, rule }
    }

    pub(super) fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// The stretch that decides about it: with nothing in there changed, it stands.
    pub(super) fn reach(&self) -> (i64, i64) {
        (signed(self.start) - signed(BEFORE + EDGE), signed(self.end) + signed(AFTER + EDGE))
    }

    /// The same in a text where what stood at `from` stands at `to`.
    pub(super) fn moved(&self, from: usize, to: usize) -> Self {
        Self { start: self.start - from + to, end: self.end - from + to, ..self.clone() }
    }

    /// The same, standing elsewhere.
    pub(super) fn standing(&self, range: &Range<usize>) -> Self {
        Self { start: range.start, end: range.end, ..self.clone() }
    }

    pub(super) fn placed(self, rules: &Rules, text: &[u8], cursor: &mut Cursor) -> Hit {
        let (line, column) = cursor.at(text, self.start);
        let (rule, provider) = self.rule.named(rules);
        let comment = allow::comment(text, &self.range());
        Hit {
            rule,
            provider,
            range: self.range(),
            line,
            column,
            confidence: self.case.confidence,
            comment,
            why: None,
        }
    }
}

/// Which rule it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RuleRef {
    /// A shape.
    Shape(usize),
    /// `PASSWORD`.
    Address,
    /// `GENERIC`.
    Generic,
    /// A rule of gitleaks' form.
    Custom(usize),
    /// A value that is known to the letter.
    Exact(usize),
}

impl RuleRef {
    /// Its id, and the provider's.
    pub(super) fn named(self, rules: &Rules) -> (String, ProviderId) {
        match self {
            Self::Shape(rule) => (rules.all[rule].id.clone(), rules.all[rule].provider.clone()),
            Self::Address => (PASSWORD.to_owned(), ProviderId::new("url")),
            Self::Generic => (GENERIC.to_owned(), ProviderId::new("generic")),
            Self::Exact(known) => {
                (rules.exact[known].rule().to_owned(), rules.exact[known].provider.clone())
            }
            Self::Custom(rule) => {
                (format!("gitleaks/{}", rules.custom.id(rule)), ProviderId::new("gitleaks"))
            }
        }
    }
}

/// Something that was looked at and is no finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dropped {
    pub(super) range: Range<usize>,
    pub(super) rule: RuleRef,
    pub(super) why: RejectReason,
}

/// What was found, and its value where that does not stand in the text as it is.
#[derive(Clone, Debug)]
pub(super) struct Find {
    pub(super) spot: Spot,
    pub(super) value: Option<Vec<u8>>,
}

/// Buffers that are used for text after text.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    found: Vec<Candidate>,
    forms: Forms,
}

/// Everything in a text, in order: what stands there as it is, and what stands there in another
/// form.
pub(super) fn finds(rules: &Rules, text: &[u8], buffers: &mut Buffers) -> Vec<Find> {
    let Buffers { found, forms } = buffers;
    found.clear();
    look(rules, text, 0..text.len(), &mut 0, found);
    found.sort_unstable();
    forms.fill(rules, text, found);
    let mut spots = judge(rules, text, found, None);
    spots.extend(everywhere(rules, text));
    with_decoded(settle(rules, spots), decode::finds(rules, text, forms))
}

/// Both kinds of finds together, in order; what stands in a signed token is told of once.
pub(super) fn with_decoded(spots: Vec<Spot>, decoded: Vec<Find>) -> Vec<Find> {
    let covered = |find: &Find| {
        // Those that are settled do not overlap: only the last that begins before it can cover it.
        let before = spots.partition_point(|spot| spot.start <= find.spot.start);
        before.checked_sub(1).is_some_and(|last| find.spot.end <= spots[last].end)
    };
    let mut decoded: Vec<Find> = decoded.into_iter().filter(|find| !covered(find)).collect();
    decoded.sort_by(|a, b| (a.spot.start, &a.value).cmp(&(b.spot.start, &b.value)));
    decoded.dedup_by(|a, b| a.spot.start == b.spot.start && a.value == b.value);
    let mut all: Vec<Find> =
        spots.into_iter().map(|spot| Find { spot, value: None }).chain(decoded).collect();
    all.sort_by_key(|find| find.spot.start);
    all
}

/// Every literal and every long run of a text that has something to do with a part of it, in order.
pub(super) fn candidates(rules: &Rules, text: &[u8], part: Range<usize>) -> Vec<Candidate> {
    let mut found = Vec::new();
    look(rules, text, part, &mut 0, &mut found);
    found.sort_unstable();
    found
}

/// The same, onto others and in no order: what has a byte in the part, what ends where it begins
/// (the next byte may decide about a short literal), and what touches it of runs and of joints.
/// Runs that begin before the end of a known one are known.
pub(super) fn look(
    rules: &Rules,
    text: &[u8],
    part: Range<usize>,
    known: &mut usize,
    found: &mut Vec<Candidate>,
) {
    let grams = part.start.saturating_sub(rules.sieve.before)..part.end + rules.sieve.behind;
    rules.sieve.search(text, grams, &mut |literal, core| {
        if core.start < part.end && core.end >= part.start {
            match rules.joint.filter(|_| rules.forms[literal] == Some(Form::Joint)) {
                Some(known) => found.extend(
                    joint(text, core.start).map(|joint| Candidate::new(joint, short(known))),
                ),
                None => found.push(Candidate::new(core, short(literal))),
            }
        }
    });
    // One that begins further before the part may end in it.
    if let Some(known) = rules.joint {
        found.extend(
            joints_across(text, part.start).map(|joint| Candidate::new(joint, short(known))),
        );
    }
    runs_behind(text, *known, part.start..part.end + 1, LONG_WORD, Alphabet::Base64, &mut |run| {
        *known = run.end;
        found.push(Candidate::new(run, RUN));
    });
}

/// Every match that holds near candidates, which come in order.
pub(super) fn judge(
    rules: &Rules,
    text: &[u8],
    found: &[Candidate],
    dropped: Option<&mut Vec<Dropped>>,
) -> Vec<Spot> {
    let mut finder = Finder { rules, text, spots: Vec::new(), windows: Vec::new(), dropped };
    for candidate in found {
        match candidate.literal() {
            Some(literal) => finder.literal(literal, candidate.at()),
            None => runs(text, candidate.range(), LONG_WORD, Alphabet::Token, &mut |word| {
                rules.long_words.iter().for_each(|rule| finder.word(*rule, word.clone()));
            }),
        }
    }
    for index in 0..finder.windows.len() {
        let (rule, window) = finder.windows[index].clone();
        finder.read(rule, window);
    }
    finder.spots
}

/// Matches of the rules that have nothing to be looked for.
fn everywhere(rules: &Rules, text: &[u8]) -> Vec<Spot> {
    let mut finder = Finder { rules, text, spots: Vec::new(), windows: Vec::new(), dropped: None };
    rules.everywhere.iter().for_each(|rule| finder.sweep(*rule, 0..text.len()));
    let mut spots = finder.spots;
    if !rules.custom.is_empty() {
        let case = Evidence::of(Confidence::Likely);
        rules.custom.search(text, &mut |rule, range| {
            spots.push(Spot::new(range, case, RuleRef::Custom(rule)))
        });
    }
    spots
}

/// How far to either side of a literal's core anything may decide what comes of it.
pub(super) fn reach(all: &[Rule], exact: &[Exact], uses: &[LiteralRole], length: usize) -> usize {
    let longest = |how: &LiteralRole| match *how {
        LiteralRole::Start(rule) | LiteralRole::Inside(rule) | LiteralRole::Near(rule) => {
            all[rule].longest
        }
        LiteralRole::Assigned => generic::LONGEST,
        LiteralRole::Address | LiteralRole::Credential => address::LONGEST,
        LiteralRole::Exact(known) => exact[known].value.len(),
        LiteralRole::Escape | LiteralRole::Joint => 0,
    };
    uses.iter().map(longest).max().unwrap_or(0) + AROUND + length
}

/// What may count around any value, to either side.
const AROUND: usize = BEFORE + AFTER + EDGE;

fn signed(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

impl Rules {
    /// Whether every match has a candidate near it, so that nothing further away can matter.
    pub(super) fn is_local(&self) -> bool {
        self.everywhere.is_empty() && self.custom.is_empty()
    }

    /// How far to either side of a candidate anything may decide what comes of it.
    pub(super) fn reach(&self, candidate: Candidate) -> usize {
        candidate.literal().map_or(AROUND, |literal| self.reaches[literal])
    }

    /// Which other form it tells of, where it does.
    pub(super) fn form(&self, candidate: Candidate) -> Option<Form> {
        candidate.literal().and_then(|literal| self.forms[literal])
    }
}

/// One spot for each place, in order: the least ambiguous, then the nearest to its word, then the
/// widest. What is part of a longer word takes only what nothing else takes; a token of the config
/// takes its place from everything.
pub(super) fn settle(rules: &Rules, mut spots: Vec<Spot>) -> Vec<Spot> {
    named_by_shape(rules, &mut spots);
    let tier = |spot: &Spot| match (spot.case.standing, spot.rule) {
        (Standing::Ours, _) => 0,
        (Standing::Joined, _) => 6,
        (Standing::Apart, RuleRef::Shape(rule)) => 1 + rules.all[rule].tier(spot.case.named),
        (Standing::Apart, RuleRef::Address | RuleRef::Custom(_)) => 4,
        (Standing::Apart, RuleRef::Exact(_)) => 5,
        (Standing::Apart, RuleRef::Generic) => 7,
    };
    spots.sort_by_key(|spot| {
        (
            tier(spot),
            spot.case.distance,
            std::cmp::Reverse(spot.end - spot.start),
            spot.start,
            spot.rule,
        )
    });
    let mut taken: BTreeMap<usize, Spot> = BTreeMap::new();
    for spot in spots {
        let before = taken.range(..spot.end).next_back();
        if before.is_none_or(|(_, other)| other.end <= spot.start) {
            taken.insert(spot.start, spot);
        }
    }
    // What is no secret by itself has kept its place from being taken for one.
    taken
        .into_values()
        .filter(|spot| !matches!(spot.rule, RuleRef::Shape(rule) if rules.all[rule].identifier))
        .collect()
}

/// What is known to the letter, and has a shape as well from its first to its last byte, is named
/// with that.
fn named_by_shape(rules: &Rules, spots: &mut [Spot]) {
    for known in 0..spots.len() {
        if !matches!(spots[known].rule, RuleRef::Exact(_)) {
            continue;
        }
        let shape = |other: &&Spot| {
            other.range() == spots[known].range()
                && matches!(other.rule, RuleRef::Shape(rule) if !rules.all[rule].identifier)
        };
        if let Some(rule) =
            spots.iter().filter(shape).min_by_key(|other| &other.case).map(|other| other.rule)
        {
            spots[known].rule = rule;
        }
    }
}

struct Finder<'a, 'd> {
    rules: &'a Rules,
    text: &'a [u8],
    spots: Vec<Spot>,
    /// By rule that has one, the stretch that has to be read and was not yet. Windows that touch
    /// are read as one: linear in any text.
    windows: Vec<(usize, Range<usize>)>,
    dropped: Option<&'d mut Vec<Dropped>>,
}

impl Finder<'_, '_> {
    fn literal(&mut self, literal: usize, at: usize) {
        let Some(Range { start: at, end }) = self.rules.sieve.whole(self.text, literal, at) else {
            return;
        };
        for how in &self.rules.uses[literal] {
            match *how {
                LiteralRole::Start(rule) => self.try_at(rule, at),
                LiteralRole::Inside(rule) => {
                    let longest = self.rules.all[rule].longest;
                    self.widen(rule, at.saturating_sub(longest)..end + longest);
                }
                LiteralRole::Near(rule) => {
                    let longest = self.rules.all[rule].longest.min(LONGEST_NEAR);
                    self.widen(rule, at.saturating_sub(AFTER + longest)..end + BEFORE + longest);
                }
                // For `decode`.
                LiteralRole::Escape | LiteralRole::Joint => {}
                LiteralRole::Assigned => self.assigned(at, end - at),
                LiteralRole::Address => self.password(address::password(self.text, at)),
                LiteralRole::Credential => self.password(address::credential(self.text, end)),
                LiteralRole::Exact(known) => {
                    let standing = if self.rules.exact[known].token.is_some() {
                        Standing::Ours
                    } else {
                        Standing::Apart
                    };
                    let case = Evidence { standing, ..Evidence::of(Confidence::Certain) };
                    let range = self.rules.exact[known].ending_at(self.text, end);
                    self.spots
                        .extend(range.map(|range| Spot::new(range, case, RuleRef::Exact(known))));
                }
            }
        }
    }

    fn try_at(&mut self, rule: usize, at: usize) {
        let ready = &self.rules.all[rule];
        let end = (at + ready.longest).min(self.text.len());
        // In the middle of a word most are none, which is quickly seen.
        if self.dropped.is_none()
            && !boundaries::left(self.text, at)
            && (ready.is_weak()
                || !has_run(&self.text[at..end], ready.run.max(1), Alphabet::Base64))
        {
            return;
        }
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
                self.read(rule, ready);
            }
            None => self.windows.push((rule, around)),
        }
    }

    /// Reads a window. Most have nothing in them that is long enough, which is quickly seen.
    fn read(&mut self, rule: usize, window: Range<usize>) {
        let least = self.rules.all[rule].run;
        if least == 0 || has_run(&self.text[window.clone()], least, Alphabet::Base64) {
            self.sweep(rule, window);
        }
    }

    /// Reads a long word.
    fn word(&mut self, rule: usize, word: Range<usize>) {
        if self.rules.all[rule]
            .byte
            .is_none_or(|byte| memchr(byte, &self.text[word.clone()]).is_some())
        {
            self.sweep(rule, word);
        }
    }

    fn sweep(&mut self, rule: usize, window: Range<usize>) {
        let ready = &self.rules.all[rule];
        let Some(regex) = ready.regex() else { return };
        let mut at = window.start;
        while at < window.end
            && let Some(found) = regex.search(&Input::new(self.text).span(at..window.end))
        {
            // A match is longer where windows that touch were joined, and how they are is chance.
            if found.len() <= ready.longest && self.keep(rule, found.range()) {
                at = found.end();
                continue;
            }
            at = found.start() + 1;
            while at < window.end && !boundaries::left(self.text, at) {
                at += 1;
            }
        }
    }

    /// Takes a match, unless it is a part of a longer word and says nothing by itself. Says whether
    /// it is a word, or was one.
    fn keep(&mut self, rule: usize, range: Range<usize>) -> bool {
        let ready = &self.rules.all[rule];
        let range = self.without_tail(ready, range);
        let is_word =
            boundaries::left(self.text, range.start) && boundaries::right(self.text, range.end);
        if !is_word && !filter::stands_out(ready, self.text, &range) {
            self.drop(range, RuleRef::Shape(rule), RejectReason::Edge);
            return false;
        }
        let standing = if is_word { Standing::Apart } else { Standing::Joined };
        let beside = ready.beside.iter().filter_map(|other| self.nearest_of(*other, &range)).min();
        match filter::shaped(ready, beside, self.text, &range) {
            Ok(case) => self.spots.push(Spot::new(
                range,
                Evidence { standing, ..case },
                RuleRef::Shape(rule),
            )),
            Err(why) => self.drop(range, RuleRef::Shape(rule), why),
        }
        true
    }

    /// A match that takes in a part of what is glued to it (`VALUE_and_more`) only as far as the
    /// glue.
    fn without_tail(&self, rule: &Rule, range: Range<usize>) -> Range<usize> {
        if rule.is_weak() || !self.text.get(range.end).is_some_and(u8::is_ascii_alphanumeric) {
            return range;
        }
        let least = (range.start + rule.shortest).min(range.end);
        let glue = self.text[least..range.end].iter().rposition(|byte| matches!(byte, b'_' | b'-'));
        let shorter = glue.and_then(|glue| {
            let input =
                Input::new(self.text).span(range.start..least + glue).anchored(Anchored::Yes);
            rule.regex()?
                .search(&input)
                .map(|found| found.range())
                .filter(|found| found.end == least + glue)
        });
        shorter.unwrap_or(range)
    }

    /// The nearest match of another rule around a value.
    fn nearest_of(&self, rule: usize, range: &Range<usize>) -> Option<Near> {
        let regex = self.rules.all[rule].regex()?;
        let window = range.start.saturating_sub(BEFORE)..(range.end + AFTER).min(self.text.len());
        let all = regex.find_iter(Input::new(self.text).span(window));
        let whole = all.filter(|found| {
            boundaries::left(self.text, found.start()) && boundaries::right(self.text, found.end())
        });
        let apart = whole.filter(|found| found.end() <= range.start || found.start() >= range.end);
        apart
            .map(|found| Near {
                distance: if found.end() <= range.start {
                    range.start - found.end()
                } else {
                    found.start() - range.end
                },
                at: found.start(),
            })
            .min()
    }

    fn password(&mut self, found: Option<(Range<usize>, Result<Evidence, RejectReason>)>) {
        match found {
            Some((range, Ok(case))) => self.spots.push(Spot::new(range, case, RuleRef::Address)),
            Some((range, Err(why))) => self.drop(range, RuleRef::Address, why),
            None => {}
        }
    }

    fn assigned(&mut self, at: usize, length: usize) {
        let Some(range) = generic::value_behind(self.text, at, length) else { return };
        match generic::judged(self.rules, self.text, &range) {
            Ok(case) => self.spots.push(Spot::new(range, case, RuleRef::Generic)),
            Err(why) => self.drop(range, RuleRef::Generic, why),
        }
    }

    fn drop(&mut self, range: Range<usize>, rule: RuleRef, why: RejectReason) {
        if let Some(dropped) = &mut self.dropped {
            dropped.push(Dropped { range, rule, why });
        }
    }
}
