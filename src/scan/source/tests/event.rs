//! Events of GitHub, in full and in shallow clones: what is missing is fetched, or the report says
//! that it is not clean.

use std::path::Path;

use super::git_http::GitServer;
use super::range::{commit, git};
use crate::domain::Code;
use crate::domain::event::{Base, Brings, Event};
use crate::git::Remote;
use crate::scan::tests::support::{Folder, at, options, rules, sendgrid};
use crate::scan::{Ignore, Report, Source, scan};

/// A checkout, and the server it is of, if it can be reached.
struct Clone {
    folder: Folder,
    server: Option<GitServer>,
}

/// A repository as GitHub has it: `main` with an old token, and on `fix` one that a later commit
/// takes out again.
struct Origin {
    folder: Folder,
    base: String,
    guilty: String,
    head: String,
}

fn origin() -> Origin {
    let folder = Folder::new();
    git(&folder.0, &["init", "-q"]);
    folder.write("old", sendgrid(90));
    let base = commit(&folder, "base");
    git(&folder.0, &["checkout", "-q", "-b", "fix"]);
    folder.write("new", sendgrid(1));
    let guilty = commit(&folder, "oops");
    folder.write("new", "clean");
    commit(&folder, "remove");
    folder.write("more", "more");
    let head = commit(&folder, "more");
    git(&folder.0, &["checkout", "-q", "main"]);
    folder.write("main", "moved on");
    commit(&folder, "main moves on");
    Origin { folder, base, guilty, head }
}

/// A clone as `actions/checkout` makes it.
fn checkout(origin: &Folder, branch: &str, depth: Option<&str>) -> Clone {
    let clone = Folder::new();
    let url = format!("file://{}", origin.0.display());
    let mut arguments = vec!["clone", "-q", "--no-tags", "--single-branch", "--branch", branch];
    let depth = depth.map(|depth| format!("--depth={depth}"));
    arguments.extend(depth.as_deref());
    arguments.extend([url.as_str(), "."]);
    git(&clone.0, &arguments);
    // Its own config leads nowhere: it is not used.
    git(&clone.0, &["remote", "set-url", "origin", "file:///nowhere/at/all"]);
    Clone { folder: clone, server: Some(GitServer::of(&origin.0)) }
}

fn event(brings: Brings, refs: &[&str]) -> Event {
    Event {
        name: "test".to_owned(),
        brings,
        commit: None,
        refs: refs.iter().map(|name| (*name).to_owned()).collect(),
        texts: Vec::new(),
    }
}

fn commits(head: &str, bases: Vec<Base>, or_everything: bool) -> Brings {
    Brings::Commits { head: head.to_owned(), bases, or_everything, about: 2 }
}

fn scanned(clone: &Clone, event: Event) -> Report {
    let remote =
        clone.server.as_ref().map(|server| Remote::new(&server.url(), "acme/site", None).unwrap());
    let folder: &Path = &clone.folder.0;
    let source = Source::Event { repository: at(folder), remote, event };
    scan(&source, &options(&rules(), folder, &Ignore::nothing()), &|_| {})
}

fn told(report: &Report) -> Vec<(&str, &str)> {
    assert_eq!(report.problems, []);
    report
        .findings
        .iter()
        .map(|finding| (finding.path.as_str(), finding.commit.as_deref().unwrap_or("-")))
        .collect()
}

#[test]
fn a_shallow_clone_fetches_what_a_pull_request_lacks() {
    let there = origin();
    let main = git(&there.folder.0, &["rev-parse", "main"]);
    for base in [&there.base, &main] {
        for depth in [Some("1"), Some("3"), None] {
            for branch in ["main", "fix"] {
                let clone = checkout(&there.folder, branch, depth);
                let brings = commits(&there.head, vec![Base::Commit(base.clone())], false);
                let report = scanned(&clone, event(brings, &[]));
                assert_eq!(told(&report), [("new", there.guilty.as_str())], "{depth:?} {branch}");
            }
        }
    }
}

#[test]
fn of_a_merge_its_own_content_counts_and_nothing_of_its_base() {
    let there = origin();
    let folder = &there.folder;
    folder.write("main", sendgrid(70));
    folder.write(format!("names/{}", sendgrid(71)), "x");
    let main = commit(folder, "a leak of the base");
    git(&folder.0, &["checkout", "-q", "-b", "pull"]);
    git(&folder.0, &["merge", "-q", "--no-ff", "--no-commit", "fix"]);
    folder.write("evil", sendgrid(20));
    folder.write(format!("evil.{}", sendgrid(21)), "x");
    let merge = commit(folder, "merge");
    for base in [&there.base, &main] {
        for depth in [Some("1"), Some("2"), Some("3"), None] {
            for branch in ["pull", "main", "fix"] {
                let clone = checkout(folder, branch, depth);
                let brings = commits(&there.head, vec![Base::Commit(base.clone())], false);
                let report =
                    scanned(&clone, Event { commit: Some(merge.clone()), ..event(brings, &[]) });
                let name = format!("evil.{}… (69 characters)", &sendgrid(21)[..4]);
                let expected = [
                    ("evil", merge.as_str()),
                    (name.as_str(), merge.as_str()),
                    ("new", there.guilty.as_str()),
                ];
                assert_eq!(told(&report), expected, "{depth:?} {branch}");
            }
        }
    }
    // Of the base itself, or of a merge of other commits, nothing counts.
    for commit in [&main, &there.base, &there.guilty] {
        let clone = checkout(folder, "pull", Some("1"));
        let brings = commits(&there.guilty, vec![Base::Commit(there.base.clone())], false);
        let report = scanned(&clone, Event { commit: Some(commit.clone()), ..event(brings, &[]) });
        assert_eq!(told(&report), [("new", there.guilty.as_str())]);
    }
    let clone = checkout(folder, "pull", Some("1"));
    let brings = commits(&there.guilty, vec![Base::Commit(there.base.clone())], false);
    let report = scanned(&clone, Event { commit: Some(merge), ..event(brings, &[]) });
    assert_eq!(told(&report), [("new", there.guilty.as_str())]);
}

