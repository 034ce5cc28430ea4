//! Ranges of commits: nothing that was ever in one is missed, and the commit that brought it is
//! named.

use std::path::Path;
use std::process::Command;

use crate::domain::Code;
use crate::scan::tests::support::{Folder, at, options, rules, sendgrid};
use crate::scan::{Ignore, Report, Source, scan};

pub(in crate::scan) fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    command.args([
        "-c",
        "user.name=Ada Example",
        "-c",
        "user.email=ada@test.invalid",
        "-c",
        "protocol.file.allow=always",
        "-c",
        "init.defaultBranch=main",
    ]);
    let out = command.args(arguments).output().unwrap();
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

pub(in crate::scan) fn commit(folder: &Folder, message: &str) -> String {
    git(&folder.0, &["add", "-A", "-f"]);
    git(&folder.0, &["commit", "-q", "--allow-empty", "-m", message]);
    git(&folder.0, &["rev-parse", "HEAD"])
}

/// A tree with one thing in it ten times.
pub(super) fn ten_times(folder: &Folder, kind: &str, id: &str) -> String {
    let list = std::env::temp_dir().join(format!("tokenward-list-{}-{id}", std::process::id()));
    std::fs::write(&list, (0..10).map(|name| format!("{kind} {id}\t{name}\n")).collect::<String>())
        .unwrap();
    let output = Command::new("git")
        .current_dir(&folder.0)
        .arg("mktree")
        .stdin(std::fs::File::open(&list).unwrap())
        .output()
        .unwrap();
    std::fs::remove_file(&list).unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

pub(in crate::scan) fn repository() -> (Folder, String) {
    let folder = Folder::new();
    git(&folder.0, &["init", "-q"]);
    folder.write("old", sendgrid(90));
    let base = commit(&folder, "base");
    (folder, base)
}

pub(super) fn range(folder: &Path, from: &str, to: &str, ignore: &Ignore) -> Report {
    let source = Source::Range {
        repository: at(folder),
        remote: None,
        from: from.to_owned(),
        to: to.to_owned(),
    };
    scan(&source, &options(&rules(), folder, ignore), &|_| {})
}

fn told(report: &Report) -> Vec<(&str, &str)> {
    report
        .findings
        .iter()
        .map(|finding| (finding.path.as_str(), finding.commit.as_deref().unwrap_or("-")))
        .collect()
}

#[test]
fn a_token_taken_out_again_is_found_in_the_commit_that_brought_it() {
    let (folder, base) = repository();
    commit(&folder, "nothing");
    folder.write("new", format!("a\nkey: {}\n", sendgrid(1)));
    let guilty = commit(&folder, "oops");
    folder.write("new", "a\n");
    commit(&folder, "remove");
    let report = range(&folder.0, &base, "HEAD", &Ignore::nothing());
    assert_eq!(report.problems, []);
    assert_eq!(told(&report), [("new", guilty.as_str())]);
    let finding = &report.findings[0];
    assert_eq!((finding.line, finding.column), (2, 6));
    assert_eq!(finding.author.as_deref(), Some("Ada Example <ada@test.invalid>"));
    assert!(finding.date.is_some());
}

#[test]
fn what_only_a_merge_commit_has_is_found() {
    let (folder, base) = repository();
    git(&folder.0, &["checkout", "-q", "-b", "side"]);
    folder.write("side", format!("{}\n", sendgrid(1)));
    let side = commit(&folder, "side");
    git(&folder.0, &["checkout", "-q", "main"]);
    folder.write("main", "x");
    commit(&folder, "main");
    git(&folder.0, &["merge", "-q", "--no-commit", "--no-ff", "side"]);
    folder.write("evil", format!("{}\n", sendgrid(9)));
    let merge = commit(&folder, "merge");
    let report = range(&folder.0, &base, "main", &Ignore::nothing());
    assert_eq!(told(&report), [("evil", merge.as_str()), ("side", side.as_str())]);
}

#[test]
fn attributes_messages_odd_names_and_names_that_are_tokens_hide_nothing() {
    let (folder, base) = repository();
    folder.write(".gitattributes", "* binary -diff\n");
    for name in ["new\nline", "quo\"te", "tab\t", " -n", "é"] {
        folder.write(name, sendgrid(1));
    }
    folder.write(format!("keys/{}.txt", sendgrid(20)), "x");
    #[cfg(target_os = "linux")]
    folder.write(
        <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"caf\xe9"),
        sendgrid(1),
    );
    let head = commit(&folder, &format!("subject\n\nuse {}\n", sendgrid(30)));
    let report = range(&folder.0, &base, &head, &Ignore::nothing());
    let paths: Vec<_> = report.findings.iter().map(|finding| finding.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            " -n",
            "<commit message>",
            "caf\u{fffd}",
            "keys/SG.e… (69 characters).txt".replace("SG.e", &sendgrid(20)[..4]).as_str(),
            "new\nline",
            "quo\"te",
            "tab\t",
            "é"
        ]
    );
    assert_eq!((report.findings[1].line, report.findings[1].column), (3, 5));
    assert!(report.findings.iter().all(|finding| finding.commit.as_ref() == Some(&head)));
}

