//! The user's own rules for the leak check: the files that `scan.rules` of the config names. Each
//! rule is checked against its samples, so that one that finds nothing is an error.

use std::collections::BTreeSet;
use std::path::Path;

use super::args::SchemaName;
use super::checkout::Checkout;
use super::error::CliError;
use super::session::Session;
use super::{problems, schemas, shapes};
use crate::config::{self, Context, CustomRule, RulesFile, Tree};
use crate::domain::Code;
use crate::providers::model::examples::fill;
use crate::scan::{CustomRules, Ignore, Rules, find};

/// More rules are refused, in all files together: each has its part in the time of a scan.
const MOST: usize = 200;
/// The longest regex, in bytes.
const LONGEST: usize = 1_000;
/// The most entries of one list of a rule.
const MOST_OF_RULE: usize = 50;

/// Where in a rule an error is, and what is wrong.
type Wrong = (Vec<String>, String);

/// Reads all rules files of the config.
pub(super) fn read(session: &Session<'_>) -> Result<Vec<CustomRule>, CliError> {
    let mut all: Vec<CustomRule> = Vec::new();
    let mut ids = BTreeSet::new();
    let looks_like_token = shapes::token_finder();
    let context = Context { looks_like_token: &looks_like_token, known_providers: &[] };
    for path in &session.config.scan.rules {
        let (rules, tree) = file(&session.checkout, path, &context)?;
        let mut wrong = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let number = all.len() + index;
            let Err((place, why)) = accept(rule, number, &mut ids) else { continue };
            let index = index.to_string();
            let inside = place.iter().map(String::as_str);
            let at: Vec<&str> = ["rules", &index].into_iter().chain(inside).collect();
            let what = problems::scan::rule_wrong(&rule.id, why);
            wrong.push(tree.diagnostic(Code::RulesInvalid, &at, what, None));
            if number >= MOST {
                break;
            }
        }
        if !wrong.is_empty() {
            return Err(CliError::Config(wrong));
        }
        all.extend(rules);
    }
    Ok(all)
}

/// Checks a rule; `number` are read already, with these ids.
fn accept(rule: &CustomRule, number: usize, ids: &mut BTreeSet<String>) -> Result<(), Wrong> {
    if number >= MOST {
        return wrong("id", format!("there are more than {MOST} rules"));
    }
    if !ids.insert(rule.id.clone()) {
        return wrong("id", "another rule has this id");
    }
    fields(rule)?;
    let compiled = Rules::knowing(&[shapes::custom_shape(rule)], false, Vec::new());
    let compiled = compiled.or_else(|why| wrong("regex", why))?;
    if compiled.unanchored().is_some() {
        return wrong("regex", "it has no three letters that every value has; add `words`");
    }
    samples(rule, &compiled)
}

fn wrong<T>(field: &str, why: impl Into<String>) -> Result<T, Wrong> {
    Err((vec![field.to_owned()], why.into()))
}

fn file(
    checkout: &Checkout,
    path: &Path,
    context: &Context<'_>,
) -> Result<(Vec<CustomRule>, Tree), CliError> {
    let text = checkout.text(path)?.ok_or_else(|| problems::scan::rules_missing(path))?;
    let schema = schemas::printed(SchemaName::Rules);
    let (file, tree) =
        config::read::<RulesFile>(path, &text, context, schema).map_err(CliError::Config)?;
    Ok((file.rules, tree))
}

/// What the rules add to their findings.
pub(super) fn custom(rules: &[CustomRule]) -> Result<CustomRules, CliError> {
    let mut all = CustomRules::default();
    for rule in rules {
        let paths = Ignore::new(&rule.paths).map_err(problems::scan::ignore_invalid)?;
        all.add(&rule.id, paths, revoke(rule));
    }
    Ok(all)
}

fn revoke(rule: &CustomRule) -> String {
    let how = match rule.revoke.as_deref() {
        None => "revoke it where it was issued".to_owned(),
        Some(link) if link.starts_with("https://") => format!("revoke it at {link}"),
        Some(text) => text.to_owned(),
    };
    format!("{} of {}: {how}", rule.name, rule.provider)
}

/// Checks what is said of a rule, before its regex is compiled.
fn fields(rule: &CustomRule) -> Result<(), Wrong> {
    let is_id = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if rule.id.is_empty() || rule.id.len() > 60 || !rule.id.bytes().all(is_id) {
        return wrong("id", "an id is up to 60 lower-case letters, digits and `-`");
    }
    let texts = [("name", Some(&rule.name)), ("provider", Some(&rule.provider))];
    for (field, text) in texts.into_iter().chain([("revoke", rule.revoke.as_ref())]) {
        if text.is_some_and(|text| !is_line(text)) {
            return wrong(field, "it must be one line of up to 200 characters");
        }
    }
    if rule.regex.len() > LONGEST {
        return wrong("regex", format!("it is longer than {LONGEST} bytes"));
    }
    if rule.samples.is_empty() {
        return wrong("samples", "there is no sample that shows what the rule finds");
    }
    for (field, list) in lists(rule) {
        if list.len() > MOST_OF_RULE {
            return wrong(field, format!("there are more than {MOST_OF_RULE} entries"));
        }
        if list.iter().any(|text| text.len() > 2 * LONGEST) {
            return wrong(field, format!("an entry is longer than {} bytes", 2 * LONGEST));
        }
    }
    Ignore::new(&rule.paths).map(drop).or_else(|why| wrong("paths", why))
}

fn lists(rule: &CustomRule) -> [(&'static str, &[String]); 4] {
    [("words", &rule.words), ("paths", &rule.paths), ("samples", &rule.samples), ("not", &rule.not)]
}

fn is_line(text: &str) -> bool {
    (1..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// Whether the rule finds something in each sample, and nothing in the other texts.
fn samples(rule: &CustomRule, compiled: &Rules) -> Result<(), Wrong> {
    for (list, texts, is_wanted) in [("samples", &rule.samples, true), ("not", &rule.not, false)] {
        for (index, text) in texts.iter().enumerate() {
            let wrong = |why: &str| {
                let what = problems::scan::sample_wrong(list, index + 1, why);
                Err((vec![list.to_owned(), index.to_string()], what))
            };
            let text = match fill(text, "", 1) {
                Ok(text) => text,
                Err(why) => return wrong(&why),
            };
            let is_found = !find(compiled, text.as_bytes()).is_empty();
            match (is_wanted, is_found) {
                (true, false) => return wrong("has no value that the rule finds"),
                (false, true) => return wrong("has a value that the rule finds"),
                _ => {}
            }
        }
    }
    Ok(())
}
