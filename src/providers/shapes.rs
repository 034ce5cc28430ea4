//! The shapes of every built-in provider's tokens, with what the build read off them: starting a
//! scan parses no file and no pattern.

use crate::domain::Checksum;
use crate::domain::PatternFacts;

/// One kind of token, as the build compiled it in.
#[derive(Clone, Copy, Debug)]
pub struct Built {
    /// The provider's id.
    pub provider: &'static str,
    /// The provider's name.
    pub provider_name: &'static str,
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
    /// What its shape says of every value.
    pub facts: PatternFacts<'static>,
}

/// Every built-in shape: of the providers tokenward manages, then of those it only recognises.
pub const BUILT: &[Built] = include!(concat!(env!("OUT_DIR"), "/shapes.rs"));
