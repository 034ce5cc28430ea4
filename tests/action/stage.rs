//! A repository whose workflows act runs: the Action from this checkout with a stand-in of cargo,
//! stand-ins for the actions of others that need a network, and the emulator on loopback for GitHub
//! and the platforms.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tokenward_emulator::{Emulator, SecretPlace, Served, Service};

use crate::outcome::{Outcome, While, ensure};
use crate::process::{self, Ended};
use crate::runner;
use crate::tools::Tool;

pub(crate) const REPO: &str = "acme/site";
const BINARY: &str = env!("CARGO_BIN_EXE_tokenward");
/// A commit of the Action; any will do, since it is mapped to this checkout.
pub(crate) const ACTION: &str = "acme/tokenward@1111111111111111111111111111111111111111";

/// The source of this package.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// One repository and its world.
pub(crate) struct Stage {
    pub(crate) emulator: Emulator,
    served: Served,
    runtime: tokio::runtime::Runtime,
    pub(crate) folder: PathBuf,
    pub(crate) repo: PathBuf,
    /// What every run is handed beside the secrets of the repository.
    pub(crate) secrets: BTreeMap<String, String>,
    pub(crate) variables: BTreeMap<String, String>,
    /// Further variables of the runner.
    pub(crate) env: BTreeMap<String, String>,
    /// Where programs are looked for, behind the stand-ins; the path of these tests if nothing is
    /// said.
    pub(crate) path: Option<PathBuf>,
    app: String,
}

