//! Whole histories: whatever an object database has is read, wherever it hides, and reading deltas
//! gives what reading every blob gives.

use std::collections::BTreeSet;
use std::path::Path;

use super::range::{commit, git, ten_times};
use crate::domain::Code;
use crate::scan::tests::support::{Folder, at, options, placed, random, rules, sendgrid, uuid};
use crate::scan::{Ignore, Report, Source, scan};

fn history(folder: &Path) -> Report {
    let source = Source::History { repository: at(folder) };
    scan(&source, &options(&rules(), folder, &Ignore::nothing()), &|_| {})
}

fn fresh() -> Folder {
    let folder = Folder::new();
    git(&folder.0, &["init", "-q"]);
    folder.write("readme", "hello\n");
    commit(&folder, "first");
    folder
}

/// The same with everything in one pack of deep deltas.
fn repack(folder: &Folder) {
    git(
        &folder.0,
        &[
            "-c",
            "pack.threads=1",
            "repack",
            "-q",
            "-a",
            "-d",
            "-f",
            "-k",
            "--depth=200",
            "--window=100",
        ],
    );
}

fn paths(report: &Report) -> Vec<&str> {
    assert_eq!(report.problems, []);
    report.findings.iter().map(|finding| finding.path.as_str()).collect()
}

/// Loose and packed, it is found at the same place.
fn found(folder: &Folder, path: &str) {
    assert_eq!(paths(&history(&folder.0)), [path], "loose");
    repack(folder);
    assert_eq!(paths(&history(&folder.0)), [path], "packed");
}

#[test]
fn g_deleted() {
    let folder = fresh();
    folder.write("key", format!("a\nkey={}\n", sendgrid(1)));
    let guilty = commit(&folder, "oops");
    std::fs::remove_file(folder.0.join("key")).unwrap();
    commit(&folder, "remove");
    found(&folder, "key");
    let report = history(&folder.0);
    let finding = &report.findings[0];
    assert_eq!((finding.commit.as_ref(), finding.line, finding.column), (Some(&guilty), 2, 5));
    assert_eq!(finding.author.as_deref(), Some("Ada Example <ada@test.invalid>"));
    assert!(finding.date.is_some());
}

#[test]
fn g_commit_msg() {
    let folder = fresh();
    commit(&folder, &format!("subject\n\nuse {}", sendgrid(1)));
    found(&folder, "<commit message>");
}

#[test]
fn g_tag_msg() {
    let folder = fresh();
    git(&folder.0, &["tag", "-a", "v1", "-m", &format!("use {}", sendgrid(1))]);
    found(&folder, "<tag message>");
}

#[test]
fn g_branch_name() {
    let folder = fresh();
    git(&folder.0, &["branch", &format!("fix-of.{}", sendgrid(1))]);
    git(&folder.0, &["tag", &format!("v1.{}", sendgrid(1))]);
    let (branch, tag) = (
        format!("refs/heads/fix-of.{}", &sendgrid(1)[..4]),
        format!("refs/tags/v1.{}", &sendgrid(1)[..4]),
    );
    let report = history(&folder.0);
    assert_eq!(
        paths(&report),
        [format!("{branch}… (69 characters)"), format!("{tag}… (69 characters)")]
    );
}

#[test]
fn g_filename() {
    let folder = fresh();
    folder.write(format!("sub/{}/x", sendgrid(1)), "x");
    let guilty = commit(&folder, "name");
    std::fs::remove_dir_all(folder.0.join("sub")).unwrap();
    commit(&folder, "remove");
    found(&folder, &format!("sub/{}… (69 characters)", &sendgrid(1)[..4]));
    assert_eq!(history(&folder.0).findings[0].commit, Some(guilty));
}

#[test]
fn g_evil_merge() {
    let folder = fresh();
    git(&folder.0, &["checkout", "-q", "-b", "side"]);
    folder.write("side", "x");
    commit(&folder, "side");
    git(&folder.0, &["checkout", "-q", "main"]);
    folder.write("main", "x");
    commit(&folder, "main");
    git(&folder.0, &["merge", "-q", "--no-commit", "--no-ff", "side"]);
    folder.write("evil", sendgrid(9));
    let merge = commit(&folder, "merge");
    found(&folder, "evil");
    assert_eq!(history(&folder.0).findings[0].commit, Some(merge));
}

/// A token under attributes that keep diffs from being shown.
fn attributed(attributes: &str) {
    let folder = fresh();
    folder.write(".gitattributes", attributes);
    folder.write("key", sendgrid(1));
    commit(&folder, "attributes");
    found(&folder, "key");
}

