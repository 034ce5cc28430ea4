//! The compiled rules, and the literals that show where to search. Knows no provider; the caller
//! passes the shapes of the provider files.

use std::sync::OnceLock;

use super::context_words::{AROUND, is_word};
use super::exact::Exact;
use super::gitleaks_rules::{Custom, GitleaksRules};
use super::prefilter::Prefilter;
use super::rule::Rule;
use super::services::Services;
use crate::domain::{ProviderId, TokenName};
use crate::scan::types::{Candidate, GENERIC, Known, MANAGED, Match, PASSWORD, RuleRef};

/// What a literal is of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LiteralRole {
    /// Its matches start here.
    Start(usize),
    /// Its matches have this inside.
    Inside(usize),
    /// A match may be near.
    Near(usize),
    /// Something that is called a secret may be near.
    Assigned,
    /// An address.
    Address,
    /// A flag that takes a user and a password.
    Credential,
    /// A byte that tokens are made of, written as an escape.
    Escape,
    /// A string literal ends, and may be joined to another.
    Joint,
    /// A value that is known to the letter ends here.
    Exact(usize),
}

/// What tells that something stands in another form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A byte that tokens are made of, written as an escape.
    Escape,
    /// A string literal ends, and may be joined to another.
    Joint,
}

/// Everything there is to look for.
#[derive(Debug)]
pub struct Rules {
    pub(crate) all: Vec<Rule>,
    pub(super) sieve: Prefilter,
    /// By literal of the sieve.
    pub(crate) uses: Vec<Vec<LiteralRole>>,
    /// By literal: how far around it anything may count. Known beforehand: it is asked for at every
    /// seam of every delta.
    pub(crate) reaches: Vec<usize>,
    /// By literal: which other form it tells of.
    pub(crate) forms: Vec<Option<Form>>,
    /// The literal that stands for all that are joints.
    pub(super) joint: Option<usize>,
    /// Rules with neither literal nor word, whose matches are long words.
    pub(super) long_words: Vec<usize>,
    /// Rules of which not even that is known, which read every byte.
    pub(crate) everywhere: Vec<usize>,
    /// Rules of another form, which read every byte as well.
    pub(crate) custom: Custom,
    /// Values that are known to the letter.
    pub(crate) exact: Vec<Exact>,
    /// Whose token a name says it is, when that is first asked.
    pub(super) services: OnceLock<Services>,
    /// How the values of the rules begin that have a beginning of their own, as well.
    pub(super) openings: OnceLock<Vec<Vec<u8>>>,
}

impl Rules {
    /// The token of the config whose value this is to the letter.
    pub(crate) fn token_of(&self, value: &[u8]) -> Option<&TokenName> {
        self.exact.iter().filter(|known| known.is(value)).find_map(|known| known.token.as_ref())
    }

    /// With rules of gitleaks' form beside these.
    #[must_use]
    pub fn and(self, more: GitleaksRules) -> Self {
        Self { custom: more.custom, ..self }
    }

    /// The id of a match's rule.
    #[must_use]
    pub fn id_of(&self, found: &Match) -> String {
        match found.rule {
            RuleRef::Shape(rule) => self.all[rule].id.clone(),
            RuleRef::Address => PASSWORD.to_owned(),
            RuleRef::Generic => GENERIC.to_owned(),
            RuleRef::Exact(known) => self.exact[known].rule().to_owned(),
            RuleRef::Custom(rule) => format!("gitleaks/{}", self.custom.id(rule)),
            RuleRef::Managed(_) => MANAGED.to_owned(),
        }
    }

    /// The provider of a match; `known` are the tokens that it was looked for with.
    pub(crate) fn provider_of(&self, found: &Match, known: &[Known<'_>]) -> ProviderId {
        match found.rule {
            RuleRef::Shape(rule) => self.named_or(found, self.all[rule].provider.as_str()),
            RuleRef::Address => self.named_or(found, "url"),
            RuleRef::Generic => self.named_or(found, "generic"),
            RuleRef::Exact(known) => self.exact[known].provider.clone(),
            RuleRef::Custom(_) => ProviderId::new("gitleaks"),
            RuleRef::Managed(number) => known[number].provider.clone(),
        }
    }

    /// The service that the text names, where it names one.
    fn named_or(&self, found: &Match, other: &str) -> ProviderId {
        let named = found.evidence.service.and_then(|number| self.services().id(number)).cloned();
        named.unwrap_or_else(|| ProviderId::new(other))
    }

    pub(super) fn services(&self) -> &Services {
        self.services.get_or_init(|| Services::new(&self.all))
    }

    /// The service that the name of a value names, where that is another one than a rule's: said
    /// for the forms that belong to nobody, and for beginnings that two providers share.
    pub(super) fn other_service(&self, rule: usize, name: &[u8]) -> Option<u16> {
        let own = self.services().in_name(name).filter(|own| !own.is_word)?;
        let id = self.services().id(own.number)?;
        let rule = &self.all[rule];
        let has = |word: &str| (0..name.len()).any(|at| is_word(name, at, word.as_bytes()));
        let is_other = *id != rule.provider
            && !has(rule.provider.as_str())
            && !rule
                .words
                .iter()
                .any(|word| has(word) && self.services().in_name(word.as_bytes()).is_some());
        is_other.then_some(own.number)
    }

    /// Whether a form says nothing of who issued it.
    pub(super) fn is_nobodys(&self, rule: usize) -> bool {
        let of = &self.all[rule];
        let opening = of.opening();
        matches!(of.provider.as_str(), "jwt" | "private-key" | "http-auth" | "url")
            || of.checksum.is_none()
                && opening.len() > 3
                && !of.is_weak()
                && self
                    .all
                    .iter()
                    .any(|other| other.provider != of.provider && other.opening() == opening)
    }

    /// Whether a value begins as a provider's do, whose beginning is nobody else's, or as this
    /// provider's do.
    pub(super) fn opens_as_known(&self, value: &[u8], provider: Option<&ProviderId>) -> bool {
        let all = self.openings.get_or_init(|| self.all.iter().map(Rule::opening).collect());
        all.iter().zip(&self.all).any(|(opening, rule)| {
            let is_own = provider == Some(&rule.provider) && opening.len() > 2;
            let is_signed = opening.len() > 3
                && !rule.is_weak()
                && opening.iter().any(|b| matches!(b, b'_' | b'-' | b'.'));
            (is_own || is_signed) && value.starts_with(opening)
        })
    }

    /// Whether every match has a candidate near it, so that nothing further away can matter.
    pub(crate) fn is_local(&self) -> bool {
        self.everywhere.is_empty() && self.custom.is_empty()
    }

    /// A rule that has nothing to be looked for, so that every byte would be read for it.
    #[must_use]
    pub fn unanchored(&self) -> Option<&str> {
        self.everywhere.first().map(|rule| self.all[*rule].id.as_str())
    }

    /// How far to either side of a candidate anything may decide what comes of it.
    pub(crate) fn reach(&self, candidate: Candidate) -> usize {
        candidate.literal().map_or(AROUND, |literal| self.reaches[literal])
    }

    /// Which other form it tells of, where it does.
    pub(crate) fn form(&self, candidate: Candidate) -> Option<Form> {
        candidate.literal().and_then(|literal| self.forms[literal])
    }
}
