//! The emulator with a Prism in front of each service, started once for all tests that need them,
//! and the one life lived there.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokenward_emulator::{Credential, CredentialKind, Emulator, Served, Service};
use tokio::runtime::Runtime;

use crate::outcome::{Outcome, While};
use crate::prism::{Log, Prism, Tally};
use crate::workflow::{REPO, Workflow, furnish};
use crate::{documents, life, process, tools};

const CONFIG: &str = include_str!("tokenward.yml");

/// What came of the life.
pub(crate) struct Transcript {
    /// Whether it was carried out as it should be.
    pub(crate) life: Outcome<()>,
    /// What reached each service, and what its Prism saw and objected to.
    pub(crate) seen: BTreeMap<Service, (Tally, Log)>,
}

/// The emulator on loopback, and its proxies.
pub(crate) struct Proxied {
    pub(crate) emulator: Emulator,
    pub(crate) prisms: BTreeMap<Service, (Prism, String)>,
    served: Served,
    _runtime: Runtime,
}

#[derive(Default)]
struct State {
    proxied: Option<Proxied>,
    transcript: Option<Outcome<Arc<Transcript>>>,
}

/// Where the tests take place. One at a time: they share a clock.
pub(crate) struct Stage {
    folder: PathBuf,
    state: Mutex<State>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self { folder: tools::scratch("stage"), state: Mutex::default() }
    }

    /// Lives the life, if no test before this one did.
    pub(crate) fn transcript(&self) -> Outcome<Arc<Transcript>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.transcript.is_none() {
            let outcome = self.rehearse(&mut state.proxied).map(Arc::new);
            state.transcript = Some(outcome);
        }
        state.transcript.clone().unwrap_or_else(|| Err("there is no transcript".to_owned()))
    }

    /// Acts on the proxies, once the life is over.
    pub(crate) fn with_proxies<T>(
        &self,
        act: impl FnOnce(&mut Proxied) -> Outcome<T>,
    ) -> Outcome<T> {
        self.transcript()?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        act(state.proxied.as_mut().ok_or("there are no proxies")?)
    }

    /// Ends every process, whatever the tests came to.
    pub(crate) fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).proxied = None;
        let _ = fs::remove_dir_all(&self.folder);
    }

    fn rehearse(&self, place: &mut Option<Proxied>) -> Outcome<Transcript> {
        fs::create_dir_all(&self.folder).while_("make a folder")?;
        let proxied = place.insert(Proxied::start(&self.folder)?);
        let emulator = proxied.emulator.clone();
        furnish(&emulator.github());
        let mut workflow =
            Workflow::new(&emulator, proxied.variables(), &self.folder.join("checkout"), CONFIG)?;
        let life = life::live(&mut workflow);
        let mut seen = BTreeMap::new();
        for (service, (prism, _)) in &mut proxied.prisms {
            let arrived = tally(&emulator, *service);
            let log = prism.log(arrived.values().sum())?;
            seen.insert(*service, (arrived, log));
        }
        Ok(Transcript { life, seen })
    }
}

impl Proxied {
    fn start(folder: &std::path::Path) -> Outcome<Self> {
        let runtime = process::runtime()?;
        let emulator = Emulator::new();
        let served = runtime.block_on(emulator.serve()).while_("serve the emulator")?;
        let documents = [
            (Service::GitHub, documents::github(folder)?),
            (Service::SendGrid, documents::sendgrid(folder)?),
            (Service::Resend, documents::resend(folder)?),
        ];
        // All are started before any is waited for.
        let mut starting = Vec::new();
        for (service, document) in documents {
            starting.push((
                service,
                Prism::start(service.id(), &document, &served.url(service), folder)?,
            ));
        }
        let mut prisms = BTreeMap::new();
        for (service, mut prism) in starting {
            let url = prism.url()?;
            prisms.insert(service, (prism, url));
        }
        Ok(Self { emulator, prisms, served, _runtime: runtime })
    }

    /// Where a service's Prism listens.
    pub(crate) fn url(&self, service: Service) -> String {
        self.prisms.get(&service).map(|(_, url)| url.clone()).unwrap_or_default()
    }

    /// What a run of the workflow is given by its YAML. Every address is a Prism's.
    fn variables(&self) -> BTreeMap<String, String> {
        let github = self.emulator.github();
        let own = Credential::new(
            CredentialKind::ActionsToken,
            &[
                ("contents", "write"),
                ("actions", "read"),
                ("issues", "write"),
                ("pull_requests", "read"),
            ],
        )
        .on(&[REPO]);
        let variables = [
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_REPOSITORY", REPO.to_owned()),
            ("GITHUB_RUN_ATTEMPT", "1".to_owned()),
            ("GITHUB_EVENT_NAME", "schedule".to_owned()),
            ("GITHUB_API_URL", self.url(Service::GitHub)),
            ("TOKENWARD_SANDBOX_SENDGRID", self.url(Service::SendGrid)),
            ("TOKENWARD_SANDBOX_RESEND", self.url(Service::Resend)),
            ("TOKENWARD_SANDBOX_HUBSPOT", self.served.url(Service::HubSpot)),
            ("GITHUB_TOKEN", github.add_credential(own)),
            ("TOKENWARD_GITHUB_TOKEN", github.add_app_credential_with_all()),
        ];
        variables.map(|(name, value)| (name.to_owned(), value)).into()
    }
}

/// What reached a service, in Prism's words.
pub(crate) fn tally(emulator: &Emulator, service: Service) -> Tally {
    let mut tally = Tally::new();
    // Where GitHub leads to for a file is no part of its API.
    let is_of_api = |path: &str| !path.starts_with("/actions-results/");
    for request in emulator
        .requests()
        .iter()
        .filter(|request| request.service == service && is_of_api(&request.path))
    {
        let path = request.path.split('?').next().unwrap_or_default();
        *tally.entry(format!("{} {path}", request.method)).or_default() += 1;
    }
    tally
}
