//! Whatever a report says, it never says a value.

use std::io::{self, Read};

use super::range::{commit, git, range, repository};
use crate::scan::tests::support::{Folder, options, rules, sendgrid};
use crate::scan::{Ignore, Report, Source, scan, scan_reader};

fn assert_silent(report: &Report, values: &[String]) {
    let shown = format!(
        "{report:?}{}{}",
        serde_json::to_string(report).unwrap(),
        report.problems.iter().map(ToString::to_string).collect::<String>()
    );
    for value in values {
        assert!(!shown.contains(value) && !shown.contains(&value[8..30]), "a value got out");
    }
}

#[test]
fn no_value_is_in_a_report_of_a_tree() {
    let folder = Folder::new();
    let values = [sendgrid(1), sendgrid(40), sendgrid(60)];
    folder.write(format!("a/{}/b", values[1]), format!("x {}\n", values[0]));
    let roots = vec![folder.0.clone(), folder.0.join(&values[2])];
    let report =
        scan(&Source::Tree { roots }, &options(&rules(), &folder.0, &Ignore::nothing()), &|_| {});
    assert_eq!((report.findings.len(), report.problems.len()), (2, 1));
    assert_silent(&report, &values);
}

#[test]
fn no_value_is_in_a_report_of_a_range() {
    let (folder, base) = repository();
    let values = [sendgrid(1), sendgrid(40), sendgrid(60), sendgrid(80)];
    folder.write(&values[0], &values[1]);
    git(&folder.0, &["add", "-A"]);
    git(
        &folder.0,
        &["commit", "-q", "-m", &values[2], "--author", &format!("{} <a@test.invalid>", values[3])],
    );
    let report = range(&folder.0, &base, "HEAD", &Ignore::nothing());
    assert_eq!(report.findings.len(), 4);
    assert_silent(&report, &values);
    commit(&folder, "next");
    let report = range(&folder.0, &values[0], "HEAD", &Ignore::nothing());
    assert_eq!(report.problems.len(), 1);
    assert_silent(&report, &values);
}

#[test]
fn a_stream_that_breaks_is_a_problem_and_its_findings_stay() {
    struct Broken(String);
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other(self.0.clone()))
        }
    }
    let values = [sendgrid(1), sendgrid(40)];
    let text = format!("\n key={}\n", values[0]);
    let mut reader = text.as_bytes().chain(Broken(values[1].clone()));
    let folder = Folder::new();
    let report = scan_reader(
        &mut reader,
        "<stdin>",
        &options(&rules(), &folder.0, &Ignore::nothing()),
        &|_| {},
    );
    assert_eq!((report.findings.len(), report.problems.len()), (1, 1));
    assert_eq!(
        (report.findings[0].path.as_str(), report.findings[0].line, report.findings[0].column),
        ("<stdin>", 2, 6)
    );
    assert_silent(&report, &values);
}
