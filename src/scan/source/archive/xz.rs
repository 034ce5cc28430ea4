//! Decompresses xz and lzma, any number of streams one after the other. The crate does the packing
//! itself; its own reader of the container would be three times its size. Checks no sums. Memory is
//! bounded whatever a header asks for. Source: "The .xz File Format", version 1.2.1.

use std::io::{self, BufReader, Read};

use lzma_rust2::{Lzma2Reader, LzmaReader};

use super::inflate::Tally;

const MAGIC: &[u8; 6] = b"\xfd7zXZ\0";
/// The only filter that is read: the packing itself.
const LZMA2: u64 = 0x21;
/// Kilobytes that unpacking may take: more than the highest level's.
const MEMORY: u32 = 100 << 10;

/// What has the header of lzma's first format.
pub(super) fn lzma<R: Read>(reader: R) -> io::Result<impl Read> {
    LzmaReader::new_mem_limit(BufReader::new(reader), MEMORY, None)
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "its xz data is damaged")
}

type Source<R> = Tally<BufReader<R>>;

/// Unpacks while it is read.
pub(super) struct Xz<R: Read> {
    state: State<R>,
    /// How long the sum behind each block is.
    sum: u64,
    is_first: bool,
}

enum State<R: Read> {
    /// Between streams, or between blocks.
    Outside(Source<R>),
    Within(Source<R>),
    Block(Box<Lzma2Reader<Source<R>>>),
    Done,
}

impl<R: Read> Xz<R> {
    pub(super) fn new(reader: R) -> Self {
        let state = State::Outside(Tally::new(BufReader::new(reader)));
        Self { state, sum: 0, is_first: true }
    }

    /// Reads the header of a stream; nothing where none follows.
    fn stream(&mut self, mut source: Source<R>) -> io::Result<State<R>> {
        let mut header = [0; 12];
        // What is padded is so with fours of zeros.
        loop {
            match source.read_exact(&mut header[..4]) {
                Ok(()) if header[..4] == [0; 4] && !self.is_first => {}
                Ok(()) => break,
                Err(error) if self.is_first => return Err(error),
                Err(_) => return Ok(State::Done),
            }
        }
        let is_whole = source.read_exact(&mut header[4..]);
        if !header.starts_with(MAGIC) && !self.is_first {
            return Ok(State::Done);
        }
        is_whole?;
        let sums = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];
        self.sum = *sums.get(usize::from(header[7])).ok_or_else(broken)?;
        self.is_first = false;
        Ok(State::Within(source))
    }

    /// Reads the header of a block, or the index behind the last.
    fn block(mut source: Source<R>) -> io::Result<State<R>> {
        let mut size = [0];
        source.read_exact(&mut size)?;
        if size == [0] {
            return Ok(State::Outside(behind_index(source)?));
        }
        let mut rest = vec![0; usize::from(size[0]) * 4 + 3];
        source.read_exact(&mut rest)?;
        let (flags, mut fields) = rest.split_first().ok_or_else(broken)?;
        for is_told in [flags & 0x40, flags & 0x80] {
            if is_told != 0 {
                number(&mut fields)?;
            }
        }
        let (filter, length) = (number(&mut fields)?, number(&mut fields)?);
        if flags & 3 != 0 || filter != LZMA2 || length != 1 {
            return Err(io::Error::other("its xz filter is not supported"));
        }
        let dictionary = match fields.first() {
            Some(bits @ 0..40) => (2 | u32::from(bits & 1)) << (bits / 2 + 11),
            _ => u32::MAX,
        };
        source.count = 0;
        let reader = Lzma2Reader::new_mem_limit(source, dictionary, MEMORY, None)?;
        Ok(State::Block(Box::new(reader)))
    }

    /// Passes over what stands behind a block.
    fn behind(&self, mut source: Source<R>) -> io::Result<State<R>> {
        let padding = source.count.next_multiple_of(4) - source.count;
        skip(&mut source, padding + self.sum)?;
        Ok(State::Within(source))
    }
}

impl<R: Read> Read for Xz<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let State::Block(reader) = &mut self.state {
                let count = reader.read(buffer)?;
                if count > 0 || buffer.is_empty() {
                    return Ok(count);
                }
            }
            self.state = match std::mem::replace(&mut self.state, State::Done) {
                State::Outside(source) => self.stream(source)?,
                State::Within(source) => Self::block(source)?,
                State::Block(reader) => self.behind(reader.into_inner())?,
                State::Done => return Ok(0),
            };
        }
    }
}

/// Passes over an index and the end of a stream.
fn behind_index<R: Read>(mut source: Source<R>) -> io::Result<Source<R>> {
    source.count = 1;
    let records = number(&mut source)?;
    for _ in 0..records.saturating_mul(2) {
        number(&mut source)?;
    }
    let padding = source.count.next_multiple_of(4) - source.count;
    skip(&mut source, padding + 4 + 12)?;
    Ok(source)
}

/// A number of seven bits a byte.
fn number(source: &mut impl Read) -> io::Result<u64> {
    let mut number = 0;
    for place in 0..9 {
        let mut byte = [0];
        source.read_exact(&mut byte)?;
        number |= u64::from(byte[0] & 0x7f) << (7 * place);
        if byte[0] & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(broken())
}

fn skip(source: &mut impl Read, size: u64) -> io::Result<()> {
    let skipped = io::copy(&mut source.take(size), &mut io::sink())?;
    if skipped == size { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
