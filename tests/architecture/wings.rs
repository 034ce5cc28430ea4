//! The wings of large modules: which file uses which, in no circle and in one direction.

use std::collections::{BTreeMap, BTreeSet};

use super::{Source, report, shipped, table};

/// Modules with wings: their parts use each other in one direction. ARCHITECTURE.md names the parts of
/// each under `Parts of MODULE`, each below those that it may use.
const WITH_WINGS: &[&str] = &["rotation", "scan"];

/// Modules whose files use each other in no circle.
const WITHOUT_CIRCLES: &[&str] = &["rotation", "scan"];

/// The paths of a text that begin with `crate`, `super`, `self` or one of these names, each in its
/// parts; lists in braces are taken apart.
fn paths(code: &str, names: &BTreeSet<String>) -> Vec<Vec<String>> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(start) = code[at..].find(is_part).map(|start| at + start) {
        let end = code[start..].find(|c| !is_part(c)).map_or(code.len(), |end| start + end);
        let word = &code[start..end];
        let is_first = !code[..start].ends_with(':') && !code[..start].ends_with("(in ");
        let is_start = ["crate", "super", "self"].contains(&word) || names.contains(word);
        at = end;
        if is_first && is_start && code[end..].starts_with("::") {
            at = end + 2 + read_path(&code[end + 2..], &[word.to_owned()], &mut all);
        }
    }
    all
}

/// Reads what is behind `before::`, and says how long it is.
fn read_path(code: &str, before: &[String], all: &mut Vec<Vec<String>>) -> usize {
    let rest = code.trim_start();
    let mut at = code.len() - rest.len();
    if rest.starts_with('{') {
        at += 1;
        while at < code.len() {
            let skipped = code[at..].find(|c: char| !c.is_whitespace() && c != ',');
            at += skipped.unwrap_or(code.len() - at);
            if code[at..].starts_with('}') {
                return at + 1;
            }
            at += read_path(&code[at..], before, all).max(1);
            let behind = code[at..].find([',', '}']);
            at += behind.unwrap_or(code.len() - at);
        }
        return at;
    }
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let path = [before, &[rest[..end].to_owned()]].concat();
    at += end;
    if code[at..].starts_with("::") {
        return at + 2 + read_path(&code[at + 2..], &path, all);
    }
    all.push(path);
    at
}

/// Which files of a module use which others of it.
fn imports<'s>(sources: &'s [Source], module: &str) -> BTreeMap<&'s str, BTreeSet<&'s str>> {
    let inside = format!("src/{module}/");
    let own = |source: &&Source| source.path.starts_with(&inside);
    let parts = |path: &str| -> Vec<String> {
        let path = path.trim_start_matches("src/").trim_end_matches(".rs");
        path.trim_end_matches("/mod").split('/').map(str::to_owned).collect()
    };
    let files: BTreeMap<Vec<String>, &str> =
        sources.iter().filter(own).map(|file| (parts(&file.path), file.path.as_str())).collect();
    let mut graph = BTreeMap::new();
    for source in sources.iter().filter(own) {
        let code: String = source.code().map(|(_, line)| format!("{line}\n")).collect();
        let declared = code.lines().filter_map(|line| line.strip_suffix(';')?.split_once("mod "));
        let children = declared.map(|(_, name)| name.to_owned()).collect();
        let here = parts(&source.path);
        let target = |path: Vec<String>| {
            let ups = path.iter().take_while(|part| *part == "super").count();
            let named = match path[0].as_str() {
                "crate" => path[1..].to_vec(),
                "self" => [&here, &path[1..]].concat(),
                "super" => [&here[..here.len().saturating_sub(ups)], &path[ups..]].concat(),
                _ => [&here, &path[..]].concat(),
            };
            (1..=named.len()).rev().find_map(|end| files.get(&named[..end]).copied())
        };
        let used: BTreeSet<&str> = paths(&code, &children).into_iter().filter_map(target).collect();
        graph.insert(source.path.as_str(), used);
    }
    graph.iter_mut().for_each(|(file, used)| _ = used.remove(file));
    graph
}

