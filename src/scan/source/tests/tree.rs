//! Trees: nothing hides, everything unreadable is told.

use std::path::{Path, PathBuf};

use crate::domain::{Code, ProviderId, Salt, Secret, TokenName};
use crate::scan::tests::support::{Folder, options, rules, sendgrid};
use crate::scan::{Ignore, Known, Report, Source, scan};

fn scan_all(roots: &[&Path], base: &Path, ignore: &Ignore) -> Report {
    let source = Source::Tree { roots: roots.iter().map(PathBuf::from).collect() };
    scan(&source, &options(&rules(), base, ignore), &|_| {})
}

fn scan_folder(folder: &Folder) -> Report {
    scan_all(&[&folder.0], &folder.0, &Ignore::nothing())
}

fn paths(report: &Report) -> Vec<&str> {
    report.findings.iter().map(|finding| finding.path.as_str()).collect()
}

#[test]
fn nothing_in_the_tree_hides_a_part_of_it() {
    let folder = Folder::new();
    let line = format!("KEY={}\n", sendgrid(1));
    for path in [
        "a.env",
        ".hidden/.env",
        "ignored.txt",
        "node_modules/x/index.js",
        "image.png",
        "target/o",
        "dep.lock",
        "sub/.github/w.yml",
    ] {
        folder.write(path, &line);
    }
    folder.write(".gitignore", "*.txt\ntarget\n");
    folder.write(".ignore", "*\n");
    folder.write(".gitattributes", "* -diff binary\n");
    folder.write("binary", [b"\0\x01\xff\xfe\0", line.as_bytes(), b"\0\0"].concat());
    folder.write(".git/config", &line);
    let report = scan_folder(&folder);
    assert_eq!(
        paths(&report),
        [
            ".git/config",
            ".hidden/.env",
            "a.env",
            "binary",
            "dep.lock",
            "ignored.txt",
            "image.png",
            "node_modules/x/index.js",
            "sub/.github/w.yml",
            "target/o"
        ]
    );
    assert!(report.problems.is_empty());
    assert_eq!((report.files, report.ignored), (13, 0));
}

#[test]
fn globs_of_the_user_leave_out_and_are_counted() {
    let folder = Folder::new();
    for path in ["tests/fixtures/a", "tests/b", "c.snap"] {
        folder.write(path, sendgrid(1));
    }
    let ignore = Ignore::new(&["tests/fixtures/**", "*.snap"]).unwrap();
    let report = scan_all(&[&folder.0], &folder.0, &ignore);
    assert_eq!(paths(&report), ["tests/b"]);
    assert_eq!(report.ignored, 2);
    // A root that lies below is still asked about from the base.
    assert!(
        scan_all(&[&folder.0.join("tests/fixtures/a")], &folder.0, &ignore).findings.is_empty()
    );
}

#[test]
fn an_empty_folder_is_clean_and_a_missing_one_is_not() {
    let folder = Folder::new();
    assert_eq!(scan_folder(&folder), Report::default());
    let report = scan_all(&[&folder.0.join("nowhere")], &folder.0, &Ignore::nothing());
    assert_eq!(report.problems.len(), 1);
    assert_eq!(report.problems[0].id, Code::ScanIncomplete);
}

#[test]
fn two_roots_are_scanned_and_told_from_the_base() {
    let folder = Folder::new();
    folder.write("a/x", sendgrid(1));
    folder.write("b/y", sendgrid(2));
    let roots = [folder.0.join("a"), folder.0.join("b/y")];
    assert_eq!(
        paths(&scan_all(&[&roots[0], &roots[1]], &folder.0, &Ignore::nothing())),
        ["a/x", "b/y"]
    );
    assert_eq!(paths(&scan_all(&[&roots[0]], Path::new("/nowhere"), &Ignore::nothing())), ["x"]);
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_not_followed_and_odd_names_are_kept() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = Folder::new();
    std::os::unix::fs::symlink(&folder.0, folder.0.join("loop")).unwrap();
    assert!(
        std::process::Command::new("mkfifo").arg(folder.0.join("pipe")).status().unwrap().success()
    );
    for name in [&b"new\nline"[..], b"quo\"te'", b"caf\xe9", b" -rf"] {
        folder.write(std::ffi::OsStr::from_bytes(name), sendgrid(1));
    }
    let report = scan_folder(&folder);
    assert_eq!(paths(&report), [" -rf", "caf\u{fffd}", "new\nline", "quo\"te'"]);
    assert!(report.problems.is_empty());
}

