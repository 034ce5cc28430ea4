//! Hostile files: huge, deep, unending, full of escapes. One clear diagnostic, in time, and never a
//! panic.

use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{FULL, SMALL, read, rendered};
use crate::config::{Context, load};
use crate::domain::Code;

fn only(text: &str) -> (Code, String) {
    let start = Instant::now();
    let found = read(text).expect_err("a mistake");
    let shown = rendered(&found);
    assert!(start.elapsed() < Duration::from_secs(20), "took {:?}", start.elapsed());
    assert_eq!(found.len(), 1, "{shown}");
    assert!(shown.len() < 3000, "{}", shown.len());
    (found[0].code, found[0].message.clone())
}

#[test]
fn a_file_that_is_too_large_is_not_looked_at() {
    assert_eq!(only(&"x".repeat(10 << 20)).0, Code::ConfigUnreadable);
    assert_eq!(only(&"version: 1\n".repeat(1 << 20)).0, Code::ConfigUnreadable);
}

#[test]
fn deep_nesting_ends_early() {
    for text in [
        "[".repeat(500_000),
        "{a: ".repeat(200_000),
        "- ".repeat(400_000),
        "a:\n".to_owned()
            + &(1..600).map(|depth| format!("{}b:\n", " ".repeat(depth))).collect::<String>(),
    ] {
        assert_eq!(only(&text).0, Code::ConfigUnreadable);
    }
}

#[test]
fn too_many_values_end_early() {
    let (code, message) = only(&format!("version: 1\nproviders: [{}]\n", "a, ".repeat(150_000)));
    assert_eq!(code, Code::ConfigUnreadable);
    assert!(message.contains("100000"), "{message}");
}

#[test]
fn a_million_mistakes_are_counted_and_not_shown() {
    let text = (0..40_000).map(|number| format!("key{number}: 1\n")).collect::<String>();
    let found = read(&text).expect_err("mistakes");
    assert_eq!(found.len(), 100);
    assert!(found.last().is_some_and(
        |last| last.more == 39_901 && last.render(false, 100).contains("39901 more errors")
    ));
}

#[test]
fn many_tokens_with_many_mistakes_end_in_time() {
    let start = Instant::now();
    let mut text = "version: 1\ntokens:\n".to_owned();
    for number in 0..20_000 {
        text.push_str(&format!("  t{number}: {{provider: nobody, scopes: []}}\n"));
    }
    let value = |text: &str| text.match_indices("t1").map(|(at, _)| at..at + 2).collect();
    let context = Context { looks_like_token: &value, known_providers: &[] };
    assert_eq!(load(Path::new("t.yml"), &text, &context).expect_err("mistakes").len(), 100);
    let twice = format!("a: 1\n{}{}", "# x\n".repeat(15_000), "a: 1\n".repeat(15_000));
    assert!(!rendered(&read(&twice).expect_err("mistakes")).is_empty());
    assert!(start.elapsed() < Duration::from_secs(60), "took {:?}", start.elapsed());
}

#[test]
fn a_bomb_of_aliases_is_refused() {
    let mut text = "version: 1\na0: &a0 [x]\n".to_owned();
    for level in 1..30 {
        text.push_str(&format!(
            "a{level}: &a{level} [{}]\n",
            vec![format!("*a{}", level - 1); 9].join(", ")
        ));
    }
    let found = read(&text).expect_err("mistakes");
    assert!(found.iter().any(|one| one.code == Code::ConfigYamlFeature));
    assert!(rendered(&found).len() < 60_000);
}

#[test]
fn one_long_line_is_shown_in_part() {
    let text = format!("{SMALL}scan: {{ignore: [{}], colour: red}}\n", "'a b', ".repeat(100_000));
    assert_eq!(only(&text).0, Code::ConfigUnreadable);
    let text = format!("{SMALL}scan: {{ignore: [{}], colour: red}}\n", "'a b', ".repeat(10_000));
    assert_eq!(only(&text).0, Code::ConfigUnknownKey);
}

#[test]
fn huge_numbers_are_wrong_types_and_not_quoted() {
    let (code, message) =
        only(&SMALL.replace("version: 1", &format!("version: {}", "9".repeat(5000))));
    assert_eq!(code, Code::ConfigVersion);
    assert!(message.len() < 200);
}

#[test]
fn escapes_in_keys_and_values_never_reach_the_terminal() {
    for text in ["\"a\\e[31m\\u202eb\": 1\n", "\"\\x00\\r\\n\": 1\n", "version: \"\\e]0;x\\a\"\n"] {
        let shown = rendered(&read(text).expect_err("mistakes"));
        assert!(
            !shown.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'),
            "{shown:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        let _ = read(&text).map_err(|found| rendered(&found));
    }

    #[test]
    fn text_made_of_yaml_never_panics(parts in proptest::collection::vec(prop_oneof![
        Just("version: 1\n"), Just("tokens:\n"), Just("  a:\n"), Just("- "), Just("{"), Just("}"), Just("["), Just("]"), Just(", "),
        Just(": "), Just("'"), Just("\""), Just("\n"), Just("  "), Just("|\n"), Just("? "), Just("&a "), Just("*a"), Just("!t "), Just("---\n"),
        Just("# é\r\n"), Just("\t"), Just("github: a/b"), Just("provider: x"), Just("\u{feff}"), Just("value: env:A\n"), Just("%YAML 1.2\n"), Just("\\"), Just("<<: "),
    ], 0..40)) {
        let _ = read(&parts.concat()).map_err(|found| rendered(&found));
    }

    #[test]
    fn a_good_config_with_one_piece_changed_never_panics(at in 0..FULL.len(), end in 0..12_usize, piece in "[\\PC\\n\\t]{0,6}") {
        let end = (at + end).min(FULL.len());
        prop_assume!(FULL.is_char_boundary(at) && FULL.is_char_boundary(end));
        let _ = read(&format!("{}{piece}{}", &FULL[..at], &FULL[end..])).map_err(|found| rendered(&found));
    }
}
