//! Checks every provider file and compiles them in, so that a binary with a broken one cannot exist
//! and starting up costs nothing. Adding a provider is one file in `src/providers/specs`; nothing
//! here names any.

#![expect(unreachable_pub, reason = "the modules below are the library's own")]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use flate2::Compression;
use flate2::write::ZlibEncoder;

// The same model as at run time: a file that builds is a file that runs.
#[path = "src/domain/checksum.rs"]
mod checksum;
#[path = "src/providers/model/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the library uses all of it")]
mod model;
#[path = "src/domain/time.rs"]
mod time;

// The prefilter's literals are read off the shapes here, once, and not each time the program
// starts.
#[path = "src/scan/detect/bigrams.rs"]
#[expect(dead_code, reason = "the library uses all of it")]
mod bigrams;
#[path = "src/scan/detect/literal.rs"]
mod literal;
#[path = "src/scan/detect/required_run.rs"]
mod required_run;
#[path = "src/scan/detect/runs.rs"]
#[expect(dead_code, reason = "the library uses all of it")]
mod runs;

/// What the model takes from the library.
mod domain {
    pub use crate::checksum::Checksum;
    pub use crate::time::Span;
}

const SPECS: &str = "src/providers/specs";
const DETECT: &str = "src/providers/detect";
const SCHEMA: &str = "schema";

/// Compresses the schemas, which take 170 KB as they are.
fn schemas() -> io::Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    for entry in fs::read_dir(SCHEMA)? {
        let path = entry?.path();
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&fs::read(&path)?)?;
        if let Some(name) = path.file_name() {
            fs::write(out.join(name).with_extension("json.z"), encoder.finish()?)?;
        }
    }
    Ok(())
}

fn main() -> io::Result<()> {
    for path in [
        "build.rs",
        "src/providers/model",
        "src/domain/checksum.rs",
        "src/domain/time.rs",
        "src/scan/detect/bigrams.rs",
        "src/scan/detect/literal.rs",
        "src/scan/detect/runs.rs",
        "src/scan/detect/required_run.rs",
        SPECS,
        DETECT,
        SCHEMA,
    ] {
        println!("cargo::rerun-if-changed={path}");
    }
    schemas()?;
    let (mut specs, mut shapes) = (Writer::default(), Shapes::default());
    for file in files(SPECS)? {
        match row(&file, &mut shapes) {
            Ok((id, json)) => {
                specs.bytes(id.as_bytes());
                specs.bytes(json.as_bytes());
            }
            Err(flaws) => tell(&file, &flaws),
        }
    }
    for file in files(DETECT)? {
        if let Err(flaws) = detect(&file, &mut shapes) {
            tell(&file, &flaws);
        }
    }
    let out =
        env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo has not set OUT_DIR"))?;
    fs::write(Path::new(&out).join("specs.bin"), specs.packed()?)?;
    fs::write(Path::new(&out).join("shapes.bin"), shapes.table.packed()?)
}

/// Whether values are one word of letters, digits, `_` and `-`, long enough to be found by that
/// alone.
fn is_long_word(shortest: Option<usize>, kind: &model::TokenKind) -> bool {
    let examples =
        kind.examples.r#match.iter().filter_map(|example| model::examples::expand(example, 1).ok());
    let word =
        |text: String| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    shortest.is_some_and(|shortest| shortest >= 32) && examples.map(word).min() != Some(false)
}

fn tell(file: &Path, flaws: &[String]) {
    flaws
        .iter()
        .for_each(|flaw| println!("cargo::error={}: {}", file.display(), flaw.replace('\n', " ")));
}

/// Writes a table that `src/providers/packed.rs` reads.
#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Adds a number: seven bits a byte, the lowest first; the last has no eighth.
    fn number(&mut self, mut number: usize) {
        while number >= 0x80 {
            self.bytes.push(0x80 | low(number));
            number >>= 7;
        }
        self.bytes.push(low(number));
    }

    /// Adds bytes, after their length.
    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }

    /// The table, compressed.
    ///
    /// # Errors
    /// If memory cannot be written to, which does not happen.
    fn packed(self) -> io::Result<Vec<u8>> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&self.bytes)?;
        encoder.finish()
    }
}

fn low(number: usize) -> u8 {
    u8::try_from(number & 0x7f).unwrap_or(0)
}

/// Every shape, as rows of the table that `providers::shapes` reads.
#[derive(Default)]
struct Shapes {
    table: Writer,
    seen: BTreeSet<String>,
}

