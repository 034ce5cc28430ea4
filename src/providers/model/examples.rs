//! Expands an example such as `key-{hex:32}` into a text of that form, so that none has to be
//! written down. The texts are made from a seed: the same each time, and no real token.

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &str = "0123456789";

/// The longest run of random characters, in characters.
const LONGEST: usize = 2_000;
/// The alphabets, by the names that examples use.
const ALPHABETS: [&str; 11] =
    ["hex", "HEX", "digit", "lower", "upper", "alnum", "w", "b32", "B32", "b58", "b64"];

/// The names of the alphabets, for a message.
fn names() -> String {
    ALPHABETS.map(|name| format!("`{name}`")).join(", ")
}

/// A text of the example's form.
///
/// # Errors
/// What is wrong with the example, as a sentence fragment.
pub fn expand(example: &str, seed: u64) -> Result<String, String> {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut text = String::new();
    let mut rest = example;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (inside, behind) = after.split_once('}').ok_or("has `{` without `}`")?;
        if inside == "uuid" {
            for (index, length) in [8, 4, 4, 4, 12].into_iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "-" });
                random.fill(&mut text, &alphabet("hex").unwrap_or_default(), length);
            }
        } else {
            let (kind, length) = inside
                .split_once(':')
                .ok_or_else(|| format!("has `{{{inside}}}` without a length"))?;
            let letters = alphabet(kind).ok_or_else(|| {
                format!("has `{{{inside}}}`; its alphabet must be one of {}", names())
            })?;
            let length =
                length.parse::<usize>().ok().filter(|length| (1..=LONGEST).contains(length));
            random.fill(
                &mut text,
                &letters,
                length.ok_or_else(|| {
                    format!("has `{{{inside}}}`; its length must be between 1 and {LONGEST}")
                })?,
            );
        }
        rest = behind;
    }
    Ok(text + rest)
}

/// What stands for the value in a sample.
pub const TOKEN: &str = "{{token}}";

/// A sample with the value in its place. `{{hex:32}}` and its like are other texts, made as in an
/// example; single braces stay.
///
/// # Errors
/// What is wrong with the sample, as a sentence fragment.
pub fn fill(sample: &str, value: &str, seed: u64) -> Result<String, String> {
    let (mut text, mut rest) = (String::new(), sample);
    while let Some((before, after)) = rest.split_once("{{") {
        let (inside, behind) = after.split_once("}}").ok_or("has `{{` without `}}`")?;
        text.push_str(before);
        match inside {
            "token" => text.push_str(value),
            form => text.push_str(&expand(&format!("{{{form}}}"), seed)?),
        }
        rest = behind;
    }
    Ok(text + rest)
}

fn alphabet(kind: &str) -> Option<Vec<u8>> {
    let letters = match kind {
        "hex" => format!("{DIGITS}abcdef"),
        "HEX" => format!("{DIGITS}ABCDEF"),
        "digit" => DIGITS.to_owned(),
        "lower" => format!("{DIGITS}{LOWER}"),
        "upper" => format!("{DIGITS}{UPPER}"),
        "alnum" => format!("{DIGITS}{LOWER}{UPPER}"),
        "w" => format!("{DIGITS}{LOWER}{UPPER}_-"),
        "b32" => format!("{LOWER}234567"),
        "B32" => format!("{UPPER}234567"),
        "b58" => format!("{DIGITS}{LOWER}{UPPER}").replace(['0', 'O', 'I', 'l'], ""),
        "b64" => format!("{DIGITS}{LOWER}{UPPER}+/"),
        _ => return None,
    };
    Some(letters.into_bytes())
}

/// A xorshift generator: enough to make examples look alike no other.
struct Random(u64);

impl Random {
    fn fill(&mut self, text: &mut String, letters: &[u8], length: usize) {
        for _ in 0..length {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            let index = usize::try_from(self.0 >> 33).unwrap_or_default() % letters.len().max(1);
            text.extend(letters.get(index).map(|letter| char::from(*letter)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_expanded_the_same_each_time() {
        let one = expand("key-{hex:32}.{w:4}{b58:3}{digit:2}", 1).unwrap();
        assert_eq!(one.len(), 4 + 32 + 1 + 4 + 3 + 2);
        assert_eq!(Ok(&one), expand("key-{hex:32}.{w:4}{b58:3}{digit:2}", 1).as_ref());
        assert_ne!(Ok(&one), expand("key-{hex:32}.{w:4}{b58:3}{digit:2}", 2).as_ref());
        assert_eq!(expand("{uuid}", 7).unwrap().len(), 36);
        assert_eq!(
            fill("f({ key: '{{token}}', id: '{{digit:2}}' })", "x", 1).unwrap().len(),
            "f({ key: 'x', id: '12' })".len()
        );
        for bad in ["{{", "{{tokens}}", "{{hex:0}}"] {
            assert!(fill(bad, "x", 1).is_err(), "{bad}");
        }
        for bad in ["{", "{hex}", "{hex:x}", "{hex:0}", "{klingon:3}"] {
            assert!(expand(bad, 1).is_err(), "{bad}");
        }
    }
}
