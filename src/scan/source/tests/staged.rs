//! What is staged: the index counts, not the disk.

use std::path::Path;

use super::range::{commit, git};
use crate::scan::tests::support::{Folder, at, options, rules, sendgrid};
use crate::scan::{Ignore, Report, Source, scan};

fn staged(folder: &Path) -> Report {
    let source = Source::Staged { repository: at(folder), or_everything: false };
    scan(&source, &options(&rules(), folder, &Ignore::nothing()), &|_| {})
}

fn paths(report: &Report) -> Vec<&str> {
    assert_eq!(report.problems, []);
    report.findings.iter().map(|finding| finding.path.as_str()).collect()
}

#[test]
fn the_index_is_read_and_not_the_disk() {
    let folder = Folder::new();
    git(&folder.0, &["init", "-q"]);
    folder.write("first", sendgrid(1));
    assert_eq!(paths(&staged(&folder.0)), [""; 0]);
    git(&folder.0, &["add", "first"]);
    assert_eq!(paths(&staged(&folder.0)), ["first"]);
    commit(&folder, "first");
    assert_eq!(staged(&folder.0), Report::default());
    folder.write("new\nline", format!("a\n{}", sendgrid(20)));
    folder.write(".gitattributes", "* binary\n");
    git(&folder.0, &["add", "-A"]);
    git(&folder.0, &["rm", "-q", "--cached", "first"]);
    folder.write("new\nline", "clean by now");
    folder.write("not-staged", sendgrid(40));
    let report = staged(&folder.0);
    assert_eq!(paths(&report), ["new\nline"]);
    assert_eq!(
        (report.findings[0].line, report.findings[0].column, report.findings[0].commit.clone()),
        (2, 1, None)
    );
}

#[test]
fn a_name_that_is_a_token_is_found_before_it_is_committed() {
    let folder = Folder::new();
    git(&folder.0, &["init", "-q"]);
    folder.write(sendgrid(1), "x");
    git(&folder.0, &["add", "-A"]);
    assert_eq!(paths(&staged(&folder.0)), [format!("{}… (69 characters)", &sendgrid(1)[..4])]);
}