#[test]
fn a_range_without_commits_is_clean_and_ignored_paths_are_counted() {
    let (folder, base) = repository();
    assert_eq!(range(&folder.0, &base, &base, &Ignore::nothing()), Report::default());
    folder.write("vendor/a", sendgrid(1));
    commit(&folder, "vendor");
    let ignore = Ignore::new(&["vendor/"]).unwrap();
    let report = range(&folder.0, &base, "HEAD", &ignore);
    assert_eq!((report.findings.len(), report.ignored), (0, 1));
    // The same content elsewhere is not covered by that glob.
    folder.write("src/a", sendgrid(1));
    commit(&folder, "src");
    assert_eq!(range(&folder.0, &base, "HEAD", &ignore).findings.len(), 1);
}

#[test]
fn names_that_are_no_commits_are_refused_before_git_sees_them() {
    let (folder, base) = repository();
    for bad in ["", "--all", "-n1", "^HEAD", "HEAD..HEAD", "HEAD:old", "a b", "a\nb"] {
        let report = range(&folder.0, &base, bad, &Ignore::nothing());
        assert_eq!(
            report.problems.iter().map(|problem| problem.id).collect::<Vec<_>>(),
            [Code::Usage],
            "{bad:?}"
        );
    }
}

#[test]
fn a_commit_that_was_not_fetched_is_a_problem_that_says_what_to_do() {
    let (folder, base) = repository();
    for number in 0..3 {
        folder.write("f", format!("{number}"));
        commit(&folder, "more");
    }
    let clone = Folder::new();
    let url = format!("file://{}", folder.0.display());
    git(&clone.0, &["clone", "-q", "--depth", "1", &url, "."]);
    let report = range(&clone.0, &base, "HEAD", &Ignore::nothing());
    assert_eq!(report.problems.len(), 1);
    assert_eq!(report.problems[0].id, Code::ScanIncomplete);
    assert!(report.problems[0].to_string().contains("fetch-depth: 0"));
}

#[test]
fn a_clone_that_ends_inside_the_range_is_a_problem() {
    let (folder, base) = repository();
    for number in 0..3 {
        folder.write("f", format!("{number}"));
        commit(&folder, "more");
    }
    let clone = Folder::new();
    let url = format!("file://{}", folder.0.display());
    git(&clone.0, &["clone", "-q", "--depth", "2", &url, "."]);
    git(&clone.0, &["fetch", "-q", "--depth", "1", "origin", &format!("{base}:refs/heads/base")]);
    let report = range(&clone.0, "base", "HEAD", &Ignore::nothing());
    assert_eq!(report.problems.len(), 1, "{report:?}");
    assert!(report.problems[0].to_string().contains("fetch-depth: 0"));
}

#[test]
fn a_blob_that_is_not_there_is_a_problem() {
    let (folder, base) = repository();
    folder.write("gone", "soon gone");
    commit(&folder, "gone");
    let blob = git(&folder.0, &["rev-parse", "HEAD:gone"]);
    std::fs::remove_file(folder.0.join(".git/objects").join(&blob[..2]).join(&blob[2..])).unwrap();
    let report = range(&folder.0, &base, "HEAD", &Ignore::nothing());
    assert_eq!(
        report.problems.iter().map(|problem| problem.id).collect::<Vec<_>>(),
        [Code::ScanIncomplete],
        "{report:?}"
    );
}

