//! The journal in a local file: one record a line. A lock file keeps writers apart; a whole new file replaces the old one
//! (written, fsynced, renamed), so that a crash leaves either the old journal or the new one.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::record::Record;
use super::store::{AppendFailure, Store, StoreFailure, Tip};
use crate::domain::{Code, Problem};

/// A journal in a file.
pub struct FileStore {
    path: PathBuf,
}

impl FileStore {
    /// The journal at `path`. Nothing is touched yet.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    fn records(&self) -> Result<Option<Tip>, StoreFailure> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreFailure::Unavailable(Box::new(self.trouble("read", &error)))),
        };
        let mut records = Vec::new();
        let mut lines = text.lines().rev();
        for line in lines.by_ref() {
            let enough = records.iter().any(|record: &Record| record.full);
            records.push(Record::parse(line)?);
            if enough {
                break;
            }
        }
        let version = records.first().map(version).unwrap_or_default();
        // Whether anything was ever signed matters only where nothing near the end is.
        let unsigned = records.iter().all(|record| record.mac.is_none());
        let signed_before = unsigned && lines.any(|line| Record::parse(line).is_ok_and(|record| record.mac.is_some()));
        Ok(Some(Tip { version, records, before: Vec::new(), signed_before }))
    }

    fn add(&self, parent: Option<&str>, record: &Record) -> Result<String, AppendFailure> {
        let unavailable = |error: io::Error| AppendFailure::Unavailable(Box::new(self.trouble("write", &error)));
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(unavailable)?;
        let lock = File::create(self.sibling("lock")).map_err(unavailable)?;
        // Held until `lock` is dropped, also when this process dies.
        lock.lock().map_err(unavailable)?;
        let mut text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(unavailable(error)),
        };
        // Of what is there only the newest record matters here: it says whether somebody else was first.
        let newest = text.lines().next_back().map(Record::parse).transpose();
        let newest = newest.map_err(|failure| AppendFailure::Unavailable(Box::new(failure.into_problem())))?;
        if newest.as_ref().map(version).as_deref() != parent {
            return Err(AppendFailure::Lost);
        }
        text.push_str(&record.to_line());
        text.push('\n');
        let fresh = self.sibling("new");
        let mut file = File::create(&fresh).map_err(unavailable)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(unavailable)?;
        fs::rename(&fresh, &self.path).map_err(unavailable)?;
        // The rename itself has to survive a power cut. Not every file system lets a folder be opened; the file is safe then too.
        if let Ok(folder) = File::open(folder) {
            let _ = folder.sync_all();
        }
        Ok(version(record))
    }

    fn sibling(&self, ending: &str) -> PathBuf {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(".");
        name.push(ending);
        self.path.with_file_name(name)
    }

    fn trouble(&self, verb: &str, error: &io::Error) -> Problem {
        Problem::new(Code::JournalUnavailable, format!("could not {verb} the journal at {}", self.path.display())).cause(error.to_string())
    }
}

fn version(record: &Record) -> String {
    format!("{}-{}", record.sequence, record.by.instance)
}

impl Store for FileStore {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn read(&self) -> BoxFuture<'_, Result<Option<Tip>, StoreFailure>> {
        async { self.records() }.boxed()
    }

    fn append<'a>(&'a self, parent: Option<&'a str>, record: &'a Record) -> BoxFuture<'a, Result<String, AppendFailure>> {
        async move { self.add(parent, record) }.boxed()
    }
}
