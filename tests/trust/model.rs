//! Holds the threat model in SECURITY.md against the source: every attack in its table has a test
//! by the name given there.

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
    for folder in ["src", "crates", "tests"] {
        sources(&root().join(folder), &mut paths);
    }
    let mut names = Vec::new();
    for path in paths {
        let text = fs::read_to_string(path).unwrap();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (index, line) in lines.iter().enumerate() {
            let name = line
                .trim_start_matches("async ")
                .strip_prefix("fn ")
                .and_then(|rest| rest.split('(').next());
            // Only what an attribute makes a test, so that a helper of the same name does not
            // count.
            let marked = (index.saturating_sub(4)..index).any(|above| {
                lines[above].starts_with("#[test]") || lines[above].starts_with("#[tokio::test")
            });
            names.extend(name.filter(|_| marked).map(str::to_owned));
        }
    }
    names
}

/// The rows of the table that begins with `heading`, and the tests that the last cell of each
/// names.
fn rows(text: &str, heading: &str) -> Vec<(String, Vec<String>)> {
    let table = text.split(heading).nth(1).unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cell = row.trim_end().trim_end_matches('|').rsplit('|').next().unwrap();
        (row.to_owned(), cell.split('`').skip(1).step_by(2).map(str::to_owned).collect())
    })
    .collect()
}

#[test]
fn every_promise_and_every_attack_has_the_tests_it_names() {
    let text = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let (promises, attacks) =
        (rows(&text, "| promise | how |"), rows(&text, "| id | who | attack |"));
    assert!(
        promises.len() >= 5 && attacks.len() >= 24,
        "{} promises, {} attacks",
        promises.len(),
        attacks.len()
    );
    let known = tests();
    let mut missing = Vec::new();
    for (row, named) in promises.iter().chain(&attacks) {
        assert!(!named.is_empty(), "no test for: {row}");
        missing.extend(named.iter().filter(|name| !known.contains(name)));
    }
    assert!(missing.is_empty(), "SECURITY.md names tests that do not exist: {missing:?}");
    let ids: Vec<&str> =
        attacks.iter().map(|(row, _)| row.split('|').nth(1).unwrap().trim()).collect();
    let expected = (1..=20)
        .map(|number| format!("A{number}"))
        .chain((1..=4).map(|number| format!("D{number}")));
    for id in expected {
        assert!(ids.contains(&id.as_str()), "no row for {id}");
        let prefix = format!("{}_", id.to_lowercase());
        let of_id = attacks.iter().filter(|(row, _)| row.split('|').nth(1).unwrap().trim() == id);
        assert!(
            of_id.flat_map(|(_, named)| named).any(|name| name.starts_with(&prefix)),
            "{id} has no test of its own name"
        );
    }
}

#[test]
fn the_build_script_reads_files_and_nothing_else() {
    let script = fs::read_to_string(root().join("build.rs")).unwrap();
    for door in
        ["std::net", "TcpStream", "reqwest", "ureq", "Command", "process::", "git2", "http://"]
    {
        assert!(!script.contains(door), "build.rs has {door}");
    }
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let own = manifest.split("[build-dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    for dependency in
        own.lines().filter_map(|line| line.split(" =").next()).filter(|name| !name.is_empty())
    {
        assert!(
            !["reqwest", "octocrab", "ureq", "tokio", "hyper", "git2", "gix"].contains(&dependency),
            "build.rs may use {dependency}"
        );
    }
    let deny = fs::read_to_string(root().join("deny.toml")).unwrap();
    assert!(
        deny.contains("unknown-registry = \"deny\"") && deny.contains("unknown-git = \"deny\"")
    );
}
