//! Finds the beginnings of archives in a text by their signatures, anywhere. So a forged list of
//! entries, bytes before or after an archive, or a second archive in the same file hide nothing.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// How the header of a zip's member begins.
const MEMBER: &[u8] = b"PK\x03\x04";
/// How a gzip begins: its mark, and the only way of packing there is.
const GZIP: &[u8] = b"\x1f\x8b\x08";
/// The part of a member's header that has a fixed length.
pub(crate) const HEADER: usize = 30;
/// More signs than this are not followed.
const MOST: usize = 1 << 20;

static FINDERS: LazyLock<[(What, Finder<'static>); 2]> =
    LazyLock::new(|| [(What::Member, Finder::new(MEMBER)), (What::Gzip, Finder::new(GZIP))]);

/// What may begin at a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    Member,
    Gzip,
}

/// One sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sign {
    pub(crate) at: u64,
    pub(crate) what: What,
    /// Whether what follows looks like a header, too: chance alone makes no such sign.
    pub(super) is_sure: bool,
}

/// All signs of a text that is read piece by piece.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signs {
    all: Vec<Sign>,
    next: u64,
    /// Whether there are more than are followed.
    is_cut: bool,
}

impl Signs {
    /// Of a text that is in memory.
    pub(crate) fn of(text: &[u8]) -> Self {
        let mut signs = Self::default();
        signs.look(text, 0, true);
        signs
    }

    /// Whether a text has any.
    pub(super) fn are_in(text: &[u8]) -> bool {
        FINDERS.iter().any(|(_, finder)| finder.find(text).is_some())
    }

    /// Looks at what is in memory of a text, which begins at this place of it, and is its last part
    /// or not.
    pub(crate) fn look(&mut self, text: &[u8], start: u64, is_last: bool) {
        let end = if is_last { text.len() } else { text.len().saturating_sub(HEADER) };
        let from = usize::try_from(self.next.saturating_sub(start)).unwrap_or(usize::MAX);
        if from >= end {
            return;
        }
        for (what, finder) in FINDERS.iter() {
            for at in finder.find_iter(&text[from..]).map(|at| from + at).take_while(|at| *at < end)
            {
                if self.all.len() == MOST {
                    self.is_cut = true;
                    break;
                }
                self.all.push(Sign {
                    at: start + at as u64,
                    what: *what,
                    is_sure: is_sure(*what, &text[at..]),
                });
            }
        }
        self.next = start + end as u64;
    }

    /// In their order, and whether these are all.
    pub(crate) fn sorted(mut self) -> (Vec<Sign>, bool) {
        self.all.sort_unstable();
        (self.all, !self.is_cut)
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether a text begins with one that is no chance.
    pub(crate) fn begin_surely(&self) -> bool {
        self.all.iter().any(|sign| sign.is_sure && sign.at == 0)
    }

    /// Whether one of them, not at the very beginning, is no chance.
    pub(crate) fn are_sure(&self) -> bool {
        self.is_cut || self.all.iter().any(|sign| sign.is_sure && sign.at > 0)
    }
}

fn is_sure(what: What, text: &[u8]) -> bool {
    match (what, text) {
        // Flags, time, a hint about the packing, the system.
        (What::Gzip, [_, _, _, flags, _, _, _, _, hint, system, ..]) => {
            flags & 0xe0 == 0 && matches!(hint, 0 | 2 | 4) && matches!(system, 0..=13 | 255)
        }
        (What::Gzip, _) => false,
        (What::Member, text) => Header::read(text).is_some_and(|header| header.is_plausible()),
    }
}

/// What the header of a member says that matters here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    version: u16,
    pub(crate) is_encrypted: bool,
    /// Whether its size stands behind it.
    is_open: bool,
    pub(crate) method: u16,
    packed: u32,
    name: u16,
    extra: u16,
}

impl Header {
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        let fixed = text.get(..HEADER)?.strip_prefix(MEMBER)?;
        let word = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
        let flags = word(2);
        Some(Self {
            version: word(0),
            is_encrypted: flags & 1 != 0,
            is_open: flags & 8 != 0,
            method: word(4),
            packed: u32::from_le_bytes([fixed[14], fixed[15], fixed[16], fixed[17]]),
            name: word(22),
            extra: word(24),
        })
    }

    /// Whether a program could have written it: a version there is, a way of packing there is, a
    /// name.
    pub(crate) fn is_plausible(&self) -> bool {
        let is_a_method = matches!(self.method, 0..=20 | 92..=99);
        self.version & 0xff <= 100
            && self.version >> 8 <= 30
            && is_a_method
            && (1..=4096).contains(&self.name)
    }

    /// How long its name is.
    pub(crate) fn name(&self) -> usize {
        usize::from(self.name)
    }

    /// Where what it is about begins, behind its own beginning.
    pub(crate) fn data(&self) -> u64 {
        HEADER as u64 + u64::from(self.name) + u64::from(self.extra)
    }

    /// How long that is, if it says so.
    pub(crate) fn packed(&self) -> Option<u64> {
        (!self.is_open && self.packed != u32::MAX).then(|| u64::from(self.packed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_is_found_on_every_seam_once() {
        let mut text = vec![b'x'; 400];
        for at in [0, 37, 99, 100, 101, 350, 397] {
            text[at..at + 3].copy_from_slice(GZIP);
        }
        text[200..204].copy_from_slice(MEMBER);
        let whole = Signs::of(&text).sorted().0;
        assert_eq!(
            whole.iter().map(|sign| sign.at).collect::<Vec<_>>(),
            [0, 37, 101, 200, 350, 397]
        );
        for piece in 60..140 {
            let mut signs = Signs::default();
            let mut end: usize = piece;
            loop {
                let start = end.saturating_sub(piece + 40);
                signs.look(&text[start..end.min(text.len())], start as u64, end >= text.len());
                if end >= text.len() {
                    break;
                }
                end += piece;
            }
            assert_eq!(signs.sorted().0, whole, "{piece}");
        }
    }
}