impl Shapes {
    fn add(&mut self, provider: &str, kind: &model::TokenKind) -> Result<(), String> {
        let id = format!("{provider}/{}", kind.id);
        let says = |why: String| format!("{id}: {why}");
        if !self.seen.insert(id.clone()) {
            return Err(says("another file has it too".to_owned()));
        }
        let hir = regex_automata::util::syntax::parse_with(&kind.shape, &literal::byte_syntax())
            .map_err(|error| says(error.to_string()))?;
        let (shortest, longest) =
            (hir.properties().minimum_len().unwrap_or(0), hir.properties().maximum_len());
        let run = required_run::stretch(&hir, &|byte| runs::Alphabet::Base64.has(byte));
        let byte = literal::byte(&kind.shape).map_err(says)?;
        let (start, needles) = match literal::anchor(&kind.shape).map_err(says)? {
            literal::Anchor::Start(needles) => (true, needles),
            literal::Anchor::Inside(needles) => (false, needles),
            literal::Anchor::None
                if kind.context.is_empty()
                    && kind.beside.is_empty()
                    && !is_long_word(hir.properties().minimum_len(), kind) =>
            {
                return Err(says("its shape has no fixed part and is no word of 32 or more, so `context` has to name words".to_owned()));
            }
            literal::Anchor::None => (false, Vec::new()),
        };
        let texts = [provider, &kind.id, &kind.shape];
        texts.iter().for_each(|text| self.table.bytes(text.as_bytes()));
        for list in [&kind.context, &kind.beside] {
            self.table.number(list.len());
            list.iter().for_each(|word| self.table.bytes(word.as_bytes()));
        }
        let checksum =
            serde_json::to_string(&kind.checksum).map_err(|why| says(why.to_string()))?;
        self.table.bytes(checksum.as_bytes());
        // A number that may be missing is one more than it is.
        let or_zero = |number: Option<usize>| number.map_or(0, |number| number + 1);
        for number in [
            usize::from(kind.identifier),
            shortest,
            or_zero(longest),
            run,
            or_zero(byte.map(usize::from)),
            usize::from(start),
            needles.len(),
        ] {
            self.table.number(number);
        }
        for needle in &needles {
            self.table.bytes(&needle.literal);
            self.table.bytes(&needle.next);
            self.table.number(needle.count);
        }
        Ok(())
    }
}

/// Every provider file, by name: the name is the id, so the table is sorted by id.
fn files(folder: &str) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    let mut files: Vec<_> = entries.iter().map(fs::DirEntry::path).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    Ok(files)
}

/// A file as JSON, by way of YAML's own tree, which refuses a key that stands twice.
fn json(file: &Path) -> Result<serde_json::Value, Vec<String>> {
    let text = fs::read_to_string(file).map_err(|error| vec![error.to_string()])?;
    let tree: serde_yaml::Value =
        serde_yaml::from_str(&text).map_err(|error| vec![error.to_string()])?;
    serde_json::to_value(tree).map_err(|error| vec![error.to_string()])
}

/// One file, as its id and JSON, or what is wrong with it.
fn row(file: &Path, shapes: &mut Shapes) -> Result<(String, String), Vec<String>> {
    let one = |error: &dyn std::fmt::Display| vec![error.to_string()];
    let mut spec = model::check::read(json(file)?)
        .map_err(|flaws| flaws.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    if file.file_stem().is_none_or(|stem| stem != spec.id.as_str()) {
        return Err(vec![format!("`id` is `{}`, which is not the file's name", spec.id)]);
    }
    for kind in &spec.tokens {
        shapes.add(&spec.id, kind).map_err(|why| vec![why])?;
    }
    spec.forget_checks();
    let json = serde_json::to_string(&spec).map_err(|error| one(&error))?;
    Ok((spec.id, json))
}

/// One file of providers that are only recognized.
fn detect(file: &Path, shapes: &mut Shapes) -> Result<(), Vec<String>> {
    let detect: model::detect::Detect =
        serde_json::from_value(json(file)?).map_err(|error| vec![error.to_string()])?;
    let flaws: Vec<String> = detect.check().iter().map(ToString::to_string).collect();
    if !flaws.is_empty() {
        return Err(flaws);
    }
    let mut all = detect
        .providers
        .iter()
        .flat_map(|provider| provider.tokens.iter().map(move |kind| (provider, kind)));
    all.try_for_each(|(provider, kind)| shapes.add(&provider.id, kind).map_err(|why| vec![why]))
}
