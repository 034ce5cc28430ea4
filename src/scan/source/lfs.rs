//! Files in Git LFS: the repository has a pointer of a few lines, and the content is beside its
//! objects if it was fetched. The content is read if it matches the pointer; missing content is
//! reported.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};

use sha2::{Digest as _, Sha256};

use super::problems::{LFS_FORGED, LFS_NOT_READ, LFS_NOT_THERE};
use crate::domain::ids::hex;
use crate::scan::options::Options;

/// The end of a pointer's first line: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md,
/// and two names that git-lfs takes as well.
const VERSIONS: [&[u8]; 3] = [
    b"https://git-lfs.github.com/spec/v1",
    b"https://hawser.github.com/spec/v1",
    b"http://git-media.io/v/2",
];
/// By the same document, the limit on a pointer's length.
pub(crate) const LONGEST: usize = 1024;
/// Whether a text begins like a pointer.
pub(super) fn begins_as_pointer(text: &[u8]) -> bool {
    // git-lfs ignores white space around a pointer, and takes lines that end in CRLF.
    let Some(version) = text.trim_ascii_start().strip_prefix(b"version ") else { return false };
    VERSIONS.iter().any(|known| {
        version
            .strip_prefix(*known)
            .is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_whitespace))
    })
}

/// The hash in a pointer.
pub(super) fn pointed_to(text: &[u8]) -> Option<String> {
    let text = text.get(..text.len().min(LONGEST)).filter(|text| begins_as_pointer(text))?;
    let oid = std::str::from_utf8(text)
        .ok()?
        .lines()
        .find_map(|line| line.trim().strip_prefix("oid sha256:"))?;
    (oid.len() == 64 && oid.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .then(|| oid.to_ascii_lowercase())
}

/// Opens the content with this hash.
pub(crate) fn content(oid: &str, options: &Options<'_>) -> Result<File, &'static str> {
    let objects = options.repository.ok_or(LFS_NOT_THERE)?.common_dir().join("lfs/objects");
    let path = objects.join(&oid[..2]).join(&oid[2..4]).join(oid);
    let is_file = std::fs::symlink_metadata(&path).is_ok_and(|found| found.is_file());
    let mut file = is_file.then(|| File::open(&path).ok()).flatten().ok_or(LFS_NOT_THERE)?;
    let hash = hash(&mut file).map_err(|_| LFS_NOT_READ)?;
    if hash == oid { Ok(file) } else { Err(LFS_FORGED) }
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
