//! Where a value may really begin and end: a pattern with variable length also matches what is
//! appended to a token (`TOKEN-old`, `<!--TOKEN-->`).

use crate::domain::Secret;

/// More are not returned: each costs a request.
const MOST: usize = 3;
/// The longest text appended to a value, if only a separator shows it.
const GLUED: usize = 24;

/// The shorter values that one may contain: those of a usual length first, then those that end
/// before a separator. Only those that `is_one` accepts.
#[must_use]
pub fn ends(value: &Secret, usual: &[usize], is_one: &dyn Fn(&Secret) -> bool) -> Vec<Secret> {
    let text = value.expose();
    if usual.contains(&text.len()) {
        return Vec::new();
    }
    let of_usual = usual
        .iter()
        .filter(|length| **length < text.len())
        .flat_map(|length| [0..*length, text.len() - length..text.len()]);
    let marks = text
        .char_indices()
        .rev()
        .take(GLUED)
        .filter(|(_, mark)| !mark.is_ascii_alphanumeric())
        .map(|(at, _)| 0..at);
    let mut all: Vec<Secret> = Vec::new();
    for range in of_usual.chain(marks) {
        let Some(part) = text.get(range).filter(|part| !part.is_empty()) else { continue };
        let part = Secret::new(part.to_owned());
        if is_one(&part) && all.iter().all(|other| other.expose() != part.expose()) {
            all.push(part);
        }
        if all.len() == MOST {
            break;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shorter(value: &str, usual: &[usize]) -> Vec<String> {
        let is_one = |part: &Secret| part.len() >= 6;
        ends(&Secret::new(value.to_owned()), usual, &is_one)
            .iter()
            .map(|part| part.expose().to_owned())
            .collect()
    }

    #[test]
    fn what_is_glued_to_a_value_is_taken_off_and_a_usual_value_is_left_alone() {
        assert_eq!(shorter("ab-cdefg", &[8]), [""; 0]);
        assert_eq!(shorter("abcdefgh-old", &[8]), ["abcdefgh", "efgh-old"]);
        assert_eq!(shorter("abcdefgh--", &[]), ["abcdefgh-", "abcdefgh"]);
        assert_eq!(shorter("abcdefghijkl", &[]), [""; 0]);
    }
}
