//! The job's summary and the pull request's comment: what was found or done, why, what comes next
//! and when. Text that somebody else wrote goes through `Foreign`, so that no file name or answer
//! draws, links or notifies anybody here.

use std::fmt::Write as _;

use super::command_output::{CommandOutput, cure, elsewhere};
use super::timeline::timeline;
use crate::domain::outcome::TokenOutcome;
use crate::domain::text::count;
use crate::domain::{Finding, Foreign, Health, Liveness, Problem, TokenName};

/// Where links lead.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// `https://github.com/acme/site`; empty where it is not known.
    pub repository: String,
    /// The commit that was looked at.
    pub commit: String,
    /// Where ids are explained.
    pub docs: String,
    /// The providers' own sites, by their hosts.
    pub hosts: Vec<String>,
}

/// The summary, in at most `budget` bytes. Rows that do not fit are omitted and counted. `missed`
/// are the problems of other reports that could not be written.
#[must_use]
pub fn markdown(
    told: &CommandOutput,
    missed: &[Problem],
    command: &str,
    links: &Links,
    budget: usize,
) -> String {
    let mut page = Page { text: String::new(), budget: budget.saturating_sub(200), cut: 0 };
    page.add(&format!("### tokenward {}: {}\n\n", foreign(command), headline(told, missed)));
    if !told.findings().is_empty() {
        page.add("| | leak | where | what to do |\n| --- | --- | --- | --- |\n");
        for finding in told.findings() {
            page.row(&leak(finding, links));
        }
        page.add("\n");
    }
    let mut problems = told.problems();
    problems.extend(missed.iter().map(|problem| (None, problem)));
    if !problems.is_empty() {
        page.add("| | token | what is wrong | what to do |\n| --- | --- | --- | --- |\n");
        for (token, problem) in problems {
            page.row(&trouble(token, problem, links));
        }
        page.add("\n");
    }
    match told {
        CommandOutput::Tokens(report) if !report.tokens.is_empty() => {
            page.add("| | token | state | what happened | why | next | when |\n| --- | --- | --- | --- | --- | --- | --- |\n");
            for token in told.tokens() {
                page.row(&row(token, links));
            }
            page.add("\n");
            let drawn = timeline(told.tokens());
            if !drawn.is_empty() {
                page.whole(&format!("```mermaid\n{drawn}```\n"));
            }
        }
        CommandOutput::Plan(report) => {
            page.add("| token | state | steps | then | old key revoked |\n| --- | --- | --- | --- | --- |\n");
            for token in &report.tokens {
                let steps: Vec<String> =
                    token.steps.iter().map(|step| foreign(&step.what)).collect();
                let end = token
                    .revoke_not_before
                    .map(|moment| format!("not before {}", moment.for_people()))
                    .unwrap_or_default();
                page.row(&format!(
                    "| {} | {} | {} | {} | {end} |\n",
                    foreign(token.name.as_str()),
                    token.state,
                    steps.join("<br>"),
                    foreign(&token.then)
                ));
            }
        }
        _ => {}
    }
    page.end()
}

/// What happened, in a few words.
fn headline(told: &CommandOutput, missed: &[Problem]) -> String {
    let leaks = told.findings().len();
    let problems = told.problems().len();
    let what = match (told, leaks) {
        (CommandOutput::Scan(report), 0) if problems == 0 && report.files == 0 => {
            "nothing was scanned".to_owned()
        }
        (CommandOutput::Scan(_), 0) if problems == 0 => "no leaks".to_owned(),
        (CommandOutput::Scan(_), 0) => "not everything could be scanned".to_owned(),
        (CommandOutput::Scan(_), leaks) => count(leaks, "leak", "leaks"),
        (CommandOutput::Tokens(report), _) => count(report.tokens.len(), "token", "tokens"),
        (CommandOutput::Plan(report), _) => {
            format!("{} planned", count(report.tokens.len(), "token", "tokens"))
        }
        (CommandOutput::Doctor(report), _) => count(report.checks.len(), "check", "checks"),
        (CommandOutput::Matrix(_), _) => "a matrix of jobs".to_owned(),
        (CommandOutput::Stopped(problems), _) if problems.is_empty() => "done".to_owned(),
        (CommandOutput::Stopped(_), _) => "did not start".to_owned(),
    };
    // A run that checked nothing is not fine.
    let seen = if told.has_looked() { Health::Fine } else { Health::NotLookedAt };
    let sign = sign(told.health().max(seen).max(Health::of(missed)));
    let problems = problems + missed.len();
    if problems == 0 {
        format!("{sign} {what}")
    } else {
        format!("{sign} {what}, {}", count(problems, "problem", "problems"))
    }
}

fn sign(health: Health) -> &'static str {
    match health {
        Health::Fine => "✅",
        Health::Attention => "⚠️",
        Health::NotLookedAt => "⚪",
        Health::Failed => "❌",
    }
}

