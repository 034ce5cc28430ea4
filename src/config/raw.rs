//! The config as it is written: its serde model, and so the schema that editors use. Contains no
//! defaults. People read its doc comments in their editor.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::model::OnTimeout;
use super::sources::ConfigVersion;
use super::string_types::{
    EnvironmentText, GitRef, GithubTarget, InsidePath, LabelText, Line, Login, ProviderKey,
    Reminder, RepositoryText, SecretText, SpanOrNever, TokenKey, ValueSource, Word,
};
use crate::domain::{AllowComments, Span, Store, VisibilityRule};

/// The provider API tokens that tokenward manages, and where their values go
/// (`.github/tokenward.yml`).
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(title = "tokenward config")]
pub(crate) struct RawConfig {
    /// The format of this file: 1.
    #[expect(dead_code, reason = "read for its check only")]
    pub(crate) version: ConfigVersion,
    /// Defaults for all tokens.
    #[serde(default)]
    pub(crate) defaults: RawDefaults,
    /// The tokens, each under a name of your choice.
    #[serde(default)]
    #[schemars(schema_with = "tokens")]
    pub(crate) tokens: BTreeMap<TokenKey, RawToken>,
    /// What `tokenward scan` excludes.
    #[serde(default)]
    pub(crate) scan: RawScan,
    /// Provider files of your own providers, in the same format as the built-in ones; paths from
    /// the repository's root.
    #[serde(default)]
    pub(crate) providers: Vec<InsidePath>,
    /// Where the journal is stored: the state of every rotation. Default: `refs/tokenward/journal`
    /// in the primary repository.
    #[serde(default)]
    pub(crate) journal: Option<RawJournal>,
}

/// Defaults for all tokens.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "Defaults")]
pub(crate) struct RawDefaults {
    /// How often a new value is issued. Default: `30d`; `never` for tokens that are rotated only on
    /// request.
    #[serde(default)]
    #[schemars(extend("default" = "30d"))]
    pub(crate) rotate_every: Option<SpanOrNever>,
    /// How long the old value stays valid after every destination has the new one: a
    /// duration, or a mapping of conditions.
    #[serde(default)]
    #[schemars(example = "24h")]
    pub(crate) grace: Option<RawGrace>,
    /// How long before its expiry a token is reported. Default: `7d`.
    #[serde(default)]
    #[schemars(example = "7d", extend("default" = "7d"))]
    pub(crate) warn_before: Option<Span>,
    /// The age at which a token is reported as too old. Default: `90d`; `never` for no limit.
    #[serde(default)]
    #[schemars(extend("default" = "90d"))]
    pub(crate) max_age: Option<SpanOrNever>,
    /// How people are asked to do manual steps: the assignees and labels, and how often a
    /// comment reminds them.
    #[serde(default)]
    pub(crate) ask: Option<RawAsk>,
}

/// One token: its provider, the source of its value, and its destinations.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "Token")]
pub(crate) struct RawToken {
    /// The provider that issues it, as `tokenward providers` lists them.
    pub(crate) provider: ProviderKey,
    /// The variable that holds the current value: `env:NAME`. Never the value itself.
    pub(crate) value: ValueSource,
    /// The variable that holds the credential that issues and revokes keys. Without it the token
    /// manages itself, if the provider allows that.
    #[serde(default)]
    pub(crate) manager: Option<ValueSource>,
    /// The token's permissions, in the provider's words. Without it, a new key gets those of the
    /// token in use.
    #[serde(default)]
    #[schemars(length(min = 1), example = ["mail.send"])]
    pub(crate) scopes: Option<Vec<Line>>,
    /// The provider's region, if it has several.
    #[serde(default)]
    pub(crate) region: Option<Word>,
    /// Further parameters that the provider file requires.
    #[serde(default)]
    pub(crate) with: BTreeMap<String, Line>,
    /// How often a new value is issued, or `never`.
    #[serde(default)]
    pub(crate) rotate_every: Option<SpanOrNever>,
    /// How long the old value stays valid after every destination has the new one: a
    /// duration, or a mapping of conditions.
    #[serde(default)]
    #[schemars(example = "24h")]
    pub(crate) grace: Option<RawGrace>,
    /// How long before its expiry the token is reported.
    #[serde(default)]
    #[schemars(example = "7d")]
    pub(crate) warn_before: Option<Span>,
    /// The age at which the token is reported as too old, or `never`.
    #[serde(default)]
    pub(crate) max_age: Option<SpanOrNever>,
    /// How people are asked to do manual steps: the assignees and labels, and how often a
    /// comment reminds them. Replaces all of the defaults' `ask`.
    #[serde(default)]
    pub(crate) ask: Option<RawAsk>,
    /// Tokens of one group are rotated one after the other: the next rotation starts when the
    /// previous one has finished, including its grace period.
    #[serde(default)]
    #[schemars(example = "web-shop")]
    pub(crate) stagger: Option<Word>,
    /// The secrets that hold the value. The first one is the primary destination: an Actions secret
    /// of a repository or an environment.
    #[schemars(length(min = 1), example = destinations())]
    pub(crate) destinations: Vec<RawDestination>,
}

