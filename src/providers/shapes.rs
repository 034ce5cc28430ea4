//! The shapes of every built-in platform's tokens, with what the build read off them: starting a scan parses no file and no pattern.

use super::spec::Checksum;

/// One kind of token, as the build compiled it in.
#[derive(Clone, Copy, Debug)]
pub struct Built {
    /// The platform's id.
    pub provider: &'static str,
    /// The platform's name.
    pub platform: &'static str,
    /// The kind's id.
    pub kind: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// The shape.
    pub pattern: &'static str,
    /// Words of which one has to stand near.
    pub words: &'static [&'static str],
    /// Kinds that count as such a word.
    pub beside: &'static [&'static str],
    /// The value's own checksum.
    pub checksum: Option<Checksum>,
    /// Whether it is no secret by itself.
    pub identifier: bool,
    /// The shortest value.
    pub shortest: usize,
    /// The longest, where there is one.
    pub longest: Option<usize>,
    /// How many bytes in a row, such as base64 is made of, every match has.
    pub run: usize,
    /// A byte that every match has.
    pub byte: Option<u8>,
    /// Whether values start with one of the literals, or have it somewhere inside.
    pub start: bool,
    /// Literals, and what may follow those of three letters.
    pub literals: &'static [(&'static [u8], &'static [u8], usize)],
}

/// Every built-in shape: of the platforms tokenward manages, then of those it only recognises.
pub const BUILT: &[Built] = include!(concat!(env!("OUT_DIR"), "/shapes.rs"));
