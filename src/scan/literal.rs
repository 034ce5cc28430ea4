//! Which bytes must stand in every match of a pattern, read off its automaton: they are what the prefilter looks for.
//! Says only what is certain; a pattern without such bytes gets `Anchor::None`, never a guess that would hide a match.

use std::collections::BTreeSet;

use regex_automata::nfa::thompson::{NFA, State};
use regex_automata::util::primitives::StateID;

/// More literals than this for one shape cost more than they save.
const MOST: usize = 16;
/// Shorter literals hit everywhere.
const SHORTEST: usize = 3;
/// Longer ones save nothing more.
const LONGEST: usize = 12;

/// How a shape is looked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// Every match starts with one of these.
    Prefix(Vec<Vec<u8>>),
    /// Every match has these bytes somewhere inside.
    Inner(Vec<u8>),
    /// Nothing is certain.
    None,
}

/// Finds the best anchor of a pattern.
pub(super) fn anchor(nfa: &NFA) -> Anchor {
    if let Some(prefixes) = prefixes(nfa) {
        return Anchor::Prefix(prefixes);
    }
    inner(nfa).map_or(Anchor::None, Anchor::Inner)
}

/// All beginnings of a match, of one length, as long as there are few of them.
fn prefixes(nfa: &NFA) -> Option<Vec<Vec<u8>>> {
    let mut front: BTreeSet<(Vec<u8>, StateID)> = BTreeSet::from([(Vec::new(), nfa.start_anchored())]);
    let mut best = None;
    for length in 1..=LONGEST {
        let mut next = BTreeSet::new();
        for (literal, state) in &front {
            let mut seen = BTreeSet::new();
            // A match may end here, or the set grows without end: what was found before is as far as it goes.
            if !steps(nfa, *state, &mut seen, &mut |byte, to| {
                let mut longer = literal.clone();
                longer.push(byte);
                next.insert((longer, to));
            }) {
                return best;
            }
        }
        let literals: BTreeSet<_> = next.iter().map(|(literal, _)| literal.clone()).collect();
        if literals.is_empty() || literals.len() > MOST || next.len() > MOST * 16 {
            return best;
        }
        if length >= SHORTEST {
            best = Some(literals.into_iter().collect());
        }
        front = next;
    }
    best
}

/// Calls `step` for every byte that may come next; `false` where a match may end before another byte.
fn steps(nfa: &NFA, state: StateID, seen: &mut BTreeSet<StateID>, step: &mut impl FnMut(u8, StateID)) -> bool {
    if !seen.insert(state) {
        return true;
    }
    match nfa.state(state) {
        State::ByteRange { trans } => (trans.start..=trans.end).for_each(|byte| step(byte, trans.next)),
        State::Sparse(sparse) => sparse.transitions.iter().for_each(|t| (t.start..=t.end).for_each(|byte| step(byte, t.next))),
        State::Dense(dense) => {
            (0..=u8::MAX).zip(&dense.transitions).filter(|(_, next)| **next != StateID::ZERO).for_each(|(byte, next)| step(byte, *next))
        }
        State::Match { .. } => return false,
        state => return empty_steps(state).into_iter().all(|next| steps(nfa, next, seen, step)),
    }
    true
}

/// Where a state leads without a byte.
fn empty_steps(state: &State) -> Vec<StateID> {
    match state {
        State::Look { next, .. } | State::Capture { next, .. } => vec![*next],
        State::Union { alternates } => alternates.to_vec(),
        State::BinaryUnion { alt1, alt2 } => vec![*alt1, *alt2],
        _ => Vec::new(),
    }
}

/// The longest run of single bytes that no match can do without.
fn inner(nfa: &NFA) -> Option<Vec<u8>> {
    let single = |id: StateID| match nfa.state(id) {
        State::ByteRange { trans } if trans.start == trans.end => Some((trans.start, trans.next)),
        _ => None,
    };
    let mut best: Vec<u8> = Vec::new();
    for id in (0..nfa.states().len()).filter_map(|index| StateID::new(index).ok()) {
        if single(id).is_none() || reaches_match_without(nfa, id) {
            continue;
        }
        let (mut run, mut at) = (Vec::new(), id);
        while run.len() < LONGEST
            && let Some((byte, next)) = single(at)
        {
            run.push(byte);
            at = next;
            while let State::Capture { next, .. } = nfa.state(at) {
                at = *next;
            }
        }
        if run.len() > best.len() {
            best = run;
        }
    }
    (best.len() >= SHORTEST).then_some(best)
}

fn reaches_match_without(nfa: &NFA, gone: StateID) -> bool {
    let (mut seen, mut todo) = (vec![false; nfa.states().len()], vec![nfa.start_anchored()]);
    while let Some(id) = todo.pop() {
        if id == gone || std::mem::replace(&mut seen[id.as_usize()], true) {
            continue;
        }
        match nfa.state(id) {
            State::Match { .. } => return true,
            State::ByteRange { trans } => todo.push(trans.next),
            State::Sparse(sparse) => todo.extend(sparse.transitions.iter().map(|t| t.next)),
            State::Dense(dense) => todo.extend(dense.transitions.iter().copied().filter(|next| *next != StateID::ZERO)),
            state => todo.extend(empty_steps(state)),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pattern: &str) -> Anchor {
        anchor(&super::super::rules::automaton(pattern).unwrap())
    }

    #[test]
    fn a_fixed_beginning_becomes_the_literal() {
        assert_eq!(of(r"SG\.[\w-]{22}\.[\w-]{43}"), Anchor::Prefix(vec![b"SG.".to_vec()]));
        assert_eq!(of(r"(?<kind>abc|abd)-[0-9]{9}"), Anchor::Prefix(vec![b"abc-".to_vec(), b"abd-".to_vec()]));
        assert!(matches!(of(r"(?i)key-[0-9a-z]{9}"), Anchor::Prefix(all) if all.contains(&b"kEy-".to_vec())));
    }

    #[test]
    fn a_short_beginning_is_widened_by_what_follows() {
        assert!(matches!(of("SK[0-9a-f]{32}"), Anchor::Prefix(all) if all.len() == 16));
    }

    #[test]
    fn a_fixed_middle_is_found_where_the_beginning_is_open() {
        assert_eq!(of("[0-9a-f]{32}-us[0-9]{1,2}"), Anchor::Inner(b"-us".to_vec()));
        assert_eq!(of("[0-9]{3}(?:abc|[a-z])wxyz?[0-9]"), Anchor::Inner(b"wxy".to_vec()));
    }

    #[test]
    fn an_open_pattern_has_none() {
        for pattern in ["[0-9a-f]{32}", "(?:abcd)?[0-9a-f]{32}", "[0-9]{2}(?:abc|def)", "x[0-9]{4}-"] {
            assert_eq!(of(pattern), Anchor::None, "{pattern}");
        }
    }
}
