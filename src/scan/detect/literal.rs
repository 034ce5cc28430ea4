//! The bytes that every match of a pattern contains, computed from its automaton: the prefilter
//! searches for them. Only certain results; a pattern without such bytes gets `Anchor::None`, never
//! a guess that would hide a match. Also compiled into the build script, which does this once for
//! every built-in shape.

use std::collections::BTreeSet;

use regex_automata::nfa::thompson::{NFA, State, WhichCaptures};
use regex_automata::util::primitives::StateID;
use regex_automata::util::syntax;

use super::bigrams::rarity;

/// More literals than this for one shape cost more than they save.
const MOST: usize = 16;
/// A larger automaton takes too long to look through, in bytes.
const LARGEST: usize = 2 << 20;
/// Shorter literals hit everywhere.
const SHORTEST: usize = 3;
/// Longer ones save nothing more.
const LONGEST: usize = 12;
/// So many bytes behind a literal are asked about.
const FOLLOWING: usize = 5;
/// The prefilter reads so many bytes at once; a literal that is shorter brings the bytes that may
/// follow it.
pub(super) const GRAM: usize = 4;

/// Bytes that stand in a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Needle {
    /// The bytes.
    pub(crate) literal: Vec<u8>,
    /// What each of the bytes behind them is one of, and how many of these there are at least: a
    /// few say enough.
    pub(crate) next: Vec<u8>,
    pub(crate) count: usize,
}

/// How a shape is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// Every match starts with one of these.
    Start(Vec<Needle>),
    /// Every match has one of these somewhere inside.
    Inside(Vec<Needle>),
    /// Nothing is certain.
    None,
}

/// Finds the best anchor of a pattern, and how long its matches may be.
///
/// # Errors
/// Why the pattern cannot be used.
pub(super) fn anchor(pattern: &str) -> Result<Anchor, String> {
    let nfa = automaton(pattern)?;
    Ok(match (prefixes(&nfa), inner(&nfa)) {
        // A short beginning that stands in many words gives way to a long middle that stands in
        // none.
        (Some(start), Some(inside))
            if start.iter().all(|n| n.literal.len() <= SHORTEST)
                && inside.iter().all(|n| rarity(&n.literal) >= 120) =>
        {
            Anchor::Inside(inside)
        }
        (Some(start), _) => Anchor::Start(start),
        (None, Some(inside)) => Anchor::Inside(inside),
        (None, None) => Anchor::None,
    })
}

/// Patterns are over bytes.
pub(super) fn byte_syntax() -> syntax::Config {
    syntax::Config::new().unicode(false).utf8(false)
}

/// A byte that stands in every match of a pattern: the rarest, where there is one.
///
/// # Errors
/// Why the pattern cannot be used.
pub(crate) fn byte(pattern: &str) -> Result<Option<u8>, String> {
    let nfa = automaton(pattern)?;
    let ids = (0..nfa.states().len()).filter_map(|index| StateID::new(index).ok());
    let one = |id: StateID| few(&nfa, id).and_then(|(bytes, _)| <[u8; 1]>::try_from(bytes).ok());
    let needed = ids.filter_map(|id| one(id).filter(|_| !reaches_match_without(&nfa, id)));
    Ok(needed.max_by_key(|byte| rarity(byte)).map(|[byte]| byte))
}

/// The automaton that literals are read off.
fn automaton(pattern: &str) -> Result<NFA, String> {
    let config =
        NFA::config().utf8(false).which_captures(WhichCaptures::None).nfa_size_limit(Some(LARGEST));
    NFA::compiler()
        .configure(config)
        .syntax(byte_syntax())
        .build(pattern)
        .map_err(|error| error.to_string())
}

/// All beginnings of a match, of one length, as long as there are few of them.
fn prefixes(nfa: &NFA) -> Option<Vec<Needle>> {
    let mut front: BTreeSet<(Vec<u8>, StateID)> =
        BTreeSet::from([(Vec::new(), nfa.start_anchored())]);
    let mut best = None;
    for length in 1..=LONGEST {
        let Some(next) = one_further(nfa, &front) else { return best };
        let literals: BTreeSet<_> = next.iter().map(|(literal, _)| literal.clone()).collect();
        if literals.is_empty() || literals.len() > MOST || next.len() > MOST * 16 {
            return best;
        }
        if length >= SHORTEST {
            let states = |literal: &[u8]| {
                next.iter()
                    .filter(|(beginning, _)| beginning == literal)
                    .map(|(_, state)| *state)
                    .collect()
            };
            best = Some(
                literals
                    .into_iter()
                    .map(|literal| Needle::new(nfa, states(&literal), literal))
                    .collect(),
            );
        }
        front = next;
    }
    best
}