/// A way from a file back to itself, if there is one.
fn cycle<'s>(graph: &BTreeMap<&'s str, BTreeSet<&'s str>>) -> Option<Vec<&'s str>> {
    fn follow<'s>(
        graph: &BTreeMap<&'s str, BTreeSet<&'s str>>,
        way: &mut Vec<&'s str>,
        done: &mut BTreeSet<&'s str>,
    ) -> bool {
        let here = way[way.len() - 1];
        if let Some(start) = way[..way.len() - 1].iter().position(|file| *file == here) {
            way.drain(..start);
            return true;
        }
        if done.contains(here) {
            return false;
        }
        for next in graph.get(here).into_iter().flatten() {
            way.push(next);
            if follow(graph, way, done) {
                return true;
            }
            way.pop();
        }
        done.insert(here);
        false
    }
    let mut done = BTreeSet::new();
    graph.keys().find_map(|file| {
        let mut way = vec![*file];
        follow(graph, &mut way, &mut done).then_some(way)
    })
}

/// The part of a module that a file is in: its folder, or the file itself.
fn part<'p>(path: &'p str, module: &str) -> &'p str {
    let inside = path.trim_start_matches("src/").trim_start_matches(module).trim_start_matches('/');
    inside.split_once('/').map_or_else(|| inside.trim_end_matches(".rs"), |(part, _)| part)
}

#[test]
fn the_files_of_a_large_module_use_each_other_in_no_circle() {
    let sources = shipped();
    for module in WITHOUT_CIRCLES {
        let graph = imports(&sources, module);
        assert!(graph.values().any(|used| !used.is_empty()), "`{module}` has no imports");
        if let Some(way) = cycle(&graph) {
            panic!("files of `{module}` use each other in a circle: {}", way.join(" -> "));
        }
    }
}

#[test]
fn the_wings_of_a_module_use_only_those_above_them_in_the_table() {
    let sources = shipped();
    let mut violations = Vec::new();
    for module in WITH_WINGS {
        let order: Vec<String> =
            table(&format!("Parts of {module}")).iter().map(|row| row[0][0].clone()).collect();
        let place = |path: &str| order.iter().position(|other| other == part(path, module));
        for (file, used) in imports(&sources, module) {
            let Some(own) = place(file) else {
                violations.push(format!("{file}: its part is not in the table"));
                continue;
            };
            violations.extend(
                used.into_iter()
                    .filter(|other| place(other).is_none_or(|other| other > own))
                    .map(|other| format!("{file} uses {other}")),
            );
        }
        let there: BTreeSet<&str> = sources
            .iter()
            .filter(|source| source.module() == *module)
            .map(|source| part(&source.path, module))
            .collect();
        let gone = order.iter().filter(|name| !there.contains(name.as_str()));
        violations.extend(gone.map(|name| format!("`{module}` has no part `{name}`")));
    }
    report("not in the order of ARCHITECTURE.md", &violations);
}

#[test]
fn a_circle_of_files_is_seen_and_named() {
    let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    let made = |last: &str| {
        [
            source("src/wide/mod.rs", "mod low;\nmod high;\npub use high::{One, two::Two};\n"),
            source("src/wide/low/mod.rs", "pub(crate) mod a;\npub(crate) mod b;\n"),
            source("src/wide/low/a.rs", "use super::b::{self, Thing as Other};\n"),
            source("src/wide/low/b.rs", last),
            source("src/wide/high.rs", "fn f() { crate::wide::low::a::g(); }\n"),
        ]
    };
    let sources = made("use std::fmt;\n// use super::a::Thing;\n");
    let graph = imports(&sources, "wide");
    assert_eq!(cycle(&graph), None);
    let used = |file: &str| graph[file].iter().copied().collect::<Vec<_>>();
    assert_eq!(used("src/wide/mod.rs"), ["src/wide/high.rs"]);
    assert_eq!(used("src/wide/high.rs"), ["src/wide/low/a.rs"]);
    for last in [
        "use crate::{\n    wide::{\n        high::{One},\n    },\n};\n",
        "fn f() -> super::super::high::One {}\n",
        "use super::a::Thing;\n",
    ] {
        let sources = made(last);
        let way = cycle(&imports(&sources, "wide")).unwrap_or_default();
        assert!(way.len() > 2 && way.first() == way.last(), "{last}: {way:?}");
        assert!(way.contains(&"src/wide/low/b.rs"), "{last}: {way:?}");
    }
    assert_eq!(part("src/wide/low/a.rs", "wide"), "low");
    assert_eq!(part("src/wide/high.rs", "wide"), "high");
}
