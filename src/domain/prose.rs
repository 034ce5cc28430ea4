//! Whether a text is plain words. What is not may be a secret in some form, so it is neither quoted
//! nor stored. An allow list: every piece between two signs has to look like something a person
//! writes.

use super::text::is_hidden;

/// The longest word of a language that is spelled with letters and not made up.
const LONGEST_WORD: usize = 20;
/// A number of more digits is an id.
const LONGEST_NUMBER: usize = 6;
/// Pieces with digits in a text; more are an encoding.
const MOST_NUMBERS: usize = 8;
/// Pieces of letters and digits mixed, such as `v3` and `oauth2`.
const MOST_MIXED: usize = 3;
/// Letters that stand alone in a row; more are a spaced-out value.
const MOST_SINGLE: usize = 3;
/// A word of free text from this length on has to be plain.
const WORTH_A_LOOK: usize = 12;
/// A name that begins as no word does, and that GitHub's sentences are full of.
const OAUTH: &str = "OAuth";
/// Signs in a row, and in a text of so many letters.
const MOST_SIGNS: usize = 6;

/// Whether a text is plain words, names and short numbers.
#[must_use]
pub fn is_prose(text: &str) -> bool {
    if text.chars().any(is_hidden) {
        return false;
    }
    if is_masked(text) {
        return false;
    }
    let (mut numbers, mut mixed, mut single, mut signs) = (0, 0, 0, 0);
    for c in text.chars() {
        signs = if c.is_alphanumeric() || c.is_whitespace() { 0 } else { signs + 1 };
        if signs > MOST_SIGNS {
            return false;
        }
    }
    for piece in text.split(|c: char| !c.is_alphanumeric()).filter(|piece| !piece.is_empty()) {
        let digits = piece.chars().filter(char::is_ascii_digit).count();
        let length = piece.chars().count();
        single = if length == 1 { single + 1 } else { 0 };
        numbers += usize::from(digits > 0);
        mixed += usize::from(digits > 0 && digits < length);
        let plain = match digits {
            0 => is_word(piece),
            all if all == length => length <= LONGEST_NUMBER,
            _ => is_mixed_word(piece, length),
        };
        if !plain || numbers > MOST_NUMBERS || mixed > MOST_MIXED || single > MOST_SINGLE {
            return false;
        }
    }
    true
}

/// Whether a free text, which a person typed and we would store, holds something that no person
/// words: a long run that is not plain, or a value spelled out letter by letter.
#[must_use]
pub fn holds_a_value(text: &str) -> bool {
    let spelled = text.split(|c: char| !c.is_alphanumeric()).filter(|piece| !piece.is_empty());
    let mut single = 0;
    let is_spelled = spelled.map(|piece| piece.chars().count()).any(|length| {
        single = if length <= 2 { single + 1 } else { 0 };
        single > 12
    });
    let words = text.split(|c: char| {
        c.is_whitespace() || is_hidden(c) || matches!(c, '"' | '\'' | '`' | ',' | '(' | ')')
    });
    is_spelled
        || text.chars().any(|c| matches!(c, '\u{ff01}'..='\u{ff5e}' | '\u{1d400}'..='\u{1d7ff}'))
        || words
            .filter(|word| word.is_ascii() && word.len() >= WORTH_A_LOOK)
            .any(|word| !is_prose(word))
}

/// Whether something stands for the middle of a value: `abcd...wxyz`, `abcd***`.
fn is_masked(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    letters.windows(3).any(|three| match three {
        [before, '*' | '•' | '●' | '█' | '…', behind] => {
            before.is_alphanumeric() || behind.is_alphanumeric() || behind == &'*'
        }
        ['.', '.', behind] => behind.is_alphanumeric(),
        _ => false,
    })
}

/// Letters with digits behind or before them (`oauth2`, `sha256`, `2nd`), or very short.
fn is_mixed_word(piece: &str, length: usize) -> bool {
    let word = piece.trim_end_matches(|c: char| c.is_ascii_digit());
    let tail = piece.len() - word.len();
    length <= 4 || (tail <= 3 && !word.contains(|c: char| c.is_ascii_digit()) && is_word(word))
}

