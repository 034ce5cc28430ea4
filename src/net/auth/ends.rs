//! Where a value may really begin and end: a pattern that takes many lengths also takes in what
//! somebody glued to a token (`TOKEN-old`, `<!--TOKEN-->`).

use crate::domain::Secret;

/// More of them are not told of: each is a request.
const MOST: usize = 3;
/// What is glued to a value is no longer than this, where only a mark says that something is.
const GLUED: usize = 24;

/// The shorter values that one may be: those of a usual length first, then those that end before a
/// mark. Only what `is_one` takes for a value.
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
