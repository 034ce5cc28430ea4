//! Parses `{{name}}` in a provider file's texts; other modules fill it in.

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Literal text.
    Text(&'a str),
    /// A variable, and its format (`number`, `json`, `list`).
    Var {
        /// Its name: `id`, `with.domain`.
        name: &'a str,
        /// The part after `|`.
        filter: Option<&'a str>,
    },
}

/// Parses a text.
///
/// # Errors
/// What is wrong with its braces or names, as a sentence fragment.
pub fn parse(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        let (inside, behind) = after.split_once("}}").ok_or("has `{{` without `}}`")?;
        let (name, filter) = match inside.split_once('|') {
            Some((name, filter)) => (name.trim(), Some(filter.trim())),
            None => (inside.trim(), None),
        };
        if !is_name(name) {
            return Err(format!("has `{{{{{inside}}}}}`, which is not a variable"));
        }
        if filter.is_some_and(|filter| !matches!(filter, "number" | "json" | "list")) {
            return Err(format!(
                "has `{{{{{inside}}}}}`; the only filters are `number`, `json` and `list`"
            ));
        }
        pieces.push(Piece::Var { name, filter });
        rest = behind;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

/// The variables of a text; none if it cannot be parsed.
#[must_use]
pub fn variables(text: &str) -> Vec<&str> {
    let pieces = parse(text).unwrap_or_default();
    pieces
        .into_iter()
        .filter_map(|piece| if let Piece::Var { name, .. } = piece { Some(name) } else { None })
        .collect()
}

fn is_name(text: &str) -> bool {
    let parts = text.split('.').all(|part| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    });
    parts && text.matches('.').count() <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_taken_apart_at_its_braces() {
        assert_eq!(
            parse("a {{ id }}/{{with.n|number}}"),
            Ok(vec![
                Piece::Text("a "),
                Piece::Var { name: "id", filter: None },
                Piece::Text("/"),
                Piece::Var { name: "with.n", filter: Some("number") },
            ])
        );
        assert_eq!(parse(""), Ok(vec![]));
        assert_eq!(variables("{{a}}{{b.c}}"), ["a", "b.c"]);
        for bad in ["{{", "{{}}", "{{a b}}", "{{a.b.c}}", "{{a|upper}}", "{{A}}"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
