//! The files that `init` writes: the config, and the starter workflows of `workflows/` with the
//! Action's reference and the tokens' secrets filled in. The starters are compiled in, so that
//! people get the files that are tested.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::token_arg::Wish;
use crate::domain::Repo;

const WORKFLOWS: [(&str, &str); 4] = [
    ("rotate", include_str!("../../../workflows/rotate.yml")),
    ("check", include_str!("../../../workflows/check.yml")),
    ("leak-check", include_str!("../../../workflows/leak-check.yml")),
    ("emergency-revoke", include_str!("../../../workflows/emergency-revoke.yml")),
];
/// The placeholder for the Action in the starters.
const PLACE: &str = "OWNER/tokenward@COMMIT";

/// Every file, by its path.
pub(super) fn all(
    config: &Path,
    repo: &Repo,
    wishes: &[Wish],
    action: &str,
    released: bool,
) -> Vec<(PathBuf, String)> {
    let mut files = vec![(config.to_owned(), config_text(repo, wishes))];
    let workflows = Path::new(".github/workflows");
    files.extend(WORKFLOWS.iter().map(|(name, text)| {
        (workflows.join(format!("tokenward-{name}.yml")), fill(text, wishes, action, released))
    }));
    files
}

fn config_text(repo: &Repo, wishes: &[Wish]) -> String {
    let mut text = String::from(
        "# The tokens that tokenward manages. `tokenward schema config` prints the schema.\nversion: 1\ntokens:\n",
    );
    for wish in wishes {
        let _ = writeln!(
            text,
            "  {}:\n    provider: {}\n    value: env:{}",
            wish.name, wish.provider, wish.secret
        );
        if let Some(manager) = wish.manager() {
            let _ = writeln!(text, "    manager: env:{manager}");
        }
        let _ = writeln!(text, "    destinations: [{{github: {repo}, secret: {}}}]", wish.secret);
    }
    text
}

/// A starter with our secrets instead of its own: one line each, managers only if the starter
/// passes one.
fn fill(starter: &str, wishes: &[Wish], action: &str, released: bool) -> String {
    let with_managers = starter.contains("_MANAGER_KEY");
    let mut text = String::new();
    let mut replaced = false;
    for line in starter.lines() {
        if released && line.trim() == "version: source" {
            continue;
        }
        let Some((margin, _)) = line.split_once("SENDGRID_") else {
            text.push_str(&line.replace(PLACE, action));
            text.push('\n');
            continue;
        };
        if !replaced {
            replaced = true;
            for name in passed(wishes, with_managers) {
                let _ = writeln!(text, "{margin}{name}: ${{{{ secrets.{name} }}}}");
            }
        }
    }
    text
}

fn passed(wishes: &[Wish], all: bool) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let names = wishes.iter().flat_map(|wish| {
        if all { wish.secrets() } else { wish.secrets().into_iter().take(1).collect() }
    });
    names.map(|(name, _)| name).filter(|name| seen.insert(name.clone())).collect()
}
