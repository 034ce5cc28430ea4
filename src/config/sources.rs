//! Where a value comes from (`env:NAME`), and which format a config is written in.
//! Never quotes what stands at `value:`: it may be the value itself.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::read::is_dense;
use super::string_types::Refused;
use crate::domain::Code;

/// The name of an environment variable that holds a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvName(String);

impl EnvName {
    /// Reads a name: letters, digits and `_`, no digit first.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_name = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        (is_name && text.len() <= 255).then(|| Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EnvName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

pub(crate) fn env(text: &str) -> Result<EnvName, Refused> {
    if let Some(name) = text.strip_prefix("env:").and_then(EnvName::parse) {
        // Many tokens consist of letters and digits, so they could be the name of a variable, but
        // nobody gives a variable such a name.
        if name.as_str() == "TOKENWARD_JOURNAL_KEY" {
            let hint = "write the name of the variable that holds the token".to_owned();
            return Err(Refused::new(
                Code::ConfigBadValueSource,
                "this variable holds the key that signs the journal, which is not a provider's token",
                hint,
            ));
        }
        let is_value =
            is_dense(name.as_str()) && name.as_str().contains(|c: char| c.is_ascii_lowercase());
        if !is_value {
            return Ok(name);
        }
    }
    let message = if text.starts_with("env:") {
        "the text after `env:` is not the name of a variable"
    } else {
        "the config must name a variable, not contain the value"
    };
    let hint = match variable(text.trim()) {
        Some(name) => {
            format!("write `env:{name}`, and set the variable {name} in the workflow step")
        }
        None => "write `env:NAME`, and set the variable NAME in the workflow step".to_owned(),
    };
    Err(Refused::new(Code::ConfigBadValueSource, message, hint))
}

/// The name in `${{ secrets.NAME }}`, `${NAME}` or `$NAME`. A bare name could be the value, so it
/// is ignored.
fn variable(text: &str) -> Option<&str> {
    let expression = text
        .strip_prefix("${{")
        .and_then(|rest| rest.strip_suffix("}}"))
        .and_then(|path| path.trim().split_once('.'));
    let shell = || {
        text.strip_prefix("${")
            .and_then(|rest| rest.strip_suffix('}'))
            .or_else(|| text.strip_prefix('$'))
    };
    let name = match expression {
        Some(("secrets" | "env" | "vars", name)) => Some(name),
        _ => shell(),
    };
    name.filter(|name| EnvName::parse(name).is_some() && !is_dense(name))
}

/// Whether the text at `value:` names a variable and may be shown.
pub(crate) fn is_safe(text: &str) -> bool {
    env(text).is_ok() && !is_dense(text)
}

/// The only format version.
pub(crate) struct ConfigVersion;

pub(crate) fn version(text: &str) -> Result<(), Refused> {
    if text == "1" {
        return Ok(());
    }
    let is_later = text.parse::<u32>().is_ok_and(|number| number > 1);
    let hint = if is_later {
        "install a newer tokenward, or write `version: 1`"
    } else {
        "write `version: 1`"
    };
    Err(Refused::new(Code::ConfigVersion, "this tokenward supports only version 1", hint))
}

impl<'de> Deserialize<'de> for ConfigVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            1 => Ok(Self),
            _ => Err(de::Error::custom("this tokenward supports only version 1")),
        }
    }
}

impl JsonSchema for ConfigVersion {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ConfigVersion".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "const": 1, "description": "The format of this file: 1."})
    }
}
