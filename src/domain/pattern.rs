//! What a token's pattern says of every value it matches. Read off when the program is built, so
//! that a scan need not read it again.

/// What is certain of every match of a pattern.
#[derive(Clone, Copy, Debug)]
pub struct PatternFacts<'a> {
    /// The shortest match, in bytes.
    pub shortest: usize,
    /// The longest, where there is one.
    pub longest: Option<usize>,
    /// How many bytes in a row, such as base64 is made of, every match has.
    pub run: usize,
    /// A byte that every match has.
    pub byte: Option<u8>,
    /// Whether matches start with a literal (they may also have it inside).
    pub start: bool,
    /// Literals, what each of the bytes behind them is one of, and how many such there are at
    /// least. None, and no words either: values are words of 32 letters or more.
    pub literals: &'a [(&'a [u8], &'a [u8], usize)],
}
