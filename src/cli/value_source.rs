//! Where a command takes a value from: a variable, a file or standard input, never the command line
//! itself.

use std::fs;
use std::io::Read as _;

use super::env::Env;
use crate::domain::text::sanitize;
use crate::domain::{Code, Problem, Secret};

/// Far above what GitHub takes; only keeps a wrong file from filling the memory.
const LARGEST_INPUT: u64 = 1 << 20;

/// A value from `env:NAME`, `file:PATH` or `-`. White space at its ends is not part of it.
pub(super) fn value_from(env: &Env, source: &str) -> Result<Secret, Problem> {
    let usage = |what: String| {
        Problem::new(Code::Usage, what)
            .hint("give it as env:NAME, as file:PATH, or as - on standard input")
            .state("nothing was done")
    };
    let unreadable = |error: std::io::Error| usage(format!("the value cannot be read: {error}"));
    let mut text = String::new();
    if source == "-" {
        let mut input =
            env.input.lock().map_err(|_| usage("standard input was taken already".to_owned()))?;
        (&mut *input).take(LARGEST_INPUT).read_to_string(&mut text).map_err(unreadable)?;
    } else if let Some(name) = source.strip_prefix("env:") {
        return env
            .secret(name)
            .ok_or_else(|| usage(format!("the variable {} is empty or not set", sanitize(name))));
    } else if let Some(path) = source.strip_prefix("file:") {
        let file = fs::File::open(env.folder.join(path)).map_err(unreadable)?;
        file.take(LARGEST_INPUT).read_to_string(&mut text).map_err(unreadable)?;
    } else {
        // What stands here may be the value itself, pasted by mistake: it is not repeated.
        return Err(usage("--value-from takes the place of a value, never the value".to_owned()));
    }
    let value = Secret::new(text);
    let trimmed = value.trimmed();
    if trimmed.is_empty() {
        return Err(usage("the value is empty".to_owned()));
    }
    Ok(trimmed)
}
