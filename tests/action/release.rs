//! The Action as of a release: another repository's workflow, run by act with a real runner's
//! variables, against a server on this machine; and what the same release is to pre-commit.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::act::{ends, says, sets};
use crate::outcome::{Outcome, While, ensure};
use crate::process::Ended;
use crate::server::{Answer, Server};
use crate::stage::{ACTION, REPO, Stage, executable, root};

const WORKFLOW: &str = ".github/workflows/leaks.yml";
/// With a real runner's path and nothing else said: the release of the ref.
const LEAKS: &str = "\
on: [pull_request]
permissions: {}
jobs:
  leaks:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1
        with: {fetch-depth: 0, persist-credentials: false}
      - run: test -z \"$GITHUB_ACTION_REPOSITORY$GITHUB_ACTION_REF$ACT$INPUT_COMMAND\"
      - uses: ";

fn target() -> &'static str {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("macos", "aarch64") => "aarch64-apple-darwin",
        ("macos", _) => "x86_64-apple-darwin",
        (_, "aarch64") => "aarch64-unknown-linux-musl",
        _ => "x86_64-unknown-linux-musl",
    }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn program(program: &mut Command) -> Outcome<()> {
    let out = program.output().while_("run a program")?;
    ensure(out.status.success(), || String::from_utf8_lossy(&out.stderr).into_owned())
}

/// An archive with this program, as a release has it.
fn archive(folder: &Path, name: &str, from: &Path) -> Outcome<Vec<u8>> {
    let packing = folder.join(format!("packing-{name}"));
    fs::create_dir_all(&packing).while_("make a folder")?;
    fs::copy(from, packing.join("tokenward")).while_("copy a program")?;
    // What only a debugger reads would be half a minute of packing.
    let _ = Command::new("strip").arg(packing.join("tokenward")).output();
    let archive = folder.join(name);
    program(
        Command::new("tar")
            .current_dir(&packing)
            .env("GZIP", "-1")
            .arg("-czf")
            .arg(&archive)
            .arg("tokenward"),
    )?;
    fs::read(archive).while_("read an archive")
}

/// The release of this package's version: its name, its bytes, and bytes that leave a mark if they
/// are run.
struct Release {
    version: String,
    name: String,
    bytes: Vec<u8>,
    evil: Vec<u8>,
    marker: PathBuf,
}

impl Release {
    fn new(folder: &Path) -> Outcome<Self> {
        fs::create_dir_all(folder).while_("make a folder")?;
        let marker = folder.join("marker");
        let trap = folder.join("trap");
        fs::write(&trap, format!("#!/bin/sh\necho \"$0\" >>'{}'\n", marker.display()))
            .while_("write a trap")?;
        executable(&trap)?;
        // A release build, where somebody has one to time.
        let binary = std::env::var_os("TOKENWARD_RELEASED")
            .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_tokenward")), PathBuf::from);
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let name = format!("tokenward-{version}-{}.tar.gz", target());
        let bytes = archive(folder, "honest.tar.gz", &binary)?;
        Ok(Self { version, name, bytes, evil: archive(folder, "evil.tar.gz", &trap)?, marker })
    }

    /// Writes the table of a checkout of the Action.
    fn table(&self, checkout: &Path, more: &str) -> Outcome<()> {
        let row = format!("{more}{} {} {}\n", self.version, target(), sha256(&self.bytes));
        fs::write(checkout.join("action/checksums.txt"), row).while_("write the table")
    }

    fn place(&self) -> String {
        format!("/acme/tokenward/releases/download/v{}/{}", self.version, self.name)
    }
}

