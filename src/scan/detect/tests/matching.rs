//! What counts as a token in a text, and where it is said to stand.

use std::time::{Duration, Instant};

use crate::domain::{ProviderId, Secret, TokenName};
use crate::scan::tests::support::{mailchimp, placed, random, rules, sendgrid, uuid};
use crate::scan::{Exact, Rules, Shape, find};

fn names(text: impl AsRef<[u8]>) -> Vec<String> {
    placed(&rules(), text.as_ref()).into_iter().map(|(rule, ..)| rule).collect()
}

fn place(text: impl AsRef<[u8]>) -> Vec<(u64, u64)> {
    let all = placed(&rules(), text.as_ref()).into_iter();
    all.map(|(_, line, column)| (line, column)).collect()
}

#[test]
fn every_edge_a_token_can_have_is_an_edge() {
    let rules = rules();
    let token = sendgrid(3);
    for (left, right) in [
        ("", ""),
        ("f(", ", 1)"),
        ("(", ")"),
        ("[", "]"),
        ("{k:", "}"),
        ("<key>", "</key>"),
        ("?api_key=", "&a=1"),
        ("apikey:", "@host"),
        ("|", "|"),
        ("", "."),
        ("**", "**"),
        ("\\\"", "\\\""),
        ("'", "'"),
        ("`", "`"),
        ("=", ";"),
        ("\\n", "\\n"),
        ("%22", "%22"),
        ("${KEY:-", "}"),
        ("é", "é"),
        ("\u{1b}[32m", "\u{1b}[0m"),
        ("\0", "\0"),
    ] {
        let text = format!("{left}{token}{right}");
        let hits = find(&rules, text.as_bytes());
        assert_eq!(hits.len(), 1, "{left:?} {right:?}");
        assert_eq!(hits[0].range(), left.len()..left.len() + token.len(), "{left:?} {right:?}");
    }
}

#[test]
fn a_form_that_says_little_is_none_inside_a_longer_word() {
    let hex = random(3, b"0123456789abcdef", 40);
    for text in [
        format!("a{}", mailchimp(1)),
        format!("{}10", mailchimp(1)),
        format!("postmark {}a", uuid(1)),
        format!("postmark_{}", uuid(1)),
        format!("x{hex}"),
        sendgrid(1) + "aaaaaaaaaaaaaaaaaaaa",
        format!("vipat-na1-{}", uuid(1)),
        format!("signature_{}_{}", "a".repeat(8), "handlerForTheWidgets".repeat(2)),
    ] {
        assert!(names(&text).is_empty(), "{text}");
    }
}

#[test]
fn nothing_that_is_glued_to_a_form_of_its_own_hides_it() {
    let resend = format!(
        "{}_{}_{}",
        "re",
        random(1, b"abcdefghJKLMNP123456789", 8),
        random(2, b"abcdefghJKLMNP123456789", 24)
    );
    let all = [
        ("sendgrid/api-key", sendgrid(1)),
        ("mailchimp/api-key", mailchimp(1)),
        ("hubspot/private-app", format!("pat-na1-{}", uuid(1))),
        ("resend/api-key", resend),
    ];
    let rules = rules();
    for (rule, token) in all {
        let escaped: &[&str] = if rule == "mailchimp/api-key" { &[] } else { &["\\x41", "key%41"] };
        for glued in ["a-", "a_", "__", "SENDGRID_", "sendgrid-", "Bearer_"].iter().chain(escaped) {
            let found = find(&rules, format!("{glued}{token}").as_bytes());
            let has = found.iter().any(|hit| {
                rules.id_of(hit) == rule && hit.range() == (glued.len()..glued.len() + token.len())
            });
            // What is written as an escape is turned back as well, and may be told of with it.
            assert!(
                has || glued.contains(['%', '\\'])
                    && found.iter().any(|hit| rules.id_of(hit) == rule),
                "{rule} {glued}: {found:?}"
            );
        }
    }
    for text in [
        format!("x{}", sendgrid(1)),
        sendgrid(1) + "_and_more_than_fits",
        format!("__{}__", sendgrid(1)),
        sendgrid(1) + "xxxxx",
    ] {
        assert_eq!(names(&text), ["sendgrid/api-key"]);
    }
}

