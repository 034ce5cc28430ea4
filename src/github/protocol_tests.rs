//! What we write, read back by a port of the runner's own parser: every text arrives as it was, and
//! no text of a stranger becomes a command.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::files::outputs_text;
use super::runner::{Runner, escape_commands};
use crate::domain::foreign::without_hidden;
use crate::domain::{Foreign, Level, Remark, Secret};

#[path = "../../tests/fuzz/src/protocol.rs"]
mod protocol;

use protocol::{lines, pairs, parse};

fn said(act: impl FnOnce(&Runner<&mut Vec<u8>>)) -> String {
    let mut out = Vec::new();
    act(&Runner::new(&mut out));
    String::from_utf8(out).unwrap()
}

/// Text that wants to be a command.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "::",
        "##[",
        "]",
        "\n",
        "\r",
        "\r\n",
        " ",
        "\t",
        "%",
        "%0A",
        "%25",
        ",",
        ":",
        ";",
        "=",
        "add-mask",
        "set-output name=x",
        "error",
        "stop-commands",
        "a",
        "é",
        "\u{a0}",
        "\u{2028}",
        "<<",
        "END",
        "name",
    ]);
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn a_remark_arrives_as_it_was_without_what_hides_something(title in hostile(), message in hostile(), path in hostile(), line in 1u64..99_999) {
        let text = said(|runner| runner.remarks(&[Remark::new(Level::Error, &title, &message).at(&path, line, 7)]));
        prop_assert_eq!(text.matches('\n').count(), 1);
        prop_assert!(!text.contains('\r'));
        let command = parse(text.trim_end_matches('\n')).unwrap();
        let property = |key: &str| command.properties.get(key).cloned().unwrap_or_default();
        prop_assert_eq!(&command.name, "error");
        // The runner trims the list of properties, so what ends in spaces loses them; nothing else
        // changes.
        let (arrived, cleaned) = (property("title"), Foreign::new(&title).property());
        prop_assert_eq!(arrived.trim(), cleaned.trim());
        prop_assert_eq!(property("file"), Foreign::new(&path).property());
        prop_assert_eq!(property("line"), line.to_string());
        prop_assert_eq!(command.data, without_hidden(&message));
    }

    #[test]
    fn a_mask_hides_each_line_of_the_value(value in "[ -~\n]{0,60}") {
        let text = said(|runner| runner.mask(&Secret::new(value.clone())));
        let masked: Vec<String> = lines(&text).map(|line| parse(line).unwrap().data).collect();
        let wanted: Vec<&str> = value.lines().filter(|line| !line.trim().is_empty()).collect();
        prop_assert_eq!(masked, wanted);
    }

    #[test]
    fn text_of_strangers_is_never_a_command(text in hostile(), margin in "[ \t]{0,3}") {
        let safe = escape_commands(&format!("{margin}{text}"));
        for line in lines(&safe) {
            prop_assert_eq!(parse(line), None, "{:?}", line);
        }
    }

    #[test]
    fn outputs_arrive_as_they_were(values in prop::collection::vec(hostile(), 1..5)) {
        let names = ["leaked", "rotated", "outcome", "next-due", "report-file"];
        let outputs: BTreeMap<&str, String> = names.iter().copied().zip(values).collect();
        let read = pairs(&outputs_text(&outputs, "tokenward_0123456789abcdef").unwrap()).unwrap();
        let wanted: Vec<(String, String)> = outputs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        prop_assert_eq!(read, wanted);
    }
}

#[test]
fn every_line_of_a_value_is_masked_by_itself() {
    let text = said(|runner| runner.mask(&Secret::new("one%\n\ntwo".to_owned())));
    assert_eq!(text, "::add-mask::one%25\n::add-mask::two\n");
}

#[test]
fn the_parser_of_these_tests_sees_both_forms_of_a_command() {
    assert_eq!(parse("  ::ADD-MASK::x").map(|command| command.name), Some("ADD-MASK".to_owned()));
    assert_eq!(parse("path/##[add-mask]x").map(|command| command.data), Some("x".to_owned()));
    assert_eq!(parse("::nonsense::x"), None);
    assert_eq!(
        pairs("a=1\nb<<E\nx\ny\nE\n"),
        Some(vec![("a".into(), "1".into()), ("b".into(), "x\ny".into())])
    );
    assert_eq!(pairs("b<<E\nx\n"), None);
}

#[test]
fn at_most_ten_remarks_are_shown_and_the_worst_come_first() {
    let level = |n: usize| [Level::Notice, Level::Warning, Level::Error][n % 3];
    let remarks: Vec<Remark> =
        (0..40).map(|n| Remark::new(level(n), "t", format!("m{n}"))).collect();
    let text = said(|runner| runner.remarks(&remarks));
    let names: Vec<String> = lines(&text).map(|line| parse(line).unwrap().name).collect();
    assert_eq!(names.len(), super::runner::MOST_REMARKS);
    assert!(names[..9].iter().all(|name| name == "error"), "{names:?}");
    assert!(text.ends_with("31 more in the job's summary and in the report\n"), "{text}");
}
