//! Matches near candidates: a shape's regex only around them, then boundaries and the filter. One
//! match for each place. Knows neither files nor git, and keeps no copy of what it finds.

use std::collections::BTreeMap;
use std::ops::Range;

use memchr::memchr;
use regex_automata::{Anchored, Input};

use super::assigned_name::{self, Kind};
use super::candidates::LONG_WORD;
use super::context_words::{AFTER, BEFORE, Near};
use super::rule::Rule;
use super::rules::{LiteralRole, Rules};
use super::runs::{Alphabet, has_run, runs};
use super::{address, boundaries, filter, generic};
use crate::domain::Confidence;
use crate::scan::types::{Candidate, Evidence, Match, RejectReason, RuleRef, Standing};

/// Ambiguous shapes are looked for no further back from their word than this.
const LONGEST_NEAR: usize = 512;

/// Every match that holds near candidates, which come in order.
pub(super) fn judge(
    rules: &Rules,
    text: &[u8],
    found: &[Candidate],
    dropped: Option<&mut Vec<Match>>,
) -> Vec<Match> {
    let mut finder = Finder { rules, text, found: Vec::new(), windows: Vec::new(), dropped };
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
    finder.found
}

/// Matches of the rules that have nothing to be looked for.
pub(crate) fn everywhere(rules: &Rules, text: &[u8]) -> Vec<Match> {
    let mut finder = Finder { rules, text, found: Vec::new(), windows: Vec::new(), dropped: None };
    rules.everywhere.iter().for_each(|rule| finder.sweep(*rule, 0..text.len()));
    let mut found = finder.found;
    if !rules.custom.is_empty() {
        let evidence = Evidence::of(Confidence::Likely);
        rules.custom.search(text, &mut |rule, range| {
            found.push(Match::new(range, evidence, RuleRef::Custom(rule)))
        });
    }
    found
}

/// One match for each place, in order: the least ambiguous, then the nearest to its word, then the
/// widest. What is part of a longer word takes only what nothing else takes; a token of the config
/// takes its place from everything.
pub(crate) fn settle(rules: &Rules, mut found: Vec<Match>) -> Vec<Match> {
    named_by_shape(rules, &mut found);
    let tier = |one: &Match| match (one.evidence.standing, one.rule) {
        (Standing::Ours, _) => 0,
        (_, RuleRef::Shape(rule)) if rules.all[rule].has_paths => 8,
        (Standing::Joined, _) => 6,
        (Standing::Apart, RuleRef::Shape(rule)) => 1 + rules.all[rule].tier(one.evidence.named),
        (Standing::Apart, RuleRef::Address | RuleRef::Custom(_)) => 4,
        (Standing::Apart, RuleRef::Exact(_) | RuleRef::Managed(_)) => 5,
        (Standing::Apart, RuleRef::Generic) => 7,
    };
    found.sort_by_key(|one| {
        (
            tier(one),
            one.evidence.distance,
            std::cmp::Reverse(one.end - one.start),
            one.start,
            one.rule,
        )
    });
    let mut taken: BTreeMap<usize, Match> = BTreeMap::new();
    for one in found {
        let before = taken.range(..one.end).next_back();
        if before.is_none_or(|(_, other)| other.end <= one.start) {
            taken.insert(one.start, one);
        }
    }
    // What is no secret by itself has kept its place from being taken for one.
    taken
        .into_values()
        .filter(|one| !matches!(one.rule, RuleRef::Shape(rule) if rules.all[rule].identifier))
        .collect()
}

/// What is known to the letter, and has a shape as well from its first to its last byte, is named
/// with that.
fn named_by_shape(rules: &Rules, found: &mut [Match]) {
    for known in 0..found.len() {
        if !matches!(found[known].rule, RuleRef::Exact(_)) {
            continue;
        }
        let shape = |other: &&Match| {
            other.range() == found[known].range()
                && matches!(other.rule, RuleRef::Shape(rule) if !rules.all[rule].identifier)
        };
        if let Some(rule) =
            found.iter().filter(shape).min_by_key(|other| &other.evidence).map(|other| other.rule)
        {
            found[known].rule = rule;
        }
    }
}

struct Finder<'a, 'd> {
    rules: &'a Rules,
    text: &'a [u8],
    found: Vec<Match>,
    /// By rule that has one, the stretch that has to be read and was not yet. Windows that touch
    /// are read as one: linear in any text.
    windows: Vec<(usize, Range<usize>)>,
    dropped: Option<&'d mut Vec<Match>>,
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
                LiteralRole::Address => self.password(at, address::password(self.text, at)),
                LiteralRole::Credential => self.password(at, address::credential(self.text, end)),
                LiteralRole::Exact(known) => {
                    let standing = if self.rules.exact[known].token.is_some() {
                        Standing::Ours
                    } else {
                        Standing::Apart
                    };
                    let evidence = Evidence { standing, ..Evidence::of(Confidence::Certain) };
                    let range = self.rules.exact[known].ending_at(self.text, end);
                    self.found.extend(
                        range.map(|range| Match::new(range, evidence, RuleRef::Exact(known))),
                    );
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
            Ok(evidence) => {
                let (rule, service) = self.named(rule, &range);
                let evidence = Evidence { standing, service, ..evidence };
                self.found.push(Match::new(range, evidence, rule));
            }
            Err(why) => self.drop(range, RuleRef::Shape(rule), why),
        }
        true
    }

    /// The rule that a match is told with, and the service that its name names: a form that many
    /// have is not a provider's where the name says another one.
    fn named(&self, rule: usize, range: &Range<usize>) -> (RuleRef, Option<u16>) {
        let shape = (RuleRef::Shape(rule), None);
        let is_weak = self.rules.all[rule].is_ambiguous() && !self.rules.all[rule].identifier;
        if !is_weak && !self.rules.is_nobodys(rule) {
            return shape;
        }
        let Some(label) = assigned_name::of(self.text, range.start) else { return shape };
        let other = self.rules.other_service(rule, &self.text[label.name]);
        match other {
            Some(other) if is_weak && label.kind == Kind::Secret => (RuleRef::Generic, Some(other)),
            Some(other) if !is_weak => (RuleRef::Shape(rule), Some(other)),
            _ => shape,
        }
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

    fn password(
        &mut self,
        at: usize,
        found: Option<(Range<usize>, Result<Evidence, RejectReason>)>,
    ) {
        match found {
            Some((range, Ok(evidence))) => {
                let services = self.rules.services();
                let named = services
                    .in_scheme(address::scheme(self.text, at))
                    .or_else(|| services.behind(self.text, range.end))
                    .or_else(|| services.before(self.text, at));
                let service = named.map(|service| service.number);
                self.found.push(Match::new(
                    range,
                    Evidence { service, ..evidence },
                    RuleRef::Address,
                ))
            }
            Some((range, Err(why))) => self.drop(range, RuleRef::Address, why),
            None => {}
        }
    }

    fn assigned(&mut self, at: usize, length: usize) {
        let Some(range) = generic::value_behind(self.text, at, length) else { return };
        match generic::judged(self.rules, self.text, &range) {
            Ok(evidence) => self.found.push(Match::new(range, evidence, RuleRef::Generic)),
            Err(why) => self.drop(range, RuleRef::Generic, why),
        }
    }

    fn drop(&mut self, range: Range<usize>, rule: RuleRef, why: RejectReason) {
        if let Some(dropped) = &mut self.dropped {
            dropped.push(Match::rejected(range, rule, why));
        }
    }
}
