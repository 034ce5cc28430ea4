//! A response's body, parsed once, and the queries of a provider file.

use serde_json::Value;

use super::model::{ResponseMatcher, Spec};
use super::xml;
use crate::net::Answer;

/// A response's status and its body, as far as it can be parsed.
pub(super) struct Reply<'a> {
    pub(super) answer: &'a Answer,
    pub(super) json: Option<Value>,
}

impl<'a> Reply<'a> {
    pub(super) fn of(answer: &'a Answer) -> Self {
        Self { answer, json: answer.json().or_else(|| xml::tree(answer)) }
    }

    pub(super) fn status(&self) -> u16 {
        self.answer.status
    }

    pub(super) fn is_success(&self) -> bool {
        (200..=299).contains(&self.answer.status)
    }

    /// Whether there is a body that is not JSON: a proxy's web page, or a truncated response.
    pub(super) fn is_foreign(&self) -> bool {
        self.json.is_none() && !self.answer.body.is_empty()
    }

    pub(super) fn fits(&self, when: &ResponseMatcher) -> bool {
        when.fits(self.answer.status, self.json.as_ref(), &self.answer.body)
    }

    /// The provider's error message: the first text in the fields that its file declares. Not yet
    /// safe to show.
    pub(super) fn message(&self, spec: &Spec) -> Option<String> {
        let json = self.json.as_ref()?;
        let own = spec.errors.iter().map(String::as_str);
        let usual = USUAL.iter().copied().filter(|_| spec.errors.is_empty());
        let text = own.chain(usual).find_map(|place| {
            json.pointer(place)?.as_str().filter(|text| !text.trim().is_empty())
        })?;
        Some(text.to_owned())
    }
}

/// Where providers usually put their error message, for a file that does not say.
const USUAL: [&str; 14] = [
    "/message",
    "/errors/0/message",
    "/errors/0/detail",
    "/error/message",
    "/error_description",
    "/detail",
    "/errors/0",
    "/error",
    "/Message",
    "/Error",
    "/ErrorMessage",
    "/data/error",
    "/ErrorResponse/Error/Message",
    "/title",
];
