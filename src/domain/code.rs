//! Every id a message can carry, in one table: the id, what it does to the exit code, and what it
//! means. `docs/errors.md` is made from it, and a test keeps the two equal.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use super::problem::Class;

macro_rules! codes {
    ($($name:ident $id:literal $class:ident $text:literal,)+) => {
        /// The id of a message.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $text] $name,)+ }

        impl Code {
            /// Every id, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The id as people see it.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)+ }
            }

            /// What it does to the exit code.
            #[must_use]
            pub fn class(self) -> Class {
                match self { $(Self::$name => Class::$class,)+ }
            }

            /// What it means, as one sentence.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

codes! {
    // The config and what it names.
    ConfigMissing "config-missing" Usage "The config file was not found.",
    ConfigUnreadable "config-unreadable" Usage "The config file could not be read, or is not YAML.",
    ConfigUnknownKey "config-unknown-key" Usage "Unknown key.",
    ConfigDuplicateKey "config-duplicate-key" Usage "The same key appears twice in one mapping.",
    ConfigMissingKey "config-missing-key" Usage "A required key is missing.",
    ConfigWrongType "config-wrong-type" Usage "A value has the wrong type or format.",
    ConfigVersion "config-version" Usage "This binary does not support the config's format version.",
    ConfigBadRepository "config-bad-repository" Usage "Not a valid repository or organization name.",
    ConfigBadSecretName "config-bad-secret-name" Usage "GitHub does not allow this secret name.",
    ConfigBadDestination "config-bad-destination" Usage "A destination has keys that cannot be combined.",
    ConfigSecretTwice "config-secret-twice" Usage "Two destinations write the same secret.",
    ConfigValueTwice "config-value-twice" Usage "Two tokens use the same variable, or one variable holds credentials of two providers.",
    ConfigUnknownProvider "config-unknown-provider" Usage "Unknown provider.",
    ConfigUnknownRegion "config-unknown-region" Usage "Unknown region for this provider.",
    ConfigUnknownKind "config-unknown-kind" Usage "Unknown kind of token for this provider.",
    ConfigUnknownPart "config-unknown-part" Usage "Unknown part for this provider's tokens.",
    ConfigNoDestination "config-no-destination" Usage "A token has no destination, or its first destination cannot be the primary one.",
    ConfigBadValueSource "config-bad-value-source" Usage "The source of a value is not `env:NAME`.",
    ConfigTokenInside "config-token-inside" Usage "The config contains text that looks like a token.",
    ConfigYamlFeature "config-yaml-feature" Usage "Config files cannot use this YAML feature (anchors, aliases, tags, several documents).",
    ConfigBadGrace "config-bad-grace" Usage "The grace period waits for a condition that can never be observed.",
    ConfigBadAge "config-bad-age" Usage "`max-age` is shorter than `rotate-every`.",
    ConfigNeedsScopes "config-needs-scopes" Usage "The config must set `scopes`, because the provider would otherwise issue a key with full access.",
    ProviderInvalid "provider-invalid" Usage "A provider file is invalid or unsafe.",
    Usage "usage" Usage "Invalid command line.",
    UnknownToken "unknown-token" Usage "The config has no token with this name.",
    SandboxNotLoopback "sandbox-not-loopback" Usage "The sandbox address of a provider is not on this machine.",
    UntrustedEvent "untrusted-event" Usage "The event that started this run only proposes a change, so tokenward refuses this command.",
    UnprotectedRef "unprotected-ref" Usage "The ref of this run is not protected, so anybody who can push to it could redirect the tokens.",
    CheckoutUnclear "checkout-unclear" Usage "The trusted repository or commit could not be determined.",
    ObjectForged "object-forged" Usage "A git object that tokenward relies on is broken, or does not match its id.",
    PathOutside "path-outside" Usage "A file that tokenward relies on is outside the repository, or is not a regular file.",
    WorkflowIncomplete "workflow-incomplete" Usage "A workflow lacks something that a rotation needs, or does something that it should not.",
    LeakCheckNotRequired "leak-check-not-required" Usage "The default branch does not require the leak check.",
    NothingSelected "nothing-selected" Nothing "Nothing was selected to do or test.",

    // Our own credentials and surroundings.
    ValueMissing "value-missing" Access "The variable that should hold the token's value is empty or not set.",
    ValueMalformed "value-malformed" Usage "A value cannot be the token: it is another provider's, a placeholder, or has extra text around it.",
    ValuePadded "value-padded" Verdict "A secret has white space around its token, and every consumer receives it, too.",
    ManagerMissing "manager-missing" Access "The variable that should hold the manager credential is empty or not set.",
    ManagerDead "manager-dead" Access "The provider does not accept the manager credential.",
    ManagerLacksScope "manager-lacks-scope" Access "The manager credential lacks a permission.",
    GithubTokenMissing "github-token-missing" Access "There is no GitHub credential that can write secrets.",
    GithubTokenDead "github-token-dead" Access "GitHub does not accept tokenward's credential.",
    GithubPermission "github-permission" Access "tokenward's GitHub credential lacks a permission.",
    GithubSignOn "github-sign-on" Access "The organization enforces single sign-on, and tokenward's GitHub credential is not authorized for it.",
    GithubIpAllowList "github-ip-allow-list" Access "The organization's IP allow list does not include the address of this machine.",
    GithubSuspended "github-suspended" Access "The GitHub App's installation, or the account behind tokenward's credential, is suspended.",
    GithubTokenPolicy "github-token-policy" Access "The organization's policy forbids the personal access token that tokenward uses.",
    GithubOauthRestricted "github-oauth-restricted" Access "The organization has not approved the OAuth App that issued tokenward's credential.",
    GithubTwoFactor "github-two-factor" Access "GitHub requires a second factor.",
    GithubRuleset "github-ruleset" Access "A ruleset, a branch protection rule or a hook forbids the change.",
    GithubRefused "github-refused" Access "GitHub refused the request; its own message says why.",
    RepositoryUnknown "repository-unknown" Access "The repository or organization does not exist, or tokenward's credential cannot see it.",
    RepositoryArchived "repository-archived" Access "The repository is archived and therefore read-only.",
    RepositoryDisabled "repository-disabled" Access "GitHub has disabled the repository.",
    EnvironmentMissing "environment-missing" Usage "The repository has no such environment.",
    SecretMissing "secret-missing" Usage "A destination does not exist, and the config does not say `create: true`.",
    ValueTooLarge "value-too-large" Usage "The value exceeds GitHub's limit of 48 KB for a secret.",

    // Answers that say nothing.
    GithubUnavailable "github-unavailable" Unknown "GitHub could not be reached, or gave no usable answer.",
    GithubRateLimited "github-rate-limited" Unknown "GitHub's rate limit is exhausted for now.",
    ClockDisagrees "clock-disagrees" Unknown "GitHub's clock and another clock disagree, so tokenward ends no grace period.",
    ProviderUnavailable "provider-unavailable" Unknown "The provider could not be reached, or its response was inconclusive.",
    ProviderRateLimited "provider-rate-limited" Unknown "The provider's rate limit is exhausted for now.",
    NotTested "not-tested" Unknown "A token could not be tested, so its state is unknown.",
    NotLookedAt "not-looked-at" Unknown "A required check was not performed, so the tokens are not reported as OK.",
    ReportStale "report-stale" Unknown "A repository's report is more than two days old, so its tokens are not reported as OK.",

    // The journal.
    JournalUnavailable "journal-unavailable" Unknown "The journal could not be read or written.",
    JournalKeyMissing "journal-key-missing" Access "The run did not receive the key that signs the journal, so it changes nothing.",
    JournalKeyWeak "journal-key-weak" Usage "The key that signs the journal is not 32 random bytes.",
    JournalUnsigned "journal-unsigned" Unfinished "The journal is not signed, so tokenward does not use it until a person has reviewed it.",
    JournalNewer "journal-newer" Usage "The journal was written by a newer tokenward.",
    JournalForeign "journal-foreign" Unfinished "The journal belongs to another repository, so tokenward does not use it.",
    JournalBroken "journal-broken" Unfinished "The journal is inconsistent, so tokenward does not rely on it.",
    JournalLost "journal-lost" Unfinished "Another run wrote to the journal first, so this one stopped.",
    AlreadyRotating "already-rotating" Unfinished "A rotation is already in progress, so no second one was started.",
    Staggered "staggered" Unfinished "A token of the same group is being rotated, so this rotation was not started.",
    AnotherRun "another-run" Unfinished "Another run is working on this token.",

    // Rotation.
    NeedsId "needs-id" Unfinished "The id of the key in use is not certain, so the key could never be revoked.",
    NeedsPerson "needs-person" Unfinished "A person must act, and the deadline has passed.",
    WaitsForPerson "waits-for-person" Notice "A person must act, and the deadline has not passed yet.",
    AskIncomplete "ask-incomplete" Notice "GitHub opened an issue without an assignee or a label that the config names.",
    CurrentDead "current-dead" Verdict "The provider does not accept the value in use.",
    MintRefused "mint-refused" Access "The provider refused to issue a key.",
    MintUnclear "mint-unclear" Unfinished "The provider gave no clear answer to the request for a new key.",
    QuotaReached "quota-reached" Unfinished "The provider's limit on the number of keys is reached.",
    NewValueDead "new-value-dead" Unfinished "The provider does not accept the new value.",
    ScopesWider "scopes-wider" Unfinished "The new key has more permissions than it should.",
    ScopesNarrower "scopes-narrower" Unfinished "The new value has fewer permissions than it should.",
    RestrictionLost "restriction-lost" Unfinished "A new key lacks, or would lack, a restriction that the key in use has.",
    PushFailed "push-failed" Unfinished "A destination did not accept the new value.",
    SecretKeyOutdated "secret-key-outdated" Unfinished "GitHub no longer accepts the public key that a value was sealed with.",
    SecretQuota "secret-quota" Unfinished "GitHub's limit on the number of secrets is reached.",
    SecretDidNotExist "secret-did-not-exist" Verdict "The secret did not exist before tokenward wrote it; its name may be misspelled.",
    VisibilityChanged "visibility-changed" Verdict "The set of repositories that can read an organization secret changed.",
    OverwrittenByHand "overwritten-by-hand" Verdict "A secret holds a value that tokenward did not write.",
    DestinationUnwritten "destination-unwritten" Verdict "A destination was added to the config, and tokenward has not written it yet.",
    KeyNotOurs "key-not-ours" Unfinished "Nothing proves that a key belongs to tokenward, so it was not revoked.",
    RevokeFailed "revoke-failed" Unfinished "An old key could not be revoked; it stays on the list of retiring keys.",
    DrainUnseen "drain-unseen" Unfinished "tokenward could not see all workflow runs that might hold the old value, so it did not revoke it.",
    ConfirmUnseen "confirm-unseen" Unfinished "tokenward could not see whether a repository confirmed the value in use.",
    DrainTimeout "drain-timeout" Unfinished "Workflow runs that might hold the old value are still running after `max-wait`.",
    StillInUse "still-in-use" Unfinished "The key to revoke might still be in use.",
    RevokeSettling "revoke-settling" Notice "The provider can still accept a deleted key for a while.",
    StillAlive "still-alive" Unfinished "A revoked key is still accepted after the provider's documented delay.",

    // Verdicts.
    TokenDead "token-dead" Verdict "The provider does not accept the token.",
    TokenLeaked "token-leaked" Leak "A value of the token leaked, and is not yet proven to be dead.",
    TokenExpired "token-expired" Verdict "The token has expired.",
    TokenExpiring "token-expiring" Verdict "The token expires soon.",
    TokenDue "token-due" Notice "The token is due for rotation.",
    TokenOverdue "token-overdue" Verdict "The token was due for rotation, and was not rotated in time.",
    RotationUnderWay "rotation-under-way" Notice "A rotation is in progress: a new value is not proven yet, or an old one is not yet proven to be dead.",
    RotationStuck "rotation-stuck" Verdict "A rotation has started but is making no progress.",
    NotProven "not-proven" Notice "It is not proven that a destination holds the value in use.",
    TokenOverAge "token-over-age" Verdict "The token is older than `max-age`.",
    TokenLacksScopes "token-lacks-scopes" Verdict "The token lacks a scope that the config requires.",
    TokenStale "token-stale" Verdict "The value in use is older than the newest version of this token.",
    TokenRenamed "token-renamed" Verdict "The journal lists the token's value under another token's name.",
    TokenInactive "token-inactive" Verdict "The token is unused, so the provider will soon revoke it.",
    TokenStillUsed "token-still-used" Verdict "An old key that is about to be revoked is still being used.",
    KeyUndeclared "key-undeclared" Verdict "The provider has a key for this token that is not in the journal.",
    GithubTokenExpiring "github-token-expiring" Verdict "tokenward's own GitHub credential expires soon.",
    TokenOverScoped "token-over-scoped" Verdict "The token has more permissions than the config asks for.",
    Leak "leak" Leak "A token is exposed.",
    BaselineUnreadable "baseline-unreadable" Usage "The baseline file is missing or invalid.",
    GitleaksUnreadable "gitleaks-unreadable" Usage "A gitleaks file is invalid and cannot be used.",
    RulesInvalid "rules-invalid" Usage "A file of the leak check's own rules is missing or invalid.",
    NothingScanned "nothing-scanned" Nothing "There was nothing to scan; this does not count as a clean result.",
    ScanIncomplete "scan-incomplete" Unknown "Some of the content to scan could not be read.",

    // The run itself.
    Interrupted "interrupted" Interrupted "The run was interrupted; the journal records how far it got.",
    ReportUnreadable "report-unreadable" Usage "A file given with `--with` is missing, or is not a usable `tokenward status` report.",
    OutputFailed "output-failed" Usage "A report could not be written.",
    OutputRefused "output-refused" Usage "tokenward refused to write a file: through a link, over a file that it did not write, to a path where other programs read their configuration, or outside the allowed folders.",
    Bug "bug" Bug "A bug in tokenward: please report it.",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl JsonSchema for Code {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Code".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "enum": Self::ALL.iter().map(|code| code.id()).collect::<Vec<_>>()})
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_id_is_unique_and_kebab_case() {
        let ids: BTreeSet<_> = Code::ALL.iter().map(|code| code.id()).collect();
        assert_eq!(ids.len(), Code::ALL.len());
        assert!(ids.iter().all(|id| id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
    }
}
