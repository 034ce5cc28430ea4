//! The Action's installer: nothing from a cache is run unchecked, and what is built is built by
//! this job's own settings alone.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a world that cannot be set up is a failed test")]

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A runner with a tiny stand-in of this package, and everything an attacker may have planted.
/// Removed on drop.
pub(super) struct Runner {
    folder: PathBuf,
    env: Vec<(String, OsString)>,
}

impl Drop for Runner {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// What an installation did.
pub(super) struct Installed {
    pub(super) code: Option<i32>,
    pub(super) said: String,
    pub(super) binary: Option<PathBuf>,
}

impl Runner {
    pub(super) fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("installer-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        for part in [
            "action/action",
            "action/src",
            "action/crates/emulator",
            "action/workflows",
            "action/schema",
            "temp",
            "tools",
            "home",
            "workspace",
            "plain",
        ] {
            fs::create_dir_all(folder.join(part)).unwrap();
        }
        let runner = Self { folder, env: Vec::new() };
        fs::copy(Path::new(ROOT).join("action/install"), runner.at("action/action/install"))
            .unwrap();
        runner.write(
            "action/Cargo.toml",
            "[workspace]\n[package]\nname = \"tokenward\"\nversion = \"1.0.0\"\nedition = \"2021\"\n[profile.source]\ninherits = \"release\"\n",
        );
        runner.write(
            "action/Cargo.lock",
            "version = 4\n[[package]]\nname = \"tokenward\"\nversion = \"1.0.0\"\n",
        );
        runner.write("action/src/main.rs", "fn main() { println!(\"honest\"); }\n");
        let marks = runner.at("build-saw.txt");
        let build = format!(
            "fn main() {{ let names: Vec<String> = std::env::vars().map(|(name, _)| name).collect(); std::fs::write({:?}, names.join(\"\\n\")).unwrap(); }}\n",
            marks
        );
        runner.write("action/build.rs", &build);
        runner.write("action/crates/emulator/x", "");
        runner.write("action/action/checksums.txt", "# none\n");
        runner
    }