/// The pull request of another repository that adds a token, whose workflow names a ref of the
/// Action and no version.
fn proposal(name: &str) -> Outcome<(Stage, serde_json::Value)> {
    let mut stage = Stage::new(name)?;
    stage.write(WORKFLOW, &format!("{LEAKS}{ACTION}\n"))?;
    let base = stage.commit("Begin")?;
    stage.git(&["checkout", "--quiet", "-b", "feature"])?;
    let value = stage.emulator.sendgrid().add_key("leaked", &["mail.send"]).value;
    stage.write("settings.py", &format!("KEY = '{value}'\n"))?;
    let head = stage.commit("Send mail")?;
    // Nothing of these tests leaves this machine.
    stage.env.insert("https_proxy".to_owned(), "http://127.0.0.1:1".to_owned());
    Ok((stage, Stage::pull_request(&base, &head, REPO)))
}

fn run(stage: &Stage, event: &serde_json::Value) -> Outcome<Ended> {
    stage.act("pull_request", WORKFLOW, Some(event), false)
}

fn finds_the_leak(ended: &Ended) -> Outcome<()> {
    ends(ended, 1)?;
    sets(ended, "exit-code", "11")?;
    sets(ended, "leaked", "1")
}

pub(crate) fn quick() -> Outcome<()> {
    let (mut stage, event) = proposal("release")?;
    let release = Release::new(&stage.folder.join("release"))?;
    release.table(&stage.folder.join("action"), "")?;
    let (bytes, place) = (release.bytes.clone(), release.place());
    let server = Server::new(move |_, path| match path == place {
        true => Answer::Whole(bytes.clone()),
        false => Answer::Missing,
    })
    .while_("listen")?;
    stage.env.insert("GITHUB_SERVER_URL".to_owned(), server.url.clone());
    for (round, from) in [("first", server.url.as_str()), ("second", server.url.as_str())] {
        let begun = Instant::now();
        let ended = run(&stage, &event)?;
        finds_the_leak(&ended)?;
        says(&ended, &format!("the release, from {from}/"))?;
        ensure(!ended.said.contains("::notice"), || ended.said.clone())?;
        let _ = writeln!(
            std::io::stderr(),
            "the {round} leak check in release mode: {} ms, the whole of act",
            begun.elapsed().as_millis()
        );
    }
    // On a machine without a way out: a mirror on a disk, and then what its image brought along.
    stage.env.insert("GITHUB_SERVER_URL".to_owned(), "http://127.0.0.1:1".to_owned());
    let mirror = stage.folder.join("mirror");
    fs::create_dir_all(&mirror).while_("make a folder")?;
    fs::write(mirror.join(&release.name), &release.bytes).while_("fill the mirror")?;
    stage.env.insert("TOKENWARD_MIRROR".to_owned(), format!("file://{}", mirror.display()));
    let ended = run(&stage, &event)?;
    finds_the_leak(&ended)?;
    says(&ended, "the release, from file:///")?;
    stage.env.remove("TOKENWARD_MIRROR");
    plant(&stage, &release.name, &release.bytes)?;
    let ended = run(&stage, &event)?;
    finds_the_leak(&ended)?;
    says(&ended, "the release, from the tool cache")
}

/// Puts a file where act's tool cache has it.
fn plant(stage: &Stage, name: &str, bytes: &[u8]) -> Outcome<()> {
    let tools = stage.folder.join("cache/act/tool_cache/tokenward");
    fs::create_dir_all(&tools).while_("make a folder")?;
    fs::write(tools.join(name), bytes).while_("plant a file")
}

