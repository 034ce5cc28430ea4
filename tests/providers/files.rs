//! What a provider consists of: its file with samples, its twin, the twin's row, its page. What is
//! forgotten is named here, with what to do about it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tokenward::providers::Spec;

const SPECS: &str = "src/providers/specs";
const TWINS: &str = "crates/emulator/src/providers";
/// Files of the emulator that several twins share.
const SHARED: [&str; 5] = ["grants", "keyring", "mod", "plain", "sigv4"];

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The names of a folder's files that end so, without the end.
fn names(folder: &str, end: &str) -> BTreeSet<String> {
    fs::read_dir(at(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter_map(|name| name.strip_suffix(end).map(str::to_owned))
        .collect()
}

/// What a provider lacks beside its file.
fn missing(id: &str, twins: &BTreeSet<String>, rows: &str) -> Vec<String> {
    let mut missing = Vec::new();
    let module = id.replace('-', "_");
    if !twins.contains(&module) {
        missing.push(format!("{TWINS}/{module}.rs, its twin"));
    }
    if !rows.contains(&format!(", {module};")) {
        missing.push(format!("its row `Name, {module};` in {TWINS}/mod.rs"));
    }
    let text = fs::read_to_string(at(&format!("{SPECS}/{id}.yaml"))).unwrap();
    let tree: Value = serde_yaml::from_str(&text).unwrap();
    let spec: Spec = serde_json::from_value(tree).unwrap();
    if spec.tokens.iter().all(|kind| kind.samples.is_empty()) {
        missing.push(format!("`samples` of a kind of token in {SPECS}/{id}.yaml"));
    }
    if !at(&format!("docs/providers/{id}.md")).exists() {
        missing.push(format!(
            "docs/providers/{id}.md; make it with TOKENWARD_UPDATE=1 cargo test --test suite generated::"
        ));
    }
    missing
}

#[test]
fn every_provider_has_all_its_files() {
    let (ids, twins) = (names(SPECS, ".yaml"), names(TWINS, ".rs"));
    let rows = fs::read_to_string(at(TWINS).join("mod.rs")).unwrap();
    let mut lacks: Vec<String> = ids
        .iter()
        .flat_map(|id| missing(id, &twins, &rows).into_iter().map(move |what| (id, what)))
        .map(|(id, what)| format!("{id} lacks {what}"))
        .collect();
    let modules: BTreeSet<String> = ids.iter().map(|id| id.replace('-', "_")).collect();
    let orphans =
        twins.iter().filter(|twin| !modules.contains(*twin) && !SHARED.contains(&twin.as_str()));
    lacks.extend(orphans.map(|twin| format!("{TWINS}/{twin}.rs is the twin of no provider file")));
    assert!(lacks.is_empty(), "{}", lacks.join("\n"));
}
