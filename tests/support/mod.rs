//! A world for tests: the emulator in this process, a folder, and the commands run as a workflow
//! run would run them. No socket is opened and no variable of the real environment is seen.
#![expect(clippy::unwrap_used, reason = "a test world that cannot be made is a failed test")]

pub(crate) mod checkout;
pub(crate) mod forging;
pub(crate) mod git_http;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use jiff::SignedDuration;
use tokenward::cli::{Env, run};
use tokenward::net::{Answer, Request, Transport, TransportError, host_fits};
use tokenward::providers::Registry;
use tokenward_emulator::{
    Credential, CredentialKind, Dropped, Emulator, SecretPlace, Service, Visibility,
};
use zeroize::Zeroizing;

pub(crate) const REPO: &str = "acme/site";

/// The four kinds of destination, one SendGrid key.
pub(crate) const FOUR: &str = "\
version: 1
defaults: {rotate-every: 30d, grace: 24h}
tokens:
  sendgrid:
    provider: sendgrid
    value: env:SENDGRID_API_KEY
    manager: env:SENDGRID_MANAGER_KEY
    scopes: [mail.send]
    destinations:
      - {github: acme/site, secret: SENDGRID_API_KEY}
      - {github: acme/site, environment: production, secret: SENDGRID_API_KEY}
      - {github: acme, secret: SENDGRID_API_KEY, visibility: preserve}
      - {github: acme/site, store: dependabot, secret: SENDGRID_API_KEY}
";

/// The service behind a host: GitHub, or the twin of the provider file that declares the host.
fn service_of(host: &str) -> Option<Service> {
    static DECLARED: LazyLock<Vec<(String, Service)>> = LazyLock::new(|| {
        let registry = Registry::built_in();
        let specs = registry.all().filter_map(|spec| Some((spec, Service::of_provider(&spec.id)?)));
        specs
            .flat_map(|(spec, service)| spec.hosts.iter().map(move |host| (host.clone(), service)))
            .collect()
    });
    match host {
        "api.github.com" | "productionresultssa0.blob.core.windows.net" => Some(Service::GitHub),
        "keys.inhouse.example" => Some(Service::SendGrid),
        _ => DECLARED
            .iter()
            .find(|(declared, _)| host_fits(declared, host, None))
            .map(|(_, service)| *service),
    }
}

/// Requests go to the emulator in this process, by their host.
pub(crate) struct InProcess(pub(crate) Emulator, pub(crate) SignedDuration);

impl Transport for InProcess {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        async move {
            let host = request.url.host().unwrap_or_default().to_owned();
            let Some(service) = service_of(&host) else {
                return Err(TransportError::NotSent {
                    host,
                    why: "no such host in the test".to_owned(),
                });
            };
            let mut sent =
                http::Request::builder().method(request.method.clone()).uri(request.url.clone());
            for (name, value) in &request.headers {
                sent = sent.header(name, value);
            }
            let sent = sent.body(request.body.to_vec()).unwrap();
            self.0.advance(self.1);
            match self.0.handle(service, sent).await {
                Ok(response) => {
                    let (parts, body) = response.into_parts();
                    Ok(Answer {
                        status: parts.status.as_u16(),
                        headers: parts.headers,
                        body: Zeroizing::new(body),
                    })
                }
                Err(Dropped::Refused) => {
                    Err(TransportError::NotSent { host, why: "connection refused".to_owned() })
                }
                Err(dropped) => Err(TransportError::NoAnswer { host, why: dropped.to_string() }),
            }
        }
        .boxed()
    }
}

/// What was written to one stream.
type Stream = Arc<Mutex<Vec<u8>>>;

/// What a command did.
pub(crate) struct Ran {
    pub(crate) code: u8,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Both streams, for a failed assertion.
    pub(crate) fn all(&self) -> String {
        format!("exit {}\n--- out\n{}--- err\n{}", self.code, self.out, self.err)
    }

