//! The suppressions of `scan`, read from the trusted files (`checkout`). Also writes the baseline.

use std::path::{Path, PathBuf};

use super::args::SuppressionFlags;
use super::checkout::Checkout;
use super::env::Env;
use super::problems;
use super::session::Session;
use crate::disk::Kind;
use crate::domain::text::{count, sanitize};
use crate::domain::{AllowComments, Allowed, AllowedBy, BaselineEntry, Problem, Salt};
use crate::scan::{Accept, Baseline, BaselineScope, GitleaksIgnore, GitleaksRules, Report, Rules};

/// All suppressions.
pub(super) struct Suppressions<'a> {
    env: &'a Env,
    checkout: &'a Checkout,
    comments: AllowComments,
    file: Option<PathBuf>,
    baseline: Option<Baseline>,
    gitleaks: bool,
    ignore: Option<GitleaksIgnore>,
    rules: Option<GitleaksRules>,
    proposed_on: Option<String>,
}

impl<'a> Suppressions<'a> {
    pub(super) fn read(
        env: &'a Env,
        checkout: &'a Checkout,
        session: Option<&Session<'_>>,
        flags: &SuppressionFlags,
        is_on_disk: bool,
    ) -> Result<Self, Problem> {
        let config = session.map(|session| &session.config);
        let named =
            config.and_then(|config| Some(config.root().join(config.scan.baseline.as_ref()?)));
        let typed = flags.baseline.as_deref().map(|path| checkout.typed(path)).transpose()?;
        let file = typed.or(named);
        if file.is_none() && flags.write_baseline {
            return Err(problems::scan::baseline_unnamed());
        }
        let baseline = match &file {
            Some(path) => read_baseline(checkout, path, flags.write_baseline)?,
            None => None,
        };
        let of_gitleaks =
            |name: &str| if flags.gitleaks { checkout.text(Path::new(name)) } else { Ok(None) };
        let ignore = of_gitleaks(".gitleaksignore")?.map(|text| GitleaksIgnore::parse(&text));
        let ignore = ignore
            .transpose()
            .map_err(|why| problems::scan::gitleaks_unusable(".gitleaksignore", why))?;
        let rules = of_gitleaks(".gitleaks.toml")?.map(|text| GitleaksRules::parse(&text));
        let rules = rules
            .transpose()
            .map_err(|why| problems::scan::gitleaks_unusable(".gitleaks.toml", why))?;
        for note in rules.iter().flat_map(|rules| &rules.notes) {
            env.note(&format!("note: .gitleaks.toml: {note}\n"));
        }
        let proposed_on = checkout.proposed_on(is_on_disk);
        let comments = config.map(|config| config.scan.allow_comments).unwrap_or_default();
        Ok(Self {
            env,
            checkout,
            comments,
            file,
            baseline,
            gitleaks: flags.gitleaks,
            ignore,
            rules,
            proposed_on,
        })
    }

    /// The baseline, from the repository's root.
    pub(super) fn file(&self) -> Option<PathBuf> {
        Some(self.checkout.top().join(self.file.as_ref()?))
    }

    /// The rules, with those of `.gitleaks.toml`.
    pub(super) fn rules(&mut self, rules: Rules) -> Rules {
        match self.rules.take() {
            Some(more) => rules.and(more),
            None => rules,
        }
    }

    pub(super) fn accept(&self) -> Accept<'_> {
        Accept {
            comments: self.comments,
            gitleaks: self.gitleaks,
            baseline: self.baseline.as_ref(),
            gitleaks_ignore: self.ignore.as_ref(),
            proposed_on: self.proposed_on.as_deref(),
        }
    }

    /// Entries of the baseline that no longer match anything.
    pub(super) fn stale(&self, report: &Report, of: Option<BaselineScope>) -> Vec<BaselineEntry> {
        self.baseline.as_ref().map(|baseline| baseline.stale(report, of)).unwrap_or_default()
    }

    /// Writes a baseline that accepts all findings, except tokens of the config.
    pub(super) fn write(
        &mut self,
        report: &mut Report,
        of: Option<BaselineScope>,
    ) -> Result<(), Problem> {
        let Some(file) = &self.file else { return Ok(()) };
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| problems::journal::no_random_bytes(&error))?;
        let old = self.baseline.take().unwrap_or_else(|| Baseline::new(Salt::from_random(bytes)));
        let new = old.with(report, of);
        let shown = sanitize(&file.display().to_string());
        self.env
            .write_json(&self.checkout.top().join(file), &new.to_text(), Kind::Plain)
            .map_err(|failure| failure.to_problem(&shown))?;
        let (ours, mut others): (Vec<_>, Vec<_>) = std::mem::take(&mut report.findings)
            .into_iter()
            .partition(|finding| finding.managed.is_some());
        others
            .iter_mut()
            .for_each(|finding| finding.allowed = Some(Allowed::new(AllowedBy::Baseline, None)));
        report.findings = ours;
        report.accepted.append(&mut others);
        self.env.note(&format!(
            "note: {shown} accepts {}; write why under `reason`, and commit the file\n",
            count(new.len(), "value", "values")
        ));
        self.baseline = Some(new);
        Ok(())
    }
}

fn read_baseline(
    checkout: &Checkout,
    path: &Path,
    may_be_missing: bool,
) -> Result<Option<Baseline>, Problem> {
    match checkout.text(path)? {
        Some(text) => Baseline::parse(&text)
            .map(Some)
            .map_err(|why| problems::scan::baseline_invalid(path, why)),
        // A baseline that a pull request adds counts once it is merged.
        None if may_be_missing || !checkout.is_folder() => Ok(None),
        None => Err(problems::scan::baseline_missing(path)),
    }
}
