//! Secrets of a callable workflow. It cannot know the names of its caller's secrets, so it passes
//! them under numbers, and their names in an input of its own.

use std::collections::BTreeSet;

use super::super::environment::Environment;
use super::problems;
use crate::domain::Problem;

/// What begins the numbered variables.
const NUMBERED: &str = "TOKENWARD_SECRET_";
/// How many secrets a callable workflow passes.
const MOST: usize = 8;
/// What begins the names of variables with a meaning of their own.
const RESERVED: [&str; 4] = ["GITHUB_", "RUNNER_", "ACTIONS_", "TOKENWARD_"];

/// Gives each numbered secret its name. Nothing is skipped: a name that cannot be used, or a secret
/// without a name, would be a token that nobody checks.
///
/// # Errors
/// What is wrong with the list. No name is quoted, since it may be a value in the wrong place.
pub(super) fn name(variables: &mut Environment, names: &str) -> Result<(), Problem> {
    let names: Vec<&str> = names.split([' ', ',', '\n']).filter(|name| !name.is_empty()).collect();
    if names.len() > MOST {
        return Err(problems::too_many_secret_names(MOST));
    }
    let mut known = BTreeSet::new();
    for (number, name) in (1..).zip(&names) {
        if !is_variable(name) || !known.insert(*name) {
            return Err(problems::bad_secret_name(number));
        }
        variables.also_as(&format!("{NUMBERED}{number}"), name);
    }
    let has = |number: &usize| variables.secret(&format!("{NUMBERED}{number}")).is_some();
    if let Some(number) = (names.len() + 1..=MOST).find(has) {
        return Err(problems::secret_without_name(number));
    }
    variables.remove_all(NUMBERED);
    Ok(())
}

fn is_variable(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.len() <= 100
        && name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        && name.chars().all(plain)
        && !RESERVED.iter().any(|start| name.starts_with(start))
}
