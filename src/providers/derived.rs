//! The parts of a value that a destination may hold in its place, as the provider file declares
//! them.

use super::driver::Driver;
use super::model::{Derive, Kind};
use crate::domain::{Code, Problem, Secret, text::sanitize};
use crate::net::auth;

impl Driver<'_> {
    /// One part of a value, told to custody.
    ///
    /// # Errors
    /// [`Code::ConfigUnknownPart`] for a part that this kind of token has not got, or that this
    /// value lacks.
    pub fn part(&self, value: &Secret, name: &str) -> Result<Secret, Problem> {
        let kind = self.kind_of(value).or(self.spec.tokens.first());
        let credential = self.own(value);
        let lacks = |group: &str| {
            Problem::new(
                Code::ConfigUnknownPart,
                format!("the value has no part `{}`", sanitize(name)),
            )
            .cause(format!(
                "it is not of the form that {} gives: `{group}` is not in it",
                self.spec.name
            ))
        };
        let is_oauth = self.spec.rotation_of(kind.map(|kind| kind.id.as_str())).kind == Kind::Oauth;
        let part = match (kind.and_then(|kind| kind.parts.get(name)), name) {
            (Some(part), _) => {
                let group = credential.part(&part.from).ok_or_else(|| lacks(&part.from))?;
                match part.derive {
                    None => group,
                    Some(Derive::SesSmtpPassword) => {
                        auth::ses_smtp_password(&group, &self.region.id)
                    }
                }
            }
            (None, "access-token") if is_oauth => {
                credential.part("access").ok_or_else(|| lacks("access"))?
            }
            (None, "refresh-token") if is_oauth => {
                credential.part("refresh").ok_or_else(|| lacks("refresh"))?
            }
            (None, _) => {
                let known = self.spec.parts_of(kind.map(|kind| kind.id.as_str()));
                let problem = Problem::new(
                    Code::ConfigUnknownPart,
                    format!("{} has no part `{}`", self.spec.name, sanitize(name)),
                );
                let hint = if known.is_empty() {
                    "leave `holds` out: its values have no parts".to_owned()
                } else {
                    format!("one of: {}", known.join(", "))
                };
                return Err(problem.hint(hint));
            }
        };
        self.masker.mask(&part);
        Ok(part)
    }
}
