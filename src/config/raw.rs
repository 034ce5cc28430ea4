//! The config as it is written: its serde model, and with it the schema editors use. Says nothing
//! about defaults or meaning. Its doc comments are what people read in their editor.

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

/// Which provider API tokens tokenward looks after, and where their values go
/// (`.github/tokenward.yml`).
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(title = "tokenward config")]
pub(crate) struct RawConfig {
    /// The format of this file: 1.
    #[expect(dead_code, reason = "read for its check only")]
    pub(crate) version: ConfigVersion,
    /// What holds for every token that does not say otherwise.
    #[serde(default)]
    pub(crate) defaults: RawDefaults,
    /// The tokens, each under a name of your choice.
    #[serde(default)]
    #[schemars(schema_with = "tokens")]
    pub(crate) tokens: BTreeMap<TokenKey, RawToken>,
    /// What `tokenward scan` leaves out.
    #[serde(default)]
    pub(crate) scan: RawScan,
    /// Provider files of your own providers, in the same format as the built-in ones; paths from
    /// the repository's root.
    #[serde(default)]
    pub(crate) providers: Vec<InsidePath>,
    /// Where the state of every rotation is kept; `refs/tokenward/journal` in the primary
    /// repository unless said otherwise.
    #[serde(default)]
    pub(crate) journal: Option<RawJournal>,
}

/// What holds for every token that does not say otherwise.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "Defaults")]
pub(crate) struct RawDefaults {
    /// How often a new value is issued: `30d` unless said otherwise; `never` for tokens that are
    /// rotated on request only.
    #[serde(default)]
    #[schemars(extend("default" = "30d"))]
    pub(crate) rotate_every: Option<SpanOrNever>,
    /// How long the old value stays valid after every destination has the new one: a length of
    /// time, or a mapping of what is waited for.
    #[serde(default)]
    #[schemars(example = "24h")]
    pub(crate) grace: Option<RawGrace>,
    /// How long before its expiry a token is reported: `7d` unless said otherwise.
    #[serde(default)]
    #[schemars(example = "7d", extend("default" = "7d"))]
    pub(crate) warn_before: Option<Span>,
    /// The age at which a token is reported: `90d` unless said otherwise; `never` for no limit.
    #[serde(default)]
    #[schemars(extend("default" = "90d"))]
    pub(crate) max_age: Option<SpanOrNever>,
    /// How a person is asked for what only a person can do: the assignees and labels, and
    /// how often a comment reminds them.
    #[serde(default)]
    pub(crate) ask: Option<RawAsk>,
}

/// One token: who issues it, where its value is found, where it goes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "Token")]
pub(crate) struct RawToken {
    /// The provider that issues it, as `tokenward providers` lists them.
    pub(crate) provider: ProviderKey,
    /// Where this run finds the current value: `env:NAME`. Never the value itself.
    pub(crate) value: ValueSource,
    /// Where this run finds the credential that may issue and revoke; without it the token manages
    /// itself, where the provider allows.
    #[serde(default)]
    pub(crate) manager: Option<ValueSource>,
    /// What the token may do, in the provider's words; without it the scopes of the token in use
    /// are kept.
    #[serde(default)]
    #[schemars(length(min = 1), example = ["mail.send"])]
    pub(crate) scopes: Option<Vec<Line>>,
    /// The provider's region, where it has several.
    #[serde(default)]
    pub(crate) region: Option<Word>,
    /// Further parameters that the provider file asks for.
    #[serde(default)]
    pub(crate) with: BTreeMap<String, Line>,
    /// How often a new value is issued, or `never`.
    #[serde(default)]
    pub(crate) rotate_every: Option<SpanOrNever>,
    /// How long the old value stays valid after every destination has the new one: a length of
    /// time, or a mapping of what is waited for.
    #[serde(default)]
    #[schemars(example = "24h")]
    pub(crate) grace: Option<RawGrace>,
    /// How long before its expiry the token is reported.
    #[serde(default)]
    #[schemars(example = "7d")]
    pub(crate) warn_before: Option<Span>,
    /// The age at which the token is reported, or `never`.
    #[serde(default)]
    pub(crate) max_age: Option<SpanOrNever>,
    /// How a person is asked for what only a person can do, in place of the whole of the defaults':
    /// the assignees and labels, and how often a comment reminds them.
    #[serde(default)]
    pub(crate) ask: Option<RawAsk>,
    /// Tokens of one group are not rotated at the same time: the next one is begun when the one
    /// before is over, its grace included.
    #[serde(default)]
    #[schemars(example = "web-shop")]
    pub(crate) stagger: Option<Word>,
    /// The secrets that hold the value. The first one is home: an Actions secret of a repository or
    /// of an environment.
    #[schemars(length(min = 1), example = destinations())]
    pub(crate) destinations: Vec<RawDestination>,
}

