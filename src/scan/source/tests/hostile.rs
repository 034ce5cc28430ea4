//! What is made to be too much: it ends, it is told, and nothing hides behind it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::domain::Code;
use crate::scan::tests::support::{Folder, options, rules, sendgrid};
use crate::scan::{Ignore, Report, Source, scan};

fn tree(folder: &Path) -> Report {
    let source = Source::Tree { roots: vec![folder.to_owned()] };
    scan(&source, &options(&rules(), folder, &Ignore::nothing()), &|_| {})
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
#[test]
fn a_file_of_ten_gigabytes_of_nothing_costs_nothing_and_hides_nothing() {
    use std::os::unix::fs::FileExt as _;
    let folder = Folder::new();
    let file = File::create(folder.0.join("disk.img")).unwrap();
    file.set_len(10 << 30).unwrap();
    file.write_all_at(format!("\nA={}\n", sendgrid(1)).as_bytes(), 5 << 30).unwrap();
    file.write_all_at(format!("\nB={}\n", sendgrid(20)).as_bytes(), (10 << 30) - 500).unwrap();
    // A file whose whole end was never written.
    File::create(folder.0.join("hollow")).unwrap().set_len(10 << 30).unwrap();
    let report = tree(&folder.0);
    let places: Vec<_> =
        report.findings.iter().map(|finding| (finding.path.as_str(), finding.line)).collect();
    assert_eq!(places, [("disk.img", 2), ("disk.img", 4)]);
    assert!(
        report.problems.is_empty() && report.bytes < 100 << 20,
        "{} bytes were read",
        report.bytes
    );
}

#[test]
fn a_million_lines_and_one_line_without_end_are_read_to_the_last() {
    let folder = Folder::new();
    folder.write("many", format!("{}KEY={}\n", "x\n".repeat(1_000_000), sendgrid(1)));
    folder.write("one", format!("{}KEY={}", "word ".repeat(1 << 20), sendgrid(20)));
    let report = tree(&folder.0);
    let places: Vec<_> = report
        .findings
        .iter()
        .map(|finding| (finding.path.as_str(), finding.line, finding.column))
        .collect();
    assert_eq!(places, [("many", 1_000_001, 5), ("one", 1, (5 << 20) + 5)]);
}

#[cfg(target_os = "linux")]
#[test]
fn folders_too_deep_to_be_opened_are_told() {
    let folder = Folder::new();
    let deep = |name: &str| (0..12).fold(PathBuf::new(), |path, _| path.join(name.repeat(200)));
    fs::create_dir_all(folder.0.join("a").join(deep("a"))).unwrap();
    fs::create_dir_all(folder.0.join("b").join(deep("b"))).unwrap();
    folder.write(Path::new("b").join(deep("b")).join("key"), sendgrid(1));
    assert_eq!(tree(&folder.0).findings.len(), 1);
    // Together they are longer than any path that the system opens.
    fs::rename(folder.0.join("b"), folder.0.join("a").join(deep("a")).join("b")).unwrap();
    let report = tree(&folder.0);
    assert!(
        !report.problems.is_empty()
            && report.problems.iter().all(|problem| problem.id == Code::ScanIncomplete)
    );
}
