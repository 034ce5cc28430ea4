//! A report of `status` that another repository made, read back. It is foreign input: every text
//! is bounded, cleaned and kept on one line, every link has the form that the page expects, and
//! what makes no sense is refused. No message repeats what the report says.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::page::{IssueLink, PageLinks};
use super::tested::verdict;
use crate::domain::outcome::{Delivery, DestinationOutcome, Next, Reached, TokenOutcome};
use crate::domain::{
    Code, Foreign, Health, History, Problem, ProviderId, Repo, Rotation, Sight, Timestamp,
    TokenName, Unseen, unseen,
};

/// What `status` writes.
const SCHEMA: &str = "tokenward.status/";
const VERSION: &str = "1";
/// The longest text, in characters; ours are shorter.
const LONGEST: usize = 2_000;
/// The longest address.
const LONGEST_ADDRESS: usize = 500;
/// The most tokens of a report, and the most records of its history.
const MOST_TOKENS: usize = 2_000;
const MOST_RECORDS: usize = 1_000;
/// 2000-01-01: no token is older.
const FIRST_SECOND: i64 = 946_684_800;

/// A report that was read.
#[derive(Debug)]
pub struct Received {
    /// The repository it is about.
    pub repository: Repo,
    /// When the tokens were checked.
    pub looked_at: Timestamp,
    /// The tokens.
    pub tokens: Vec<TokenOutcome>,
    /// What concerns no single token.
    pub problems: Vec<Problem>,
    /// Where the names lead.
    pub links: BTreeMap<TokenName, PageLinks>,
    /// The newest records of the journal, if it was read.
    pub history: Option<Vec<History>>,
}

/// What decides about foreign text and addresses.
#[derive(Clone, Copy)]
pub struct Trust<'a> {
    /// Gives a text of one line without what may be a value.
    pub clean: &'a dyn Fn(&str) -> String,
    /// Where people see GitHub, as `https://github.com`.
    pub server: &'a str,
    /// Whether an address is on the site of a provider.
    pub is_console: &'a dyn Fn(&ProviderId, &str) -> bool,
}

/// Reads a report.
///
/// # Errors
/// Why it cannot be used, as one sentence fragment of ours.
pub fn received(text: &str, trust: Trust<'_>) -> Result<Received, String> {
    let unreadable = |error: serde_json::Error| {
        format!("line {}, column {}: it is not what `status` writes", error.line(), error.column())
    };
    let Head { schema } = serde_json::from_str(text).map_err(unreadable)?;
    match schema.strip_prefix(SCHEMA) {
        Some(VERSION) => {}
        Some(_) => {
            return Err(format!(
                "its format has a different version, but this tokenward reads version {VERSION}: use the same tokenward in all repositories"
            ));
        }
        None => return Err(format!("its `schema` is not `{SCHEMA}{VERSION}`")),
    }
    serde_json::from_str::<Report>(text).map_err(unreadable)?.read(trust)
}

