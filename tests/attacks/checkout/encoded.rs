//! A4: a value in another form: in letters of two or four bytes, with one letter as an escape, or
//! in base64 or hex behind something else.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use tokenward::providers::model::examples::expand;

use super::stage::{Stage, git};
use crate::support::Ran;

fn wide(text: &str, width: usize, is_big: bool) -> Vec<u8> {
    let letter = |byte: u8| {
        let mut unit = vec![0; width];
        unit[if is_big { width - 1 } else { 0 }] = byte;
        unit
    };
    text.bytes().flat_map(letter).collect()
}

/// A text that holds a value, in every way that it can be hidden.
fn hidden(value: &str) -> Vec<(String, Vec<u8>)> {
    let text = format!("key = {value}\r\n");
    let ascii = |length: usize| "a line of words\n".repeat(30).as_bytes()[..length].to_vec();
    let mut all = Vec::new();
    for (width, is_big) in [(2, false), (2, true), (4, false), (4, true)] {
        let mark = match (width, is_big) {
            (2, false) => &[0xff, 0xfe][..],
            (2, true) => &[0xfe, 0xff],
            (_, false) => &[0xff, 0xfe, 0, 0],
            (_, true) => &[0, 0, 0xfe, 0xff],
        };
        let letters = wide(&text, width, is_big);
        let mut put =
            |what: &str, bytes: Vec<u8>| all.push((format!("{width} {is_big} {what}"), bytes));
        put("with a mark", [mark, &letters].concat());
        put("without one", letters.clone());
        for length in 400..404 {
            put("behind a text", [ascii(length), letters.clone()].concat());
        }
        put("behind a text, with a mark", [&ascii(400)[..], mark, &letters].concat());
        put("between two", [ascii(77), letters.clone(), ascii(300)].concat());
        // What the mark says holds for the beginning; a byte more, and it holds no longer.
        put(
            "shifted",
            [mark, &wide(&"words and words\n".repeat(20), width, is_big), b"\0x", &letters]
                .concat(),
        );
        let other = wide(&"words and words\n".repeat(20), 6 - width, is_big);
        put("of the other width before", [other, letters].concat());
    }
    for escape in ["S%47", "%53G", "S\\x47", "S\\u0047", "S&#71;"] {
        all.push((
            escape.to_owned(),
            format!("k={}\n", value.replacen("SG", escape, 1)).into_bytes(),
        ));
    }
    all
}