#[cfg(unix)]
#[test]
fn a_link_s_own_text_is_read_and_what_it_leads_to_is_not() {
    let (folder, outside) = (Folder::new(), Folder::new());
    outside.write("secret", sendgrid(1));
    let lay = |target: &Path, name: &str| {
        std::os::unix::fs::symlink(target, folder.0.join(name)).unwrap()
    };
    lay(&outside.0.join("secret"), "out");
    lay(&outside.0, "folder");
    lay(Path::new(&sendgrid(2)), "nowhere");
    lay(Path::new(&format!("{}/../x", sendgrid(3))), "x");
    let report = scan_folder(&folder);
    assert_eq!((paths(&report), report.files, report.problems.len()), (vec!["nowhere", "x"], 4, 0));
    // One that was named is read as both.
    folder.write(sendgrid(3), "");
    std::fs::remove_file(folder.0.join("x")).unwrap();
    std::fs::create_dir_all(folder.0.join("sub")).unwrap();
    std::os::unix::fs::symlink(format!("../{}", sendgrid(3)), folder.0.join("sub/x")).unwrap();
    assert_eq!(
        paths(&scan_all(&[&folder.0.join("sub/x")], &folder.0, &Ignore::nothing())),
        ["sub/x"]
    );
    assert_eq!(paths(&scan_all(&[&folder.0.join("out")], &folder.0, &Ignore::nothing())), ["out"]);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    folder.write("secret", "x");
    folder.write("shut/x", "x");
    for path in ["secret", "shut"] {
        std::fs::set_permissions(folder.0.join(path), std::fs::Permissions::from_mode(0o000))
            .unwrap();
    }
    let is_root = std::fs::File::open(folder.0.join("secret")).is_ok();
    let report = scan_folder(&folder);
    std::fs::set_permissions(folder.0.join("shut"), std::fs::Permissions::from_mode(0o700))
        .unwrap();
    if !is_root {
        assert_eq!(report.problems.len(), 2);
        assert!(
            report
                .problems
                .iter()
                .all(|problem| problem.id == Code::ScanIncomplete
                    && problem.to_string().contains("s"))
        );
    }
}

#[test]
fn a_managed_token_is_named_and_fingerprints_stay() {
    let folder = Folder::new();
    let (ours, other) = (sendgrid(1), sendgrid(50));
    folder.write("a", format!("{ours}\n{other}\n"));
    let (token, salt) = (TokenName::new("mail"), Salt::from_random([7; 16]));
    let fingerprint = Secret::new(ours.clone()).fingerprint(&salt);
    let provider = ProviderId::new("sendgrid");
    let known = [Known {
        token: &token,
        salt: &salt,
        fingerprint: &fingerprint,
        provider: &provider,
        lengths: &[],
    }];
    let (rules, ignore) = (rules(), Ignore::nothing());
    let options = crate::scan::Options { known: &known, ..options(&rules, &folder.0, &ignore) };
    let source = Source::Tree { roots: vec![folder.0.clone()] };
    let first = scan(&source, &options, &|_| {});
    assert_eq!(
        first.findings.iter().map(|finding| finding.managed.clone()).collect::<Vec<_>>(),
        [Some(token.clone()), None]
    );
    folder.write("a", format!("\n\n  {ours}\n\n{other}\n"));
    let second = scan(&source, &options, &|_| {});
    let prints = |report: &Report| {
        report.findings.iter().map(|finding| finding.fingerprint.clone()).collect::<Vec<_>>()
    };
    assert_eq!(prints(&first), prints(&second));
    assert_ne!(prints(&first)[0], prints(&first)[1]);
    assert_ne!(first.findings[0].fingerprint, fingerprint);
}
