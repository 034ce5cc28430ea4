//! Opens one archive and what is in it. Every byte unpacked counts against one budget, however deep it lies, so that a few bytes cannot
//! become more than can be read; nothing is held in memory but a zip within an archive, and no name is believed.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::rc::Rc;

use flate2::bufread::GzDecoder;
use flate2::read::DeflateDecoder;
use rawzip::{CompressionMethod, RECOMMENDED_BUFFER_SIZE, ReaderAt, ZipArchive};

use super::super::collect::{Seen, clean_line, in_name};
use super::super::model::Options;
use super::super::stream::Scratch;
use super::{HEAD, Kind};

/// How much is unpacked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Archives within archives.
    pub(super) depth: usize,
    /// Members of one file, with those of the archives in it.
    pub(super) members: u32,
    /// Bytes that are always unpacked of one file, how many more for each byte of it, and how many at most.
    pub(super) least: u64,
    pub(super) ratio: u64,
    pub(super) most: u64,
    /// A zip has its list of members at the end, so one within an archive is held in memory; all that are open at once, up to this.
    pub(super) held: usize,
}

/// More than any honest archive of a repository needs.
pub(super) const USUAL: Limits = Limits { depth: 6, members: 200_000, least: 64 << 20, ratio: 100, most: 2 << 30, held: 64 << 20 };

/// The longest name that is put together from a header of its own.
const LONGEST_NAME: u64 = 4096;
/// More reasons than this for one file help nobody.
const REASONS: usize = 5;

/// One archive that is being unpacked.
pub(super) struct Opener<'a, 'o> {
    scratch: &'a mut Scratch,
    options: &'a Options<'o>,
    limits: Limits,
    budget: Rc<Budget>,
    members: u32,
    depth: usize,
    held: usize,
    seen: Vec<Seen>,
    lost: Vec<String>,
    more_lost: usize,
}

/// What may still be unpacked.
struct Budget {
    left: Cell<u64>,
    is_over: Cell<bool>,
}

/// A reader whose bytes are counted.
struct Counted<'r> {
    reader: &'r mut dyn Read,
    budget: Rc<Budget>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.budget.left.get()).unwrap_or(usize::MAX);
        if left == 0 {
            // Only where there is something more to read has anything been missed.
            if self.budget.is_over.get() || self.reader.read(&mut [0])? > 0 {
                self.budget.is_over.set(true);
                return Err(io::Error::other("too much to unpack"));
            }
            return Ok(0);
        }
        let most = left.min(buffer.len());
        let count = self.reader.read(&mut buffer[..most])?;
        self.budget.left.set(self.budget.left.get().saturating_sub(count as u64));
        Ok(count)
    }
}

impl<'a, 'o> Opener<'a, 'o> {
    /// For an archive of this many bytes.
    pub(super) fn new(scratch: &'a mut Scratch, options: &'a Options<'o>, size: u64) -> Self {
        Self::with(USUAL, scratch, options, size)
    }

    pub(super) fn with(limits: Limits, scratch: &'a mut Scratch, options: &'a Options<'o>, size: u64) -> Self {
        let left = Cell::new(size.saturating_mul(limits.ratio).clamp(limits.least, limits.most));
        let budget = Rc::new(Budget { left, is_over: Cell::new(false) });
        Self {
            scratch,
            options,
            limits,
            budget,
            members: limits.members,
            depth: 0,
            held: 0,
            seen: Vec::new(),
            lost: Vec::new(),
            more_lost: 0,
        }
    }

    /// What was found, and what was not read.
    pub(super) fn end(mut self) -> (Vec<Seen>, Vec<String>) {
        if self.budget.is_over.get() {
            self.lost.push("it unpacks to more than is read of one file".to_owned());
        }
        if self.more_lost > 0 {
            self.lost.push(format!("and {} more", self.more_lost));
        }
        (self.seen, self.lost)
    }

