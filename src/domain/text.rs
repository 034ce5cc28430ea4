//! Text that came from elsewhere (a platform's answer, a file name, a config value), made fit to show.

/// The longest piece of foreign text worth showing, in characters.
const LONGEST: usize = 200;

/// One line without control characters, terminal escapes or direction marks, cut at 200 characters.
#[must_use]
pub fn tame(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(LONGEST * 4));
    for (count, c) in text.chars().enumerate() {
        if count == LONGEST {
            line.push('…');
            break;
        }
        line.push(if is_hidden(c) { '\u{fffd}' } else { c });
    }
    line
}

/// Control characters, the format characters that move or hide what stands beside them, and the two that no XML may hold.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

/// First 4 characters, then the length: how a value is named where it has to be named at all.
#[must_use]
pub fn redacted(value: &str) -> String {
    let count = value.chars().count();
    let shown = if count >= 12 { 4 } else { 0 };
    format!("{}… ({count} characters)", tame(&value.chars().take(shown).collect::<String>()))
}

/// `1 token`, `2 tokens`.
#[must_use]
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_direction_marks_are_taken_out() {
        assert_eq!(tame("a\u{1b}[31mb\r\nc\u{202e}d"), "a\u{fffd}[31mb\u{fffd}\u{fffd}c\u{fffd}d");
    }

    #[test]
    fn a_short_value_shows_nothing() {
        assert_eq!(redacted("hunter2"), "… (7 characters)");
        assert_eq!(redacted("abcdefghijkl"), "abcd… (12 characters)");
    }
}