    pub(crate) fn expect(self, code: u8) -> Self {
        assert_eq!(self.code, code, "{}", self.all());
        self
    }
}

pub(crate) struct World {
    pub(crate) emulator: Emulator,
    pub(crate) folder: PathBuf,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) input: String,
    /// Who sits at a terminal, and what they paste, one after the other.
    pub(crate) pastes: Option<Vec<String>>,
    pub(crate) old: String,
    pub(crate) manager: String,
    /// How much of the servers' time a request takes. A second, so that a write is never in the
    /// second of the one before.
    pub(crate) tick_per_request: SignedDuration,
    /// How many columns the terminal has.
    pub(crate) width: usize,
    /// Another way to the emulator than in this process.
    pub(crate) transport: Option<Arc<dyn Transport>>,
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl World {
    /// An organization, a repository, an environment, and an old SendGrid key in four places.
    pub(crate) fn new(config: &str) -> Self {
        let mut random = [0; 8];
        getrandom::fill(&mut random).unwrap();
        let name: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let folder = std::env::temp_dir().join(format!("tokenward-test-{name}"));
        fs::create_dir_all(folder.join(".github")).unwrap();
        fs::write(folder.join(".github/tokenward.yml"), config).unwrap();
        let emulator = Emulator::new();
        let github = emulator.github();
        github.add_org("acme");
        github.add_repo(REPO);
        github.add_repo("acme/other");
        github.add_environment(REPO, "production");
        let old = emulator.sendgrid().add_key("pasted by somebody", &["mail.send"]).value;
        let manager = emulator.sendgrid().add_full_access_key("manager").value;
        for place in places() {
            github.put_secret(&place, "SENDGRID_API_KEY", &old);
        }
        github.set_org_visibility(
            "acme",
            "SENDGRID_API_KEY",
            &Visibility::Selected(vec![REPO.to_owned(), "acme/other".to_owned()]),
        );
        let workflow = [("contents", "write"), ("actions", "read")];
        let env = BTreeMap::from([
            (
                "GITHUB_TOKEN".to_owned(),
                github.add_credential(
                    Credential::new(CredentialKind::ActionsToken, &workflow).on(&[REPO]),
                ),
            ),
            ("TOKENWARD_GITHUB_TOKEN".to_owned(), github.add_app_credential_with_all()),
            ("SENDGRID_MANAGER_KEY".to_owned(), manager.clone()),
            ("TOKENWARD_JOURNAL_KEY".to_owned(), journal_key()),
        ]);
        // What was pasted was pasted long ago: GitHub's clock has moved on since.
        emulator.advance(SignedDuration::from_hours(1));
        let tick_per_request = SignedDuration::from_secs(1);
        Self {
            emulator,
            folder,
            env,
            input: String::new(),
            pastes: None,
            old,
            manager,
            tick_per_request,
            width: 100,
            transport: None,
        }
    }

    /// Lets the servers' time pass.
    pub(crate) fn pass(&self, hours: i64) {
        self.emulator.advance(SignedDuration::from_hours(hours));
    }

    /// The emulator in this process.
    pub(crate) fn in_process(&self) -> InProcess {
        InProcess(self.emulator.clone(), self.tick_per_request)
    }

    /// Runs a command as a run that starts now and is handed the secrets of the repository.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &self.handed()).await
    }

    /// Pastes one value after the other, and then nothing.
    fn person(&self) -> tokenward::cli::Hidden {
        let pastes = Mutex::new(self.pastes.clone().unwrap_or_default().into_iter());
        Arc::new(move || Ok(pastes.lock().unwrap().next().unwrap_or_default()))
    }

    /// What a run that starts now would be handed.
    pub(crate) fn handed(&self) -> BTreeMap<String, String> {
        self.emulator.github().handed_secrets(REPO, None)
    }

    /// Runs a command as a run that was handed these secrets.
    pub(crate) async fn run_with(
        &self,
        arguments: &[&str],
        handed: &BTreeMap<String, String>,
    ) -> Ran {
        let (out, err): (Stream, Stream) = Default::default();
        let mut env = self.env.clone();
        for (name, value) in handed {
            env.entry(name.clone()).or_insert_with(|| value.clone());
        }
        if env.get("GITHUB_ACTIONS").is_some_and(|text| text == "true") {
            checkout::as_runner(&self.folder, &mut env);
        }
        let around = Env {
            variables: env.into(),
            folder: self.folder.clone(),
            input: Arc::new(Mutex::new(std::io::Cursor::new(self.input.clone().into_bytes()))),
            hidden: self.person(),
            out: out.clone(),
            err: err.clone(),
            terminal: self.pastes.is_some(),
            err_terminal: self.pastes.is_some(),
            width: self.width,
            transport: self.transport.clone().unwrap_or_else(|| Arc::new(self.in_process())),
        };
        let arguments: Vec<std::ffi::OsString> =
            std::iter::once("tokenward").chain(arguments.iter().copied()).map(Into::into).collect();
        let code = run(arguments, &around).await;
        let text = |stream: &Stream| String::from_utf8(stream.lock().unwrap().clone()).unwrap();
        Ran { code, out: text(&out), err: text(&err) }
    }

    /// What each of the four places holds.
    pub(crate) fn held(&self) -> Vec<String> {
        places()
            .iter()
            .map(|place| self.emulator.github().secret_value(place, "SENDGRID_API_KEY").unwrap())
            .collect()
    }

    pub(crate) fn is_live(&self, value: &str) -> bool {
        self.emulator.sendgrid().is_live(value)
    }

    /// GitHub requests since the last `clear_requests`: reads and writes.
    pub(crate) fn counted(&self) -> (usize, usize) {
        let github: Vec<_> = self
            .emulator
            .requests()
            .into_iter()
            .filter(|request| request.service == Service::GitHub)
            .collect();
        let reads = github
            .iter()
            .filter(|request| request.method == "GET" || request.path.ends_with("/graphql"))
            .count();
        (reads, github.len() - reads)
    }

    /// Adopts, lets it become due, and rotates once: every destination holds the new value, which
    /// is given.
    pub(crate) async fn rotated(&self) -> String {
        self.run(&["rotate"]).await.expect(0);
        self.pass(31 * 24);
        self.run(&["rotate"]).await.expect(0);
        self.held().remove(0)
    }
}

