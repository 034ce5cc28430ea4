//! The journal in a local file: one record per line. A lock file admits one writer at a time. A
//! whole new file replaces the old one (write, fsync, rename), so that a crash leaves either the
//! old journal or the new one.

use std::path::PathBuf;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::problems;
use super::record::Record;
use super::store::{AppendError, Store, StoreError, Tip, Writable};
use crate::disk::{self, Disk, Kind};
use crate::domain::Problem;

/// A journal in a file.
pub struct FileStore {
    disk: Disk,
    path: PathBuf,
}

impl FileStore {
    /// The journal at `path`. This does no I/O.
    #[must_use]
    pub fn new(disk: Disk, path: PathBuf) -> Self {
        Self { disk, path }
    }

    fn records(&self) -> Result<Option<Tip>, StoreError> {
        let text = match self.disk.read(&self.path) {
            Ok(Some(text)) => text,
            Ok(None) => return Ok(None),
            Err(failure) => {
                return Err(StoreError::Unavailable(Box::new(self.failed("read", &failure))));
            }
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
        // Whether anything was ever signed matters only if nothing near the end is.
        let unsigned = records.iter().all(|record| record.mac.is_none());
        let signed_before = unsigned
            && lines.any(|line| Record::parse(line).is_ok_and(|record| record.mac.is_some()));
        Ok(Some(Tip { version, records, before: Vec::new(), signed_before }))
    }

    fn add(&self, parent: Option<&str>, record: &Record) -> Result<String, AppendError> {
        let unavailable = |failure: disk::DiskError| {
            AppendError::Unavailable(Box::new(self.failed("write", &failure)))
        };
        let path = self.sibling("lock");
        let lock = self.disk.lock(&path).map_err(unavailable)?;
        // Held until `lock` is dropped or this process dies.
        lock.lock().map_err(|error| unavailable(disk::DiskError::System(path, error)))?;
        let mut text = self.disk.read(&self.path).map_err(unavailable)?.unwrap_or_default();
        // Only the newest record matters here: it shows whether another run was first.
        let newest = text.lines().next_back().map(Record::parse).transpose();
        let newest =
            newest.map_err(|failure| AppendError::Unavailable(Box::new(failure.into_problem())))?;
        if newest.as_ref().map(version).as_deref() != parent {
            return Err(AppendError::Lost);
        }
        text.push_str(&record.to_line());
        text.push('\n');
        self.disk.replace(&self.path, &text, Kind::Plain).map_err(unavailable)?;
        Ok(version(record))
    }

    /// Writes the same content once more. If there is no file, none is created.
    fn rewrite(&self) -> Result<Writable, Problem> {
        let trouble = |failure: disk::DiskError| self.failed("write", &failure);
        if self.disk.read(&self.path).map_err(trouble)?.is_none() {
            let unseen = format!(
                "could not check whether {} can be created: the first `tokenward rotate` creates it",
                self.path.display()
            );
            return Ok(Writable { how: None, unseen: Some(unseen) });
        }
        let path = self.sibling("lock");
        let lock = self.disk.lock(&path).map_err(trouble)?;
        lock.lock().map_err(|error| trouble(disk::DiskError::System(path, error)))?;
        if let Some(text) = self.disk.read(&self.path).map_err(trouble)? {
            self.disk.replace(&self.path, &text, Kind::Plain).map_err(trouble)?;
        }
        Ok(Writable {
            how: Some("the file was rewritten with the same content".to_owned()),
            unseen: None,
        })
    }

    fn sibling(&self, ending: &str) -> PathBuf {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(".");
        name.push(ending);
        self.path.with_file_name(name)
    }

    fn failed(&self, verb: &str, error: &disk::DiskError) -> Problem {
        problems::file_failed(verb, &self.path, error)
    }
}

fn version(record: &Record) -> String {
    format!("{}-{}", record.sequence, record.by.instance)
}

impl Store for FileStore {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn read(&self) -> BoxFuture<'_, Result<Option<Tip>, StoreError>> {
        async { self.records() }.boxed()
    }

    fn writable(&self) -> BoxFuture<'_, Result<Writable, Problem>> {
        async { self.rewrite() }.boxed()
    }

    fn append<'a>(
        &'a self,
        parent: Option<&'a str>,
        record: &'a Record,
    ) -> BoxFuture<'a, Result<String, AppendError>> {
        async move { self.add(parent, record) }.boxed()
    }
}
