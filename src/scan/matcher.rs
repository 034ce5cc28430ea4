//! Finds tokens in one text: literals first, the regex only around them, then edges, keywords and placeholders.
//! Knows neither files nor git, and keeps no copy of what it finds.

use std::cmp::Reverse;
use std::ops::Range;

use regex_automata::{Anchored, Input};

use super::position::Cursor;
use super::rules::{AFTER, BEFORE, Prefilter, Rules};
use super::{edges, encoding, placeholder};
use crate::domain::ProviderId;

/// How far from a match its edges are decided: the longest escape that ends one.
const EDGE: usize = 24;

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
}

/// Finds every token in a text, in order. UTF-16 with a byte-order mark is decoded first.
#[must_use]
pub fn find(rules: &Rules, bytes: &[u8]) -> Vec<Hit> {
    find_plain(rules, &encoding::decode(bytes))
}

/// The same, with the bytes taken as they are, so that the ranges are theirs.
pub(super) fn find_plain(rules: &Rules, text: &[u8]) -> Vec<Hit> {
    let mut cursor = Cursor::new(text);
    spots(rules, text).into_iter().map(|spot| spot.placed(rules, text, &mut cursor)).collect()
}

/// A place where a literal stands, so that something may be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidate {
    pub(super) at: usize,
    pub(super) end: usize,
    literal: u32,
    is_keyword: bool,
}

impl Candidate {
    /// The same in a text where what stood at `from` stands at `to`.
    pub(super) fn moved(self, from: usize, to: usize) -> Self {
        Self { at: self.at - from + to, end: self.end - from + to, ..self }
    }
}

/// A match that holds, before anybody asks for its line. Ordered by place, the widest and least ambiguous first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    start: usize,
    end: Reverse<usize>,
    /// How far its nearest keyword is; 0 for a shape that needs none.
    distance: usize,
    rule: usize,
}

impl Spot {
    pub(super) fn range(&self) -> Range<usize> {
        self.start..self.end.0
    }

    /// The stretch that decides about it: with nothing in there changed, it stands.
    pub(super) fn reach(&self) -> (i64, i64) {
        (signed(self.start) - signed(BEFORE + EDGE), signed(self.end.0) + signed(AFTER + EDGE))
    }

    /// The same in a text where what stood at `from` stands at `to`.
    pub(super) fn moved(&self, from: usize, to: usize) -> Self {
        Self { start: self.start - from + to, end: Reverse(self.end.0 - from + to), ..*self }
    }

    pub(super) fn placed(self, rules: &Rules, text: &[u8], cursor: &mut Cursor) -> Hit {
        let (line, column) = cursor.at(text, self.start);
        let rule = &rules.all[self.rule];
        Hit { rule: rule.id.clone(), provider: rule.provider.clone(), range: self.range(), line, column }
    }
}

/// Every match that holds, in order, one for each place.
pub(super) fn spots(rules: &Rules, text: &[u8]) -> Vec<Spot> {
    let mut found = Vec::new();
    candidates(rules, text, 0..text.len(), &mut found);
    let mut spots = judge(rules, text, &found);
    let mut finder = Finder::new(rules, text);
    for rule in &rules.everywhere {
        finder.sweep(*rule, 0..text.len());
    }
    spots.extend(finder.spots);
    settle(spots)
}

/// Adds every literal that begins in a part of a text, in order. Its own bytes decide that it stands there, and no others.
pub(super) fn candidates(rules: &Rules, text: &[u8], part: Range<usize>, found: &mut Vec<Candidate>) {
    for (filter, is_keyword) in [(&rules.by_literal, false), (&rules.by_keyword, true)] {
        let Some(filter) = filter else { continue };
        let (mut from, end) = (part.start, (part.end + filter.literals.max_pattern_len()).min(text.len()));
        while let Some(hit) = filter.literals.find(aho_corasick::Input::new(text).span(from..end))
            && hit.start() < part.end
        {
            // Only one byte on: the next literal may begin inside this one.
            from = hit.start() + 1;
            found.push(Candidate { at: hit.start(), end: hit.end(), literal: hit.pattern().as_u32(), is_keyword });
        }
    }
}

/// Every match that holds near candidates, which come in order.
pub(super) fn judge(rules: &Rules, text: &[u8], found: &[Candidate]) -> Vec<Spot> {
    let mut finder = Finder::new(rules, text);
    for candidate in found {
        let Some(filter) = rules.filter(*candidate) else { continue };
        for &(rule, starts_here) in &filter.uses[literal(*candidate)] {
            if starts_here {
                finder.try_at(rule, candidate.at);
                continue;
            }
            let longest = rules.all[rule].longest;
            let (before, after) = if candidate.is_keyword { (AFTER, BEFORE) } else { (0, 0) };
            finder.widen(rule, candidate.at.saturating_sub(before + longest)..candidate.end + after + longest);
        }
    }
    for rule in 0..rules.all.len() {
        finder.flush(rule);
    }
    finder.spots
}

