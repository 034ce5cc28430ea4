//! Decompresses bzip2, any number of streams one after the other. Written here because the kept
//! crate is larger than everything else that unpacks, and takes a license of its own. Checks no
//! sums: what does not unpack is an error, and what does is text to search.

use std::io::{self, BufRead, BufReader, Read};

/// What stands before a block, and before the end of a stream.
const BLOCK: u64 = 0x3141_5926_5359;
const END: u64 = 0x1772_4538_5090;
/// Bytes of a block, for each step of the level in the header.
const STEP: usize = 100_000;
/// The longest code of a symbol, in bits.
const LONGEST: usize = 20;
/// So many symbols are written with one table.
const GROUP: u8 = 50;

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "its bzip2 data is damaged")
}

/// Unpacks while it is read.
pub(super) struct Bzip2<R: Read> {
    bits: Bits<R>,
    block: Block,
    /// The most bytes in a block of this stream; none between streams.
    most: usize,
    is_first: bool,
}

impl<R: Read> Bzip2<R> {
    pub(super) fn new(reader: R) -> Self {
        let bits = Bits { reader: BufReader::new(reader), buffer: 0, filled: 0 };
        Self { bits, block: Block::default(), most: 0, is_first: true }
    }

    /// Goes on to the next block, and says whether there is one.
    fn next_block(&mut self) -> io::Result<bool> {
        loop {
            if self.most == 0 {
                if !self.begins()? {
                    return Ok(false);
                }
                self.is_first = false;
            }
            match (u64::from(self.bits.take(24)?) << 24) | u64::from(self.bits.take(24)?) {
                BLOCK => {
                    self.block = Block::read(&mut self.bits, self.most)?;
                    return Ok(true);
                }
                END => {
                    self.bits.take(32)?;
                    // The next stream begins with a whole byte.
                    self.bits.filled -= self.bits.filled % 8;
                    self.most = 0;
                }
                _ => return Err(broken()),
            }
        }
    }

    /// Reads the header of a stream. What stands behind the last one is none of ours.
    fn begins(&mut self) -> io::Result<bool> {
        let mut head = [0; 4];
        for byte in &mut head {
            match self.bits.take(8) {
                Ok(bits) => *byte = u8::try_from(bits).map_err(|_| broken())?,
                Err(error) if self.is_first => return Err(error),
                Err(_) => return Ok(false),
            }
        }
        match head {
            [b'B', b'Z', b'h', level @ b'1'..=b'9'] => {
                self.most = STEP * usize::from(level - b'0');
                Ok(true)
            }
            _ if self.is_first => Err(broken()),
            _ => Ok(false),
        }
    }
}

impl<R: Read> Read for Bzip2<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        while count < buffer.len() {
            match self.block.next() {
                Some(byte) => {
                    buffer[count] = byte;
                    count += 1;
                }
                None if count > 0 => break,
                None if self.next_block()? => {}
                None => break,
            }
        }
        Ok(count)
    }
}

/// A block, sorted as it was written: each entry is a byte, and above it the place of the next.
#[derive(Default)]
struct Block {
    entries: Vec<u32>,
    left: usize,
    place: u32,
    /// The last byte, how often it stood in a row, and how often it is still to be told.
    last: u8,
    same: u8,
    again: u8,
}

impl Iterator for Block {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        loop {
            if self.again > 0 {
                self.again -= 1;
                return Some(self.last);
            }
            self.left = self.left.checked_sub(1)?;
            let entry = *self.entries.get(self.place as usize)?;
            self.place = entry >> 8;
            let byte = (entry & 0xff) as u8;
            // Behind four of a byte stands how many more of it there are.
            if self.same == 4 {
                (self.same, self.again) = (0, byte);
                continue;
            }
            self.same = if self.same > 0 && byte == self.last { self.same + 1 } else { 1 };
            self.last = byte;
            return Some(byte);
        }
    }
}

impl Block {
    fn read<R: Read>(bits: &mut Bits<R>, most: usize) -> io::Result<Self> {
        bits.take(32)?;
        if bits.take(1)? == 1 {
            return Err(io::Error::other("its bzip2 data is of version 0.9.0"));
        }
        let origin = bits.take(24)? as usize;
        let mut entries = symbols(bits, most)?;
        let mut next = [0_u32; 256];
        entries.iter().for_each(|entry| next[*entry as usize] += 1);
        let mut sum = 0;
        for place in &mut next {
            sum += std::mem::replace(place, sum);
        }
        for number in 0..entries.len() {
            let place = &mut next[(entries[number] & 0xff) as usize];
            entries[*place as usize] |= u32::try_from(number).map_err(|_| broken())? << 8;
            *place += 1;
        }
        let place = entries.get(origin).ok_or_else(broken)? >> 8;
        Ok(Self { left: entries.len(), entries, place, ..Self::default() })
    }
}

