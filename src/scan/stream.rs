//! Reads a text from anywhere, in overlapping pieces where it is large, and hands every hit on with its line.
//! Memory stays bounded whatever the length. Nothing of the text outlives the call, but for the buffer that is used again.

use std::io::{self, Read};

use super::archive::Kind;
use super::encoding::{Decoder, Encoding};
use super::explain::dropped;
use super::judge::REACH;
use super::matcher::{Hit, finds};
use super::position::Cursor;
use super::rules::{LONGEST, Rules};

/// How much is read at once. Texts up to this length are seen whole.
pub(super) const PIECE: usize = 16 << 20;
/// How much two pieces share on either side: the longest token, its keywords and its edges.
const MARGIN: usize = 2 * LONGEST + REACH.0 + REACH.1 + 64;

/// Buffers that one worker uses for text after text.
pub(super) struct Scratch {
    plain: Pass,
    wide: Pass,
    piece: usize,
    kind: Option<Kind>,
}

impl Scratch {
    /// With `explain`, what was dropped is told of as well.
    pub(super) fn new(explain: bool) -> Self {
        Self::with_piece(PIECE, explain)
    }

    fn with_piece(piece: usize, explain: bool) -> Self {
        let pass = || Pass { explain, ..Pass::default() };
        Self { plain: pass(), wide: pass(), piece: piece.max(4 * MARGIN), kind: None }
    }

    /// Which kind of archive the last text was.
    pub(super) fn kind(&self) -> Option<Kind> {
        self.kind
    }

    /// Finds every token `reader` gives; `found` is told of each and its value, in order. Returns the bytes read.
    /// On an error, what was read before it has been searched.
    ///
    /// A text with the mark of UTF-16 is searched both decoded and as it is: two bytes at its start may hide nothing.
    pub(super) fn find(&mut self, rules: &Rules, reader: &mut dyn Read, found: &mut dyn FnMut(Hit, &[u8])) -> (u64, io::Result<()>) {
        self.plain.begin();
        self.wide.begin();
        let (mut total, mut decoder) = (0, None);
        loop {
            let known = self.plain.text.len();
            let read = read_onto(reader, &mut self.plain.text, self.piece - known);
            let fresh = &self.plain.text[known..];
            if total == 0 {
                self.kind = Kind::of(fresh);
                if Encoding::of(fresh) != Encoding::Plain {
                    decoder = Some(Decoder::new(Encoding::of(fresh)));
                }
            }
            total += u64::try_from(fresh.len()).unwrap_or(u64::MAX);
            if let Some(decoder) = &mut decoder {
                decoder.push(fresh, &mut self.wide.text);
            }
            let last = read.is_err() || self.plain.text.len() < self.piece;
            self.plain.search(rules, last, found);
            if decoder.is_some() {
                self.wide.search(rules, last, found);
            }
            if last {
                return (total, read.map(|_| ()));
            }
        }
    }
}

/// One reading of a text: what of it is in memory, and how far it was searched.
#[derive(Default)]
struct Pass {
    text: Vec<u8>,
    cursor: Option<Cursor>,
    from: usize,
    explain: bool,
}

impl Pass {
    fn begin(&mut self) {
        self.text.clear();
        (self.cursor, self.from) = (None, 0);
    }

    fn search(&mut self, rules: &Rules, last: bool, found: &mut dyn FnMut(Hit, &[u8])) {
        let text = self.text.as_slice();
        if !last && text.len() < 3 * MARGIN {
            return;
        }
        let cursor = self.cursor.get_or_insert_with(|| Cursor::new(text));
        // What begins in the last stretch is left to the next piece, which sees its end as well.
        let until = if last { text.len() } else { text.len() - MARGIN };
        let finds = finds(rules, text);
        let mut no_finds = if self.explain { dropped(rules, text, &finds) } else { Vec::new() };
        no_finds.retain(|dropped| (self.from..until).contains(&dropped.range.start));
        let mut no_finds = no_finds.into_iter().peekable();
        for find in finds {
            if (self.from..until).contains(&find.spot.start) {
                while let Some(dropped) = no_finds.next_if(|dropped| dropped.range.start < find.spot.start) {
                    tell(dropped.placed(rules, text, cursor), text, found);
                }
                let hit = find.spot.placed(rules, text, cursor);
                match find.value {
                    Some(value) => found(hit, &value),
                    None => tell(hit, text, found),
                }
            }
        }
        no_finds.for_each(|dropped| tell(dropped.placed(rules, text, cursor), text, found));
        if !last {
            let dropped = until - MARGIN;
            cursor.at(text, until);
            *cursor = cursor.shifted(dropped);
            self.text.drain(..dropped);
            self.from = MARGIN;
        }
    }
}

/// Tells of a hit whose value stands in the text as it is.
fn tell(hit: Hit, text: &[u8], found: &mut dyn FnMut(Hit, &[u8])) {
    let range = hit.range.clone();
    found(hit, &text[range]);
}

/// Appends up to `most` bytes, fewer only at the end; what came before an error stays.
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
        let whole = lines(&mut Scratch::new(false), text.as_bytes());
        assert_eq!(whole.len(), 2_000_usize.div_ceil(7));
        assert_eq!(whole[1], (8, 13));
        for piece in [0, 40_000, 41_003] {
            assert_eq!(lines(&mut Scratch::with_piece(piece, false), text.as_bytes()), whole);
        }
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(lines(&mut Scratch::with_piece(0, false), &wide), whole);
    }

    #[test]
    fn a_mark_at_the_start_hides_nothing() {
        for mark in [&b"\xff\xfe"[..], b"\xfe\xff"] {
            let bytes = [mark, b"key=", sendgrid(4).as_bytes(), b"\n"].concat();
            assert_eq!(lines(&mut Scratch::new(false), &bytes).len(), 1);
        }
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
        let (_, result) = Scratch::new(false).find(&rules(), &mut text.as_bytes().chain(Broken), &mut |_, _| seen += 1);
        assert!(result.is_err());
        assert_eq!(seen, 1);
    }
}
