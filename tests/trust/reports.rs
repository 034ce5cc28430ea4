//! Texts of strangers in every report: whatever stands in a file's name, a provider's answer or a
//! commit, the report has the same structure as with a harmless word in its place, and says the
//! text as it was, but for what would do something.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tokenward::domain::outcome::{DestinationOutcome, Reached, TokenOutcome};
use tokenward::domain::text::{redacted, sanitize};
use tokenward::domain::{
    BaselineEntry, Code, Confidence, Finding, Fingerprint, Liveness, Problem, ProviderId,
    Timestamp, TokenName,
};
use tokenward::report::{
    CommandOutput, IssueLink, Links, PageLinks, PagePart, Paint, Places, Row, ScanReport,
    StatusDetails, Summary, TokensReport, findings, junit, markdown, page, sarif, tokens,
};

/// Text that wants to be more than text.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "<script>",
        "</script>",
        "<img src=x onerror=alert(1)>",
        "\"",
        "'",
        ">",
        "<",
        "&",
        "&amp;",
        "&#60;",
        "]]>",
        "<!--",
        "-->",
        "|",
        "\\|",
        "`",
        "```",
        "[a](javascript:1)",
        "![x](y)",
        "@acme",
        "#1",
        "*",
        "_",
        "~~",
        "$",
        "\n",
        "\r\n",
        "\t",
        "::error::x",
        "##[error]x",
        "\u{1b}[2J",
        "\u{0}",
        "\u{7}",
        "\u{202e}",
        "\u{200b}",
        "\u{fffe}",
        "\u{ffff}",
        "\u{e000}",
        "é",
        "字",
        "😀",
        "a",
        " ",
        "%3C",
        "{{x}}",
        "${x}",
        "<?xml?>",
        "\\",
    ]);
    prop::collection::vec(pieces, 1..16).prop_map(|pieces| pieces.concat())
}

fn now() -> Timestamp {
    Timestamp::parse("2026-11-25T12:00:00Z").unwrap()
}

/// A leak with this text wherever a stranger may write.
fn scan(text: &str) -> CommandOutput {
    let finding = Finding {
        rule: "sendgrid/api-key".to_owned(),
        provider: ProviderId::new("sendgrid"),
        path: text.to_owned(),
        line: 3,
        column: 1,
        count: 1,
        also: Vec::new(),
        commit: Some("a".repeat(40)),
        author: Some(text.to_owned()),
        date: Some(now()),
        fingerprint: Fingerprint::new("0123456789abcdef"),
        redacted: redacted(&format!("{text}{}", "x".repeat(40))),
        confidence: Confidence::Likely,
        live: Liveness::NotAsked,
        managed: None,
        destinations: Vec::new(),
        allowed: None,
        why: None,
        revoke: None,
    };
    let problems = vec![problem(text)];
    let stale = BaselineEntry {
        fingerprint: Fingerprint::new("0123456789abcdef"),
        rule: "sendgrid/api-key".to_owned(),
        path: text.to_owned(),
        reason: Some(text.to_owned()),
    };
    CommandOutput::Scan(ScanReport {
        schema: "tokenward.scan/1".to_owned(),
        findings: vec![finding.clone()],
        accepted: vec![finding.clone()],
        stale: vec![stale],
        dropped: vec![finding],
        files: 1,
        ignored: 1,
        problems,
        summary: Summary::default(),
    })
}

fn problem(text: &str) -> Problem {
    Problem::new(Code::ProviderUnavailable, text).cause(text).hint(text).state(text)
}

fn outcome(text: &str) -> TokenOutcome {
    let mut outcome = TokenOutcome::new(TokenName::new("sendgrid"), ProviderId::new("sendgrid"));
    outcome.problems.push(problem(text));
    outcome.why = Some(text.to_owned());
    outcome.not_confirmed_by.push(text.to_owned());
    let (destination, reached) = (text.to_owned(), Some(Reached::Drifted));
    outcome.destinations.push(DestinationOutcome {
        destination,
        delivery: None,
        reached,
        since: None,
        problems: Vec::new(),
    });
    outcome
}

fn table(text: &str) -> CommandOutput {
    let report = TokensReport {
        schema: "tokenward.rotate/1".to_owned(),
        details: StatusDetails::default(),
        tokens: vec![Row::of(outcome(text))],
        problems: vec![problem(text)],
        summary: Summary::default(),
    };
    CommandOutput::Tokens(report)
}

/// How often each sign stands there that gives a text its structure.
fn structure(text: &str, signs: &str) -> Vec<(char, usize)> {
    signs.chars().map(|sign| (sign, text.matches(sign).count())).collect()
}