fn leak(finding: &Finding, links: &Links) -> String {
    let sign = match finding.live {
        Liveness::Live => "❌ works",
        Liveness::Dead => "dead",
        Liveness::Unknown | Liveness::NotAsked => "❌",
    };
    let place = format!("{}:{}", foreign(&finding.path), finding.line);
    // A page on GitHub, as `scan --github` names it: `github:acme/site/issues/3#issuecomment-5`.
    let page = finding.path.strip_prefix("github:");
    let server = links.repository.rsplitn(3, '/').nth(2).filter(|_| page.is_some());
    let commit = finding.commit.as_deref().filter(|commit| is_id(commit));
    let at = commit.unwrap_or(&links.commit);
    let place = if let (Some(page), Some(server)) = (page, server) {
        let (page, part) = page.split_once('#').unwrap_or((page, ""));
        format!("[{place}]({server}/{}#{})", address(page), address(part))
    } else if links.repository.is_empty() || !is_id(at) {
        place
    } else {
        format!(
            "[{place}]({}/blob/{at}/{}#L{})",
            links.repository,
            address(&finding.path),
            finding.line
        )
    };
    let short = commit.map(|commit| format!(" in {}", &commit[..12])).unwrap_or_default();
    let others = elsewhere(finding).map(|others| format!(" ({others})")).unwrap_or_default();
    format!(
        "| {sign} | {} {} | {place}{short}{others} | {} |\n",
        foreign(&finding.rule),
        foreign(&finding.redacted),
        foreign(&cure(finding))
    )
}

fn trouble(token: Option<&TokenName>, problem: &Problem, links: &Links) -> String {
    let id = if links.docs.is_empty() {
        problem.id.to_string()
    } else {
        format!("[{}]({}#{})", problem.id, links.docs, problem.id)
    };
    let causes: String =
        problem.causes.iter().map(|cause| format!("<br>{}", foreign(cause))).collect();
    let hint = problem.hint.as_deref().map(|hint| with_links(hint, links)).unwrap_or_default();
    let token = token.map(|token| foreign(token.as_str())).unwrap_or_default();
    format!(
        "| {} {id} | {token} | {}{causes} | {hint} |\n",
        sign(problem.id.health()),
        foreign(&problem.what)
    )
}

fn row(token: &TokenOutcome, links: &Links) -> String {
    let version = token.version.map(|number| format!(" v{number}")).unwrap_or_default();
    let mut happened: Vec<String> = token.done.iter().map(|done| foreign(&done.what)).collect();
    happened.extend(token.verdict.iter().map(|verdict| format!("tested: {}", verdict.as_str())));
    let why = token.why.as_deref().map(foreign).unwrap_or_default();
    let next = token.next.as_ref().map(|next| with_links(&next.what, links)).unwrap_or_default();
    let when = token
        .next
        .as_ref()
        .and_then(|next| next.not_before)
        .map(|moment| moment.for_people())
        .unwrap_or_default();
    format!(
        "| {} | {} | {}{version} | {} | {why} | {next} | {when} |\n",
        sign(token.health()),
        foreign(token.name.as_str()),
        token.state,
        happened.join("<br>")
    )
}

fn is_id(text: &str) -> bool {
    text.len() >= 40 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A path inside an address, in which nothing can end the link.
fn address(path: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEPT: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(path, KEPT).to_string()
}

/// Foreign text, in which nothing becomes a link.
pub(super) fn foreign(text: &str) -> String {
    Foreign::new(text).markdown()
}

/// Our own text: its addresses become links if they lead to our known sites; everything else counts
/// as foreign.
fn with_links(text: &str, links: &Links) -> String {
    let mut safe = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("https://") {
        let (before, from) = rest.split_at(at);
        let end = from.find(|c: char| !is_in_address(c)).unwrap_or(from.len());
        let address =
            from.get(..end).unwrap_or_default().trim_end_matches(['.', ',', ';', ':', '?']);
        safe.push_str(&foreign_piece(before));
        let is_whole = from
            .get(end..)
            .and_then(|rest| rest.chars().next())
            .is_none_or(|c| c.is_whitespace() || matches!(c, ')' | ',' | '`' | '"' | '\''));
        if is_whole && links.lead_to(address) {
            safe.push_str(&format!("<{address}>"));
        } else {
            safe.push_str(&foreign_piece(address));
        }
        rest = from.get(address.len()..).unwrap_or_default();
    }
    safe + &foreign_piece(rest)
}

/// As [`foreign`], for a piece of a longer text; empty if the piece is.
fn foreign_piece(text: &str) -> String {
    if text.is_empty() { String::new() } else { foreign(text) }
}

/// Characters of an address that have no meaning in Markdown, HTML or a table.
fn is_in_address(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '-' | '.' | '_' | '~' | ':' | '/' | '?' | '#' | '=' | '&' | '%' | '+')
}

