//! Checks every provider file and compiles them in, so that a binary with a broken one cannot exist and starting up costs nothing.
//! Adding a platform is one file in `src/providers/specs`; nothing here names any.

#![expect(unreachable_pub, reason = "the modules below are the library's own")]

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, process};

#[path = "src/providers/spec/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the library uses all of it")]
mod spec;
#[path = "src/domain/time.rs"]
#[expect(dead_code, reason = "the library uses all of it")]
mod time;

/// What the model takes from the library.
mod domain {
    pub use crate::time::Span;
}

const SPECS: &str = "src/providers/specs";

fn main() {
    for path in ["build.rs", "src/providers/spec", "src/domain/time.rs", SPECS] {
        println!("cargo:rerun-if-changed={path}");
    }
    let (table, failures) = compiled(Path::new(SPECS));
    if !failures.is_empty() {
        eprintln!("{}", failures.join("\n"));
        process::exit(1);
    }
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("specs.rs"), table).expect("OUT_DIR can be written");
}

/// The table as Rust source, and what is wrong with the files.
fn compiled(folder: &Path) -> (String, Vec<String>) {
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("the folder of provider files is there").flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    let (mut rows, mut failures) = (String::new(), Vec::new());
    for file in files {
        let name = file.display();
        let text = fs::read_to_string(&file).expect("a provider file can be read");
        match read(&text) {
            Err(flaws) => failures.extend(flaws.into_iter().map(|flaw| format!("{name}: {flaw}"))),
            Ok(spec) if file.file_stem().is_none_or(|stem| stem != spec.id.as_str()) => {
                failures.push(format!("{name}: `id` is `{}`, which is not the file's name", spec.id));
            }
            Ok(spec) => {
                let json = serde_json::to_string(&spec).expect("a provider file can be written as JSON");
                let _ = writeln!(rows, "    ({:?}, {json:?}),", spec.id);
            }
        }
    }
    (format!("&[\n{rows}]\n"), failures)
}

/// By way of YAML's own tree, which refuses a key that stands twice.
fn read(text: &str) -> Result<spec::Spec, Vec<String>> {
    let tree: serde_yaml::Value = serde_yaml::from_str(text).map_err(|error| vec![error.to_string()])?;
    let json = serde_json::to_value(tree).map_err(|error| vec![error.to_string()])?;
    spec::check::read(json).map_err(|flaws| flaws.iter().map(ToString::to_string).collect())
}
