//! Reads a value from where an option says: a variable, a file or standard input, never the command
//! line itself.

use std::fs;
use std::io::Read as _;

use super::env::Env;
use super::problems::arguments;
use crate::domain::{Problem, Secret};

/// Far above GitHub's limit; only keeps a wrong file from filling the memory.
const LARGEST_INPUT: u64 = 1 << 20;

/// A value from `env:NAME`, `file:PATH` or `-`. White space at its ends is not part of it.
pub(super) fn value_from(env: &Env, source: &str) -> Result<Secret, Problem> {
    let unreadable = |error: std::io::Error| arguments::source_unreadable(&error);
    let mut text = String::new();
    if source == "-" {
        let mut input = env.input.lock().map_err(|_| arguments::input_used_already())?;
        (&mut *input).take(LARGEST_INPUT).read_to_string(&mut text).map_err(unreadable)?;
    } else if let Some(name) = source.strip_prefix("env:") {
        return env.secret(name).ok_or_else(|| arguments::variable_empty(name));
    } else if let Some(path) = source.strip_prefix("file:") {
        let file = fs::File::open(env.folder.join(path)).map_err(unreadable)?;
        file.take(LARGEST_INPUT).read_to_string(&mut text).map_err(unreadable)?;
    } else {
        return Err(arguments::not_a_source());
    }
    let value = Secret::new(text);
    let trimmed = value.trimmed();
    if trimmed.is_empty() {
        return Err(arguments::value_empty());
    }
    Ok(trimmed)
}