impl Links {
    /// Whether we may link to an address: a provider's own site, an explanation of an id, or the
    /// repository's pages for secrets and runs. Other pages on GitHub would show a reference to
    /// this repository.
    fn lead_to(&self, address: &str) -> bool {
        let host = address
            .strip_prefix("https://")
            .and_then(|rest| rest.split(['/', '?', '#']).next())
            .unwrap_or_default();
        let under = |page: &str| {
            address == page
                || address.strip_prefix(page).is_some_and(|rest| rest.starts_with(['/', '?', '#']))
        };
        let pages = ["settings/secrets", "settings/environments", "actions/runs"]
            .map(|page| format!("{}/{page}", self.repository));
        self.hosts.iter().any(|own| own == host)
            || (!self.docs.is_empty() && under(&self.docs))
            || (!self.repository.is_empty() && pages.iter().any(|page| under(page)))
    }
}

struct Page {
    text: String,
    budget: usize,
    cut: usize,
}

impl Page {
    fn add(&mut self, text: &str) {
        if self.text.len() + text.len() <= self.budget {
            self.text.push_str(text);
        }
    }

    fn row(&mut self, text: &str) {
        if self.cut == 0 && self.text.len() + text.len() <= self.budget {
            self.text.push_str(text);
        } else {
            self.cut += 1;
        }
    }

    /// Adds all of a text or nothing; nothing after rows were omitted.
    fn whole(&mut self, text: &str) {
        if self.cut == 0 {
            self.add(text);
        }
    }

    fn end(mut self) -> String {
        if self.cut > 0 {
            let _ = write!(
                self.text,
                "\n{} not shown here; the report has all of them.\n",
                count(self.cut, "row is", "rows are")
            );
        }
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Fingerprint, ProviderId};
    use crate::report::{ScanReport, Summary};

    fn scan(paths: impl Iterator<Item = String>) -> CommandOutput {
        let finding = |path| Finding {
            rule: "sendgrid/api-key".to_owned(),
            provider: ProviderId::new("sendgrid"),
            path,
            line: 3,
            column: 1,
            count: 1,
            also: Vec::new(),
            commit: None,
            author: None,
            date: None,
            fingerprint: Fingerprint::new("0123456789abcdef"),
            redacted: "SG.a… (69 characters)".to_owned(),
            confidence: crate::domain::Confidence::Likely,
            live: Liveness::NotAsked,
            managed: None,
            destinations: Vec::new(),
            allowed: None,
            why: None,
            revoke: None,
        };
        let findings: Vec<Finding> = paths.map(finding).collect();
        let (accepted, stale, dropped, problems) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let schema = "tokenward.scan/1".to_owned();
        CommandOutput::Scan(ScanReport {
            schema,
            findings,
            accepted,
            stale,
            dropped,
            files: 1,
            ignored: 0,
            problems,
            summary: Summary::default(),
        })
    }

    #[test]
    fn fifty_thousand_leaks_fit_and_the_rest_is_counted() {
        let told = scan((0..50_000).map(|n| format!("folder/file{n}.py")));
        let text = markdown(&told, &[], "scan", &Links::default(), 900 << 10);
        assert!(text.len() <= 900 << 10);
        let shown = text.matches("| ❌ |").count();
        assert!(
            shown > 1_000
                && text.ends_with(&format!(
                    "\n{} rows are not shown here; the report has all of them.\n",
                    50_000 - shown
                ))
        );
    }

    #[test]
    fn links_of_ours_work_and_no_other() {
        let repository = "https://github.com/acme/site".to_owned();
        let links =
            Links { repository, hosts: vec!["app.hubspot.com".to_owned()], ..Links::default() };
        let text = "make one at https://app.hubspot.com/private-apps/45, and put it into https://github.com/acme/site/settings/secrets/actions.";
        let shown = with_links(text, &links);
        assert!(shown.contains("<https://app.hubspot.com/private-apps/45>"), "{shown}");
        assert!(
            shown.contains("<https://github.com/acme/site/settings/secrets/actions>"),
            "{shown}"
        );
        for other in [
            "https://evil.example/app.hubspot.com",
            "https://app.hubspot.com.evil.example",
            "https://app.hubspot.com@evil.example/",
            "https://github.com/acme/site/issues/12",
            "https://github.com/acme/site/settings/secrets-of-mine",
            "http://app.hubspot.com",
        ] {
            let shown = with_links(other, &links);
            assert!(!shown.contains("<http") && !shown.contains("://"), "{shown}");
        }
    }

    #[test]
    fn a_file_name_is_no_markdown() {
        let told = scan(std::iter::once(
            "a`|<img src=x>](https://evil.example)\n@acme #1 ![x](y)\u{202e}.py".to_owned(),
        ));
        let links = Links {
            repository: "https://github.com/acme/site".to_owned(),
            commit: "a".repeat(40),
            docs: String::new(),
            hosts: Vec::new(),
        };
        let text = markdown(&told, &[], "scan", &links, 1 << 20);
        let row = text.lines().find(|line| line.starts_with("| ❌ |")).unwrap();
        assert_eq!(row.matches('|').count(), 5, "{row}");
        for sign in ["<img", "](https://evil", "@acme", "![", "`", "\u{202e}"] {
            assert!(!row.contains(sign), "{sign}: {row}");
        }
        assert!(row.contains("(https://github.com/acme/site/blob/aaaa"), "{row}");
    }
}
