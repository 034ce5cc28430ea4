//! The files that a command line names. One that is written must not be another one as well, since
//! the second would replace the first, or be read after it was replaced. Compares only; opens
//! nothing.

use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::args::{Cli, Command};
use super::env::Env;
use super::problems::arguments;
use crate::domain::Problem;

/// A file, and the option that names it.
pub(super) struct Named<'a> {
    option: &'static str,
    path: &'a Path,
    is_written: bool,
}

impl<'a> Named<'a> {
    pub(super) fn read(option: &'static str, path: &'a Path) -> Self {
        Self { option, path, is_written: false }
    }

    pub(super) fn written(option: &'static str, path: &'a Path) -> Self {
        Self { option, path, is_written: true }
    }
}

/// Every file of a command line.
pub(super) fn all(cli: &Cli) -> Vec<Named<'_>> {
    let mut files: Vec<Named<'_>> = Vec::new();
    files.extend(cli.global.output.as_deref().map(|path| Named::written("--output", path)));
    files.extend(cli.global.config.as_deref().map(|path| match cli.command {
        Command::Init(_) => Named::written("--config", path),
        _ => Named::read("--config", path),
    }));
    match &cli.command {
        Command::Status { html, with, .. } => {
            files.extend(html.as_deref().map(|path| Named::written("--html", path)));
            files.extend(with.iter().map(|path| Named::read("--with", path)));
        }
        Command::Scan(flags) => {
            let (sources, suppressions) = (&flags.sources, &flags.suppressions);
            files.extend(suppressions.baseline.as_deref().map(|path| Named {
                option: "--baseline",
                path,
                is_written: suppressions.write_baseline,
            }));
            files.extend(sources.paths.iter().map(|path| Named::read("a scanned file", path)));
            let logs = sources.workflow_logs.as_deref();
            files.extend(logs.map(|path| Named::read("--workflow-logs", path)));
        }
        Command::Push { value_from, .. } => files.extend(source(value_from)),
        Command::Confirm(asked) => {
            files.extend(asked.value_from.as_deref().and_then(source));
        }
        _ => {}
    }
    files
}

fn source(value_from: &str) -> Option<Named<'_>> {
    let path = value_from.strip_prefix("file:")?;
    Some(Named::read("--value-from", Path::new(path)))
}

/// Refuses two names of one file if the command writes it.
pub(super) fn refuse_shared(env: &Env, files: &[Named<'_>]) -> Result<(), Problem> {
    for (at, one) in files.iter().enumerate().filter(|(_, one)| one.is_written) {
        let ours = real(env, one.path);
        let others = files.iter().enumerate().filter(|(other, _)| *other != at);
        for (_, other) in others {
            let theirs = real(env, other.path);
            if ours.iter().any(|one| theirs.iter().any(|other| is_same(one, other))) {
                return Err(arguments::same_file(one.option, other.option));
            }
        }
    }
    Ok(())
}

/// Where a path leads, with its links resolved: `..` is read as the system does, and by the text
/// alone, as files are written.
fn real(env: &Env, path: &Path) -> [PathBuf; 2] {
    let whole = env.folder.join(path);
    [resolved(&whole), resolved(&plain(&whole))]
}

fn resolved(path: &Path) -> PathBuf {
    let mut missing: Vec<&OsStr> = Vec::new();
    let mut there = path;
    loop {
        if let Ok(real) = fs::canonicalize(there) {
            return missing.iter().rev().fold(real, |path, name| path.join(name));
        }
        let (Some(parent), Some(name)) = (there.parent(), there.file_name()) else {
            return path.to_owned();
        };
        missing.push(name);
        there = parent;
    }
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut plain, part| {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
        plain
    })
}

/// Whether two paths are one file, also where the case of a name does not count.
fn is_same(one: &Path, other: &Path) -> bool {
    let ignores_case = cfg!(any(windows, target_os = "macos"));
    one == other || (ignores_case && one.as_os_str().eq_ignore_ascii_case(other.as_os_str()))
}
