//! The shapes of all built-in providers' tokens, with properties computed by the build, so that a
//! scan parses no file and no pattern at start.

use crate::domain::Checksum;
use crate::domain::PatternFacts;

/// One kind of token, compiled in by the build.
#[derive(Clone, Copy, Debug)]
pub struct Built {
    /// The provider's id.
    pub provider: &'static str,
    /// The provider's name.
    pub provider_name: &'static str,
    /// The kind's id.
    pub kind: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// The shape.
    pub pattern: &'static str,
    /// Context words, of which one must be nearby.
    pub words: &'static [&'static str],
    /// Kinds that count as such a word.
    pub beside: &'static [&'static str],
    /// The value's own checksum.
    pub checksum: Option<Checksum>,
    /// Whether it is not secret by itself.
    pub identifier: bool,
    /// What its shape guarantees about every value.
    pub facts: PatternFacts<'static>,
}

/// All built-in shapes: of the providers that tokenward manages, then of those that it only
/// recognizes.
pub const BUILT: &[Built] = include!(concat!(env!("OUT_DIR"), "/shapes.rs"));
