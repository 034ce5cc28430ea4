//! What stands for nothing between two bytes of a token: the break of a line that goes on (`=` in a
//! mail, `\\` in a script), and characters without width. Only what stands beside bytes of tokens is
//! looked for.

/// How a stretch of text is written. `=41` is a letter in a mail, and a number anywhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Usual,
    /// RFC 2045, 6.7.
    QuotedPrintable,
}

impl Way {
    /// The one that something which was looked for tells of.
    pub(super) fn at(text: &[u8], at: usize) -> Self {
        // The byte before a soft break is a part of what is looked for.
        if text[at..].iter().take(2).any(|byte| *byte == b'=') {
            Self::QuotedPrintable
        } else {
            Self::Usual
        }
    }
}

/// The bytes of tokens that a break may stand between.
pub(super) const TOKEN: [u8; 68] =
    *b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.+/:";
/// A line that goes on is indented by no more than this.
const INDENT: usize = 128;

/// Characters without width, in UTF-8. Source: Unicode's category `Cf`, and its variation selectors.
const WIDTHLESS: [&[u8]; 19] = [
    b"\xc2\xad",
    b"\xe1\xa0\x8e",
    b"\xe2\x80\x8b",
    b"\xe2\x80\x8c",
    b"\xe2\x80\x8d",
    b"\xe2\x80\x8e",
    b"\xe2\x80\x8f",
    b"\xe2\x80\xaa",
    b"\xe2\x80\xab",
    b"\xe2\x80\xac",
    b"\xe2\x80\xad",
    b"\xe2\x80\xae",
    b"\xe2\x81\xa0",
    b"\xe2\x81\xa1",
    b"\xe2\x81\xa2",
    b"\xe2\x81\xa3",
    b"\xe2\x81\xa4",
    b"\xef\xb8\x8f",
    b"\xef\xbb\xbf",
];
/// The same, written as escapes, in lower case.
const ESCAPED: [&[u8]; 16] = [
    b"&shy;",
    b"&zwnj;",
    b"&zwj;",
    b"&#173;",
    b"&#8203;",
    b"&#8204;",
    b"&#8205;",
    b"&#8288;",
    b"&#65279;",
    b"&#x200b;",
    b"&#x2060;",
    b"\\u00ad",
    b"\\u200b",
    b"\\u200d",
    b"\\u2060",
    b"\\ufeff",
];

/// How long what stands for nothing is, if a text begins with it.
pub(super) fn length(text: &[u8], way: Way) -> Option<usize> {
    match (text.first()?, way) {
        (b'=', Way::QuotedPrintable) => Some(1 + line_end(&text[1..])?),
        (b'\\', Way::Usual) => line_end(&text[1..]).map_or_else(
            || written(text),
            |end| {
                let next = text[1 + end..].iter().take(INDENT);
                Some(1 + end + next.take_while(|byte| is_blank(**byte)).count())
            },
        ),
        (b'\\' | b'&', _) => written(text),
        (0xc2.., _) => WIDTHLESS.iter().find(|one| text.starts_with(one)).map(|one| one.len()),
        _ => None,
    }
}

/// The same of what is written as an escape.
fn written(text: &[u8]) -> Option<usize> {
    let is_start =
        |one: &&&[u8]| text.get(..one.len()).is_some_and(|start| start.eq_ignore_ascii_case(one));
    ESCAPED.iter().find(is_start).map(|one| one.len())
}

/// How long the break is that a text ends with, if the line before it goes on.
pub(super) fn length_before(text: &[u8], way: Way) -> Option<usize> {
    let blank = match way {
        Way::Usual => text.iter().rev().take(INDENT).take_while(|byte| is_blank(**byte)).count(),
        Way::QuotedPrintable => 0,
    };
    let line = text[..text.len() - blank].strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let sign = match way {
        Way::Usual => b'\\',
        Way::QuotedPrintable => b'=',
    };
    (line.last() == Some(&sign)).then(|| text.len() - line.len() + 1)
}

fn line_end(text: &[u8]) -> Option<usize> {
    match text {
        [b'\n', ..] => Some(1),
        [b'\r', b'\n', ..] => Some(2),
        _ => None,
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// How all of it begins, with the byte before it where it is short, and what may follow.
pub(super) fn beginnings() -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    // Few signs: with each, all that may follow is looked for.
    let token = || b"abcdefghijklmnopqrstuvwxyz0123456789_-.".iter();
    let breaks = token().flat_map(|before| {
        let of = |sign: &[u8], next: &[u8]| ([&[*before], sign].concat(), next.to_vec());
        let indented = [&TOKEN[..], b" \t"].concat();
        [of(b"=\n", &TOKEN), of(b"=\r\n", &TOKEN), of(b"\\\n", &indented), of(b"\\\r\n", &indented)]
    });
    let short = token().flat_map(|before| {
        let short = WIDTHLESS.iter().filter(|one| one.len() == 2);
        short.map(|one| ([&[*before], *one].concat(), TOKEN.to_vec()))
    });
    let wide = WIDTHLESS.iter().filter(|one| one.len() == 3).map(|one| {
        // One may follow another.
        (one.to_vec(), [&TOKEN[..], b"\xe2\xef"].concat())
    });
    let written = ["&shy", "\\u20", "\\ufe", "&zwn", "&zwj"];
    let written = written.map(|start| (start.as_bytes().to_vec(), b"06;fj".to_vec()));
    breaks.chain(short).chain(wide).chain(written)
}
