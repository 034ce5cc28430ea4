//! Which comments a change adds: those that the deciding commit does not have. An earlier comment
//! suppresses its value in its file, at as many places as before. A comment that cannot be looked
//! up counts as added.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::objects;
use super::problems::{self, Cleaned as _};
use crate::domain::{Allowed, AllowedBy, Finding, Fingerprint, Problem};
use crate::git::{Objects, file};
use crate::scan::git::changed_paths::{ChangedPaths, MOST_PATHS};
use crate::scan::git::command::{Git, is_id, on_disk};
use crate::scan::options::Options;
use crate::scan::redact::clean;
use crate::scan::report::Source;

/// Comments in a larger file count only after the merge.
const LARGEST: u64 = 96 << 20;

/// What a comment suppresses: its kind, the file, the value.
type Word = (AllowedBy, String, Fingerprint);

/// What was scanned, for the comparison with a commit's comments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scanned {
    /// Something outside any commit: all its comments are new.
    Nowhere,
    /// One state of files; paths start at this folder of the repository.
    Files(String),
    /// Commits; each has its own state of files.
    Commits,
    /// All states of all files, with each place once.
    Everything,
}

impl Scanned {
    /// For a source. Files on disk outside the base have no place in the repository.
    pub(crate) fn of(source: &Source, options: &Options<'_>) -> Self {
        match source {
            Source::Staged { .. } => Self::Files(String::new()),
            Source::History { .. } => Self::Everything,
            Source::Range { .. } | Source::Event { .. } => Self::Commits,
            Source::Tree { roots } if roots.iter().all(|root| root.starts_with(options.base)) => {
                inside(options).map_or(Self::Nowhere, Self::Files)
            }
            Source::Tree { .. } | Source::Stdin => Self::Nowhere,
        }
    }
}

/// The path of the base in the repository: empty, or ending in `/`.
fn inside(options: &Options<'_>) -> Option<String> {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let (base, top) = (real(options.base)?, real(options.repository?.work_tree())?);
    let parts = base.strip_prefix(top).ok()?.components();
    Some(parts.map(|part| format!("{}/", part.as_os_str().to_string_lossy())).collect())
}

/// Marks the comments that `base` does not have: the change after it adds them.
pub(crate) fn mark(
    findings: &mut [Finding],
    git: Option<&Git<'_>>,
    base: &str,
    scanned: &Scanned,
    options: &Options<'_>,
) {
    if !findings.iter().any(|finding| finding.allowed.as_ref().is_some_and(Allowed::is_comment)) {
        return;
    }
    let git = git.filter(|_| is_id(base) && *scanned != Scanned::Nowhere);
    let before = git.and_then(|git| allowed_in(git, base, options).ok()).unwrap_or_default();
    let above = if let Scanned::Files(above) = scanned { above.as_str() } else { "" };
    let mut met: HashMap<(Option<String>, Word), usize> = HashMap::new();
    for finding in findings {
        let Some(allowed) = finding.allowed.as_mut().filter(|allowed| allowed.is_comment()) else {
            continue;
        };
        let word = (allowed.by, format!("{above}{}", finding.path), finding.fingerprint.clone());
        let there = before.get(&word).copied().unwrap_or_default();
        if !allowed.speaks() {
            allowed.added = there == 0;
            continue;
        }
        let state = finding.commit.clone().filter(|_| *scanned == Scanned::Commits);
        let count = met.entry((state, word)).or_default();
        *count += 1;
        allowed.added = *count > there;
    }
}

/// For how many places of a value in a file the commit has comments.
fn allowed_in(
    git: &Git<'_>,
    commit: &str,
    options: &Options<'_>,
) -> Result<HashMap<Word, usize>, Problem> {
    // git would list every path, even if a tree nests the same folders millions of times.
    let mut paths = ChangedPaths::new(Objects::open(git.repository, commit)?, MOST_PATHS);
    let root = paths.root(commit);
    if paths.is_more(None, root) {
        return Err(problems::comments_not_searched(commit, options));
    }
    let files = commented(git, commit, options)?;
    let ids: HashSet<&String> = files.iter().map(|(id, _)| id).collect();
    let ids: Vec<String> = ids.into_iter().cloned().collect();
    let read = objects::read(git, &ids, options, &|_| {})?;
    let mut all = HashMap::new();
    for (id, path) in &files {
        for finding in read.in_blobs.get(id).into_iter().flatten().map(|seen| seen.at(path.clone()))
        {
            if let Some(allowed) = finding.allowed.filter(Allowed::speaks) {
                *all.entry((allowed.by, finding.path, finding.fingerprint)).or_default() += 1;
            }
        }
    }
    Ok(all)
}

/// The files of a commit with such comments: id and shown path.
fn commented(
    git: &Git<'_>,
    commit: &str,
    options: &Options<'_>,
) -> Result<Vec<(String, String)>, Problem> {
    // Every file counts as text, whatever its attributes are.
    let words = ["-e", "tokenward:allow", "-e", "gitleaks:allow"];
    let search: Vec<&str> = ["grep", "-l", "-z", "-a", "-F", "--full-name", "--no-textconv"]
        .into_iter()
        .chain(words)
        .chain([commit, "--", ":/"])
        .collect();
    let listed = git.read(&search).cleaned(options)?;
    let named: HashSet<&[u8]> = listed
        .split(|byte| *byte == 0)
        .filter_map(|name| name.strip_prefix(commit.as_bytes())?.strip_prefix(b":"))
        .collect();
    let tree = git.read(&["ls-tree", "-r", "-z", "--full-tree", commit]).cleaned(options)?;
    // A comment decides something, so each file is read along its path with every object hashed.
    let objects = Objects::open(git.repository, commit)?;
    let is_real = |path: &[u8], id: &str| {
        let found = file(&objects, commit, &on_disk(path), LARGEST);
        matches!(found, Ok(Some(content)) if objects.blob_id(&content).as_deref() == Some(id))
    };
    let files = tree.split(|byte| *byte == 0).filter_map(|entry| {
        // `mode kind id`, a tab, the path.
        let tab = entry.iter().position(|byte| *byte == b'\t')?;
        let id =
            String::from_utf8_lossy(entry[..tab].rsplit(|byte| *byte == b' ').next()?).into_owned();
        let path = &entry[tab + 1..];
        (named.contains(path) && is_real(path, &id)).then(|| (id, clean(path, options)))
    });
    Ok(files.collect())
}