/// A key for the journal, strong enough.
fn journal_key() -> Outcome<String> {
    let mut random = [0_u8; 32];
    getrandom::fill(&mut random).map_err(|error| error.to_string())?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Stage {
    pub(crate) fn new(name: &str) -> Outcome<Self> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("action-{}-{name}", std::process::id()));
        let repo = folder.join("repo");
        fs::create_dir_all(&repo).while_("make a folder")?;
        let emulator = Emulator::new();
        let runtime = process::runtime()?;
        let served = runtime.block_on(emulator.serve()).while_("serve the emulator")?;
        let github = emulator.github();
        github.add_org("acme");
        github.add_repo(REPO);
        let app = github.add_app_credential_with_all();
        let manager = emulator.sendgrid().add_full_access_key("manager").value;
        let secrets = BTreeMap::from([
            ("GITHUB_TOKEN".to_owned(), github.add_app_credential_with_all()),
            ("SENDGRID_MANAGER_KEY".to_owned(), manager),
            ("TOKENWARD_JOURNAL_KEY".to_owned(), journal_key()?),
            ("TOKENWARD_PRIVATE_KEY".to_owned(), "not used by the stand-in".to_owned()),
        ]);
        let variables = BTreeMap::from([
            ("TOKENWARD_CLIENT_ID".to_owned(), "client".to_owned()),
            ("TOKENWARD_REPOSITORIES".to_owned(), "[\"site\"]".to_owned()),
        ]);
        let (env, path) = (BTreeMap::new(), None);
        let stage =
            Self { emulator, served, runtime, folder, repo, secrets, variables, env, path, app };
        stage.git(&["init", "--quiet", "--initial-branch=main"])?;
        stage.git(&["remote", "add", "origin", &format!("https://github.com/{REPO}.git")])?;
        stage.furnish()?;
        Ok(stage)
    }

    /// The Action's files without its build, and a stand-in of cargo that gives out the binary
    /// under test instead of building for minutes.
    fn furnish(&self) -> Outcome<()> {
        let copy = self.folder.join("action");
        for part in [
            "action.yml",
            "action",
            "Cargo.toml",
            "Cargo.lock",
            "build.rs",
            "src",
            "crates",
            "workflows",
            "schema",
        ] {
            copy_all(&root().join(part), &copy.join(part))?;
        }
        fs::create_dir_all(self.folder.join("built")).while_("make a folder")?;
        fs::create_dir_all(self.folder.join("bin")).while_("make a folder")?;
        fs::copy(BINARY, self.binary()).while_("put the binary there")?;
        let cargo = self.folder.join("bin/cargo");
        let script = format!(
            "#!/bin/sh\nwhile [ $# -gt 0 ]; do [ \"$1\" != --target-dir ] || folder=\"$2\"; shift; done\nmkdir -p \"$folder/source\"\ncp '{}' \"$folder/source/tokenward\"\n",
            self.binary().display()
        );
        fs::write(&cargo, script).while_("write a stand-in of cargo")?;
        executable(&cargo)?;
        runner::shells(&self.folder.join("bin"))?;
        let stub = |name: &str, text: &str| {
            fs::create_dir_all(self.folder.join("stand-ins").join(name))
                .while_("make a stand-in")?;
            fs::write(self.folder.join("stand-ins").join(name).join("action.yml"), text)
                .while_("write a stand-in")
        };
        stub("app", APP)?;
        stub("artifact", &nothing(&["name", "path", "pattern"]))?;
        stub("codeql/upload-sarif", SARIF)
    }

    /// The binary that runs use.
    pub(crate) fn binary(&self) -> PathBuf {
        self.folder.join("built/tokenward")
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> Outcome<String> {
        Self::git_in(&self.repo, arguments)
    }

    /// The checkout of another repository, with these files.
    pub(crate) fn checkout(&self, full_name: &str, files: &[(&str, &str)]) -> Outcome<PathBuf> {
        let folder = self.folder.join("others").join(full_name);
        for (path, text) in files {
            let file = folder.join(path);
            fs::create_dir_all(file.parent().ok_or("a file without a folder")?)
                .while_("make a folder")?;
            fs::write(file, text).while_("write a file")?;
        }
        Self::git_in(&folder, &["init", "--quiet", "--initial-branch=main"])?;
        Self::git_in(
            &folder,
            &["remote", "add", "origin", &format!("https://github.com/{full_name}.git")],
        )?;
        Self::git_in(&folder, &["add", "--all"])?;
        Self::git_in(&folder, &["commit", "--quiet", "--message", "Begin"])?;
        Ok(folder)
    }

    pub(crate) fn git_in(folder: &Path, arguments: &[&str]) -> Outcome<String> {
        let mut git = Command::new("git");
        git.args([
            "-c",
            "user.name=Test",
            "-c",
            "user.email=test@example.com",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(arguments);
        git.current_dir(folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        let out = git.output().while_("run git")?;
        ensure(out.status.success(), || {
            format!("git {arguments:?}: {}", String::from_utf8_lossy(&out.stderr))
        })?;
        Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
    }

    pub(crate) fn write(&self, path: &str, text: &str) -> Outcome<()> {
        let file = self.repo.join(path);
        fs::create_dir_all(file.parent().ok_or("a file without a folder")?)
            .while_("make a folder")?;
        fs::write(file, text).while_("write a file")
    }

    /// Commits everything, and gives the commit.
    pub(crate) fn commit(&self, message: &str) -> Outcome<String> {
        self.git(&["add", "--all"])?;
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message])?;
        self.git(&["rev-parse", "HEAD"])
    }

    /// Runs `tokenward init` in the repository.
    pub(crate) fn init(&self, tokens: &[&str]) -> Outcome<()> {
        let mut arguments = vec!["init", "--action", ACTION];
        arguments.extend(tokens);
        let ended = process::run(Path::new(BINARY), &arguments, &self.repo, &BTreeMap::new())?;
        fs::remove_file(self.repo.join("stdout.txt"))
            .and_then(|()| fs::remove_file(self.repo.join("stderr.txt")))
            .while_("tidy up")?;
        ensure(ended.code == Some(0), || ended.said.clone())
    }

    /// An old SendGrid key in a secret of the repository.
    pub(crate) fn paste(&self, secret: &str) -> String {
        let value = self
            .emulator
            .sendgrid()
            .add_key(&format!("pasted into {secret}"), &["mail.send"])
            .value;
        self.emulator.github().put_secret(&SecretPlace::Repo(REPO.to_owned()), secret, &value);
        value
    }

    pub(crate) fn pass(&self, hours: i64) {
        self.emulator.advance(jiff::SignedDuration::from_hours(hours));
    }

    /// What the run of a pull request from `head` would be told.
    pub(crate) fn pull_request(base: &str, head: &str, from: &str) -> Value {
        json!({
            "action": "opened",
            "repository": {"full_name": REPO, "default_branch": "main"},
            "pull_request": {
                "number": 7, "commits": 2,
                "base": {"sha": base, "ref": "main", "repo": {"full_name": REPO}},
                "head": {"sha": head, "ref": "feature", "repo": {"full_name": from, "fork": from != REPO}},
            },
        })
    }

    /// Runs one workflow by act, as a run that starts now and is handed what the emulator's GitHub
    /// holds.
    pub(crate) fn act(
        &self,
        event: &str,
        workflow: &str,
        payload: Option<&Value>,
        with_secrets: bool,
    ) -> Outcome<Ended> {
        let mut secrets = self.emulator.github().handed_secrets(REPO, None);
        secrets.extend(self.secrets.clone());
        if !with_secrets {
            secrets.retain(|name, _| name == "GITHUB_TOKEN");
        }
        self.act_in(
            &self.repo,
            (event, workflow),
            payload.cloned().unwrap_or_else(nothing_special),
            &secrets,
        )
    }

    /// The same in any checkout, with these secrets.
    pub(crate) fn act_in(
        &self,
        checkout: &Path,
        (event, workflow): (&str, &str),
        payload: Value,
        secrets: &BTreeMap<String, String>,
    ) -> Outcome<Ended> {
        let file = |name: &str| self.folder.join(name).display().to_string();
        let lines: String =
            secrets.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        fs::write(file("secrets"), lines).while_("write the secrets")?;
        fs::write(file("event.json"), payload.to_string()).while_("write the event")?;
        let mut arguments: Vec<String> =
            vec![event.to_owned(), "--workflows".to_owned(), workflow.to_owned()];
        let mut add = |name: &str, value: String| arguments.extend([name.to_owned(), value]);
        add("--eventpath", file("event.json"));
        add("--secret-file", file("secrets"));
        add("--platform", "ubuntu-latest=-self-hosted".to_owned());
        for (name, value) in &self.variables {
            add("--var", format!("{name}={value}"));
        }
        for (name, value) in &self.env {
            add("--env", format!("{name}={value}"));
        }
        add("--env", format!("GITHUB_API_URL={}", self.served.url(Service::GitHub)));
        add("--env", format!("TOKENWARD_SANDBOX_SENDGRID={}", self.served.url(Service::SendGrid)));
        add("--env", format!("TOKENWARD_SANDBOX_HUBSPOT={}", self.served.url(Service::HubSpot)));
        add("--env", format!("STAND_IN_TOKEN={}", self.app));
        // As GitHub says it of a branch that a ruleset protects.
        add("--env", "GITHUB_REF_PROTECTED=true".to_owned());
        let action = self.folder.join("action");
        add("--local-repository", format!("{ACTION}={}", action.display()));
        for (pin, stand_in) in pins()? {
            add(
                "--local-repository",
                format!("{pin}={}", self.folder.join("stand-ins").join(stand_in).display()),
            );
        }
        arguments.push("--no-cache-server".to_owned());
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut env: BTreeMap<String, String> = ["PATH", "HOME"]
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)))
            .collect();
        env.insert("XDG_CACHE_HOME".to_owned(), file("cache"));
        env.insert(
            "PATH".to_owned(),
            match &self.path {
                Some(path) => format!("{}:{}", file("bin"), path.display()),
                None => {
                    format!("{}:{}", file("bin"), std::env::var("PATH").unwrap_or_default())
                }
            },
        );
        env.insert("NO_COLOR".to_owned(), "1".to_owned());
        // act's streams go to files in its folder, which must not be the repository: the workflow
        // would see them.
        let outside = self.folder.join("act");
        fs::create_dir_all(&outside).while_("make a folder")?;
        let mut all = vec!["--directory"];
        let repo = checkout.display().to_string();
        all.push(&repo);
        let mut whole: Vec<&str> = arguments;
        whole.extend(all);
        process::run(&Tool::Act.path(), &whole, &outside, &env)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _entered = self.runtime.enter();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// What every event says: whose it is.
