//! Scans files and folders on disk, on all cores. Nothing in the tree can hide a part of it: ignore
//! files, hidden names and binary content have no effect. Of `.git` folders only config and hooks
//! are read. Links are not followed; only their text is read.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use ignore::{DirEntry, ParallelVisitor, ParallelVisitorBuilder, WalkBuilder, WalkState};

use super::content::{self, Looked};
use super::problems::{self, not_whole};
use super::stream::Scratch;
use crate::domain::{Finding, Problem};
use crate::scan::options::Options;
use crate::scan::redact::{self, clean, clean_line};
use crate::scan::report::{Progress, Report};

/// The files in a `.git` folder that contain addresses.
const OF_GIT: [&str; 4] = ["config", "config.worktree", "packed-refs", "FETCH_HEAD"];
/// How often progress is reported.
const TICK: Duration = Duration::from_millis(100);

/// Scans files and folders.
pub(crate) fn scan(
    roots: &[PathBuf],
    options: &Options<'_>,
    progress: &dyn Fn(Progress),
) -> Report {
    let Some((first, more)) = roots.split_first() else { return Report::default() };
    let mut walk = WalkBuilder::new(first);
    for root in more {
        walk.add(root);
    }
    let threads = if options.threads == 0 {
        thread::available_parallelism().map_or(1, usize::from)
    } else {
        options.threads
    };
    walk.standard_filters(false).follow_links(false).threads(threads);

    let count = Count::default();
    let (sender, receiver) = channel();
    let (mut report, count_ref) = (Report::default(), &count);
    thread::scope(|scope| {
        scope.spawn(move || {
            walk.build_parallel().visit(&mut Workers { options, roots, count: count_ref, sender })
        });
        loop {
            match receiver.recv_timeout(TICK) {
                Ok(Message::Finding(finding)) => report.findings.push(*finding),
                Ok(Message::Problem(problem)) => report.problems.push(problem),
                Err(RecvTimeoutError::Timeout) => progress(count.now()),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
    });
    let Progress { files, bytes } = count.now();
    progress(count.now());
    (report.files, report.bytes, report.ignored) =
        (files, bytes, count.ignored.load(Ordering::Relaxed));
    report
}

#[derive(Default)]
struct Count {
    files: AtomicU64,
    bytes: AtomicU64,
    ignored: AtomicU64,
}

impl Count {
    fn now(&self) -> Progress {
        Progress {
            files: self.files.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
        }
    }
}

enum Message {
    Finding(Box<Finding>),
    Problem(Problem),
}

struct Workers<'a> {
    options: &'a Options<'a>,
    roots: &'a [PathBuf],
    count: &'a Count,
    sender: Sender<Message>,
}

impl<'s, 'a: 's> ParallelVisitorBuilder<'s> for Workers<'a> {
    fn build(&mut self) -> Box<dyn ParallelVisitor + 's> {
        let sender = self.sender.clone();
        Box::new(Worker {
            options: self.options,
            roots: self.roots,
            count: self.count,
            sender,
            scratch: Scratch::new(self.options),
        })
    }
}

struct Worker<'a> {
    options: &'a Options<'a>,
    roots: &'a [PathBuf],
    count: &'a Count,
    sender: Sender<Message>,
    scratch: Scratch,
}

impl ParallelVisitor for Worker<'_> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let problem = problems::tree_unread(&error.to_string(), self.options);
                self.send(Message::Problem(problem));
                return WalkState::Continue;
            }
        };
        if let Some(error) = entry.error() {
            self.unread(entry.path(), &error.to_string());
        }
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        if is_folder && entry.depth() > 0 && entry.file_name() == ".git" {
            self.git_folder(entry.path());
            return WalkState::Skip;
        }
        if self.is_left_out(&entry, is_folder) {
            self.count.ignored.fetch_add(1, Ordering::Relaxed);
            return WalkState::Skip;
        }
        // Only the last part: the folders above were already scanned.
        for seen in redact::in_name(entry.file_name().as_encoded_bytes(), self.options) {
            self.found(&seen, entry.path());
        }
        // A root named by the user is followed if it is a link.
        if entry.path_is_symlink() || entry.depth() == 0 && entry.path().is_symlink() {
            self.link(entry.path());
        }
        match entry.file_type() {
            Some(kind) if kind.is_file() => self.file(entry.path()),
            Some(kind) if kind.is_dir() || kind.is_symlink() => {}
            // A pipe, a socket, a device: nothing that could be committed, and reading it may wait
            // forever.
            _ => drop(self.count.ignored.fetch_add(1, Ordering::Relaxed)),
        }
        WalkState::Continue
    }
}

