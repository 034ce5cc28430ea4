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
use crate::scan::{
    Accept, Baseline, BaselineScope, FINGERPRINT_KEY, GitleaksIgnore, GitleaksRules, PeerBaseline,
    Report, Rules,
};

/// Where a baseline is written if the named one is another scanner's, which is never changed.
const OURS: &str = ".github/tokenward-baseline.json";

/// All suppressions.
pub(super) struct Suppressions<'a> {
    env: &'a Env,
    checkout: &'a Checkout,
    comments: AllowComments,
    file: Option<PathBuf>,
    accepted: Accepted,
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
        let accepted = match &file {
            Some(path) => read_baseline(env, checkout, path, flags.write_baseline)?,
            None => Accepted::default(),
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
            accepted,
            gitleaks: flags.gitleaks,
            ignore,
            rules,
            proposed_on,
        })
    }

    /// The baseline that is read and the one that is written, which no report may replace.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let all = self.file.iter().map(PathBuf::as_path).chain(self.written());
        all.map(|file| self.checkout.top().join(file)).collect()
    }

    /// The baseline to write, from the repository's root.
    fn written(&self) -> Option<&Path> {
        let own = self.file.as_deref()?;
        Some(if self.accepted.peer.is_some() { Path::new(OURS) } else { own })
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
            baseline: self.accepted.ours.as_ref(),
            custom: None,
            peer: self.accepted.peer.as_ref(),
            gitleaks_ignore: self.ignore.as_ref(),
            proposed_on: self.proposed_on.as_deref(),
        }
    }

    /// Entries of the baseline that no longer match anything.
    pub(super) fn stale(&self, report: &Report, of: Option<BaselineScope>) -> Vec<BaselineEntry> {
        if let (Some(peer), Some(file)) = (&self.accepted.peer, &self.file) {
            let (unmet, shown) = (peer.unmet(report, of), sanitize(&file.display().to_string()));
            if unmet > 0 {
                let of_all = count(peer.len(), "entry", "entries");
                let note = format!("note: {shown}: {unmet} of {of_all} matched no finding\n");
                self.env.note(&note);
            }
        }
        self.accepted.ours.as_ref().map(|ours| ours.stale(report, of)).unwrap_or_default()
    }

    /// Writes a baseline that accepts all findings, except tokens of the config.
    pub(super) fn write(
        &mut self,
        report: &mut Report,
        of: Option<BaselineScope>,
    ) -> Result<(), Problem> {
        let Some(file) = self.written().map(Path::to_owned) else { return Ok(()) };
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| problems::journal::no_random_bytes(&error))?;
        let old =
            self.accepted.ours.take().unwrap_or_else(|| Baseline::new(Salt::from_random(bytes)));
        let new = old.with(report, of);
        let shown = sanitize(&file.display().to_string());
        self.env
            .write_json(&self.checkout.top().join(&file), &new.to_text(), Kind::Plain)
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
        if let (Some(peer), Some(named)) = (&self.accepted.peer, &self.file) {
            let named = sanitize(&named.display().to_string());
            self.env.note(&format!(
                "note: {named} of {} is unchanged; use --baseline {shown} from now on\n",
                peer.scanner()
            ));
        }
        self.accepted.ours = Some(new);
        Ok(())
    }
}

/// What the named baseline accepts: ours, or another scanner's.
#[derive(Default)]
struct Accepted {
    ours: Option<Baseline>,
    peer: Option<PeerBaseline>,
}

fn read_baseline(
    env: &Env,
    checkout: &Checkout,
    path: &Path,
    is_written: bool,
) -> Result<Accepted, Problem> {
    let text = match checkout.text(path)? {
        Some(text) => text,
        // A baseline that a pull request adds counts once it is merged.
        None if is_written || !checkout.is_folder() => return Ok(Accepted::default()),
        None => return Err(problems::scan::baseline_missing(path)),
    };
    let invalid = |why| problems::scan::baseline_invalid(path, why);
    let Some(peer) = PeerBaseline::parse(&text, FINGERPRINT_KEY).map_err(invalid)? else {
        let ours = Some(Baseline::parse(&text).map_err(invalid)?);
        return Ok(Accepted { ours, peer: None });
    };
    if is_written && checkout.top().join(OURS).symlink_metadata().is_ok() {
        return Err(problems::scan::baseline_exists(path, Path::new(OURS), peer.scanner()));
    }
    let shown = sanitize(&path.display().to_string());
    let entries = count(peer.len(), "entry", "entries");
    env.note(&format!("note: {shown} is of {}: {entries}\n", peer.scanner()));
    for (why, number) in peer.unusable() {
        let entries = count(*number, "entry", "entries");
        env.note(&format!("note: {shown}: {entries} cannot be matched: {why}\n"));
    }
    Ok(Accepted { ours: None, peer: Some(peer) })
}
