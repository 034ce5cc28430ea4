//! How much one type may hold, in the module that rotates: a type that knows everything is a place
//! where every function may do anything.

use std::collections::{BTreeMap, BTreeSet};

use super::{report, shipped};

/// The most fields of a type of `rotation`. What the journal keeps is in `domain`.
const MOST_FIELDS: usize = 12;
/// The most files that a type's methods may be in.
const MOST_FILES: usize = 2;

/// The name of the type that a line begins, and whether it is a struct or an implementation.
fn head(line: &str) -> Option<(&'static str, String)> {
    let name = |rest: &str| -> String {
        rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let line = line.strip_prefix("pub ").or(line.strip_prefix("pub(super) ")).unwrap_or(line);
    if let Some(rest) = line.strip_prefix("struct ") {
        return Some(("struct", name(rest)));
    }
    let rest = line.strip_prefix("impl")?;
    let rest =
        rest.strip_prefix('<').map_or(rest, |rest| rest.split_once('>').map_or("", |(_, r)| r));
    let rest = rest.split_once(" for ").map_or(rest, |(_, of)| of).trim_start();
    Some(("impl", name(rest)))
}

#[test]
fn no_type_of_rotation_knows_everything() {
    let (mut violations, mut files) = (Vec::new(), BTreeMap::<String, BTreeSet<String>>::new());
    let mut structs = 0;
    for source in shipped().iter().filter(|source| source.path.starts_with("src/rotation/")) {
        let lines: Vec<String> = source.code().map(|(_, line)| line.to_owned()).collect();
        for (number, line) in lines.iter().enumerate() {
            match head(line) {
                Some(("impl", name)) => {
                    _ = files.entry(name).or_default().insert(source.path.clone())
                }
                Some((_, name)) if line.ends_with('{') => {
                    structs += 1;
                    let body = lines[number + 1..].iter().take_while(|line| *line != "}");
                    let fields =
                        body.filter(|line| line.starts_with("    ") && line.contains(": "));
                    let fields = fields.filter(|line| !line.trim_start().starts_with("//")).count();
                    if fields > MOST_FIELDS {
                        violations.push(format!("{}: `{name}` has {fields} fields", source.path));
                    }
                }
                _ => {}
            }
        }
    }
    let many = files.iter().filter(|(_, files)| files.len() > MOST_FILES);
    violations.extend(many.map(|(name, files)| format!("`{name}` has methods in {files:?}")));
    assert!(structs > 20 && files.len() > 10, "{structs} structs, {} implementations", files.len());
    report("a type of `rotation` knows too much", &violations);
}