#[cfg(unix)]
pub(crate) fn hostile() -> Outcome<()> {
    let (mut stage, event) = proposal("hostile-release")?;
    let release = Release::new(&stage.folder.join("release"))?;
    let checkout = stage.folder.join("action");
    release.table(&checkout, "")?;
    let (good, evil) = (release.bytes.clone(), release.evil.clone());
    let elsewhere = {
        let (good, evil) = (good.clone(), evil.clone());
        Server::new(move |_, path| {
            Answer::Whole(if path == "/good" { &good } else { &evil }.clone())
        })
        .while_("listen")?
    };
    let redirect = |path: &str| Answer::Elsewhere(format!("{}{path}", elsewhere.url));
    let fails: [(&str, Answer, &str); 4] = [
        ("another archive", Answer::Whole(evil.clone()), "table, so nothing was installed"),
        ("cut off", Answer::Cut(good.clone()), "could not be downloaded"),
        ("404", Answer::Missing, "could not be downloaded"),
        ("a redirect to another host", redirect("/evil"), "table, so nothing was installed"),
    ];
    for (name, answer, said) in fails {
        let server = Server::new(move |_, _| answer.clone()).while_("listen")?;
        stage.env.insert("GITHUB_SERVER_URL".to_owned(), server.url.clone());
        let ended = run(&stage, &event)?;
        ends(&ended, 1)?;
        says(&ended, said).map_err(|why| format!("{name}: {why}"))?;
        ensure(!ended.said.contains("### tokenward"), || format!("{name}: {}", ended.said))?;
        ensure(!release.marker.exists(), || format!("{name}: it was run:\n{}", ended.said))?;
    }
    // A redirect to another host that has the right one is no attack, and neither is a server that
    // breaks off once.
    let answer = redirect("/good");
    let bytes = good.clone();
    for server in [
        Server::new(move |_, _| answer.clone()).while_("listen")?,
        Server::new(move |count, _| match count {
            0 => Answer::Cut(bytes.clone()),
            _ => Answer::Whole(bytes.clone()),
        })
        .while_("listen")?,
    ] {
        stage.env.insert("GITHUB_SERVER_URL".to_owned(), server.url.clone());
        finds_the_leak(&run(&stage, &event)?)?;
    }
    // What was planted in the tool cache, packed and unpacked, is never run: not with a release,
    // and not where it has to be built.
    plant(&stage, &release.name, &evil)?;
    let trap = fs::read(stage.folder.join("release/trap")).while_("read the trap")?;
    plant(&stage, "tokenward", &trap)?;
    executable(&stage.folder.join("cache/act/tool_cache/tokenward/tokenward"))?;
    let ended = run(&stage, &event)?;
    finds_the_leak(&ended)?;
    says(&ended, "the archive in the tool cache does not match")?;
    fs::write(checkout.join("action/checksums.txt"), "").while_("write the table")?;
    finds_the_leak(&run(&stage, &event)?)?;
    ensure(!release.marker.exists(), || "what was planted was run".to_owned())?;
    // The control: it does leave a mark.
    program(&mut Command::new(stage.folder.join("release/trap")))?;
    ensure(release.marker.exists(), || "the trap is none".to_owned())
}

pub(crate) fn source() -> Outcome<()> {
    let (stage, event) = proposal("no-release")?;
    let ended = run(&stage, &event)?;
    finds_the_leak(&ended)?;
    says(&ended, "::notice")?;
    says(&ended, "builds its own checkout from source: about 6 minutes")?;
    says(&ended, "built from source in ")
}

/// The callable workflow, called by another repository: act knows no `$/`, so its text names the
/// Action.
pub(crate) fn called() -> Outcome<()> {
    let stage = Stage::new("called")?;
    let old = stage.paste("SENDGRID_API_KEY");
    stage.init(&["sendgrid"])?;
    let callable = fs::read_to_string(root().join(".github/workflows/rotate.yml"))
        .while_("read the callable workflow")?;
    stage.write(".github/workflows/called.yml", &callable.replace("$/action", ACTION))?;
    stage.write(
        ".github/workflows/caller.yml",
        "\
on: schedule
jobs:
  rotate:
    uses: ./.github/workflows/called.yml
    with: {secret-names: SENDGRID_API_KEY SENDGRID_MANAGER_KEY}
    secrets:
      SECRET_1: ${{ secrets.SENDGRID_API_KEY }}
      SECRET_2: ${{ secrets.SENDGRID_MANAGER_KEY }}
      TOKENWARD_JOURNAL_KEY: ${{ secrets.TOKENWARD_JOURNAL_KEY }}
      TOKENWARD_PRIVATE_KEY: ${{ secrets.TOKENWARD_PRIVATE_KEY }}
",
    )?;
    stage.commit("Begin")?;
    for (hours, rotated) in [(1, "[]"), (31 * 24, "[\"sendgrid\"]"), (1, "[]"), (25, "[]")] {
        stage.pass(hours);
        let ended = stage.act("schedule", ".github/workflows/caller.yml", None, true)?;
        ends(&ended, 0)?;
        sets(&ended, "rotated", rotated)?;
        ensure(!ended.said.contains(&old), || "the log shows a value".to_owned())?;
    }
    stage.pass(1);
    ensure(!stage.emulator.sendgrid().is_live(&old), || "the old key is still there".to_owned())
}

