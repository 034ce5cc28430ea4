//! Long runs of the bytes that tokens and encodings are made of. Looks at one byte of many: where that is none of them, no long run
//! covers it, so ordinary text costs next to nothing. Also compiled into the build script, so it may use nothing but `core`.

use std::ops::Range;

/// Which bytes belong to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// Letters, digits, `_` and `-`.
    Token,
    /// Those, and `+` and `/`: base64 of either kind, and hex.
    Base64,
}

/// By byte: 2 where tokens and base64 have it, 1 where only base64 has.
const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0_u8;
    loop {
        kinds[byte as usize] = match byte {
            b'_' | b'-' => 2,
            b'+' | b'/' => 1,
            _ if byte.is_ascii_alphanumeric() => 2,
            _ => 0,
        };
        if byte == u8::MAX {
            break kinds;
        }
        byte += 1;
    }
};

/// So far before a place, and at some places between, a few bytes say whether a run goes on.
const FURTHEST: usize = 24;

impl Of {
    /// Whether a byte belongs to such a run.
    #[inline]
    pub(super) fn has(self, byte: u8) -> bool {
        KINDS[usize::from(byte)]
            >= match self {
                Self::Token => 2,
                Self::Base64 => 1,
            }
    }

    /// A place not far before another behind which what runs up to that one must begin. Most runs
    /// are short, and a few bytes on the way say so; what they miss is looked at byte by byte.
    #[inline]
    fn after(self, text: &[u8], floor: usize, place: usize) -> Option<usize> {
        place.checked_sub(FURTHEST).filter(|first| *first >= floor)?;
        [2, 4, 6, 9, 13, 18, FURTHEST].into_iter().find(|back| !self.has(text[place - back])).map(|back| place - back + 1)
    }
}

/// Tells of every run of at least `least` bytes that touches `part`, whole, in order.
pub(super) fn runs(text: &[u8], part: Range<usize>, least: usize, of: Of, found: &mut impl FnMut(Range<usize>)) {
    runs_behind(text, 0, part, least, of, found);
}

/// Whether a text has a run of at least `least` bytes.
pub(super) fn has_run(text: &[u8], least: usize, of: Of) -> bool {
    let mut has = false;
    runs(text, 0..text.len(), least, of, &mut |_| has = true);
    has
}

/// Tells of them, but for what begins before a place: what runs there is known, as far as it goes.
pub(super) fn runs_behind(text: &[u8], known: usize, part: Range<usize>, least: usize, of: Of, found: &mut impl FnMut(Range<usize>)) {
    let until = part.end.min(text.len());
    let first = part.start.min(text.len()).max(known);
    // No long run that is not known begins before the floor. The one a part begins in is looked at from its own beginning.
    let begins = |before: usize| before - text[known..before].iter().rev().take_while(|b| of.has(**b)).count();
    let mut floor = of.after(text, known, first).unwrap_or_else(|| begins(first));
    let mut probe = floor + least - 1;
    while floor < until && probe < text.len() {
        let next = if of.has(text[probe]) { of.after(text, floor, probe) } else { Some(probe + 1) };
        if let Some(next) = next {
            floor = next;
            probe = floor + least - 1;
            continue;
        }
        let start = probe - text[floor..probe].iter().rev().take_while(|b| of.has(**b)).count();
        if start >= until {
            return;
        }
        let end = probe + text[probe..].iter().take_while(|b| of.has(**b)).count();
        if end - start >= least {
            found(start..end);
            floor = end + 1;
        } else {
            floor = end;
        }
        probe = floor + least - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, part: Range<usize>) -> Vec<&str> {
        let mut seen = Vec::new();
        runs(text.as_bytes(), part, 8, Of::Token, &mut |run| seen.push(&text[run]));
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
    fn a_run_that_a_part_touches_is_whole() {
        let text = "abcdefghijkl . mnopqrstuvwx . 0123456789";
        assert_eq!(all(text, 5..6), ["abcdefghijkl"]);
        assert_eq!(all(text, 13..18), ["mnopqrstuvwx"]);
    }
}
