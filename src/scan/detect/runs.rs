//! Finds long runs of characters of tokens and encodings. Checks many bytes at once: if one of them
//! is none of these, no long run covers them, so ordinary text costs almost nothing. Also compiled
//! into the build script, so it may use nothing but `core`.

use std::ops::Range;

/// Which bytes belong to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alphabet {
    /// Letters, digits, `_` and `-`.
    Token,
    /// Those, and `+` and `/`: base64 of either kind, and hex.
    Base64,
}

impl Alphabet {
    /// Whether a byte belongs to such a run.
    #[inline]
    pub(crate) fn has(self, byte: u8) -> bool {
        match self {
            Self::Token => is_one::<false>(byte),
            Self::Base64 => is_one::<true>(byte),
        }
    }
}

/// By byte: 2 where tokens and base64 have it, 1 where only base64 has.
const KINDS: [u8; 256] = {
    let (mut kinds, mut byte) = ([0; 256], 0_u8);
    loop {
        kinds[byte as usize] = is_of::<false>(byte) as u8 + is_of::<true>(byte) as u8;
        if byte == u8::MAX {
            break kinds;
        }
        byte += 1;
    }
};

/// Whether a byte belongs to a run, for one byte.
#[inline(always)]
fn is_one<const BASE64: bool>(byte: u8) -> bool {
    KINDS[usize::from(byte)] >= if BASE64 { 1 } else { 2 }
}

/// The same without a table and without a branch, so that many bytes are asked at once.
#[inline(always)]
const fn is_of<const BASE64: bool>(byte: u8) -> bool {
    let is_letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    let is_digit = byte.wrapping_sub(b'0') < 10;
    is_letter
        | is_digit
        | (byte == b'_')
        | (byte == b'-')
        | (BASE64 & ((byte == b'+') | (byte == b'/')))
}

/// The next `N` bytes of a text, where there are as many.
#[inline(always)]
fn block<const N: usize>(text: &[u8], at: usize) -> Option<&[u8; N]> {
    text.get(at..)?.first_chunk()
}

#[inline(always)]
fn are_of<const N: usize, const BASE64: bool>(block: &[u8; N]) -> bool {
    block.iter().fold(true, |all, byte| all & is_of::<BASE64>(*byte))
}

/// Tells of every run of at least `least` bytes that touches `part`, whole, in order.
pub(crate) fn runs(
    text: &[u8],
    part: Range<usize>,
    least: usize,
    of: Alphabet,
    found: &mut impl FnMut(Range<usize>),
) {
    runs_behind(text, 0, part, least, of, found);
}

/// Whether a text has a run of at least `least` bytes.
pub(super) fn has_run(text: &[u8], least: usize, of: Alphabet) -> bool {
    let mut has = false;
    runs(text, 0..text.len(), least, of, &mut |_| has = true);
    has
}

/// Tells of them, but for what begins before a place: what runs there is known, as far as it goes.
pub(super) fn runs_behind(
    text: &[u8],
    known: usize,
    part: Range<usize>,
    least: usize,
    of: Alphabet,
    found: &mut impl FnMut(Range<usize>),
) {
    match of {
        Alphabet::Token => sized::<false>(text, known, part, least, found),
        Alphabet::Base64 => sized::<true>(text, known, part, least, found),
    }
}

fn sized<const BASE64: bool>(
    text: &[u8],
    known: usize,
    part: Range<usize>,
    least: usize,
    found: &mut impl FnMut(Range<usize>),
) {
    match least {
        0..15 => in_blocks::<1, BASE64>(text, known, part, least, found),
        15..31 => in_blocks::<8, BASE64>(text, known, part, least, found),
        _ => in_blocks::<16, BASE64>(text, known, part, least, found),
    }
}

/// Looks at blocks of `N` bytes: a run of twice as many, less one, has all of a block, and most
/// blocks are not all of a run.
fn in_blocks<const N: usize, const BASE64: bool>(
    text: &[u8],
    mut known: usize,
    part: Range<usize>,
    least: usize,
    found: &mut impl FnMut(Range<usize>),
) {
    let until = part.end.min(text.len());
    // The one that the part begins in, or that ends there, has all of the block before it, or of
    // the one behind.
    let mut at = part.start.min(text.len()).saturating_sub(N).max(known);
    // What begins before the end may have its first whole block behind it.
    while at < until + N
        && let Some(whole) = block::<N>(text, at)
    {
        if !are_of::<N, BASE64>(whole) {
            at += N;
            continue;
        }
        let start =
            at - text[known..at].iter().rev().take_while(|byte| is_one::<BASE64>(**byte)).count();
        if start >= until {
            return;
        }
        let mut end = at + N;
        while block::<N>(text, end).is_some_and(are_of::<N, BASE64>) {
            end += N;
        }
        end += text[end..].iter().take_while(|byte| is_one::<BASE64>(**byte)).count();
        if end - start >= least {
            found(start..end);
        }
        (known, at) = (end, end + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, part: Range<usize>) -> Vec<&str> {
        let mut seen = Vec::new();
        runs(text.as_bytes(), part, 8, Alphabet::Token, &mut |run| seen.push(&text[run]));
        seen
    }

    #[test]
    fn every_long_run_is_found_wherever_it_stands() {
        for pad in 0..30 {
            let text = format!("{} abcdefgh,short {}ijklmnopq", ".".repeat(pad), "=".repeat(pad));
            assert_eq!(all(&text, 0..text.len()), ["abcdefgh", "ijklmnopq"], "{pad}");
        }
        assert_eq!(all("abcdefg", 0..7), Vec::<&str>::new());
    }

    #[test]
    fn what_is_found_in_blocks_is_what_is_found_byte_by_byte() {
        let mut state = 1_u64;
        let mut below = |most: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % most
        };
        for round in 0..20_000 {
            let text: Vec<u8> = (0..below(8))
                .flat_map(|_| vec![b"a+_. "[below(5)]; [1, 2, 7, 15, 16, 31, 32, 33][below(8)]])
                .collect();
            let (from, to, known) =
                (below(text.len() + 2), below(text.len() + 2), below(text.len() + 1));
            let (part, known) = (from.min(to)..from.max(to), known.min(from.min(to)));
            for (least, of) in [
                (8, Alphabet::Token),
                (20, Alphabet::Base64),
                (32, Alphabet::Token),
                (32, Alphabet::Base64),
            ] {
                let mut wanted = Vec::new();
                let mut at = known;
                while at < text.len() {
                    let end = at + text[at..].iter().take_while(|byte| of.has(**byte)).count();
                    if end - at >= least && at < part.end && end >= part.start {
                        wanted.push(at..end);
                    }
                    at = end + 1;
                }
                let mut found = Vec::new();
                runs_behind(&text, known, part.clone(), least, of, &mut |run| found.push(run));
                assert_eq!(
                    found,
                    wanted,
                    "{round}: {part:?} behind {known}, {least}, {:?}",
                    String::from_utf8_lossy(&text)
                );
            }
        }
    }

    #[test]
    fn a_run_that_a_part_touches_is_whole() {
        let text = "abcdefghijkl . mnopqrstuvwx . 0123456789";
        assert_eq!(all(text, 5..6), ["abcdefghijkl"]);
        assert_eq!(all(text, 13..18), ["mnopqrstuvwx"]);
    }
}
