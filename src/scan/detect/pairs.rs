//! Names and values that stand beside each other, each behind a word of its own: `name: X` and
//! `value: V` on two lines (Kubernetes, ECS, Azure), `<key>X</key><string>V</string>` (property
//! lists), `<add key="X" value="V"/>`. Decides nothing.

use std::ops::Range;

use super::boundaries::is_name_byte;

/// What a value is called where its name stands beside it.
const VALUE: [&[u8]; 4] = [b"value", b"string", b"val", b"stringvalue"];
/// What the name is called there.
const NAME: [&[u8]; 6] = [b"name", b"key", b"variable", b"var", b"settingname", b"parameterkey"];
/// Between a name and its value.
const LONGEST: usize = 64;

fn is_filler(byte: u8) -> bool {
    byte.is_ascii_whitespace()
        || matches!(
            byte,
            b'"' | b'\'' | b',' | b':' | b'=' | b'>' | b'<' | b'/' | b'-' | b'\\' | b'{' | b'}'
        )
}

fn is_one_of(word: &[u8], words: &[&[u8]]) -> bool {
    words.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// The word that ends at `end`, and where what fills the space before it begins.
fn back(text: &[u8], end: usize, floor: usize) -> (Range<usize>, usize) {
    let mut start = end;
    while start > floor && is_name_byte(text[start - 1]) {
        start -= 1;
    }
    let mut from = start;
    while from > floor && is_filler(text[from - 1]) {
        from -= 1;
    }
    (start..end, from)
}

/// The name of a value whose own word ends at `end`, where that word says no more than that it is
/// one.
pub(super) fn name(text: &[u8], end: usize, floor: usize) -> Option<Range<usize>> {
    let (own, before) = back(text, end, floor);
    if !is_one_of(text.get(own)?, &VALUE) {
        return None;
    }
    let (mut name, mut before) = back(text, before, floor);
    if is_one_of(&text[name.clone()], &NAME)
        && before > floor
        && text[..name.start].ends_with(b"</")
    {
        (name, before) = back(text, before, floor);
    }
    let (called, _) = back(text, before, floor);
    (name.len() > 2 && is_one_of(&text[called], &NAME)).then_some(name)
}

/// Where the value's sign ends, of a name that ends at `end` and whose value stands beside it.
pub(super) fn value(text: &[u8], end: usize) -> Option<usize> {
    let limit = text.len().min(end + LONGEST);
    let skip = |from: usize| {
        from + text
            .get(from..limit)
            .unwrap_or_default()
            .iter()
            .take_while(|b| is_filler(**b))
            .count()
    };
    let word = |from: usize| {
        let rest = text.get(from..limit).unwrap_or_default();
        from..from + rest.iter().take_while(|b| is_name_byte(**b)).count()
    };
    let mut own = word(skip(end));
    if own.start > end && is_one_of(&text[own.clone()], &NAME) && text[..own.start].ends_with(b"</")
    {
        own = word(skip(own.end));
    }
    if own.start == end || !is_one_of(&text[own.clone()], &VALUE) {
        return None;
    }
    let stop = own.end;
    let signs = text.get(stop..limit)?.iter().take_while(|b| b"\"'\\ :=>".contains(b)).count();
    let sign = text[stop..stop + signs].iter().position(|b| b":=>".contains(b))?;
    let behind = stop + sign + 1;
    let spaces = text.get(behind..limit)?.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    Some(behind + spaces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_beside_its_value_is_found_from_both_sides() {
        for text in [
            "- name: API_KEY\n  value: V1",
            "{\"name\": \"API_KEY\", \"value\": \"V1\"}",
            "<add key=\"API_KEY\" value=\"V1\"/>",
            "<key>API_KEY</key>\n\t<string>V1</string>",
            "- Name: API_KEY\n  Value: 'V1'",
        ] {
            let key = text.find("API_KEY").unwrap();
            let own = text.to_ascii_lowercase().rfind("v1").unwrap();
            let behind = value(text.as_bytes(), key + 7).unwrap();
            assert!(own - behind <= 1, "{text}");
            let before = &text[..behind];
            let end = before.trim_end_matches([' ', ':', '=', '>', '"', '\'']).len();
            assert_eq!(name(text.as_bytes(), end, 0), Some(key..key + 7), "{text}");
        }
        assert_eq!(value(b"name: API_KEY\nother: V", 13), None);
        assert_eq!(name(b"value", 5, 0), None);
    }
}
