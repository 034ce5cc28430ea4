//! What lets a finding be, and what does not although it would like to.

use crate::domain::{AllowComments, AllowedBy, Refused, Salt};
use crate::git::Repository;
use crate::scan::source::tests::range::{commit, git, repository};
use crate::scan::tests::support::{Folder, at, mailchimp, options, rules, sendgrid};
use crate::scan::{Accept, Baseline, BaselineScope, Ignore, Options, Report, Source, scan};

fn with(folder: &Folder, source: &Source, accept: Accept<'_>) -> Report {
    let (rules, ignore) = (rules(), Ignore::nothing());
    let repository = Repository::above(&folder.0).unwrap();
    scan(
        source,
        &Options { accept, repository: repository.as_ref(), ..options(&rules, &folder.0, &ignore) },
        &|_| {},
    )
}

fn tree(folder: &Folder) -> Source {
    Source::Tree { roots: vec![folder.0.clone()] }
}

fn range(folder: &Folder, from: &str) -> Source {
    Source::Range {
        repository: at(&folder.0),
        remote: None,
        from: from.to_owned(),
        to: "HEAD".to_owned(),
    }
}

fn refused(report: &Report) -> Vec<Option<Refused>> {
    report
        .findings
        .iter()
        .map(|finding| finding.allowed.as_ref().and_then(|allowed| allowed.refused))
        .collect()
}

fn line(seed: usize, comment: &str) -> String {
    format!("key = \"{}\"  # {comment}\n", sendgrid(seed))
}

#[test]
fn a_comment_with_a_reason_lets_its_line_be_and_no_other() {
    let folder = Folder::new();
    folder.write(
        "a",
        line(1, "tokenward:allow a sample, revoked") + &line(20, "") + &line(40, "tokenward:allow"),
    );
    let report = with(&folder, &tree(&folder), Accept::default());
    assert_eq!(report.accepted.len(), 1);
    let allowed = report.accepted[0].allowed.clone().unwrap();
    assert_eq!(
        (allowed.by, allowed.reason.as_deref(), allowed.added),
        (AllowedBy::Comment, Some("a sample, revoked"), false)
    );
    assert_eq!(refused(&report), [None, Some(Refused::NoReason)]);
    let never = Accept { comments: AllowComments::Never, ..Accept::default() };
    assert_eq!(
        refused(&with(&folder, &tree(&folder), never)),
        [Some(Refused::Policy), None, Some(Refused::Policy)]
    );
}

#[test]
fn a_comment_that_a_pull_request_adds_does_not_count_until_it_is_merged() {
    let (folder, _) = repository();
    folder.write("a", line(1, "tokenward:allow the documented example"));
    let base = commit(&folder, "base with a comment");
    folder.write("a", format!("more\n{}", line(1, "tokenward:allow the documented example")));
    folder.write("moved", format!("less\n{}", line(1, "tokenward:allow the documented example")));
    folder.write("b", line(20, "tokenward:allow I say so"));
    commit(&folder, "proposal");
    let proposal = Accept { proposed_on: Some(&base), ..Accept::default() };
    for source in [range(&folder, &base), tree(&folder)] {
        let report = with(&folder, &source, proposal);
        let accepted: Vec<_> =
            report.accepted.iter().map(|finding| finding.path.as_str()).collect();
        assert_eq!(accepted, ["a"], "{source:?}");
        for path in ["b", "moved"] {
            let here = report.findings.iter().position(|finding| finding.path == path).unwrap();
            assert_eq!(refused(&report)[here], Some(Refused::Added), "{source:?} {path}");
        }
    }
    // Where the policy lets it count, that it is new is told all the same; and so it is outside of
    // a proposal.
    for accept in [Accept { comments: AllowComments::Proposed, ..proposal }, Accept::default()] {
        let report = with(&folder, &range(&folder, &base), accept);
        assert!(report.findings.is_empty());
        let added: Vec<_> = report
            .accepted
            .iter()
            .map(|finding| finding.allowed.as_ref().is_some_and(|allowed| allowed.added))
            .collect();
        assert_eq!(added, [false, true, true]);
    }
    // A base that cannot be read has no comment.
    let blind = Accept { proposed_on: Some(""), ..Accept::default() };
    assert!(with(&folder, &tree(&folder), blind).accepted.is_empty());
}

#[test]
fn a_comment_speaks_for_its_own_line_alone() {
    let (folder, base) = repository();
    folder.write("a", line(1, ""));
    commit(&folder, "oops");
    folder.write("a", line(1, "tokenward:allow it is dead since May") + &line(1, ""));
    folder.write("b", line(1, ""));
    commit(&folder, "comment");
    let places = |source: &Source| {
        let report = with(&folder, source, Accept::default());
        let at = |findings: &[crate::domain::Finding]| {
            let places = findings.iter().flat_map(|found| {
                let also = found.also.iter().map(|place| place.line);
                std::iter::once(found.line).chain(also).map(|line| (found.path.clone(), line))
            });
            places.collect::<Vec<_>>()
        };
        (at(&report.findings), at(&report.accepted))
    };
    let place = |path: &str, line: u64| (path.to_owned(), line);
    let accepted = vec![place("a", 1)];
    // As it was before, on another line, and in another file it is a leak.
    assert_eq!(
        places(&range(&folder, &base)),
        (vec![place("a", 1), place("a", 2), place("b", 1)], accepted.clone())
    );
    assert_eq!(
        places(&tree(&folder)),
        (vec![place("a", 2), place("b", 1), place("old", 1)], accepted.clone())
    );
    assert_eq!(places(&Source::History { repository: at(&folder.0) }).1, accepted);
}

