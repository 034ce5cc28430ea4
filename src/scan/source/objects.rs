//! Reads all blobs and commit messages of a list of objects with one `git cat-file --batch`, and
//! scans them. A missing object is reported, never skipped.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read};
use std::thread;

use super::content::{self, Looked};
use super::problems::{self, Cleaned as _};
use super::stream::Scratch;
use crate::domain::{Finding, Problem};
use crate::scan::git::command::{Git, feed};
use crate::scan::git::object_text::{HEADER, MESSAGE, TAG, is_about_objects};
use crate::scan::git::path_count::Weights;
use crate::scan::options::Options;
use crate::scan::redact::{Authorship, author};
use crate::scan::report::Progress;

/// A larger tree is not read into memory: it has millions of entries.
const LARGEST_TREE: u64 = 128 << 20;

/// The result of reading the objects.
#[derive(Default)]
pub(crate) struct Objects {
    /// By blob.
    pub(super) in_blobs: HashMap<String, Vec<Finding>>,
    /// What commits and tags say themselves: the object, which part of it, and what was seen or not
    /// unpacked there.
    pub(crate) told: Vec<(String, &'static str, Looked)>,
    pub(super) authors: HashMap<String, Authorship>,
    /// By commit, the tree of it.
    pub(crate) roots: HashMap<String, String>,
    /// And those before it, by its own text.
    pub(crate) parents: HashMap<String, Vec<String>>,
    pub(crate) weights: Weights,
    /// By blob, which parts of an archive were not unpacked, and why.
    pub(crate) lost: HashMap<String, Vec<String>>,
    /// The number of objects that the clone lacks.
    pub(crate) missing: u64,
    pub(crate) files: u64,
    pub(crate) bytes: u64,
}

impl Objects {
    /// Adds what reading other blobs gave.
    pub(crate) fn join(&mut self, blobs: Self) {
        self.in_blobs.extend(blobs.in_blobs);
        self.lost.extend(blobs.lost);
        self.missing += blobs.missing;
        self.files += blobs.files;
        self.bytes += blobs.bytes;
    }
}

/// Reads and searches the objects of a list.
pub(crate) fn read(
    git: &Git<'_>,
    ids: &[String],
    options: &Options<'_>,
    progress: &dyn Fn(Progress),
) -> Result<Objects, Problem> {
    let broken = |cause: String| problems::objects_unread(&cause, options);
    let mut child = git.start(&["cat-file", "--batch", "--buffer"]).cleaned(options)?;
    let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(broken("could not open a pipe to git".to_owned()));
    };
    let mut reader = Reader {
        output: BufReader::with_capacity(1 << 18, output),
        scratch: Scratch::new(options),
        options,
        objects: Objects::default(),
    };
    let read = thread::scope(|scope| {
        scope.spawn(move || feed(input, ids.iter().map(String::as_str)));
        let result = ids.iter().enumerate().try_for_each(|(index, id)| {
            if index % 256 == 0 {
                progress(Progress { files: reader.objects.files, bytes: reader.objects.bytes });
            }
            reader.object(id)
        });
        // Closes our end, so that git and with it the feeding thread come to an end after an error
        // too.
        drop(reader.output);
        result.map(|()| reader.objects)
    });
    let status = child.wait();
    let objects = read.map_err(|error| broken(error.to_string()))?;
    match status {
        Ok(status) if status.success() => Ok(objects),
        Ok(status) => Err(broken(status.to_string())),
        Err(error) => Err(broken(error.to_string())),
    }
}

struct Reader<'a, R> {
    output: BufReader<R>,
    scratch: Scratch,
    options: &'a Options<'a>,
    objects: Objects,
}

impl<R: Read> Reader<'_, R> {
    fn object(&mut self, id: &str) -> io::Result<()> {
        let mut head = String::new();
        self.output.by_ref().take(200).read_line(&mut head)?;
        let words: Vec<_> = head.split_whitespace().collect();
        let (kind, size) = match words.as_slice() {
            [name, "missing"] if *name == id => {
                self.objects.missing += 1;
                return Ok(());
            }
            [name, kind, size] if *name == id => {
                (*kind, size.parse::<u64>().map_err(io::Error::other)?)
            }
            _ => return Err(io::Error::other("git's output has an unexpected format")),
        };
        match kind {
            "blob" => {
                let Looked { seen, lost, .. } = self.search(size)?;
                // What was not read has a path to be told, too.
                if !seen.is_empty() || !lost.is_empty() {
                    self.objects.in_blobs.insert(id.to_owned(), seen);
                }
                if !lost.is_empty() {
                    self.objects.lost.insert(id.to_owned(), lost);
                }
            }
            "commit" | "tag" => self.told(id, kind == "tag", size)?,
            // The names in it are seen with the changes.
            "tree" if size > LARGEST_TREE => {
                self.objects.weights.add_unread(id);
                skip(&mut self.output, size)?;
            }
            "tree" => {
                let mut tree = Vec::new();
                self.output.by_ref().take(size).read_to_end(&mut tree)?;
                if tree.len() as u64 != size {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                self.objects.weights.add(id, &tree);
            }
            _ => skip(&mut self.output, size)?,
        }
        skip(&mut self.output, 1)
    }

    fn search(&mut self, size: u64) -> io::Result<Looked> {
        let mut content = self.output.by_ref().take(size);
        let mut looked = content::stream(&mut content, &mut self.scratch, self.options);
        if let Some(error) = looked.error.take() {
            return Err(error);
        }
        if content.limit() > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.objects.files += 1;
        self.objects.bytes += size;
        Ok(looked)
    }

    /// A commit or a tag: a head, an empty line, a message.
    fn told(&mut self, id: &str, is_tag: bool, size: u64) -> io::Result<()> {
        let (mut left, mut authorship, mut head) = (size, Authorship::default(), Vec::new());
        loop {
            let mut line = Vec::new();
            let count = self.output.by_ref().take(left).read_until(b'\n', &mut line)?;
            left -= u64::try_from(count).unwrap_or(left);
            if matches!(line.as_slice(), b"" | b"\n") {
                break;
            }
            if let Some(tree) = line.strip_prefix(b"tree ").filter(|_| !is_tag) {
                self.objects.roots.insert(
                    id.to_owned(),
                    String::from_utf8_lossy(tree.trim_ascii_end()).into_owned(),
                );
            }
            if let Some(parent) = line.strip_prefix(b"parent ").filter(|_| !is_tag) {
                let parent = String::from_utf8_lossy(parent.trim_ascii_end()).into_owned();
                self.objects.parents.entry(id.to_owned()).or_default().push(parent);
            }
            if let Some(rest) = line.strip_prefix(if is_tag { b"tagger " } else { b"author " }) {
                authorship = author(rest, self.options);
            }
            if !is_about_objects(&line) {
                head.append(&mut line);
            }
        }
        self.objects.authors.insert(id.to_owned(), authorship);
        let in_head = content::text(&head, &mut self.scratch, self.options);
        let in_message = self.search(left)?;
        for (place, looked) in [(HEADER, in_head), (if is_tag { TAG } else { MESSAGE }, in_message)]
        {
            if !looked.seen.is_empty() || !looked.lost.is_empty() {
                self.objects.told.push((id.to_owned(), place, looked));
            }
        }
        Ok(())
    }
}

fn skip(reader: &mut impl Read, size: u64) -> io::Result<()> {
    let skipped = io::copy(&mut reader.take(size), &mut io::sink())?;
    if skipped == size { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
