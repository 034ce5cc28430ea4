//! Reads a text from anywhere, in overlapping pieces where it is large, and hands every hit on with
//! its line. Memory stays bounded whatever the length. Nothing of the text outlives the call, but
//! for the buffer that is used again.

use std::io::{self, Read};
use std::ops::Range;

use super::allow;
use super::archive::{Kind, Signs};
use super::decode;
use super::encoding::{Decoder, Encoding, Read as Wide, Stretch};
use super::explain::dropped;
use super::filter::REACH;
use super::managed_tokens::{MANAGED, Recogniser};
use super::matcher::{Buffers, Dropped, Find, Hit, finds};
use super::model::Options;
use super::position::Cursor;
use super::rules::{LONGEST, Rules};
use crate::domain::{Confidence, ProviderId};

/// How much is read at once. Texts up to this length are seen whole.
pub(super) const PIECE: usize = 16 << 20;
/// How much two pieces share on either side: the longest token, its keywords and its edges.
const MARGIN: usize = 2 * LONGEST + REACH.0 + REACH.1 + 64;

/// Buffers that one worker uses for text after text.
pub(super) struct Scratch {
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
    /// For a scan with these options: with `explain`, what was dropped is told of as well.
    pub(super) fn new(options: &Options<'_>) -> Self {
        Self::with_piece(PIECE, options)
    }

    fn with_piece(piece: usize, options: &Options<'_>) -> Self {
        let pass = || Pass { explain: options.explain, ..Pass::default() };
        let recogniser = Recogniser::of(options);
        let (text, decoded) = (Room::default(), Vec::new());
        Self {
            text,
            plain: pass(),
            decoded,
            wide: pass(),
            piece: piece.max(4 * MARGIN),
            kind: None,
            signs: Signs::default(),
            recogniser,
        }
    }

    /// Whether a text has a token of the config, whatever it looks like.
    pub(super) fn knows_any(&self, text: &[u8]) -> bool {
        self.recogniser.as_ref().is_some_and(|recogniser| recogniser.knows_any(text))
    }

    /// Which kind of archive the last text was.
    pub(super) fn kind(&self) -> Option<Kind> {
        self.kind
    }

    /// Where something packed may begin in it.
    pub(super) fn signs(&self) -> &Signs {
        &self.signs
    }

