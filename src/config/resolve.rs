//! Turns the parsed config into the final one: fills in defaults, resolves paths, keeps the order.
//! Earlier checks have passed; what still fails here is reported, not ignored.

use std::path::Path;

use super::model::{
    Asking, Config, Defaults, Drain, Grace, JournalConfig, ScanConfig, TokenConfig,
};
use super::place::place;
use super::raw::{RawAsk, RawConfig, RawDefaults, RawDestination, RawGrace, RawJournal, RawToken};
use super::read::{RenderedDiagnostic, Tree};
use super::string_types::TokenKey;
use super::{paths, problems};
use crate::domain::{Code, Destination, Repo, TokenName};

pub(crate) fn settle(
    path: &Path,
    mut raw: RawConfig,
    tree: Tree,
) -> Result<Config, Vec<RenderedDiagnostic>> {
    let root = paths::root(path);
    let defaults = defaults(&raw.defaults);
    let mut tokens = Vec::new();
    let mut wrong = Vec::new();
    for name in tree.keys(&["tokens"]) {
        let Some((key, token)) = raw.tokens.remove_entry(&TokenKey(TokenName::new(name))) else {
            continue;
        };
        match settle_token(key.0, token, &defaults) {
            Ok(token) => tokens.push(token),
            Err(message) => wrong.push(tree.diagnostic(
                Code::ConfigBadDestination,
                &["tokens", name, "destinations"],
                message,
                None,
            )),
        }
    }
    wrong.extend(tokens.iter().flat_map(|token| silent(token, &tree)));
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(Config {
        path: path.to_path_buf(),
        defaults,
        tokens,
        scan: ScanConfig {
            baseline: raw.scan.baseline.map(|path| path.0),
            rules: raw.scan.rules.into_iter().map(|path| root.join(path.0)).collect(),
            ignore: raw.scan.ignore.into_iter().map(|line| line.0).collect(),
            allow_comments: raw.scan.allow_comments,
        },
        providers: raw.providers.into_iter().map(|path| root.join(path.0)).collect(),
        journal: match raw.journal {
            None => JournalConfig::default(),
            Some(RawJournal::GitRef(name)) => JournalConfig::GitRef { name: name.0 },
            Some(RawJournal::File(path)) => JournalConfig::File(root.join(path.0)),
        },
        tree,
    })
}

fn defaults(raw: &RawDefaults) -> Defaults {
    let usual = Defaults::default();
    Defaults {
        rotate_every: raw.rotate_every.as_ref().map_or(usual.rotate_every, |span| span.0),
        grace: raw.grace.as_ref().map_or(usual.grace, grace),
        warn_before: raw.warn_before.unwrap_or(usual.warn_before),
        max_age: raw.max_age.as_ref().map_or(usual.max_age, |span| span.0),
        ask: raw.ask.as_ref().map_or(usual.ask, ask),
    }
}

/// A token's own grace stands in place of the whole of the defaults'.
fn grace(raw: &RawGrace) -> Grace {
    match raw {
        RawGrace::Time(time) => Grace { time: Some(*time), ..Grace::default() },
        RawGrace::Waits(waits) => Grace {
            time: waits.time,
            drain: waits
                .drain
                .as_ref()
                .map(|drain| Drain { max_wait: drain.max_wait, on_timeout: drain.on_timeout }),
            last_used: waits.last_used,
            confirmed_by: waits.confirmed_by.iter().map(|repo| repo.0.clone()).collect(),
        },
    }
}

/// Repositories in `confirmed-by` that can never confirm anything, since no destination gives them
/// the whole value.
fn silent(token: &TokenConfig, tree: &Tree) -> Vec<RenderedDiagnostic> {
    let strangers = token
        .grace
        .confirmed_by
        .iter()
        .filter(|repo| !token.destinations.iter().any(|to| to.hands_whole_value_to(repo)));
    let diagnostic = |repo: &Repo| {
        let (message, hint) = problems::never_confirms(repo);
        tree.diagnostic(
            Code::ConfigBadGrace,
            &["tokens", token.name.as_str(), "destinations"],
            message,
            Some(hint),
        )
    };
    strangers.map(diagnostic).collect()
}

/// A token's own `ask` replaces all of the defaults'.
fn ask(raw: &RawAsk) -> Asking {
    Asking {
        assignees: raw.assignees.iter().map(|login| login.0.clone()).collect(),
        labels: raw.labels.iter().map(|label| label.0.clone()).collect(),
        remind: raw.remind.as_ref().map(|span| span.0),
    }
}

fn settle_token(
    name: TokenName,
    raw: RawToken,
    defaults: &Defaults,
) -> Result<TokenConfig, &'static str> {
    Ok(TokenConfig {
        name,
        provider: raw.provider.0,
        value: raw.value.0,
        manager: raw.manager.map(|source| source.0),
        scopes: raw.scopes.unwrap_or_default().into_iter().map(|scope| scope.0).collect(),
        region: raw.region.map(|region| region.0),
        with: raw.with.into_iter().map(|(key, value)| (key, value.0)).collect(),
        rotate_every: raw.rotate_every.map_or(defaults.rotate_every, |span| span.0),
        grace: raw.grace.as_ref().map_or_else(|| defaults.grace.clone(), grace),
        ask: raw.ask.as_ref().map_or_else(|| defaults.ask.clone(), ask),
        stagger: raw.stagger.map(|group| group.0),
        warn_before: raw.warn_before.unwrap_or(defaults.warn_before),
        max_age: raw.max_age.map_or(defaults.max_age, |span| span.0),
        destinations: raw.destinations.into_iter().map(destination).collect::<Result<_, _>>()?,
    })
}

fn destination(raw: RawDestination) -> Result<Destination, &'static str> {
    let environment = raw.environment.map(|environment| environment.0);
    let place = place(raw.github.0, environment, raw.store, raw.visibility)
        .map_err(|clash| clash.message)?;
    Ok(Destination {
        place,
        secret: raw.secret.0,
        part: raw.part.map(|part| part.0),
        create: raw.create,
    })
}
