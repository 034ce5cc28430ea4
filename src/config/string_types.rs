//! The forms of short texts in the config: each reads one kind of text, or says what is wrong with
//! it and what to write. One table serves the schema, the deserializer and the checker. Nothing
//! here knows where a text stands.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::EnvName;
use super::names::{self, Target};
use super::{paths, sources, times};
use crate::domain::{Code, ProviderId, Repo, SecretName, Span, TokenName};

/// Why a text is not of a form.
pub(crate) struct Refused {
    pub(crate) code: Code,
    /// What is wrong, as a sentence fragment. Quotes the text only through `redact::quote`.
    pub(crate) message: String,
    /// What to write instead.
    pub(crate) hint: String,
}

impl Refused {
    pub(crate) fn new(code: Code, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: hint.into() }
    }
}

macro_rules! forms {
    ($($(#[doc = $text:literal])* $name:ident($value:ty) $pattern:literal $example:literal $read:path;)+) => {
        $(
            $(#[doc = $text])*
            #[derive(PartialEq, Eq, PartialOrd, Ord)]
            pub(crate) struct $name(pub(crate) $value);

            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let text = String::deserialize(deserializer)?;
                    $read(&text).map(Self).map_err(|refused| de::Error::custom(refused.message))
                }
            }

            impl JsonSchema for $name {
                fn schema_name() -> std::borrow::Cow<'static, str> {
                    stringify!($name).into()
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    let description = concat!($($text),*).trim();
                    json_schema!({"type": "string", "pattern": $pattern, "description": description, "examples": [$example]})
                }
            }
        )+

        /// Whether a type name is one of a form.
        pub(crate) fn is_form(name: &str) -> bool {
            matches!(name, $(stringify!($name))|+ | "Span" | "ConfigVersion")
        }

        /// Why a text is not of the form with this type name. `None` where it is, or where there is
        /// no such form.
        pub(crate) fn refusal(name: &str, text: &str) -> Option<Refused> {
            match name {
                $(stringify!($name) => $read(text).err(),)+
                "Span" => times::span(text).err(),
                "ConfigVersion" => sources::version(text).err(),
                _ => None,
            }
        }
    };
}

forms! {
    /// A token's name: lowercase letters, digits, `-` and `_`.
    TokenKey(TokenName) "^[a-z0-9][a-z0-9_-]{0,62}$" "sendgrid-transactional" names::token;
    /// A provider's id, as `tokenward providers` lists them.
    ProviderKey(ProviderId) "^[a-z0-9][a-z0-9-]{0,62}$" "sendgrid" names::provider;
    /// A repository (`owner/repo`) or an organization (`owner`).
    GithubTarget(Target) "^[A-Za-z0-9_][A-Za-z0-9_-]{0,38}(/[A-Za-z0-9_.-]{1,100})?$" "acme/site" names::target;
    /// A repository: `owner/repo`.
    RepositoryText(Repo) "^[A-Za-z0-9_][A-Za-z0-9_-]{0,38}/[A-Za-z0-9_.-]{1,100}$" "acme/shop" names::repository;
    /// A secret's name: letters, digits and `_`, not beginning with a digit or `GITHUB_`.
    SecretText(SecretName) "^(?![Gg][Ii][Tt][Hh][Uu][Bb]_)[A-Za-z_][A-Za-z0-9_]*$" "SENDGRID_API_KEY" names::secret;
    /// The name of a deployment environment, as people write it.
    EnvironmentText(String) "^.{1,255}$" "production" names::environment;
    /// Where this run finds a value: `env:` and the name of an environment variable. Never the
    /// value itself.
    ValueSource(EnvName) "^env:[A-Za-z_][A-Za-z0-9_]*$" "env:SENDGRID_API_KEY" sources::env;
    /// One word that a provider knows, such as a region.
    Word(String) "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" "eu" names::word;
    /// One line of text.
    Line(String) "^.{1,1000}$" "mail.send" names::line;
    /// A whole number and a unit (`30d`, `24h`), or `never`.
    SpanOrNever(Option<Span>) "^([0-9]+[smhdw]|never)$" "30d" times::span_or_never;
    /// The login of a person at GitHub.
    Login(String) "^[A-Za-z0-9_][A-Za-z0-9_-]{0,38}$" "octocat" names::login;
    /// The name of a label, at most 50 characters.
    LabelText(String) "^.{1,50}$" "security" names::label;
    /// How often people are reminded: an hour or more.
    Reminder(Span) "^[0-9]+[smhdw]$" "3d" times::reminder;
    /// A path inside the repository, with `/` between its parts, from the repository's root.
    InsidePath(String) "^[^/\\\\].*$" ".github/tokenward/inhouse.yaml" paths::inside;
    /// A git ref: `refs/`, a folder and a name, such as `refs/tokenward/journal`.
    GitRef(String) "^refs/[^/]+/.+$" "refs/tokenward/journal" paths::git_ref;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_of_its_form() {
        for (name, example) in [
            ("TokenKey", "sendgrid-transactional"),
            ("GithubTarget", "acme"),
            ("RepositoryText", "acme/shop"),
            ("ValueSource", "env:A_1"),
            ("SpanOrNever", "never"),
            ("InsidePath", "a/b"),
            ("GitRef", "refs/tokenward/journal"),
            ("Span", "0s"),
        ] {
            assert!(refusal(name, example).is_none(), "{name}");
            assert!(refusal(name, "").is_some(), "{name}");
        }
    }
}
