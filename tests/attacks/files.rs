//! What tokenward writes never follows a link and never leaves the workspace.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a world that cannot be set up is a failed test")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokenward::disk::{Disk, Kind};

use crate::support::{FOUR, Ran, World};

/// A folder that a stranger would like to write to, with one file in it. Removed on drop.
pub(crate) struct Outside(pub(crate) PathBuf);

impl Drop for Outside {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Outside {
    pub(crate) fn of(world: &World) -> Self {
        let folder = world
            .folder
            .with_file_name(format!("{}-outside", world.folder.file_name().unwrap().display()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("victim"), "mine\n").unwrap();
        Self(folder.canonicalize().unwrap())
    }

    pub(crate) fn is_untouched(&self) -> bool {
        let names: Vec<_> =
            fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names == ["victim"] && fs::read_to_string(self.0.join("victim")).unwrap() == "mine\n"
    }
}

/// What stands in the way of a file.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Trap {
    LinkToAFile,
    DanglingLink,
    LinkToAFolder,
    LinkToALink,
    ParentIsALink,
    Pipe,
    Folder,
}

const TRAPS: [Trap; 7] = [
    Trap::LinkToAFile,
    Trap::DanglingLink,
    Trap::LinkToAFolder,
    Trap::LinkToALink,
    Trap::ParentIsALink,
    Trap::Pipe,
    Trap::Folder,
];

impl Trap {
    fn set(self, target: &Path, outside: &Path) {
        let parent = target.parent().unwrap();
        fs::create_dir_all(parent).unwrap();
        match self {
            Self::LinkToAFile => symlink(outside.join("victim"), target).unwrap(),
            Self::DanglingLink => symlink(outside.join("new"), target).unwrap(),
            Self::LinkToAFolder => symlink(outside, target).unwrap(),
            Self::LinkToALink => {
                symlink(outside.join("new"), target.with_extension("second")).unwrap();
                symlink(target.with_extension("second").file_name().unwrap(), target).unwrap();
            }
            Self::ParentIsALink => {
                fs::remove_dir_all(parent).unwrap();
                symlink(outside, parent).unwrap();
            }
            Self::Pipe => assert!(Command::new("mkfifo").arg(target).status().unwrap().success()),
            Self::Folder => fs::create_dir(target).unwrap(),
        }
    }
}

/// A world inside GitHub Actions: the workspace is its folder, the runner's own files are
/// elsewhere.
pub(crate) fn in_actions(config: &str) -> World {
    let mut world = World::new(config);
    let temporary = world.folder.join("runner-temp");
    fs::create_dir(&temporary).unwrap();
    let variables = [
        ("GITHUB_ACTIONS", "true".to_owned()),
        ("GITHUB_REPOSITORY", "acme/site".to_owned()),
        ("GITHUB_RUN_ID", "4711".to_owned()),
        ("GITHUB_EVENT_NAME", "schedule".to_owned()),
        ("GITHUB_REF", "refs/heads/main".to_owned()),
        ("GITHUB_WORKSPACE", world.folder.display().to_string()),
        ("GITHUB_OUTPUT", temporary.join("outputs.txt").display().to_string()),
        ("RUNNER_TEMP", temporary.display().to_string()),
    ];
    world.env.extend(variables.map(|(name, value)| (name.to_owned(), value)));
    world.emulator.github().start_run("acme/site", 4711, 1);
    world
}

/// Runs the Action with these inputs, and gives what it said and its outputs.
pub(crate) async fn act(world: &World, inputs: &[(&str, &str)]) -> (Ran, BTreeMap<String, String>) {
    let file = PathBuf::from(&world.env["GITHUB_OUTPUT"]);
    let _ = fs::remove_file(&file);
    let mut handed = world.handed();
    for (name, value) in inputs {
        handed.insert(
            format!("TOKENWARD_INPUT_{}", name.to_uppercase().replace('-', "_")),
            (*value).to_owned(),
        );
    }
    let ran = world.run_with(&["action"], &handed).await;
    let written = fs::read_to_string(&file).unwrap_or_default();
    let mut outputs = BTreeMap::new();
    let mut lines = written.lines();
    while let Some((name, delimiter)) = lines.next().and_then(|line| line.split_once("<<")) {
        outputs.insert(
            name.to_owned(),
            lines.by_ref().take_while(|line| *line != delimiter).collect::<Vec<_>>().join("\n"),
        );
    }
    (ran, outputs)
}

/// Every flag and command that writes a file: its name, the file, and the command line.
const WRITERS: [(&str, &str, &[&str]); 8] = [
    (
        "a report",
        "out/report.json",
        &["scan", "settings.py", "--format", "json", "--output", "out/report.json"],
    ),
    (
        "SARIF",
        "out/log.sarif",
        &["scan", "settings.py", "--format", "sarif", "--output", "out/log.sarif"],
    ),
    (
        "JUnit",
        "out/log.xml",
        &["scan", "settings.py", "--format", "junit", "--output", "./out/../out/log.xml"],
    ),
    ("a matrix", "out/matrix.json", &["plan", "--matrix", "--output", "out/matrix.json"]),
    ("the page", "out/status.html", &["status", "--html", "out/status.html"]),
    (
        "the baseline",
        "out/baseline.json",
        &["scan", "settings.py", "--baseline", "out/baseline.json", "--write-baseline"],
    ),
    (
        "init",
        ".github/workflows/tokenward-rotate.yml",
        &[
            "init",
            "sendgrid",
            "--force",
            "--repository",
            "acme/site",
            "--action",
            "acme/tokenward@1111111111111111111111111111111111111111",
        ],
    ),
    ("the hook", ".git/hooks/pre-commit", &["install-hook"]),
];

fn git(folder: &Path, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"])
        .args(arguments);
    let out = git.current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

fn repository(config: &str) -> World {
    let world = World::new(config);
    fs::write(world.folder.join("settings.py"), "KEY = ''\n").unwrap();
    git(&world.folder, &["init", "--quiet"]);
    world
}

#[tokio::test(start_paused = true)]
async fn a6_no_command_writes_through_what_stands_in_a_file_s_way() {
    for (name, file, arguments) in WRITERS {
        let world = repository(FOUR);
        let target = world.folder.join(file);
        // The control: the command does write there, and over its own file again.
        for _ in 0..2 {
            world.run(arguments).await.expect(0);
            assert!(target.is_file(), "{name}");
        }
        for trap in TRAPS {
            let world = repository(FOUR);
            let target = world.folder.join(file);
            let outside = Outside::of(&world);
            if name == "the hook" && trap == Trap::ParentIsALink {
                fs::remove_dir_all(world.folder.join(".git/hooks")).unwrap();
            }
            let _ = fs::remove_file(&target);
            trap.set(&target, &outside.0);
            let ran = world.run(arguments).await;
            assert_ne!(ran.code, 0, "{name}, {trap:?}: {}", ran.all());
            assert!(outside.is_untouched(), "{name}, {trap:?}: {}", ran.all());
            assert!(ran.err.contains("error["), "{name}, {trap:?}: {}", ran.all());
            // Nothing half-written is left behind either.
            let parent = target.parent().unwrap();
            let left = fs::read_dir(parent).unwrap().filter(|entry| {
                entry.as_ref().unwrap().file_name().to_string_lossy().starts_with(".tokenward")
            });
            assert_eq!(left.count(), 0, "{name}, {trap:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a6_the_traps_do_catch_somebody_who_writes_without_looking() {
    for trap in [Trap::LinkToAFile, Trap::DanglingLink, Trap::LinkToALink, Trap::ParentIsALink] {
        let world = World::new(FOUR);
        let outside = Outside::of(&world);
        let target = world.folder.join("out/report.json");
        trap.set(&target, &outside.0);
        fs::write(&target, "{}").unwrap();
        assert!(!outside.is_untouched(), "{trap:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a6_the_journal_in_a_file_and_its_lock_follow_no_link() {
    let config = format!("{FOUR}journal: {{file: state/journal.jsonl}}\n");
    let world = World::new(&config);
    world.run(&["rotate"]).await.expect(0);
    assert!(world.folder.join("state/journal.jsonl").is_file());
    for file in ["state/journal.jsonl", "state/journal.jsonl.lock"] {
        for trap in TRAPS {
            let world = World::new(&config);
            let outside = Outside::of(&world);
            trap.set(&world.folder.join(file), &outside.0);
            let ran = world.run(&["rotate"]).await;
            assert_ne!(ran.code, 0, "{file}, {trap:?}: {}", ran.all());
            assert!(outside.is_untouched(), "{file}, {trap:?}: {}", ran.all());
        }
    }
    // A journal that is read through a link would be somebody else's.
    let outside = Outside::of(&world);
    fs::rename(world.folder.join("state/journal.jsonl"), outside.0.join("journal.jsonl")).unwrap();
    symlink(outside.0.join("journal.jsonl"), world.folder.join("state/journal.jsonl")).unwrap();
    let ran = world.run(&["status"]).await;
    assert!(ran.code != 0 && ran.all().contains("symbolic link"), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a6_a_committed_link_in_the_way_of_the_sarif_file_changes_nothing_but_that_file() {
    for trap in TRAPS {
        let world = in_actions(FOUR);
        let outside = Outside::of(&world);
        fs::write(world.folder.join("settings.py"), format!("KEY = '{}'\n", world.old)).unwrap();
        let (honest, outputs) =
            act(&world, &[("args", "settings.py"), ("sarif-file", "reports/tokenward.sarif")])
                .await;
        assert_eq!(honest.code, 11, "{}", honest.all());
        assert!(fs::read_to_string(&outputs["sarif-file"]).unwrap().contains("2.1.0"));
        fs::remove_dir_all(world.folder.join("reports")).unwrap();
        trap.set(&world.folder.join("reports/tokenward.sarif"), &outside.0);
        let (ran, outputs) =
            act(&world, &[("args", "settings.py"), ("sarif-file", "reports/tokenward.sarif")])
                .await;
        assert_eq!(ran.code, 11, "{trap:?}: the verdict is another: {}", ran.all());
        assert!(outside.is_untouched(), "{trap:?}: {}", ran.all());
        assert_eq!(
            (outputs["sarif-file"].as_str(), outputs["leaked"].as_str()),
            ("", "1"),
            "{trap:?}"
        );
        assert!(
            ran.err.contains("::error title=tokenward%3A output-refused::"),
            "{trap:?}: {}",
            ran.all()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a6_a_run_writes_below_the_workspace_and_the_runner_s_temporary_folder_only() {
    let world = in_actions(FOUR);
    let outside = Outside::of(&world);
    let away = |name: &str| outside.0.join(name).display().to_string();
    let by_dots = format!("a/../../{}/new", outside.0.file_name().unwrap().display());
    for wanted in
        [away("new"), away("victim"), by_dots, "/etc/../tmp/tokenward-elsewhere.sarif".to_owned()]
    {
        let (ran, outputs) = act(&world, &[("args", ".github"), ("sarif-file", &wanted)]).await;
        assert_eq!((ran.code, outputs["sarif-file"].as_str()), (2, ""), "{wanted}: {}", ran.all());
        let ran = world.run(&["scan", ".github", "--output", &wanted]).await.expect(2);
        assert!(
            ran.err.contains("error[output-refused]") && outside.is_untouched(),
            "{wanted}: {}",
            ran.all()
        );
    }
    // Where it may: by a relative path, a whole one, and one with dots that stays inside.
    let temporary = PathBuf::from(&world.env["RUNNER_TEMP"]);
    for wanted in [
        temporary.join("a/log.sarif"),
        world.folder.join("b/log.sarif"),
        PathBuf::from("c/../d/log.sarif"),
    ] {
        let (_, outputs) =
            act(&world, &[("args", ".github"), ("sarif-file", &wanted.display().to_string())])
                .await;
        assert!(Path::new(&outputs["sarif-file"]).is_file(), "{wanted:?}: {outputs:?}");
        // The report that we put beside the runner's files is for this account only.
        assert_eq!(
            fs::metadata(&outputs["report-file"]).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    // A person on a machine of their own names the place.
    let person = World::new(FOUR);
    person.run(&["scan", ".github", "--output", &away("typed")]).await.expect(0);
    assert!(outside.0.join("typed").is_file());
}

#[tokio::test(start_paused = true)]
async fn a6_a_workspace_that_is_reached_by_a_link_is_still_the_workspace() {
    let mut world = in_actions(FOUR);
    let outside = Outside::of(&world);
    let spelled = outside.0.join("workspace");
    symlink(world.folder.canonicalize().unwrap(), &spelled).unwrap();
    world.env.insert("GITHUB_WORKSPACE".to_owned(), spelled.display().to_string());
    let (_, outputs) = act(
        &world,
        &[("args", ".github"), ("sarif-file", &spelled.join("x/log.sarif").display().to_string())],
    )
    .await;
    assert!(Path::new(&outputs["sarif-file"]).is_file(), "{outputs:?}");
    // A link inside of it is a link, whichever way it is spelled.
    symlink(&outside.0, world.folder.join("y")).unwrap();
    let (_, outputs) = act(
        &world,
        &[("args", ".github"), ("sarif-file", &spelled.join("y/log.sarif").display().to_string())],
    )
    .await;
    assert_eq!(outputs["sarif-file"], "");
    assert!(!outside.0.join("log.sarif").exists());
    // A working directory that a pull request made a link is none.
    let (ran, _) =
        act(&world, &[("args", "."), ("working-directory", "y"), ("sarif-file", "log.sarif")])
            .await;
    assert_eq!(ran.code, 2, "{}", ran.all());
    assert!(!outside.0.join("log.sarif").exists());
}

#[tokio::test(start_paused = true)]
async fn a6_nothing_but_the_hook_is_written_where_git_or_the_runner_reads_instructions() {
    for wanted in [
        ".git/hooks/pre-commit",
        ".git/config",
        ".GIT/config",
        "./x/../.git/config",
        "sub/.git/config",
        ".git",
        ".git./config",
        ".g\u{200c}it/config",
        "git~1/config",
        ".git::$INDEX_ALLOCATION/config",
    ] {
        let world = repository(FOUR);
        let before = fs::read_to_string(world.folder.join(".git/config")).unwrap();
        let ran = world.run(&["scan", ".github", "--output", wanted]).await.expect(2);
        assert!(ran.err.contains("error[output-"), "{wanted}: {}", ran.all());
        assert_eq!(
            fs::read_to_string(world.folder.join(".git/config")).unwrap(),
            before,
            "{wanted}"
        );
        assert!(!world.folder.join(".git/hooks/pre-commit").exists(), "{wanted}");
        // By a whole path, and by a link that stands outside.
        let ran = world
            .run(&["scan", ".github", "--output", &world.folder.join(wanted).display().to_string()])
            .await
            .expect(2);
        assert!(ran.err.contains("error[output-"), "{wanted}: {}", ran.all());
    }
    let world = repository(FOUR);
    let outside = Outside::of(&world);
    symlink(world.folder.join(".git"), outside.0.join("door")).unwrap();
    world
        .run(&["scan", ".github", "--output", &outside.0.join("door/config").display().to_string()])
        .await
        .expect(2);
    let world = in_actions(FOUR);
    let (_, outputs) = act(
        &world,
        &[("args", ".github"), ("sarif-file", "runner-temp/_runner_file_commands/set_env_1")],
    )
    .await;
    assert_eq!(outputs["sarif-file"], "");
}

#[tokio::test(start_paused = true)]
async fn a6_outputs_and_the_summary_are_not_added_to_through_a_link() {
    for variable in ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"] {
        for trap in [Trap::LinkToAFile, Trap::DanglingLink, Trap::ParentIsALink, Trap::Pipe] {
            let mut world = in_actions(FOUR);
            let outside = Outside::of(&world);
            let file = world.folder.join("committed/file.txt");
            trap.set(&file, &outside.0);
            world.env.insert(variable.to_owned(), file.display().to_string());
            let inputs =
                BTreeMap::from([("TOKENWARD_INPUT_ARGS".to_owned(), ".github".to_owned())]);
            let ran = world.run_with(&["action"], &inputs).await.expect(2);
            assert!(outside.is_untouched(), "{variable}, {trap:?}: {}", ran.all());
            assert!(
                ran.err.contains("could not be written"),
                "{variable}, {trap:?}: {}",
                ran.all()
            );
        }
    }
}

#[test]
fn a6_a_folder_that_is_exchanged_for_a_link_meanwhile_leads_nowhere() {
    let world = World::new(FOUR);
    let outside = Outside::of(&world);
    let folder = world.folder.join("out");
    let stop = Arc::new(AtomicBool::new(false));
    let swapper = {
        let (stop, folder, target) = (stop.clone(), folder.clone(), outside.0.clone());
        // Takes the folder away as soon as the writer has made it, and puts a link in its place for
        // a moment.
        std::thread::spawn(move || {
            for number in 0_u64.. {
                let _ = fs::rename(&folder, folder.with_file_name(format!("aside-{number}")));
                let _ = symlink(&target, &folder);
                let _ = fs::remove_file(&folder);
                std::thread::sleep(std::time::Duration::from_micros(number % 300));
                if stop.load(Ordering::Relaxed) {
                    return;
                }
            }
        })
    };
    let disk = Disk::of_person(&world.folder);
    let written = (0..1_000)
        .filter(|_| disk.replace(Path::new("out/report.json"), "{}", Kind::Plain).is_ok())
        .count();
    stop.store(true, Ordering::Relaxed);
    swapper.join().unwrap();
    assert!(outside.is_untouched());
    assert!(written > 0, "the folder was never there");
}

#[test]
fn a_file_that_is_written_again_keeps_its_permissions_and_a_hook_can_be_run() {
    let world = World::new(FOUR);
    let disk = Disk::of_person(&world.folder);
    let mode =
        |name: &str| fs::metadata(world.folder.join(name)).unwrap().permissions().mode() & 0o777;
    disk.replace(Path::new("a"), "1", Kind::Plain).unwrap();
    fs::set_permissions(world.folder.join("a"), fs::Permissions::from_mode(0o640)).unwrap();
    disk.replace(Path::new("a"), "2", Kind::Plain).unwrap();
    assert_eq!(
        (mode("a"), fs::read_to_string(world.folder.join("a")).unwrap().as_str()),
        (0o640, "2")
    );
    disk.replace(Path::new("b"), "1", Kind::Private).unwrap();
    disk.replace(Path::new("c"), "1", Kind::Hook).unwrap();
    assert_eq!((mode("b"), mode("c")), (0o600, 0o755));
}
