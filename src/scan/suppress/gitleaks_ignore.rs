//! gitleaks' own files, for people who migrate: its list of ignored places, and custom rules. Read
//! only on request, and passed as text, so that a proposed change cannot change them.

use crate::domain::Finding;

/// `.gitleaksignore`: places, not values. A new secret on such a line is ignored as well; a
/// baseline does not have this gap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitleaksIgnore(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    commit: Option<String>,
    path: String,
    rule: String,
    line: u64,
}

impl GitleaksIgnore {
    /// Reads `PATH:RULE:LINE` and `COMMIT:PATH:RULE:LINE`, one a line, and `#` before what is no
    /// entry.
    ///
    /// # Errors
    /// Which line is neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut entries = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            entries.push(entry(line).ok_or_else(|| {
                format!("line {} is not PATH:RULE:LINE or COMMIT:PATH:RULE:LINE", number + 1)
            })?);
        }
        Ok(Self(entries))
    }

    /// Whether it lists a finding's place. Its rules have other names than ours, so only gitleaks'
    /// own rules are compared.
    pub(crate) fn covers(&self, finding: &Finding) -> bool {
        let own = finding.rule.strip_prefix("gitleaks/");
        self.0.iter().any(|entry| {
            entry.path == finding.path
                && entry.line == finding.line
                && own.is_none_or(|rule| rule == entry.rule)
                && entry
                    .commit
                    .as_ref()
                    .is_none_or(|commit| finding.commit.as_ref() == Some(commit))
        })
    }
}

fn entry(line: &str) -> Option<Entry> {
    let (rest, number) = line.rsplit_once(':')?;
    let (rest, rule) = rest.rsplit_once(':')?;
    let is_id = |text: &str| {
        matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let (commit, path) = match rest.split_once(':') {
        Some((commit, path)) if is_id(commit) => (Some(commit.to_owned()), path),
        _ => (None, rest),
    };
    let is_whole = !path.is_empty() && !rule.is_empty();
    is_whole
        .then(|| {
            Some(Entry {
                commit,
                path: path.to_owned(),
                rule: rule.to_owned(),
                line: number.parse().ok()?,
            })
        })
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_an_entry_are_read_and_others_are_refused() {
        let commit = "0123456789".repeat(4);
        let read = GitleaksIgnore::parse(&format!(
            "# why\n\na b/c.env:generic-api-key:7\n{commit}:d:e:x:9\n"
        ))
        .unwrap();
        let places: Vec<_> = read
            .0
            .iter()
            .map(|entry| (entry.commit.is_some(), entry.path.as_str(), entry.line))
            .collect();
        assert_eq!(places, [(false, "a b/c.env", 7), (true, "d:e", 9)]);
        for wrong in ["a.env", "a.env:rule", "a.env:rule:x", ":rule:1"] {
            assert!(GitleaksIgnore::parse(wrong).is_err(), "{wrong}");
        }
    }
}
