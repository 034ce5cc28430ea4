//! The repository `acme/site` in the emulator, and runs of its workflow: each is handed what GitHub
//! would hand it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokenward_emulator::{
    Emulator, Fault, FaultKind, FaultMatch, GitHub, SecretPlace, Service, Visibility,
};

use crate::outcome::{Outcome, While, ensure};
use crate::process;

const TOKENWARD: &str = env!("CARGO_BIN_EXE_tokenward");
pub(crate) const REPO: &str = "acme/site";
pub(crate) const OTHER_REPO: &str = "acme/shop";
pub(crate) const ORG: &str = "acme";
const ENVIRONMENT: &str = "prod/eu west";
pub(crate) const SECRETS: [&str; 2] = ["SENDGRID_API_KEY", "RESEND_API_KEY"];

/// Every kind of secret GitHub has.
pub(crate) fn places() -> [SecretPlace; 5] {
    [
        SecretPlace::Repo(REPO.to_owned()),
        SecretPlace::Environment(REPO.to_owned(), ENVIRONMENT.to_owned()),
        SecretPlace::Org(ORG.to_owned()),
        SecretPlace::Dependabot(REPO.to_owned()),
        SecretPlace::Codespaces(REPO.to_owned()),
    ]
}

/// Where a token that only one repository uses stands.
pub(crate) fn home() -> SecretPlace {
    SecretPlace::Repo(REPO.to_owned())
}

/// Who may read the organization's secrets, before and after.
pub(crate) fn selected() -> Visibility {
    Visibility::Selected(vec![OTHER_REPO.to_owned(), REPO.to_owned()])
}

/// A GitHub with everything in place but the secrets.
pub(crate) fn furnish(github: &GitHub) {
    github.add_org(ORG);
    github.add_repo(REPO);
    github.add_private_repo(OTHER_REPO);
    github.add_environment(REPO, ENVIRONMENT);
}

/// Stores a value in all five places, as a person did years ago.
pub(crate) fn paste(github: &GitHub, name: &str, value: &str) {
    for place in places() {
        github.put_secret(&place, name, value);
    }
    github.set_org_visibility(ORG, name, &selected());
}

/// The repository's workflow.
pub(crate) struct Workflow {
    pub(crate) emulator: Emulator,
    /// What every run is given: addresses and the credentials that are not rotated.
    fixed: BTreeMap<String, String>,
    folder: PathBuf,
    runs: u64,
    /// The run that was killed.
    dead: u64,
}

impl Workflow {
    pub(crate) fn new(
        emulator: &Emulator,
        fixed: BTreeMap<String, String>,
        folder: &Path,
        config: &str,
    ) -> Outcome<Self> {
        fs::create_dir_all(folder.join(".github")).while_("make the checkout")?;
        fs::write(folder.join(".github/tokenward.yml"), config).while_("write the config")?;
        let mut random = [0_u8; 32];
        getrandom::fill(&mut random).map_err(|error| error.to_string())?;
        let mut fixed = fixed;
        fixed.insert(
            "TOKENWARD_JOURNAL_KEY".to_owned(),
            random.iter().map(|byte| format!("{byte:02x}")).collect(),
        );
        Ok(Self { emulator: emulator.clone(), fixed, folder: folder.to_owned(), runs: 0, dead: 0 })
    }

    /// Gives all later runs one more variable.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.fixed.insert(name.to_owned(), value.to_owned());
    }

    /// Where the config stands.
    pub(crate) fn config(&self) -> PathBuf {
        self.folder.join(".github/tokenward.yml")
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, hours: u64) -> Outcome<()> {
        let by = Duration::from_secs(hours * 3600).try_into().while_("move the clock")?;
        self.emulator.advance(by);
        Ok(())
    }

    /// One command of tokenward as a step of a run that starts now. Gives what it said; fails where
    /// it ends otherwise than expected.
    pub(crate) fn step(&mut self, arguments: &[&str], expected: i32) -> Outcome<String> {
        self.step_with(&[], arguments, expected)
    }

    /// The same with other variables: as a run of another repository's workflow, say.
    pub(crate) fn step_with(
        &mut self,
        more: &[(&str, &str)],
        arguments: &[&str],
        expected: i32,
    ) -> Outcome<String> {
        let mut env = self.begin();
        env.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let ended = process::run(Path::new(TOKENWARD), arguments, &self.folder, &env)?;
        self.emulator.github().complete_run(REPO, self.runs);
        let said = self.without_values(&ended.said);
        ensure(ended.code == Some(expected), || {
            format!(
                "`tokenward {}` ended with {:?}, not {expected}:\n{said}",
                arguments.join(" "),
                ended.code
            )
        })?;
        ensure(said == ended.said, || {
            format!("`tokenward {}` printed a value:\n{said}", arguments.join(" "))
        })?;
        Ok(said)
    }

    /// A step that is killed once it waits for the answer to the first request of this kind. GitHub
    /// has not noticed yet.
    pub(crate) fn dies_at(&mut self, method: &str, path: &str, arguments: &[&str]) -> Outcome<()> {
        let matches = FaultMatch::Where {
            service: Some(Service::GitHub),
            method: Some(method.to_owned()),
            path_contains: Some(path.to_owned()),
        };
        self.emulator.inject(Fault { matches, kind: FaultKind::TimeOut, times: 1 });
        let env = self.begin();
        self.dead = self.runs;
        let hangs = || self.emulator.requests().iter().any(|request| request.status == 0);
        process::kill_when(Path::new(TOKENWARD), arguments, &self.folder, &env, hangs)
    }

    /// GitHub notices.
    pub(crate) fn dead_run_is_over(&self) {
        self.emulator.github().complete_run(REPO, self.dead);
    }

    /// A new run, and what it is handed.
    fn begin(&mut self) -> BTreeMap<String, String> {
        self.runs += 1;
        let github = self.emulator.github();
        github.start_run(REPO, self.runs, 1);
        let mut env = self.fixed.clone();
        env.extend(github.handed_secrets(REPO, None));
        env.insert("GITHUB_RUN_ID".to_owned(), self.runs.to_string());
        crate::checkout::as_runner(&self.folder, &mut env);
        env
    }

    /// What was said with every value that is or was a secret crossed out, but for the mask
    /// commands that name one by design.
    fn without_values(&self, said: &str) -> String {
        let github = self.emulator.github();
        let histories = places()
            .into_iter()
            .flat_map(|place| SECRETS.map(|name| github.secret_history(&place, name)));
        let mut values: Vec<String> = histories.flatten().collect();
        values.extend(
            self.fixed
                .iter()
                .filter(|(name, _)| name.ends_with("_KEY") || name.ends_with("_TOKEN"))
                .map(|(_, value)| value.clone()),
        );
        let lines = said.split_inclusive('\n').map(|line| {
            if line.starts_with("::add-mask::") {
                return line.to_owned();
            }
            values
                .iter()
                .fold(line.to_owned(), |line, value| line.replace(value.as_str(), "[VALUE]"))
        });
        lines.collect()
    }
}
