//! Whether a token may begin or end at a byte. A deny rule ("the neighbour is a token byte"), never
//! a list of allowed neighbours: such a list always misses one (a bracket, a pipe, the end of a
//! sentence).

/// Letters, digits, `_` and `-`: what tokens are made of.
pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// What the name of a value is made of.
pub(super) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$')
}

/// Whether a token may start at `at`.
pub(crate) fn left(bytes: &[u8], at: usize) -> bool {
    let before = &bytes[..at];
    match before {
        [.., last] if !is_token_byte(*last) => true,
        [] => true,
        // A lone `-` joins only what it stands between: `${KEY:-TOKEN}` and `<!--TOKEN-->` are no
        // words.
        [.., joined, b'-'] => matches!(joined, b'-') || !is_token_byte(*joined),
        [b'-'] => true,
        _ => ends_in_escape(before),
    }
}

/// Whether a token may end before `at`.
pub(crate) fn right(bytes: &[u8], at: usize) -> bool {
    match &bytes[at..] {
        [] | [b'-'] => true,
        [b'-', joined, ..] => *joined == b'-' || !is_token_byte(*joined),
        [next, ..] => !is_token_byte(*next),
    }
}

/// The byte that a text ends with, also where it is written as an escape.
pub(crate) fn last(before: &[u8]) -> Option<u8> {
    let hex = |high: u8, low: u8| {
        (high.is_ascii_hexdigit() && low.is_ascii_hexdigit()).then(|| escaped(high, low))
    };
    let byte = match before {
        [.., b'%', high, low]
        | [.., b'\\', b'x', high, low]
        | [.., b'\\', b'u', b'0', b'0', high, low] => hex(*high, *low),
        _ => None,
    };
    byte.or(before.last().copied())
}

/// `\n`, `\x3d`, `\u003d`, `%3D` and the end of a terminal color stand for one byte that is no
/// token byte.
fn ends_in_escape(before: &[u8]) -> bool {
    let hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    match before {
        [.., b'\\', b'n' | b'r' | b't' | b'f' | b'v' | b'b' | b'0'] => true,
        [.., b'%', high, low] | [.., b'\\', b'x', high, low] if hex(&[*high, *low]) => {
            !is_token_byte(escaped(*high, *low))
        }
        [.., b'\\', b'u', b'0', b'0', high, low] if hex(&[*high, *low]) => {
            !is_token_byte(escaped(*high, *low))
        }
        [head @ .., b'm'] => {
            let colour = head
                .iter()
                .rev()
                .take(16)
                .take_while(|b| b.is_ascii_digit() || **b == b';')
                .count();
            head[..head.len() - colour].ends_with(b"\x1b[")
        }
        _ => false,
    }
}

fn escaped(high: u8, low: u8) -> u8 {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok()).unwrap_or(0);
    digit(high) * 16 + digit(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_run_on_and_everything_else_ends_them() {
        for open in [
            "",
            " ",
            "=",
            "\"",
            "(",
            "|",
            "é",
            "\\n",
            "%3D",
            "\\u003d",
            "\\x22",
            "\u{1b}[31m",
            ":-",
            "<!--",
            "-",
        ] {
            assert!(left(open.as_bytes(), open.len()), "{open:?}");
        }
        for joined in ["a", "Z", "_", "9", "a-", "an", "%41", "\\u0041", "[31m"] {
            assert!(!left(joined.as_bytes(), joined.len()), "{joined:?}");
        }
        for open in ["", ".", "=", "\\n", "-->", "&a", "é", "@host", "-"] {
            assert!(right(open.as_bytes(), 0), "{open:?}");
        }
        for joined in ["a", "_", "-a"] {
            assert!(!right(joined.as_bytes(), 0), "{joined:?}");
        }
    }
}
