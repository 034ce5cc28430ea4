//! Files that Git LFS keeps: the repository has a few lines that point to them, and their content
//! lies beside its objects, if it was fetched. It is read if it is what the pointer says. What is
//! not there is counted and told.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};

use sha2::{Digest as _, Sha256};

use crate::domain::ids::hex;
use crate::domain::text::sanitize;
use crate::domain::{Code, Problem};
use crate::scan::options::Options;
use crate::scan::redact::incomplete;

/// How the first line of a pointer ends: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md,
/// and two names that git-lfs takes as well.
const VERSIONS: [&[u8]; 3] = [
    b"https://git-lfs.github.com/spec/v1",
    b"https://hawser.github.com/spec/v1",
    b"http://git-media.io/v/2",
];
/// By the same document a pointer is shorter.
pub(crate) const LONGEST: usize = 1024;
/// Why a file of Git LFS was not read.
pub(super) const NOT_THERE: &str = "its content is not in this clone";
const NOT_READ: &str = "its content is in this clone, and reading it failed";
const NOT_ITS_OWN: &str = "what lies there for it has another content than its pointer says";
/// How a problem says that such a file was not read. More than one of them are told as one.
const UNREAD: &str = " is kept by Git LFS and was not read";
const HINT: &str = "git lfs fetch (a history: git lfs fetch --all; a workflow: `lfs: true` for `actions/checkout`), or leave it out under `scan.ignore`";
/// The most that are named.
const NAMED: usize = 5;

/// Whether a text begins as a pointer does.
pub(super) fn begins_as_pointer(text: &[u8]) -> bool {
    // git-lfs ignores white space around a pointer, and takes lines that end in CRLF.
    let Some(version) = text.trim_ascii_start().strip_prefix(b"version ") else { return false };
    VERSIONS.iter().any(|known| {
        version
            .strip_prefix(*known)
            .is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_whitespace))
    })
}

/// The hash of the content that a pointer stands for.
pub(super) fn pointed_to(text: &[u8]) -> Option<String> {
    let text = text.get(..text.len().min(LONGEST)).filter(|text| begins_as_pointer(text))?;
    let oid = std::str::from_utf8(text)
        .ok()?
        .lines()
        .find_map(|line| line.trim().strip_prefix("oid sha256:"))?;
    (oid.len() == 64 && oid.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .then(|| oid.to_ascii_lowercase())
}

/// The content with this hash, at its beginning.
pub(crate) fn content(oid: &str, options: &Options<'_>) -> Result<File, &'static str> {
    let objects = options.repository.ok_or(NOT_THERE)?.common_dir().join("lfs/objects");
    let path = objects.join(&oid[..2]).join(&oid[2..4]).join(oid);
    let is_file = std::fs::symlink_metadata(&path).is_ok_and(|found| found.is_file());
    let mut file = is_file.then(|| File::open(&path).ok()).flatten().ok_or(NOT_THERE)?;
    let hash = hash(&mut file).map_err(|_| NOT_READ)?;
    if hash == oid { Ok(file) } else { Err(NOT_ITS_OWN) }
}

fn hash(file: &mut File) -> io::Result<String> {
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            file.rewind()?;
            return Ok(hex(&hash.finalize()));
        }
        hash.update(&buffer[..count]);
    }
}

/// A file that was not read, if that is why.
pub(super) fn unread(path: &str, why: &str, options: &Options<'_>) -> Option<Problem> {
    [NOT_THERE, NOT_READ, NOT_ITS_OWN]
        .contains(&why)
        .then(|| incomplete(format!("{}{UNREAD}", sanitize(path)), why.into(), options).hint(HINT))
}

/// Tells of all such files at once.
pub(crate) fn gather(problems: &mut Vec<Problem>) {
    let is_one =
        |problem: &Problem| problem.id == Code::ScanIncomplete && problem.what.ends_with(UNREAD);
    if problems.iter().filter(|problem| is_one(problem)).count() < 2 {
        return;
    }
    let (mut all, others): (Vec<Problem>, Vec<Problem>) =
        std::mem::take(problems).into_iter().partition(is_one);
    all.sort_by(|a, b| a.what.cmp(&b.what));
    all.dedup_by(|a, b| a.what == b.what);
    *problems = others;
    let number = all.len();
    let mut all = all.into_iter();
    let Some(mut problem) = all.next() else { return };
    if number > 1 {
        let first = problem.what.strip_suffix(UNREAD).unwrap_or_default().to_owned();
        let named = std::iter::once(first)
            .chain(all.filter_map(|problem| problem.what.strip_suffix(UNREAD).map(str::to_owned)));
        let more = if number > NAMED { ", ..." } else { "" };
        problem.causes.push(format!("{}{more}", named.take(NAMED).collect::<Vec<_>>().join(", ")));
        problem.what = format!("{number} files are kept by Git LFS and were not read");
    }
    problems.push(problem);
}
