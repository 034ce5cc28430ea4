//! Baselines as other scanners write them: what each accepts, what not, and what cannot be one.

use gix_hash::Kind;
use serde_json::{Value, json};

use super::PeerBaseline;
use super::xxh3::xxh3;
use crate::git::Repository;
use crate::scan::source::tests::range::{commit, repository};
use crate::scan::tests::support::{Folder, at, options, rules, sendgrid};
use crate::scan::{Accept, BaselineScope, FINGERPRINT_KEY, Ignore, Options, Report, Source, scan};

fn peer(text: impl ToString) -> PeerBaseline {
    PeerBaseline::parse(&text.to_string(), FINGERPRINT_KEY).unwrap().unwrap()
}

fn refused(text: impl ToString) -> String {
    PeerBaseline::parse(&text.to_string(), FINGERPRINT_KEY).unwrap_err()
}

fn scanned(folder: &Folder, source: &Source, peer: &PeerBaseline) -> Report {
    let (rules, ignore) = (rules(), Ignore::nothing());
    let repository = Repository::above(&folder.0).unwrap();
    let accept = Accept { peer: Some(peer), ..Accept::default() };
    let repository = repository.as_ref();
    let options = Options { accept, repository, ..options(&rules, &folder.0, &ignore) };
    scan(source, &options, &|_| {})
}

/// Two values in `a.env`, and the first of them in `b.env` as well.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("a.env", format!("A={}\nB={}\n", sendgrid(1), sendgrid(20)));
    folder.write("sub/b.env", format!("A={}\n", sendgrid(1)));
    folder
}

/// The places that are still findings.
fn left(folder: &Folder, peer: &PeerBaseline) -> Vec<String> {
    let report = scanned(folder, &tree(folder), peer);
    report.findings.iter().map(|found| format!("{}:{}", found.path, found.line)).collect()
}

fn tree(folder: &Folder) -> Source {
    Source::Tree { roots: vec![folder.0.clone()] }
}

fn gitleaks(secret: &str, file: &str, line: u64, commit: &str) -> Value {
    json!({
        "RuleID": "sendgrid-api-token", "Description": "d", "StartLine": line, "EndLine": line,
        "StartColumn": 3, "EndColumn": 71, "Match": secret, "Secret": secret, "File": file,
        "SymlinkFile": "", "Commit": commit, "Entropy": 5.2, "Author": "", "Email": "",
        "Date": "", "Message": "", "Tags": [], "Fingerprint": format!("{file}:x:{line}"),
    })
}

fn sha(kind: Kind, text: &str) -> String {
    let mut hasher = gix_hash::hasher(kind);
    hasher.update(text.as_bytes());
    hasher.try_finalize().unwrap().to_string()
}

fn kingfisher(value: &str, origin: &str, start: u64) -> u64 {
    let end = start + value.len() as u64;
    xxh3(&[value.as_bytes(), origin.as_bytes(), &start.to_le_bytes(), &end.to_le_bytes()].concat())
        .unwrap()
}

#[test]
fn a_report_of_gitleaks_accepts_its_values_in_their_files() {
    let folder = folder();
    let report = peer(json!([gitleaks(&sendgrid(1), "a.env", 9, "")]));
    assert_eq!((report.scanner(), report.len()), ("gitleaks", 1));
    assert_eq!(left(&folder, &report), ["a.env:2", "sub/b.env:1"]);
    // A folder can have been named with its whole path.
    let whole = format!("{}/sub/b.env", folder.0.display());
    let report = peer(json!([gitleaks(&sendgrid(1), &whole, 1, "")]));
    assert_eq!(left(&folder, &report), ["a.env:1", "a.env:2"]);
    assert!(!format!("{report:?}").contains(&sendgrid(1)), "the value is gone");
    assert_eq!(left(&folder, &peer("[]")).len(), 3);
}

#[test]
fn a_redacted_finding_of_gitleaks_counts_in_its_commit_alone() {
    let (folder, _) = repository();
    folder.write("a.env", format!("A={}\n", sendgrid(1)));
    let id = commit(&folder, "oops");
    folder.write("a.env", format!("A={}\n", sendgrid(20)));
    commit(&folder, "another on the same line");
    let history = Source::History { repository: at(&folder.0) };
    let report =
        peer(json!(
            [gitleaks("REDACTED", "a.env", 1, &id), gitleaks("SG.abc...", "a.env", 1, ""),]
        ));
    assert_eq!((report.len(), report.unusable().values().sum::<usize>()), (1, 1));
    let of = |report: &Report, text: &str| {
        let on = |found: &&crate::domain::Finding| found.path == text;
        (report.findings.iter().filter(on).count(), report.accepted.iter().filter(on).count())
    };
    assert_eq!(of(&scanned(&folder, &history, &report), "a.env"), (1, 1));
    // The line of a file can get another value, so a place without a commit accepts nothing.
    assert_eq!(of(&scanned(&folder, &tree(&folder), &report), "a.env"), (1, 0));
}