    pub(super) fn zip_file(&mut self, file: File) {
        match ZipArchive::from_file(file, &mut vec![0; RECOMMENDED_BUFFER_SIZE]) {
            Ok(archive) => self.zip(&archive, b""),
            Err(error) => self.lose(b"", &error.to_string()),
        }
    }

    pub(super) fn zip_slice(&mut self, text: &[u8], at: &[u8]) {
        match ZipArchive::from_slice(text) {
            Ok(archive) => self.zip(&archive.into_reader_archive(), at),
            Err(error) => self.lose(at, &error.to_string()),
        }
    }

    fn zip<R: ReaderAt>(&mut self, archive: &ZipArchive<R>, at: &[u8]) {
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let mut entries = archive.entries(&mut buffer);
        loop {
            let entry = match entries.next_entry() {
                Ok(Some(entry)) => entry,
                Ok(None) => return,
                Err(error) => return self.lose(at, &error.to_string()),
            };
            if entry.is_dir() {
                continue;
            }
            let name = join(at, entry.file_path().as_ref());
            if !self.may_go_on(at) {
                return;
            }
            if entry.flags().is_encrypted() {
                self.lose(&name, "it is encrypted");
                continue;
            }
            let method = entry.compression_method();
            match archive.get_entry(entry.wayfinder()) {
                Ok(entry) if method == CompressionMethod::STORE => self.member(&mut entry.reader(), &name),
                Ok(entry) if method == CompressionMethod::DEFLATE => self.member(&mut DeflateDecoder::new(entry.reader()), &name),
                Ok(_) => self.lose(&name, "it is packed in a way that is not read here"),
                Err(error) => self.lose(&name, &error.to_string()),
            }
        }
    }

    /// What stands behind the packed part was read with the file itself; deeper inside nobody has read it yet.
    pub(super) fn gzip(&mut self, reader: &mut dyn Read, at: &[u8], is_outermost: bool) {
        let mut members = Members { decoder: Some(GzDecoder::new(BufReader::new(reader))), rest: None };
        self.unpacked(&mut members, at);
        if let Some(mut rest) = members.rest.filter(|_| !is_outermost) {
            self.plain(&mut rest, at);
        }
    }

    pub(super) fn tar(&mut self, reader: &mut dyn Read, at: &[u8]) {
        let mut archive = tar::Archive::new(reader);
        let mut long_name: Option<Vec<u8>> = None;
        // Raw: the library would read names of any length into memory.
        match archive.entries() {
            Ok(entries) => {
                for entry in entries.raw(true) {
                    let mut entry = match entry {
                        Ok(entry) => entry,
                        Err(error) => {
                            self.lose(at, &error.to_string());
                            break;
                        }
                    };
                    if !self.may_go_on(at) {
                        return;
                    }
                    let kind = entry.header().entry_type();
                    if kind.is_gnu_longname() && entry.size() <= LONGEST_NAME {
                        let mut name = Vec::new();
                        if entry.read_to_end(&mut name).is_ok() {
                            name.retain(|byte| *byte != 0);
                            long_name = Some(name);
                        }
                        continue;
                    }
                    let name = join(at, &long_name.take().unwrap_or_else(|| entry.path_bytes().into_owned()));
                    if let Some(link) = entry.header().link_name_bytes() {
                        self.name(&link, &name);
                    }
                    self.member(&mut entry, &name);
                }
            }
            Err(error) => self.lose(at, &error.to_string()),
        }
        // Behind the end mark there may be anything, another archive as well.
        self.plain(&mut archive.into_inner(), at);
    }

    /// Whether another member may be opened.
    fn may_go_on(&mut self, at: &[u8]) -> bool {
        if self.budget.is_over.get() {
            return false;
        }
        if self.members == 0 {
            self.lose(at, "it has more members than are read");
            return false;
        }
        self.members -= 1;
        true
    }

    fn member(&mut self, reader: &mut dyn Read, name: &[u8]) {
        self.name(name, name);
        self.unpacked(reader, name);
    }

