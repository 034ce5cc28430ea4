//! Holds the source against ARCHITECTURE.md: who may call whom, who may open which restricted API,
//! and how every file is written. The tables are read from the document itself, so that it and the
//! code cannot say different things.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a source tree that cannot be read is a failed test"
)]

mod lengths;
mod types;
mod wings;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use tokenward::domain::Code;

/// A Rust file of this package, by its path from the root.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The module a file of `src` belongs to: its folder, or `main` and `lib`.
    fn module(&self) -> &str {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        inside.split_once('/').map_or_else(|| inside.trim_end_matches(".rs"), |(module, _)| module)
    }

    /// Its lines that are code: no comment lines, and nothing from a test module at its end. A chain of
    /// calls is one line, so that no line break hides who calls what.
    fn code(&self) -> impl Iterator<Item = (usize, String)> {
        let lines: Vec<&str> = self.text.lines().collect();
        let end = lines.windows(2).position(|pair| {
            pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{')
        });
        let count = end.unwrap_or(lines.len());
        let lines = lines.into_iter().enumerate().take(count);
        let mut joined: Vec<(usize, String)> = Vec::new();
        for (number, line) in lines.filter(|(_, line)| !line.trim_start().starts_with("//")) {
            match joined.last_mut().filter(|_| line.trim_start().starts_with('.')) {
                Some((_, chain)) => chain.push_str(line.trim_start()),
                None => joined.push((number, line.to_owned())),
            }
        }
        joined.into_iter()
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file under these folders.
fn sources(folders: &[&str]) -> Vec<Source> {
    let mut paths: Vec<PathBuf> = Vec::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            // What a build of the fuzz targets leaves is not source.
            if path.is_dir() && !path.ends_with("tests/fuzz/target") {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let name =
        |path: &Path| path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
    paths
        .iter()
        .map(|path| Source { path: name(path), text: fs::read_to_string(path).unwrap() })
        .collect()
}

/// The files of `src` that run outside tests.
fn shipped() -> Vec<Source> {
    let all = sources(&["src"]);
    let mut tests = BTreeSet::new();
    for source in &all {
        let lines: Vec<&str> = source.text.lines().collect();
        let (folder, file) = source.path.rsplit_once('/').unwrap();
        let own = if file == "mod.rs" || folder == "src" {
            folder.to_owned()
        } else {
            source.path.trim_end_matches(".rs").to_owned()
        };
        for (index, _) in lines.iter().enumerate().filter(|(_, line)| **line == "#[cfg(test)]") {
            let next = lines.get(index + 1).copied().unwrap_or_default();
            if let Some(path) =
                next.strip_prefix("#[path = \"").and_then(|rest| rest.strip_suffix("\"]"))
            {
                tests.insert(format!("{folder}/{path}"));
            } else if let Some(name) = next
                .trim_start_matches("pub(crate) ")
                .strip_prefix("mod ")
                .and_then(|rest| rest.strip_suffix(';'))
            {
                tests.insert(format!("{own}/{name}.rs"));
                tests.insert(format!("{own}/{name}/"));
            }
        }
    }
    let is_test = |path: &str| {
        tests
            .iter()
            .any(|test| path == test || (test.ends_with('/') && path.starts_with(test.as_str())))
    };
    all.into_iter().filter(|source| !is_test(&source.path)).collect()
}

/// The rows of the first table under a heading of ARCHITECTURE.md, each as the code spans of its
/// cells.
fn table(heading: &str) -> Vec<Vec<Vec<String>>> {
    let document = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, section) = document
        .split_once(&format!("\n## {heading}\n"))
        .unwrap_or_else(|| panic!("ARCHITECTURE.md has no `{heading}`"));
    let rows = section
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .skip(2);
    let spans = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    rows.map(|row| row.trim_matches('|').split('|').map(spans).collect()).collect()
}

/// Every module, and the modules it may use.
fn modules() -> BTreeMap<String, BTreeSet<String>> {
    table("Modules")
        .into_iter()
        .map(|row| (row[0][0].clone(), row[1].iter().cloned().collect()))
        .collect()
}

/// The first names after `crate::` in a text: one, or those of a braced list.
fn named_after(code: &str, start: &str) -> Vec<String> {
    let word = |text: &str| {
        text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
    };
    let mut names = Vec::new();
    for (at, _) in code.match_indices(start) {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let rest = &code[at + start.len()..];
        let Some(list) = rest.strip_prefix('{') else {
            names.push(word(rest));
            continue;
        };
        let (mut depth, mut item) = (0, String::new());
        for c in list.chars() {
            match c {
                '}' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => names.push(word(std::mem::take(&mut item).trim())),
                _ => {}
            }
            if depth == 0 && c != ',' {
                item.push(c);
            }
        }
        names.push(word(item.trim()));
    }
    names.retain(|name| !name.is_empty());
    names
}

fn report(what: &str, violations: &[String]) {
    assert!(violations.is_empty(), "{what}:\n{}", violations.join("\n"));
}

#[test]
fn every_module_uses_only_what_the_table_gives_it() {
    let modules = modules();
    let (mut violations, mut used) = (Vec::new(), BTreeSet::new());
    for source in shipped() {
        let code: String = source.code().map(|(_, line)| format!("{line}\n")).collect();
        let names =
            named_after(&code, "crate::").into_iter().chain(named_after(&code, "tokenward::"));
        for name in names.filter(|name| name != source.module()) {
            used.insert((source.module().to_owned(), name.clone()));
            if !modules.get(source.module()).is_some_and(|may| may.contains(&name)) {
                violations.push(format!(
                    "{}: `{}` may not use `{name}`",
                    source.path,
                    source.module()
                ));
            }
        }
    }
    report("not in the table of ARCHITECTURE.md", &violations);
    let unused: Vec<String> = modules
        .iter()
        .flat_map(|(module, may)| may.iter().map(move |other| (module.clone(), other.clone())))
        .filter(|edge| !used.contains(edge))
        .map(|(module, other)| format!("`{module}` does not use `{other}`"))
        .collect();
    report("the table of ARCHITECTURE.md allows what nobody needs", &unused);
}

#[test]
fn the_table_names_every_module_below_those_that_use_it() {
    let rows = table("Modules");
    let named: BTreeSet<String> = rows.iter().map(|row| row[0][0].clone()).collect();
    let there: BTreeSet<String> = shipped()
        .iter()
        .map(|source| source.module().to_owned())
        .filter(|module| module != "lib")
        .collect();
    assert_eq!(named, there);
    let mut below = BTreeSet::new();
    for row in &rows {
        let upwards: Vec<&String> = row[1].iter().filter(|other| !below.contains(*other)).collect();
        assert!(upwards.is_empty(), "`{}` comes before {upwards:?}", row[0][0]);
        below.insert(row[0][0].clone());
    }
}

#[test]
fn restricted_apis_are_used_only_where_the_table_says() {
    let shipped = shipped();
    let mut violations = Vec::new();
    for row in table("Restricted APIs") {
        let (restricted, places) = (&row[0], &row[1]);
        assert!(
            !restricted.is_empty() && !places.is_empty(),
            "a row of `Restricted APIs` without code spans"
        );
        let mut unused: BTreeSet<&String> = places.iter().collect();
        for source in &shipped {
            let inside = source.path.strip_prefix("src/").unwrap();
            let place = places.iter().find(|place| {
                inside == place.as_str()
                    || (place.ends_with('/') && inside.starts_with(place.as_str()))
            });
            for (number, line) in source.code() {
                for api in restricted.iter().filter(|api| line.contains(api.as_str())) {
                    match place {
                        Some(place) => unused.remove(place),
                        None => {
                            violations.push(format!("{}:{}: `{api}`", source.path, number + 1));
                            false
                        }
                    };
                }
            }
        }
        violations.extend(
            unused.into_iter().map(|place| {
                format!("{place} does not use {restricted:?}: take it out of the table")
            }),
        );
    }
    report("not where the table `Restricted APIs` of ARCHITECTURE.md says", &violations);
}

#[test]
fn nothing_can_panic_or_print_outside_main_and_tests() {
    let mut violations = Vec::new();
    for source in shipped() {
        for (number, line) in source.code() {
            let panics = [
                ".unwrap()",
                ".expect(",
                "panic!(",
                "todo!(",
                "unimplemented!(",
                "unreachable!(",
                "dbg!(",
            ];
            let prints = ["println!(", "eprintln!(", "print!(", "eprint!("];
            let prints = prints.iter().filter(|_| source.path != "src/main.rs");
            for found in panics.iter().chain(prints).filter(|word| line.contains(**word)) {
                violations.push(format!("{}:{}: `{found}`", source.path, number + 1));
            }
        }
    }
    report("return an error, or write through `Env`", &violations);
}

#[test]
fn only_the_runner_writes_workflow_commands() {
    let is_command = |line: &str| {
        line.match_indices("\"::")
            .any(|(at, _)| line[at + 3..].starts_with(|c: char| c.is_ascii_lowercase() || c == '{'))
            || ["::add-mask::", "::set-output ", "::error::", "::warning::", "::notice::"]
                .iter()
                .any(|c| line.contains(c) && line.contains('"'))
    };
    let mut violations = Vec::new();
    for source in shipped().iter().filter(|source| source.path != "src/github/runner.rs") {
        violations.extend(
            source
                .code()
                .filter(|(_, line)| is_command(line))
                .map(|(number, line)| format!("{}:{}: {line}", source.path, number + 1)),
        );
    }
    report("workflow commands belong in src/github/runner.rs", &violations);
}

#[test]
fn lints_are_expected_never_allowed() {
    let attribute = |line: &str| {
        ["#[allow(", "#![allow("].iter().any(|start| line.trim_start().starts_with(start))
    };
    let mut violations = Vec::new();
    for source in sources(&["src", "crates", "tests"]) {
        let lines = source.text.lines().enumerate().filter(|(_, line)| attribute(line));
        violations
            .extend(lines.map(|(number, line)| format!("{}:{}: {line}", source.path, number + 1)));
    }
    report("write #[expect(..., reason = ...)]", &violations);
}

#[test]
fn every_file_says_what_it_is_for_and_is_short() {
    let mut violations = Vec::new();
    for source in sources(&["src", "crates", "tests"]).iter().chain(&[Source {
        path: "build.rs".to_owned(),
        text: fs::read_to_string(root().join("build.rs")).unwrap(),
    }]) {
        if !source.text.starts_with("//! ") {
            violations.push(format!("{}: does not open with `//!`", source.path));
        }
        let is_long = source.text.len() > 25_000;
        if is_long && !lengths::LONG_FILES.iter().any(|(path, _)| *path == source.path) {
            violations.push(format!(
                "{}: {} bytes, and at most 25,000 are wanted",
                source.path,
                source.text.len()
            ));
        }
    }
    let mut sizes: Vec<usize> = shipped().iter().map(|source| source.text.len()).collect();
    sizes.sort_unstable();
    if sizes[sizes.len() / 2] > 6_000 {
        violations.push(format!(
            "the median file of src has {} bytes, and at most 6,000 are wanted",
            sizes[sizes.len() / 2]
        ));
    }
    for file in
        fs::read_dir(root().join("src/providers/specs")).unwrap().map(|entry| entry.unwrap().path())
    {
        if !fs::read_to_string(&file).unwrap().starts_with("# ") {
            violations.push(format!("{}: does not open with a comment", file.display()));
        }
    }
    report("see CONTRIBUTING.md, \"House style\"", &violations);
}

#[test]
fn every_file_is_part_of_the_library() {
    let all = sources(&["src"]);
    let named = |source: &Source| {
        let (folder, file) = source.path.rsplit_once('/').unwrap();
        let name = if file == "mod.rs" {
            folder.rsplit_once('/').unwrap().1
        } else {
            file.trim_end_matches(".rs")
        };
        let (module, path) = (format!("mod {name}"), format!("#[path = \"{file}\"]"));
        let names = |line: &str| {
            line.split_once(&module).is_some_and(|(_, rest)| rest.starts_with([';', ' ']))
                || line.trim() == path
        };
        matches!(source.path.as_str(), "src/lib.rs" | "src/main.rs")
            || all.iter().any(|other| other.text.lines().any(names))
    };
    let orphans: Vec<String> =
        all.iter().filter(|source| !named(source)).map(|source| source.path.clone()).collect();
    report("no module names these files", &orphans);
}

#[test]
fn every_id_is_used_and_documented() {
    let document = fs::read_to_string(root().join("docs/errors.md")).unwrap();
    let code: String = shipped()
        .iter()
        .filter(|source| source.path != "src/domain/code.rs")
        .flat_map(|source| source.code().map(|(_, line)| format!("{line}\n")).collect::<Vec<_>>())
        .collect();
    let unused = BTreeSet::from(UNUSED.map(str::to_owned));
    let mut violations = Vec::new();
    for id in Code::ALL {
        if !document.contains(&format!("\n## {id}\n")) {
            violations.push(format!("docs/errors.md has no section {id}"));
        }
        let used = code.contains(&format!("Code::{id:?}"));
        if used == unused.contains(id.id()) {
            violations.push(format!(
                "{id}: {}",
                if used { "used now: take it out of UNUSED" } else { "nothing ever says it" }
            ));
        }
    }
    report("ids", &violations);
}

/// Ids that are promised and that no command says yet.
const UNUSED: [&str; 0] = [];