/// Every beginning by one byte longer. None where a match may end here: what was found before is as
/// far as it goes.
fn one_further(
    nfa: &NFA,
    front: &BTreeSet<(Vec<u8>, StateID)>,
) -> Option<BTreeSet<(Vec<u8>, StateID)>> {
    let mut next = BTreeSet::new();
    for (literal, state) in front {
        let goes_on = steps(nfa, *state, &mut BTreeSet::new(), &mut |byte, to| {
            let mut longer = literal.clone();
            longer.push(byte);
            next.insert((longer, to));
        });
        if !goes_on {
            return None;
        }
    }
    Some(next)
}

impl Needle {
    /// A literal, by the states that it leads to.
    fn new(nfa: &NFA, mut states: BTreeSet<StateID>, literal: Vec<u8>) -> Self {
        let (mut any, mut count) = (BTreeSet::new(), 0);
        while count < FOLLOWING {
            let (mut bytes, mut next) = (BTreeSet::new(), BTreeSet::new());
            let goes_on = states.iter().all(|state| {
                steps(nfa, *state, &mut BTreeSet::new(), &mut |byte, to| {
                    bytes.insert(byte);
                    next.insert(to);
                })
            });
            if !goes_on || bytes.is_empty() || next.len() > MOST * 16 {
                break;
            }
            any.extend(bytes);
            states = next;
            count += 1;
        }
        Self { literal, next: any.into_iter().collect(), count }
    }
}

