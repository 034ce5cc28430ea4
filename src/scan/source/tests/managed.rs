//! Tokens of the config are known wherever they stand, whatever they look like.

use super::range::{commit, git, repository};
use crate::domain::{Confidence, ProviderId, Salt, Secret, TokenName};
use crate::scan::tests::support::{Folder, at, options, random, rules};
use crate::scan::{Ignore, Known, Options, Report, Source, scan};

fn with(folder: &Folder, source: &Source, value: &str) -> Report {
    let (rules, ignore) = (rules(), Ignore::nothing());
    let (token, salt, provider) =
        (TokenName::new("mail"), Salt::from_random([7; 16]), ProviderId::new("acme"));
    let fingerprint = Secret::new(value.to_owned()).fingerprint(&salt);
    let lengths = [16..=20, value.len()..=value.len()];
    let known = [Known {
        token: &token,
        salt: &salt,
        fingerprint: &fingerprint,
        provider: &provider,
        lengths: &lengths,
    }];
    scan(source, &Options { known: &known, ..options(&rules, &folder.0, &ignore) }, &|_| {})
}

fn tree(folder: &Folder) -> Source {
    Source::Tree { roots: vec![folder.0.clone()] }
}

#[test]
fn a_value_without_any_shape_is_known_between_whatever_marks() {
    for (seed, alphabet, length) in
        [(1, &b"abcdef"[..], 23), (2, b"0123456789", 40), (3, b"aB3-_.+/=:", 31)]
    {
        let value = format!("q{}z", random(seed, alphabet, length));
        for (before, after) in [
            ("", ""),
            ("key=", "\n"),
            ("KEY: \"", "\","),
            ("(", ")"),
            ("é", "é"),
            ("x?k=", "&more=1"),
            ("<k>", "</k>"),
            ("see ", "."),
            ("a,", ";b"),
        ] {
            let folder = Folder::new();
            folder.write("a", format!("first\n{before}{value}{after}"));
            let report = with(&folder, &tree(&folder), &value);
            assert_eq!(report.findings.len(), 1, "{before:?} {after:?} {length}");
            let finding = &report.findings[0];
            assert_eq!(
                (finding.rule.as_str(), finding.line, finding.confidence),
                ("managed/value", 2, Confidence::Certain)
            );
            assert_eq!(finding.managed, Some(TokenName::new("mail")));
            // What is glued to it hides nothing.
            for glued in [
                format!("x{value}"),
                format!("{value}x"),
                format!("KEY_{value}"),
                format!("__{value}__"),
            ] {
                folder.write("a", &glued);
                assert!(
                    with(&folder, &tree(&folder), &value)
                        .findings
                        .iter()
                        .any(|finding| finding.managed.is_some()),
                    "{glued}"
                );
            }
        }
    }
}

#[test]
fn it_is_known_in_every_source() {
    let (folder, base) = repository();
    let value = random(9, b"abcdefghijklmnop", 33);
    folder.write(
        "deep/a.txt",
        format!("{}\n value {value} stands here\n{}", "text ".repeat(500), "more\n".repeat(500)),
    );
    git(&folder.0, &["add", "-A"]);
    let staged =
        with(&folder, &Source::Staged { repository: at(&folder.0), or_everything: false }, &value);
    commit(&folder, "a");
    folder.write(
        "deep/a.txt",
        format!("{}\n value {value} stands here\n{}", "text ".repeat(500), "most\n".repeat(500)),
    );
    commit(&folder, "b");
    git(&folder.0, &["repack", "-adq"]);
    let range = with(
        &folder,
        &Source::Range {
            repository: at(&folder.0),
            remote: None,
            from: base,
            to: "HEAD".to_owned(),
        },
        &value,
    );
    let history = with(&folder, &Source::History { repository: at(&folder.0) }, &value);
    for report in [staged, range, history] {
        let ours = report
            .findings
            .iter()
            .filter(|finding| finding.managed.is_some())
            .map(|finding| (finding.path.as_str(), finding.line));
        assert!(
            ours.clone().count() >= 1 && ours.clone().all(|place| place == ("deep/a.txt", 2)),
            "{:?}",
            report.findings
        );
    }
}