impl Worker<'_> {
    fn is_left_out(&self, entry: &DirEntry, is_folder: bool) -> bool {
        let ignore = self.options.ignore;
        // Mostly nothing is, and no path has to be taken apart for it.
        !ignore.is_empty() && {
            let path = self.relative(entry.path());
            if entry.depth() > 0 {
                ignore.leaves_out(path, is_folder)
            } else {
                ignore.leaves_out_below(path)
            }
        }
    }

    /// The config and hooks of a repository inside the tree: people put credentials into addresses
    /// and hooks. Our own repository's folder is not content.
    fn git_folder(&mut self, path: &Path) {
        let is_own = |repository: &crate::git::Repository| {
            path.canonicalize()
                .is_ok_and(|real| real == repository.git_dir() || real == repository.common_dir())
        };
        if self.options.repository.is_some_and(is_own) {
            return;
        }
        if !self.options.git_folders {
            self.count.ignored.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let hooks = std::fs::read_dir(path.join("hooks"))
            .into_iter()
            .flatten()
            .flatten()
            .map(|hook| hook.path());
        for file in OF_GIT.iter().map(|name| path.join(name)).chain(hooks) {
            let is_file = file.symlink_metadata().is_ok_and(|found| found.is_file());
            if is_file && !self.options.ignore.leaves_out_below(self.relative(&file)) {
                self.file(&file);
            }
        }
    }

    fn file(&mut self, path: &Path) {
        let looked = match File::open(path) {
            Ok(file) => content::file(&file, &mut self.scratch, self.options),
            Err(error) => Looked { error: Some(error), ..Looked::default() },
        };
        self.looked(path, looked);
    }

    /// A link's target is its content in a repository, and can be any text.
    fn link(&mut self, path: &Path) {
        let looked = match std::fs::read_link(path) {
            Ok(target) => content::text(
                target.as_os_str().as_encoded_bytes(),
                &mut self.scratch,
                self.options,
            ),
            Err(error) => Looked { error: Some(error), ..Looked::default() },
        };
        self.looked(path, looked);
    }

    fn looked(&self, path: &Path, looked: Looked) {
        looked.seen.iter().for_each(|seen| self.found(seen, path));
        self.count.files.fetch_add(1, Ordering::Relaxed);
        self.count.bytes.fetch_add(looked.bytes, Ordering::Relaxed);
        for why in looked.lost {
            self.send(Message::Problem(not_whole(&self.shown(path), why, self.options)));
        }
        if let Some(error) = looked.error {
            self.unread(path, &error.to_string());
        }
    }

    fn found(&self, seen: &Finding, path: &Path) {
        let path = clean(self.relative(path).as_os_str().as_encoded_bytes(), self.options);
        let path = if std::path::MAIN_SEPARATOR == '/' {
            path
        } else {
            path.replace(std::path::MAIN_SEPARATOR, "/")
        };
        self.send(Message::Finding(Box::new(seen.at(path))));
    }

    fn unread(&self, path: &Path, cause: &str) {
        let problem = problems::file_unread(&self.shown(path), cause, self.options);
        self.send(Message::Problem(problem));
    }

    fn send(&self, message: Message) {
        // The receiver outlives every worker, so nothing can be lost here.
        let _ = self.sender.send(message);
    }

    fn shown(&self, path: &Path) -> String {
        clean_line(self.relative(path).as_os_str().as_encoded_bytes(), self.options)
    }

    /// Relative to the base, else to its root, else unchanged.
    fn relative<'p>(&self, path: &'p Path) -> &'p Path {
        let path = path.strip_prefix(".").unwrap_or(path);
        let below =
            |root: &Path| path.strip_prefix(root).ok().filter(|rest| !rest.as_os_str().is_empty());
        below(self.options.base)
            .or_else(|| self.roots.iter().find_map(|root| below(root)))
            .unwrap_or(path)
    }
}
