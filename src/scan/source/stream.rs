//! Reads a text from any source, in overlapping pieces if it is large, and passes on all matches.
//! Memory is bounded whatever the length. Nothing of the text outlives the call except in the
//! reused buffer.

use std::io::{self, Read};

use super::archive::kind::Kind;
use crate::domain::Finding;
use crate::scan::detect::decode;
use crate::scan::detect::encoding::{Decoder, Encoding, Read as Wide, Stretch};
use crate::scan::detect::explain::dropped;
use crate::scan::detect::filter::REACH;
use crate::scan::detect::managed_tokens::Recogniser;
use crate::scan::detect::packed_signs::Signs;
use crate::scan::detect::parcels::Parcel;
use crate::scan::detect::position::Cursor;
use crate::scan::detect::rule::LONGEST;
use crate::scan::detect::search::{Buffers, find_with};
use crate::scan::options::Options;
use crate::scan::redact::finding;
use crate::scan::types::Match;

/// How much is read at once. Texts up to this length are scanned as a whole.
pub(super) const PIECE: usize = 16 << 20;
/// How much two pieces share on either side: the longest token, its keywords and its edges.
const MARGIN: usize = 2 * LONGEST + REACH.0 + REACH.1 + 64;

/// Buffers that one worker uses for text after text.
pub(crate) struct Scratch {
    text: Room,
    plain: Pass,
    /// The same, decoded, where it is UTF-16.
    decoded: Vec<u8>,
    wide: Pass,
    piece: usize,
    kind: Option<Kind>,
    signs: Signs,
    recogniser: Option<Recogniser>,
}

impl Scratch {
    /// For a scan with these options.
    pub(crate) fn new(options: &Options<'_>) -> Self {
        Self::with_piece(PIECE, options)
    }

    fn with_piece(piece: usize, options: &Options<'_>) -> Self {
        Self {
            text: Room::default(),
            plain: Pass::default(),
            decoded: Vec::new(),
            wide: Pass::default(),
            piece: piece.max(4 * MARGIN),
            kind: None,
            signs: Signs::default(),
            recogniser: Recogniser::of(options.known),
        }
    }

    /// Whether a text has a token of the config, whatever it looks like.
    pub(crate) fn knows_any(&self, text: &[u8]) -> bool {
        self.recogniser.as_ref().is_some_and(|recogniser| recogniser.knows_any(text))
    }

    /// Which kind of archive the last text was.
    pub(crate) fn kind(&self) -> Option<Kind> {
        self.kind
    }

    /// Where something packed may begin in it.
    pub(crate) fn signs(&self) -> &Signs {
        &self.signs
    }

    /// Says that the last text was another, which had been searched before it.
    pub(crate) fn restore(&mut self, kind: Option<Kind>, signs: Signs) {
        (self.kind, self.signs) = (kind, signs);
    }

    /// Archives that were written in letters in it.
    pub(crate) fn parcels(&mut self) -> Vec<Parcel> {
        let mut all = std::mem::take(&mut self.plain.buffers.parcels);
        all.append(&mut self.wide.buffers.parcels);
        all
    }