/// The bytes of a block, in the order of its sorting.
fn symbols<R: Read>(bits: &mut Bits<R>, most: usize) -> io::Result<Vec<u32>> {
    let mut front = used(bits)?;
    let end = front.len() + 1;
    let tables = bits.take(3)? as usize;
    let selectors = selectors(bits, tables)?;
    let tables: Vec<Table> =
        (0..tables).map(|_| Table::read(bits, end + 1)).collect::<io::Result<_>>()?;
    let (mut entries, mut run, mut weight) = (Vec::new(), 0_usize, 1_usize);
    let mut selectors = selectors.into_iter();
    let (mut table, mut left) = (None, 0);
    loop {
        if left == 0 {
            table = selectors.next().and_then(|selector| tables.get(selector));
            left = GROUP;
        }
        left -= 1;
        let symbol = table.ok_or_else(broken)?.symbol(bits)?;
        if symbol < 2 {
            run += weight << symbol;
            weight <<= 1;
            if run > most {
                return Err(broken());
            }
            continue;
        }
        let byte = u32::from(*front.first().ok_or_else(broken)?);
        if entries.len() + run + usize::from(symbol != end) > most {
            return Err(broken());
        }
        entries.extend(std::iter::repeat_n(byte, run));
        (run, weight) = (0, 1);
        if symbol == end {
            return Ok(entries);
        }
        front.get_mut(..symbol).ok_or_else(broken)?.rotate_right(1);
        entries.push(u32::from(front[0]));
    }
}

/// The bytes that a block has, in order.
fn used<R: Read>(bits: &mut Bits<R>) -> io::Result<Vec<u8>> {
    let groups = bits.take(16)?;
    let mut all = Vec::new();
    for group in 0..16_u8 {
        if groups & (0x8000 >> group) != 0 {
            let some = bits.take(16)?;
            all.extend(
                (0..16_u8)
                    .filter(|byte| some & (0x8000 >> byte) != 0)
                    .map(|byte| group * 16 + byte),
            );
        }
    }
    if all.is_empty() { Err(broken()) } else { Ok(all) }
}

/// Which table each group of symbols is written with.
fn selectors<R: Read>(bits: &mut Bits<R>, tables: usize) -> io::Result<Vec<usize>> {
    let number = bits.take(15)?;
    if !(2..=6).contains(&tables) || number == 0 {
        return Err(broken());
    }
    let mut front: Vec<usize> = (0..tables).collect();
    (0..number)
        .map(|_| {
            let mut place = 0;
            while bits.take(1)? == 1 {
                place += 1;
            }
            front.get_mut(..=place).ok_or_else(broken)?.rotate_right(1);
            Ok(front[0])
        })
        .collect()
}

/// A table of symbols, by how long their codes are.
struct Table {
    counts: [u32; LONGEST + 1],
    symbols: Vec<usize>,
}

impl Table {
    fn read<R: Read>(bits: &mut Bits<R>, symbols: usize) -> io::Result<Self> {
        let mut length = bits.take(5)? as usize;
        let mut lengths = Vec::with_capacity(symbols);
        for _ in 0..symbols {
            while bits.take(1)? == 1 {
                length = if bits.take(1)? == 0 { length + 1 } else { length.wrapping_sub(1) };
                if !(1..=LONGEST).contains(&length) {
                    return Err(broken());
                }
            }
            lengths.push(length);
        }
        let mut counts = [0; LONGEST + 1];
        for length in &lengths {
            *counts.get_mut(*length).filter(|_| *length > 0).ok_or_else(broken)? += 1;
        }
        let mut symbols: Vec<usize> = (0..symbols).collect();
        symbols.sort_by_key(|symbol| lengths[*symbol]);
        Ok(Self { counts, symbols })
    }

    fn symbol<R: Read>(&self, bits: &mut Bits<R>) -> io::Result<usize> {
        let (mut code, mut first, mut index) = (0_u32, 0_u32, 0_u32);
        for count in &self.counts[1..] {
            code |= bits.take(1)?;
            if let Some(place) = code.checked_sub(first).filter(|place| place < count) {
                return self.symbols.get((index + place) as usize).copied().ok_or_else(broken);
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        Err(broken())
    }
}

/// Bits, the highest of each byte first.
struct Bits<R: Read> {
    reader: BufReader<R>,
    buffer: u64,
    filled: u32,
}

impl<R: Read> Bits<R> {
    /// The next bits, at most 32.
    fn take(&mut self, count: u32) -> io::Result<u32> {
        while self.filled < count {
            let Some(byte) = self.reader.fill_buf()?.first().copied() else {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is truncated"));
            };
            self.reader.consume(1);
            self.buffer = self.buffer << 8 | u64::from(byte);
            self.filled += 8;
        }
        self.filled -= count;
        let mask = (1_u64 << count) - 1;
        u32::try_from(self.buffer >> self.filled & mask).map_err(|_| broken())
    }
}