#[test]
fn a_baseline_goes_by_the_value_and_says_what_is_stale() {
    let folder = Folder::new();
    folder.write("a", line(1, "") + &line(20, ""));
    let found = with(&folder, &tree(&folder), Accept::default());
    let of = BaselineScope::source(&tree(&folder), &folder.0);
    let baseline = Baseline::new(Salt::from_random([7; 16])).with(&found, of);
    let text = baseline.to_text();
    for finding in &found.findings {
        assert!(!text.contains(finding.fingerprint.as_str()), "the file's names are its own");
    }
    let baseline = Baseline::parse(&text.replacen("null", "\"rotated\"", 1)).unwrap();
    let accept = Accept { baseline: Some(&baseline), ..Accept::default() };
    // Lines move, files too, and both values stay accepted. A new one is found on an old line.
    std::fs::remove_file(folder.0.join("a")).unwrap();
    folder.write("b/c", format!("\n\n{}{}", line(20, ""), line(60, "")));
    let report = with(&folder, &tree(&folder), accept);
    assert_eq!((report.findings.len(), report.accepted.len()), (1, 1));
    let stale = baseline.stale(&report, of);
    assert_eq!(stale.len(), 1);
    // A scan of a part says nothing about the rest.
    assert_eq!(baseline.stale(&report, None), []);
    let new = baseline.clone().with(&report, of);
    assert_eq!(new.len(), 2);
    assert!(new.stale(&report, of).is_empty());
    assert_eq!(baseline.with(&report, None).len(), 3);
}

#[test]
fn gitleaks_words_count_only_where_asked_for() {
    let folder = Folder::new();
    folder.write("a", line(1, "gitleaks:allow"));
    folder.write("b", format!("\n{}", line(20, "")));
    assert_eq!(with(&folder, &tree(&folder), Accept::default()).findings.len(), 2);
    let ignore = crate::scan::GitleaksIgnore::parse("b:sendgrid-api-token:2\na:x:9\n").unwrap();
    let accept = Accept { gitleaks: true, gitleaks_ignore: Some(&ignore), ..Accept::default() };
    let report = with(&folder, &tree(&folder), accept);
    let by: Vec<_> =
        report.accepted.iter().map(|finding| finding.allowed.as_ref().unwrap().by).collect();
    assert_eq!(
        (report.findings.len(), by),
        (0, vec![AllowedBy::GitleaksComment, AllowedBy::GitleaksIgnore])
    );
}

#[test]
fn a_rule_of_gitleaks_form_is_searched_for_in_trees_and_in_histories() {
    let (folder, _) = repository();
    let value = crate::scan::tests::support::random(3, b"abcdefghijklmnopqrstuvwxyz0123456789", 14);
    folder.write("src/a", format!("acme={value}\n"));
    folder.write("vendor/a", format!("acme={value}\n"));
    commit(&folder, "acme");
    folder.write("src/a", format!("more\nacme={value}\n"));
    commit(&folder, "again");
    git(&folder.0, &["repack", "-adq"]);
    let file = "[[rules]]\nid = \"acme\"\nregex = '''acme=([a-z0-9]{14})'''\nkeywords = [\"acme\"]\npath = '''^src/'''\n";
    let rules = rules().and(crate::scan::GitleaksRules::parse(file).unwrap());
    let ignore = Ignore::nothing();
    for source in [tree(&folder), Source::History { repository: at(&folder.0) }] {
        let report = scan(&source, &options(&rules, &folder.0, &ignore), &|_| {});
        let found: Vec<_> =
            report.findings.iter().filter(|finding| finding.rule == "gitleaks/acme").collect();
        assert_eq!(
            found.iter().map(|finding| finding.path.as_str()).collect::<Vec<_>>(),
            ["src/a"],
            "{source:?}"
        );
    }
}

#[test]
fn what_was_dropped_is_explained_with_its_place_and_without_its_value() {
    let folder = Folder::new();
    let (sample, joined) =
        (format!("SG.{}.{}", "x".repeat(22), "x".repeat(43)), format!("a{}", mailchimp(1)));
    folder.write("a", format!("one\nk={sample}\nk={joined}\nk={}\n", sendgrid(30)));
    let (rules, ignore) = (rules(), Ignore::nothing());
    let options = Options { explain: true, ..options(&rules, &folder.0, &ignore) };
    let report = scan(&tree(&folder), &options, &|_| {});
    assert_eq!(report.findings.len(), 1);
    let dropped: Vec<_> = report
        .dropped
        .iter()
        .map(|finding| (finding.line, finding.why.as_deref().unwrap()))
        .collect();
    assert_eq!(dropped.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3]);
    assert!(
        dropped[0].1.contains("placeholder") && dropped[1].1.contains("longer word"),
        "{dropped:?}"
    );
    let shown = format!("{report:?}");
    assert!(!shown.contains(&sample) && !shown.contains(&joined));
    assert!(
        scan(&tree(&folder), &Options { explain: false, ..options }, &|_| {}).dropped.is_empty()
    );
}
