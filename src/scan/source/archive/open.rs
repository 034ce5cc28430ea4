//! Opens archives in a text or a file, and archives inside them. All unpacked bytes count against
//! one budget, at any depth, so that a small archive cannot expand without limit; memory has a
//! separate limit, and file names are not trusted.

use std::cell::Cell;
use std::collections::HashSet;
use std::io::{self, Read};
use std::rc::Rc;

use super::super::stream::Scratch;
use super::ar;
use super::inflate::{Inflate, Members, Origin};
use super::kind::{HEAD, Kind};
use super::packing::Packing;
use super::zip::{self, List, Listed, Member};
use crate::domain::Finding;
use crate::scan::detect::packed_signs::{Sign, Signs, What};
use crate::scan::detect::parcels::Parcel;
use crate::scan::options::Options;
use crate::scan::redact::{clean_line, in_name};

/// How much is unpacked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Archives within archives.
    pub(super) depth: usize,
    /// Members of one file, with those of the archives in it.
    pub(super) members: u32,
    /// Bytes that are always unpacked of one file, how many more for each byte of it, and how many
    /// at most.
    pub(super) least: u64,
    pub(super) ratio: u64,
    pub(super) most: u64,
    /// What is unpacked is held in memory, so that it can be opened anywhere in it; all that is
    /// open at once, up to this.
    pub(super) held: usize,
}

/// More than any honest archive of a repository needs.
pub(super) const USUAL: Limits = Limits {
    depth: 6,
    members: 200_000,
    least: 64 << 20,
    ratio: 100,
    most: 2 << 30,
    held: 64 << 20,
};

/// The longest name that is put together from a header of its own.
const LONGEST_NAME: u64 = 4096;
/// More reasons than this for one file help nobody.
const REASONS: usize = 5;

/// What became so long before it broke was no chance.
const NO_CHANCE: u64 = 1024;

/// How far a sign led.
#[derive(Clone, Copy, Debug, Default)]
struct Led {
    /// Everything up to here was looked into as an archive of its own would be.
    whole: u64,
    /// Up to here something was unpacked.
    packed: u64,
}

/// One archive that is being unpacked.
pub(crate) struct Opener<'a, 'o> {
    scratch: &'a mut Scratch,
    options: &'a Options<'o>,
    pub(super) limits: Limits,
    budget: Rc<Budget>,
    members: u32,
    depth: usize,
    held: usize,
    seen: Vec<Finding>,
    /// Each once, by where it is and why.
    lost: Vec<(Vec<u8>, String)>,
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
    pub(crate) fn new(scratch: &'a mut Scratch, options: &'a Options<'o>, size: u64) -> Self {
        Self::with(USUAL, scratch, options, size)
    }

