//! A9: whatever goes into a binary is in the hash that lets it be used again.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a source tree that cannot be read is a failed test")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::installer::Runner;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Hands over every text file of Rust or Cargo there.
fn sources(at: &Path, each: &mut dyn FnMut(&Path, &str)) {
    if at.is_dir() {
        fs::read_dir(at).unwrap().for_each(|entry| sources(&entry.unwrap().path(), each));
    } else if at.extension().is_some_and(|end| end == "rs" || end == "toml") {
        each(at, &fs::read_to_string(at).unwrap());
    }
}

/// A path without its `..`.
fn resolved(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut whole, part| {
        match part {
            std::path::Component::ParentDir => {
                whole.pop();
            }
            part => whole.push(part),
        }
        whole
    })
}

#[test]
fn a9_whatever_goes_into_a_binary_is_in_the_hash_that_lets_it_be_used_again() {
    let install = fs::read_to_string(Path::new(ROOT).join("action/install")).unwrap();
    let compiled = install
        .lines()
        .find_map(|line| line.trim().strip_prefix("compiled='")?.strip_suffix('\''))
        .unwrap();
    let compiled: Vec<&str> = compiled.split(' ').collect();
    // Every path that the sources and the manifests lead to: files they include, modules and crates
    // elsewhere, and what the build script reads.
    let mut led = Vec::new();
    for part in &compiled {
        sources(&Path::new(ROOT).join(part), &mut |file, text| {
            let from = file.parent().unwrap().strip_prefix(ROOT).unwrap();
            // What only a build for tests has is not in the binary.
            if file.to_string_lossy().ends_with("_tests.rs")
                || from
                    .strip_prefix(part)
                    .is_ok_and(|below| below.iter().any(|name| name == "tests"))
            {
                return;
            }
            for mark in [
                "include_str!(\"",
                "include_bytes!(\"",
                "include!(\"",
                "#[path = \"",
                "{ path = \"",
                "rerun-if-changed=",
            ] {
                let paths =
                    text.split(mark).skip(1).filter_map(|rest| rest.split(['"', '\n']).next());
                led.extend(
                    paths.filter(|path| !path.contains('{')).map(|path| resolved(&from.join(path))),
                );
            }
            if file.ends_with("build.rs") {
                let quoted = text
                    .split('"')
                    .skip(1)
                    .step_by(2)
                    .filter(|text| Path::new(ROOT).join(text).exists());
                led.extend(quoted.map(|path| resolved(Path::new(path))));
            }
        });
    }
    for known in
        ["workflows/rotate.yml", "crates/emulator", "src/providers/specs", "src/disk/unix.rs"]
    {
        assert!(
            led.iter().any(|path| path == Path::new(known)),
            "the search finds less than there is: {known} of {led:?}"
        );
    }
    for path in led.iter().filter(|path| !path.as_os_str().is_empty()) {
        assert!(
            compiled.iter().any(|part| path.starts_with(part)),
            "{} is compiled in and not hashed",
            path.display()
        );
    }
    // And a change of any of them is noticed: nothing that was built before is taken.
    let runner = Runner::new("changed");
    let installed = runner.install("source", &[]);
    assert_eq!(runner.said_by(&installed), "honest\n");
    let kept = runner.kept();
    // With a cargo that builds nothing: what is not taken as it was built is not there.
    runner.write("none/cargo", "#!/bin/sh\nexit 9\n");
    fs::set_permissions(runner.at("none/cargo"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", runner.at("none").display(), std::env::var("PATH").unwrap());
    let nowhere = [("TOKENWARD_BUILT", kept.as_str()), ("PATH", path.as_str())];
    let same = runner.install("source", &nowhere);
    assert_eq!(
        same.code,
        Some(0),
        "the control: unchanged sources are not built again: {}",
        same.said
    );
    for (file, text) in [
        ("action/workflows/rotate.yml", "on: push\n"),
        ("action/src/a file 'of' \"its\" kind.txt", "x"),
        ("action/crates/emulator/x", "y"),
        ("action/schema/config.json", "{ }"),
        (
            "action/Cargo.lock",
            "# \nversion = 4\n[[package]]\nname = \"tokenward\"\nversion = \"1.0.0\"\n",
        ),
    ] {
        let before = fs::read_to_string(runner.at(file)).ok();
        runner.write(file, text);
        let changed = runner.install("source", &nowhere);
        assert_ne!(changed.code, Some(0), "{file}: {}", changed.said);
        match before {
            Some(before) => runner.write(file, &before),
            None => fs::remove_file(runner.at(file)).unwrap(),
        }
        assert_eq!(runner.install("source", &nowhere).code, Some(0), "{file}");
    }
}
