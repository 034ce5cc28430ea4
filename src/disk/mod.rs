//! The only module that writes files. It writes a temporary file beside the target and renames it,
//! and follows no link: a pull request can commit links. In GitHub Actions it writes only into the
//! workspace and `RUNNER_TEMP`. A report never replaces a file that is not a report, and is never
//! written where git, the runner or another program reads instructions.

mod error;
#[cfg(not(unix))]
#[path = "other.rs"]
mod folder;
#[cfg(unix)]
#[path = "unix.rs"]
mod folder;
mod ours;
mod place;
mod problems;
mod taken;

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

pub use error::DiskError;

use self::folder::{Folder, There};
use self::place::Spot;
use self::taken::Taken;
use crate::domain::ids::hex;

/// What a file is for: decides its permissions, where it may be, and what it may replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file that tokenward reads again or was asked to rewrite: the process's umask decides who
    /// can read it.
    Plain,
    /// A report for everybody who can read the folder.
    Report,
    /// A report in the runner's folder for temporary files: other accounts of a shared machine
    /// cannot read it.
    Private,
    /// A git hook: executable, and the only kind that may be inside `.git`.
    Hook,
}

impl Kind {
    fn mode(self) -> u16 {
        match self {
            Self::Plain | Self::Report => 0o666,
            Self::Private => 0o600,
            Self::Hook => 0o755,
        }
    }

    fn is_report(self) -> bool {
        matches!(self, Self::Report | Self::Private)
    }
}

/// How an existing file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opened {
    Read,
    Append,
    Lock,
}

/// Where this run may write.
#[derive(Clone, Debug)]
pub struct Disk {
    base: PathBuf,
    roots: Vec<PathBuf>,
    taken: Taken,
    bounded: bool,
}

impl Disk {
    /// A person's own machine: any path they name. No link inside the repository around `base` is
    /// followed.
    #[must_use]
    pub fn of_person(base: &Path) -> Self {
        let base = place::canonical(base);
        // The outermost one: an inner repository may have been committed to the outer one.
        let top = base
            .ancestors()
            .filter(|folder| folder.join(".git").symlink_metadata().is_ok())
            .last()
            .unwrap_or(&base)
            .to_owned();
        Self { base, roots: vec![top], taken: Taken::default(), bounded: false }
    }

    /// A run in GitHub Actions: only inside these folders; one that does not exist allows nothing.
    /// `taken` are the runner's own files and folders, which are never written.
    #[must_use]
    pub fn of_run(base: &Path, roots: &[&Path], taken: &[&Path]) -> Self {
        let roots: Vec<PathBuf> =
            roots.iter().filter_map(|root| root.canonicalize().ok()).collect();
        let taken = Taken::of(taken, &roots);
        Self { base: place::canonical(base), roots, taken, bounded: true }
    }

    /// Whether a run may work in this folder, with its links resolved: one below its roots that is
    /// neither git's nor the runner's.
    ///
    /// # Errors
    /// When it may not.
    pub fn may_work_in(&self, folder: &Path) -> Result<(), DiskError> {
        let real = folder.canonicalize().map_err(|error| DiskError::of(folder, error))?;
        let inside = self
            .roots
            .iter()
            .filter_map(|root| real.strip_prefix(root).ok())
            .max_by_key(|inside| inside.as_os_str().len());
        match inside {
            None => Err(DiskError::Outside(folder.to_owned())),
            Some(inside) if inside.iter().any(place::is_of_git_or_runner) => {
                Err(DiskError::Reserved(folder.to_owned()))
            }
            Some(_) => Ok(()),
        }
    }