/// Which of these a scan said nothing of.
fn missed(ran: &Ran, all: &[(String, Vec<u8>)]) -> Vec<String> {
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let told: BTreeSet<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|finding| finding["path"].as_str())
        .collect();
    let all =
        all.iter().enumerate().filter(|(number, _)| !told.contains(&*format!("data-{number}")));
    all.map(|(_, (what, _))| what.clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn a4_letters_of_two_or_four_bytes_hide_nothing_wherever_they_begin() {
    let mut stage = Stage::new();
    let value = expand("SG.{w:22}.{w:43}", 7).unwrap();
    let made_up = format!("{}.{}.{}", "SG", "x".repeat(22), "x".repeat(43));
    for (value, code) in [(made_up, 0), (value, 11)] {
        let all = hidden(&value);
        stage.git(&["checkout", "--quiet", "-B", "evil", "main"]);
        for (number, (_, bytes)) in all.iter().enumerate() {
            std::fs::write(stage.origin.join(format!("data-{number}")), bytes).unwrap();
        }
        stage.commit("evil");
        stage.pull_request("main");
        stage.check_out("evil");
        // All of it in one pack, some as deltas of others.
        assert!(git(&stage.world.folder, &["repack", "-adq"]).status.success());
        for way in ["--event", "--history", "."] {
            let ran = stage.run(&["scan", "--format", "json", way]).await.expect(code);
            assert!(code == 0 || missed(&ran, &all).is_empty(), "{way}: {:?}", missed(&ran, &all));
        }
    }
}

/// Scans a pull request that brings a file with each of these bytes. Says which it said nothing of,
/// in either way of looking.
async fn missed_of(stage: &mut Stage, all: &[(String, Vec<u8>)]) -> BTreeSet<String> {
    stage.git(&["checkout", "--quiet", "-B", "evil", "main"]);
    for (number, (_, bytes)) in all.iter().enumerate() {
        std::fs::write(stage.origin.join(format!("data-{number}")), bytes).unwrap();
    }
    stage.commit("evil");
    stage.pull_request("main");
    stage.check_out("evil");
    let mut none = BTreeSet::new();
    for way in ["--event", "."] {
        let ran = stage.run(&["scan", "--format", "json", way]).await;
        none.extend(missed(&ran, all));
        assert!(matches!(ran.code, 0 | 11), "{}", ran.all());
    }
    none
}

/// A value of a form that is its own, and one that is anybody's and that a variable of the run
/// holds. Of each one more that is no leak.
fn values(stage: &mut Stage) -> [(String, String); 2] {
    let held = expand("{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}", 8).unwrap();
    stage.world.env.insert("OTHER_API_TOKEN".to_owned(), held.clone());
    let made_up = format!("{}.{}.{}", "SG", "x".repeat(22), "x".repeat(43));
    [
        (expand("SG.{w:22}.{w:43}", 7).unwrap(), made_up),
        (held, expand("{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}", 9).unwrap()),
    ]
}

/// Every file that is made of either value is told of, and none that is made of what is no leak:
/// these are the control.
async fn holds(make: impl Fn(&str) -> Vec<(String, Vec<u8>)>) {
    let mut stage = Stage::new();
    for (value, none) in values(&mut stage) {
        let (all, control) = (make(&value), make(&none));
        assert_eq!(missed_of(&mut stage, &all).await, BTreeSet::new());
        assert_eq!(missed_of(&mut stage, &control).await.len(), control.len());
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes in every code of letters.
fn codes(bytes: &[u8]) -> [(&'static str, String); 5] {
    [
        ("base64", STANDARD.encode(bytes)),
        ("base64 of addresses", URL_SAFE_NO_PAD.encode(bytes)),
        ("base64 twice", STANDARD.encode(STANDARD.encode(bytes))),
        ("hex", hex(bytes)),
        ("HEX", hex(bytes).to_uppercase()),
    ]
}

#[tokio::test(start_paused = true)]
async fn a4_no_byte_before_or_behind_wide_letters_hides_a_value() {
    holds(|value| {
        let mut all = Vec::new();
        for (width, is_big) in [(2, false), (2, true), (4, false), (4, true)] {
            for before in [&b""[..], b"q", b"pw =\"", b"ab", b"abc", b"\xff", b"q\0", &[b'x'; 301]]
            {
                for behind in [&b""[..], b"q", b"\"", b"\0q", b"qq", &[b'x'; 300]] {
                    let what = format!("{width} {is_big} {before:?} {behind:?}");
                    all.push((what, [before, &wide(value, width, is_big), behind].concat()));
                }
            }
        }
        all
    })
    .await;
}

/// Everything that can stand before a value, with everything that can stand behind it.
fn between<'a, T: ?Sized>(
    before: &'a [&'a T],
    behind: &'a [&'a T],
) -> impl Iterator<Item = (&'a T, &'a T)> {
    before.iter().flat_map(|before| behind.iter().map(|behind| (*before, *behind)))
}

#[tokio::test(start_paused = true)]
async fn a4_no_bytes_before_a_value_hide_it_in_base64_or_hex() {
    let noise: Vec<u8> = (0..20_u8).map(|number| number.wrapping_mul(151) | 0x80).collect();
    let before: [&[u8]; 11] = [
        b"",
        b"\0",
        b"\x01",
        b"\x1b",
        b"\x7f",
        b"\xff\xfe",
        &noise,
        "Größe für Übung. ".as_bytes(),
        "密码在这里，请不要告诉别人：".as_bytes(),
        "🔑🔑🔑🔑🔑🔑 ".as_bytes(),
        "{\"用户\":\"某人\",\"密码\":\"".as_bytes(),
    ];
    let behind = [&b""[..], b"\0\0\x01", "\"，谢谢".as_bytes()];
    holds(|value| {
        between(&before, &behind)
            .flat_map(|(before, behind)| {
                let all = codes(&[before, value.as_bytes(), behind].concat()).into_iter();
                all.map(move |(code, letters)| {
                    (
                        format!("{code} {before:?} {behind:?}"),
                        format!("k = {letters}\n").into_bytes(),
                    )
                })
            })
            .collect()
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a4_no_letters_before_or_behind_base64_or_hex_hide_a_value() {
    let before = ["", "/", "A", "a", "0x", "ab", "abc", "0xabc", "_", "data/"];
    let behind = ["", "/", "abc", "abcd", "_x"];
    holds(|value| {
        between(&before, &behind)
            .flat_map(|(before, behind)| {
                let all = codes(value.as_bytes()).into_iter();
                all.map(move |(code, letters)| {
                    (
                        format!("{code} {before:?} {behind:?}"),
                        format!("k = \"{before}{letters}{behind}\"\n").into_bytes(),
                    )
                })
            })
            .collect()
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a4_no_white_space_between_joined_literals_hides_a_value() {
    holds(|value| {
        let (one, two) = value.split_at(value.len() / 2);
        let mut all = Vec::new();
        for sign in ["+", ".", "&", "\\\n", ""] {
            for (before, behind) in [
                (" ", "\r\n    "),
                ("\r\n\t", " "),
                ("\t", "\t"),
                ("", "\r\n"),
                (" ", ""),
                ("   ", "   "),
                ("\n", "\n\n"),
                ("", "\n\t"),
            ] {
                let what = format!("{before:?} {sign} {behind:?}");
                all.push((
                    what,
                    format!("k = (\"{one}\"{before}{sign}{behind}\"{two}\")\r\n").into_bytes(),
                ));
            }
        }
        all
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a4_no_lines_of_base64_hide_a_value_however_they_are_indented() {
    holds(|value| {
        let letters = STANDARD.encode(format!(
            "{{\"name\": \"somebody\", \"note\": \"{}\", \"key\": \"{value}\"}}",
            "a note ".repeat(20)
        ));
        let lines = |width: usize, end: &str| {
            let all = letters
                .as_bytes()
                .chunks(width)
                .map(|line| format!("{end}{}", String::from_utf8_lossy(line)));
            all.collect::<String>()
        };
        let mut all = Vec::new();
        for width in [32, 60, 64, 76, 77] {
            for indent in ["\n", "\r\n", "\n    ", "\n\t\t", "\r\n      "] {
                let text = format!(
                    "kind: Secret\ndata:\n  config.json: |{}\ntype: Opaque\n",
                    lines(width, indent)
                );
                all.push((format!("{width} {indent:?}"), text.into_bytes()));
            }
        }
        all
    })
    .await;
}
