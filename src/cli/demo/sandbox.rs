//! The demo's sandbox: an organization with a repository, a SendGrid key in four secrets, and a
//! clock that can be advanced. All of it is in the emulator: no account, no network, no real token.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::{fs, io};

use jiff::SignedDuration;
use tokenward_emulator::{
    Credential, CredentialKind, Emulator, SecretPlace, Served, Service, Visibility,
};

use crate::cli::env::Env;
use crate::cli::run::run;
use crate::disk::{Disk, Kind};

pub(super) const REPO: &str = "acme/site";

const CONFIG: &str = "\
version: 1
defaults: {rotate-every: 30d, grace: 24h}
tokens:
  sendgrid-transactional:
    provider: sendgrid
    value: env:SENDGRID_API_KEY
    manager: env:SENDGRID_MANAGER_KEY
    scopes: [mail.send]
    destinations:
      - {github: acme/site, secret: SENDGRID_API_KEY}
      - {github: acme/site, environment: production, secret: SENDGRID_API_KEY}
      - {github: acme, secret: SENDGRID_API_KEY, visibility: preserve}
      - {github: acme/site, store: dependabot, secret: SENDGRID_API_KEY}
  hubspot-crm:
    provider: hubspot
    value: env:HUBSPOT_TOKEN
    destinations:
      - {github: acme/site, secret: HUBSPOT_TOKEN}
";

/// A second token with manual rotation, to try commands with.
const KLAVIYO: &str = "  klaviyo-news:
    provider: klaviyo
    value: env:KLAVIYO_API_KEY
    destinations:
      - {github: acme/site, secret: KLAVIYO_API_KEY}
";

/// The demo's world.
pub(super) struct Sandbox {
    env: Env,
    pub(super) emulator: Emulator,
    served: Served,
    pub(super) folder: PathBuf,
    fixed: BTreeMap<String, String>,
    pub(super) hubspot: String,
    pub(super) by_hand: String,
}

impl Sandbox {
    /// `by_hand`: for a person to try commands in, with more to try.
    pub(super) async fn open(env: &Env, by_hand: bool) -> io::Result<Self> {
        let mut random = [0; 6];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let folder = std::env::temp_dir()
            .join(format!("tokenward-demo-{}", crate::domain::ids::hex(&random)));
        let config = if by_hand { format!("{CONFIG}{KLAVIYO}") } else { CONFIG.to_owned() };
        put(&folder, ".github/tokenward.yml", &config)?;
        let emulator = Emulator::new();
        let served = emulator.serve().await?;
        let hubspot = add_secrets(&emulator, by_hand);
        let manager = emulator.sendgrid().add_full_access_key("tokenward manager").value;
        let colleagues = emulator
            .sendgrid()
            .add_key("a colleague's own key", &["mail.send", "templates.read"])
            .id;
        let fixed = variables(&emulator, &served, manager);
        Ok(Self { env: env.clone(), emulator, served, folder, fixed, hubspot, by_hand: colleagues })
    }

    /// Writes a file of the sandbox.
    pub(super) fn put(&self, name: &str, text: &str) -> io::Result<()> {
        put(&self.folder, name, text)
    }

    pub(super) async fn close(self) {
        self.served.stop().await;
        let _ = fs::remove_dir_all(&self.folder);
    }

    /// The world outside the sandbox.
    pub(super) fn surroundings(&self) -> &Env {
        &self.env
    }

    /// Shows a text to the person who watches.
    pub(super) fn say(&self, text: &str) {
        self.env.say(text);
    }

    /// Lets time pass in the sandbox. It passes for tokenward as well, which uses GitHub's clock.
    pub(super) fn pass(&self, hours: i64) {
        self.emulator.advance(SignedDuration::from_hours(hours));
    }

    /// The variables that a workflow run receives that starts now.
    pub(super) fn environment(&self) -> BTreeMap<String, String> {
        let mut env = self.fixed.clone();
        env.extend(self.emulator.github().handed_secrets(REPO, None));
        env
    }

    /// Runs one command as a workflow run that starts now, and returns its exit code and all
    /// output.
    pub(super) async fn run(&self, arguments: &[&str]) -> (u8, String) {
        let said: Arc<Mutex<Vec<u8>>> = Arc::default();
        let env = Env {
            variables: self.environment().into(),
            folder: self.folder.clone(),
            out: said.clone(),
            err: said.clone(),
            ..self.env.clone()
        };
        let arguments: Vec<_> =
            std::iter::once("tokenward").chain(arguments.iter().copied()).map(Into::into).collect();
        let code = Box::pin(run(&arguments, &env)).await;
        let text =
            said.lock().map(|said| String::from_utf8_lossy(&said).into_owned()).unwrap_or_default();
        (code, text)
    }

    /// The values in the four destinations, as the sandbox opens them.
    pub(super) fn held(&self) -> Vec<Option<String>> {
        places()
            .iter()
            .map(|place| self.emulator.github().secret_value(place, "SENDGRID_API_KEY"))
            .collect()
    }

