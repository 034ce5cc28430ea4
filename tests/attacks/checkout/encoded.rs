//! A4: a value in letters of two or four bytes, from the start of a file or in the middle of it, or with one letter as an escape.

use std::collections::BTreeSet;

use serde_json::Value;
use tokenward::providers::spec::examples::expand;

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
        let mut put = |what: &str, bytes: Vec<u8>| all.push((format!("{width} {is_big} {what}"), bytes));
        put("with a mark", [mark, &letters].concat());
        put("without one", letters.clone());
        for length in 400..404 {
            put("behind a text", [ascii(length), letters.clone()].concat());
        }
        put("behind a text, with a mark", [&ascii(400)[..], mark, &letters].concat());
        put("between two", [ascii(77), letters.clone(), ascii(300)].concat());
        // What the mark says holds for the beginning; a byte more, and it holds no longer.
        put("shifted", [mark, &wide(&"words and words\n".repeat(20), width, is_big), b"\0x", &letters].concat());
        let other = wide(&"words and words\n".repeat(20), 6 - width, is_big);
        put("of the other width before", [other, letters].concat());
    }
    for escape in ["S%47", "%53G", "S\\x47", "S\\u0047", "S&#71;"] {
        all.push((escape.to_owned(), format!("k={}\n", value.replacen("SG", escape, 1)).into_bytes()));
    }
    all
}

/// Which of these a scan said nothing of.
fn missed(ran: &Ran, all: &[(String, Vec<u8>)]) -> Vec<String> {
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let told: BTreeSet<&str> = report["findings"].as_array().unwrap().iter().filter_map(|finding| finding["path"].as_str()).collect();
    let all = all.iter().enumerate().filter(|(number, _)| !told.contains(&*format!("data-{number}")));
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