    pub(super) fn with(
        limits: Limits,
        scratch: &'a mut Scratch,
        options: &'a Options<'o>,
        size: u64,
    ) -> Self {
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
    pub(crate) fn end(self) -> (Vec<Finding>, Vec<String>) {
        let said = self.lost.iter().map(|(at, why)| {
            let why = clean_line(why.as_bytes(), self.options);
            if at.is_empty() { why } else { format!("{}: {why}", clean_line(at, self.options)) }
        });
        let mut lost: Vec<String> = said.collect();
        if self.budget.is_over.get() {
            lost.push("its content exceeds the limit for one file".to_owned());
        }
        if self.more_lost > 0 {
            lost.push(format!("and {} more", self.more_lost));
        }
        (self.seen, lost)
    }

    /// Opens all that is packed in a text or a file whose own bytes were searched, or will be.
    pub(crate) fn open(
        &mut self,
        source: &Origin<'_>,
        kind: Option<Kind>,
        signs: Signs,
        at: &[u8],
    ) {
        let first = self.seen.len();
        if let Some(Kind::Unread(name)) = kind {
            self.lose(at, &format!("its format, {name}, is not supported"));
        }
        let (signs, are_all) = signs.sorted();
        if !are_all {
            self.lose(at, "it seems to contain more archives than the limit allows");
        }
        if kind == Some(Kind::Zlib) {
            self.zlib(&mut source.from(0), at);
        }
        if let Some(Kind::Packed(packing)) = kind {
            self.packed(packing, source.from(0), &inside_of(at));
        }
        let done = match kind {
            Some(Kind::Tar) => self.tar(&mut source.from(0), at),
            Some(Kind::Ar) => self.ar(source, at),
            _ => Vec::new(),
        };
        let list = self.list(source, kind == Some(Kind::Zip), &signs, at);
        let (mut whole, mut packed, mut chained) = (0, 0, HashSet::new());
        for sign in signs {
            let before_it = done.partition_point(|(from, _)| *from <= sign.at);
            let in_tar = before_it.checked_sub(1).is_some_and(|last| sign.at < done[last].1);
            let is_read = sign.what == What::Gzip && chained.contains(&sign.at);
            if in_tar || sign.at < whole || is_read {
                continue;
            }
            if !self.may_go_on(at) {
                return;
            }
            let before = self.seen.len();
            let led = match sign.what {
                What::Member => self.zip_member(source, sign.at, list.get(&sign.at), at),
                What::Gzip => self.gzip_at(source, sign, &mut chained, at),
            };
            if sign.at < packed {
                self.forget_again(first, before);
            }
            (packed, whole) = (packed.max(led.packed), whole.max(led.whole));
        }
    }

    /// Opens archives that were written in letters in what was just searched.
    pub(crate) fn parcels(&mut self, parcels: Vec<Parcel>, at: &[u8]) {
        for parcel in parcels {
            let Parcel::Bytes(parcel) = parcel else {
                self.lose(at, "it contains more archives in base64 or hex than the limit allows");
                continue;
            };
            let (kind, signs) = (Kind::of(&parcel), Signs::of(&parcel));
            if kind != Some(Kind::Zlib) && !signs.begin_surely() && !is_packed(kind) {
                continue;
            }
            if self.depth == self.limits.depth {
                self.lose(at, "it is nested in too many archives");
            } else if self.may_go_on(at) {
                self.depth += 1;
                self.open(&Origin::Text(&parcel), kind, signs, &inside_of(at));
                self.depth -= 1;
            }
        }
    }

    /// Forgets of what was seen from `new` on what was seen from `first` on already: it was
    /// unpacked twice, and is told of once.
    fn forget_again(&mut self, first: usize, new: usize) {
        let fresh = self.seen.split_off(new);
        let known = &self.seen[first..];
        let is_known = |seen: &Finding| known.iter().any(|told| told.is_same_value(seen));
        let fresh: Vec<Finding> = fresh.into_iter().filter(|seen| !is_known(seen)).collect();
        self.seen.extend(fresh);
    }

    /// The list of the members of a zip. An error is told only of what begins as one: elsewhere
    /// nothing says that there is a list.
    fn list(&mut self, source: &Origin<'_>, is_zip: bool, signs: &[Sign], at: &[u8]) -> List {
        if !is_zip && !signs.iter().any(|sign| sign.what == What::Member) {
            return List::new();
        }
        let (list, why) = zip::list(source, self.limits.members);
        if let Some(why) = why.filter(|_| is_zip) {
            self.lose(at, &why);
        }
        for (place, listed) in &list {
            let sign = (*place, What::Member);
            if signs.binary_search_by_key(&sign, |sign| (sign.at, sign.what)).is_err() {
                self.lose(
                    &join(at, &listed.name),
                    "the archive's directory lists it, but it is missing",
                );
            }
        }
        list
    }

    /// Opens what a member's header is about.
    fn zip_member(
        &mut self,
        source: &Origin<'_>,
        place: u64,
        listed: Option<&Listed>,
        at: &[u8],
    ) -> Led {
        let Some(member) = Member::read(source, place, listed) else {
            if let Some(listed) = listed {
                self.lose(&join(at, &listed.name), "its header is truncated");
            }
            return Led::default();
        };
        let name = join(at, &member.name);
        if member.is_real {
            self.name(&name, &name);
            self.name(&member.own_name, &name);
            if member.is_encrypted {
                self.lose(&name, "it is encrypted");
                return Led::default();
            }
        }
        let mut led = Led::default();
        if member.is_deflated {
            let mut reader = Inflate::new(source.from(member.data));
            let (length, error) = self.unpacked(&mut reader, &name);
            led.packed = member.data.saturating_add(reader.packed());
            if let Some(error) = error.filter(|_| member.is_real || length >= NO_CHANCE) {
                self.broke(&name, &error);
            }
        } else if let Some(packing) = member.packing.filter(|_| member.is_real) {
            self.packed(packing, source.from(member.data), &name);
        } else if !member.is_stored && member.is_real {
            self.lose(&name, "its compression method is not supported");
        }
        // What is stored was read with the archive itself; here it gets its name, and is opened if
        // it is an archive in its turn.
        if let (true, true, Some(length)) = (member.is_stored, member.is_real, member.length) {
            let (read, error) = self.unpacked(&mut source.from(member.data).take(length), &name);
            if error.is_some() || read < length {
                self.lose(&name, "it is truncated");
            } else {
                led.whole = member.data.saturating_add(read);
            }
        }
        led
    }

    /// A gzip and those that follow it at once. In the middle of something it is one only if it
    /// unpacks.
    fn gzip_at(
        &mut self,
        source: &Origin<'_>,
        sign: Sign,
        chained: &mut HashSet<u64>,
        at: &[u8],
    ) -> Led {
        let mut members = Members::new(source.from(sign.at));
        let (length, error) = self.unpacked(&mut members, at);
        if let Some(error) = error.filter(|_| sign.at == 0 || length >= NO_CHANCE) {
            self.broke(at, &error);
        }
        chained.extend(members.ends.iter().map(|end| sign.at.saturating_add(*end)));
        Led {
            whole: 0,
            packed: sign.at.saturating_add(members.ends.last().copied().unwrap_or_default()),
        }
    }

    /// What begins as zlib does. It is one only if it unpacks.
    fn zlib(&mut self, reader: &mut dyn Read, at: &[u8]) {
        let (length, error) = self.unpacked(&mut Inflate::zlib(reader), &inside_of(at));
        if let Some(error) = error.filter(|_| length >= NO_CHANCE) {
            self.broke(at, &error);
        }
    }

    /// What is packed as one stream.
    fn packed<R: Read>(&mut self, packing: Packing, reader: R, at: &[u8]) {
        let error = match packing.reader(reader) {
            Ok(mut reader) => self.unpacked(&mut *reader, at).1,
            Err(error) => Some(error),
        };
        if let Some(error) = error {
            self.broke(at, &error);
        }
    }

    /// Opens what is packed in an `ar`. Says which parts were looked into.
    fn ar(&mut self, source: &Origin<'_>, at: &[u8]) -> Vec<(u64, u64)> {
        let (members, is_whole) = ar::members(source);
        if !is_whole {
            self.lose(at, "it is truncated");
        }
        let mut done = Vec::new();
        for member in members {
            if !self.may_go_on(at) {
                break;
            }
            let name = join(at, &member.name);
            let (read, error) =
                self.unpacked(&mut source.from(member.data).take(member.length), &name);
            if error.is_some() || read < member.length {
                self.lose(&name, "it is truncated");
            } else {
                done.push((member.data, member.data.saturating_add(read)));
            }
        }
        done
    }

    /// Says which parts were looked into.
    fn tar(&mut self, reader: &mut dyn Read, at: &[u8]) -> Vec<(u64, u64)> {
        let mut archive = tar::Archive::new(reader);
        let (mut long_name, mut done): (Option<Vec<u8>>, _) = (None, Vec::new());
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
                        break;
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
                    let name = join(
                        at,
                        &long_name.take().unwrap_or_else(|| entry.path_bytes().into_owned()),
                    );
                    if let Some(link) = entry.header().link_name_bytes() {
                        self.name(&link, &name);
                    }
                    let place = entry.raw_file_position();
                    self.name(&name, &name);
                    match self.unpacked(&mut entry, &name) {
                        (length, None) => done.push((place, place.saturating_add(length))),
                        (_, Some(error)) => self.broke(&name, &error),
                    }
                }
            }
            Err(error) => self.lose(at, &error.to_string()),
        }
        done
    }

    /// Whether another member may be opened.
    fn may_go_on(&mut self, at: &[u8]) -> bool {
        if self.budget.is_over.get() {
            return false;
        }
        if self.members == 0 {
            self.lose(at, "it has more entries than the limit allows");
            return false;
        }
        self.members -= 1;
        true
    }

    /// Searches something that was unpacked, and opens what is packed in it. Says how long it is,
    /// and why it ends too early.
    fn unpacked(&mut self, reader: &mut dyn Read, at: &[u8]) -> (u64, Option<io::Error>) {
        let mut counted = Counted { reader, budget: Rc::clone(&self.budget) };
        let (most, mut whole) = (self.limits.held.saturating_sub(self.held), Vec::new());
        let error = counted.by_ref().take(most as u64).read_to_end(&mut whole).err();
        let length = whole.len() as u64;
        if error.is_none() && whole.len() == most {
            let mut tally = 0;
            let mut rest = Tallied(&mut counted, &mut tally);
            let error = self.streamed(&whole, &mut rest, at);
            return (length + tally, error);
        }
        self.held += whole.len();
        self.inside(&whole, at);
        self.held -= whole.len();
        (length, error)
    }

    /// What was unpacked and is in memory.
    fn inside(&mut self, text: &[u8], at: &[u8]) {
        let first = self.seen.len();
        // Reading from memory cannot fail.
        let _ = self.plain(&mut &*text, at);
        let (kind, signs) = (Kind::of(text), Signs::of(text));
        if kind.is_none() && signs.is_empty() {
            return;
        }
        if self.depth == self.limits.depth {
            if kind.is_some() || signs.are_sure() {
                self.lose(at, "it is nested in too many archives");
            }
            return;
        }
        let outside = self.seen.len();
        self.depth += 1;
        self.open(&Origin::Text(text), kind, signs, &inside_of(at));
        self.depth -= 1;
        // What was found in the packed bytes and again in what they are is told of once, where it
        // really stands.
        let inner = self.seen.split_off(outside);
        let mut outer = self.seen.split_off(first);
        outer.retain(|seen| !inner.iter().any(|inner| inner.is_same_value(seen)));
        self.seen.extend(outer.into_iter().chain(inner));
    }

    /// What was unpacked and is too large to be held: a stream of it that can be opened from its
    /// beginning is.
    fn streamed(&mut self, start: &[u8], rest: &mut dyn Read, at: &[u8]) -> Option<io::Error> {
        let kind = Kind::of(&start[..start.len().min(HEAD)]);
        let reader = &mut start.chain(rest);
        if kind.is_some() && self.depth == self.limits.depth {
            self.lose(at, "it is nested in too many archives");
            return self.plain(reader, at);
        }
        self.depth += 1;
        let error = match kind {
            Some(Kind::Gzip) => {
                let mut members = Members::new(&mut *reader);
                let (_, error) = self.unpacked(&mut members, &inside_of(at));
                error.or_else(|| self.stretch(&mut members.rest()?, at))
            }
            Some(Kind::Tar) => {
                self.tar(reader, &inside_of(at));
                // Behind the end mark there may be anything, another archive as well.
                self.stretch(reader, at)
            }
            Some(Kind::Packed(packing)) => {
                self.packed(packing, &mut *reader, &inside_of(at));
                self.stretch(reader, at)
            }
            Some(Kind::Zip | Kind::Zlib | Kind::Ar) => {
                self.lose(at, "it is too large to be unpacked inside another archive");
                self.plain(reader, at)
            }
            Some(Kind::Unread(name)) => {
                self.lose(at, &format!("its format, {name}, is not supported"));
                self.plain(reader, at)
            }
            Some(Kind::Lfs) | None => self.stretch(reader, at),
        };
        self.depth -= 1;
        error
    }

    /// A text of any length that is no archive from its beginning on.
    fn stretch(&mut self, reader: &mut dyn Read, at: &[u8]) -> Option<io::Error> {
        let error = self.plain(reader, at);
        if self.scratch.signs().are_sure() {
            self.lose(at, "it is too large to search for an archive inside it");
        }
        error
    }

    /// Searches a text.
    fn plain(&mut self, reader: &mut dyn Read, at: &[u8]) -> Option<io::Error> {
        let (options, shown) = (self.options, clean_line(at, self.options));
        let mut seen = Vec::new();
        let (_, result) = self.scratch.find(options, reader, &mut |found| {
            seen.push(found.inside(&shown));
        });
        self.seen.extend(seen);
        let (kind, signs, parcels) =
            (self.scratch.kind(), self.scratch.signs().clone(), self.scratch.parcels());
        self.parcels(parcels, at);
        self.scratch.restore(kind, signs);
        result.err()
    }

    fn name(&mut self, name: &[u8], at: &[u8]) {
        let shown = clean_line(at, self.options);
        self.seen.extend(in_name(name, self.options).into_iter().map(|seen| seen.inside(&shown)));
    }

    fn broke(&mut self, at: &[u8], error: &io::Error) {
        // That the budget is over is told once, of the whole.
        if !self.budget.is_over.get() {
            self.lose(at, &error.to_string());
        }
    }

    fn lose(&mut self, at: &[u8], why: &str) {
        if self.lost.iter().any(|(place, cause)| place == at && cause == why) {
            return;
        }
        if self.lost.len() == REASONS {
            self.more_lost += 1;
        } else {
            self.lost.push((at.to_vec(), why.to_owned()));
        }
    }
}

/// Whether the first bytes of a text alone are those of an archive.
fn is_packed(kind: Option<Kind>) -> bool {
    matches!(kind, Some(Kind::Packed(_) | Kind::Unread(_)))
}

/// Counts what is read.
struct Tallied<'r, R>(&'r mut R, &'r mut u64);

impl<R: Read> Read for Tallied<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        *self.1 += count as u64;
        Ok(count)
    }
}

/// What gzip itself holds is one text or one tar, and needs no step of its own in the path.
fn inside_of(at: &[u8]) -> Vec<u8> {
    if at.is_empty() || at.ends_with(b"!") { at.to_vec() } else { [at, b"!"].concat() }
}

fn join(at: &[u8], name: &[u8]) -> Vec<u8> {
    if at.is_empty() { name.to_vec() } else { [at, b"/", name].concat() }
}
