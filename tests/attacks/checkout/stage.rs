//! A repository at a server on loopback, what an attacker brings to it, and a runner's checkout of
//! it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use tokenward::net::{Answer, Request, Transport, TransportError};

use crate::support::git_http::GitServer;
use crate::support::{FOUR, InProcess, Ran, World};

/// The provider file that would get the value of the config's own variable.
pub(crate) const THEIRS: &str = include_str!("../../fixtures/inhouse.yaml");
/// The host it names.
pub(crate) const THEIR_HOST: &str = "keys.inhouse.example";

/// A config that sends the token to a host of its author, and keeps the scan from looking at
/// anything.
pub(crate) fn evil() -> String {
    let token = FOUR
        .replace("  sendgrid:\n", "  stolen:\n")
        .replace("provider: sendgrid", "provider: inhouse-mailer");
    format!("{token}providers: [evil.yaml]\nscan: {{ignore: ['**']}}\n")
}

/// The emulator, and every host that was asked.
struct Hosts(InProcess, Arc<Mutex<Vec<String>>>);

impl Transport for Hosts {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        self.1.lock().unwrap().push(request.url.host().unwrap_or_default().to_owned());
        self.0.send(request).boxed()
    }
}

pub(crate) struct Stage {
    /// Its folder is the runner's checkout.
    pub(crate) world: World,
    /// The repository at the server, with its work tree.
    pub(crate) origin: PathBuf,
    pub(crate) server: GitServer,
    /// A folder of the runner outside of the workspace.
    pub(crate) outside: PathBuf,
    hosts: Arc<Mutex<Vec<String>>>,
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.origin);
        let _ = fs::remove_dir_all(&self.outside);
    }
}

impl Stage {
    /// A repository whose branch `main` has our config; the attacker's branch `evil` is checked out
    /// there, with nothing in it yet.
    pub(crate) fn new() -> Self {
        let mut world = World::new(FOUR);
        let beside = |name: &str| {
            let path = PathBuf::from(format!("{}-{name}", world.folder.display()));
            fs::create_dir_all(&path).unwrap();
            fs::canonicalize(path).unwrap()
        };
        let (origin, outside) = (beside("origin"), beside("outside"));
        world.folder = fs::canonicalize(&world.folder).unwrap();
        let hosts = Arc::new(Mutex::new(Vec::new()));
        world.transport = Some(Arc::new(Hosts(world.in_process(), Arc::clone(&hosts))));
        let server = GitServer::of(&origin);
        for (name, value) in [
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_REPOSITORY", "acme/site".to_owned()),
            ("GITHUB_RUN_ID", "4711".to_owned()),
            ("GITHUB_SERVER_URL", server.url()),
            ("GITHUB_WORKSPACE", world.folder.display().to_string()),
            ("GITHUB_EVENT_PATH", outside.join("event.json").display().to_string()),
            ("GITHUB_OUTPUT", outside.join("outputs.txt").display().to_string()),
            ("GITHUB_STEP_SUMMARY", outside.join("summary.md").display().to_string()),
            ("RUNNER_TEMP", outside.display().to_string()),
        ] {
            world.env.insert(name.to_owned(), value);
        }
        world.emulator.github().start_run("acme/site", 4711, 1);
        let stage = Self { world, origin, server, outside, hosts };
        stage.git(&["init", "--quiet", "--initial-branch=main"]);
        stage.write(".github/tokenward.yml", FOUR);
        stage.write("readme", "hello\n");
        stage.commit("base");
        stage.git(&["checkout", "--quiet", "-b", "evil"]);
        stage
    }

