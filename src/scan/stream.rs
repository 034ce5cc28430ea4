//! Reads a text from anywhere, in overlapping pieces where it is large, and hands every hit on with its line.
//! Memory stays bounded whatever the length. Nothing of the text outlives the call, but for the buffer that is used again.

use std::io::{self, Read};

use super::encoding::{Decoder, Encoding};
use super::matcher::{Hit, spots};
use super::position::Cursor;
use super::rules::{AFTER, BEFORE, LONGEST, Rules};

/// How much is read at once. Texts up to this length are seen whole.
pub(super) const PIECE: usize = 16 << 20;
/// How much two pieces share on either side: the longest token, its keywords and its edges.
const MARGIN: usize = 2 * LONGEST + BEFORE + AFTER + 64;

/// Buffers that one worker uses for text after text.
pub(super) struct Scratch {
    text: Vec<u8>,
    raw: Vec<u8>,
    piece: usize,
}

impl Scratch {
    pub(super) fn new() -> Self {
        Self::with_piece(PIECE)
    }

    fn with_piece(piece: usize) -> Self {
        Self { text: Vec::new(), raw: Vec::new(), piece: piece.max(4 * MARGIN) }
    }

    /// Finds every token `reader` gives, in order; `found` is told of each and its value. Returns the bytes read.
    /// On an error, what was read before it has been searched.
    pub(super) fn find(&mut self, rules: &Rules, reader: &mut dyn Read, found: &mut dyn FnMut(Hit, &[u8])) -> (u64, io::Result<()>) {
        self.text.clear();
        let mut feed = Feed { reader, encoding: None, total: 0 };
        let (mut cursor, mut from) = (None, 0);
        loop {
            let state = feed.fill(&mut self.text, &mut self.raw, self.piece);
            let last = !matches!(state, Ok(true));
            let text = self.text.as_slice();
            let cursor = cursor.get_or_insert_with(|| Cursor::new(text));
            // What begins in the last stretch is left to the next piece, which sees its end as well.
            let until = if last { text.len() } else { text.len() - MARGIN };
            for spot in spots(rules, text) {
                if (from..until).contains(&spot.range.start) {
                    let hit = spot.placed(rules, text, cursor);
                    let range = hit.range.clone();
                    found(hit, &text[range]);
                }
            }
            if last {
                return (feed.total, state.map(|_| ()));
            }
            let dropped = until - MARGIN;
            cursor.at(text, until);
            *cursor = cursor.shifted(dropped);
            self.text.drain(..dropped);
            from = MARGIN;
        }
    }
}

struct Feed<'a> {
    reader: &'a mut dyn Read,
    encoding: Option<Decoder>,
    total: u64,
}

impl Feed<'_> {
    /// Reads until `text` holds `piece` bytes (`true`) or there is no more (`false`).
    fn fill(&mut self, text: &mut Vec<u8>, raw: &mut Vec<u8>, piece: usize) -> io::Result<bool> {
        if self.total == 0 {
            self.total = read_onto(self.reader, text, 2)?;
            let encoding = Encoding::of(text);
            if encoding != Encoding::Plain {
                let mut decoder = Decoder::new(encoding);
                let start = std::mem::take(text);
                decoder.push(&start, text);
                self.encoding = Some(decoder);
            }
        }
        while text.len() < piece {
            let missing = piece - text.len();
            let count = match &mut self.encoding {
                None => read_onto(self.reader, text, missing)?,
                Some(decoder) => {
                    raw.clear();
                    let count = read_onto(self.reader, raw, missing.min(1 << 16))?;
                    decoder.push(raw, text);
                    count
                }
            };
            self.total += count;
            if count == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Appends up to `most` bytes and says how many came; what came before an error stays. 0 only at the end.
fn read_onto(reader: &mut dyn Read, onto: &mut Vec<u8>, most: usize) -> io::Result<u64> {
    reader.take(u64::try_from(most).unwrap_or(u64::MAX)).read_to_end(onto).map(|count| u64::try_from(count).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::super::tests::support::{rules, sendgrid};
    use super::*;

    fn lines(scratch: &mut Scratch, bytes: &[u8]) -> Vec<(u64, u64)> {
        let mut seen = Vec::new();
        let (total, result) = scratch.find(&rules(), &mut &*bytes, &mut |hit, _| seen.push((hit.line, hit.column)));
        assert!(result.is_ok());
        assert_eq!(total, bytes.len() as u64);
        seen
    }

    #[test]
    fn pieces_give_what_the_whole_gives() {
        let mut text = String::from("\u{feff}");
        for line in 0..2_000 {
            text.push_str(&"é".repeat(line % 37));
            if line % 7 == 0 {
                text.push_str(&format!(" key={}; ", sendgrid(line)));
            }
            text.push_str("\r\n");
        }
        let whole = lines(&mut Scratch::new(), text.as_bytes());
        assert_eq!(whole.len(), 2_000_usize.div_ceil(7));
        assert_eq!(whole[1], (8, 13));
        for piece in [0, 40_000, 41_003] {
            assert_eq!(lines(&mut Scratch::with_piece(piece), text.as_bytes()), whole);
        }
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(lines(&mut Scratch::with_piece(0), &wide), whole);
    }

    #[test]
    fn what_came_before_an_error_is_searched() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("gone"))
            }
        }
        let text = format!("key={}\n", sendgrid(1));
        let mut seen = 0;
        let (_, result) = Scratch::new().find(&rules(), &mut text.as_bytes().chain(Broken), &mut |_, _| seen += 1);
        assert!(result.is_err());
        assert_eq!(seen, 1);
    }
}
