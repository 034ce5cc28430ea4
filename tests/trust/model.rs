//! Holds the threat model in SECURITY.md against the source: every attack in its table has a test by the name given there.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file under a folder, what builds left aside.
fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// The names of all tests.
fn tests() -> Vec<String> {
    let mut paths = Vec::new();
    for folder in ["src", "tests"] {
        sources(&root().join(folder), &mut paths);
    }
    let mut names = Vec::new();
    for path in paths {
        let text = fs::read_to_string(path).unwrap();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (index, line) in lines.iter().enumerate() {
            let name = line.trim_start_matches("async ").strip_prefix("fn ").and_then(|rest| rest.split('(').next());
            // Only what an attribute makes a test, so that a helper of the same name does not count.
            let marked = (index.saturating_sub(4)..index)
                .any(|above| lines[above].starts_with("#[test]") || lines[above].starts_with("#[tokio::test"));
            names.extend(name.filter(|_| marked).map(str::to_owned));
        }
    }
    names
}

#[test]
fn every_attack_of_the_threat_model_has_the_test_it_names() {
    let text = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let table = text.split("| who | attack |").nth(1).unwrap();
    let rows: Vec<&str> = table.lines().skip(2).take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() >= 15, "{} attacks", rows.len());
    let known = tests();
    let mut missing = Vec::new();
    for row in rows {
        let cell = row.trim_end_matches('|').rsplit('|').next().unwrap();
        let named: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "no test for: {row}");
        missing.extend(named.into_iter().filter(|name| !known.iter().any(|known| known == name)));
    }
    assert!(missing.is_empty(), "SECURITY.md names tests that are not there: {missing:?}");
}

#[test]
fn the_build_script_reads_files_and_nothing_else() {
    let script = fs::read_to_string(root().join("build.rs")).unwrap();
    for door in ["std::net", "TcpStream", "reqwest", "ureq", "Command", "process::", "git2", "http://"] {
        assert!(!script.contains(door), "build.rs has {door}");
    }
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let own = manifest.split("[build-dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    for dependency in own.lines().filter_map(|line| line.split(" =").next()).filter(|name| !name.is_empty()) {
        assert!(!["reqwest", "octocrab", "ureq", "tokio", "hyper", "git2", "gix"].contains(&dependency), "build.rs may use {dependency}");
    }
    let deny = fs::read_to_string(root().join("deny.toml")).unwrap();
    assert!(deny.contains("unknown-registry = \"deny\"") && deny.contains("unknown-git = \"deny\""));
}
