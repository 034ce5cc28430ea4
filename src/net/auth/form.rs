//! Values that cannot be a token of any provider: a placeholder, a template, a line of a file, an
//! address. Says what a value looks like, and never quotes it.

use crate::domain::Secret;
use crate::domain::prose::is_prose;

/// Why a value cannot be a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Form {
    /// `${{ secrets.X }}`, `$X`, `env:X`: an expression that was not replaced with its value.
    #[error(
        "it is an expression (`${{{{ ... }}}}`, `$NAME` or `env:NAME`) that was not replaced with its value"
    )]
    Template,
    /// In quotation marks.
    #[error("it is in quotation marks, which are not part of a token")]
    Quoted,
    /// `NAME=value`.
    #[error("it is a whole line `NAME=value`; the value is only the part after the `=`")]
    Assignment,
    /// White space, line breaks or control characters inside.
    #[error("it contains white space, a line break or a control character")]
    Spaced,
    /// A typographic quotation mark, an invisible character, or another one outside ASCII.
    #[error(
        "it contains a character that no token has: a typographic quotation mark, an invisible character, or some other non-ASCII character"
    )]
    Foreign,
    /// `abcd***wxyz`, `abcd...wxyz`.
    #[error("its middle is masked (`***` or `...`), as web pages show tokens")]
    Masked,
    /// An address.
    #[error("it is an address, and this provider's tokens never look like one")]
    Address,
    /// A file's path.
    #[error("it is the path of a file, not its content")]
    Path,
    /// `changeme`, `<token>`, `***`.
    #[error("it is a placeholder")]
    Placeholder,
}

/// What people write in place of a value.
const STAND_INS: [&str; 30] = [
    "changeme",
    "changeit",
    "changethis",
    "replaceme",
    "replacethis",
    "todo",
    "tbd",
    "fixme",
    "none",
    "null",
    "nil",
    "undefined",
    "empty",
    "unset",
    "false",
    "true",
    "placeholder",
    "redacted",
    "masked",
    "hidden",
    "secret",
    "mysecret",
    "password",
    "token",
    "apikey",
    "test",
    "dummy",
    "example",
    "foobar",
    "yourtokenhere",
];

/// Words of a sentence that says what to put here.
const SAYING: [&str; 8] =
    ["changeme", "change-me", "change_me", "placeholder", "your-", "your_", "redacted", "-here"];

/// What a value is, if it can be no token. Asked of a value without a known shape only.
#[must_use]
pub fn form(value: &Secret) -> Option<Form> {
    let text = value.expose();
    let lower = text.to_ascii_lowercase();
    let is_template = text.contains("${{")
        || text.starts_with("${")
        || lower.starts_with("secrets.")
        || is_variable(text);
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
    if is_template || lower.starts_with("env:") || lower.starts_with("file:") {
        return Some(Form::Template);
    }
    if text.len() >= 2 && quote.is_some_and(|quote| text.ends_with(quote)) {
        return Some(Form::Quoted);
    }
    if is_assignment(text) {
        return Some(Form::Assignment);
    }
    if text.contains("://") {
        return Some(Form::Address);
    }
    let named = ["./", "../", "~/", ".\\", "..\\"].iter().any(|start| text.starts_with(start));
    if named || (text.starts_with('/') && text.matches('/').count() > 1 && is_prose(text)) {
        return Some(Form::Path);
    }
    if is_stand_in(text, &lower) {
        return Some(Form::Placeholder);
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Some(Form::Spaced);
    }
    if !text.is_ascii() {
        return Some(Form::Foreign);
    }
    ["***", "..."].iter().any(|mask| text.contains(mask)).then_some(Form::Masked)
}

/// The shapes that a finder sees in a value; it is told nothing else.
pub fn shapes(value: &Secret, finder: &dyn Fn(&str) -> Vec<String>) -> Vec<String> {
    finder(value.expose())
}