fn nothing_special() -> Value {
    json!({"repository": {"full_name": REPO, "default_branch": "main"}})
}

/// The pinned actions of others, read from the workflows and action.yml, and their stand-ins.
fn pins() -> Outcome<BTreeMap<String, &'static str>> {
    let mut pins = BTreeMap::new();
    let mut texts = vec![fs::read_to_string(root().join("action.yml")).while_("read action.yml")?];
    for (_, text) in starters()? {
        texts.push(text);
    }
    for line in texts.iter().flat_map(|text| text.lines()) {
        let Some(pin) = line.trim().trim_start_matches("- ").strip_prefix("uses: ") else {
            continue;
        };
        let pin = pin.split(' ').next().unwrap_or_default();
        let stand_in = match pin.split('@').next().unwrap_or_default() {
            "actions/create-github-app-token" => "app",
            "actions/upload-artifact" | "actions/download-artifact" => "artifact",
            "github/codeql-action/upload-sarif" => "codeql",
            _ => continue,
        };
        pins.insert(pin.replace("/upload-sarif", ""), stand_in);
    }
    Ok(pins)
}

/// The starter workflows, by name.
pub(crate) fn starters() -> Outcome<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(root().join("workflows")).while_("list the starters")? {
        let path = entry.while_("list the starters")?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        found.insert(name, fs::read_to_string(&path).while_("read a starter")?);
    }
    Ok(found)
}