/// Calls `step` for every byte that may come next; `false` where a match may end before another
/// byte.
fn steps(
    nfa: &NFA,
    state: StateID,
    seen: &mut BTreeSet<StateID>,
    step: &mut impl FnMut(u8, StateID),
) -> bool {
    if !seen.insert(state) {
        return true;
    }
    match nfa.state(state) {
        State::ByteRange { trans } => {
            (trans.start..=trans.end).for_each(|byte| step(byte, trans.next))
        }
        State::Sparse(sparse) => sparse
            .transitions
            .iter()
            .for_each(|t| (t.start..=t.end).for_each(|byte| step(byte, t.next))),
        State::Dense(dense) => (0..=u8::MAX)
            .zip(&dense.transitions)
            .filter(|(_, next)| **next != StateID::ZERO)
            .for_each(|(byte, next)| step(byte, *next)),
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

/// The rarest run of bytes that no match can do without; a place of it may be one of a few bytes,
/// such as a digit.
fn inner(nfa: &NFA) -> Option<Vec<Needle>> {
    let mut best: Option<(u32, Vec<Needle>)> = None;
    for id in (0..nfa.states().len()).filter_map(|index| StateID::new(index).ok()) {
        if few(nfa, id).is_none() || reaches_match_without(nfa, id) {
            continue;
        }
        let (mut run, mut at) = (vec![Vec::new()], id);
        while run[0].len() < LONGEST
            && let Some((bytes, next)) = few(nfa, at)
            && run.len() * bytes.len() <= MOST
        {
            run = run
                .iter()
                .flat_map(|literal| {
                    bytes.iter().map(move |byte| [literal.as_slice(), &[*byte]].concat())
                })
                .collect();
            at = next;
            while let State::Capture { next, .. } = nfa.state(at) {
                at = *next;
            }
        }
        let score = run
            .iter()
            .map(|literal| rarity(literal))
            .min()
            .unwrap_or(0)
            .saturating_sub(4 * run.len().ilog2());
        if run[0].len() >= SHORTEST && best.as_ref().is_none_or(|(other, _)| score > *other) {
            let needles: Vec<_> = run
                .into_iter()
                .map(|literal| Needle::new(nfa, BTreeSet::from([at]), literal))
                .collect();
            // A short one at the very end of a match may be followed by anything.
            if needles.iter().all(|needle| needle.literal.len() >= GRAM || needle.count > 0) {
                best = Some((score, needles));
            }
        }
    }
    best.map(|(_, needles)| needles)
}

/// A state that takes one of a few bytes and then goes on in one way.
fn few(nfa: &NFA, id: StateID) -> Option<(Vec<u8>, StateID)> {
    let (ranges, next): (Vec<_>, _) =
        match nfa.state(id) {
            State::ByteRange { trans } => (vec![(trans.start, trans.end)], trans.next),
            State::Sparse(sparse) => {
                let next = sparse.transitions.first()?.next;
                sparse.transitions.iter().all(|t| t.next == next).then(|| {
                    (sparse.transitions.iter().map(|t| (t.start, t.end)).collect(), next)
                })?
            }
            _ => return None,
        };
    let bytes: Vec<u8> = ranges.into_iter().flat_map(|(start, end)| start..=end).collect();
    (bytes.len() <= MOST).then_some((bytes, next))
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
            State::Dense(dense) => {
                todo.extend(dense.transitions.iter().copied().filter(|next| *next != StateID::ZERO))
            }
            state => todo.extend(empty_steps(state)),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literals(pattern: &str) -> Vec<String> {
        match anchor(pattern).unwrap() {
            Anchor::Start(all) => {
                all.iter().map(|n| format!("^{}", String::from_utf8_lossy(&n.literal))).collect()
            }
            Anchor::Inside(all) => {
                all.iter().map(|n| String::from_utf8_lossy(&n.literal).into_owned()).collect()
            }
            Anchor::None => Vec::new(),
        }
    }

    #[test]
    fn a_fixed_beginning_becomes_the_literal() {
        assert_eq!(literals(r"SG\.[\w-]{22}\.[\w-]{43}"), ["^SG."]);
        assert_eq!(literals(r"(?<kind>abc|abd)-[0-9]{9}"), ["^abc-", "^abd-"]);
        assert!(literals(r"(?i)key-[0-9a-z]{9}").contains(&"^kEy-".to_owned()));
    }

    #[test]
    fn a_short_beginning_is_widened_by_what_follows() {
        assert_eq!(literals("SK[0-9a-f]{32}").len(), 16);
        let Anchor::Start(all) = anchor("SG\\.[a-z0-9]{9}").unwrap() else {
            panic!("it begins with a literal")
        };
        assert_eq!(
            (all[0].next.as_slice(), all[0].count),
            (&b"0123456789abcdefghijklmnopqrstuvwxyz"[..], FOLLOWING)
        );
        let Anchor::Start(all) = anchor("pat[g-z]{2}\\.[0-9]?").unwrap() else {
            panic!("it begins with a literal")
        };
        assert_eq!((all[0].next.as_slice(), all[0].count), (&b".ghijklmnopqrstuvwxyz"[..], 3));
    }

    #[test]
    fn a_fixed_middle_is_found_where_the_beginning_is_open() {
        assert_eq!(literals("[0-9a-f]{32}-us[0-9]{1,2}")[9], "-us9");
        assert_eq!(literals("[a-z]{3}[0-9]Q~[a-z]{31}")[0], "0Q~");
        assert_eq!(literals("[0-9]{3}(?:abc|[a-z])wxyz?[0-9]"), ["wxy"]);
    }

    #[test]
    fn a_long_rare_middle_is_looked_for_instead_of_a_short_beginning() {
        assert_eq!(literals("sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}"), ["T3BlbkFJ"]);
    }

    #[test]
    fn a_byte_that_no_match_can_do_without_is_known() {
        let of = |pattern| byte(pattern).unwrap().map(char::from);
        assert_eq!(of("[0-9a-f]{32}-[0-9a-f]{8}"), Some('-'));
        assert_eq!(of("[0-9a-f]{32}(?:-[0-9a-f]{8})?"), None);
        assert_eq!(of("[0-9a-f]{8}e?[.][0-9]{8}"), Some('.'));
    }

    #[test]
    fn an_open_pattern_has_none() {
        for pattern in
            ["[0-9a-f]{32}", "(?:abcd)?[0-9a-f]{32}", "[0-9]{2}(?:abc|def)", "x[0-9]{4}-"]
        {
            assert!(literals(pattern).is_empty(), "{pattern}");
        }
    }
}
