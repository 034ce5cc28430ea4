//! One case of the matrix: what happens at which request of which run. Its name says all of it, and
//! makes it again.

use std::fmt;

use tokenward_emulator::FaultKind;

use crate::faults::rng::Rng;

/// What goes wrong with a request.
pub(crate) const FAULTS: [(&str, FaultKind); 20] = [
    ("refused", FaultKind::Refuse),
    ("dropped-after-apply", FaultKind::DropAfterApply),
    ("500-after-apply", FaultKind::ServerErrorAfterApply),
    ("503", FaultKind::Unavailable),
    ("time-out", FaultKind::TimeOut),
    ("401", FaultKind::Unauthorized),
    ("403", FaultKind::Forbidden),
    ("403-rate-limit", FaultKind::RateLimit403),
    ("429-short", FaultKind::RateLimit429 { retry_after: 3 }),
    ("429-long", FaultKind::RateLimit429 { retry_after: 300 }),
    ("404", FaultKind::NotFound),
    ("409", FaultKind::Conflict),
    ("422", FaultKind::Unprocessable),
    ("cut-json", FaultKind::CutJson),
    ("list-lag", FaultKind::ListLag),
    ("missing-page", FaultKind::MissingPage),
    ("html", FaultKind::Html),
    ("redirect", FaultKind::Redirect { to: String::new() }),
    ("other-json", FaultKind::Oversized { bytes: 40 }),
    ("oversized", FaultKind::Oversized { bytes: 300 * 1024 }),
];

/// What happens at a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// It fails, and the run goes on: an index into [`FAULTS`].
    Fails(usize),
    /// The run is killed: before it was sent, or after it was done.
    Killed { after: bool },
    /// A second run starts, then the first is killed, and GitHub knows it a little later.
    SecondThenKilled { after: bool },
    /// A second run comes and goes while the first hangs; then the first goes on. `dead`: GitHub
    /// has said that it is over.
    Overtaken { after: bool, dead: bool },
}

/// All there are.
pub(crate) fn hows() -> Vec<How> {
    let mut all: Vec<How> = (0..FAULTS.len()).map(How::Fails).collect();
    for after in [false, true] {
        all.push(How::Killed { after });
        all.push(How::SecondThenKilled { after });
        all.push(How::Overtaken { after, dead: false });
        all.push(How::Overtaken { after, dead: true });
    }
    all
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = |after: bool| if after { "after" } else { "before" };
        match *self {
            Self::Fails(index) => f.write_str(FAULTS[index].0),
            Self::Killed { after } => write!(f, "killed-{}", moment(after)),
            Self::SecondThenKilled { after } => write!(f, "second-then-killed-{}", moment(after)),
            Self::Overtaken { after, dead: false } => write!(f, "overtaken-{}", moment(after)),
            Self::Overtaken { after, dead: true } => write!(f, "declared-dead-{}", moment(after)),
        }
    }
}

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Strike {
    /// Which run of the life, from 0.
    pub(crate) run: usize,
    /// Which of its requests, from 1.
    pub(crate) request: usize,
    pub(crate) how: How,
}

impl fmt::Display for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.run, self.request, self.how)
    }
}

/// Which life it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scenario {
    /// A token becomes due.
    #[default]
    Due,
    /// The same at a provider that disables keys first, with a grace that waits for workflow runs.
    Careful,
    /// It leaked: the run that is struck first is told so.
    Leaked,
    /// It leaked, and is revoked before there is another.
    RevokeFirst,
}

impl Scenario {
    pub(crate) const ALL: [Self; 4] = [Self::Due, Self::Careful, Self::Leaked, Self::RevokeFirst];

    fn as_str(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Careful => "careful",
            Self::Leaked => "leaked",
            Self::RevokeFirst => "revoke-first",
        }
    }
}

/// A life with these strikes in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Case(pub(crate) Vec<Strike>, pub(crate) Scenario);

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        write!(f, "{}/{}", self.1.as_str(), names.join("+"))
    }
}

impl Case {
    /// From its name; `None` for what is none.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (word, name) = name.split_once('/')?;
        let scenario = *Scenario::ALL.iter().find(|scenario| scenario.as_str() == word)?;
        let hows = hows();
        let strike = |part: &str| {
            let mut parts = part.splitn(3, ':');
            let (run, request) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
            let name = parts.next()?;
            let how = *hows.iter().find(|how| how.to_string() == name)?;
            Some(Strike { run, request, how })
        };
        name.split('+')
            .map(strike)
            .collect::<Option<Vec<_>>>()
            .map(|strikes| Self(strikes, scenario))
    }

    /// A write that is under way when GitHub calls its run dead may land at any time later.
    pub(crate) fn has_late_writes(&self) -> bool {
        self.0.iter().any(|strike| matches!(strike.how, How::Overtaken { dead: true, .. }))
    }
}

/// Every request of a clean life, each with everything that can happen to it. `requests`: how many
/// each run sent.
pub(crate) fn singles(requests: &[usize], scenario: Scenario) -> Vec<Case> {
    let mut cases = Vec::new();
    for (run, count) in requests.iter().enumerate() {
        for request in 1..=*count {
            cases.extend(
                hows().into_iter().map(|how| Case(vec![Strike { run, request, how }], scenario)),
            );
        }
    }
    cases
}

/// Two strikes: both in one run, or the second in one of the runs after it.
pub(crate) fn pair(requests: &[usize], scenario: Scenario, rng: &mut Rng) -> Case {
    let hows = hows();
    let total: usize = requests.iter().sum();
    let mut at = rng.below(total);
    let mut run = 0;
    while at >= requests[run] {
        at -= requests[run];
        run += 1;
    }
    let first = Strike { run, request: at + 1, how: *rng.pick(&hows) };
    let run = run + *rng.pick(&[0, 1, 1, 1, 2]);
    // How many requests a run sends after a fault is not known beforehand; few send more than a
    // clean one that pushes.
    let most = if run == first.run { requests[run] } else { *rng.pick(&[8, 20, 45]) };
    let second = Strike { run, request: rng.below(most) + 1, how: *rng.pick(&hows) };
    Case(vec![first, second], scenario)
}