/// A clone with a tag, as pre-commit makes one, and a repository that uses its hooks.
pub(crate) fn pre_commit() -> Outcome<()> {
    let stage = Stage::new("pre-commit")?;
    let release = Release::new(&stage.folder.join("release"))?;
    let action = stage.folder.join("tagged");
    for part in ["action", ".pre-commit-hooks.yaml", "Cargo.toml"] {
        crate::stage::copy_all(&root().join(part), &action.join(part))?;
    }
    release.table(&action, "# repository acme/tokenward\n")?;
    Stage::git_in(&action, &["init", "--quiet", "--initial-branch=main"])?;
    Stage::git_in(&action, &["add", "--all"])?;
    Stage::git_in(&action, &["commit", "--quiet", "--message", "Release"])?;
    Stage::git_in(&action, &["tag", "v1"])?;
    let mirror = stage.folder.join("mirror");
    fs::create_dir_all(&mirror).while_("make a folder")?;
    fs::write(mirror.join(&release.name), &release.bytes).while_("fill the mirror")?;
    let config = format!(
        "repos:\n  - repo: {}\n    rev: v1\n    hooks: [{{id: tokenward}}, {{id: tokenward-files}}]\n",
        action.display()
    );
    stage.write(".pre-commit-config.yaml", &config)?;
    stage.commit("Begin")?;
    let hook = |mirror: &str| -> Outcome<(Option<i32>, String)> {
        let begun = Instant::now();
        let mut pre_commit = Command::new(crate::tools::Tool::PreCommit.path());
        pre_commit.arg("run").current_dir(&stage.repo).env_clear();
        pre_commit
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", stage.folder.join("home"))
            .env("TOKENWARD_MIRROR", mirror)
            .env("https_proxy", "http://127.0.0.1:1");
        let out = pre_commit.output().while_("run pre-commit")?;
        let said = String::from_utf8_lossy(&out.stdout).into_owned()
            + &String::from_utf8_lossy(&out.stderr);
        let _ = writeln!(std::io::stderr(), "pre-commit: {} ms", begun.elapsed().as_millis());
        Ok((out.status.code(), said))
    };
    stage.write("settings.py", "KEY = ''\n")?;
    stage.git(&["add", "--all"])?;
    let (code, said) = hook(&format!("file://{}", mirror.display()))?;
    ensure(code == Some(0) && said.matches("Passed").count() == 2, || said.clone())?;
    // Again, and with nothing to download from: what was kept is checked and run.
    let (code, said) = hook("")?;
    ensure(code == Some(0) && said.matches("Passed").count() == 2, || said.clone())?;
    let value = stage.emulator.sendgrid().add_key("leaked", &["mail.send"]).value;
    stage.write("settings.py", &format!("KEY = '{value}'\n"))?;
    stage.git(&["add", "--all"])?;
    let (code, said) = hook("")?;
    ensure(code == Some(1) && said.matches("- exit code: 11").count() == 2, || said.clone())?;
    ensure(!said.contains(&value), || "the hook shows the value".to_owned())?;
    // Somebody else writes into the cache: nothing of it is run.
    let kept = stage.folder.join("home/.cache/tokenward").join(&release.name);
    fs::write(&kept, &release.evil).while_("plant a file")?;
    let (code, said) = hook("")?;
    ensure(code == Some(1) && said.contains("could not be downloaded"), || said.clone())?;
    ensure(!release.marker.exists(), || "what was planted was run".to_owned())
}
