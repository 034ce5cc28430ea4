//! Finds a value in whatever a run left behind: itself, its pieces, and the encodings in which it
//! could have got out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// So many characters of a value in a row give it away.
const PIECE: usize = 14;

/// Everything that a value could be recognized by.
pub(crate) struct Needles {
    name: String,
    forms: Vec<(&'static str, String)>,
}

impl Needles {
    /// The secret part of a value: what is public in it (an id) has to be left out by the caller.
    pub(crate) fn of(name: &str, secret: &str) -> Self {
        let mut forms: Vec<(&'static str, String)> = Vec::new();
        let whole: Vec<char> = secret.chars().collect();
        let piece = PIECE.min(whole.len());
        // Every piece, so that a value that is cut, split or wrapped is found as well.
        forms.extend(whole.windows(piece).map(|piece| ("a piece", piece.iter().collect())));
        let backwards: Vec<char> = whole.iter().rev().copied().collect();
        forms.extend(
            backwards.windows(piece).map(|piece| ("a piece, backwards", piece.iter().collect())),
        );
        for before in 0..3 {
            let shifted = STANDARD_NO_PAD.encode([&vec![b'x'; before], secret.as_bytes()].concat());
            let inner =
                shifted.get(4..shifted.len().saturating_sub(4)).unwrap_or_default().to_owned();
            if inner.len() >= 8 {
                forms.push(("base64", inner.replace('+', "-").replace('/', "_")));
                forms.push(("base64", inner));
            }
        }
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        forms.push(("hex", hex.to_ascii_uppercase()));
        forms.push(("hex", hex));
        let percent: String = secret
            .bytes()
            .map(|byte| {
                if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            })
            .collect();
        forms.push(("percent", percent));
        let json = serde_json::Value::from(secret).to_string();
        forms.push(("JSON", json.trim_matches('"').to_owned()));
        forms.sort();
        forms.dedup();
        Self { name: name.to_owned(), forms }
    }

    /// How the value stands in this text, where it does.
    pub(crate) fn found_in(&self, text: &str) -> Option<String> {
        let (form, needle) = self.forms.iter().find(|(_, form)| text.contains(form.as_str()))?;
        let at = text.find(needle.as_str()).unwrap_or_default();
        let line = text.get(..at).unwrap_or_default().lines().count().max(1);
        Some(format!("{} as {form}, line {line}", self.name))
    }
}

#[test]
fn a_value_is_found_in_every_form_and_nothing_is_found_in_other_text() {
    let value = "q7-canary/Value+n0body=may&see";
    let needles = Needles::of("it", value);
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    let shown = [
        format!("key {value}."),
        value.chars().rev().collect(),
        format!("Basic {}", STANDARD_NO_PAD.encode(format!("api:{value}"))),
        format!("{}\n{}", &value[..15], &value[15..]),
        hex,
        value.replace('/', "%2F").replace('+', "%2B").replace('=', "%3D").replace('&', "%26"),
    ];
    for text in shown {
        assert!(needles.found_in(&text).is_some(), "{text}");
    }
    assert_eq!(needles.found_in("nothing to see here, not even q7-canary"), None);
}