    /// Git on the repository at the server.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let out = git(&self.origin, arguments);
        assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).trim().to_owned()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.origin.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn link(&self, path: &str, target: &str) {
        let path = self.origin.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let _ = fs::remove_file(&path);
        std::os::unix::fs::symlink(target, path).unwrap();
    }

    /// Commits everything on the branch that is checked out there.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all", "--force"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub(crate) fn tip(&self, branch: &str) -> String {
        self.git(&["rev-parse", branch])
    }

    /// Puts a config and a provider file of the attacker's into the branch.
    pub(crate) fn propose_evil(&self) -> String {
        self.write(".github/tokenward.yml", &evil());
        self.write("evil.yaml", THEIRS);
        self.commit("evil")
    }

    /// What `actions/checkout` leaves behind: a shallow clone of one branch. Its own remote leads
    /// nowhere.
    pub(crate) fn check_out(&self, branch: &str) {
        let _ = fs::remove_dir_all(&self.world.folder);
        let url = format!("file://{}", self.origin.display());
        let folder = self.world.folder.display().to_string();
        let out = git(
            &self.origin,
            &[
                "clone",
                "--quiet",
                "--depth=1",
                "--no-tags",
                "--single-branch",
                "--branch",
                branch,
                &url,
                &folder,
            ],
        );
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        assert!(
            git(&self.world.folder, &["remote", "set-url", "origin", "file:///nowhere/at/all"])
                .status
                .success()
        );
    }

    /// What the runner says about the run.
    pub(crate) fn event(
        &mut self,
        name: &str,
        reference: &str,
        sha: &str,
        protected: &str,
        payload: &Value,
    ) {
        let mut payload = payload.clone();
        payload["repository"] = json!({"full_name": "acme/site", "default_branch": "main"});
        fs::write(self.outside.join("event.json"), payload.to_string()).unwrap();
        for (name, value) in [
            ("GITHUB_EVENT_NAME", name),
            ("GITHUB_REF", reference),
            ("GITHUB_SHA", sha),
            ("GITHUB_REF_PROTECTED", protected),
        ] {
            self.world.env.insert(name.to_owned(), value.to_owned());
        }
    }

    /// A pull request of `evil` into a branch.
    pub(crate) fn pull_request(&mut self, base: &str) {
        let (head, sha) = (self.tip("evil"), self.tip(base));
        let payload = json!({"pull_request": {
            "number": 7, "commits": 1,
            "base": {"ref": base, "sha": sha},
            "head": {"ref": "evil", "sha": head, "repo": {"full_name": "acme/site"}},
        }});
        self.event("pull_request", "refs/pull/7/merge", &head, "false", &payload);
    }

    /// Writes a field of the event's pull request, such as its title.
    pub(crate) fn describe(&self, field: &str, text: &str) {
        let path = self.outside.join("event.json");
        let mut payload: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        payload["pull_request"][field] = json!(text);
        fs::write(path, payload.to_string()).unwrap();
    }

    /// Runs the Action.
    pub(crate) async fn act(&self, inputs: &[(&str, &str)]) -> Ran {
        let mut handed = self.world.handed();
        for (name, value) in inputs {
            handed.insert(
                format!("TOKENWARD_INPUT_{}", name.to_uppercase().replace('-', "_")),
                (*value).to_owned(),
            );
        }
        self.hosts.lock().unwrap().clear();
        self.world.run_with(&["action"], &handed).await
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        self.hosts.lock().unwrap().clear();
        self.world.run(arguments).await
    }

    /// The same command as a person would run it in the same folder, whose files then are their
    /// own: the control.
    pub(crate) async fn run_as_person(&mut self, arguments: &[&str]) -> Ran {
        let kept: BTreeMap<String, String> = self.world.env.clone();
        self.world.env.remove("GITHUB_ACTIONS");
        let ran = self.run(arguments).await;
        self.world.env = kept;
        ran
    }

    /// Whether the attacker's config or host had any say in the last run.
    pub(crate) fn is_theirs(&self, ran: &Ran) -> bool {
        ran.all().contains("stolen") || self.asked(THEIR_HOST)
    }

    pub(crate) fn asked(&self, host: &str) -> bool {
        self.hosts.lock().unwrap().iter().any(|asked| asked == host)
    }

    /// A file that must not appear.
    pub(crate) fn marker(&self) -> PathBuf {
        self.outside.join("marker")
    }
}

/// Git as anybody would start it, in a folder.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> std::process::Output {
    let mut git = Command::new("git");
    git.args([
        "-c",
        "user.name=T",
        "-c",
        "user.email=t@example.com",
        "-c",
        "commit.gpgsign=false",
        "-c",
        "advice.addEmbeddedRepo=false",
    ]);
    git.args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    git.env("GIT_TERMINAL_PROMPT", "0").output().unwrap()
}
