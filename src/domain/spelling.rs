//! The edit distance of two words, for "did you mean".

/// Words longer than this are not compared: no name is as long, and the time grows with both
/// lengths.
const LONGEST: usize = 256;

/// Edits between two words; two letters swapped count as one. Words that are too long count as far
/// apart.
#[must_use]
pub fn distance(left: &str, right: &str) -> usize {
    if left.len().max(right.len()) > LONGEST {
        return usize::MAX;
    }
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let width = right.len() + 1;
    let mut table: Vec<Vec<usize>> = (0..=left.len())
        .map(|row| (0..width).map(|column| if row == 0 { column } else { row }).collect())
        .collect();
    for (i, a) in left.iter().enumerate() {
        for (j, b) in right.iter().enumerate() {
            let mut best = (table[i][j + 1] + 1)
                .min(table[i + 1][j] + 1)
                .min(table[i][j] + usize::from(a != b));
            if i > 0 && j > 0 && left[i - 1] == *b && right[j - 1] == *a {
                best = best.min(table[i - 1][j - 1] + 1);
            }
            table[i + 1][j + 1] = best;
        }
    }
    table[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_more_or_swapped_is_one_edit() {
        assert_eq!(distance("SENDGRID_APIKEY", "SENDGRID_API_KEY"), 1);
        assert_eq!(distance("SENDGRID_API_KYE", "SENDGRID_API_KEY"), 1);
        assert_eq!(distance("A", "A"), 0);
        assert_eq!(distance(&"A".repeat(300), "A"), usize::MAX);
    }
}
