//! The steps of the demo. Every command really runs, and every claim is checked in the sandbox: if
//! the sandbox contradicts one, the demo reports it and fails.

use std::io;
use std::process::{Command, Stdio};

use tokenward_emulator::Service;

use super::problems;
use super::sandbox::{REPO, Sandbox};
use crate::cli::args::Global;
use crate::cli::error::CliError;
use crate::cli::screen::wants_colour;
use crate::domain::Class;

pub(super) async fn tell(sandbox: &Sandbox, global: &Global) -> Result<u8, CliError> {
    let mut story = Story {
        sandbox,
        colour: wants_colour(sandbox.surroundings(), global),
        untrue: Vec::new(),
        chapter: 0,
    };
    story.life_of_a_token().await;
    story.leak().await?;
    story.dead_token().await;
    let untrue = story.untrue;
    if untrue.is_empty() {
        sandbox.say("\nThat was the complete life cycle of a token. To set up your own repository, see README.md, \"Quickstart\".\n");
        return Ok(0);
    }
    Err(problems::untrue(untrue).into())
}

struct Story<'a> {
    sandbox: &'a Sandbox,
    colour: bool,
    untrue: Vec<String>,
    chapter: u32,
}

impl Story<'_> {
    async fn life_of_a_token(&mut self) {
        let old = self.value_in_use();
        self.sandbox.say("A sandbox of GitHub, SendGrid and HubSpot is running on this machine. No account, no network, no real token.\n");
        self.sandbox.say(
            "Years ago, somebody pasted the secret SENDGRID_API_KEY into four destinations.\n",
        );

        self.tell("Monday: the first scheduled run creates the key that signs its journal, and adopts the token.");
        self.command(&["rotate", "sendgrid-transactional"], 0).await;
        self.observe(
            self.sandbox.environment().contains_key(crate::journal::KEY_NAME),
            "GitHub passes the key to every later run; without it, a run only reads",
        );

        self.tell("31 days later it is due. The plan shows what would happen:");
        self.sandbox.pass(31 * 24);
        self.command(&["plan", "sendgrid-transactional"], 0).await;
        let planned = self.planned().await;

        self.rotation(&old, planned).await;
        self.grace_period(&old).await;
        self.command(&["status"], 0).await;
    }

    async fn rotation(&mut self, old: &str, planned: Option<(u64, u64)>) {
        self.tell("The rotation: a new key is issued, tested, sealed, and written to a repository, an environment, an organization and Dependabot.");
        self.sandbox.emulator.clear_requests();
        self.command(&["rotate", "sendgrid-transactional"], 0).await;
        let (reads, writes) = self.counted();
        let new = self.value_in_use();
        let all_new =
            new != old && self.sandbox.held().iter().all(|held| held.as_ref() == Some(&new));
        self.observe(all_new, "it opened all four sealed boxes: each has the new value");
        self.observe(self.alive(old), "the old value still works, so no consumer fails");
        self.observe(
            planned == Some((reads, writes)),
            &format!("it counted {reads} reads and {writes} writes at GitHub, as planned (and 2 reads for the journal)"),
        );
    }

    async fn grace_period(&mut self, old: &str) {
        let new = self.value_in_use();
        self.tell("The next scheduled run receives the new value from GitHub itself. That proves the delivery; the grace period begins.");
        self.sandbox.pass(1);
        self.command(&["rotate", "sendgrid-transactional"], 0).await;
        self.observe(
            self.alive(old),
            "the old value still works: runs that were queued earlier can still use it",
        );

        self.tell("A day later the grace period has ended: the old key is revoked, and a test call shows that it is dead.");
        self.sandbox.pass(25);
        self.command(&["rotate", "sendgrid-transactional"], 0).await;
        self.sandbox.pass(1);
        self.observe(!self.alive(old), "the old value is refused");
        self.observe(self.alive(&new), "the new value works");
        self.observe(
            self.sandbox
                .emulator
                .sendgrid()
                .keys()
                .iter()
                .any(|key| key.id == self.sandbox.by_hand),
            "a colleague's own key was not changed",
        );
    }

    async fn leak(&mut self) -> Result<(), CliError> {
        self.tell("A pull request adds the token in one commit and removes it in the next. The leak check finds it before the merge.");
        let value = self.value_in_use();
        match self.pull_request(&value) {
            Ok(()) => {
                self.command(&["scan", "--range", "main..feature"], Class::Leak.exit_code()).await;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.sandbox.say(
                    "(git is not installed here, so the files are scanned, not the commits)\n",
                );
                self.sandbox
                    .put("settings.py", &format!("KEY = '{value}'\n"))
                    .map_err(|error| problems::repository_failed(&error))?;
                self.command(&["scan"], Class::Leak.exit_code()).await;
            }
            Err(error) => return Err(problems::repository_failed(&error).into()),
        }
        Ok(())
    }

    async fn dead_token(&mut self) {
        self.tell(
            "Somebody clicked \"rotate and expire now\" at HubSpot: the token in the secret has expired. The daily check fails the build.",
        );
        self.sandbox.emulator.hubspot().revoke(&self.sandbox.hubspot);
        self.command(&["check"], Class::Verdict.exit_code()).await;
    }

    /// A repository with a `main` and a `feature` branch, the token in the middle of the latter.
    fn pull_request(&self, value: &str) -> io::Result<()> {
        self.git(&["init", "--quiet", "--initial-branch=main"])?;
        self.git(&["add", ".github"])?;
        self.git(&["commit", "--quiet", "--message=Begin"])?;
        self.git(&["checkout", "--quiet", "-b", "feature"])?;
        self.sandbox
            .put("settings.py", &format!("# mail settings\nSENDGRID_API_KEY = \"{value}\"\n"))?;
        self.git(&["add", "settings.py"])?;
        self.git(&["commit", "--quiet", "--message=Send mail"])?;
        self.sandbox.put("settings.py", "# mail settings\n")?;
        self.git(&["commit", "--quiet", "--all", "--message=Tidy up"])
    }

    fn git(&self, arguments: &[&str]) -> io::Result<()> {
        let identity = [
            "-c",
            "user.name=Demo",
            "-c",
            "user.email=demo@example.com",
            "-c",
            "commit.gpgsign=false",
        ];
        let mut git = Command::new("git");
        git.args(identity)
            .args(arguments)
            .current_dir(&self.sandbox.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        git.env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", if cfg!(windows) { "NUL" } else { "/dev/null" });
        let status = git.status()?;
        if status.success() {
            Ok(())
        } else {
            Err(io::Error::other(format!("git {} failed", arguments.first().unwrap_or(&""))))
        }
    }

    fn tell(&mut self, text: &str) {
        self.chapter += 1;
        let line = format!("{}. {text}", self.chapter);
        self.sandbox.say(&format!("\n{}\n", crate::report::Paint::new(self.colour).bold(&line)));
    }

    async fn command(&mut self, arguments: &[&str], expected: u8) {
        let (code, text) = self.sandbox.run(arguments).await;
        let shown: String = text.lines().map(|line| format!("  {line}\n")).collect();
        self.sandbox.say(&format!("$ tokenward {}\n{shown}", arguments.join(" ")));
        if expected != 0 {
            self.sandbox.say(&format!("  (exit code {code})\n"));
        }
        if code != expected {
            self.untrue.push(format!(
                "`tokenward {}` ended with {code}, not {expected}",
                arguments.join(" ")
            ));
        }
    }

    /// The reads and writes at GitHub that the plan announces. Its text is folded to the width of
    /// the terminal, so they come from the JSON.
    async fn planned(&self) -> Option<(u64, u64)> {
        let (_, told) =
            self.sandbox.run(&["plan", "sendgrid-transactional", "--format", "json"]).await;
        let plan: serde_json::Value = serde_json::from_str(&told).ok()?;
        let total = plan.pointer("/tokens/0/total")?;
        let number = |name: &str| total.get(name)?.as_u64();
        Some((number("github-reads")?, number("github-writes")?))
    }

    /// A claim that the sandbox can check.
    fn observe(&mut self, is_so: bool, what: &str) {
        if is_so {
            self.sandbox.say(&format!("  The sandbox: {what}.\n"));
        } else {
            self.untrue.push(format!("not true: {what}"));
        }
    }

    fn value_in_use(&self) -> String {
        self.sandbox.held().into_iter().flatten().next().unwrap_or_default()
    }

    fn alive(&self, value: &str) -> bool {
        self.sandbox.emulator.sendgrid().is_live(value)
    }

    /// GitHub requests since the last `clear_requests`, without the two that open the journal.
    fn counted(&self) -> (u64, u64) {
        let requests = self.sandbox.emulator.requests();
        let github = requests.iter().filter(|request| request.service == Service::GitHub);
        let journal = [format!("/repos/{REPO}/git/ref/"), format!("/repos/{REPO}/commits?")];
        let (mut reads, mut writes) = (0, 0);
        for request in github {
            if request.method != "GET" {
                writes += 1;
            } else if !journal.iter().any(|path| request.path.starts_with(path)) {
                reads += 1;
            }
        }
        (reads, writes)
    }
}