#[test]
fn a_commit_with_more_paths_than_anybody_could_count_is_incomplete_and_its_leak_is_told() {
    let (folder, base) = repository();
    for content in ["nothing", &sendgrid(1)] {
        folder.write("new", content);
        git(&folder.0, &["add", "new"]);
        let mut tree = git(&folder.0, &["write-tree"]);
        for _ in 0..9 {
            tree = ten_times(&folder, "040000 tree", &tree);
        }
        let bomb = git(&folder.0, &["commit-tree", "-p", &base, "-m", "all the same", &tree]);
        let report = range(&folder.0, &base, &bomb, &Ignore::nothing());
        assert_eq!(
            report.problems.iter().map(|problem| problem.id).collect::<Vec<_>>(),
            [Code::ScanIncomplete]
        );
        assert_eq!(report.findings.is_empty(), content == "nothing");
    }
}

/// A commit after another, of this tree.
fn commit_of(folder: &Folder, tree: &str, parent: &str) -> String {
    git(&folder.0, &["commit-tree", "-p", parent, "-m", "a tree", tree])
}

/// The same in itself ten times, so often.
fn levels(folder: &Folder, tree: String, count: usize) -> String {
    (0..count).fold(tree, |tree, _| ten_times(folder, "040000 tree", &tree))
}

fn is_incomplete(folder: &Folder, from: &str, to: &str) -> bool {
    let report = range(&folder.0, from, to, &Ignore::nothing());
    assert!(report.problems.iter().all(|problem| problem.id == Code::ScanIncomplete));
    !report.problems.is_empty()
}

#[test]
fn paths_that_a_commit_takes_away_or_has_from_old_trees_are_counted_too() {
    let (folder, base) = repository();
    let clean = git(&folder.0, &["rev-parse", "HEAD^{tree}"]);
    let wide = levels(&folder, clean.clone(), 2);
    let bomb = levels(&folder, clean.clone(), 14);
    let of = |tree: &str, parent: &str| commit_of(&folder, tree, parent);
    let (blown, grown) = (of(&bomb, &base), of(&wide, &base));
    // Brought, and taken away again, in one range or after it was there.
    let away = of(&clean, &blown);
    assert!(is_incomplete(&folder, &base, &away));
    assert!(is_incomplete(&folder, &blown, &away));
    // Many times what was there before.
    assert!(!is_incomplete(&folder, &grown, &of(&levels(&folder, wide.clone(), 1), &grown)));
    assert!(is_incomplete(&folder, &grown, &of(&levels(&folder, wide, 6), &grown)));
    // Folders without a file are gone through like others.
    let empty = git(&folder.0, &["hash-object", "-t", "tree", "-w", "/dev/null"]);
    assert!(is_incomplete(&folder, &base, &of(&levels(&folder, empty, 14), &base)));
    // One that stays as it was is not gone through.
    folder.write("beside", sendgrid(1));
    let blob = git(&folder.0, &["hash-object", "-w", "beside"]);
    let list = Folder::new();
    let beside = |blobs: usize| {
        let lines: String =
            (0..blobs).map(|number| format!("100644 blob {blob}\tbeside{number}\n")).collect();
        list.write("list", format!("{lines}040000 tree {bomb}\tbomb\n"));
        let mktree = Command::new("git")
            .current_dir(&folder.0)
            .arg("mktree")
            .stdin(std::fs::File::open(list.0.join("list")).unwrap())
            .output();
        String::from_utf8(mktree.unwrap().stdout).unwrap().trim().to_owned()
    };
    let old = of(&beside(0), &base);
    let new = of(&beside(1), &old);
    let report = range(&folder.0, &old, &new, &Ignore::nothing());
    assert_eq!(told(&report), [("beside0", new.as_str())]);
    assert_eq!(report.problems, []);
}