    /// Writes a whole file in one step: a reader sees the old file or the new one. Creates missing
    /// folders.
    ///
    /// # Errors
    /// If the path is refused, or the file cannot be written; the old file is then unchanged.
    pub fn replace(&self, path: &Path, text: &str, kind: Kind) -> Result<PathBuf, DiskError> {
        let spot = self.spot(path, self.bounded, kind)?;
        let name = spot.name()?;
        let folder = self.walk(&spot, true, Some(kind))?;
        let there = folder.look(name, &spot.whole)?;
        if let Some(there) = &there {
            self.may_replace(&folder, &spot, there, kind)?;
        }
        let mut random = [0; 8];
        getrandom::fill(&mut random)
            .map_err(|error| DiskError::of(&spot.whole, std::io::Error::other(error)))?;
        let fresh = format!(".tokenward-{}", hex(&random));
        let fresh = OsStr::new(&fresh);
        let written = folder.create(fresh, kind.mode()).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            // A file that is rewritten keeps its permissions. A hook must be executable whatever
            // the umask is.
            match (kind, there) {
                (Kind::Hook, _) => folder::set_mode(&file, kind.mode())?,
                (Kind::Plain | Kind::Report, Some(there)) => folder::set_mode(&file, there.mode)?,
                _ => {}
            }
            file.sync_all()?;
            folder.rename(fresh, name)
        });
        if let Err(error) = written {
            folder.remove(fresh);
            return Err(DiskError::of(&spot.whole, error));
        }
        // The rename must survive a power cut. Not every file system supports this; the file is
        // safe then too.
        folder.sync();
        Ok(spot.whole)
    }

    /// Appends to a file that the runner names, wherever it is.
    ///
    /// # Errors
    /// When the path is refused, or the file cannot be written.
    pub fn append(&self, path: &Path, text: &str) -> Result<(), DiskError> {
        let (mut file, whole) = self.open(path, false, Opened::Append)?;
        file.write_all(text.as_bytes()).map_err(|error| DiskError::of(&whole, error))
    }

    /// Opens a file to lock it; creates an empty one if there is none.
    ///
    /// # Errors
    /// When the path is refused, or the file cannot be opened.
    pub fn lock(&self, path: &Path) -> Result<File, DiskError> {
        self.open(path, self.bounded, Opened::Lock).map(|(file, _)| file)
    }

    /// Reads a file by the same rules; `None` if there is none.
    ///
    /// # Errors
    /// When the path is refused, or the file cannot be read as text.
    pub fn read(&self, path: &Path) -> Result<Option<String>, DiskError> {
        let mut text = String::new();
        match self.open(path, self.bounded, Opened::Read) {
            Ok((mut file, whole)) => {
                file.read_to_string(&mut text).map_err(|error| DiskError::of(&whole, error))?
            }
            Err(failure) if failure.is_missing() => return Ok(None),
            Err(failure) => return Err(failure),
        };
        Ok(Some(text))
    }

    fn open(&self, path: &Path, bounded: bool, how: Opened) -> Result<(File, PathBuf), DiskError> {
        // Reading a hook to see whose it is writes nothing.
        let spot =
            self.spot(path, bounded, if how == Opened::Read { Kind::Hook } else { Kind::Plain })?;
        let folder = self.walk(&spot, how != Opened::Read, None)?;
        folder.look(spot.name()?, &spot.whole)?;
        let file = folder
            .open_file(spot.name()?, how)
            .map_err(|error| DiskError::of(&spot.whole, error))?;
        // The file may have been replaced since the check: only the opened one counts.
        match file.metadata() {
            Ok(metadata) if metadata.is_file() => Ok((file, spot.whole)),
            Ok(_) => Err(DiskError::NotAFile(spot.whole)),
            Err(error) => Err(DiskError::of(&spot.whole, error)),
        }
    }

    /// Whether a file may replace the existing one.
    fn may_replace(
        &self,
        folder: &Folder,
        spot: &Spot,
        there: &There,
        kind: Kind,
    ) -> Result<(), DiskError> {
        if kind != Kind::Hook && self.taken.has_file(&there.id) {
            return Err(DiskError::Reserved(spot.whole.clone()));
        }
        if !kind.is_report() {
            return Ok(());
        }
        let read = folder.open_file(spot.name()?, Opened::Read).and_then(|file| {
            match file.metadata()?.is_file() {
                true => ours::is_report(file),
                false => Ok(false),
            }
        });
        match read {
            Ok(true) => Ok(()),
            Ok(false) => Err(DiskError::NotOurs(spot.whole.clone())),
            Err(error) => Err(DiskError::of(&spot.whole, error)),
        }
    }

    /// Opens each folder on the way relative to the one before, so that none can be replaced by a
    /// link in the meantime. `kind` is what will be written there.
    fn walk(&self, spot: &Spot, make: bool, kind: Option<Kind>) -> Result<Folder, DiskError> {
        let mut at = spot.anchor.clone();
        let mut folder = Folder::open(&at).map_err(|error| DiskError::of(&at, error))?;
        for name in spot.folders() {
            at.push(name);
            folder = folder.below(name, make).map_err(|error| DiskError::of(&at, error))?;
            let is_taken = || folder.id().is_none_or(|id| self.taken.has_folder(&id));
            if kind.is_some_and(|kind| kind != Kind::Hook) && is_taken() {
                return Err(DiskError::Reserved(spot.whole.clone()));
            }
            // git takes a folder with these for a repository, and obeys its config.
            if kind.is_some_and(Kind::is_report) && folder.has("HEAD") && folder.has("objects") {
                return Err(DiskError::Reserved(spot.whole.clone()));
            }
        }
        Ok(folder)
    }
}
