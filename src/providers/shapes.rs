//! The shapes of all built-in providers' tokens, with properties computed by the build, so that a
//! scan parses no file and no pattern at start.

use std::sync::LazyLock;

use super::packed::Reader;
use crate::domain::Checksum;
use crate::domain::PatternFacts;

/// One kind of token, compiled in by the build.
#[derive(Clone, Copy, Debug)]
pub struct Built {
    /// The provider's id.
    pub provider: &'static str,
    /// The kind's id.
    pub kind: &'static str,
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
pub static BUILT: LazyLock<Vec<Built>> = LazyLock::new(|| {
    let mut table = Reader::new(include_bytes!(concat!(env!("OUT_DIR"), "/shapes.bin")));
    std::iter::from_fn(|| row(&mut table)).collect()
});

/// The next row, as the build script writes it.
fn row(table: &mut Reader) -> Option<Built> {
    Some(Built {
        provider: table.text()?,
        kind: table.text()?,
        pattern: table.text()?,
        words: table.list(Reader::text)?,
        beside: table.list(Reader::text)?,
        checksum: serde_json::from_str(table.text()?).ok()?,
        identifier: table.number()? == 1,
        facts: facts(table)?,
    })
}

/// A number that may be missing is one more than it is.
fn facts(table: &mut Reader) -> Option<PatternFacts<'static>> {
    Some(PatternFacts {
        shortest: table.number()?,
        longest: table.number()?.checked_sub(1),
        run: table.number()?,
        byte: table.number()?.checked_sub(1).and_then(|byte| u8::try_from(byte).ok()),
        start: table.number()? == 1,
        literals: table.list(|table| Some((table.bytes()?, table.bytes()?, table.number()?)))?,
    })
}