pub(crate) fn copy_all(from: &Path, to: &Path) -> Outcome<()> {
    if from.is_file() {
        fs::create_dir_all(to.parent().ok_or("a file without a folder")?)
            .while_("make a folder")?;
        return fs::copy(from, to).map(|_| ()).while_("copy a file");
    }
    for entry in fs::read_dir(from).while_("list a folder")? {
        let entry = entry.while_("list a folder")?;
        copy_all(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Gives the token that the run was handed for it.
const APP: &str = "\
name: stand-in
description: gives a token
inputs: {client-id: {description: x}, private-key: {description: x}, owner: {description: x}, repositories: {description: x}, permission-secrets: {description: x}, permission-environments: {description: x}, permission-organization-secrets: {description: x}, permission-contents: {description: x}}
outputs: {token: {description: x, value: '${{ steps.token.outputs.token }}'}}
runs: {using: composite, steps: [{id: token, run: 'echo \"token=$STAND_IN_TOKEN\" >>\"$GITHUB_OUTPUT\"', shell: sh}]}
";
/// Takes a file that has to be there.
const SARIF: &str = "\
name: stand-in
description: takes a SARIF file
inputs: {sarif_file: {description: x}, category: {description: x}}
runs: {using: composite, steps: [{run: 'grep -q 2.1.0 \"$FILE\"', shell: sh, env: {FILE: '${{ inputs.sarif_file }}'}}]}
";

fn nothing(inputs: &[&str]) -> String {
    let inputs: Vec<String> =
        inputs.iter().map(|name| format!("{name}: {{description: x}}")).collect();
    format!(
        "name: stand-in\ndescription: does nothing\ninputs: {{{}}}\nruns: {{using: composite, steps: [{{run: 'true', shell: sh}}]}}\n",
        inputs.join(", ")
    )
}

#[cfg(unix)]
pub(crate) fn executable(path: &Path) -> Outcome<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).while_("make it executable")
}

#[cfg(not(unix))]
pub(crate) fn executable(_: &Path) -> Outcome<()> {
    Ok(())
}
