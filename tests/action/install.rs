//! The installer against a server on this machine: what the table names and only that. What may
//! have been planted is in tests/attacks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::outcome::{Outcome, While, ensure};
use crate::server::{Answer, Server};
use crate::stage::root;

struct Bench {
    folder: PathBuf,
    server: Server,
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Bench {
    fn new() -> Outcome<Self> {
        let folder =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("install-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("action/action")).while_("make a folder")?;
        for file in ["action/install", "Cargo.toml"] {
            fs::copy(root().join(file), folder.join("action").join(file)).while_("copy a file")?;
        }
        fs::write(folder.join("tokenward"), "#!/bin/sh\necho it runs\n")
            .while_("write a program")?;
        run(Command::new("chmod").arg("+x").arg(folder.join("tokenward")))?;
        run(Command::new("tar").current_dir(&folder).args([
            "-czf",
            "archive.tar.gz",
            "tokenward",
        ]))?;
        let bytes = fs::read(folder.join("archive.tar.gz")).while_("read the archive")?;
        let server = Server::new(move |_, _| Answer::Whole(bytes.clone())).while_("listen")?;
        Ok(Self { folder, server })
    }

    fn table(&self, version: &str, sha256: &str) -> Outcome<()> {
        let targets = [
            "x86_64-unknown-linux-musl",
            "aarch64-unknown-linux-musl",
            "x86_64-apple-darwin",
            "aarch64-apple-darwin",
        ];
        let rows: String =
            targets.iter().map(|target| format!("{version} {target} {sha256}\n")).collect();
        fs::write(self.folder.join("action/action/checksums.txt"), rows).while_("write the table")
    }

    fn install(&self, version: &str) -> Outcome<(Option<i32>, String)> {
        let mut sh = Command::new("sh");
        sh.arg(self.folder.join("action/action/install")).env_clear();
        sh.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        sh.env("GITHUB_ACTION_PATH", self.folder.join("action"))
            .env("GITHUB_OUTPUT", self.folder.join("output"));
        sh.env("RUNNER_TEMP", &self.folder)
            .env("RUNNER_TOOL_CACHE", self.folder.join("tools"))
            .env("TOKENWARD_INPUT_VERSION", version);
        // As on a real runner: its own variable is empty in a composite action's steps.
        sh.env("GITHUB_SERVER_URL", &self.server.url).env("GITHUB_ACTION_REPOSITORY", "");
        sh.env("https_proxy", "http://127.0.0.1:1");
        sh.env("TOKENWARD_INPUT_ACTION_REPOSITORY", "acme/tokenward");
        let _ = fs::remove_file(self.folder.join("output"));
        let out = sh.output().while_("run the installer")?;
        let said = String::from_utf8_lossy(&out.stderr).into_owned()
            + &fs::read_to_string(self.folder.join("output")).unwrap_or_default();
        Ok((out.status.code(), said))
    }
}

fn run(command: &mut Command) -> Outcome<String> {
    let out = command.output().while_("run a program")?;
    ensure(out.status.success(), || String::from_utf8_lossy(&out.stderr).into_owned())?;
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

pub(crate) fn table() -> Outcome<()> {
    let bench = Bench::new()?;
    let sum = if cfg!(target_os = "macos") {
        ("shasum", vec!["-a", "256"])
    } else {
        ("sha256sum", vec![])
    };
    let sum = run(Command::new(sum.0).args(sum.1).arg(bench.folder.join("archive.tar.gz")))?;
    let sha256 = sum.split(' ').next().unwrap_or_default().to_owned();
    // A version that is not in the table: nobody is asked.
    bench.table("1.0.0", &sha256)?;
    for version in ["9.9.9", "latest"] {
        let (code, said) = bench.install(version)?;
        ensure(code == Some(2) && said.contains("version: source"), || {
            format!("{version}: {code:?} {said}")
        })?;
    }
    for version in ["1.0.0; id", "$(id)", "../x"] {
        let (code, said) = bench.install(version)?;
        ensure(code == Some(2), || format!("{version}: {code:?} {said}"))?;
    }
    ensure(bench.server.asked().is_empty(), || {
        "a version that is not in the table was asked for".to_owned()
    })?;
    // One whose archive is another than the table says.
    bench.table("1.0.0", &"0".repeat(64))?;
    let (code, said) = bench.install("1.0.0")?;
    ensure(code == Some(2) && said.contains("sha256") && !said.contains("binary="), || {
        said.clone()
    })?;
    // The right one.
    bench.table("1.0.0", &sha256)?;
    let (code, said) = bench.install("v1.0.0")?;
    ensure(code == Some(0), || said.clone())?;
    let binary =
        said.lines().find_map(|line| line.strip_prefix("binary=")).ok_or_else(|| said.clone())?;
    ensure(run(&mut Command::new(binary))? == "it runs\n", || "it does not run".to_owned())
}
