//! The commands that the README, CONTRIBUTING.md, the justfile and `.ci/run` give: the same ones,
//! and of things that exist.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::generated::{at, blocks, read, section};

/// The only command of a section of the README.
fn of_readme(heading: &str) -> String {
    let blocks = blocks(&section(&read("README.md"), heading), "sh");
    assert_eq!(blocks.len(), 1, "{heading}: {blocks:?}");
    let command = blocks[0].trim_end();
    assert_eq!(command.lines().count(), 1, "{heading}: {command}");
    command.to_owned()
}

/// CI runs what a newcomer types, in an environment as empty as theirs.
#[test]
fn ci_runs_the_commands_of_the_readme() {
    let ci = read(".ci/run");
    for (name, heading) in [("readme_demo", "See it"), ("readme_tests", "Development")] {
        let wanted = format!("readonly {name}='{}'\n", of_readme(heading));
        assert!(ci.contains(&wanted), ".ci/run has no line: {wanted}");
    }
    let at = |step: &str| ci.find(step).unwrap_or_else(|| panic!(".ci/run has no step {step}"));
    let demo = at("\nstep 'the demo, as README.md says' readme_demo\n");
    let tests = at("\nstep 'the tests, as README.md says' tests\n");
    assert!(at("\nexport CARGO_HOME\n") < demo && demo < tests && tests < at("\nstep 'lints'"));
}

#[test]
fn both_documents_name_the_same_test_command() {
    let command = of_readme("Development");
    assert!(read("CONTRIBUTING.md").contains(&format!("\n{command}\n")), "{command}");
}

/// The lines of the justfile's recipes that are run, without assignments before the program.
fn recipes() -> Vec<Vec<String>> {
    let justfile = read("justfile");
    let lines = justfile.lines().filter_map(|line| line.strip_prefix("    "));
    let lines = lines.map(|line| {
        let is_assignment = |word: &str| {
            word.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
            })
        };
        line.split_whitespace().skip_while(|word| is_assignment(word)).map(str::to_owned).collect()
    });
    lines.collect()
}

/// The test targets of this package: files and folders of `tests`.
fn suites() -> BTreeSet<String> {
    let entries = fs::read_dir(at("tests")).unwrap().map(|entry| entry.unwrap().path());
    let suites = entries.filter(|path| {
        path.extension().is_some_and(|extension| extension == "rs")
            || path.join("main.rs").is_file()
    });
    suites.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn each_recipe_of_the_justfile_runs_what_exists() {
    let suites = suites();
    for words in recipes() {
        let after = |flag: &str| {
            let place = words.iter().position(|word| word == flag)?;
            words.get(place + 1).map(String::as_str)
        };
        if let Some(suite) = after("--test").filter(|suite| !suite.starts_with("{{")) {
            assert!(suites.contains(suite), "{suite}: {words:?}");
        }
        assert!(matches!(after("--bin"), None | Some("tokenward")), "{words:?}");
        match words[0].as_str() {
            "cargo" | "rustfmt" | "@just" => {}
            script => assert!(at(script).is_file(), "there is no {script}"),
        }
    }
    assert!(read("tests/cli/mod.rs").contains("mod snapshots;"));
    assert!(read("tests/action/main.rs").contains("\"the_page_has_its_screenshots\""));
    assert!(read("tests/suite.rs").contains("mod faults;"));
}

/// `just` itself reads the file, where it is installed.
#[test]
fn just_accepts_the_justfile() {
    let just = Command::new("just").args(["--list", "--justfile"]).arg(at("justfile")).output();
    if let Ok(ran) = just {
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    }
}
