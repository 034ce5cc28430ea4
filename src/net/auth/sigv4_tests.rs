//! AWS's own test suite (nine cases of it that need no other setting), through the path that
//! requests take.

use std::fs;
use std::path::Path;

use http::Method;
use zeroize::Zeroizing;

use super::*;

const SUITE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/specs/amazon-ses/sigv4-test-suite");

/// What the suite signs as:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html> has these very
/// words.
const ID: &str = "AKIDEXAMPLE";
const SECRET: &str = concat!("wJalrXUtnFEMI/K7MDENG", "+bPxRfiCYEXAMPLEKEY");

fn signature_of(case: &str, text: &str, context: &serde_json::Value) -> String {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let (method, rest) = lines.next().unwrap().split_once(' ').unwrap();
    let target = rest.strip_suffix(" HTTP/1.1").unwrap();
    let headers: Vec<(&str, &str)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name, value.trim()))
        .collect();
    let host = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host")).unwrap().1;
    let mut request = Request::new(
        Method::from_bytes(method.as_bytes()).unwrap(),
        format!("https://{host}{target}").parse().unwrap(),
    );
    request.body = Zeroizing::new(body.as_bytes().to_vec());
    let at = |place: &str| context.pointer(place).and_then(|value| value.as_str());
    let about_body = if context["sign_body"] == true {
        PayloadChecksumKind::XAmzSha256
    } else {
        PayloadChecksumKind::NoHeader
    };
    let keys = Keys { access_key: ID, secret: SECRET, session: at("/credentials/token") };
    let others: Vec<(&str, &str)> = headers
        .iter()
        .copied()
        .filter(|(name, _)| !name.eq_ignore_ascii_case("x-amz-date"))
        .collect();
    let now = Timestamp::parse(at("/timestamp").unwrap()).unwrap().into();
    signed(
        &mut request,
        &others,
        about_body,
        &keys,
        at("/service").unwrap(),
        at("/region").unwrap(),
        now,
    )
    .unwrap_or_else(|_| panic!("{case}"));
    let claim = request.headers["authorization"].to_str().unwrap().to_owned();
    claim.rsplit_once("Signature=").unwrap().1.to_owned()
}

#[test]
fn every_case_of_the_test_suite_is_signed_as_it_says() {
    let Ok(cases) = fs::read_dir(Path::new(SUITE)) else {
        eprintln!("SKIPPED: {SUITE} is not there");
        return;
    };
    let mut count = 0;
    for case in cases {
        let folder = case.unwrap().path();
        let read =
            |name: &str| fs::read_to_string(folder.join(name)).unwrap().replace("\r\n", "\n");
        let context = serde_json::from_str(&read("context.json")).unwrap();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!(
            signature_of(&name, &read("request.txt"), &context),
            read("header-signature.txt").trim(),
            "{name}"
        );
        count += 1;
    }
    assert!(count >= 9, "{count}");
}

/// The five signatures that are written down in the suite's description, so that they hold where
/// the suite is not at hand.
#[test]
fn the_plainest_cases_are_signed_as_published() {
    let context = |token: Option<&str>| {
        serde_json::json!({
            "credentials": {"token": token}, "service": "service", "region": "us-east-1", "timestamp": "2015-08-30T12:36:00Z", "sign_body": false
        })
    };
    for (request, signature) in [
        (
            "GET / HTTP/1.1\nHost:example.amazonaws.com",
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            "GET /?Param2=value2&Param1=value1 HTTP/1.1\nHost:example.amazonaws.com",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            "POST / HTTP/1.1\nHost:example.amazonaws.com",
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
    ] {
        assert_eq!(signature_of(request, request, &context(None)), signature, "{request}");
    }
}
