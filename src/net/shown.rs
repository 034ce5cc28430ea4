//! Removes values from our own texts before they are written. Escapes of our outputs (entities of
//! Markdown and HTML, zero-width spaces, brackets of SARIF, JSON) are decoded first, so that no
//! escape can hide a value.

use std::ops::Range;

/// Replaces a value.
pub(super) const GONE: &str = "***";
/// Our Markdown has this between signs. It has no width.
const APART: char = '\u{200b}';

/// Which bytes of a text must be removed; `None` for none.
type Find<'f> = &'f dyn Fn(&[u8]) -> Option<Vec<bool>>;

/// A text without what was found in it, literally or after decoding.
pub(super) fn without(text: &str, find: Find<'_>) -> String {
    let mut gone = find(text.as_bytes());
    if text.contains(['&', '\\', APART]) {
        let (plain, places) = read(text);
        for (byte, _) in
            find(plain.as_bytes()).iter().flatten().enumerate().filter(|(_, gone)| **gone)
        {
            let Some(range) = places.get(byte) else { continue };
            let gone = gone.get_or_insert_with(|| vec![false; text.len()]);
            gone.iter_mut().skip(range.start).take(range.len()).for_each(|byte| *byte = true);
        }
    }
    match gone {
        Some(gone) => taken_out(text, &gone),
        None => text.to_owned(),
    }
}

fn taken_out(text: &str, gone: &[bool]) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut before = false;
    for (at, c) in text.char_indices() {
        let now = gone.iter().skip(at).take(c.len_utf8()).any(|gone| *gone);
        match (now, before) {
            (true, false) => shown.push_str(GONE),
            (true, true) => {}
            (false, _) => shown.push(c),
        }
        before = now;
    }
    shown
}

/// A text as a reader of Markdown, HTML or SARIF sees it, and for each of its bytes where it came
/// from.
fn read(text: &str) -> (String, Vec<Range<usize>>) {
    let (mut plain, mut places) =
        (String::with_capacity(text.len()), Vec::<Range<usize>>::with_capacity(text.len()));
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let Some((c, length)) = unit(rest) else { break };
        if c == APART {
            // Belongs to the character before it.
            if let Some(last) = places.last_mut() {
                last.end = at + length;
            }
        } else {
            plain.push(c);
            places.extend(std::iter::repeat_n(at..at + length, c.len_utf8()));
        }
        at += length;
    }
    (plain, places)
}

/// The character at the start of a text, and how many bytes it is written with.
fn unit(text: &str) -> Option<(char, usize)> {
    let c = text.chars().next()?;
    let escape =
        || text.get(1..)?.chars().next().filter(|c| matches!(c, '[' | ']')).map(|c| (c, 2));
    match c {
        '&' => entity(text).or(Some((c, 1))),
        '\\' => escape().or(Some((c, 1))),
        c => Some((c, c.len_utf8())),
    }
}

fn entity(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(10).position(|byte| byte == b';')?;
    let c = match text.get(1..end)? {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        number => char::from_u32(number.strip_prefix('#')?.parse().ok()?)?,
    };
    Some((c, end + 1))
}

/// JSON with every text in it cleaned. Text that is not JSON is left to the other function.
pub(super) fn json_without(json: &str, clean: &dyn Fn(&str) -> String) -> String {
    let mut safe = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(start) = rest.find('"') {
        let (before, literal) = rest.split_at(start);
        safe.push_str(before);
        let mut escaped = false;
        let end = literal.bytes().skip(1).position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        });
        let (literal, behind) = literal.split_at(end.map_or(literal.len(), |end| end + 2));
        match serde_json::from_str::<String>(literal) {
            Ok(text) => {
                let cleaned = clean(&text);
                if cleaned == text {
                    safe.push_str(literal)
                } else {
                    safe.push_str(&serde_json::Value::from(cleaned).to_string())
                }
            }
            Err(_) => safe.push_str(literal),
        }
        rest = behind;
    }
    safe.push_str(rest);
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &[u8]) -> Option<Vec<bool>> {
        let at = text.windows(5).position(|window| window == b"a.b&c")?;
        Some((0..text.len()).map(|byte| (at..at + 5).contains(&byte)).collect())
    }

    #[test]
    fn what_our_outputs_escape_is_read_first() {
        for text in ["x a.b&c y", "x a&#46;b&#38;c y", "x a.\u{200b}b&amp;c y"] {
            assert_eq!(without(text, &find), "x *** y", "{text}");
        }
        assert_eq!(without("x a.b & c; é&#12 y", &find), "x a.b & c; é&#12 y");
    }

    #[test]
    fn json_stays_json() {
        let json = r#"{"a\"": ["x a.b&c y", "\n\\", 1], "a.b\u0026c": null}"#;
        let clean = |text: &str| without(text, &find);
        let shown: serde_json::Value = serde_json::from_str(&json_without(json, &clean)).unwrap();
        assert_eq!(shown, serde_json::json!({"a\"": ["x *** y", "\n\\", 1], "***": null}));
        assert_eq!(json_without("\"open", &clean), "\"open");
    }
}