/// How people are asked to do manual steps, in an issue of the primary repository.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "Ask")]
pub(crate) struct RawAsk {
    /// Who is assigned to the issue when it is opened: people with write access to the repository.
    #[serde(default)]
    #[schemars(length(max = 10), example = ["octocat"])]
    pub(crate) assignees: Vec<Login>,
    /// The labels.
    #[serde(default)]
    #[schemars(example = ["security"])]
    pub(crate) labels: Vec<LabelText>,
    /// How often a comment reminds people of an open issue. Default: never.
    #[serde(default)]
    #[schemars(example = "3d")]
    pub(crate) remind: Option<Reminder>,
}

/// When an old value is revoked.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Grace")]
pub(crate) enum RawGrace {
    /// For this long after the last destination got the new value; `0s` means no wait.
    Time(Span),
    /// Until all of these conditions hold.
    Waits(RawWaits),
}

/// Conditions for revoking an old value; all of them must hold.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "GraceWaits")]
pub(crate) struct RawWaits {
    /// For this long after the last destination got the new value. Default: `24h`, or `6h` if only
    /// environments hold it; `0s` means no wait.
    #[serde(default)]
    #[schemars(example = "24h")]
    pub(crate) time: Option<Span>,
    /// When every workflow run that was created before the last destination was written has
    /// finished.
    #[serde(default)]
    pub(crate) drain: Option<RawDrain>,
    /// When the provider reports that the old key was unused for this long; only if its list of
    /// keys shows that.
    #[serde(default)]
    #[schemars(example = "2h")]
    pub(crate) last_used: Option<Span>,
    /// When a run of each of these repositories has confirmed that it received a newer value
    /// (`tokenward confirm`). Each must receive the whole value.
    #[serde(default)]
    #[schemars(example = ["acme/shop"])]
    pub(crate) confirmed_by: Vec<RepositoryText>,
}

/// How long to wait for workflow runs that may still hold the old value.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "Drain")]
pub(crate) struct RawDrain {
    /// The longest wait. A run can wait 30 days for an approval.
    #[schemars(example = "7d")]
    pub(crate) max_wait: Span,
    /// What happens after that: `hold` keeps waiting, `fail` keeps waiting and fails the run,
    /// `revoke` revokes the old value. Default: `hold`.
    #[serde(default)]
    pub(crate) on_timeout: OnTimeout,
}

/// One secret that holds the value.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "Destination")]
pub(crate) struct RawDestination {
    /// The repository (`owner/repo`) or the organization (`owner`).
    pub(crate) github: GithubTarget,
    /// The secret's name.
    pub(crate) secret: SecretText,
    /// The deployment environment, for a secret of one; repositories only.
    #[serde(default)]
    pub(crate) environment: Option<EnvironmentText>,
    /// Which of a repository's stores. Default: `actions`.
    #[serde(default)]
    pub(crate) store: Option<Store>,
    /// The part of the value that it holds, such as `access-token`, by its name in the provider
    /// file. Without it, the whole value. The primary destination always holds the whole value.
    #[serde(default)]
    #[schemars(example = "access-token")]
    pub(crate) part: Option<Word>,
    /// Who can read an organization secret afterwards. Default: `preserve`.
    #[serde(default)]
    pub(crate) visibility: Option<VisibilityRule>,
    /// Whether a rotation may create the secret. Default: `false`, so that a misspelled name is an
    /// error. Not allowed for the primary destination.
    #[serde(default)]
    pub(crate) create: bool,
}

/// What `tokenward scan` excludes.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "Scan")]
pub(crate) struct RawScan {
    /// The file of accepted findings, from the repository's root.
    #[serde(default)]
    pub(crate) baseline: Option<InsidePath>,
    /// Files with rules of your own; paths from the repository's root.
    #[serde(default)]
    pub(crate) rules: Vec<InsidePath>,
    /// Patterns of paths that are not scanned, as in `.gitignore`.
    #[serde(default)]
    pub(crate) ignore: Vec<Line>,
    /// Which `tokenward:allow` comments count: `merged` ones (the default), also those that a pull
    /// request `proposed`, or `never` any.
    #[serde(default)]
    pub(crate) allow_comments: AllowComments,
}

/// Where the journal is stored: the state of every rotation.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "Journal")]
pub(crate) enum RawJournal {
    /// A git ref in the primary repository.
    GitRef(GitRef),
    /// A file, from the repository's root.
    File(InsidePath),
}

fn tokens(generator: &mut SchemaGenerator) -> Schema {
    let (name, token) =
        (generator.subschema_for::<TokenKey>(), generator.subschema_for::<RawToken>());
    json_schema!({"type": "object", "propertyNames": name, "additionalProperties": token})
}

fn destinations() -> serde_json::Value {
    serde_json::json!([{"github": "acme/site", "secret": "SENDGRID_API_KEY"}])
}
