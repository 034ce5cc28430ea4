//! The sum: all that is known of a candidate is added up, and one number decides, for the kinds of
//! the provider files as for values that only their name tells of.
//!
//! * A sign counts where it is about the value: in it, in the name it is assigned to, in the sign
//!   or the code around it. Words near it weigh a little, and never decide alone.
//! * More of what speaks for a value never makes it weaker: there is no sign that another one
//!   turns around. A provider's name in the name of a value says whose it is, and weighs nothing.
//! * What is no value at all is no question of weight and is left out before: a placeholder of the
//!   whole value, what is encrypted where it stands (`sealed`), and what is public by nature or a
//!   hash of a public thing (`public`).
//! * The weights were fitted on labeled values and on other people's code, and rounded to whole
//!   numbers: half a unit of the logarithm of the odds each.

use crate::scan::types::Signs;

/// So much has to speak for a value more than against it.
pub(super) const NEEDED: i32 = 5;

/// Declares the signs: what each weighs, and how it is told.
macro_rules! signs {
    ($($sign:ident $weight:tt $words:literal,)*) => {
        /// Something that speaks for a value, or against it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Sign { $($sign),* }
        const ALL: &[(Sign, i32, &str)] = &[$((Sign::$sign, $weight, $words)),*];
    };
}

signs! {
    OwnForm 8 "its form is one provider's own",
    Form 2 "it has a provider's form",
    Checksum 8 "its checksum is right",
    WordInName 3 "its name has the provider's word",
    WordClose 3 "the provider's word is right next to it",
    WordFar 1 "the provider's word is nearby",
    SecretName 4 "its name says that it is a secret",
    BareKey (-6) "its name is just `key`",
    PasswordName 3 "its name says that it is a password",
    Scheme 3 "a scheme such as `Bearer` introduces it",
    Long 2 "it has at least 32 characters",
    VeryRandom 2 "it looks very random",
    Random 2 "it looks random",
    MixedPassword 4 "it mixes letters, digits and signs, as a password does",
    PlainPassword (-8) "it is a placeholder word for a password",
    IdName (-8) "its name says that it is an id, a hash, a version or something public",
    OtherName (-4) "its name does not say that it is a secret",
    HashLength (-2) "it is hex of a hash's length",
    TimeUuid (-6) "it is a UUID made from a time and a machine, not a random one",
    Short (-2) "it has fewer than 20 characters",
    Shorter (-2) "it has fewer than 16 characters",
    Shortest (-3) "it has fewer than 10 characters",
    NotRandom (-2) "it does not look random",
    LikeWords (-4) "it looks like words",
    Words (-6) "it is words, or names joined together",
    OneSort (-3) "its letters are all in one case, and it has no digit",
    NoDigit (-2) "it has no digit",
    Keyboard (-6) "it looks typed at random on a keyboard",
    SaysWords (-6) "it is words in base64",
    Code (-10) "it is code",
    Reference (-8) "it refers to something else",
    Bare (-6) "only a space or a comma separates it from its name",
    Hashed (-6) "it is the result of a hash or a signature",
    Path (-8) "it is part of an address or of a file name",
    Malformed (-6) "it begins like a provider's values, but does not have their form",
    ExampleBeside (-2) "a documented example is next to it",
}

impl Signs {
    pub(super) fn add(&mut self, sign: Sign) {
        self.0 |= 1 << (sign as u64);
    }

    pub(super) fn add_if(&mut self, is: bool, sign: Sign) {
        if is {
            self.add(sign);
        }
    }

    fn each(self) -> impl Iterator<Item = &'static (Sign, i32, &'static str)> {
        ALL.iter().filter(move |(sign, ..)| self.0 >> (*sign as u64) & 1 == 1)
    }

    /// What speaks for it, less what speaks against it.
    pub(super) fn sum(self) -> i32 {
        self.each().map(|(_, weight, _)| weight).sum()
    }

    /// Whether enough speaks for it.
    pub(super) fn is_enough(self) -> bool {
        self.sum() >= NEEDED
    }

    /// The sum for people: what weighs most first.
    pub(super) fn in_words(self) -> String {
        let mut all: Vec<_> = self.each().collect();
        all.sort_by_key(|(_, weight, _)| std::cmp::Reverse(weight.abs()));
        let told: Vec<String> =
            all.iter().map(|(_, weight, words)| format!("{weight:+} {words}")).collect();
        format!("not enough evidence ({} of {NEEDED}): {}", self.sum(), told.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_has_a_bit_of_its_own() {
        let mut all = Signs::default();
        ALL.iter().for_each(|(sign, ..)| all.add(*sign));
        assert!(ALL.len() <= 64);
        assert_eq!(all.each().count(), ALL.len());
    }

    #[test]
    fn the_sum_is_told_with_what_weighs_most_first() {
        let mut signs = Signs::default();
        signs.add(Sign::SecretName);
        signs.add(Sign::Words);
        assert!(!signs.is_enough());
        assert_eq!(
            signs.in_words(),
            "not enough evidence (-2 of 5): -6 it is words, or names joined together, +4 its name says that it is a secret"
        );
    }
}
