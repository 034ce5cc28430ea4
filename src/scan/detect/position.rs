//! Turns offsets into lines and columns, moving only forward, so that a file with many hits is
//! counted through once. A column counts characters, not bytes; `\n` ends a line, so `\r\n` does
//! too.

use memchr::{memchr_iter, memrchr};

/// A place in a text, moved along as hits come in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    offset: usize,
    line: u64,
    column: u64,
}

impl Cursor {
    /// The start of a text. A byte-order mark is no character of the first line.
    pub(crate) fn new(text: &[u8]) -> Self {
        Self { offset: if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 }, line: 1, column: 1 }
    }

    /// Moves to `offset`, which is not before the one of the last call, and says line and column.
    pub(crate) fn at(&mut self, text: &[u8], offset: usize) -> (u64, u64) {
        let mut passed = text.get(self.offset..offset).unwrap_or_default();
        if let Some(last) = memrchr(b'\n', passed) {
            self.line += memchr_iter(b'\n', passed).count() as u64;
            (self.column, passed) = (1, &passed[last + 1..]);
        }
        self.column += passed.iter().filter(|byte| **byte & 0xc0 != 0x80).count() as u64;
        self.offset = self.offset.max(offset);
        (self.line, self.column)
    }

    /// The same place in a text whose first `dropped` bytes are gone.
    pub(crate) fn shifted(self, dropped: usize) -> Self {
        Self { offset: self.offset.saturating_sub(dropped), ..self }
    }
}