    /// Searches something that was unpacked, and opens it in its turn.
    fn unpacked(&mut self, reader: &mut dyn Read, at: &[u8]) {
        let mut counted = Counted { reader, budget: Rc::clone(&self.budget) };
        let mut head = Vec::with_capacity(HEAD);
        if let Err(error) = counted.by_ref().take(HEAD as u64).read_to_end(&mut head) {
            self.plain(&mut &*head, at);
            return self.broke(at, &error);
        }
        let Some(kind) = Kind::of(&head) else { return self.plain(&mut head.chain(counted), at) };
        if self.depth == self.limits.depth {
            self.lose(at, "it lies too deep, archive in archive");
            return self.plain(&mut head.chain(counted), at);
        }
        self.depth += 1;
        // What gzip itself holds is one text or one tar, and needs no step of its own in the path.
        let inside = if at.is_empty() || at.ends_with(b"!") { at.to_vec() } else { [at, b"!"].concat() };
        match kind {
            Kind::Gzip => self.gzip(&mut head.chain(counted), &inside, false),
            Kind::Tar => self.tar(&mut head.chain(counted), &inside),
            Kind::Zip => self.held_zip(&mut head.chain(counted), &inside),
        }
        self.depth -= 1;
    }

    fn held_zip(&mut self, reader: &mut dyn Read, at: &[u8]) {
        let mut whole = Vec::new();
        let most = self.limits.held - self.held;
        let read = reader.take(most as u64).read_to_end(&mut whole);
        if let Err(error) = read {
            self.broke(at, &error);
        }
        if whole.len() == most {
            self.lose(at, "it is too large to be opened inside of another archive");
            return self.plain(&mut whole.chain(reader), at);
        }
        self.held += whole.len();
        self.zip_slice(&whole, at);
        self.held -= whole.len();
    }

    /// Searches a text.
    fn plain(&mut self, reader: &mut dyn Read, at: &[u8]) {
        let (options, shown) = (self.options, clean_line(at, self.options));
        let mut seen = Vec::new();
        let (_, result) = self.scratch.find(options.rules, reader, &mut |hit, value| {
            seen.push(Seen::new(hit, value, options).inside(shown.clone()));
        });
        self.seen.extend(seen);
        if let Err(error) = result {
            self.broke(at, &error);
        }
    }

    fn name(&mut self, name: &[u8], at: &[u8]) {
        let shown = clean_line(at, self.options);
        self.seen.extend(in_name(name, self.options).into_iter().map(|seen| seen.inside(shown.clone())));
    }

    fn broke(&mut self, at: &[u8], error: &io::Error) {
        // That the budget is over is told once, of the whole.
        if !self.budget.is_over.get() {
            self.lose(at, &error.to_string());
        }
    }

    fn lose(&mut self, at: &[u8], why: &str) {
        if self.lost.len() == REASONS {
            self.more_lost += 1;
            return;
        }
        let why = clean_line(why.as_bytes(), self.options);
        self.lost.push(if at.is_empty() { why } else { format!("{}: {why}", clean_line(at, self.options)) });
    }
}

/// All members of a gzip, one after the other, and what stands behind the last.
struct Members<'r> {
    decoder: Option<GzDecoder<BufReader<&'r mut dyn Read>>>,
    rest: Option<BufReader<&'r mut dyn Read>>,
}

impl Read for Members<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.decoder {
            let count = decoder.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let Some(mut reader) = self.decoder.take().map(GzDecoder::into_inner) else { break };
            if reader.fill_buf()?.starts_with(&[0x1f]) {
                self.decoder = Some(GzDecoder::new(reader));
            } else {
                self.rest = Some(reader);
            }
        }
        Ok(0)
    }
}

fn join(at: &[u8], name: &[u8]) -> Vec<u8> {
    if at.is_empty() { name.to_vec() } else { [at, b"/", name].concat() }
}
