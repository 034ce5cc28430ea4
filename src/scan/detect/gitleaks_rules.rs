//! Custom rules from `.gitleaks.toml`: a regex, the group of the secret, keywords, entropy, and
//! allow lists. Unsupported parts are reported, never ignored silently.

use std::ops::Range;

use aho_corasick::AhoCorasick;
use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;
use serde::Deserialize;

use super::literal::byte_syntax;
use crate::domain::text::sanitize;

/// The rules of a file, and what of the file is not kept.
#[derive(Debug)]
pub struct GitleaksRules {
    pub(crate) custom: Custom,
    /// What is passed over, for a person.
    pub notes: Vec<String>,
}

/// Rules made ready.
#[derive(Debug, Default)]
pub(crate) struct Custom {
    rules: Vec<Rule>,
    /// Every keyword, and by its number which rule has it.
    keywords: Option<(AhoCorasick, Vec<usize>)>,
    everywhere: Vec<Allowlist>,
}

#[derive(Debug)]
struct Rule {
    id: String,
    regex: Regex,
    group: usize,
    has_keywords: bool,
    entropy: f64,
    path: Option<Regex>,
    allowlists: Vec<Allowlist>,
}

#[derive(Debug)]
struct Allowlist {
    all: bool,
    paths: Vec<Regex>,
    regexes: Vec<Regex>,
    target: Target,
    stopwords: Vec<String>,
    /// Whether it asks for what is not looked at here.
    has_more: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Target {
    #[default]
    Secret,
    Match,
    Line,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawFile {
    rules: Vec<RawRule>,
    extend: RawExtend,
    allowlist: Option<RawAllowlist>,
    allowlists: Vec<RawAllowlist>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawExtend {
    path: String,
    url: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawRule {
    id: String,
    regex: String,
    path: String,
    secret_group: usize,
    entropy: f64,
    keywords: Vec<String>,
    allowlist: Option<RawAllowlist>,
    allowlists: Vec<RawAllowlist>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawAllowlist {
    condition: String,
    commits: Vec<String>,
    paths: Vec<String>,
    regexes: Vec<String>,
    regex_target: Target,
    stopwords: Vec<String>,
    target_rules: Vec<String>,
}

impl GitleaksRules {
    /// Reads a file.
    ///
    /// # Errors
    /// What cannot be read, and of which rule.
    pub fn parse(text: &str) -> Result<Self, String> {
        let raw: RawFile = toml::from_str(text).map_err(|error| sanitize(error.message()))?;
        let (mut custom, mut notes) = (Custom::default(), Vec::new());
        if !raw.extend.path.is_empty() || !raw.extend.url.is_empty() {
            notes.push("`extend` names another file, which tokenward does not read".to_owned());
        }
        let mut keywords = Vec::new();
        for rule in raw.rules {
            let id = sanitize(&rule.id);
            if rule.regex.is_empty() {
                // It changes a built-in rule of gitleaks, or looks at names alone.
                notes.push(format!("rule `{id}` has no `regex`, so it was skipped"));
                continue;
            }
            keywords.extend(rule.keywords.iter().map(|word| (word.clone(), custom.rules.len())));
            custom.rules.push(ready(rule).map_err(|why| format!("rule `{id}`: {why}"))?);
        }
        for list in raw.allowlist.into_iter().chain(raw.allowlists) {
            if list.target_rules.is_empty() {
                custom.everywhere.push(list.ready()?);
                continue;
            }
            for rule in custom.rules.iter_mut().filter(|rule| list.target_rules.contains(&rule.id))
            {
                rule.allowlists.push(list.ready()?);
            }
        }
        let (words, of): (Vec<String>, Vec<usize>) = keywords.into_iter().unzip();
        let words = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(&words)
            .map_err(|error| error.to_string())?;
        custom.keywords = Some((words, of));
        Ok(Self { custom, notes })
    }
}

impl Custom {
    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The id of a rule.
    pub(crate) fn id(&self, rule: usize) -> &str {
        self.rules.get(rule).map_or("", |rule| rule.id.as_str())
    }

    /// Tells of every secret in a text, by the number of its rule.
    pub(crate) fn search(&self, text: &[u8], found: &mut dyn FnMut(usize, Range<usize>)) {
        let mut wanted: Vec<bool> = self.rules.iter().map(|rule| !rule.has_keywords).collect();
        if let Some((words, of)) = &self.keywords {
            for word in words.find_overlapping_iter(text) {
                if let Some(wanted) =
                    of.get(word.pattern().as_usize()).and_then(|rule| wanted.get_mut(*rule))
                {
                    *wanted = true;
                }
            }
        }
        for (number, rule) in self.rules.iter().enumerate().filter(|(number, _)| wanted[*number]) {
            for captures in rule.regex.captures_iter(text) {
                let (Some(whole), Some(secret)) =
                    (captures.get_match(), secret(&captures, rule.group))
                else {
                    continue;
                };
                let value = &text[secret.clone()];
                let lists = rule.allowlists.iter().chain(&self.everywhere);
                if entropy(value) > rule.entropy
                    && !lists.into_iter().any(|list| list.allows(text, &secret, &whole.range()))
                {
                    found(number, secret);
                }
            }
        }
    }

    /// Whether a finding of one of these rules stands at a path where the rule looks.
    pub(crate) fn applies(&self, id: &str, path: &str) -> bool {
        let Some(rule) = self.rules.iter().find(|rule| rule.id == id) else { return true };
        rule.path.as_ref().is_none_or(|regex| regex.is_match(path.as_bytes()))
            && !rule.allowlists.iter().chain(&self.everywhere).any(|list| list.allows_path(path))
    }
}

impl RawAllowlist {
    fn ready(&self) -> Result<Allowlist, String> {
        let regexes = |patterns: &[String]| {
            patterns.iter().map(|pattern| regex(pattern)).collect::<Result<Vec<_>, _>>()
        };
        Ok(Allowlist {
            all: self.condition.eq_ignore_ascii_case("and"),
            paths: regexes(&self.paths)?,
            regexes: regexes(&self.regexes)?,
            target: self.regex_target,
            stopwords: self.stopwords.iter().map(|word| word.to_ascii_lowercase()).collect(),
            has_more: !self.commits.is_empty(),
        })
    }
}

impl Allowlist {
    /// Whether what a text says is enough. With `and`, a path or a commit that is asked for as well
    /// is not known here, so it is not.
    fn allows(&self, text: &[u8], secret: &Range<usize>, whole: &Range<usize>) -> bool {
        let value = &text[secret.clone()];
        let target = match self.target {
            Target::Secret => value,
            Target::Match => &text[whole.clone()],
            Target::Line => {
                let start = text[..whole.start]
                    .iter()
                    .rposition(|byte| *byte == b'\n')
                    .map_or(0, |at| at + 1);
                let end = text[whole.end..]
                    .iter()
                    .position(|byte| *byte == b'\n')
                    .map_or(text.len(), |at| whole.end + at);
                &text[start..end]
            }
        };
        let lower = value.to_ascii_lowercase();
        let has = |word: &String| {
            !word.is_empty() && lower.windows(word.len()).any(|window| window == word.as_bytes())
        };
        let by_regex = self.regexes.iter().any(|regex| regex.is_match(target));
        let by_word = self.stopwords.iter().any(has);
        if !self.all {
            return by_regex || by_word;
        }
        let asks = !self.regexes.is_empty() || !self.stopwords.is_empty();
        asks && !self.has_more
            && self.paths.is_empty()
            && (self.regexes.is_empty() || by_regex)
            && (self.stopwords.is_empty() || by_word)
    }

    fn allows_path(&self, path: &str) -> bool {
        let alone =
            !self.all || (self.regexes.is_empty() && self.stopwords.is_empty() && !self.has_more);
        alone && self.paths.iter().any(|regex| regex.is_match(path.as_bytes()))
    }
}

fn ready(rule: RawRule) -> Result<Rule, String> {
    if rule.id.is_empty() {
        return Err("it has no `id`".to_owned());
    }
    let lists = rule.allowlist.iter().chain(&rule.allowlists);
    let ready = Rule {
        regex: regex(&rule.regex)?,
        group: rule.secret_group,
        has_keywords: !rule.keywords.is_empty(),
        entropy: rule.entropy,
        path: (!rule.path.is_empty()).then(|| regex(&rule.path)).transpose()?,
        allowlists: lists.map(RawAllowlist::ready).collect::<Result<_, _>>()?,
        id: rule.id,
    };
    if ready.regex.is_match(b"") {
        return Err("its `regex` matches the empty text".to_owned());
    }
    Ok(ready)
}

/// The group that is named, else the first that has anything, else the whole match.
fn secret(captures: &Captures, group: usize) -> Option<Range<usize>> {
    if group > 0 {
        return captures.get_group(group).map(|span| span.range());
    }
    let groups = (1..captures.group_len())
        .filter_map(|number| captures.get_group(number))
        .find(|span| !span.is_empty());
    groups.or_else(|| captures.get_group(0)).map(|span| span.range())
}

fn regex(pattern: &str) -> Result<Regex, String> {
    let config = Regex::config().utf8_empty(false).nfa_size_limit(Some(10 << 20));
    Regex::builder()
        .configure(config)
        .syntax(byte_syntax())
        .build(pattern)
        .map_err(|error| sanitize(&error.to_string()))
}

/// Bits a byte, after Shannon.
fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    value.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let length = f64::from(u32::try_from(value.len()).unwrap_or(u32::MAX)).max(1.0);
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / length)
        .map(|part| -part * part.log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, text: &str) -> Vec<(String, String)> {
        let rules = GitleaksRules::parse(file).unwrap();
        let mut all = Vec::new();
        rules.custom.search(text.as_bytes(), &mut |rule, range| {
            all.push((rules.custom.id(rule).to_owned(), text[range].to_owned()))
        });
        all
    }

    #[test]
    fn a_rule_finds_its_group_where_a_keyword_stands() {
        let file = r#"
title = "ours"
[extend]
useDefault = true
[[rules]]
id = "acme"
description = "a token of ours"
regex = '''(?i)acme_?key\s*[:=]\s*["']?([a-z0-9]{12,})(?:["'\s;]|$)'''
keywords = ["acme"]
entropy = 3
tags = ["x"]
[[rules.allowlists]]
stopwords = ["sample"]
[[rules.allowlists]]
condition = "AND"
paths = ['''docs/''']
regexes = ['''.*''']
[allowlist]
paths = ['''(^|/)vendor/''']
"#;
        assert_eq!(
            found(file, "ACME_KEY = 'q8w7e6r5t4y3'"),
            [("acme".to_owned(), "q8w7e6r5t4y3".to_owned())]
        );
        assert_eq!(found(file, "acmekey: q8w7e6r5t4y3").len(), 1);
        for silent in ["KEY = 'q8w7e6r5t4y3'", "acmekey: aaaaaaaaaaaa", "acmekey: q8sample6r5t4y3"]
        {
            assert_eq!(found(file, silent), [], "{silent}");
        }
        let rules = GitleaksRules::parse(file).unwrap();
        assert!(rules.custom.applies("acme", "docs/a") && rules.custom.applies("acme", "a"));
        assert!(!rules.custom.applies("acme", "x/vendor/a"));
    }

    #[test]
    fn what_cannot_be_kept_is_told_and_what_cannot_be_read_is_refused() {
        let rules = GitleaksRules::parse(
            "[extend]\npath = \"b.toml\"\n[[rules]]\nid = \"x\"\npath = '''\\.pem$'''\n",
        )
        .unwrap();
        assert_eq!(rules.notes.len(), 2);
        for wrong in [
            "[[rules]]\nid = 1",
            "[[rules]]\nid = \"x\"\nregex = \"(\"",
            "[[rules]]\nregex = \"abc\"",
            "[[rules]]\nid=\"x\"\nregex='a*'",
        ] {
            assert!(GitleaksRules::parse(wrong).is_err(), "{wrong}");
        }
    }
}
