//! Where a value ends up, and where it never does.

use http::Method;

use super::*;
use crate::domain::Secret;
use crate::net::Answer;
use regex_automata::meta::Regex;

fn value() -> Secret {
    Secret::new("abc-0123456789+/=".to_owned())
}

fn now() -> Timestamp {
    Timestamp::parse("2026-11-24T03:00:00Z").unwrap()
}

fn draft(url: &str) -> Draft {
    Draft::new(Method::POST, url.to_owned())
}

fn whole() -> Pattern {
    Pattern(vec![Piece::Value])
}

fn signed(places: &[Place]) -> Request {
    sign(draft("https://api.example.com/v1/keys"), places, &Credential::opaque(&value()), now())
        .unwrap()
}

#[test]
fn a_header_that_carries_the_value_is_marked_sensitive() {
    let user = Pattern(vec![Piece::Text("api".to_owned())]);
    for (place, expected) in [
        (Place::Bearer(whole()), "Bearer abc-0123456789+/=".to_owned()),
        (
            Place::Basic { user, password: whole() },
            format!("Basic {}", STANDARD.encode("api:abc-0123456789+/=")),
        ),
    ] {
        let request = signed(&[place]);
        let header = &request.headers[header::AUTHORIZATION];
        assert_eq!((header.to_str().unwrap(), header.is_sensitive()), (expected.as_str(), true));
    }
    let key = HeaderName::from_static("x-api-key");
    let pattern = Pattern(vec![Piece::Text("Key ".to_owned()), Piece::Value]);
    assert_eq!(
        signed(&[Place::Header(key.clone(), pattern)]).headers[&key],
        "Key abc-0123456789+/="
    );
}

#[test]
fn the_query_and_the_body_are_encoded() {
    assert_eq!(
        signed(&[Place::Query("k".to_owned(), whole())]).url.query(),
        Some("k=abc-0123456789%2B%2F%3D")
    );
    assert_eq!(
        *signed(&[Place::Body("k".to_owned(), whole())]).body,
        br#"{"k":"abc-0123456789+/="}"#
    );
    let mut form = draft("https://api.example.com/v1/keys");
    form.body = Body::Form(vec![("a b".to_owned(), "c&d".to_owned())]);
    let request =
        sign(form, &[Place::Body("k".to_owned(), whole())], &Credential::opaque(&value()), now())
            .unwrap();
    assert_eq!(*request.body, b"a%20b=c%26d&k=abc-0123456789%2B%2F%3D");
    assert_eq!(request.headers[header::CONTENT_TYPE], "application/x-www-form-urlencoded");
}

#[test]
fn a_form_can_be_multipart_and_json_can_have_a_media_type_of_its_own() {
    let mut form = draft("https://api.example.com/v1/keys");
    form.body = Body::Multipart(vec![("a b".to_owned(), "c&d".to_owned())]);
    let request = sign(
        form.clone(),
        &[Place::Body("k".to_owned(), whole())],
        &Credential::opaque(&value()),
        now(),
    )
    .unwrap();
    let kind = request.headers[header::CONTENT_TYPE].to_str().unwrap();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    let part = |name: &str, text: &str| {
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
    };
    let whole_body =
        part("a b", "c&d") + &part("k", "abc-0123456789+/=") + &format!("--{boundary}--\r\n");
    assert_eq!(String::from_utf8_lossy(&request.body), whole_body);
    for (name, text) in
        [("a\"b", "c".to_owned()), ("a\nb", "c".to_owned()), ("a", format!("--{boundary}"))]
    {
        form.body = Body::Multipart(vec![(name.to_owned(), text)]);
        let refused =
            sign(form.clone(), &[Place::Bearer(whole())], &Credential::opaque(&value()), now());
        assert!(matches!(refused, Err(SignError::Broken(_))), "{name:?}");
    }
    let mut json = draft("https://api.example.com/v1/keys")
        .header(header::CONTENT_TYPE, HeaderValue::from_static("application/vnd.api+json"));
    json.body = Body::Json(serde_json::json!({}));
    let request =
        sign(json, &[Place::Bearer(whole())], &Credential::opaque(&value()), now()).unwrap();
    assert_eq!(request.headers[header::CONTENT_TYPE], "application/vnd.api+json");
    assert_eq!(request.headers.get_all(header::CONTENT_TYPE).iter().count(), 1);
}

#[test]
fn a_value_in_a_path_is_refused() {
    for url in [
        "https://api.example.com/v1/abc-0123456789+/=",
        "https://api.example.com/v1/abc-0123456789%2B%2F%3D/x",
    ] {
        let refused =
            sign(draft(url), &[Place::Bearer(whole())], &Credential::opaque(&value()), now());
        assert_eq!(refused.err(), Some(SignError::InPath));
    }
}

#[test]
fn a_value_that_a_header_would_change_is_refused() {
    for text in ["line\nbreak", "tail\n", " space", "tab\tinside", "bell\u{7}"] {
        let secret = Secret::new(text.to_owned());
        let refused = sign(
            draft("https://x.example/"),
            &[Place::Bearer(whole())],
            &Credential::opaque(&secret),
            now(),
        );
        assert_eq!(refused.err(), Some(SignError::Unsendable), "{text:?}");
    }
    let nothing = Secret::new(String::new());
    assert_eq!(
        sign(draft("https://x.example/"), &[], &Credential::opaque(&nothing), now()).err(),
        Some(SignError::Empty)
    );
}

#[test]
fn a_pair_is_taken_apart_by_its_shape() {
    let shape = Regex::new("(?<sid>SK[0-9]{4}):(?<secret>[a-z]{4})").unwrap();
    let pair = Secret::new("SK1234:abcd".to_owned());
    let credential = Credential::shaped(&pair, &shape).unwrap();
    let part = |name: &str| Pattern(vec![Piece::Part(name.to_owned())]);
    let request = sign(
        draft("https://x.example/"),
        &[Place::Basic { user: part("sid"), password: part("secret") }],
        &credential,
        now(),
    )
    .unwrap();
    assert_eq!(
        request.headers[header::AUTHORIZATION].to_str().unwrap(),
        format!("Basic {}", STANDARD.encode("SK1234:abcd"))
    );
    assert_eq!(credential.public_part("sid").as_deref(), Some("SK1234"));
    let missing =
        sign(draft("https://x.example/"), &[Place::Bearer(part("other"))], &credential, now());
    assert_eq!(missing.err(), Some(SignError::NoPart("other".to_owned())));
    for other in ["SK1234:abcd\n", "xSK1234:abcd", "SK1234:abcde"] {
        assert!(Credential::shaped(&Secret::new(other.to_owned()), &shape).is_none(), "{other:?}");
    }
}

#[test]
fn no_debug_output_shows_the_value() {
    let places = [
        Place::Bearer(whole()),
        Place::Query("k".to_owned(), whole()),
        Place::Header(HeaderName::from_static("x-api-key"), whole()),
        Place::Body("k".to_owned(), whole()),
    ];
    let request = signed(&places);
    let answer =
        Answer { status: 200, headers: request.headers.clone(), body: request.body.clone() };
    let shown = format!("{request:?} {answer:?} {:?} {:?}", request.headers, value());
    assert!(!shown.contains("0123456789"), "{shown}");
}
