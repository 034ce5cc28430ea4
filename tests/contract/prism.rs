//! Prism: a proxy of somebody else's that lets through only what a vendor's OpenAPI document
//! describes, both ways. What it saw and what it objected to is read from its log.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::outcome::Outcome;
use crate::process::Server;
use crate::tools;

/// It takes 5 seconds on an idle machine; a machine that builds at the same time is given far more.
const START: Duration = Duration::from_secs(90);
const LISTENING: &str = "Prism is listening on ";

/// `METHOD /path`, and how often.
pub(crate) type Tally = BTreeMap<String, usize>;

/// A proxy in front of one service.
pub(crate) struct Prism {
    server: Server,
}

impl Prism {
    /// Starts a proxy that checks against `document`. It is not up yet: several may start side by
    /// side.
    pub(crate) fn start(
        name: &str,
        document: &Path,
        upstream: &str,
        folder: &Path,
    ) -> Outcome<Self> {
        let mut node = Command::new("node");
        node.arg("--require").arg(tools::script("leash.cjs")).arg(tools::prism());
        node.args(["proxy", "--errors", "--port", "0", "--host", "127.0.0.1"])
            .arg(document)
            .arg(upstream);
        // Its log is read by a program.
        node.env("NO_COLOR", "1").env_remove("FORCE_COLOR").env_remove("NODE_OPTIONS");
        Ok(Self { server: Server::start(&mut node, folder.join(format!("prism-{name}.log")))? })
    }

    /// Waits until it is up, and says where.
    pub(crate) fn url(&mut self) -> Outcome<String> {
        let address =
            |said: &str| Some(said.split_once(LISTENING)?.1.split_once('\n')?.0.trim().to_owned());
        self.server.wait_for("Prism's start", START, address)
    }

    /// Waits until it has logged `requests` requests, and gives its whole log since it was up.
    pub(crate) fn log(&mut self, requests: usize) -> Outcome<Log> {
        let enough = |said: &str| {
            let log = Log::parse(said);
            (log.count() >= requests).then_some(log)
        };
        // Fewer is a finding for the caller to word.
        let _ = self.server.wait_for("Prism's log", Duration::from_secs(3), enough);
        Ok(Log::parse(&self.server.said()))
    }
}

/// What Prism saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    /// Every request that reached it.
    pub(crate) requests: Tally,
    /// Requests and answers it refused, and violations it let through.
    pub(crate) objections: Vec<String>,
    /// Answers with a status that the document leaves out: vendors leave out most refusals.
    pub(crate) undocumented: usize,
}

impl Log {
    pub(crate) fn count(&self) -> usize {
        self.requests.values().sum()
    }

    fn parse(said: &str) -> Self {
        let mut log = Self::default();
        let Some((_, said)) = said.split_once(LISTENING) else { return log };
        for line in said.lines().skip(1) {
            if let Some(request) = request(line) {
                *log.requests.entry(request).or_default() += 1;
            } else if line.contains("Unable to match the returned status code") {
                log.undocumented += 1;
            } else if line.contains("iolation")
                || line.contains(" error ")
                || line.contains(" fatal ")
            {
                log.objections.push(line.to_owned());
            }
        }
        log
    }
}

/// `… [HTTP SERVER] get /path … Request received`
fn request(line: &str) -> Option<String> {
    let line = line.strip_suffix("Request received")?;
    let mut words = line.split_once("[HTTP SERVER] ")?.1.split_whitespace();
    Some(format!("{} {}", words.next()?.to_uppercase(), words.next()?))
}
