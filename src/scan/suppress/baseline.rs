//! The file of accepted findings. Identifies values by a salted hash and not by place, so that
//! lines can move and commits can be rewritten, and no value can be looked up. Works on text; the
//! caller reads and writes the file.

use std::collections::{BTreeMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::secret::keyed_hash;
use crate::domain::text::sanitize;
use crate::domain::{AllowedBy, BaselineEntry, Finding, Fingerprint, Salt};
use crate::scan::report::{Report, Source};

/// The name of the file's format.
const SCHEMA: &str = "tokenward.baseline/1";

/// Accepted findings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Baseline {
    /// `tokenward.baseline/1`.
    schema: String,
    /// The key of the hashes below.
    salt: Salt,
    /// What was scanned when it was last regenerated.
    of: BaselineScope,
    /// The findings.
    findings: Vec<BaselineEntry>,
}

/// The scope of a baseline.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum BaselineScope {
    /// The files of a folder.
    Tree,
    /// The whole history of a repository.
    History,
}

impl BaselineScope {
    /// The scope of a source, if it covers all of one.
    #[must_use]
    pub fn source(source: &Source, base: &std::path::Path) -> Option<Self> {
        let is_base = |root: &std::path::PathBuf| root.components().eq(base.components());
        match source {
            Source::History { .. } => Some(Self::History),
            Source::Tree { roots } if roots.iter().any(is_base) => Some(Self::Tree),
            _ => None,
        }
    }
}

impl Baseline {
    /// An empty one.
    #[must_use]
    pub fn new(salt: Salt) -> Self {
        Self { schema: SCHEMA.to_owned(), salt, of: BaselineScope::Tree, findings: Vec::new() }
    }

    /// Reads one.
    ///
    /// # Errors
    /// Why it is invalid.
    pub fn parse(text: &str) -> Result<Self, String> {
        let read: Self =
            serde_json::from_str(text).map_err(|error| sanitize(&error.to_string()))?;
        if read.schema != SCHEMA {
            return Err(format!(
                "its format is {}, but this tokenward supports {SCHEMA}",
                sanitize(&read.schema)
            ));
        }
        Ok(read)
    }

    /// The file's text: one entry per line, sorted by hash, so that additions of two branches
    /// rarely conflict.
    #[must_use]
    pub fn to_text(&self) -> String {
        let head = serde_json::to_string_pretty(&Self { findings: Vec::new(), ..self.clone() })
            .unwrap_or_default();
        let entries: Vec<String> =
            self.findings.iter().filter_map(|entry| serde_json::to_string(entry).ok()).collect();
        let list = if entries.is_empty() {
            "[]".to_owned()
        } else {
            format!("[\n    {}\n  ]", entries.join(",\n    "))
        };
        format!(
            "{}{list}\n}}\n",
            head.trim_end().trim_end_matches('}').trim_end().trim_end_matches("[]")
        )
    }

    /// The entry for a value, by its fingerprint.
    pub(crate) fn entry(&self, fingerprint: &Fingerprint) -> Option<&BaselineEntry> {
        let name = self.name(fingerprint);
        self.findings.iter().find(|entry| entry.fingerprint == name)
    }

    fn name(&self, fingerprint: &Fingerprint) -> Fingerprint {
        Fingerprint::from_tag(&keyed_hash(
            self.salt.as_str().as_bytes(),
            fingerprint.as_str().as_bytes(),
        ))
    }

    /// The entries that did not match anything in a scan of their whole scope.
    #[must_use]
    pub fn stale(&self, report: &Report, of: Option<BaselineScope>) -> Vec<BaselineEntry> {
        if of.is_none_or(|of| of < self.of) || !report.problems.is_empty() {
            return Vec::new();
        }
        let met: HashSet<Fingerprint> = report
            .accepted
            .iter()
            .chain(&report.findings)
            .map(|finding| self.name(&finding.fingerprint))
            .collect();
        self.findings.iter().filter(|entry| !met.contains(&entry.fingerprint)).cloned().collect()
    }

    /// Also accepts the findings of a scan. A scan of the whole scope also removes entries that no
    /// longer match; reasons are kept. Tokens of the config are skipped: they cannot be accepted.
    #[must_use]
    pub fn with(mut self, report: &Report, of: Option<BaselineScope>) -> Self {
        let stale: Vec<BaselineEntry> = self.stale(report, of);
        self.findings.retain(|entry| !stale.contains(entry));
        let mut known: BTreeMap<Fingerprint, BaselineEntry> =
            self.findings.drain(..).map(|entry| (entry.fingerprint.clone(), entry)).collect();
        let by_comment = |finding: &&Finding| {
            finding.allowed.as_ref().is_some_and(|allowed| allowed.is_comment())
        };
        let listed = report.accepted.iter().filter(|finding| !by_comment(finding));
        for finding in
            report.findings.iter().filter(|finding| finding.managed.is_none()).chain(listed)
        {
            let fingerprint = self.name(&finding.fingerprint);
            let reason = match &finding.allowed {
                Some(allowed) if allowed.by == AllowedBy::GitleaksIgnore => {
                    Some("in .gitleaksignore".to_owned())
                }
                // Another scanner's baseline: an entry of this one is known already.
                Some(allowed) if allowed.by == AllowedBy::Baseline => allowed.reason.clone(),
                _ => None,
            };
            let (rule, path) = (finding.rule.clone(), finding.path.clone());
            known.entry(fingerprint.clone()).or_insert(BaselineEntry {
                fingerprint,
                rule,
                path,
                reason,
            });
        }
        self.findings = known.into_values().collect();
        self.findings.sort_by(|a, b| a.fingerprint.cmp(&b.fingerprint));
        self.of = of.map_or(self.of, |of| of.max(self.of));
        self
    }

    /// The number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.findings.len()
    }

    /// Whether it has no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }
}