/// `$NAME` and `%NAME%`.
fn is_variable(text: &str) -> bool {
    let name = text.strip_prefix('$').or_else(|| text.strip_prefix('%')?.strip_suffix('%'));
    name.is_some_and(|name| {
        !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    })
}

/// `NAME=value`, `export NAME=value`, `name: value`. Padding at the end of base64 is none.
fn is_assignment(text: &str) -> bool {
    let text = text.strip_prefix("export ").unwrap_or(text);
    let Some((name, value)) = text.split_once('=').or_else(|| text.split_once(": ")) else {
        return false;
    };
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= 64
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        && is_prose(name);
    let value = value.trim_start_matches([' ', '"', '\'']);
    is_name && value.len() >= 4 && value.starts_with(|c: char| c.is_ascii_alphanumeric())
}

fn is_stand_in(text: &str, lower: &str) -> bool {
    let bare: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    let first = text.chars().next();
    let one_letter = text.chars().count() >= 3 && text.chars().all(|c| Some(c) == first);
    let enclosed = (text.starts_with('<') && text.ends_with('>'))
        || (text.starts_with("{{") && text.ends_with("}}"));
    one_letter
        || enclosed
        || STAND_INS.contains(&bare.as_str())
        || (is_prose(text) && SAYING.iter().any(|word| lower.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Form> {
        form(&Secret::new(text.to_owned()))
    }

    #[test]
    fn what_can_be_no_token_is_told_by_what_it_looks_like() {
        for text in [
            "${{ secrets.SENDGRID_API_KEY }}",
            "$SENDGRID_API_KEY",
            "${SENDGRID_API_KEY}",
            "%SENDGRID_API_KEY%",
            "env:X",
            "file:key.txt",
            "secrets.X",
        ] {
            assert_eq!(of(text), Some(Form::Template), "{text}");
        }
        for text in [
            "changeme",
            "CHANGE_ME",
            "<your-api-key>",
            "***",
            "xxxxxxxx",
            "your_api_key",
            "todo",
            "put-your-key-here",
            "null",
        ] {
            assert_eq!(of(text), Some(Form::Placeholder), "{text}");
        }
        let value = ["aB3xK9", "qZ7mN2", "pL5wT8"].concat();
        assert_eq!(of(&format!("\"{value}\"")), Some(Form::Quoted));
        assert_eq!(of(&format!("'{value}'")), Some(Form::Quoted));
        for text in [
            format!("SENDGRID_API_KEY={value}"),
            format!("export KEY={value}"),
            format!("api-key: {value}"),
            format!("KEY=\"{value}"),
        ] {
            assert_eq!(of(&text), Some(Form::Assignment), "{text}");
        }
        for text in
            [format!("Bearer {value}"), format!("{value}\n{value}"), format!("{value}\u{7}x")]
        {
            assert_eq!(of(&text), Some(Form::Spaced), "{text:?}");
        }
        for text in [
            format!("\u{201c}{value}\u{201d}"),
            format!("{value}\u{200b}{value}"),
            format!("{value}é"),
        ] {
            assert_eq!(of(&text), Some(Form::Foreign), "{text:?}");
        }
        for text in
            [format!("{value}***{value}"), format!("{value}..."), format!("{value}********")]
        {
            assert_eq!(of(&text), Some(Form::Masked), "{text:?}");
        }
        assert_eq!(of(&format!("https://{value}@api.example.com")), Some(Form::Address));
        for text in ["./secrets/key", "~/key.txt", "/run/secrets/sendgrid"] {
            assert_eq!(of(text), Some(Form::Path), "{text}");
        }
    }

    #[test]
    fn a_token_of_any_alphabet_may_be_one() {
        let value = ["aB3xK9", "qZ7mN2", "pL5wT8"].concat();
        for text in [
            value.clone(),
            format!("{value}=="),
            format!("{value}=;{value}="),
            format!("/{value}/{value}+"),
            format!("{value}:{value}"),
            "correct-horse-battery".to_owned(),
            format!("re_{value}"),
        ] {
            assert_eq!(of(&text), None, "{text}");
        }
    }
}
