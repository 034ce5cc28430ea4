//! Finds the places in a text where a token may be: the cores of literals, and long runs of
//! characters of tokens and encodings. Decides nothing.

use std::ops::Range;

use super::joints::{joint, joints_across};
use super::lines;
use super::rules::{Form, Rules};
use super::runs::{Alphabet, runs_behind};
use crate::scan::types::Candidate;

/// A shape without literals and words is looked for in words this long.
pub(super) const LONG_WORD: usize = 32;
/// Runs are looked for once, for both.
const _: () = assert!(LONG_WORD <= lines::LEAST);

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
pub(crate) fn look(
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
                    joint(text, core.start).map(|joint| Candidate::of_literal(joint, known)),
                ),
                None => found.push(Candidate::of_literal(core, literal)),
            }
        }
    });
    // One that begins further before the part may end in it.
    if let Some(known) = rules.joint {
        found.extend(
            joints_across(text, part.start).map(|joint| Candidate::of_literal(joint, known)),
        );
    }
    runs_behind(text, *known, part.start..part.end + 1, LONG_WORD, Alphabet::Base64, &mut |run| {
        *known = run.end;
        found.push(Candidate::of_run(run));
    });
}
