//! What may come into the build: deny.toml held against what cargo knows of every crate, wherever
//! the tests run. cargo-deny itself reads the advisories as well; it has a job of its own, since it
//! needs the network.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The texts in quotation marks of a list in deny.toml.
fn list(deny: &str, name: &str) -> Vec<String> {
    let after = deny.split(&format!("\n{name} = [")).nth(1).unwrap();
    after
        .split("\n]")
        .next()
        .unwrap()
        .split(']')
        .next()
        .unwrap()
        .split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// Whether an expression of licenses can be satisfied by those allowed: `OR` leaves the choice,
/// `AND` does not.
fn is_allowed(expression: &str, allowed: &dyn Fn(&str) -> bool) -> bool {
    let words = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = words.split_whitespace().collect();
    let (satisfied, rest) = any(&words, allowed);
    satisfied && rest.is_empty()
}

fn any<'a>(words: &'a [&'a str], allowed: &dyn Fn(&str) -> bool) -> (bool, &'a [&'a str]) {
    let (mut satisfied, mut rest) = all(words, allowed);
    while let Some((&"OR", after)) = rest.split_first() {
        let (other, after) = all(after, allowed);
        (satisfied, rest) = (satisfied || other, after);
    }
    (satisfied, rest)
}

fn all<'a>(words: &'a [&'a str], allowed: &dyn Fn(&str) -> bool) -> (bool, &'a [&'a str]) {
    let (mut satisfied, mut rest) = one(words, allowed);
    while let Some((&"AND", after)) = rest.split_first() {
        let (other, after) = one(after, allowed);
        (satisfied, rest) = (satisfied && other, after);
    }
    (satisfied, rest)
}

fn one<'a>(words: &'a [&'a str], allowed: &dyn Fn(&str) -> bool) -> (bool, &'a [&'a str]) {
    match words {
        ["(", rest @ ..] => {
            let (satisfied, rest) = any(rest, allowed);
            (satisfied, rest.get(1..).unwrap_or_default())
        }
        [licence, "WITH", exception, rest @ ..] => {
            (allowed(&format!("{licence} WITH {exception}")) || allowed(licence), rest)
        }
        [licence, rest @ ..] => (allowed(licence), rest),
        [] => (false, &[]),
    }
}

/// What cargo knows of every crate of every system, or, before `cargo fetch` brought those, of this
/// system. `TOKENWARD_SUPPLY=whole` takes no less than all of them.
fn metadata(root: &Path) -> (Value, bool) {
    let ask = |more: &[&str]| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["metadata", "--format-version=1", "--locked", "--offline", "--all-features"])
            .args(more)
            .current_dir(root)
            .output()
            .unwrap()
    };
    let mut output = ask(&[]);
    let is_whole = output.status.success();
    if !is_whole && std::env::var("TOKENWARD_SUPPLY").as_deref() != Ok("whole") {
        let rustc = Command::new("rustc").arg("-vV").output().unwrap();
        let version = String::from_utf8_lossy(&rustc.stdout).into_owned();
        let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        output = ask(&["--filter-platform", host]);
    }
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (serde_json::from_slice(&output.stdout).unwrap(), is_whole)
}

#[test]
fn every_crate_has_an_allowed_licence_and_source_and_none_is_banned() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let deny = fs::read_to_string(root.join("deny.toml")).unwrap();
    let allow: BTreeSet<String> = list(&deny, "allow").into_iter().collect();
    let banned: BTreeSet<String> = list(&deny, "deny").into_iter().collect();
    assert!(allow.len() > 3 && banned.contains("openssl-sys"), "{allow:?} {banned:?}");
    let (metadata, is_whole) = metadata(root);
    if !is_whole {
        eprintln!(
            "crates of other systems were NOT LOOKED AT: they are not on this machine (run `cargo fetch --locked`)"
        );
    }
    let crates = metadata["packages"].as_array().unwrap();
    let mut wrong = Vec::new();
    for known in crates {
        let name = known["name"].as_str().unwrap();
        let licence = known["license"].as_str().unwrap_or("none");
        let source = known["source"].as_str().unwrap_or("this workspace");
        if !is_allowed(licence, &|licence| allow.contains(licence)) {
            wrong.push(format!("{name} has the licence {licence}"));
        }
        if !matches!(
            source,
            "this workspace" | "registry+https://github.com/rust-lang/crates.io-index"
        ) {
            wrong.push(format!("{name} comes from {source}"));
        }
        if banned.contains(name) {
            wrong.push(format!("{name} is banned"));
        }
    }
    eprintln!("{} crates, {} wrong", crates.len(), wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(crates.len() > 100);
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap();
    let blocks: Vec<&str> = lock.split("\n[[package]]\n").skip(1).collect();
    let unsure = blocks
        .iter()
        .filter(|block| block.contains("\nsource = ") && !block.contains("\nchecksum = "));
    assert_eq!(unsure.count(), 0, "a crate without a checksum");
}

#[test]
fn a_choice_of_licences_is_a_choice_and_a_sum_is_not() {
    let allowed = |licence: &str| ["MIT", "ISC"].contains(&licence);
    for yes in [
        "MIT",
        "MIT OR GPL-3.0",
        "GPL-3.0 OR (MIT AND ISC)",
        "Apache-2.0/MIT",
        "MIT WITH LLVM-exception",
    ] {
        assert!(is_allowed(yes, &allowed), "{yes}");
    }
    for no in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND GPL-3.0", "none", "", "MIT GPL-3.0"]
    {
        assert!(!is_allowed(no, &allowed), "{no}");
    }
}