    /// Finds all tokens in `reader`; calls `found` for each, in order. Returns the number of bytes
    /// read. On an error, everything before it was searched. With `explain`, rejected candidates
    /// are passed too.
    ///
    /// A text with the byte order mark of UTF-16 or UTF-32 is searched both decoded and unchanged,
    /// so that the mark can hide nothing.
    pub(crate) fn find(
        &mut self,
        options: &Options<'_>,
        reader: &mut dyn Read,
        found: &mut dyn FnMut(Finding),
    ) -> (u64, io::Result<()>) {
        self.plain.begin();
        self.wide.begin();
        self.text.drop_first(self.text.filled().len());
        self.decoded.clear();
        self.signs = Signs::default();
        let (mut total, mut decoder, mut encoding) = (0, None, Encoding::Plain);
        loop {
            let known = self.text.filled().len();
            let read = self.text.read_from(reader, self.piece);
            let (text, with) = (self.text.filled(), (options, self.recogniser.as_ref()));
            let fresh = &text[known..];
            if total == 0 {
                self.kind = Kind::of(fresh);
                encoding = Encoding::of(fresh);
                decoder = (encoding != Encoding::Plain).then(|| Decoder::new(encoding));
            }
            total += u64::try_from(fresh.len()).unwrap_or(u64::MAX);
            let last = read.is_err() || text.len() < self.piece;
            self.signs.look(text, total - u64::try_from(text.len()).unwrap_or(total), last);
            if let Some(decoder) = &mut decoder {
                decoder.push(fresh, &mut self.decoded);
            }
            let (start, read_as) = (total - u64::try_from(text.len()).unwrap_or(total), encoding);
            let wide =
                |stretch: &Stretch| read_as.reads(stretch, start + stretch.range.start as u64);
            let done = self.plain.search(with, text, &wide, last, found);
            self.text.drop_first(done);
            if decoder.is_some() {
                let done = self.wide.search(with, &self.decoded, &|_| Wide::All, last, found);
                self.decoded.drain(..done);
            }
            if last {
                return (total, read);
            }
        }
    }
}

/// Room for a text that is read. What was made of it is never made again: most texts are small, and
/// there are many.
#[derive(Default)]
struct Room {
    bytes: Vec<u8>,
    length: usize,
}

/// How much room there is at first.
const SMALL: usize = 64 << 10;

