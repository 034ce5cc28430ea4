//! A file that is mostly holes: unwritten ranges read as zeros, which contain no token, so holes
//! are skipped. Not used for small files.

use std::fs::File;
use std::io::{self, Read};

use super::stream::PIECE;

/// A file, read from its beginning.
pub(crate) struct Reader<'f> {
    file: &'f File,
    at: u64,
    holes: Option<Holes>,
    is_asked: bool,
}

/// Where in a file with holes the reading is.
#[derive(Default)]
struct Holes {
    /// The end of what was written here.
    until: u64,
    /// Zeros in place of a whole hole, so that the text on both sides is not joined.
    zeros: usize,
}

impl<'f> Reader<'f> {
    pub(crate) fn new(file: &'f File) -> Self {
        Self { file, at: 0, holes: None, is_asked: false }
    }

    /// Whether places in what was read are not those in the file.
    pub(super) fn left_holes_out(&self) -> bool {
        self.holes.is_some()
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.is_asked && self.at >= PIECE as u64 {
            self.is_asked = true;
            self.holes = has_holes(self.file).then(Holes::default);
        }
        let Some(holes) = &mut self.holes else {
            let mut file = self.file;
            let count = file.read(buffer)?;
            self.at += count as u64;
            return Ok(count);
        };
        loop {
            if holes.zeros > 0 {
                let count = holes.zeros.min(buffer.len());
                buffer[..count].fill(0);
                holes.zeros -= count;
                return Ok(count);
            }
            if self.at < holes.until {
                let most =
                    usize::try_from(holes.until - self.at).unwrap_or(usize::MAX).min(buffer.len());
                let mut file = self.file;
                let count = file.read(&mut buffer[..most])?;
                self.at += count as u64;
                return Ok(count);
            }
            let Some((data, until)) = written(self.file, self.at)? else { return Ok(0) };
            if data > self.at {
                holes.zeros = 4096;
            }
            (self.at, holes.until) = (data, until);
        }
    }
}

/// Whether less than half of a file was ever written.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn has_holes(file: &File) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    file.metadata().is_ok_and(|metadata| metadata.blocks().saturating_mul(512) < metadata.len() / 2)
}

/// The next written range from a position on; `None` if only a hole is left. The file is then
/// positioned at its start.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn written(file: &File, from: u64) -> io::Result<Option<(u64, u64)>> {
    use rustix::fs::{SeekFrom, seek};
    let data = match seek(file, SeekFrom::Data(from)) {
        Ok(data) => data,
        Err(rustix::io::Errno::NXIO) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let until = seek(file, SeekFrom::Hole(data))?;
    seek(file, SeekFrom::Start(data))?;
    Ok(Some((data, until)))
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn has_holes(_: &File) -> bool {
    false
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn written(_: &File, _: u64) -> io::Result<Option<(u64, u64)>> {
    Ok(None)
}