    pub(super) fn at(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        let path = self.at(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A program that leaves a mark where it is run, and then does what it was started for.
    pub(super) fn trap(&self, name: &str) -> PathBuf {
        self.write(
            name,
            &format!(
                "#!/bin/sh\necho \"$0\" >>'{}'\n[ $# -eq 0 ] || exec \"$@\"\n",
                self.at("marker").display()
            ),
        );
        fs::set_permissions(self.at(name), fs::Permissions::from_mode(0o755)).unwrap();
        self.at(name)
    }

    pub(super) fn is_marked(&self) -> bool {
        self.at("marker").exists()
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// A command as a step of this runner has it: its cargo first on the path, in the workspace.
    fn bare(&self, program: &str) -> Command {
        let cargo = std::env::var_os("CARGO")
            .map(PathBuf::from)
            .and_then(|cargo| cargo.parent().map(Path::to_owned));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path =
            std::env::join_paths(cargo.into_iter().chain(std::env::split_paths(&path))).unwrap();
        let mut command = Command::new(program);
        command
            .current_dir(self.at("workspace"))
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.at("home"));
        for name in ["RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "TMPDIR"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        if std::env::var_os("RUSTUP_HOME").is_none() {
            command.envs(
                std::env::var_os("HOME")
                    .map(|home| ("RUSTUP_HOME", PathBuf::from(home).join(".rustup"))),
            );
        }
        command
    }

    pub(super) fn install(&self, version: &str, more: &[(&str, &str)]) -> Installed {
        let output = self.at("output");
        let _ = fs::remove_file(&output);
        let mut sh = self.bare("sh");
        sh.envs(self.env.iter().map(|(name, value)| (name, value)));
        sh.arg(self.at("action/action/install")).env("TOKENWARD_INPUT_VERSION", version);
        sh.env("GITHUB_ACTION_PATH", self.at("action"))
            .env("GITHUB_OUTPUT", &output)
            .env("GITHUB_ENV", self.at("env"));
        sh.env("RUNNER_TEMP", self.at("temp")).env("RUNNER_TOOL_CACHE", self.at("tools"));
        // Nobody listens there: what is not on this machine cannot be had.
        sh.env("GITHUB_SERVER_URL", "http://127.0.0.1:1")
            .env("https_proxy", "http://127.0.0.1:1")
            .env("TOKENWARD_INPUT_ACTION_REPOSITORY", "acme/tokenward");
        // As on a real runner, where they are empty in the steps of a composite action.
        sh.env("GITHUB_ACTIONS", "true").env("GITHUB_ACTION_REPOSITORY", "");
        sh.envs(more.iter().copied());
        let out = sh.output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        let binary = fs::read_to_string(&output).unwrap_or_default();
        let binary =
            binary.lines().find_map(|line| line.strip_prefix("binary=")).map(PathBuf::from);
        Installed { code: out.status.code(), said, binary }
    }

    /// What the installed binary says when it is run.
    pub(super) fn said_by(&self, installed: &Installed) -> String {
        assert_eq!(installed.code, Some(0), "{}", installed.said);
        let out = Command::new(installed.binary.as_ref().unwrap()).output().unwrap();
        String::from_utf8(out.stdout).unwrap()
    }

    /// The variable that the runner would give to the next step.
    pub(super) fn kept(&self) -> String {
        let text = fs::read_to_string(self.at("env")).unwrap();
        text.lines().find_map(|line| line.strip_prefix("TOKENWARD_BUILT=")).unwrap().to_owned()
    }

    pub(super) fn hash(&self, file: &Path) -> String {
        let program = if cfg!(target_os = "macos") { "shasum -a 256" } else { "sha256sum" };
        let out = Command::new("sh")
            .args(["-c", &format!("{program} <\"$0\" | cut -d ' ' -f 1")])
            .arg(file)
            .output()
            .unwrap();
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    }

    /// An archive whose program leaves a mark, or says that it is honest.
    pub(super) fn archive(&self, name: &str, honest: bool) -> PathBuf {
        let folder = self.at(&format!("packing-{name}"));
        fs::create_dir_all(&folder).unwrap();
        if honest {
            fs::write(folder.join("tokenward"), "#!/bin/sh\necho honest\n").unwrap();
            fs::set_permissions(folder.join("tokenward"), fs::Permissions::from_mode(0o755))
                .unwrap();
        } else {
            fs::copy(self.trap("packed-trap"), folder.join("tokenward")).unwrap();
        }
        let archive = self.at(name);
        let packed = Command::new("tar")
            .current_dir(&folder)
            .arg("-czf")
            .arg(&archive)
            .arg("tokenward")
            .status()
            .unwrap();
        assert!(packed.success());
        archive
    }

    /// Writes the table of releases with this hash for every system.
    pub(super) fn table(&self, hash: &str) {
        let targets = [
            "x86_64-unknown-linux-musl",
            "aarch64-unknown-linux-musl",
            "x86_64-apple-darwin",
            "aarch64-apple-darwin",
        ];
        let rows: String =
            targets.iter().map(|target| format!("1.0.0 {target} {hash}\n")).collect();
        self.write("action/action/checksums.txt", &rows);
    }

    /// Puts a file where the tool cache keeps this system's archive.
    pub(super) fn plant(&self, file: &Path) -> PathBuf {
        let target = match (std::env::consts::OS, std::env::consts::ARCH) {
            ("macos", "aarch64") => "aarch64-apple-darwin",
            ("macos", _) => "x86_64-apple-darwin",
            (_, "aarch64") => "aarch64-unknown-linux-musl",
            _ => "x86_64-unknown-linux-musl",
        };
        let kept = self.at(&format!("tools/tokenward/tokenward-1.0.0-{target}.tar.gz"));
        fs::create_dir_all(kept.parent().unwrap()).unwrap();
        fs::copy(file, &kept).unwrap();
        kept
    }
}

/// The folder and key under which earlier versions kept what they had built: they can be computed
/// from public files.
const GUESSED: &str = r#"
cd "$1"
if command -v sha256sum >/dev/null 2>&1; then sha256='sha256sum'; else sha256='shasum -a 256'; fi
sources="$(find Cargo.toml Cargo.lock build.rs src crates -type f | LC_ALL=C sort | xargs $sha256 | $sha256 | cut -c 1-16)"
os="$( (. /etc/os-release 2>/dev/null && printf '%s%s' "${ID:-}" "${VERSION_ID:-}") || true)"
printf 'tokenward-source-%s-%s-%s-%s' "$sources" "$(uname -s)" "$(uname -m)" "$os"
"#;

#[test]
fn a9_what_somebody_planted_in_the_tool_cache_is_never_run() {
    let runner = Runner::new("planted");
    let out =
        Command::new("sh").args(["-c", GUESSED, "sh"]).arg(runner.at("action")).output().unwrap();
    let key = String::from_utf8(out.stdout).unwrap();
    let planted = runner.trap(&format!("tools/tokenward/{key}/tokenward"));
    runner.trap("tools/tokenward/tokenward");
    runner.trap("temp/tokenward/tokenward");
    runner.trap(&format!("temp/tokenward/{key}/tokenward"));
    let installed = runner.install("source", &[]);
    assert_eq!(runner.said_by(&installed), "honest\n");
    assert!(!runner.is_marked(), "{}", installed.said);
    // The control: what was planted is a program that leaves a mark.
    Command::new(planted).status().unwrap();
    assert!(runner.is_marked());
}

#[test]
fn a9_nobody_but_this_job_says_with_what_the_binary_is_built() {
    let runner = Runner::new("settings");
    let wrapper = runner.trap("wrapper");
    let settings = format!("[build]\nrustc-wrapper = {wrapper:?}\n");
    // In the account's own cargo folder, in a folder above the sources and above RUNNER_TEMP, and
    // in the checkout.
    for folder in ["home", ".", "action", "temp", "workspace", "cargo"] {
        runner.write(&format!("{folder}/.cargo/config.toml"), &settings);
    }
    runner.write("cargo/config.toml", &settings);
    let runner = [
        ("CARGO_HOME", runner.at("cargo")),
        ("RUSTC_WRAPPER", wrapper.clone()),
        ("RUSTC_WORKSPACE_WRAPPER", wrapper.clone()),
        ("CARGO_BUILD_RUSTC_WRAPPER", wrapper.clone()),
        ("CARGO_TARGET_DIR", PathBuf::from("/nonexistent")),
        ("SENDGRID_MANAGER_KEY", PathBuf::from("a secret of the step")),
        ("RUSTFLAGS", PathBuf::from(format!("-Clinker={}", wrapper.display()))),
        ("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER", wrapper.clone()),
        ("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", wrapper.clone()),
        ("CARGO_TARGET_AARCH64_APPLE_DARWIN_LINKER", wrapper.clone()),
    ]
    .into_iter()
    .fold(runner, |runner, (name, value)| runner.with(name, value));
    let installed = runner.install("source", &[]);
    assert_eq!(runner.said_by(&installed), "honest\n");
    assert!(!runner.is_marked(), "{}", fs::read_to_string(runner.at("marker")).unwrap_or_default());
    // Nor does a build script see the secrets of the step.
    let saw = fs::read_to_string(runner.at("build-saw.txt")).unwrap();
    assert!(saw.lines().any(|name| name == "OUT_DIR") && !saw.contains("SENDGRID"), "{saw}");
    // The control: each of the ways, taken one by one by somebody who just says `cargo build`, does
    // run the wrapper.
    for (name, value) in [
        ("", PathBuf::new()),
        ("CARGO_HOME", runner.at("cargo")),
        ("RUSTC_WRAPPER", wrapper.clone()),
    ] {
        let plain = runner.at(if name.is_empty() { "workspace" } else { "plain" });
        let _ = fs::remove_file(runner.at("marker"));
        let mut naive = runner.bare("cargo");
        naive.args(["build", "--quiet", "--manifest-path"]).arg(runner.at("action/Cargo.toml"));
        naive.current_dir(&plain).env("CARGO_TARGET_DIR", runner.at(&format!("target-{name}")));
        if !name.is_empty() {
            naive.env(name, value);
        }
        assert!(naive.status().unwrap().success(), "{name}");
        assert!(runner.is_marked(), "{name}: the control leaves no mark");
    }
}

#[test]
fn a9_a_later_step_of_the_job_runs_what_this_job_built_and_nothing_else() {
    let runner = Runner::new("again");
    let first = runner.install("source", &[]);
    assert_eq!(runner.said_by(&first), "honest\n");
    let kept = runner.kept();
    // Without a cargo: nothing is built again.
    let bin = runner.at("bin");
    fs::create_dir_all(&bin).unwrap();
    let only = |name: &str| {
        let found = std::env::split_paths(&std::env::var_os("PATH").unwrap())
            .map(|folder| folder.join(name))
            .find(|file| file.is_file());
        if let Some(found) = found {
            let _ = symlink(found, bin.join(name));
        }
    };
    for name in [
        "sh",
        "uname",
        "date",
        "sed",
        "head",
        "cut",
        "sha256sum",
        "shasum",
        "perl",
        "mktemp",
        "tr",
        "find",
        "sort",
        "xargs",
        "cp",
        "chmod",
        "rm",
        "mv",
        "env",
        "printenv",
        "cat",
    ] {
        only(name);
    }
    let path = bin.display().to_string();
    let again = runner.install("source", &[("TOKENWARD_BUILT", &kept), ("PATH", &path)]);
    assert_eq!(runner.said_by(&again), "honest\n");
    assert_ne!(again.binary, first.binary);
    // Somebody who can write files, and not variables, exchanges what was built.
    let planted = runner.trap("planted");
    fs::copy(&planted, first.binary.as_ref().unwrap()).unwrap();
    let swapped = runner.install("source", &[("TOKENWARD_BUILT", &kept), ("PATH", &path)]);
    assert!(swapped.code == Some(2) && swapped.said.contains("needs cargo"), "{}", swapped.said);
    let swapped = runner.install("source", &[("TOKENWARD_BUILT", &kept)]);
    assert_eq!(runner.said_by(&swapped), "honest\n");
    // What was built of other sources is not taken either, and what makes no sense is not looked
    // at.
    runner.write("action/src/main.rs", "fn main() { println!(\"newer\"); }\n");
    for kept in [
        kept.as_str(),
        "",
        "a",
        "* * *",
        &format!("{} {} {}", "0".repeat(64), runner.hash(&planted), planted.display()),
    ] {
        let newer = runner.install("source", &[("TOKENWARD_BUILT", kept)]);
        assert_eq!(runner.said_by(&newer), "newer\n", "{kept}");
    }
    assert!(!runner.is_marked());
}

#[test]
fn a9_nothing_is_built_through_a_link() {
    for (name, place, target) in [
        ("a file", "src/extra.rs", "outside/extra.rs"),
        ("a folder", "src/extra", "outside"),
        ("a link to nowhere", "crates/emulator/gone", "outside/gone"),
        ("the whole", "workflows", "outside"),
        ("above", "crates", "outside"),
    ] {
        let runner = Runner::new("linked");
        runner.write("outside/extra.rs", "");
        runner.write("outside/emulator/x", "");
        // The control: without it, it is built.
        if name == "a file" {
            assert_eq!(runner.said_by(&runner.install("source", &[])), "honest\n");
        }
        let place = runner.at(&format!("action/{place}"));
        let _ = fs::remove_dir_all(&place);
        symlink(runner.at(target), &place).unwrap();
        let installed = runner.install("source", &[]);
        assert!(
            installed.code == Some(2) && installed.binary.is_none(),
            "{name}: {}",
            installed.said
        );
        assert!(installed.said.contains("symbolic link"), "{name}: {}", installed.said);
    }
}

#[test]
fn a16_a_version_is_a_text_and_not_a_number() {
    let runner = Runner::new("numbers");
    let (honest, evil) =
        (runner.archive("honest.tar.gz", true), runner.archive("evil.tar.gz", false));
    let (good, bad) = (runner.hash(&honest), runner.hash(&evil));
    let plant = |version: &str, file: &Path| {
        let kept = runner.plant(file);
        let name = kept.file_name().unwrap().to_string_lossy().replace("1.0.0", version);
        fs::rename(&kept, kept.with_file_name(name)).unwrap();
    };
    let rows = |rows: &[(&str, &str)]| {
        let targets = [
            "x86_64-unknown-linux-musl",
            "aarch64-unknown-linux-musl",
            "x86_64-apple-darwin",
            "aarch64-apple-darwin",
        ];
        let text: String = rows
            .iter()
            .flat_map(|(version, hash)| {
                targets.map(|target| format!("{version} {target} {hash}\n"))
            })
            .collect();
        runner.write("action/action/checksums.txt", &text);
    };
    // The table has 1.10 alone; what is planted under names that are the same number is another
    // program, and its hash is that of the row.
    rows(&[("1.10", &bad)]);
    for version in ["1.1", "1.100", "01.10", "11e-1", "+1.1", "1x10"] {
        plant(version, &evil);
        let installed = runner.install(version, &[]);
        assert!(
            installed.code == Some(2) && installed.said.contains("not in the table"),
            "{version}: {}",
            installed.said
        );
    }
    // Two rows for one version, or what is no sha256, say nothing.
    for table in [
        &[("1.10", good.as_str()), ("1.10", bad.as_str())][..],
        &[("1.10", "0")],
        &[("1.10", &good[..63])],
        &[("1.10", &good.to_uppercase())],
    ] {
        rows(table);
        plant("1.10", &honest);
        assert_eq!(runner.install("1.10", &[]).code, Some(2), "{table:?}");
    }
    // The control: the version that is in the table is installed.
    rows(&[("1.10", &good), ("1.1", &bad)]);
    plant("1.10", &honest);
    assert_eq!(runner.said_by(&runner.install("1.10", &[])), "honest\n");
    assert!(!runner.is_marked());
}

#[test]
fn a16_the_action_restores_no_cache_and_saves_none() {
    for file in ["action.yml", "action/action.yml", "action/install", "action/hook"] {
        let text = fs::read_to_string(Path::new(ROOT).join(file)).unwrap();
        for word in ["actions/cache", "restore-keys", "ACTIONS_CACHE_URL", "ACTIONS_RESULTS_URL"] {
            assert!(!text.contains(word), "{file} names {word}");
        }
    }
}

#[test]
fn a16_an_archive_of_the_tool_cache_is_used_only_if_it_is_the_one_of_the_pinned_table() {
    let runner = Runner::new("archive");
    let honest = runner.archive("honest.tar.gz", true);
    let evil = runner.archive("evil.tar.gz", false);
    runner.table(&runner.hash(&honest));
    // The control: the right one is used, without a network, each time into a folder of its own.
    runner.plant(&honest);
    let first = runner.install("1.0.0", &[]);
    assert_eq!(runner.said_by(&first), "honest\n");
    let second = runner.install("v1.0.0", &[]);
    assert_eq!(runner.said_by(&second), "honest\n");
    assert_ne!(first.binary, second.binary);
    // Its name with another content; something unpacked beside it; something cut off.
    let kept = runner.plant(&evil);
    runner.trap("tools/tokenward/tokenward");
    runner.trap("tools/tokenward/1.0.0-x86_64-unknown-linux-musl/tokenward");
    let planted = runner.install("1.0.0", &[]);
    assert!(planted.code == Some(2) && planted.binary.is_none(), "{}", planted.said);
    fs::write(&kept, &fs::read(&honest).unwrap()[..20]).unwrap();
    assert_eq!(runner.install("1.0.0", &[]).code, Some(2));
    assert!(!runner.is_marked());
    // The control: what is in the planted archive does leave a mark.
    let unpacked = Command::new("tar")
        .current_dir(runner.at("plain"))
        .arg("-xzf")
        .arg(&evil)
        .status()
        .unwrap();
    assert!(unpacked.success());
    Command::new(runner.at("plain/tokenward")).status().unwrap();
    assert!(runner.is_marked());
}

#[test]
fn a16_a_link_in_the_tool_cache_leads_no_write_elsewhere() {
    let runner = Runner::new("link");
    let outside = runner.at("outside");
    fs::create_dir_all(&outside).unwrap();
    let honest = runner.archive("honest.tar.gz", true);
    runner.table(&runner.hash(&honest));
    symlink(&outside, runner.at("tools/tokenward")).unwrap();
    assert_eq!(runner.install("1.0.0", &[]).code, Some(2));
    assert_eq!(runner.said_by(&runner.install("source", &[])), "honest\n");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    // A right archive behind the link is still right: its hash says so.
    runner.plant(&honest);
    assert_eq!(runner.said_by(&runner.install("1.0.0", &[])), "honest\n");
    // What cannot be an archive is not waited for.
    let kept = runner.plant(&honest);
    fs::remove_file(&kept).unwrap();
    symlink("/dev/zero", &kept).unwrap();
    assert_eq!(runner.install("1.0.0", &[]).code, Some(2));
}