impl Room {
    fn filled(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// Reads on until there are `most` bytes, fewer only at the end; what came before an error
    /// stays.
    fn read_from(&mut self, reader: &mut dyn Read, most: usize) -> io::Result<()> {
        while self.length < most {
            if self.length == self.bytes.len() {
                self.bytes.resize((2 * self.length).clamp(SMALL.min(most), most), 0);
            }
            let end = self.bytes.len().min(most);
            match reader.read(&mut self.bytes[self.length..end]) {
                Ok(0) => break,
                Ok(count) => self.length += count.min(end - self.length),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn drop_first(&mut self, count: usize) {
        self.bytes.copy_within(count..self.length, 0);
        self.length -= count;
    }
}

/// One reading of a text: how far it was searched, and what is used again for the next.
#[derive(Default)]
struct Pass {
    buffers: Buffers,
    cursor: Option<Cursor>,
    from: usize,
}

/// What is looked for, and the tokens of the config that are known by their fingerprints.
type With<'a> = (&'a Options<'a>, Option<&'a Recogniser>);

impl Pass {
    fn begin(&mut self) {
        (self.cursor, self.from) = (None, 0);
        self.buffers.parcels.clear();
    }

    /// Searches what of a text is in memory, and says how much of it is done with. Wide letters in
    /// it that are read apart from it are not looked at.
    fn search(
        &mut self,
        (options, recogniser): With<'_>,
        text: &[u8],
        wide: &dyn Fn(&Stretch) -> Wide,
        last: bool,
        found: &mut dyn FnMut(Finding),
    ) -> usize {
        if !last && text.len() < 3 * MARGIN {
            return 0;
        }
        let cursor = self.cursor.get_or_insert_with(|| Cursor::new(text));
        // What begins in the last stretch is left to the next piece, which sees its end as well.
        let until = if last { text.len() } else { text.len() - MARGIN };
        let mut shaped = find_with(options.rules, text, &mut self.buffers);
        let wide = decode::wide(options.rules, text, wide);
        shaped.extend(wide.matches);
        self.buffers.parcels.extend(wide.parcels);
        let mut all = recogniser.map_or_else(Vec::new, |known| ours(known, text, &mut shaped));
        if options.explain {
            let mut no_finds = dropped(options.rules, text, &shaped);
            no_finds.retain(|dropped| !all.iter().any(|ours| ours.overlaps(dropped)));
            all.append(&mut no_finds);
        }
        all.append(&mut shaped);
        all.sort_by_key(|one| one.start);
        for one in all.iter().filter(|one| (self.from..until).contains(&one.start)) {
            found(finding(one, text, cursor, options));
        }
        if last {
            return text.len();
        }
        let done = until - MARGIN;
        cursor.at(text, until);
        *cursor = cursor.shifted(done);
        self.from = MARGIN;
        done
    }
}

/// Tokens of the config by their fingerprints, in order. Takes what they stand for out of what was
/// found by a shape.
fn ours(recogniser: &Recogniser, text: &[u8], shaped: &mut Vec<Match>) -> Vec<Match> {
    let mut ours = Vec::new();
    recogniser.search(text, &mut |one| ours.push(one));
    for shaped in shaped.iter().filter(|one| one.decoded.is_none()) {
        recogniser.beginning_at(text, shaped.start, &mut |one| ours.push(one));
    }
    ours.sort_by_key(|one| (one.start, one.end));
    ours.dedup_by(|one, other| one.range() == other.range());
    // What has a shape as well is named with it, unless the shape takes more in than the value.
    ours.retain(|one| !shaped.iter().any(|shaped| shaped.range() == one.range()));
    shaped.retain(|shaped| {
        shaped.decoded.is_some() || !ours.iter().any(|one| one.start == shaped.start)
    });
    ours
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::scan::Ignore;
    use crate::scan::tests::support::{options, rules, sendgrid};

    /// How many bytes were read, and how reading ended.
    type Reading = (u64, io::Result<()>);

    /// Reads in pieces of a size; gives the places, and what reading gave.
    fn read(piece: usize, reader: &mut dyn Read) -> (Vec<(u64, u64)>, Reading) {
        let (rules, ignore) = (rules(), Ignore::nothing());
        let options = options(&rules, std::path::Path::new("/"), &ignore);
        let mut seen = Vec::new();
        let result = Scratch::with_piece(piece, &options)
            .find(&options, reader, &mut |found| seen.push((found.line, found.column)));
        (seen, result)
    }

    fn lines(piece: usize, bytes: &[u8]) -> Vec<(u64, u64)> {
        let (seen, (total, result)) = read(piece, &mut &*bytes);
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
        let whole = lines(PIECE, text.as_bytes());
        assert_eq!(whole.len(), 2_000_usize.div_ceil(7));
        assert_eq!(whole[1], (8, 13));
        for piece in [0, 40_000, 41_003] {
            assert_eq!(lines(piece, text.as_bytes()), whole);
        }
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(lines(0, &wide), whole);
    }

    #[test]
    fn what_is_encoded_is_found_on_both_sides_of_where_pieces_meet() {
        let text: String = (0..1_500)
            .map(|line| format!("{} key={}\n", "words ".repeat(line % 9), sendgrid(line)))
            .collect();
        let base64 = STANDARD.encode(&text);
        let in_lines = |length: usize, end: &str| {
            let all = base64
                .as_bytes()
                .chunks(length)
                .map(|line| std::str::from_utf8(line).unwrap().to_owned() + end);
            all.collect::<String>().into_bytes()
        };
        let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        let wide: Vec<u8> = base64.bytes().flat_map(|byte| [byte, 0]).collect();
        for (what, bytes) in [
            ("one line", format!("x\ndata: A{base64}\n").into_bytes()),
            ("lines", in_lines(76, "\n")),
            ("indented lines", in_lines(75, "\r\n\t  ")),
            ("hex", format!("x\ndata: a{hex}\n").into_bytes()),
            ("wide", [&[b'x'; 401][..], &wide, b"x"].concat()),
        ] {
            let whole = lines(PIECE, &bytes);
            assert_eq!(whole.len(), 1_500, "{what}");
            for piece in [0, 40_000, 41_003] {
                assert_eq!(lines(piece, &bytes), whole, "{what}");
            }
        }
    }

    #[test]
    fn a_mark_at_the_start_hides_nothing() {
        for mark in [&b"\xff\xfe"[..], b"\xfe\xff"] {
            let bytes = [mark, b"key=", sendgrid(4).as_bytes(), b"\n"].concat();
            assert_eq!(lines(PIECE, &bytes).len(), 1);
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
        let (seen, (_, result)) = read(PIECE, &mut text.as_bytes().chain(Broken));
        assert!(result.is_err());
        assert_eq!(seen.len(), 1);
    }
}