/// The stretch that decides what comes of a candidate.
pub(super) fn reach(rules: &Rules, candidate: Candidate) -> (i64, i64) {
    let Some(filter) = rules.filter(candidate) else { return (0, i64::MAX) };
    let longest = filter.uses[literal(candidate)].iter().map(|(rule, _)| rules.all[*rule].longest).max().unwrap_or(0);
    let around = signed(longest + BEFORE + AFTER + EDGE);
    (signed(candidate.at) - around, signed(candidate.end) + around)
}

/// One spot for each place.
pub(super) fn settle(mut spots: Vec<Spot>) -> Vec<Spot> {
    spots.sort_unstable();
    let mut end = 0;
    spots.retain(|spot| {
        let new = spot.end.0 > end;
        end = end.max(spot.end.0);
        new
    });
    spots
}

impl Rules {
    fn filter(&self, candidate: Candidate) -> Option<&Prefilter> {
        if candidate.is_keyword { self.by_keyword.as_ref() } else { self.by_literal.as_ref() }
    }

    /// How many bytes a candidate has at most.
    pub(super) fn widest(&self) -> usize {
        [&self.by_literal, &self.by_keyword].into_iter().flatten().map(|filter| filter.literals.max_pattern_len()).max().unwrap_or(1)
    }

    /// Whether every match has a candidate near it, so that nothing further away can matter.
    pub(super) fn is_local(&self) -> bool {
        self.everywhere.is_empty()
    }
}

fn literal(candidate: Candidate) -> usize {
    usize::try_from(candidate.literal).unwrap_or(usize::MAX)
}

fn signed(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

struct Finder<'a> {
    rules: &'a Rules,
    text: &'a [u8],
    spots: Vec<Spot>,
    /// By rule, the stretch that has to be read and was not yet. Windows that touch are read as one: linear in any text.
    windows: Vec<Range<usize>>,
}

impl<'a> Finder<'a> {
    fn new(rules: &'a Rules, text: &'a [u8]) -> Self {
        Self { rules, text, spots: Vec::new(), windows: vec![0..0; rules.all.len()] }
    }

    fn try_at(&mut self, rule: usize, at: usize) {
        if !edges::left(self.text, at) {
            return;
        }
        let ready = &self.rules.all[rule];
        let end = (at + ready.longest).min(self.text.len());
        let input = Input::new(self.text).span(at..end).anchored(Anchored::Yes);
        if let Some(found) = ready.regex.search(&input) {
            self.keep(rule, found.range());
        }
    }

    fn widen(&mut self, rule: usize, around: Range<usize>) {
        let around = around.start..around.end.min(self.text.len());
        let open = &mut self.windows[rule];
        if around.start <= open.end {
            open.end = open.end.max(around.end);
        } else {
            let ready = std::mem::replace(open, around);
            self.sweep(rule, ready);
        }
    }

    fn flush(&mut self, rule: usize) {
        let ready = std::mem::take(&mut self.windows[rule]);
        self.sweep(rule, ready);
    }

    fn sweep(&mut self, rule: usize, window: Range<usize>) {
        let ready = &self.rules.all[rule];
        let mut at = window.start;
        while at < window.end
            && let Some(found) = ready.regex.search(&Input::new(self.text).span(at..window.end))
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

    /// Takes a match whose left edge holds; says whether it was one.
    fn keep(&mut self, rule: usize, range: Range<usize>) -> bool {
        if !edges::right(self.text, range.end) || placeholder::is_placeholder(&self.text[range.clone()]) {
            return false;
        }
        let distance = match &self.rules.all[rule].keywords {
            None => 0,
            Some(words) => match keyword_distance(words, self.text, &range) {
                Some(distance) => distance + 1,
                None => return false,
            },
        };
        self.spots.push(Spot { start: range.start, end: Reverse(range.end), distance, rule });
        true
    }
}

/// How far the nearest keyword is, where there is one near enough.
fn keyword_distance(words: &aho_corasick::AhoCorasick, text: &[u8], range: &Range<usize>) -> Option<usize> {
    let before = &text[range.start.saturating_sub(BEFORE)..range.start];
    let after = &text[range.end..(range.end + AFTER).min(text.len())];
    let near_before = words.find_overlapping_iter(before).map(|hit| before.len() - hit.end());
    near_before.chain(words.find_overlapping_iter(after).map(|hit| hit.start())).min()
}