    /// How to use a sandbox that is kept running.
    pub(super) fn directions(&self) -> String {
        let mut text = String::from(
            "The sandbox is running on this machine. Its credentials are worthless anywhere else.\n\n",
        );
        let _ = writeln!(text, "cd {}", self.folder.display());
        for (name, value) in self.environment() {
            let _ = writeln!(text, "export {name}={value}");
        }
        let _ = writeln!(text, "\nThen try: tokenward plan, tokenward rotate, tokenward status.");
        let control = self.served.control_url();
        let _ = write!(
            text,
            "After each `rotate`, `push` and `guide`, reload the secrets as a new run would receive them: the first `rotate` creates the journal's key, later ones create new values.\n\
             eval \"$(curl -s {control}/export/{REPO})\"\n\
             Advance the clock of the sandbox:\n\
             curl -d '{{\"seconds\": 86400}}' {control}/advance\n\n{}",
            manual_rotation(&control)
        );
        text.push_str("Press Ctrl-C to stop the sandbox.\n");
        text
    }
}

/// The lines of a whole manual rotation: a shell can run them as they are.
fn manual_rotation(control: &str) -> String {
    let receive = format!("eval \"$(curl -s {control}/export/{REPO})\"");
    format!(
        "A manual rotation, from the new value to the proof that the old one is dead (docs/quickstart.md, \"Try it without an account\"):\n\
         tokenward rotate\n\
         {receive}\n\
         curl -s -X POST {control}/make/klaviyo | tokenward push klaviyo-news --value-from -\n\
         {receive}\n\
         tokenward rotate\n\
         curl -s -d '{{\"seconds\": 90000}}' {control}/advance\n\
         tokenward rotate\n\
         curl -s -d \"$KLAVIYO_API_KEY_OLD\" {control}/revoke/klaviyo\n\
         tokenward rotate\n\n"
    )
}

/// Adds the organization, its repository, and the secrets that people pasted. Returns the value
/// from HubSpot.
fn add_secrets(emulator: &Emulator, by_hand: bool) -> String {
    let github = emulator.github();
    github.add_org("acme");
    github.add_repo(REPO);
    github.add_environment(REPO, "production");
    let old = emulator.sendgrid().add_key("pasted by somebody in 2021", &["mail.send"]).value;
    for place in places() {
        github.put_secret(&place, "SENDGRID_API_KEY", &old);
    }
    let visibility = Visibility::Selected(vec![REPO.to_owned()]);
    github.set_org_visibility("acme", "SENDGRID_API_KEY", &visibility);
    let repo = SecretPlace::Repo(REPO.to_owned());
    let hubspot = emulator.hubspot().add_token(&["crm.objects.contacts.read"], 4_711).value;
    github.put_secret(&repo, "HUBSPOT_TOKEN", &hubspot);
    if let Some(key) =
        emulator.twin("klaviyo").and_then(|twin| twin.seed("private-key")).filter(|_| by_hand)
    {
        github.put_secret(&repo, "KLAVIYO_API_KEY", &key.value);
    }
    hubspot
}

/// The variables of every workflow run: where the services are, and our credentials.
fn variables(emulator: &Emulator, served: &Served, manager: String) -> BTreeMap<String, String> {
    let github = emulator.github();
    let workflow = [("contents", "write"), ("actions", "read"), ("issues", "write")];
    let reader = Credential::new(CredentialKind::ActionsToken, &workflow).on(&[REPO]);
    BTreeMap::from([
        ("GITHUB_API_URL".to_owned(), served.url(Service::GitHub)),
        ("GITHUB_TOKEN".to_owned(), github.add_credential(reader)),
        ("TOKENWARD_GITHUB_TOKEN".to_owned(), github.add_app_credential_with_all()),
        ("SENDGRID_MANAGER_KEY".to_owned(), manager),
        ("TOKENWARD_SANDBOX_SENDGRID".to_owned(), served.url(Service::SendGrid)),
        ("TOKENWARD_SANDBOX_RESEND".to_owned(), served.url(Service::Resend)),
        ("TOKENWARD_SANDBOX_HUBSPOT".to_owned(), served.url(Service::HubSpot)),
        ("TOKENWARD_SANDBOX_KLAVIYO".to_owned(), served.url(Service::Klaviyo)),
    ])
}

fn places() -> [SecretPlace; 4] {
    [
        SecretPlace::Repo(REPO.to_owned()),
        SecretPlace::Environment(REPO.to_owned(), "production".to_owned()),
        SecretPlace::Org("acme".to_owned()),
        SecretPlace::Dependabot(REPO.to_owned()),
    ]
}

fn put(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    Disk::of_person(folder)
        .replace(&folder.join(name), text, Kind::Plain)
        .map(|_| ())
        .map_err(io::Error::other)
}
