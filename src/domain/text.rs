//! Makes foreign text (a provider's response, a file name, a config value) safe to show.

/// The longest shown piece of foreign text, in characters.
const LONGEST: usize = 200;

/// A stop before this is an abbreviation's.
const SHORTEST_SENTENCE: usize = 8;

/// One line without control characters, terminal escapes or direction marks, cut at 200 characters.
#[must_use]
pub fn sanitize(text: &str) -> String {
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

/// Control characters, the format characters that move or hide what stands beside them, letters
/// without a shape, and what no XML may hold.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// First 4 characters, then the length: the only way to show which value is meant.
#[must_use]
pub fn redacted(value: &str) -> String {
    let count = value.chars().count();
    let shown = if count >= 12 { 4 } else { 0 };
    format!("{}… ({count} characters)", sanitize(&value.chars().take(shown).collect::<String>()))
}

/// The first sentence of a foreign text, on one line, cut at 200 characters. A line without a
/// period continues on the next.
#[must_use]
pub fn sentence(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let begins = |at: usize| {
        line.get(at + 2..).and_then(|rest| rest.chars().next()).is_some_and(|c| !c.is_lowercase())
    };
    let stops =
        [". ", "! ", "? "].iter().flat_map(|stop| line.match_indices(stop)).map(|(at, _)| at);
    let end = stops.filter(|at| *at >= SHORTEST_SENTENCE && begins(*at)).min();
    sanitize(end.and_then(|end| line.get(..=end)).unwrap_or(&line))
}

/// `1 token`, `2 tokens`.
#[must_use]
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A paragraph in lines of at most `width` characters, each after the first indented by `indent`. A
/// command between backticks stays in one piece, so that it can be copied; what is longer than a
/// line has a line to itself.
#[must_use]
pub fn folded(text: &str, width: usize, indent: usize) -> String {
    let words = text.trim_start_matches(' ');
    let mut folded = " ".repeat(text.len() - words.len());
    let mut column = folded.len();
    let mut begin = column;
    for piece in pieces(words) {
        let length = piece.chars().count();
        if column > begin && column + 1 + length > width {
            folded.push('\n');
            folded.push_str(&" ".repeat(indent));
            (column, begin) = (indent, indent);
        } else if column > begin {
            folded.push(' ');
            column += 1;
        }
        folded.push_str(piece);
        column += length;
    }
    folded
}

/// The pieces of a text between spaces that are not in backticks.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.split(move |c: char| {
        is_code ^= c == '`';
        c == ' ' && !is_code
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_is_folded_between_words_and_not_within_a_command() {
        let text = "note: the config is not used; see `tokenward rotate --help` and try again";
        assert_eq!(folded(text, 100, 6), text);
        assert_eq!(
            folded(text, 30, 6),
            "note: the config is not used;\n      see\n      `tokenward rotate --help`\n      and try again"
        );
        assert_eq!(folded("  then: a b c", 10, 4), "  then: a\n    b c");
        assert_eq!(folded("a-word-longer-than-a-line b", 10, 2), "a-word-longer-than-a-line\n  b");
    }

    #[test]
    fn escapes_and_direction_marks_are_taken_out() {
        assert_eq!(
            sanitize("a\u{1b}[31mb\r\nc\u{202e}d"),
            "a\u{fffd}[31mb\u{fffd}\u{fffd}c\u{fffd}d"
        );
    }

    #[test]
    fn a_sentence_is_the_first_one() {
        assert_eq!(sentence("No. 1 is wrong, e.g. this. Try again."), "No. 1 is wrong, e.g. this.");
        assert_eq!(sentence("It is wrong.\nTry again."), "It is wrong.");
        assert_eq!(
            sentence("Rule violations found\n\nCannot create ref."),
            "Rule violations found Cannot create ref."
        );
        assert_eq!(sentence(&"a ".repeat(300)).chars().count(), 201);
    }

    #[test]
    fn a_short_value_shows_nothing() {
        assert_eq!(redacted("hunter2"), "… (7 characters)");
        assert_eq!(redacted("abcdefghijkl"), "abcd… (12 characters)");
    }
}