    /// Finds every token `reader` gives; `found` is told of each and its value, in order. Returns
    /// the bytes read. On an error, what was read before it has been searched.
    ///
    /// A text with the mark of UTF-16 or UTF-32 is searched both decoded and as it is: a few bytes
    /// at its start may hide nothing.
    pub(super) fn find(
        &mut self,
        rules: &Rules,
        reader: &mut dyn Read,
        found: &mut dyn FnMut(Hit, &[u8]),
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
            let (text, recogniser) = (self.text.filled(), self.recogniser.as_ref());
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
            let done = self.plain.search(rules, text, recogniser, &wide, last, found);
            self.text.drop_first(done);
            if decoder.is_some() {
                let done =
                    self.wide.search(rules, &self.decoded, recogniser, &|_| Wide::All, last, found);
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
    explain: bool,
}

impl Pass {
    fn begin(&mut self) {
        (self.cursor, self.from) = (None, 0);
    }

    /// Searches what of a text is in memory, and says how much of it is done with. Wide letters in
    /// it that are read apart from it are not looked at.
    fn search(
        &mut self,
        rules: &Rules,
        text: &[u8],
        recogniser: Option<&Recogniser>,
        wide: &dyn Fn(&Stretch) -> Wide,
        last: bool,
        found: &mut dyn FnMut(Hit, &[u8]),
    ) -> usize {
        if !last && text.len() < 3 * MARGIN {
            return 0;
        }
        let cursor = self.cursor.get_or_insert_with(|| Cursor::new(text));
        // What begins in the last stretch is left to the next piece, which sees its end as well.
        let until = if last { text.len() } else { text.len() - MARGIN };
        let mut finds = finds(rules, text, &mut self.buffers);
        finds.extend(decode::wide(rules, text, wide));
        let mut told = Vec::new();
        if let Some(recogniser) = recogniser {
            let mut ours = Vec::new();
            recogniser.search(text, &mut |range, provider| ours.push((range, provider.clone())));
            for find in finds.iter().filter(|find| find.value.is_none()) {
                recogniser.beginning_at(text, find.spot.start, &mut |range, provider| {
                    ours.push((range, provider.clone()))
                });
            }
            ours.sort_by_key(|(range, _)| (range.start, range.end));
            ours.dedup_by(|(one, _), (other, _)| one == other);
            // What has a shape as well is named with it, unless the shape takes more in than the
            // value.
            ours.retain(|(range, _)| !finds.iter().any(|find| find.spot.range() == *range));
            finds.retain(|find| {
                !ours
                    .iter()
                    .any(|(range, _)| find.value.is_none() && find.spot.start == range.start)
            });
            told.extend(
                ours.into_iter()
                    .map(|(range, provider)| (range.start, Told::Ours(range, provider))),
            );
        }
        if self.explain {
            let ours: Vec<Range<usize>> = told.iter().filter_map(|(_, told)| told.ours()).collect();
            let no_finds = dropped(rules, text, &finds).into_iter();
            let apart = no_finds.filter(|dropped| {
                !ours
                    .iter()
                    .any(|ours| ours.start < dropped.range.end && dropped.range.start < ours.end)
            });
            told.extend(apart.map(|dropped| (dropped.range.start, Told::Dropped(dropped))));
        }
        told.extend(finds.into_iter().map(|find| (find.spot.start, Told::Find(find))));
        told.sort_by_key(|(start, _)| *start);
        for (_, told) in told.into_iter().filter(|(start, _)| (self.from..until).contains(start)) {
            let (hit, value) = match told {
                Told::Find(find) => (find.spot.placed(rules, text, cursor), find.value),
                Told::Dropped(dropped) => (dropped.placed(rules, text, cursor), None),
                Told::Ours(range, provider) => (known(range, provider, text, cursor), None),
            };
            let range = hit.range.clone();
            found(hit, value.as_deref().unwrap_or(&text[range]));
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

/// What a text gives, before it has a line.
enum Told {
    Find(Find),
    Dropped(Dropped),
    Ours(Range<usize>, ProviderId),
}

impl Told {
    fn ours(&self) -> Option<Range<usize>> {
        if let Self::Ours(range, _) = self { Some(range.clone()) } else { None }
    }
}

/// A token of the config that only its fingerprint tells.
pub(super) fn known(
    range: Range<usize>,
    provider: ProviderId,
    text: &[u8],
    cursor: &mut Cursor,
) -> Hit {
    let ((line, column), comment) = (cursor.at(text, range.start), allow::comment(text, &range));
    Hit {
        rule: MANAGED.to_owned(),
        provider,
        range,
        line,
        column,
        confidence: Confidence::Certain,
        comment,
        why: None,
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::super::Ignore;
    use super::super::tests::support::{options, rules, sendgrid};
    use super::*;

    fn scratch(piece: usize) -> Scratch {
        let (rules, ignore) = (rules(), Ignore::nothing());
        Scratch::with_piece(piece, &options(&rules, std::path::Path::new("/"), &ignore))
    }

    fn lines(scratch: &mut Scratch, bytes: &[u8]) -> Vec<(u64, u64)> {
        let mut seen = Vec::new();
        let (total, result) =
            scratch.find(&rules(), &mut &*bytes, &mut |hit, _| seen.push((hit.line, hit.column)));
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
        let whole = lines(&mut scratch(PIECE), text.as_bytes());
        assert_eq!(whole.len(), 2_000_usize.div_ceil(7));
        assert_eq!(whole[1], (8, 13));
        for piece in [0, 40_000, 41_003] {
            assert_eq!(lines(&mut scratch(piece), text.as_bytes()), whole);
        }
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(lines(&mut scratch(0), &wide), whole);
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
            let whole = lines(&mut scratch(PIECE), &bytes);
            assert_eq!(whole.len(), 1_500, "{what}");
            for piece in [0, 40_000, 41_003] {
                assert_eq!(lines(&mut scratch(piece), &bytes), whole, "{what}");
            }
        }
    }

    #[test]
    fn a_mark_at_the_start_hides_nothing() {
        for mark in [&b"\xff\xfe"[..], b"\xfe\xff"] {
            let bytes = [mark, b"key=", sendgrid(4).as_bytes(), b"\n"].concat();
            assert_eq!(lines(&mut scratch(PIECE), &bytes).len(), 1);
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
        let (_, result) =
            scratch(PIECE)
                .find(&rules(), &mut text.as_bytes().chain(Broken), &mut |_, _| seen += 1);
        assert!(result.is_err());
        assert_eq!(seen, 1);
    }
}
