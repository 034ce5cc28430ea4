//! Reads a YAML file into a serde model, or says everything that is wrong with it at once. Serves
//! the config and the provider files alike; knows neither, except for the forms of texts that
//! `forms` names.

mod blame;
mod diagnostic;
mod excerpt;
mod mistake;
mod parse;
mod parts;
mod problems;
mod redact;
mod renamed;
mod schema;
mod screen;
mod secrets;
mod source;
mod suggest;
mod tree;
mod validate;
mod words;

use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;

use serde::de::DeserializeOwned;

pub use diagnostic::RenderedDiagnostic;
pub(crate) use mistake::Diagnostic;
pub(crate) use redact::{is_dense, quote};
pub(crate) use renamed::Renamed;
pub use schema::schema_of;
pub use screen::LARGEST;
pub(crate) use suggest::{list, nearest};
pub use tree::Tree;
pub(crate) use tree::{Entry, Kind, Node};

use super::Context;
use crate::domain::Code;
use source::Source;

/// How many errors of one file are shown; the others are counted.
const MOST_SHOWN: usize = 100;

/// What a kind of file adds to the common checks.
pub(crate) struct Rules<'a> {
    /// The JSON Schema of the model.
    pub(crate) schema: &'a str,
    /// Keys whose values must never be shown, whatever they look like, unless they are safe.
    pub(crate) secret_keys: &'a [&'a str],
    /// Whether the text at such a key is the name of a variable, not a value.
    pub(crate) is_safe: &'a dyn Fn(&str) -> bool,
    /// Keys that were renamed.
    pub(crate) renamed: &'a [Renamed],
    /// Checks across several values. Must tolerate a tree with other errors.
    pub(crate) check: &'a dyn Fn(&Node) -> Vec<Diagnostic>,
}

/// Reads a YAML file of any kind: `T` is its serde model, with `deny_unknown_fields` everywhere, no
/// `flatten`, no `untagged`.
///
/// The text is searched for token-shaped values first, then parsed (no anchors, aliases, merge
/// keys, tags, second documents or duplicate keys; 1 MB, 32 levels, 100,000 values at most), then
/// held against `schema` (the JSON Schema of `T`, as `schema/` keeps it), then deserialized. Enums
/// are read as their schema says (`auth: {bearer: x}`, not YAML tags). An optional key may be
/// absent, not empty. Hints come from the model: doc comments, `#[schemars(example = ..)]` and the
/// forms that `forms.rs` knows by type name. The [`Tree`] that comes along makes diagnostics of the
/// same look for the checks only the caller can make.
///
/// # Errors
/// All errors in the file, in its order, with values redacted; never an empty list.
pub fn read<T: DeserializeOwned>(
    path: &Path,
    text: &str,
    context: &Context<'_>,
    schema: &str,
) -> Result<(T, Tree), Vec<RenderedDiagnostic>> {
    read_with(
        path,
        text,
        context,
        &Rules {
            schema,
            secret_keys: &[],
            is_safe: &|_| true,
            renamed: &[],
            check: &|_| Vec::new(),
        },
    )
}

/// [`read`], with the rules of one kind of file.
pub(crate) fn read_with<T: DeserializeOwned>(
    path: &Path,
    text: &str,
    context: &Context<'_>,
    rules: &Rules<'_>,
) -> Result<(T, Tree), Vec<RenderedDiagnostic>> {
    if let Some(mistake) = screen::size(text) {
        return Err(vec![excerpt::diagnostic(&Source::new(path, ""), &[], mistake)]);
    }
    let source = Source::new(path, text);
    let tokens = screen::tokens(&source, (context.looks_like_token)(&source.text));
    let mut hidden = tokens.clone();
    let mut mistakes = Vec::new();

    let Some(mut root) = parsed(&source, &mut mistakes) else {
        hidden.extend(secrets::in_text(&source.text, rules));
        return Err(finish(&source, &hidden, &tokens, mistakes));
    };

    let mut old_names = Vec::new();
    renamed::apply(&mut root, rules.renamed, &mut old_names);
    secrets::in_tree(&root, rules, &mut hidden);
    let schema = schema::for_checks(rules.schema);
    let walked = validate::walk(&schema, &root);
    hidden.extend(walked.hidden);
    mistakes.extend(walked.mistakes);
    // A message of the file's own check is better than that of the schema.
    let checked = (rules.check)(&root);
    let better: HashSet<usize> = checked.iter().map(Diagnostic::start).collect();
    mistakes.retain(|mistake| !better.contains(&mistake.start()));
    mistakes.extend(checked);
    if !mistakes.is_empty() || !tokens.is_empty() {
        return Err(finish(&source, &hidden, &tokens, mistakes));
    }
    deserialized(Tree { source, hidden, root, old_names })
}

/// The tree of a file without characters that YAML does not allow.
fn parsed(source: &Source, mistakes: &mut Vec<Diagnostic>) -> Option<Node> {
    if let Some(mistake) = screen::characters(source) {
        mistakes.push(mistake);
        return None;
    }
    parse::parse(&source.text, mistakes)
}

/// The model of a tree that has no error by its schema.
fn deserialized<T: DeserializeOwned>(tree: Tree) -> Result<(T, Tree), Vec<RenderedDiagnostic>> {
    let value = tree.root.to_value();
    let error = match T::deserialize(&value) {
        Ok(model) => return Ok((model, tree)),
        Err(error) => error.to_string(),
    };
    let path = blame::path_of::<T>(value, &error);
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let message = redact::without_values(&error);
    Err(vec![tree.diagnostic(Code::ConfigWrongType, &path, message, None)])
}

/// Sorts the errors and renders them.
fn finish(
    source: &Source,
    hidden: &[Range<usize>],
    tokens: &[Range<usize>],
    mut mistakes: Vec<Diagnostic>,
) -> Vec<RenderedDiagnostic> {
    // On a line with a token no other error is worth the risk of showing it.
    let lines: HashSet<usize> = tokens
        .iter()
        .flat_map(|token| source.line(token.start)..=source.line(token.end.saturating_sub(1)))
        .collect();
    mistakes.retain(|mistake| !lines.contains(&source.line(mistake.start())));
    mistakes.extend(tokens.iter().cloned().map(problems::token_inside));
    mistakes.sort_by_key(Diagnostic::start);
    let more = mistakes.len().saturating_sub(MOST_SHOWN);
    let mut shown: Vec<RenderedDiagnostic> = mistakes
        .into_iter()
        .take(MOST_SHOWN)
        .map(|mistake| excerpt::diagnostic(source, hidden, mistake))
        .collect();
    if let Some(last) = shown.last_mut() {
        last.more = more;
    }
    shown
}
