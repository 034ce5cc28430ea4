//! A file of the user's own rules for the leak check (`scan.rules`). Only the model: the caller
//! compiles the rules.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A file of rules for the leak check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RulesFile {
    /// The rules.
    pub rules: Vec<CustomRule>,
}

/// One kind of secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CustomRule {
    /// Its id: lower-case letters, digits and `-`. Reports name its findings `custom/ID`.
    #[schemars(example = "acme-deploy-key")]
    pub id: String,
    /// What it finds, for people.
    #[schemars(example = "deploy key")]
    pub name: String,
    /// Who issues it, for people.
    #[schemars(example = &"Acme")]
    pub provider: String,
    /// A regular expression of the whole value, without anchors.
    #[schemars(example = "acme_[a-z0-9]{32}")]
    pub regex: String,
    /// Words, one of which must be nearby, because the value alone could be anything.
    #[serde(default)]
    pub words: Vec<String>,
    /// Patterns of the paths where it counts, as in `.gitignore`. Default: everywhere.
    #[serde(default)]
    pub paths: Vec<String>,
    /// How to revoke it: a link, or a sentence. Default: where it was issued.
    #[serde(default)]
    pub revoke: Option<String>,
    /// Texts in which the rule must find a value; `{{w:32}}` stands for 32 random characters.
    pub samples: Vec<String>,
    /// Texts in which it must find none.
    #[serde(default)]
    pub not: Vec<String>,
}
