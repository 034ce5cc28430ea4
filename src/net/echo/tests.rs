//! What counts as a repetition of a value, and what does not. Every encoding we promise stands in
//! tests/attacks/values.rs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;

/// Made up at run time, so that no token stands here.
fn value() -> String {
    ["SG.", "aB3xK9", "qZ7mN2", "pL5wT8", ".", "rV4cY6", "hJ1dF0"].concat()
}

#[test]
fn a_value_is_seen_whole_in_pieces_and_by_its_ends() {
    let value = value();
    let spaced: String = value.chars().flat_map(|c| [c, ' ']).collect();
    let twice = STANDARD.encode(STANDARD.encode(&value));
    let ends = format!("{}...{}", &value[..6], &value[value.len() - 4..]);
    let hidden: String = value.chars().flat_map(|c| [c, '\u{200b}']).collect();
    for said in
        [&value, &value[5..14].to_owned(), &spaced, &twice, &ends, &hidden, &rotated(&value)]
    {
        assert!(Readings::of(&format!("the key {said} is wrong")).hold(&value), "{said}");
    }
}

#[test]
fn other_text_is_no_repetition_and_is_quoted() {
    let value = value();
    for said in
        ["The provided authorization grant is invalid", "access forbidden", "no such key 12"]
    {
        assert!(!Readings::of(said).hold(&value), "{said}");
        assert_eq!(quoted(said, |readings| readings.hold(&value)), said);
    }
    assert!(!Readings::of("abc").hold("abc"));
}

#[test]
fn a_message_with_anything_that_may_be_a_credential_is_not_quoted() {
    let other: String = ["aB3", "xK9", "qZ7", "mN2", "pL5", "wT8"].concat();
    assert_eq!(quoted(&format!("the key {other} is wrong"), |_| false), NOT_SHOWN);
    // A plain word that is a password.
    assert_eq!(
        quoted("the password correct-horse-battery is wrong", |readings| readings
            .hold("correct-horse-battery")),
        NOT_SHOWN
    );
}

/// A hostile text makes us read it no longer than a moment.
#[test]
fn reading_is_bounded() {
    let nested = (0..6).fold(value(), |text, _| STANDARD.encode(text));
    for text in [
        nested,
        "41".repeat(4_000),
        "%25".repeat(3_000),
        "\\u0041".repeat(2_000),
        "AB".repeat(5_000),
    ] {
        assert!(Readings::of(&text).texts.len() <= MOST_READINGS + 3);
    }
}
