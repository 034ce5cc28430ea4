//! One compiled shape: what every match of it has, and its regex, compiled at first use.

use std::ops::RangeInclusive;
use std::sync::OnceLock;

use regex_automata::meta::Regex;
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::util::syntax;
use regex_syntax::hir::{Hir, HirKind, Repetition};

use super::literal::byte_syntax;
use crate::domain::{Checksum, ProviderId};

/// The longest token looked for, in bytes; longer matches of an open-ended pattern are not seen.
pub(crate) const LONGEST: usize = 4096;

/// A beginning this long is one provider's alone, or nearly.
pub(super) const DISTINCT: usize = 10;
/// A repetition above this count has no upper bound when it is compiled.
const REPEATED: u32 = 64;

/// Values whose length is less certain than this are not looked for by their length.
const LITTLE: usize = 64;

/// A shape made ready.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) provider: ProviderId,
    pub(super) shortest: usize,
    pub(crate) longest: usize,
    /// What every match has, so that without it there is none: so many bytes in a row, such as
    /// base64 is made of, and this byte.
    pub(crate) run: usize,
    pub(crate) byte: Option<u8>,
    pub(crate) words: Vec<String>,
    pub(crate) beside: Vec<usize>,
    pub(super) checksum: Option<Checksum>,
    pub(super) identifier: bool,
    /// Whether it counts in some paths only: elsewhere it must not take another's place.
    pub(super) has_paths: bool,
    /// Whether the provider itself calls such a value an id.
    pub(crate) is_id: bool,
    /// Whether its matches begin with so few letters that words do, too.
    pub(super) is_brief: bool,
    /// How its matches begin, where they do so in one way or a few: at least so many letters.
    pub(crate) beginning: usize,
    pub(crate) pattern: String,
    pub(super) regex: OnceLock<Option<Regex>>,
}

impl Rule {
    /// Whether its shape alone says nothing.
    pub(super) fn is_ambiguous(&self) -> bool {
        !self.words.is_empty() || !self.beside.is_empty()
    }

    /// The letters that its pattern begins with.
    pub(super) fn opening(&self) -> Vec<u8> {
        let is_plain =
            |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'\\');
        let mut plain: Vec<u8> = self.pattern.bytes().take_while(is_plain).collect();
        let behind = self.pattern.as_bytes().get(plain.len());
        if behind.is_some_and(|b| matches!(b, b'{' | b'?' | b'*' | b'+' | b'|')) {
            plain.pop();
        }
        plain.retain(|b| *b != b'\\');
        plain
    }

    /// Whether a match says so little that it is none where it is a part of a longer word.
    pub(super) fn is_weak(&self) -> bool {
        self.is_ambiguous() || self.identifier
    }

    /// Which of two rules is believed where both match: the lower.
    pub(super) fn tier(&self, named: bool) -> u8 {
        match (self.is_ambiguous(), self.beginning) {
            // A word and a beginning of its own say more than a beginning that others share.
            (true, letters) if letters >= DISTINCT || named && letters > 0 => 0,
            (false, _) => 1,
            (true, _) => 2,
        }
    }

    /// The regex. A pattern was checked before it came here, so there is always one.
    pub(super) fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| compile(&self.pattern).ok()).as_ref()
    }
}

/// How many bytes a match of a pattern has, where that is known within a little.
#[must_use]
pub fn lengths(pattern: &str) -> Option<RangeInclusive<usize>> {
    let hir = syntax::parse_with(pattern, &byte_syntax()).ok()?;
    let (shortest, longest) = (hir.properties().minimum_len()?, hir.properties().maximum_len()?);
    (longest - shortest <= LITTLE).then_some(shortest..=longest)
}

/// Makes a pattern ready to be searched for.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    let config = Regex::config()
        .utf8_empty(false)
        .which_captures(WhichCaptures::Implicit)
        .auto_prefilter(false);
    let hir = syntax::parse_with(pattern, &byte_syntax()).map_err(|error| error.to_string())?;
    Regex::builder()
        .configure(config)
        .build_from_hir(&opened(&hir))
        .map_err(|error| error.to_string())
}

/// A pattern without the upper ends of its long repetitions: each of up to thousands of bytes would
/// have a state of its own, which takes milliseconds to make. How long a match may be is seen to by
/// whoever searches.
fn opened(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Repetition(repetition) => {
            let max = repetition.max.filter(|max| *max <= REPEATED || *max == repetition.min);
            Hir::repetition(Repetition {
                max,
                sub: Box::new(opened(&repetition.sub)),
                ..repetition.clone()
            })
        }
        HirKind::Capture(capture) => opened(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(opened).collect()),
        HirKind::Alternation(ways) => Hir::alternation(ways.iter().map(opened).collect()),
        _ => hir.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_repetition_has_no_upper_end_and_a_short_one_keeps_it() {
        let longest = |pattern: &str| {
            let text = [&b"abc_"[..], &[b'x'; 900]].concat();
            compile(pattern).unwrap().find(&text).map(|found| found.len())
        };
        assert_eq!(longest("abc_[a-z]{20,300}"), Some(904));
        assert_eq!(longest("abc_[a-z]{20,64}"), Some(68));
        assert_eq!(longest("(abc)_(?<key>[a-z]{300})"), Some(304));
        assert_eq!(longest("abc_(?:y|[a-z]{400,4096}?)"), Some(404));
        assert_eq!(longest("abc_[a-z]{1000,2000}"), None);
    }
}