/// Whether an apostrophe stands anywhere but between two letters or digits.
fn has_a_quote(text: &str) -> bool {
    let signs: Vec<char> = text.chars().collect();
    let is_letter = |at: Option<usize>| {
        at.and_then(|at| signs.get(at)).is_some_and(|sign| sign.is_alphanumeric())
    };
    (0..signs.len())
        .any(|at| signs[at] == '\'' && !(is_letter(at.checked_sub(1)) && is_letter(Some(at + 1))))
}

#[test]
fn an_apostrophe_that_is_no_letter_of_a_word_is_noticed() {
    assert!(["'a", "a'", "a ' b", "a''b", "'"].into_iter().all(has_a_quote));
    assert!(["it's", "\u{e9}'\u{e9}", ""].into_iter().all(|text| !has_a_quote(text)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn markdown_has_the_structure_it_has_with_a_harmless_word(text in hostile()) {
        let links = Links { repository: "https://github.com/acme/site".to_owned(), commit: "a".repeat(40), docs: "https://example.com/docs".to_owned(), hosts: Vec::new() };
        // `_` and `~` may stand in a link's address, where they are nothing.
        // U+200B is ours: it keeps a sign apart from what GitHub would read it together with.
        // An apostrophe inside a word is one of its letters; anywhere else it stands encoded.
        let signs = "<>|[]`*@!\\$\n{}\"\u{1b}\u{202e}";
        for told in [scan, table] {
            let (hostile, harmless) = (markdown(&told(&text), &[], "scan", &links, 1 << 20), markdown(&told("word"), &[], "scan", &links, 1 << 20));
            prop_assert_eq!(structure(&hostile, signs), structure(&harmless, signs), "{}", hostile);
            prop_assert!(!has_a_quote(&hostile), "{}", hostile);
        }
    }

    #[test]
    fn the_page_has_the_structure_it_has_with_a_harmless_word(text in hostile()) {
        let page = |text: &str| {
            let tokens = [outcome(text)];
            let address = format!("https://github.com/{text}");
            let links = PageLinks { console: Some(address.clone()), issue: Some(IssueLink { number: 7, address: address.clone() }), destinations: vec![address.clone(); 3] };
            let links = BTreeMap::from([(tokens[0].name.clone(), links)]);
            let part = PagePart { repository: text, looked_at: now(), tokens: &tokens, links: &links, general: &[problem(text)], journal: Some(&[]) };
            page(&[part], &address, now())
        };
        let (hostile, harmless) = (page(&text), page("word"));
        let signs = "<>\"'\u{0}\u{1b}\u{202e}";
        prop_assert_eq!(structure(&hostile, signs), structure(&harmless, signs));
    }

    #[test]
    fn junit_is_one_document_of_the_same_elements(text in hostile()) {
        for told in [scan, table] {
            let elements = |text: &str| {
                let document = junit(&told(text), "scan");
                let tree = roxmltree::Document::parse(&document).map_err(|error| format!("{error}: {document}"))?;
                Ok::<_, String>(tree.descendants().filter(roxmltree::Node::is_element).map(|node| node.tag_name().name().to_owned()).collect::<Vec<_>>())
            };
            prop_assert_eq!(elements(&text), elements("word"));
        }
    }

    #[test]
    fn sarif_says_where_in_an_address_and_nothing_else(text in hostile()) {
        for told in [scan, table] {
            let report = sarif(&told(&text), &Places::default(), "scan", "https://example.com/docs");
            let uris: Vec<&str> = report.pointer("/runs/0/results").and_then(|results| results.as_array()).into_iter().flatten()
                .filter_map(|result| result.pointer("/locations/0/physicalLocation/artifactLocation/uri")?.as_str()).collect();
            for uri in uris {
                prop_assert!(uri.chars().all(|c| c.is_ascii_graphic() && !"<>\"`\\{}|^".contains(c)), "{}", uri);
            }
            let again: serde_json::Value = serde_json::from_str(&report.to_string()).unwrap();
            prop_assert_eq!(again, report);
        }
    }

    #[test]
    fn what_people_read_holds_no_sign_that_does_something(text in hostile()) {
        let CommandOutput::Scan(report) = scan(&text) else { unreachable!() };
        // What foreign text a problem quotes was made fit to show when it was made.
        let fit = sanitize(&text);
        let shown = [
            findings(&ScanReport { problems: vec![problem(&fit)], ..report }, 1, 1, "", Paint::new(false)),
            tokens(&[outcome(&fit)], Paint::new(false)),
        ];
        for shown in shown {
            let does = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202e}' | '\u{200b}');
            prop_assert!(!shown.chars().any(does), "{:?}", shown);
        }
    }
}