#[test]
fn g_gitattr_binary() {
    attributed("* binary\n");
}

#[test]
fn g_textconv_nodiff() {
    for attributes in ["* -diff\n", "* diff=none\n", "* -text -diff\n"] {
        attributed(attributes);
    }
}

#[test]
fn g_stash() {
    let folder = fresh();
    folder.write("readme", format!("hello\n{}\n", sendgrid(1)));
    git(&folder.0, &["stash", "-q"]);
    found(&folder, "readme");
}

#[test]
fn g_note() {
    let folder = fresh();
    git(&folder.0, &["notes", "add", "-m", &sendgrid(1)]);
    let commit = git(&folder.0, &["rev-parse", "HEAD"]);
    found(&folder, &commit);
}

#[test]
fn g_other_branch() {
    let folder = fresh();
    git(&folder.0, &["checkout", "-q", "-b", "other"]);
    folder.write("branch", sendgrid(1));
    commit(&folder, "branch");
    git(&folder.0, &["checkout", "-q", "main"]);
    found(&folder, "branch");
}

#[test]
fn g_pull_ref() {
    let folder = fresh();
    git(&folder.0, &["checkout", "-q", "--detach"]);
    folder.write("pull", sendgrid(1));
    let pull = commit(&folder, "pull");
    git(&folder.0, &["update-ref", "refs/pull/7/head", &pull]);
    git(&folder.0, &["checkout", "-q", "main"]);
    found(&folder, "pull");
}

#[test]
fn g_dangling() {
    let folder = fresh();
    folder.write("gone", sendgrid(1));
    let gone = commit(&folder, "gone");
    git(&folder.0, &["reset", "-q", "--hard", "HEAD~1"]);
    git(&folder.0, &["reflog", "expire", "--expire=now", "--all"]);
    let report = history(&folder.0);
    assert_eq!(paths(&report), ["gone"]);
    assert_eq!(report.findings[0].commit, Some(gone));
    folder.write("never", sendgrid(20));
    let blob = git(&folder.0, &["hash-object", "-w", "never"]);
    assert!(paths(&history(&folder.0)).contains(&format!("<blob {blob}>").as_str()));
}

#[test]
fn g_submodule_url() {
    let folder = fresh();
    let config = format!(
        "[submodule \"x\"]\n\tpath = x\n\turl = https://user:{}@host.invalid/x\n",
        sendgrid(1)
    );
    folder.write(".gitmodules", config);
    commit(&folder, "submodule");
    found(&folder, ".gitmodules");
}

#[test]
fn a_secret_at_two_paths_is_told_at_both_and_once_for_each() {
    let folder = fresh();
    for number in 0..4 {
        folder.write("a/one", format!("{number}\nkey={}\n", sendgrid(1)));
        folder.write("b/two", format!("key={}\n{number}\n", sendgrid(1)));
        commit(&folder, "again");
    }
    let report = history(&folder.0);
    assert_eq!(paths(&report), ["a/one", "b/two"]);
    assert_eq!(report.findings[0].fingerprint, report.findings[1].fingerprint);
    assert_eq!(
        report.findings[0].commit,
        Some(git(&folder.0, &["rev-list", "--reverse", "HEAD"]).lines().nth(1).unwrap().to_owned())
    );
}

#[test]
fn alternates_multi_pack_indexes_and_sha_256_are_read() {
    let folder = fresh();
    folder.write("key", sendgrid(1));
    commit(&folder, "key");
    repack(&folder);
    let clone = Folder::new();
    git(&clone.0, &["clone", "-q", "--shared", folder.0.to_str().unwrap(), "."]);
    assert_eq!(paths(&history(&clone.0)), ["key"]);
    folder.write("other", sendgrid(20));
    commit(&folder, "other");
    git(&folder.0, &["repack", "-q", "-d"]);
    git(&folder.0, &["multi-pack-index", "write"]);
    assert_eq!(paths(&history(&folder.0)), ["key", "other"]);
    let long = Folder::new();
    git(&long.0, &["init", "-q", "--object-format=sha256"]);
    long.write("key", sendgrid(1));
    commit(&long, "key");
    found(&long, "key");
}

