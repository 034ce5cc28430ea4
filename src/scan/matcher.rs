//! Finds tokens in one text: literals first, the regex only around them, then edges, keywords and placeholders.
//! Knows neither files nor git, and keeps no copy of what it finds.

use std::ops::Range;

use regex_automata::{Anchored, Input};

use super::position::Cursor;
use super::rules::{AFTER, BEFORE, Prefilter, Rule, Rules};
use super::{edges, encoding, placeholder};
use crate::domain::ProviderId;

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

/// A match that holds, before anybody asks for its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) range: Range<usize>,
    /// How far its nearest keyword is; 0 for a shape that needs none.
    distance: usize,
    rule: usize,
}

impl Spot {
    pub(super) fn placed(self, rules: &Rules, text: &[u8], cursor: &mut Cursor) -> Hit {
        let (line, column) = cursor.at(text, self.range.start);
        let rule = &rules.all[self.rule];
        Hit { rule: rule.id.clone(), provider: rule.provider.clone(), range: self.range, line, column }
    }
}

/// Every match that holds, in order, one for each place: the widest, then the least ambiguous.
pub(super) fn spots(rules: &Rules, text: &[u8]) -> Vec<Spot> {
    let mut finder = Finder { rules, text, spots: Vec::new(), windows: vec![0..0; rules.all.len()] };
    if let Some(filter) = &rules.by_literal {
        finder.literals(filter, |rule, hit| hit.start.saturating_sub(rule.longest)..hit.end + rule.longest);
    }
    if let Some(filter) = &rules.by_keyword {
        finder.literals(filter, |rule, hit| hit.start.saturating_sub(AFTER + rule.longest)..hit.end + BEFORE + rule.longest);
    }
    for rule in 0..rules.all.len() {
        finder.flush(rule);
    }
    for rule in &rules.everywhere {
        finder.sweep(*rule, 0..text.len());
    }
    let mut spots = finder.spots;
    spots.sort_by_key(|spot| (spot.range.start, std::cmp::Reverse(spot.range.end), spot.distance, spot.rule));
    let mut end = 0;
    spots.retain(|spot| {
        let new = spot.range.end > end;
        end = end.max(spot.range.end);
        new
    });
    spots
}

struct Finder<'a> {
    rules: &'a Rules,
    text: &'a [u8],
    spots: Vec<Spot>,
    /// By rule, the stretch that has to be read and was not yet. Windows that touch are read as one: linear in any text.
    windows: Vec<Range<usize>>,
}

impl Finder<'_> {
    fn literals(&mut self, filter: &Prefilter, window: impl Fn(&Rule, Range<usize>) -> Range<usize>) {
        let mut from = 0;
        while let Some(hit) = filter.literals.find(aho_corasick::Input::new(self.text).span(from..self.text.len())) {
            // Only one byte on: the next literal may begin inside this one.
            from = hit.start() + 1;
            for &(rule, starts_here) in &filter.uses[hit.pattern().as_usize()] {
                if starts_here {
                    self.try_at(rule, hit.start());
                } else {
                    let around = window(&self.rules.all[rule], hit.range());
                    self.widen(rule, around);
                }
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
        self.spots.push(Spot { range, distance, rule });
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