#[test]
fn results_of_trufflehog_accept_their_values_and_each_part_of_them() {
    let folder = folder();
    let result = |data: Value, raw: &str, both: &str| {
        json!({
            "SourceMetadata": {"Data": data}, "SourceID": 1, "SourceName": "x",
            "DetectorName": "SendGrid", "Verified": false, "Raw": raw, "RawV2": both,
            "Redacted": "", "ExtraData": null, "StructuredData": null,
        })
    };
    let in_file = json!({"Filesystem": {"file": "./a.env", "line": 1}});
    let lines = format!(
        "{}\n{}\n",
        result(in_file.clone(), &sendgrid(1), ""),
        result(json!({"Slack": {"channel_id": "C1"}}), "an-id", &format!("an-id:{}", sendgrid(20))),
    );
    assert_eq!(left(&folder, &peer(&lines)), ["sub/b.env:1"]);
    assert_eq!(peer(&lines).scanner(), "trufflehog");
    assert_eq!(peer(result(in_file, "", "")).unusable().len(), 1);
    // A file that was cut off is not a shorter one.
    assert!(refused(&lines[..lines.len() - 9]).starts_with("it ends too early, at line 2"));
    assert!(refused(format!("{lines}{{\"Raw\": 1}}")).contains("entry 3 is incomplete"));
}

#[test]
fn a_baseline_of_detect_secrets_accepts_the_hashes_of_a_file() {
    let folder = folder();
    let of = |kind: &str, hash: &str| {
        json!({
            "version": "1.5.0", "plugins_used": [], "filters_used": [],
            "results": {"a.env": [{
                "type": kind, "filename": "a.env", "hashed_secret": hash,
                "is_verified": false, "line_number": 7,
            }]},
            "generated_at": "2026-11-01T00:00:00Z",
        })
    };
    let hash = sha(Kind::Sha1, &sendgrid(1));
    assert_eq!(left(&folder, &peer(of("SendGrid API Key", &hash))), ["a.env:2", "sub/b.env:1"]);
    let header = peer(of("Private Key", &hash));
    assert_eq!((header.len(), header.unusable().len()), (0, 1));
    assert!(refused(of("x", &hash[1..])).contains("file 1 is incomplete"));
    assert!(refused(json!({"version": "1.5.0", "results": []})).contains("map of files"));
}

#[test]
fn the_ignored_matches_of_ggshield_are_hashes_or_values_in_any_file() {
    let folder = folder();
    let hash = sha(Kind::Sha256, &format!("{},apikey", sendgrid(1)));
    let now = format!(
        "version: 2\nsecret:\n  ignored_matches:\n    - name: a test key\n      match: {hash}\n  \
         ignored_paths: [docs/, '**/x']\n"
    );
    assert_eq!(left(&folder, &peer(&now)), ["a.env:2"]);
    assert_eq!(peer(&now).unusable().values().collect::<Vec<_>>(), [&2]);
    let former = format!("matches-ignore:\n- {hash}\n- name: x\n  match: {}\n", sendgrid(20));
    assert_eq!(left(&folder, &peer(former)), [""; 0]);
    // SHA-256 of the value alone is not what it writes.
    let other =
        format!("secret: {{ignored_matches: [{{match: {}}}]}}", sha(Kind::Sha256, &sendgrid(1)));
    assert_eq!(left(&folder, &peer(other)).len(), 3);
    assert_eq!(peer("secret: {ignored_matches: [{match: 5}]}\n").unusable().len(), 1);
    assert_eq!(peer("version: 2\nsecret: {}\n").len(), 0);
    assert!(refused("secret: {ignored_matches: {}}\n").contains("is not a list"));
}

#[test]
fn a_fingerprint_of_kingfisher_is_of_a_value_at_its_place() {
    let folder = folder();
    let baseline = |algorithm: &str, fingerprint: &str, path: &str, line: u64| {
        format!(
            "version: 2\nfingerprint_algorithm: {algorithm}\nrepositories:\n- id: local:///x\n  \
             findings:\n  - path: {path}\n    fingerprint: '{fingerprint}'\n    line: {line}\n"
        )
    };
    let own = kingfisher(&sendgrid(1), "file", 2);
    let good = peer(baseline("kingfisher-v1", &own.to_string(), "a.env", 1));
    assert_eq!(
        (good.scanner(), left(&folder, &good)),
        ("kingfisher", vec!["a.env:2".to_owned(), "sub/b.env:1".to_owned()])
    );
    let of_git = kingfisher(&sendgrid(1), "git", 2).to_string();
    assert_eq!(left(&folder, &peer(baseline("kingfisher-v1", &of_git, "a.env", 1))).len(), 2);
    for (number, path, line) in [(own, "a.env", 2), (own, "c.env", 1), (own + 1, "a.env", 1)] {
        let other = peer(baseline("kingfisher-v1", &number.to_string(), path, line));
        assert_eq!(left(&folder, &other).len(), 3, "{number} {path} {line}");
    }
    let unknown = peer(baseline("kingfisher-v9", "1", "a.env", 1));
    assert_eq!((unknown.len(), unknown.unusable().len()), (0, 1));
    assert_eq!(peer(baseline("kingfisher-v1", "xyz", "a", 1)).unusable().len(), 1);
    // The first version, in hex, with the scanned folder in the path.
    let first = |text: &str| {
        peer(format!(
            "ExactFindings:\n  matches:\n  - filepath: site/a.env\n    fingerprint: {text}\n    \
             linenum: 1\n    lastupdated: Mon, 14 Jul 2025 10:17:56 -0700\n"
        ))
    };
    assert_eq!(left(&folder, &first(&format!("0x{own:x}"))).len(), 2);
    assert_eq!(left(&folder, &first(&own.to_string())).len(), 2);
}

