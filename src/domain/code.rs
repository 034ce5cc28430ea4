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
    ConfigMissing "config-missing" Usage "There is no config file where it was looked for.",
    ConfigUnreadable "config-unreadable" Usage "The config file could not be read, or is not YAML.",
    ConfigUnknownKey "config-unknown-key" Usage "A key that tokenward does not know.",
    ConfigDuplicateKey "config-duplicate-key" Usage "The same key stands twice in one mapping.",
    ConfigMissingKey "config-missing-key" Usage "A key that has to be there is not.",
    ConfigWrongType "config-wrong-type" Usage "A value of the wrong type or form.",
    ConfigVersion "config-version" Usage "The config's format is one this binary does not read.",
    ConfigBadRepository "config-bad-repository" Usage "Not the name of a repository or an organization.",
    ConfigBadSecretName "config-bad-secret-name" Usage "A secret name that GitHub refuses.",
    ConfigBadDestination "config-bad-destination" Usage "A destination whose keys do not go together.",
    ConfigSecretTwice "config-secret-twice" Usage "Two destinations write the same secret.",
    ConfigValueTwice "config-value-twice" Usage "Two tokens take their values from one variable, or one variable holds credentials of two providers.",
    ConfigUnknownProvider "config-unknown-provider" Usage "A provider that no provider file describes.",
    ConfigUnknownRegion "config-unknown-region" Usage "A region that the provider has not got.",
    ConfigUnknownKind "config-unknown-kind" Usage "A kind of token that the provider has not got.",
    ConfigUnknownPart "config-unknown-part" Usage "A part that the provider's tokens have not got.",
    ConfigNoDestination "config-no-destination" Usage "A token without a destination, or whose first one cannot be the primary destination.",
    ConfigBadValueSource "config-bad-value-source" Usage "A place for a value that is not `env:NAME`.",
    ConfigTokenInside "config-token-inside" Usage "Something shaped like a token stands in the config itself.",
    ConfigYamlFeature "config-yaml-feature" Usage "A YAML feature that config files may not use (anchors, aliases, tags, several documents).",
    ConfigBadGrace "config-bad-grace" Usage "A grace that waits for something that nobody will tell.",
    ConfigBadAge "config-bad-age" Usage "A token would be over its `max-age` before it is due for rotation.",
    ConfigNeedsScopes "config-needs-scopes" Usage "The provider would make a key with full access, since no scopes are given.",
    ProviderInvalid "provider-invalid" Usage "A provider file that says something impossible or unsafe.",
    Usage "usage" Usage "The command line does not fit.",
    UnknownToken "unknown-token" Usage "A token of this name is not in the config.",
    SandboxNotLoopback "sandbox-not-loopback" Usage "A stand-in address that is not on this machine.",
    UntrustedEvent "untrusted-event" Usage "The event of this run only proposes a change, so nothing may be changed for it.",
    UnprotectedRef "unprotected-ref" Usage "The ref of this run is not protected, so whoever may push to it would decide where tokens are sent.",
    CheckoutUnclear "checkout-unclear" Usage "It is not known which repository or commit the files that decide are to be taken from.",
    ObjectForged "object-forged" Usage "An object of the repository that decides something is broken, or not what its id says.",
    PathOutside "path-outside" Usage "A file that decides something lies outside of the repository, or is not an ordinary file.",
    WorkflowIncomplete "workflow-incomplete" Usage "A workflow lacks what a rotation needs, or does what it should not.",
    LeakCheckNotRequired "leak-check-not-required" Usage "The default branch does not require the leak check.",
    NothingSelected "nothing-selected" Nothing "Nothing was selected to do or test.",

    // Our own credentials and surroundings.
    ValueMissing "value-missing" Access "The variable that should hold the token's value is empty or not set.",
    ValueMalformed "value-malformed" Usage "A value that cannot be the token: another provider's, a placeholder, or with something around it.",
    ValuePadded "value-padded" Verdict "A secret has white space around its token, and every consumer receives that too.",
    ManagerMissing "manager-missing" Access "The variable that should hold the manager credential is empty or not set.",
    ManagerDead "manager-dead" Access "The provider does not accept the manager credential.",
    ManagerLacksScope "manager-lacks-scope" Access "The manager credential may not do what is needed.",
    GithubTokenMissing "github-token-missing" Access "There is no GitHub credential that may write secrets.",
    GithubTokenDead "github-token-dead" Access "GitHub does not accept our credential.",
    GithubPermission "github-permission" Access "Our GitHub credential lacks a permission.",
    GithubSignOn "github-sign-on" Access "The organization enforces single sign-on, and our GitHub credential is not authorized for it.",
    GithubIpAllowList "github-ip-allow-list" Access "The organization's IP allow list does not hold the address of this machine.",
    GithubSuspended "github-suspended" Access "The GitHub App's installation, or the account behind our credential, is suspended.",
    GithubTokenPolicy "github-token-policy" Access "The organization's policy forbids our personal access token.",
    GithubOauthRestricted "github-oauth-restricted" Access "The organization has not approved the OAuth App that our credential is from.",
    GithubTwoFactor "github-two-factor" Access "GitHub asks for a second factor.",
    GithubRuleset "github-ruleset" Access "A ruleset, a branch protection or a hook forbids the change.",
    GithubRefused "github-refused" Access "GitHub refused, and its own sentence says why.",
    RepositoryUnknown "repository-unknown" Access "GitHub shows no such repository or organization to our credential.",
    RepositoryArchived "repository-archived" Access "The repository is archived, so nothing in it can be written.",
    RepositoryDisabled "repository-disabled" Access "GitHub has closed the repository.",
    EnvironmentMissing "environment-missing" Usage "The repository has no such environment.",
    SecretMissing "secret-missing" Usage "A destination does not exist, and the config does not say `create: true`.",
    ValueTooLarge "value-too-large" Usage "The value is over the 48 KB GitHub takes for a secret.",

    // Answers that say nothing.
    GithubUnavailable "github-unavailable" Unknown "GitHub could not be asked, or gave no answer.",
    GithubRateLimited "github-rate-limited" Unknown "GitHub's rate limit is used up for now.",
    ClockDisagrees "clock-disagrees" Unknown "GitHub's clock and another one disagree, so no grace period is over by it.",
    ProviderUnavailable "provider-unavailable" Unknown "The provider could not be asked, or gave no answer that says anything.",
    ProviderRateLimited "provider-rate-limited" Unknown "The provider's rate limit is used up for now.",
    NotTested "not-tested" Unknown "A token could not be tested, so nothing is known about it.",
    NotLookedAt "not-looked-at" Unknown "Something that decides whether tokens are fine was not looked at.",

    // The journal.
    JournalUnavailable "journal-unavailable" Unknown "The journal could not be read or written.",
    JournalKeyMissing "journal-key-missing" Access "The key that signs the journal was not handed over, so nothing may be changed.",
    JournalKeyWeak "journal-key-weak" Usage "The key that signs the journal is not 32 random bytes.",
    JournalUnsigned "journal-unsigned" Unfinished "The journal is not signed, so nothing is decided by it before a person has looked at it.",
    JournalNewer "journal-newer" Usage "The journal was written by a newer tokenward.",
    JournalForeign "journal-foreign" Unfinished "The journal is another repository's, so nothing is decided by it.",
    JournalBroken "journal-broken" Unfinished "The journal does not make sense, so nothing is decided by it.",
    JournalLost "journal-lost" Unfinished "Another run wrote the journal first, so this one stopped.",
    AlreadyRotating "already-rotating" Unfinished "A rotation is under way already, so no other was begun.",
    Staggered "staggered" Unfinished "A token of the same group is being rotated, so this one was not begun.",
    AnotherRun "another-run" Unfinished "Another run is at work on this token.",

    // Rotation.
    NeedsId "needs-id" Unfinished "The id of the key in use is not certain, so it could never be revoked.",
    NeedsPerson "needs-person" Unfinished "The next step is a person's, and is late.",
    WaitsForPerson "waits-for-person" Notice "The next step is a person's, and has time.",
    AskIncomplete "ask-incomplete" Notice "GitHub opened an issue without an assignee or a label that the config names.",
    CurrentDead "current-dead" Verdict "The value in use is not accepted by the provider.",
    MintRefused "mint-refused" Access "The provider refused to issue a key.",
    MintUnclear "mint-unclear" Unfinished "The provider gave no clear answer when asked for a key.",
    QuotaReached "quota-reached" Unfinished "The provider allows no further key.",
    NewValueDead "new-value-dead" Unfinished "The provider does not accept the new value.",
    ScopesWider "scopes-wider" Unfinished "The new key may do more than it should.",
    ScopesNarrower "scopes-narrower" Unfinished "The new value may do less than it should.",
    RestrictionLost "restriction-lost" Unfinished "A new key would lose what restricts the one in use, or did.",
    PushFailed "push-failed" Unfinished "A destination did not take the new value.",
    SecretKeyOutdated "secret-key-outdated" Unfinished "GitHub no longer takes the public key that a value was sealed to.",
    SecretQuota "secret-quota" Unfinished "A place holds as many secrets as GitHub allows.",
    SecretDidNotExist "secret-did-not-exist" Verdict "The secret did not exist before it was written: a misspelt name?",
    VisibilityChanged "visibility-changed" Verdict "The repositories that may read an organization secret are not those of before.",
    OverwrittenByHand "overwritten-by-hand" Verdict "A secret holds a value that tokenward did not put there.",
    DestinationUnwritten "destination-unwritten" Verdict "A destination was added to the config, and tokenward has not written it yet.",
    KeyNotOurs "key-not-ours" Unfinished "Nothing shows that a key is ours, so it was not revoked.",
    RevokeFailed "revoke-failed" Unfinished "An old key could not be revoked; it is still kept in the list of retiring keys.",
    DrainUnseen "drain-unseen" Unfinished "Whether workflow runs still hold the old value could not be seen everywhere, so it is not revoked.",
    ConfirmUnseen "confirm-unseen" Unfinished "Whether a repository confirmed the value in use could not be seen.",
    DrainTimeout "drain-timeout" Unfinished "Workflow runs that may hold the old value are not over after `max-wait`.",
    StillInUse "still-in-use" Unfinished "Somebody may still use the key that was to be revoked.",
    RevokeSettling "revoke-settling" Notice "A deleted key may be accepted for as long as its provider needs to refuse it.",
    StillAlive "still-alive" Unfinished "A revoked key is still accepted after the time the provider needs.",

    // Verdicts.
    TokenDead "token-dead" Verdict "The provider does not accept the token.",
    TokenLeaked "token-leaked" Leak "A value of the token leaked, and was not seen dead yet.",
    TokenExpired "token-expired" Verdict "The token has expired.",
    TokenExpiring "token-expiring" Verdict "The token expires soon.",
    TokenDue "token-due" Notice "The token is to be replaced now.",
    TokenOverdue "token-overdue" Verdict "The token was to be replaced and was not.",
    RotationUnderWay "rotation-under-way" Notice "A new value of the token is on its way, or an old one has not been seen dead yet.",
    RotationStuck "rotation-stuck" Verdict "A rotation of the token was begun and does not come to an end.",
    NotProven "not-proven" Notice "Whether a destination holds the value in use is not proven.",
    TokenOverAge "token-over-age" Verdict "The token is older than `max-age`.",
    TokenLacksScopes "token-lacks-scopes" Verdict "The token lacks a scope the config asks for.",
    TokenStale "token-stale" Verdict "The value in use is an older one than the provider's newest for this token.",
    TokenRenamed "token-renamed" Verdict "The journal knows the token's value under another token's name.",
    TokenInactive "token-inactive" Verdict "Nobody uses the token, and the provider ends unused ones soon.",
    TokenStillUsed "token-still-used" Verdict "An old key that is about to be revoked is still used.",
    KeyUndeclared "key-undeclared" Verdict "The provider holds a key that nobody declared.",
    GithubTokenExpiring "github-token-expiring" Verdict "Our own GitHub credential ends soon.",
    TokenOverScoped "token-over-scoped" Verdict "The token may do more than the config asks for.",
    Leak "leak" Leak "A token is exposed.",
    BaselineUnreadable "baseline-unreadable" Usage "The file of accepted findings is missing, or is none.",
    GitleaksUnreadable "gitleaks-unreadable" Usage "A file of gitleaks that was to be heeded cannot be used.",
    NothingScanned "nothing-scanned" Nothing "Nothing was there to be scanned, so nothing is known to be clean.",
    ScanIncomplete "scan-incomplete" Unknown "A part of what should be scanned could not be read.",

    // The run itself.
    Interrupted "interrupted" Interrupted "The run was interrupted; the journal holds the state.",
    OutputFailed "output-failed" Usage "A report could not be written.",
    OutputRefused "output-refused" Usage "A file would be written through a link, over somebody else's file, where programs look for instructions, or outside of the folders a run may write to.",
    Bug "bug" Bug "A defect of tokenward: please report it.",
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
