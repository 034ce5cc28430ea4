//! What may stand behind a token: each ending is a test of its own, with a token of every kind of
//! edge in front of it.

use crate::scan::find;
use crate::scan::tests::support::{mailchimp, rules, sendgrid, uuid};

/// The token is found whole, and nothing beside it.
fn found(left: &str, right: &str) {
    let rules = rules();
    for token in [sendgrid(3), sendgrid(4), mailchimp(5), format!("pat-na1-{}", uuid(6))] {
        let text = format!("{left}{token}{right}");
        let ranges: Vec<_> =
            find(&rules, text.as_bytes()).into_iter().map(|one| one.range()).collect();
        let whole = left.len()..left.len() + token.len();
        assert_eq!(ranges, vec![whole], "{left:?} {right:?}");
    }
}

macro_rules! edges {
    ($($name:ident: $left:literal, $right:literal;)*) => {
        $(#[test]
        fn $name() {
            found($left, $right);
        })*
    };
}

edges! {
    a_comma_ends_it: "f(", ", 1)";
    a_round_bracket_ends_it: "(", ")";
    a_square_bracket_ends_it: "[", "]";
    a_brace_ends_it: "{k:", "}";
    a_tag_ends_it: "<key>", "</key>";
    an_ampersand_ends_it: "?api_key=", "&a=1";
    an_at_sign_ends_it: "apikey:", "@host";
    a_bar_ends_it: "|", "|";
    a_full_stop_ends_it: "It is ", ".";
    stars_end_it: "**", "**";
    an_escaped_quote_ends_it: "{\\\"k\\\": \\\"", "\\\"}";
    an_escaped_line_end_ends_it: "k=", "\\nnext";
    a_double_quote_ends_it: "\"", "\"";
    a_single_quote_ends_it: "'", "'";
    a_backtick_ends_it: "`", "`";
    a_space_ends_it: "k ", " v";
    a_semicolon_ends_it: "k=", ";";
    a_hash_ends_it: "https://h/?k=", "#top";
    the_end_of_the_text_ends_it: "k=", "";
    a_line_end_ends_it: "k=", "\r\n";
    a_tab_ends_it: "k\t", "\tv";
    a_colon_ends_it: "", ":x";
    an_equals_sign_ends_it: "a=", "=b";
    a_question_mark_ends_it: "Is it ", "?";
    an_exclamation_mark_ends_it: "It is ", "!";
    a_slash_ends_it: "k=", "/x";
    a_plus_ends_it: "k=", "+x";
    a_percent_escape_ends_it: "%22", "%22";
    a_colour_ends_it: "\u{1b}[32m", "\u{1b}[0m";
    a_nul_ends_it: "\0", "\0";
    a_letter_of_another_alphabet_ends_it: "é", "é";
    a_comment_ends_it: "<!-- ", " -->";
    a_default_ends_it: "${K:-", "}";
}
