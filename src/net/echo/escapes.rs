//! Texts in which a character is written as an escape: `%41`, `\u0041`, `\x41`, `\101`, `&#65;`,
//! `=41`, `U+0041`.

use zeroize::Zeroizing;

/// Reads the escape that stands at the start of a text: its character, and how many bytes it takes.
type Escape = fn(&str) -> Option<(char, usize)>;

/// A text with one kind of escape read, for each kind that stands in it.
pub(super) fn read(text: &str) -> Vec<Zeroizing<String>> {
    // What has to stand in a text for it to have any.
    let kinds: [(&[&str], Escape); 5] = [
        (&["%"], percent),
        (&["\\"], backslash),
        (&["&#"], entity),
        (&["="], equals),
        (&["U+", "0x"], code_point),
    ];
    let there = kinds.iter().filter(|(marks, _)| marks.iter().any(|mark| text.contains(mark)));
    there.filter_map(|(_, kind)| unescaped(text, kind)).collect()
}

fn unescaped(
    text: &str,
    kind: &dyn Fn(&str) -> Option<(char, usize)>,
) -> Option<Zeroizing<String>> {
    let mut plain = Zeroizing::new(String::with_capacity(text.len()));
    let (mut rest, mut any) = (text, false);
    while let Some(c) = rest.chars().next() {
        let (c, length) = match kind(rest) {
            Some(read) => {
                any = true;
                read
            }
            None => (c, c.len_utf8()),
        };
        plain.push(c);
        rest = rest.get(length..).unwrap_or_default();
    }
    any.then_some(plain)
}

/// The number that stands at the start of a text, and how many bytes it takes.
fn number(text: &str, radix: u32, most: usize) -> Option<(char, usize)> {
    let length =
        text.bytes().take(most).take_while(|byte| char::from(*byte).is_digit(radix)).count();
    let number = u32::from_str_radix(text.get(..length)?, radix).ok()?;
    Some((char::from_u32(number)?, length))
}

fn after(
    text: &str,
    start: &str,
    radix: u32,
    (least, most): (usize, usize),
) -> Option<(char, usize)> {
    let (c, length) = number(text.strip_prefix(start)?, radix, most)?;
    (length >= least).then_some((c, start.len() + length))
}

fn percent(text: &str) -> Option<(char, usize)> {
    after(text, "%u", 16, (4, 4)).or_else(|| after(text, "%", 16, (2, 2)))
}

fn backslash(text: &str) -> Option<(char, usize)> {
    let braced = after(text, "\\u{", 16, (1, 6)).or_else(|| after(text, "\\x{", 16, (1, 6)));
    braced
        .filter(|(_, length)| text.get(*length..).is_some_and(|rest| rest.starts_with('}')))
        .map(|(c, length)| (c, length + 1))
        .or_else(|| after(text, "\\u", 16, (4, 4)))
        .or_else(|| after(text, "\\U", 16, (8, 8)))
        .or_else(|| after(text, "\\x", 16, (1, 2)))
        .or_else(|| after(text, "\\o", 8, (1, 3)))
        .or_else(|| after(text, "\\", 8, (1, 3)))
        .or_else(|| after(text, "\\", 16, (2, 2)))
}

fn entity(text: &str) -> Option<(char, usize)> {
    let (c, length) = after(text, "&#x", 16, (1, 6))
        .or_else(|| after(text, "&#X", 16, (1, 6)))
        .or_else(|| after(text, "&#", 10, (1, 7)))?;
    let closed = text.get(length..).is_some_and(|rest| rest.starts_with(';'));
    Some((c, length + usize::from(closed)))
}

fn equals(text: &str) -> Option<(char, usize)> {
    // A soft line break is nothing at all; a character that is not part of a value stands for it.
    if text.starts_with("=\n") {
        return Some((' ', 2));
    }
    after(text, "=", 16, (2, 2))
}

fn code_point(text: &str) -> Option<(char, usize)> {
    after(text, "U+", 16, (4, 6)).or_else(|| after(text, "0x", 16, (2, 2)))
}