#[test]
fn a_report_of_kingfisher_accepts_its_values() {
    let folder = folder();
    let found = |value: &str| {
        json!({
            "rule": {"name": "x", "id": "kingfisher.sendgrid.1"},
            "finding": {"snippet": value, "path": "./a.env", "line": 1,
                "fingerprint": kingfisher(&sendgrid(1), "file", 2).to_string()},
        })
    };
    let report = |value: &str| json!({"findings": [found(value)], "metadata": {}});
    let whole = format!("{}\n{{\"findings\":1}}\n", report(&sendgrid(1)));
    assert_eq!(left(&folder, &peer(whole)), ["a.env:2", "sub/b.env:1"]);
    assert_eq!(left(&folder, &peer(found(&sendgrid(20)))), ["a.env:1", "sub/b.env:1"]);
    assert_eq!(left(&folder, &peer(report("[REDACTED:0badcafe]"))), ["a.env:2", "sub/b.env:1"]);
}

#[test]
fn what_matched_nothing_is_counted_where_all_was_scanned() {
    let folder = folder();
    let all = [
        gitleaks(&sendgrid(1), "a.env", 1, ""),
        gitleaks(&sendgrid(60), "a.env", 1, ""),
        gitleaks(&sendgrid(60), "a.env", 1, &"1".repeat(40)),
    ];
    let peer = peer(Value::from(all.to_vec()));
    let report = scanned(&folder, &tree(&folder), &peer);
    assert_eq!(peer.unmet(&report, None), 0);
    // The tree says nothing about a commit.
    assert_eq!(peer.unmet(&report, Some(BaselineScope::Tree)), 1);
    assert_eq!(peer.unmet(&report, Some(BaselineScope::History)), 2);
}

#[test]
fn what_no_scanner_writes_is_no_empty_baseline() {
    for text in [
        "",
        " \n",
        "\u{feff}",
        "{}",
        "[",
        "nothing",
        "- a\n- b\n",
        "a: b\n",
        "5",
        "{\"findings\": []}",
        "[{\"RuleID\": \"x\"}]",
        "[1]",
        "[] []",
        "{\"version\": 1}",
        "a: [",
        "\"text\"",
        "\0",
    ] {
        refused(text);
    }
    // Ours is read elsewhere, whatever it holds.
    let ours = PeerBaseline::parse("{\"schema\": \"tokenward.baseline/9\"}", FINGERPRINT_KEY);
    assert!(ours.unwrap().is_none());
}

#[test]
fn a_hostile_file_is_refused_and_never_quoted() {
    let value = sendgrid(1);
    for text in [
        format!("[\"{value}\"]"),
        format!("[{{\"RuleID\": \"x\", \"Secret\": \"{value}\", \"File\": 1}}]"),
        format!("{{\"{value}\": 1}}"),
        format!("[{{\"Secret\": \"{value}"),
        format!("secret: {{ignored_matches: \"{value}\"}}\n"),
        format!("secret: [{value}\n"),
        format!("{value}: x\n"),
    ] {
        let why = refused(&text);
        assert!(!why.contains(&value[..12]), "{why}");
    }
    refused("[".repeat(100_000));
    refused(format!("a: {}", "[".repeat(100_000)));
    refused(format!("a:\n{}x\n", "- ".repeat(100_000)));
    let bomb = (1..30).fold("a0: &a0 [x]\n".to_owned(), |text, level| {
        let before = level - 1;
        format!("{text}a{level}: &a{level} [*a{before}, *a{before}, *a{before}, *a{before}]\n")
    });
    refused(bomb);
    let many = vec![json!({"RuleID": "x", "Secret": "x", "File": "x", "StartLine": 1}); 100_001];
    assert!(refused(Value::from(many)).contains("more than 100000"));
    // Paths that look like another's.
    let folder = folder();
    for path in ["/env", "/x/.env", "env", "..", "/", "a.env/", "A.ENV", "x/a.env"] {
        assert_eq!(left(&folder, &peer(json!([gitleaks(&value, path, 1, "")]))).len(), 3, "{path}");
    }
}
