//! A report's path is no way to change what the runner, git, GitHub or tokenward itself reads; and
//! a step whose report was refused says so.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a world that cannot be set up is a failed test")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::attacks::files::{Outside, act, in_actions};
use crate::support::{FOUR, World};

const FORMATS: [&str; 5] = ["human", "json", "sarif", "junit", "github"];

/// Every file below a folder with its text, so that what was changed, made or removed shows. The
/// world commits what is there to `.git` itself; that nothing else is written there is held beside
/// (`files.rs`).
fn all_below(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() && !path.ends_with(".git") {
            found.extend(all_below(&path));
        } else if path.is_file()
            && !path.ends_with("outputs.txt")
            && !entry.file_name().to_string_lossy().starts_with("tokenward-")
        {
            found.push((path.display().to_string(), fs::read_to_string(&path).unwrap_or_default()));
        }
    }
    found.sort();
    found
}

/// Tries to have a report written there, by the Action and by hand, and sees that no file is
/// another than before.
async fn is_refused(world: &World, wanted: &str) {
    let before = all_below(&world.folder);
    let (ran, outputs) = act(world, &[("args", ".github"), ("sarif-file", wanted)]).await;
    assert_eq!((ran.code, outputs["sarif-file"].as_str()), (2, ""), "{wanted}: {}", ran.all());
    assert_eq!(outputs["outcome"], "failed", "{wanted}: {outputs:?}");
    let ran =
        world.run(&["scan", ".github", "--format", "json", "--output", wanted]).await.expect(2);
    assert!(ran.err.contains("error[output-refused]"), "{wanted}: {}", ran.all());
    assert_eq!(all_below(&world.folder), before, "{wanted}");
}

/// The same by every way there is.
async fn is_refused_every_way(world: &World, wanted: &str) {
    is_refused(world, wanted).await;
    let before = all_below(&world.folder);
    let scans =
        FORMATS.map(|format| vec!["scan", ".github", "--format", format, "--output", wanted]);
    let others = [
        &["status", "--html", wanted][..],
        &["plan", "--matrix", "--output", wanted],
        &["providers", "--output", wanted],
    ];
    for arguments in scans.into_iter().chain(others.map(<[&str]>::to_vec)) {
        let ran = world.run(&arguments).await.expect(2);
        assert!(ran.err.contains("error[output-refused]"), "{arguments:?}: {}", ran.all());
    }
    assert_eq!(all_below(&world.folder), before, "{wanted}");
}