#[derive(Deserialize)]
struct Head {
    schema: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Report {
    repository: Option<String>,
    looked_at: Option<Moment>,
    #[serde(default)]
    partial: bool,
    #[serde(default)]
    with: Vec<IgnoredAny>,
    tokens: Vec<Token>,
    problems: Vec<Told>,
    summary: Counts,
    #[serde(default)]
    links: BTreeMap<String, Links>,
    history: Option<Vec<Entry>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Counts {
    total: usize,
    with_problems: usize,
    exit_code: u8,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Token {
    health: String,
    name: String,
    provider: String,
    state: String,
    generation: Option<u32>,
    since: Option<Moment>,
    expires_at: Option<Moment>,
    due: Option<Moment>,
    why: Option<String>,
    verdict: Option<Value>,
    destinations: Vec<Place>,
    #[serde(default)]
    not_confirmed_by: Vec<String>,
    next: Option<Step>,
    problems: Vec<Told>,
    #[serde(default)]
    unseen: Vec<NotSeen>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Place {
    destination: String,
    delivery: Option<String>,
    reached: Option<String>,
    since: Option<Moment>,
    problems: Vec<Told>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Step {
    what: String,
    not_before: Option<Moment>,
}

#[derive(Deserialize)]
struct Told {
    id: String,
    what: String,
    causes: Vec<String>,
    hint: Option<String>,
    state: Option<String>,
}

#[derive(Deserialize)]
struct NotSeen {
    what: String,
    why: String,
    hint: String,
}

#[derive(Deserialize)]
struct Links {
    console: Option<String>,
    issue: Option<Issue>,
    #[serde(default)]
    destinations: Vec<String>,
}

#[derive(Deserialize)]
struct Issue {
    number: u64,
    address: String,
}

#[derive(Deserialize)]
struct Entry {
    at: Moment,
    what: String,
    rotation: Option<Rotated>,
    run: Option<String>,
}

#[derive(Deserialize)]
struct Rotated {
    token: String,
    generation: u32,
}

/// A moment that a report can be about.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "Timestamp")]
struct Moment(Timestamp);

impl TryFrom<Timestamp> for Moment {
    type Error = &'static str;

    fn try_from(moment: Timestamp) -> Result<Self, Self::Error> {
        if moment.as_second() < FIRST_SECOND { Err("too old") } else { Ok(Self(moment)) }
    }
}

fn at(moment: Option<Moment>) -> Option<Timestamp> {
    moment.map(|moment| moment.0)
}

impl Report {
    fn read(self, trust: Trust<'_>) -> Result<Received, String> {
        let repository = self.repository.as_deref().and_then(Repo::parse);
        let repository =
            repository.filter(|repo| (trust.clean)(&repo.to_string()) == repo.to_string());
        let repository = repository.ok_or("it does not name its repository")?;
        let looked_at = at(self.looked_at).ok_or("it does not say when the tokens were checked")?;
        if !self.with.is_empty() {
            return Err("it covers several repositories: pass each one's own report".to_owned());
        }
        if self.partial {
            return Err(
                "it covers only some tokens: run `tokenward status` without names".to_owned()
            );
        }
        if self.tokens.is_empty() {
            return Err("it lists no tokens".to_owned());
        }
        let history = self.history.map(|records| trust.history(records)).transpose()?;
        if self.tokens.len() > MOST_TOKENS {
            return Err(format!("it has more than {MOST_TOKENS} tokens"));
        }
        let tokens: Vec<TokenOutcome> =
            self.tokens.into_iter().map(|token| trust.token(token)).collect::<Result<_, _>>()?;
        let names: BTreeSet<&TokenName> = tokens.iter().map(|token| &token.name).collect();
        if names.len() != tokens.len() {
            return Err("it names a token twice".to_owned());
        }
        let mut problems = trust.problems(self.problems)?;
        let has_unseen = tokens.iter().any(|token| !token.unseen.is_empty());
        if has_unseen && Health::of(&problems) < Health::NotLookedAt {
            problems.extend(unseen::told(&tokens, None));
        }
        self.summary.agrees(&tokens, &problems)?;
        let links = tokens
            .iter()
            .filter_map(|token| {
                let links = self.links.get(token.name.as_str())?;
                Some((token.name.clone(), trust.links(&token.provider, links)))
            })
            .collect();
        Ok(Received { repository, looked_at, tokens, problems, links, history })
    }
}

impl Counts {
    /// Whether the rest of the report explains its counts. Options can only make them smaller.
    fn agrees(&self, tokens: &[TokenOutcome], problems: &[Problem]) -> Result<(), String> {
        if self.total != tokens.len() {
            return Err("its token count does not match its tokens".to_owned());
        }
        let troubled = tokens.iter().filter(|token| token.health() != Health::Fine).count();
        if self.with_problems > troubled {
            return Err("it counts more tokens with problems than it lists".to_owned());
        }
        let of_tokens = tokens.iter().flat_map(TokenOutcome::all_problems);
        let mut codes = of_tokens.chain(problems).map(|problem| problem.class().exit_code());
        if self.exit_code != 0 && !codes.any(|code| code == self.exit_code) {
            return Err("no problem in it explains its exit code".to_owned());
        }
        Ok(())
    }
}

impl Trust<'_> {
    /// A text of one line.
    fn text(self, text: &str) -> Result<String, String> {
        if text.chars().count() > LONGEST {
            return Err(format!("a text in it has more than {LONGEST} characters"));
        }
        Ok((self.clean)(&Foreign::new(text).property()))
    }

    fn texts(self, texts: &[String]) -> Result<Vec<String>, String> {
        texts.iter().map(|text| self.text(text)).collect()
    }

    /// The name of a token or a provider: what a config allows.
    fn name(self, name: &str) -> Result<String, String> {
        let is_plain = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
        };
        let is_name = (1..=63).contains(&name.len()) && name.bytes().all(is_plain);
        if !is_name || (self.clean)(name) != name {
            return Err("it contains an invalid token or provider name".to_owned());
        }
        Ok(name.to_owned())
    }

    fn token(self, token: Token) -> Result<TokenOutcome, String> {
        let (name, provider) = (self.name(&token.name)?, self.name(&token.provider)?);
        let mut outcome = TokenOutcome::new(TokenName::new(name), ProviderId::new(provider));
        outcome.state = self.text(&token.state)?;
        outcome.version = token.generation;
        outcome.since = at(token.since);
        outcome.expires_at = at(token.expires_at);
        outcome.due = at(token.due);
        outcome.why = token.why.as_deref().map(|why| self.text(why)).transpose()?;
        outcome.verdict = verdict(token.verdict, &|text| self.text(text))?;
        outcome.destinations = token
            .destinations
            .into_iter()
            .map(|place| self.place(place))
            .collect::<Result<_, _>>()?;
        outcome.not_confirmed_by = self.texts(&token.not_confirmed_by)?;
        if let Some(step) = token.next {
            outcome.next =
                Some(Next { what: self.text(&step.what)?, not_before: at(step.not_before) });
        }
        outcome.problems = self.problems(token.problems)?;
        outcome.unseen =
            token.unseen.iter().map(|unseen| self.unseen(unseen)).collect::<Result<_, _>>()?;
        let all = [Health::Fine, Health::Attention, Health::NotLookedAt, Health::Failed];
        let claimed = all.into_iter().find(|health| health.as_str() == token.health);
        match claimed {
            Some(claimed) if claimed <= outcome.health() => Ok(outcome),
            Some(_) => Err("a token in it has a worse health than its problems explain".to_owned()),
            None => Err("a token in it has an unknown health".to_owned()),
        }
    }

    fn place(self, place: Place) -> Result<DestinationOutcome, String> {
        let unknown = || "a destination in it has an unknown state".to_owned();
        let reached = |text: String| {
            Reached::ALL.into_iter().find(|reached| reached.as_str() == text).ok_or_else(unknown)
        };
        let delivery = |text: String| match text.as_str() {
            "written" => Ok(Delivery::Written),
            "kept" => Ok(Delivery::Kept),
            "refused" => Ok(Delivery::Refused),
            "unclear" => Ok(Delivery::Unclear),
            "waiting" => Ok(Delivery::Waiting),
            _ => Err(unknown()),
        };
        Ok(DestinationOutcome {
            destination: self.text(&place.destination)?,
            delivery: place.delivery.map(delivery).transpose()?,
            reached: place.reached.map(reached).transpose()?,
            since: at(place.since),
            problems: self.problems(place.problems)?,
        })
    }

    fn problems(self, told: Vec<Told>) -> Result<Vec<Problem>, String> {
        told.iter().map(|told| self.problem(told)).collect()
    }

    fn problem(self, told: &Told) -> Result<Problem, String> {
        let id = Code::ALL.iter().copied().find(|code| code.id() == told.id).ok_or(
            "it has a problem that this tokenward does not know: use the same tokenward in all repositories",
        )?;
        let optional =
            |text: &Option<String>| text.as_deref().map(|text| self.text(text)).transpose();
        Ok(Problem {
            id,
            what: self.text(&told.what)?,
            causes: self.texts(&told.causes)?,
            hint: optional(&told.hint)?,
            state: optional(&told.state)?,
        })
    }

    fn unseen(self, unseen: &NotSeen) -> Result<Unseen, String> {
        let what = match unseen.what.as_str() {
            "journal" => Sight::Journal,
            "signature" => Sight::Signature,
            "secrets" => Sight::Secrets,
            _ => return Err("it lists an unknown check as not performed".to_owned()),
        };
        Ok(Unseen { what, why: self.text(&unseen.why)?, hint: self.text(&unseen.hint)? })
    }

    fn history(self, records: Vec<Entry>) -> Result<Vec<History>, String> {
        if records.len() > MOST_RECORDS {
            return Err(format!("its history has more than {MOST_RECORDS} records"));
        }
        let record = |record: Entry| {
            let rotation = |rotated: Rotated| {
                let token = TokenName::new(self.name(&rotated.token)?);
                Ok::<_, String>(Rotation { token, version: rotated.generation })
            };
            Ok(History {
                at: record.at.0,
                what: self.text(&record.what)?,
                rotation: record.rotation.map(rotation).transpose()?,
                run: record.run.filter(|run| self.is_on_github(run)),
            })
        };
        records.into_iter().map(record).collect()
    }

    /// The links that have the form we expect. Any other stays a plain name.
    fn links(self, provider: &ProviderId, links: &Links) -> PageLinks {
        let console = links.console.as_ref().filter(|console| {
            self.is_plain_address(console) && (self.is_console)(provider, console)
        });
        let on_github = |address: &String| {
            if self.is_on_github(address) { address.clone() } else { String::new() }
        };
        PageLinks {
            console: console.cloned(),
            issue: links.issue.as_ref().map(|issue| IssueLink {
                number: issue.number,
                address: on_github(&issue.address),
            }),
            destinations: links.destinations.iter().map(on_github).collect(),
        }
    }

    fn is_plain_address(self, address: &str) -> bool {
        address.starts_with("https://")
            && address.len() <= LONGEST_ADDRESS
            && address.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>\\`".contains(&byte))
            && (self.clean)(address) == address
    }

    /// Whether an address is one of the pages of GitHub that our own page links to.
    fn is_on_github(self, address: &str) -> bool {
        let path = address.strip_prefix(self.server).and_then(|rest| rest.strip_prefix('/'));
        let Some(path) = path.filter(|_| self.is_plain_address(address)) else { return false };
        let is_number = |text: &str| {
            (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        let is_repo = |owner: &str, name: &str| Repo::parse(&format!("{owner}/{name}")).is_some();
        match path.split('/').collect::<Vec<_>>().as_slice() {
            [owner, name, "issues", number] => is_repo(owner, name) && is_number(number),
            [owner, name, "actions", "runs", run] => is_repo(owner, name) && is_number(run),
            ["organizations", org, "settings", "secrets", "actions"] => is_repo(org, "x"),
            [owner, name, "settings", "secrets", "actions" | "dependabot" | "codespaces"]
            | [owner, name, "settings", "environments"] => is_repo(owner, name),
            _ => false,
        }
    }
}