/// Letters that a person may have written: one word, or several in the way of programmers
/// (`insufficientScope`, `HTTPError`).
fn is_word(piece: &str) -> bool {
    // Letters of Latin script; those that only look like it are a way to hide a value.
    if piece.chars().any(|c| !c.is_alphabetic() || c > '\u{24f}') {
        return false;
    }
    if piece == OAUTH {
        return true;
    }
    let parts = humps(piece);
    let letters = piece.chars().count();
    (parts.len() == 1 || letters >= parts.len() * 3)
        && parts.len() <= 6
        && parts.iter().all(|part| is_speakable(part))
}

/// The words of a name, which begin where the case changes: `HTTPError` is `HTTP` and `Error`.
fn humps(piece: &str) -> Vec<String> {
    let letters: Vec<char> = piece.chars().collect();
    let mut parts: Vec<String> = Vec::new();
    for (at, c) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at)).copied();
        // `IDs` and `APIs` are one word.
        let plural = *c == 's' && at + 1 == letters.len();
        let behind = letters.get(at + 1).filter(|next| !(**next == 's' && at + 2 == letters.len()));
        let starts = c.is_uppercase()
            && (before.is_some_and(char::is_lowercase)
                || behind.is_some_and(|next| next.is_lowercase()));
        match parts.last_mut() {
            Some(part) if !starts || plural => part.push(*c),
            _ => parts.push(c.to_string()),
        }
    }
    parts
}

/// Vowels and consonants as languages mix them.
fn is_speakable(word: &str) -> bool {
    let length = word.chars().count();
    let is_vowel = |c: char| {
        !c.is_ascii() || matches!(c.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
    };
    let vowels = word.chars().filter(|c| is_vowel(*c)).count();
    let longest = |vowel: bool| {
        word.split(|c| is_vowel(c) != vowel)
            .map(|run| run.chars().count())
            .max()
            .unwrap_or_default()
    };
    length <= LONGEST_WORD
        && (length < 6
            || (vowels * 6 >= length
                && vowels * 5 <= length * 4
                && longest(false) <= 5
                && longest(true) <= 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_and_providers_write_is_prose() {
        for text in [
            "Resource not accessible by integration",
            "authorization grant is invalid, expired or revoked (e.g. it was issued to another client)",
            "The provided authorization grant is invalid. See https://docs.example.com/api/v3/errors#oauth2",
            "insufficientAuthenticationScopes: `crm.objects.contacts.read` is missing",
            "Repository rule violations found Cannot create ref due to creations being restricted.",
            "Rate limit of 600 requests in 60 seconds exceeded at 2026-11-28",
            "INVALID_API_KEY",
            "has enabled OAuth App access restrictions, meaning that data access to third-parties is limited.",
            "Vous n'êtes pas autorisé à créer des clés",
            "rotat",
            "sendgird",
            ".github/tokenward.yml",
        ] {
            assert!(is_prose(text), "{text}");
        }
    }

    #[test]
    fn what_may_be_a_value_in_some_form_is_not() {
        let value: String = ["aB3", "xK9", "qZ7", "mN2", "pL5", "wT8"].concat();
        let spaced: String = value.chars().flat_map(|c| [c, ' ']).collect();
        let hexed: String = value.bytes().map(|byte| format!("{byte:02x}:")).collect();
        let listed: String = value.bytes().map(|byte| format!("{byte} ")).collect();
        let escaped: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let wide: String =
            value.chars().filter_map(|c| char::from_u32(u32::from(c) + 0xfee0)).collect();
        for text in [
            &value,
            &value.to_lowercase(),
            &value.to_uppercase(),
            &spaced,
            &hexed,
            &listed,
            &escaped,
            &wide,
        ] {
            assert!(!is_prose(&format!("the key {text} is wrong")), "{text}");
        }
        assert!(!is_prose("a zero\u{200b}width"));
    }

    #[test]
    fn a_reason_may_be_anything_but_a_value() {
        for reason in [
            "left the company",
            "INC-2026-11-28, mail server",
            "see https://acme.example/browse/SEC-1234",
            "ticket 1234567890",
            "鍵が漏れました",
            "rotation before the audit :)",
        ] {
            assert!(!holds_a_value(reason), "{reason}");
        }
        let value: String = ["aB3", "xK9", "qZ7", "mN2", "pL5", "wT8"].concat();
        let spaced: String = value.chars().flat_map(|c| [c, ' ']).collect();
        for reason in [&value, &format!("because of {value}."), &spaced, &value.to_lowercase()] {
            assert!(holds_a_value(reason), "{reason}");
        }
    }
}
