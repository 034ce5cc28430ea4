//! What the user's own rules add to their findings: the paths where each counts, and what to do. A
//! finding elsewhere is dropped; no other rule matched there, because such a rule yields to all.

use std::collections::BTreeMap;
use std::path::Path;

use super::ignore_globs::Ignore;
use crate::domain::{Finding, ProviderId};
use crate::scan::types::CUSTOM;

/// The user's own rules, by their ids in reports.
#[derive(Debug, Default)]
pub struct CustomRules(BTreeMap<String, Custom>);

#[derive(Debug)]
struct Custom {
    paths: Ignore,
    revoke: String,
}

impl CustomRules {
    /// Adds a rule, by its own id. Without `paths`, it counts everywhere; `revoke` says what its
    /// findings are and what to do.
    pub fn add(&mut self, id: &str, paths: Ignore, revoke: String) {
        self.0.insert(format!("{CUSTOM}/{id}"), Custom { paths, revoke });
    }

    /// Whether a finding counts, if it is of one of these rules; completes it if it does.
    pub(crate) fn complete(&self, finding: &mut Finding) -> bool {
        let Some(rule) = self.0.get(&finding.rule) else { return true };
        finding.provider = ProviderId::new(CUSTOM);
        finding.revoke = Some(rule.revoke.clone());
        rule.paths.is_empty() || rule.paths.leaves_out_below(Path::new(&finding.path))
    }
}
