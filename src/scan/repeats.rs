//! Merges the findings of the same value in the same file into one: a person replaces a value
//! once, however often a file has it.

use std::collections::HashMap;

use crate::domain::{Finding, FindingPlace};

/// Further places that a finding lists; the rest are only counted.
const MOST: usize = 3;

/// Keeps the oldest place of each value and file as the finding, or the first one if no commit
/// tells its age, and adds the others to it. Suppressions that do not count stay visible: places
/// with another reason stay apart.
pub(crate) fn fold(findings: &mut Vec<Finding>) {
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    let mut known = HashMap::new();
    for finding in findings.drain(..) {
        let refused = finding.allowed.as_ref().map(|allowed| (allowed.by, allowed.refused));
        let key = (
            finding.path.clone(),
            finding.rule.clone(),
            finding.fingerprint.to_string(),
            refused.map(|word| format!("{word:?}")),
        );
        match known.get(&key).and_then(|at: &usize| kept.get_mut(*at)) {
            Some(first) => add(first, finding),
            None => {
                known.insert(key, kept.len());
                kept.push(finding);
            }
        }
    }
    *findings = kept;
}

/// Adds another place of a finding's value.
fn add(first: &mut Finding, mut other: Finding) {
    let is_older = other.date.is_some_and(|date| first.date.is_none_or(|known| date < known));
    if is_older {
        std::mem::swap(first, &mut other);
        first.count = other.count;
        first.also = std::mem::take(&mut other.also);
    }
    first.count += 1;
    let place = FindingPlace { line: other.line, column: other.column, commit: other.commit };
    first.also.push(place);
    first.also.sort();
    first.also.truncate(MOST);
}

#[cfg(test)]
mod tests {
    use crate::scan::tests::support::{Folder, options, rules, sendgrid};
    use crate::scan::{Ignore, Source, scan};

    #[test]
    fn one_value_is_one_finding_in_a_file_and_another_in_the_next() {
        let folder = Folder::new();
        let (one, other) = (sendgrid(1), sendgrid(2));
        folder.write("a", format!("K={one}\n").repeat(6) + &format!("K={other}\n"));
        folder.write("b", format!("K={one}\n"));
        let source = Source::Tree { roots: vec![folder.0.clone()] };
        let report = scan(&source, &options(&rules(), &folder.0, &Ignore::nothing()), &|_| {});
        let told: Vec<_> = report
            .findings
            .iter()
            .map(|finding| (finding.path.as_str(), finding.line, finding.count))
            .collect();
        assert_eq!(told, [("a", 1, 6), ("a", 7, 1), ("b", 1, 1)]);
        let also: Vec<u64> = report.findings[0].also.iter().map(|place| place.line).collect();
        assert_eq!(also, [2, 3, 4]);
    }
}
