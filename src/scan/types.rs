//! The plain types that the wings share: where a token may be, what was matched, and why it counts
//! or not. No behavior beyond accessors.

use std::ops::{Range, RangeInclusive};

use crate::domain::{Confidence, Fingerprint, ProviderId, Salt, TokenName};

/// The generic rule: a name that suggests a secret, and a value that looks random.
pub const GENERIC: &str = "generic/secret";
/// Stands for the provider of the rules in the user's own rules files.
pub const CUSTOM: &str = "custom";
/// The rule of a password inside an address.
pub(crate) const PASSWORD: &str = "url/password";
/// The rule of a token that only its fingerprint identifies.
pub(crate) const MANAGED: &str = "managed/value";
/// The rule of a value from a variable of the run that is not a token of the config.
pub(crate) const VARIABLE: &str = "environment/value";

/// A token that tokenward manages, so that a finding can name it.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Its name.
    pub token: &'a TokenName,
    /// The salt of its fingerprints.
    pub salt: &'a Salt,
    /// The fingerprint of one of its values.
    pub fingerprint: &'a Fingerprint,
    /// The provider that issues it.
    pub provider: &'a ProviderId,
    /// The possible lengths of such a value in bytes. Other lengths are recognized only by a shape.
    pub lengths: &'a [RangeInclusive<usize>],
}

/// A piece of a text that is a delta of another, its base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Where it is in the text.
    pub(crate) at: Range<usize>,
    /// Where the base has it, if it is copied from there.
    pub(crate) copied: Option<usize>,
}

/// The core of a literal or a long run, which may be part of a token. The first form of a match.
/// Small: a history keeps millions of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate {
    at: u32,
    length: u32,
    /// Which literal, or `RUN`.
    what: u32,
}

/// No literal, but a long run of characters of tokens and encodings.
const RUN: u32 = u32::MAX;

const _: () = assert!(size_of::<Candidate>() == 12);

impl Candidate {
    /// A literal, by its number.
    pub(crate) fn of_literal(range: Range<usize>, literal: usize) -> Self {
        Self { at: short(range.start), length: short(range.len()), what: short(literal) }
    }

    /// A long run.
    pub(crate) fn of_run(range: Range<usize>) -> Self {
        Self { at: short(range.start), length: short(range.len()), what: RUN }
    }

    pub(crate) fn at(self) -> usize {
        self.at as usize
    }

    pub(crate) fn end(self) -> usize {
        self.at() + self.length as usize
    }

    pub(crate) fn range(self) -> Range<usize> {
        self.at()..self.end()
    }

    pub(crate) fn is_run(self) -> bool {
        self.what == RUN
    }

    pub(crate) fn literal(self) -> Option<usize> {
        (self.what != RUN).then_some(self.what as usize)
    }

    /// The same in a text that has at `to` what was at `from`.
    pub(crate) fn moved(self, from: usize, to: usize) -> Self {
        Self { at: short(self.at() - from + to), ..self }
    }
}

/// Texts in memory are shorter than four gigabytes.
fn short(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// A token in a text, before its line is known: the second form of a match. The third is a
/// `Finding`, which has no value any more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Match {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) evidence: Evidence,
    pub(crate) rule: RuleRef,
    /// The value, if the text has it in another form.
    pub(crate) decoded: Option<Box<[u8]>>,
    /// Why it was rejected: only if rejected matches were requested.
    pub(crate) rejected: Option<RejectReason>,
}

impl Match {
    pub(crate) fn new(range: Range<usize>, evidence: Evidence, rule: RuleRef) -> Self {
        let Range { start, end } = range;
        Self { start, end, evidence, rule, decoded: None, rejected: None }
    }

    /// A rejected candidate.
    pub(crate) fn rejected(range: Range<usize>, rule: RuleRef, why: RejectReason) -> Self {
        let evidence = Evidence::of(Confidence::Doubtful);
        Self { rejected: Some(why), ..Self::new(range, evidence, rule) }
    }

    /// Where, in bytes of the text (of its UTF-8 form, if it was UTF-16).
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// Whether the text has the value as it is, and not in another form: encoded, or with characters
    /// in it that are not part of it.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.decoded.is_none()
    }

    /// How sure it is.
    #[must_use]
    pub fn confidence(&self) -> Confidence {
        self.evidence.confidence
    }

    /// The value, in the text that it was found in.
    pub(crate) fn value<'t>(&'t self, text: &'t [u8]) -> &'t [u8] {
        self.decoded.as_deref().unwrap_or(&text[self.start..self.end])
    }

    /// The same at another place.
    pub(crate) fn at(self, range: &Range<usize>) -> Self {
        Self { start: range.start, end: range.end, ..self }
    }

    /// The same in a text that has at `to` what was at `from`.
    pub(crate) fn moved(&self, from: usize, to: usize) -> Self {
        self.clone().at(&(self.start - from + to..self.end - from + to))
    }

    /// The same, found in a decoded text; the text itself has it in another form at `range`.
    pub(crate) fn decoded_from(self, decoded: &[u8], range: &Range<usize>) -> Self {
        let value = Some(Box::from(&decoded[self.start..self.end]));
        Self { decoded: value, ..self.at(range) }
    }

    /// Whether it has a byte in common with another.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// Which rule it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RuleRef {
    /// A shape.
    Shape(usize),
    /// `PASSWORD`.
    Address,
    /// `GENERIC`.
    Generic,
    /// A rule of gitleaks' form.
    Custom(usize),
    /// A known value.
    Exact(usize),
    /// A value known by its fingerprint.
    Managed(usize),
}

/// The evidence for a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Evidence {
    pub(crate) confidence: Confidence,
    /// Whether the provider's word is part of the name to which the text assigns the value.
    pub(crate) named: bool,
    /// The distance of its context word, in a shape that needs one.
    pub(crate) distance: usize,
    pub(crate) standing: Standing,
    /// The service that the text names, for a rule that is no provider's.
    pub(crate) service: Option<u16>,
}

impl Evidence {
    pub(crate) fn of(confidence: Confidence) -> Self {
        Self { confidence, named: false, distance: 0, standing: Standing::Apart, service: None }
    }
}

/// How a value is separated from the text around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// It is exactly a value of a token of the config, whatever is around it.
    Ours,
    /// As a word.
    Apart,
    /// As a recognizable part of a longer word.
    Joined,
}

/// Why a candidate is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RejectReason {
    /// It is part of a longer word.
    Edge,
    /// It is a placeholder: `xxxx`, `your_key_here`, `EXAMPLE`.
    Placeholder,
    /// Its form is too general, and no word of the provider is nearby.
    NoWord,
    /// Nothing calls it a secret, and the provider's word is not nearby.
    NotCalledSecret,
    /// It looks like words, not like something random.
    NotRandom,
    /// It is encrypted where it stands.
    Sealed,
    /// It is public by nature, or the hash of something public.
    Public,
    /// The sum of what speaks for it and against it is too small.
    Weak(Signs),
}

/// What is known of a candidate, one bit for each sign; `detect/evidence.rs` has what they weigh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Signs(pub(in crate::scan) u64);