/// How a person is asked, in an issue of the primary repository.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "Ask")]
pub(crate) struct RawAsk {
    /// Who is assigned to the issue when it is opened: people who may write to the repository.
    #[serde(default)]
    #[schemars(length(max = 10), example = ["octocat"])]
    pub(crate) assignees: Vec<Login>,
    /// The labels it is given.
    #[serde(default)]
    #[schemars(example = ["security"])]
    pub(crate) labels: Vec<LabelText>,
    /// How often a comment reminds people while one of them is waited for; never unless said
    /// otherwise.
    #[serde(default)]
    #[schemars(example = "3d")]
    pub(crate) remind: Option<Reminder>,
}

/// What an old value waits for before it is revoked.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Grace")]
pub(crate) enum RawGrace {
    /// So long after the last destination had the new value; `0s` means it.
    Time(Span),
    /// Until all of these are so.
    Waits(RawWaits),
}

/// What an old value waits for; all of it has to be so.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "GraceWaits")]
pub(crate) struct RawWaits {
    /// So long after the last destination had the new value: `24h` unless said otherwise, `6h`
    /// where only environments hold it; `0s` means it.
    #[serde(default)]
    #[schemars(example = "24h")]
    pub(crate) time: Option<Span>,
    /// Until every workflow run that was created before the last destination was written is over.
    #[serde(default)]
    pub(crate) drain: Option<RawDrain>,
    /// Until the provider says that the old key was not used for so long; only where its list of
    /// keys tells.
    #[serde(default)]
    #[schemars(example = "2h")]
    pub(crate) last_used: Option<Span>,
    /// Until a run of each of these repositories left a mark that it was handed a later value
    /// (`tokenward confirm`). Each has to receive the whole value.
    #[serde(default)]
    #[schemars(example = ["acme/shop"])]
    pub(crate) confirmed_by: Vec<RepositoryText>,
}

/// How workflow runs that may still hold the old value are waited for.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "Drain")]
pub(crate) struct RawDrain {
    /// The longest wait: a run may wait 30 days for an approval.
    #[schemars(example = "7d")]
    pub(crate) max_wait: Span,
    /// What happens after that: `hold` waits on, `fail` waits on and fails the run, `revoke`
    /// revokes. `hold` unless said otherwise.
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
    /// Which of a repository's stores: `actions` unless said otherwise.
    #[serde(default)]
    pub(crate) store: Option<Store>,
    /// The part of the value it holds, such as `access-token`, by the name the provider file gives
    /// it; without it the whole. The primary destination always holds the whole.
    #[serde(default)]
    #[schemars(example = "access-token")]
    pub(crate) part: Option<Word>,
    /// Who may read an organization secret afterwards: `preserve` unless said otherwise.
    #[serde(default)]
    pub(crate) visibility: Option<VisibilityRule>,
    /// Whether a rotation may create the secret: `false` unless said otherwise, so that a misspelt
    /// name stops it. Never for the primary destination.
    #[serde(default)]
    pub(crate) create: bool,
}

/// What `tokenward scan` leaves out.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "Scan")]
pub(crate) struct RawScan {
    /// The file of accepted findings, from the repository's root.
    #[serde(default)]
    pub(crate) baseline: Option<InsidePath>,
    /// Patterns of paths that are not scanned, as in `.gitignore`.
    #[serde(default)]
    pub(crate) ignore: Vec<Line>,
    /// Which `tokenward:allow` comments count: those that were `merged` already (the default),
    /// those a pull request `proposed` as well, or `never` any.
    #[serde(default)]
    pub(crate) allow_comments: AllowComments,
}

/// Where the state of every rotation is kept.
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
