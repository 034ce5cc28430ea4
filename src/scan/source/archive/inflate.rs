//! Decompresses from any position of a file or a text to the end of the compressed stream. Lengths
//! in headers are not trusted.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use rawzip::{FileReader, ReaderAt};

/// Where packed bytes lie.
pub(crate) enum Origin<'a> {
    Text(&'a [u8]),
    File(&'a File, FileReader),
}

impl<'a> Origin<'a> {
    pub(crate) fn file(file: &'a File) -> io::Result<Self> {
        Ok(Self::File(file, file.try_clone()?.into()))
    }

    /// As many bytes from a place as there are, and no more than that.
    pub(crate) fn bytes(&self, at: u64, most: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.from(at).take(most as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    pub(crate) fn from(&self, at: u64) -> From<'_> {
        From { source: self, at }
    }
}

/// What lies from a place on.
pub(crate) struct From<'s> {
    source: &'s Origin<'s>,
    at: u64,
}

impl Read for From<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match self.source {
            Origin::Text(text) => text.read_at(buffer, self.at)?,
            Origin::File(_, file) => file.read_at(buffer, self.at)?,
        };
        self.at = self.at.saturating_add(count as u64);
        Ok(count)
    }
}

/// Unpacks a member of a zip. A packing that ends in the middle is an error, which the usual
/// readers pass over.
pub(super) struct Inflate<R: Read> {
    reader: BufReader<R>,
    state: Decompress,
    is_done: bool,
}

impl<R: Read> Inflate<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader: BufReader::new(reader), state: Decompress::new(false), is_done: false }
    }

    /// The same of what has a zlib header.
    pub(super) fn zlib(reader: R) -> Self {
        Self { reader: BufReader::new(reader), state: Decompress::new(true), is_done: false }
    }

    /// How many packed bytes were read.
    pub(super) fn packed(&self) -> u64 {
        self.state.total_in()
    }
}

impl<R: Read> Read for Inflate<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.is_done && !buffer.is_empty() {
            let input = self.reader.fill_buf()?;
            let is_end = input.is_empty();
            let (taken, given) = (self.state.total_in(), self.state.total_out());
            let status = self
                .state
                .decompress(input, buffer, FlushDecompress::None)
                .map_err(io::Error::other)?;
            let taken = usize::try_from(self.state.total_in() - taken).unwrap_or(usize::MAX);
            let given = usize::try_from(self.state.total_out() - given).unwrap_or(usize::MAX);
            self.reader.consume(taken);
            self.is_done = status == Status::StreamEnd;
            if given > 0 {
                return Ok(given);
            }
            if is_end && !self.is_done {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is truncated"));
            }
        }
        Ok(0)
    }
}

/// Counts what is read.
pub(super) struct Tally<R> {
    reader: R,
    pub(super) count: u64,
}

impl<R> Tally<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, count: 0 }
    }
}

impl<R: Read> Read for Tally<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.count += count as u64;
        Ok(count)
    }
}

/// All members of a gzip, one after the other, and what stands behind the last.
pub(super) struct Members<R: Read> {
    decoder: Option<GzDecoder<BufReader<Tally<R>>>>,
    rest: Option<BufReader<Tally<R>>>,
    /// Where those behind the first begin, and where the last ends if it did.
    pub(super) ends: Vec<u64>,
}

impl<R: Read> Members<R> {
    pub(super) fn new(reader: R) -> Self {
        let reader = BufReader::new(Tally::new(reader));
        Self { decoder: Some(GzDecoder::new(reader)), rest: None, ends: Vec::new() }
    }

    /// What stands behind the last member, where all of them were read.
    pub(super) fn rest(self) -> Option<impl Read> {
        self.rest
    }
}

impl<R: Read> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.decoder {
            let count = decoder.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let Some(mut reader) = self.decoder.take().map(GzDecoder::into_inner) else { break };
            self.ends.push(reader.get_ref().count.saturating_sub(reader.buffer().len() as u64));
            if reader.fill_buf()?.starts_with(&[0x1f]) {
                self.decoder = Some(GzDecoder::new(reader));
            } else {
                self.rest = Some(reader);
            }
        }
        Ok(0)
    }
}
