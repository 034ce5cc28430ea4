//! Takes a value out of foreign text: platforms echo credentials in their error messages, plain or encoded.
//! Works on text handed to it; where a value comes from is `auth`'s business.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::auth::encoded;

/// What stands where a value was.
const GONE: &str = "***";

/// The text without the value and without its usual encodings. Also halves of it: an answer may cut what it echoes.
pub(super) fn without(text: &str, value: &str) -> String {
    let value = value.trim();
    if value.len() < 4 {
        return text.to_owned();
    }
    let json = serde_json::Value::from(value).to_string();
    let mut forms = vec![
        value.to_owned(),
        json.trim_matches('"').to_owned(),
        encoded(value),
        STANDARD.encode(value),
        STANDARD_NO_PAD.encode(value),
        URL_SAFE_NO_PAD.encode(value),
        crate::domain::ids::hex(value.as_bytes()),
    ];
    if value.len() >= 24 && value.is_ascii() {
        let half = value.len() / 2;
        forms.extend([value[..half].to_owned(), value[half..].to_owned()]);
    }
    forms.iter().fold(text.to_owned(), |text, form| text.replace(form.as_str(), GONE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_taken_out_in_every_usual_form() {
        let value = "ab/cd+ef \"gh\" ij-0123456789";
        for echoed in [value.to_owned(), encoded(value), STANDARD.encode(value), serde_json::Value::from(value).to_string()] {
            let text = without(&format!("bad key {echoed} given"), value);
            assert!(text.contains(GONE) && !text.contains("0123456789"), "{text}");
        }
        assert!(without(&format!("key {}... is unknown", &value[..20]), value).contains(GONE));
    }
}