fn put(world: &World, name: &str, text: &str) {
    let path = world.folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a6_no_report_takes_the_place_of_a_file_that_is_none() {
    let world = in_actions(FOUR);
    for (name, text) in [
        ("package.json", "{\"name\": \"site\"}\n"),
        ("deploy", "#!/bin/sh\n"),
        ("conf/tokens.yml", "version: 1\n"),
        (
            "conf/baseline.json",
            "{\n  \"schema\": \"tokenward.baseline/1\",\n  \"findings\": []\n}\n",
        ),
        (".gitattributes", "* -diff\n"),
        ("sub/.gitattributes", "* -diff\n"),
        (".github/workflows/ci.yml", "on: push\n"),
        ("sub/action.yml", "runs: {using: composite, steps: []}\n"),
        // Somebody else wrote a part of it, and wrote what a report says.
        ("payload.json", "{\n  \"title\": \"x\",\n  \"schema\": \"tokenward.scan/1\"\n}\n"),
        ("script", "echo\n# report of tokenward scan\n"),
        ("embedded/HEAD", "ref: refs/heads/main\n"),
        ("embedded/objects/x", ""),
        ("embedded/config", "[core]\n"),
    ] {
        put(&world, name, text);
        match name {
            "package.json" | ".github/workflows/ci.yml" => is_refused_every_way(&world, name).await,
            _ if name.starts_with("embedded/") => {}
            _ => is_refused(&world, name).await,
        }
    }
    // What is not there yet, and would be read if it were: by any spelling.
    for name in [
        "action.yml",
        "action.yaml",
        "sub/Action.YML",
        "new/.gitattributes",
        ".gitattributes.",
        ".gitmodules",
        ".github/workflows/new.yml",
        "x/../.GitHub/actions/a/action.yml",
        ".\u{200c}github/workflows/new.yml",
        "GITHUB~1/workflows/new.yml",
        ".npmrc",
        ".cargo/config.toml",
        "embedded/config",
        "embedded/hooks/post-checkout",
    ] {
        is_refused(&world, name).await;
    }
    is_refused_every_way(&world, &world.folder.join("new/.gitattributes").display().to_string())
        .await;
    // On a person's own machine the same: a slip of the hand costs no file.
    let person = World::new(FOUR);
    put(&person, "notes.txt", "mine\n");
    for wanted in ["notes.txt", ".github/tokenward.yml"] {
        let before = all_below(&person.folder);
        person.run(&["scan", ".github", "--output", wanted]).await.expect(2);
        assert_eq!(all_below(&person.folder), before);
    }
    // The control: any form may be written where nothing or nothing but an empty file is, and over
    // any older report.
    put(&world, "report", "");
    let html: &[&str] = &["status", "--html", "report"];
    let matrix = &["plan", "--matrix", "--output", "report"][..];
    let mut last = String::new();
    for _ in 0..2 {
        for format in FORMATS {
            for arguments in
                [&["scan", "sub", "--format", format, "--output", "report"][..], html, matrix]
            {
                world.run(arguments).await.expect(0);
                let text = fs::read_to_string(world.folder.join("report")).unwrap();
                assert!(!text.is_empty() && text != last, "{arguments:?}");
                last = text;
            }
        }
    }
    // And the places are writable for whoever does not ask.
    fs::write(world.folder.join(".gitattributes"), "{}").unwrap();
}

#[tokio::test(start_paused = true)]
async fn a6_no_report_is_written_among_the_runner_s_own_files() {
    let mut world = in_actions(FOUR);
    let event = "{\n  \"action\": \"opened\"\n}\n";
    for (name, text) in [
        ("runner-temp/_runner_file_commands/set_env_1", ""),
        ("runner-temp/_runner_file_commands/add_path_1", ""),
        ("runner-temp/_github_workflow/event.json", event),
        ("runner-temp/_github_home/notes", ""),
        ("runner-temp/0a1b.sh", "make test\n"),
        ("odd/named/env", ""),
        ("odd/state", ""),
        ("home/x", ""),
    ] {
        put(&world, name, text);
    }
    let folder = world.folder.clone();
    fs::hard_link(
        folder.join("runner-temp/_github_workflow/event.json"),
        folder.join("alias.json"),
    )
    .unwrap();
    let by_name = [
        "runner-temp/_runner_file_commands/set_env_1",
        "runner-temp/_runner_file_commands/set_env_2",
        "runner-temp/_RUNNER_File_Commands/set_env_2",
        "runner-temp/_github_workflow/event.json",
        "runner-temp/_github_workflow/new.json",
        "runner-temp/_Github_Home/report.json",
        "runner-temp/_github_home/deep/er/report.json",
        "runner-temp/0a1b.sh",
    ];
    for wanted in by_name {
        is_refused(&world, wanted).await;
        is_refused(&world, &folder.join(wanted).display().to_string()).await;
    }
    // What is known by the runner's variables alone. The control comes first: while no variable
    // names them, they are places like any other.
    let by_variable = [
        "odd/named/env",
        "odd/named/new.json",
        "odd/named/deep/new.json",
        "home/x",
        "home/settings.json",
    ];
    for wanted in by_variable {
        let (ran, outputs) = act(&world, &[("args", ".github"), ("sarif-file", wanted)]).await;
        assert_eq!(
            (ran.code, outputs["sarif-file"].is_empty()),
            (0, false),
            "{wanted}: {}",
            ran.all()
        );
    }
    for (variable, path) in [
        ("GITHUB_ENV", "odd/named/env"),
        ("HOME", "home"),
        ("GITHUB_EVENT_PATH", "alias.json"),
        ("GITHUB_STATE", "odd/state"),
    ] {
        world.env.insert(variable.to_owned(), folder.join(path).display().to_string());
    }
    for wanted in by_variable {
        is_refused(&world, wanted).await;
    }
    // The same file by another name is the same file, also where it looks like a report.
    fs::write(folder.join("alias.json"), "{\n  \"schema\": \"tokenward.scan/1\"\n}\n").unwrap();
    is_refused_every_way(&world, "alias.json").await;
    // A variable that names something in the workspace does not close the workspace, nor
    // RUNNER_TEMP.
    for wanted in ["out/log.sarif", "log.sarif", "runner-temp/log.sarif"] {
        let (_, outputs) = act(&world, &[("args", ".github"), ("sarif-file", wanted)]).await;
        assert!(Path::new(&outputs["sarif-file"]).is_file(), "{wanted}: {outputs:?}");
    }
    // Without the runner's variables of course nothing is known of its files; what it calls its
    // folders is still known.
    assert_eq!(fs::read_to_string(folder.join("runner-temp/0a1b.sh")).unwrap(), "make test\n");
}

#[tokio::test(start_paused = true)]
async fn a6_a_step_whose_report_was_refused_is_not_fine() {
    let world = in_actions(FOUR);
    let outside = Outside::of(&world);
    put(&world, "theirs.json", "{}\n");
    symlink(outside.0.join("new"), world.folder.join("link.sarif")).unwrap();
    let inputs: [&[(&str, &str)]; 6] = [
        &[("args", ".github"), ("sarif-file", "/elsewhere.sarif")],
        &[("args", ".github"), ("sarif-file", "link.sarif")],
        &[("args", ".github"), ("sarif-file", "theirs.json"), ("annotations", "false")],
        &[("args", ".github --output theirs.json")],
        &[("args", ".github --format json --output .github/x.json"), ("fail-on", "none")],
        &[("command", "status"), ("args", "--html theirs.json")],
    ];
    for inputs in inputs {
        let (ran, outputs) = act(&world, inputs).await;
        assert_eq!(
            (ran.code, outputs["exit-code"].as_str(), outputs["outcome"].as_str()),
            (2, "2", "failed"),
            "{inputs:?}: {}",
            ran.all()
        );
        assert!(ran.err.contains("error[output-refused]"), "{inputs:?}: {}", ran.all());
    }
    // A verdict is graver than a missing file, and is not hidden by it.
    fs::write(world.folder.join("settings.py"), format!("KEY = '{}'\n", world.old)).unwrap();
    for inputs in [
        &[("args", "settings.py"), ("sarif-file", "theirs.json")][..],
        &[("args", "settings.py --output theirs.json")],
    ] {
        let (ran, outputs) = act(&world, inputs).await;
        assert_eq!(
            (ran.code, outputs["exit-code"].as_str(), outputs["outcome"].as_str()),
            (11, "11", "failed"),
            "{inputs:?}: {}",
            ran.all()
        );
    }
    world.run(&["scan", "settings.py", "--output", "theirs.json"]).await.expect(11);
    // The control: with a file of its own each of them is fine.
    for inputs in [
        &[("args", ".github"), ("sarif-file", "own.sarif")][..],
        &[("args", ".github --output own.txt")],
    ] {
        let (ran, outputs) = act(&world, inputs).await;
        assert_eq!(
            (ran.code, outputs["outcome"].as_str()),
            (0, "fine"),
            "{inputs:?}: {}",
            ran.all()
        );
    }
    assert!(outside.is_untouched());
}

#[tokio::test(start_paused = true)]
async fn a6_what_was_refused_is_written_by_no_other_way() {
    let world = in_actions(FOUR);
    fs::create_dir(world.folder.join("sub")).unwrap();
    let inputs: [&[(&str, &str)]; 6] = [
        &[("args", ".github"), ("sarif-file", "-log.sarif")],
        &[("args", ".github"), ("sarif-file", "a\tb.sarif")],
        &[("args", ".github"), ("sarif-file", "log.sarif"), ("working-directory", "gone")],
        &[("args", ".github"), ("sarif-file", "log.sarif"), ("working-directory", "..")],
        &[("args", ".github"), ("sarif-file", "log.sarif"), ("command", "frobnicate")],
        &[("args", "'"), ("sarif-file", "log.sarif")],
    ];
    let before = all_below(&world.folder);
    for inputs in inputs {
        let (ran, outputs) = act(&world, inputs).await;
        assert_eq!(
            (ran.code, outputs["sarif-file"].as_str(), outputs["outcome"].as_str()),
            (2, "", "failed"),
            "{inputs:?}: {}",
            ran.all()
        );
        assert_eq!(all_below(&world.folder), before, "{inputs:?}");
    }
    // The control: the very same paths are written where nothing refuses them, and from the folder
    // they belong to.
    let (_, outputs) = act(
        &world,
        &[("args", "../.github"), ("sarif-file", "log.sarif"), ("working-directory", "sub")],
    )
    .await;
    assert!(
        Path::new(&outputs["sarif-file"]).is_file() && world.folder.join("sub/log.sarif").is_file(),
        "{outputs:?}"
    );
    let (_, outputs) = act(&world, &[("args", ".github"), ("sarif-file", "./-log.sarif")]).await;
    assert!(Path::new(&outputs["sarif-file"]).is_file(), "{outputs:?}");
}
