//! Checks every provider file and compiles them in, so that a binary with a broken one cannot exist and starting up costs nothing.
//! Adding a platform is one file in `src/providers/specs`; nothing here names any.

#![expect(unreachable_pub, reason = "the modules below are the library's own")]

use std::path::{Path, PathBuf};
use std::{env, fs, io};

// The same model as at run time: a file that builds is a file that runs.
#[path = "src/providers/spec/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the library uses all of it")]
mod spec;
#[path = "src/domain/time.rs"]
mod time;

/// What the model takes from the library.
mod domain {
    pub use crate::time::Span;
}

const SPECS: &str = "src/providers/specs";

fn main() -> io::Result<()> {
    for path in ["build.rs", "src/providers/spec", "src/domain/time.rs", SPECS] {
        println!("cargo::rerun-if-changed={path}");
    }
    let mut table = String::from("&[\n");
    for file in files()? {
        match row(&file) {
            Ok(row) => table.push_str(&row),
            Err(flaws) => flaws.iter().for_each(|flaw| println!("cargo::error={}: {}", file.display(), flaw.replace('\n', " "))),
        }
    }
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo has not set OUT_DIR"))?;
    fs::write(Path::new(&out).join("specs.rs"), table + "]\n")
}

/// Every provider file, by name: the name is the id, so the table is sorted by id.
fn files() -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(SPECS)?.collect::<io::Result<Vec<_>>>()?;
    let mut files: Vec<_> = entries.iter().map(fs::DirEntry::path).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    Ok(files)
}

/// One file as a row of the table, or what is wrong with it.
fn row(file: &Path) -> Result<String, Vec<String>> {
    let one = |error: &dyn std::fmt::Display| vec![error.to_string()];
    let text = fs::read_to_string(file).map_err(|error| one(&error))?;
    // By way of YAML's own tree, which refuses a key that stands twice.
    let tree: serde_yaml::Value = serde_yaml::from_str(&text).map_err(|error| one(&error))?;
    let json = serde_json::to_value(tree).map_err(|error| one(&error))?;
    let spec = spec::check::read(json).map_err(|flaws| flaws.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    if file.file_stem().is_none_or(|stem| stem != spec.id.as_str()) {
        return Err(vec![format!("`id` is `{}`, which is not the file's name", spec.id)]);
    }
    let json = serde_json::to_string(&spec).map_err(|error| one(&error))?;
    Ok(format!("    (\"{}\", r##########\"{json}\"##########),\n", spec.id))
}