/// A key for the journal, strong enough.
pub(crate) fn journal_key() -> String {
    let mut random = [0; 32];
    getrandom::fill(&mut random).unwrap();
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn places() -> [SecretPlace; 4] {
    [
        SecretPlace::Repo(REPO.to_owned()),
        SecretPlace::Environment(REPO.to_owned(), "production".to_owned()),
        SecretPlace::Org("acme".to_owned()),
        SecretPlace::Dependabot(REPO.to_owned()),
    ]
}

/// Whether `text` holds `value`, or one of the forms in which it could get out.
pub(crate) fn gives_away(text: &str, value: &str) -> Option<String> {
    use base64::Engine as _;
    let standard = base64::engine::general_purpose::STANDARD_NO_PAD;
    let mut forms = vec![("itself", value.to_owned()), ("reversed", value.chars().rev().collect())];
    for offset in 0..3 {
        let shifted = [&vec![b'x'; offset][..], value.as_bytes()].concat();
        let encoded = standard.encode(shifted);
        // The first and the last group depend on the neighbours.
        forms.push(("base64", encoded.get(4..encoded.len() - 4).unwrap().to_owned()));
    }
    forms.push(("hex", value.bytes().map(|byte| format!("{byte:02x}")).collect()));
    let (first, second) = value.split_at(value.len() / 2);
    forms.push(("its first half", first.to_owned()));
    forms.push(("its second half", second.to_owned()));
    forms
        .into_iter()
        .find(|(_, form)| text.contains(form.as_str()))
        .map(|(name, _)| name.to_owned())
}