#[test]
fn broken_packs_and_shallow_clones_are_not_clean() {
    let folder = fresh();
    let mut text = String::new();
    for number in 0..60 {
        text.push_str(&random(number, b"abcdefgh \n", 300));
        folder.write("file", &text);
        commit(&folder, "more");
    }
    repack(&folder);
    let pack = std::fs::read_dir(folder.0.join(".git/objects/pack"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let packs: Vec<_> =
        pack.filter(|path| path.extension().is_some_and(|extension| extension == "pack")).collect();
    let whole = std::fs::read(&packs[0]).unwrap();
    let mut permissions = std::fs::metadata(&packs[0]).unwrap().permissions();
    #[expect(clippy::permissions_set_readonly_false, reason = "a file of this test's own")]
    permissions.set_readonly(false);
    std::fs::set_permissions(&packs[0], permissions).unwrap();
    for at in [4, 12, whole.len() / 3, whole.len() / 2, whole.len() - 30] {
        let mut broken = whole.clone();
        broken[at..at + 8].iter_mut().for_each(|byte| *byte ^= 0xff);
        std::fs::write(&packs[0], &broken).unwrap();
        let report = history(&folder.0);
        assert!(
            report.problems.iter().all(|problem| problem.id == Code::ScanIncomplete),
            "{at}: {report:?}"
        );
        assert!(!report.problems.is_empty() || at == whole.len() - 30, "{at}");
    }
    std::fs::write(&packs[0], &whole[..whole.len() / 2]).unwrap();
    assert!(!history(&folder.0).problems.is_empty());
    std::fs::write(&packs[0], &whole).unwrap();
    assert!(history(&folder.0).problems.is_empty());
    let index = packs[0].with_extension("idx");
    std::fs::remove_file(index).unwrap();
    assert!(!history(&folder.0).problems.is_empty());
    let (there, clone) = (fresh(), Folder::new());
    commit(&there, "second");
    git(&clone.0, &["clone", "-q", "--depth=1", &format!("file://{}", there.0.display()), "."]);
    assert!(history(&clone.0).problems[0].to_string().contains("fetch-depth: 0"));
}

#[test]
fn one_object_that_says_nothing_of_itself_hides_no_other() {
    let folder = fresh();
    folder.write("other", random(7, b"abcdefgh \n", 900));
    folder.write("keys", format!("key = {}\n", sendgrid(3)));
    commit(&folder, "both");
    repack(&folder);
    let other = git(&folder.0, &["rev-parse", "HEAD:other"]);
    let packs = std::fs::read_dir(folder.0.join(".git/objects/pack"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let pack = packs
        .into_iter()
        .find(|path| path.extension().is_some_and(|extension| extension == "pack"))
        .unwrap();
    let listed =
        git(&folder.0, &["verify-pack", "-v", pack.with_extension("idx").to_str().unwrap()]);
    let line = listed.lines().find(|line| line.starts_with(other.trim())).unwrap();
    let offset: usize = line.split_whitespace().nth(4).unwrap().parse().unwrap();
    let mut bytes = std::fs::read(&pack).unwrap();
    // There is no fifth kind of object.
    bytes[offset] = bytes[offset] & 0x8f | 0x50;
    std::fs::remove_file(&pack).unwrap();
    std::fs::write(&pack, &bytes).unwrap();
    let report = history(&folder.0);
    assert!(report.findings.iter().any(|finding| finding.rule == "sendgrid/api-key"), "{report:?}");
    assert!(report.problems.iter().any(|problem| problem.id == Code::ScanIncomplete), "{report:?}");
}

#[test]
fn more_paths_than_anybody_could_count_hold_nothing_up() {
    let folder = fresh();
    folder.write("list", format!("key = {}\n", sendgrid(5)));
    let mut id = git(&folder.0, &["hash-object", "-w", "list"]).trim().to_owned();
    let mut kind = "100644 blob";
    for _ in 0..12 {
        (id, kind) = (ten_times(&folder, kind, &id), "040000 tree");
    }
    let commit = git(&folder.0, &["commit-tree", "-m", "all the same", &id]);
    git(&folder.0, &["update-ref", "refs/heads/bomb", commit.trim()]);
    let report = history(&folder.0);
    assert!(report.findings.iter().any(|finding| finding.rule == "sendgrid/api-key"));
}

/// All that a plain reading of every blob finds: blob, rule, fingerprint, place. Compared by blob,
/// where the report is by path.
fn every_blob(folder: &Folder) -> BTreeSet<(String, String, u64, u64)> {
    let rules = rules();
    let listed = git(&folder.0, &["cat-file", "--batch-all-objects", "--batch-check"]);
    let blobs =
        listed.lines().filter_map(|line| line.split_once(" blob ")).map(|(id, _)| id.to_owned());
    blobs
        .flat_map(|id| {
            let raw = std::process::Command::new("git")
                .current_dir(&folder.0)
                .args(["cat-file", "blob", &id])
                .output()
                .unwrap()
                .stdout;
            placed(&rules, &raw)
                .into_iter()
                .map(move |(rule, line, column)| (id.clone(), rule, line, column))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn by_delta(folder: &Folder) -> BTreeSet<(String, String, u64, u64)> {
    let (mut rules, ignore) = (rules(), Ignore::nothing());
    // A rule without anything to be looked for would have every text read as a whole.
    rules.everywhere.clear();
    super::super::history::in_blobs(&at(&folder.0), &options(&rules, &folder.0, &ignore))
        .into_iter()
        .collect()
}

/// Edits that a delta turns into copies and insertions: keys before old values, values cut by
/// seams, pieces moved, cut and put together.
#[test]
fn reading_deltas_finds_what_reading_every_blob_finds() {
    for seed in 0..6 {
        let folder = fresh();
        let filler = |n: usize| format!("{}\n", random(seed * 1000 + n, b"abcdefghij klm\n=", 700));
        let token = sendgrid(seed);
        let id = uuid(seed + 7);
        let mut texts: Vec<String> = vec![
            [filler(1), filler(2), filler(3), filler(4)].concat(),
            // An id whose word comes later, before it, behind it, too far away, and goes again.
            [filler(1), format!(" {id} "), filler(2), filler(3), filler(4)].concat(),
            [filler(1), format!("hubspot {id} "), filler(2), filler(3), filler(4)].concat(),
            [filler(1), format!("x{id} "), filler(2), filler(3), filler(4)].concat(),
            [filler(1), format!(" {id} "), "hapikey".to_owned(), filler(2), filler(3), filler(4)]
                .concat(),
            [
                filler(1),
                "hubspot".to_owned(),
                " ".repeat(300),
                format!(" {id} "),
                filler(2),
                filler(3),
            ]
            .concat(),
            [filler(1), format!(" {id} "), filler(2), filler(3), filler(4)].concat(),
            // A token that grows together out of pieces that stand elsewhere.
            [filler(1), token[..30].to_owned(), filler(2), token[30..].to_owned(), filler(3)]
                .concat(),
            [filler(1), token[..30].to_owned(), token[30..].to_owned(), filler(2), filler(3)]
                .concat(),
            [filler(2), filler(1), format!("({token})"), filler(3)].concat(),
            [filler(1), format!("({token}a)"), filler(2), filler(3)].concat(),
            [token.clone(), filler(1), filler(2)].concat(),
            [filler(1), filler(2), token.clone()].concat(),
            [filler(1), filler(2), token.clone(), "a".to_owned()].concat(),
            [filler(1), filler(2), token.clone(), "a".repeat(30)].concat(),
            [filler(3), token.clone(), " ".to_owned(), token.clone(), filler(1)].concat(),
            token.clone(),
            String::new(),
        ];
        // Pieces of what was there, in any order, and a byte here and there.
        for number in 0..40 {
            let base = texts[(seed + number * 7) % texts.len()].clone();
            let draw = |salt: usize, below: usize| {
                random(seed * 91 + number * 13 + salt, b"0123456789", 6).parse::<usize>().unwrap()
                    % below.max(1)
            };
            let (a, b) = (draw(1, base.len()), draw(2, base.len()));
            let (a, b) = (a.min(b), a.max(b));
            texts.push(match number % 4 {
                0 => [&base[b..], &base[..a], &base[a..b]].concat(),
                1 => [&base[..a], &base[b..]].concat(),
                2 => [&base[..a], "-", &base[a..]].concat(),
                _ => [&base[..a], &base[a..b], &base[a..b], &base[b..]].concat(),
            });
        }
        for text in &texts {
            folder.write("file", text);
            commit(&folder, "edit");
        }
        let plain = every_blob(&folder);
        assert!(plain.len() > 20, "{}", plain.len());
        assert_eq!(by_delta(&folder), plain, "loose, {seed}");
        repack(&folder);
        assert_eq!(by_delta(&folder), plain, "packed, {seed}");
        for depth in ["1", "4000"] {
            git(
                &folder.0,
                &["repack", "-q", "-a", "-d", "-f", &format!("--depth={depth}"), "--window=50"],
            );
            assert_eq!(by_delta(&folder), plain, "{depth}, {seed}");
        }
    }
}

/// Such a shape reads every byte, so nothing can be carried from base to delta.
#[test]
fn a_shape_without_a_literal_is_found_in_a_history_too() {
    let folder = fresh();
    let value = [32, 8, 8].map(|length| random(length, b"0123456789abcdef", length)).join("-");
    folder.write("key", format!("a\n{value}\n"));
    commit(&folder, "key");
    folder.write("key", format!("a\n{value}\nand more\n"));
    commit(&folder, "more");
    found(&folder, "key");
}
