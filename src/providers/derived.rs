//! The parts of a value that a destination can hold instead of the whole, as the provider file
//! declares them.

use super::driver::Driver;
use super::model::{Derive, Kind};
use super::problems;
use crate::domain::{Problem, Secret};
use crate::net::auth;

impl Driver<'_> {
    /// One part of a value, masked.
    ///
    /// # Errors
    /// `ConfigUnknownPart` for a part that this kind of token does not have, or this value lacks.
    pub fn part(&self, value: &Secret, name: &str) -> Result<Secret, Problem> {
        let kind = self.kind_of(value).or(self.spec.tokens.first());
        let credential = self.own(value);
        let lacks = |group: &str| problems::part_missing(self.spec, name, group);
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
                return Err(problems::unknown_part(self.spec, name, &known));
            }
        };
        self.masker.mask(&part);
        Ok(part)
    }
}