#[test]
fn a_value_that_is_known_to_the_letter_is_found_wherever_its_bytes_stand() {
    for (seed, alphabet) in
        [(1, &b"abcdef0123456789"[..]), (2, b"abcdefghijklmnop"), (3, b"aB3-_.+/=:")]
    {
        let value = random(seed, alphabet, 32);
        let exact = |token: Option<&str>| Exact {
            token: token.map(TokenName::new),
            provider: ProviderId::new("acme"),
            value: Secret::new(value.clone()),
        };
        for (token, rule) in [(Some("mail"), "managed/value"), (None, "environment/value")] {
            let rules = Rules::knowing(&[], true, vec![exact(token)]).unwrap();
            for (before, behind) in [
                ("", ""),
                ("x", ""),
                ("", "0"),
                ("a-", "-a"),
                ("__", "__"),
                ("0123", "4567"),
                ("\\x41", "\\n"),
            ] {
                let hits = find(&rules, format!("{before}{value}{behind}").as_bytes());
                let found: Vec<_> = hits
                    .iter()
                    .filter(|hit| rules.id_of(hit) == rule)
                    .map(|hit| hit.range())
                    .collect();
                assert_eq!(
                    found,
                    vec![before.len()..before.len() + value.len()],
                    "{before:?} {behind:?}"
                );
            }
            // One byte less, and it is another value; and nothing shows what is looked for.
            assert!(
                find(&rules, &value.as_bytes()[1..]).iter().all(|hit| rules.id_of(hit) != rule)
            );
            assert!(!format!("{rules:?}").contains(&value[24..]));
        }
    }
}

#[test]
fn every_way_of_looking_finds_its_kind() {
    assert_eq!(names(sendgrid(1)), ["sendgrid/api-key"]);
    assert_eq!(names(format!("pat-na1-{}", uuid(1))), ["hubspot/private-app"]);
    assert_eq!(names(format!("k: {}", mailchimp(1))), ["mailchimp/api-key"]);
    let mailgun = [32, 8, 8].map(|length| random(length, b"0123456789abcdef", length)).join("-");
    assert_eq!(names(format!("\n{mailgun}\n")), ["mailgun/private-key"]);
}

#[test]
fn an_ambiguous_shape_needs_its_word_nearby_and_the_nearest_word_names_it() {
    let id = uuid(7);
    assert!(names(&id).is_empty());
    assert_eq!(names(format!("HUBSPOT_KEY={id}")), ["hubspot/hapikey"]);
    assert_eq!(names(format!("{id} # the hapikey")), ["hubspot/hapikey"]);
    assert_eq!(
        names(format!("hubspot and X-Postmark-Server-Token: {id}")),
        ["postmark/server-token"]
    );
    assert!(names(format!("hubspot{}{id}", " ".repeat(194))).is_empty());
    assert_eq!(names(format!("hubspot{}{id}", " ".repeat(193))), ["hubspot/hapikey"]);
    assert_eq!(names(format!("{id}{}hubspot", " ".repeat(73))), ["hubspot/hapikey"]);
    assert!(names(format!("{id}{}hubspot", " ".repeat(74))).is_empty());
}

#[test]
fn placeholders_are_silent() {
    let filled = |c: &str| format!("{}.{}.{}", "SG", c.repeat(22), c.repeat(43));
    for text in [
        filled("x"),
        filled("A"),
        filled("0"),
        "SG.your_api_key_here.and_here".to_owned(),
        "hapikey=00000000-0000-0000-0000-000000000000".to_owned(),
    ] {
        assert!(names(&text).is_empty(), "{text}");
    }
}

#[test]
fn lines_and_columns_are_those_of_an_editor() {
    let token = sendgrid(5);
    assert_eq!(place(format!("a\r\nb\r\n  {token}\r\n")), [(3, 3)]);
    assert_eq!(place(format!("é🔑 {token} {token}")), [(1, 4), (1, 74)]);
    assert_eq!(place(format!("\u{feff}{token}")), [(1, 1)]);
}

#[test]
fn utf_16_is_read_like_any_text() {
    let text = format!("\u{feff}clé=1\r\nkey = {}\r\n", sendgrid(9));
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(
        (place(&little), place(&big), place(&text)),
        (vec![(2, 7)], vec![(2, 7)], vec![(2, 7)])
    );
}

#[test]
fn one_line_of_five_million_characters_takes_no_time_to_speak_of() {
    for piece in ["SG. ", "-us6", "0123456789abcdf.", "hapikey-0", "a-"] {
        let mut text = piece.repeat(5_000_000 / piece.len());
        text.push_str(&format!(" {} ", sendgrid(1)));
        let start = Instant::now();
        assert_eq!(names(&text), ["sendgrid/api-key"], "{piece}");
        // Minutes where it is quadratic; the limit leaves room for a build without optimization on
        // a busy machine.
        assert!(start.elapsed() < Duration::from_secs(20), "{piece}: {:?}", start.elapsed());
    }
}

#[test]
fn what_is_longer_than_any_match_is_none_however_many_words_stand_around_it() {
    let pattern = "[a-z0-9]{20,100};[a-z0-9]{20,100}";
    let shape =
        Shape { provider: "acme", kind: "key", pattern, words: vec!["acme"], ..Shape::default() };
    let rules = Rules::new(&[shape], false).unwrap();
    let found = |length: usize| {
        let half = random(7, b"abcdefghijklmnopqrstuvwxyz0123456789", length);
        let text = format!("{} {half};{half} {}", "acme ".repeat(40), "acme ".repeat(40));
        find(&rules, text.as_bytes()).len()
    };
    assert_eq!((found(60), found(100), found(130), found(400)), (1, 1, 0, 0));
}