#[test]
fn a_clone_is_made_as_deep_as_the_range_is_long() {
    let folder = Folder::new();
    git(&folder.0, &["init", "-q"]);
    folder.write("old", sendgrid(90));
    let base = commit(&folder, "base");
    folder.write("new", sendgrid(1));
    let guilty = commit(&folder, "oops");
    for number in 0..120 {
        git(&folder.0, &["commit", "-q", "--allow-empty", "-m", &format!("{number}")]);
    }
    let head = git(&folder.0, &["rev-parse", "HEAD"]);
    let clone = checkout(&folder, "main", Some("1"));
    let report = scanned(&clone, event(commits(&head, vec![Base::Commit(base)], false), &[]));
    assert_eq!(told(&report), [("new", guilty.as_str())]);
}

#[test]
fn a_base_that_is_the_head_is_clean() {
    let there = origin();
    let clone = checkout(&there.folder, "fix", Some("1"));
    let brings = commits(&there.head, vec![Base::Commit(there.head.clone())], false);
    assert_eq!(scanned(&clone, event(brings, &[])), Report::default());
}

#[test]
fn without_its_remote_a_shallow_clone_is_not_clean_and_says_what_to_set() {
    let there = origin();
    let mut clone = checkout(&there.folder, "fix", Some("2"));
    std::fs::remove_dir_all(there.folder.0.join(".git")).unwrap();
    for bases in [vec![Base::Commit(there.base.clone())], vec![]] {
        let report = scanned(&clone, event(commits(&there.head, bases, false), &[]));
        assert_eq!(
            report.problems.iter().map(|problem| problem.id).collect::<Vec<_>>(),
            [Code::ScanIncomplete]
        );
        assert!(
            report.problems[0].to_string().contains("fetch-depth: 0"),
            "{}",
            report.problems[0]
        );
    }
    clone.server = None;
    let report = scanned(&clone, event(Brings::Everything, &[]));
    assert!(report.problems[0].to_string().contains("fetch-depth: 0"), "{}", report.problems[0]);
}

#[test]
fn a_new_branch_is_compared_to_the_default_branch() {
    let there = origin();
    for depth in [Some("1"), None] {
        let clone = checkout(&there.folder, "fix", depth);
        let report = scanned(
            &clone,
            event(commits(&there.head, vec![Base::Branch("main".to_owned())], true), &[]),
        );
        assert_eq!(told(&report), [("new", there.guilty.as_str())]);
    }
}

#[test]
fn after_a_forced_push_whose_old_commit_is_gone_the_default_branch_or_everything_is_compared() {
    let there = origin();
    let gone = Base::Commit("f".repeat(40));
    let clone = checkout(&there.folder, "fix", Some("1"));
    let report = scanned(
        &clone,
        event(commits(&there.head, vec![gone.clone(), Base::Branch("main".to_owned())], true), &[]),
    );
    assert_eq!(told(&report), [("new", there.guilty.as_str())]);
    let report = scanned(&clone, event(commits(&there.head, vec![gone.clone()], true), &[]));
    assert_eq!(told(&report), [("new", there.guilty.as_str()), ("old", there.base.as_str())]);
    // Of a pull request the base has to be had.
    let report = scanned(&clone, event(commits(&there.head, vec![gone], false), &[]));
    assert_eq!(report.problems.len(), 1);
}

#[test]
fn a_first_push_and_a_schedule_are_about_everything() {
    let there = origin();
    for brings in [commits(&there.head, vec![], true), Brings::Everything] {
        let clone = checkout(&there.folder, "fix", Some("1"));
        let report = scanned(&clone, event(brings, &[]));
        assert_eq!(told(&report), [("new", there.guilty.as_str()), ("old", there.base.as_str())]);
    }
}

#[test]
fn a_tag_is_read_with_its_message_and_names_of_branches_are_read() {
    let there = origin();
    git(
        &there.folder.0,
        &["tag", "-a", "v1", "-m", &format!("release\n\nuse {}", sendgrid(7)), "main"],
    );
    let tag = git(&there.folder.0, &["rev-parse", "v1"]);
    let clone = checkout(&there.folder, "main", Some("1"));
    let name = format!("refs/heads/{}", sendgrid(40));
    let report = scanned(
        &clone,
        event(commits(&tag, vec![Base::Branch("main".to_owned())], true), &[&name]),
    );
    let shown = format!("refs/heads/{}… (69 characters)", &sendgrid(40)[..4]);
    assert_eq!(told(&report), [("<tag message>", tag.as_str()), (shown.as_str(), "-")]);
    assert_eq!((report.findings[0].line, report.findings[0].column), (3, 5));
}

#[test]
fn a_branch_that_was_deleted_brings_nothing() {
    let there = origin();
    let clone = Clone { folder: there.folder, server: None };
    assert_eq!(scanned(&clone, event(Brings::Nothing, &[])), Report::default());
}
