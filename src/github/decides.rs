//! Which commit decides what a run does: config, provider files, baseline, ignore rules. This
//! depends on the commit and the ref that the runner names, not on the event's name. No I/O.

use serde_json::Value;

use crate::domain::branch::OWN_BRANCHES;

/// Branches of a merge queue contain changes that are only proposed, whatever rules apply to them.
const QUEUE: &str = "refs/heads/gh-readonly-queue/";

/// The runner's variables about the commits of a run; empty where one is not set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said<'a> {
    /// `GITHUB_EVENT_NAME`.
    pub event: &'a str,
    /// `GITHUB_REF`.
    pub reference: &'a str,
    /// `GITHUB_REF_PROTECTED`.
    pub protected: &'a str,
    /// `GITHUB_SHA`.
    pub commit: &'a str,
}

/// What the runner says about the commits of this run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// `GITHUB_REF`: what the run is on.
    pub reference: String,
    /// `GITHUB_REF_PROTECTED`, if the runner says.
    pub is_protected: Option<bool>,
    /// `GITHUB_SHA`: the commit of that ref.
    pub commit: Option<String>,
    /// The default branch, if the event says.
    pub default_branch: Option<String>,
    /// What a pull request is to change: its branch and its commit.
    pub base: Option<(String, String)>,
    /// Whether the event only proposes a change.
    pub proposes: bool,
}

/// Where the deciding files come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decides {
    /// This commit.
    Commit(String),
    /// The commit that the default branch points to; its name, if it is known.
    Default(Option<String>),
    /// Nothing decides.
    Nothing(&'static str),
}

impl Facts {
    /// Reads the runner's variables and the text of the file `GITHUB_EVENT_PATH`.
    #[must_use]
    pub fn read(said: &Said<'_>, payload: &str) -> Self {
        let payload: Value = serde_json::from_str(payload).unwrap_or_default();
        let text = |pointer: &str| {
            payload.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
        };
        let id = |text: &str| {
            let is_id =
                matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit());
            is_id.then(|| text.to_ascii_lowercase())
        };
        // A branch can be named `refs/heads/main`, so the prefix is removed only if the payload has
        // full refs.
        let pull = || {
            Some((text("/pull_request/base/ref")?.to_owned(), id(text("/pull_request/base/sha")?)?))
        };
        Self {
            reference: said.reference.to_owned(),
            is_protected: match said.protected {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            },
            commit: id(said.commit),
            default_branch: text("/repository/default_branch").map(str::to_owned),
            // A merge queue's own base can be an earlier pull request in the queue, which is not
            // merged.
            base: pull(),
            proposes: said.event.starts_with("pull_request") || said.event == "merge_group",
        }
    }

    /// Whether the run is on a branch or a tag, rather than on a pull request or a merge queue.
    #[must_use]
    pub fn is_on_branch_or_tag(&self) -> bool {
        let is_either =
            self.reference.starts_with("refs/heads/") || self.reference.starts_with("refs/tags/");
        is_either && !self.reference.starts_with(QUEUE)
    }

    /// Whether the run is on a branch that can hold a journal. Nothing on it decides, whatever
    /// rules apply to it: everybody who can write the journal could add a config.
    #[must_use]
    pub fn is_on_own_branch(&self) -> bool {
        self.reference.starts_with(OWN_BRANCHES)
    }

    /// Whether the run is on the default branch; `None` if the default branch is not known.
    #[must_use]
    pub fn is_on_default(&self) -> Option<bool> {
        Some(self.reference.strip_prefix("refs/heads/")? == self.default_branch.as_deref()?)
    }

    /// Whether only people with write access to a protected branch or the default branch can have
    /// made the commit of this run.
    #[must_use]
    pub fn is_trusted_ref(&self) -> bool {
        self.is_on_branch_or_tag()
            && !self.is_on_own_branch()
            && (self.is_protected == Some(true) || self.is_on_default() == Some(true))
    }

    /// Which commit decides. With `allow_unprotected_ref` a person accepts that everybody who can
    /// push to this ref decides.
    #[must_use]
    pub fn decides(&self, allow_unprotected_ref: bool) -> Decides {
        let is_allowed = allow_unprotected_ref
            && self.is_on_branch_or_tag()
            && !self.is_on_own_branch()
            && !self.proposes;
        if self.is_trusted_ref() || is_allowed {
            return self
                .commit
                .clone()
                .map_or(Decides::Nothing("`GITHUB_SHA` is not a commit id"), Decides::Commit);
        }
        match (&self.base, &self.default_branch) {
            (Some((branch, commit)), Some(default)) if branch == default => {
                Decides::Commit(commit.clone())
            }
            (_, default) => Decides::Default(default.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(digit: char) -> String {
        digit.to_string().repeat(40)
    }

    fn facts(event: &str, reference: &str, protected: &str, payload: &Value) -> Facts {
        let sha = of('c');
        Facts::read(&Said { event, reference, protected, commit: &sha }, &payload.to_string())
    }

    fn on(base: &str) -> Value {
        json!({
            "repository": {"default_branch": "main"},
            "pull_request": {"base": {"ref": base, "sha": of('b')}},
        })
    }

    #[test]
    fn a_protected_ref_and_the_default_branch_decide_whatever_started_the_run() {
        let own = Decides::Commit(of('c'));
        for event in [
            "push",
            "schedule",
            "workflow_run",
            "issue_comment",
            "workflow_dispatch",
            "never_heard_of",
        ] {
            let payload = json!({"repository": {"default_branch": "main"}});
            assert_eq!(
                facts(event, "refs/heads/main", "false", &payload).decides(false),
                own,
                "{event}"
            );
            assert_eq!(
                facts(event, "refs/heads/v2", "true", &payload).decides(false),
                own,
                "{event}"
            );
            assert_eq!(
                facts(event, "refs/tags/v2", "true", &payload).decides(false),
                own,
                "{event}"
            );
            let theirs = facts(event, "refs/heads/feature", "false", &payload);
            assert_eq!(theirs.decides(false), Decides::Default(Some("main".to_owned())), "{event}");
            assert_eq!(theirs.decides(true), own, "{event}");
        }
    }

    #[test]
    fn a_proposal_goes_by_its_base_only_if_that_is_the_default_branch() {
        for protected in ["true", "false", ""] {
            let pull =
                |base: &str| facts("pull_request", "refs/pull/7/merge", protected, &on(base));
            for allow_unprotected_ref in [false, true] {
                assert_eq!(pull("main").decides(allow_unprotected_ref), Decides::Commit(of('b')));
                for theirs in ["theirs", "refs/heads/main", "Main", "main ", "origin/main"] {
                    assert_eq!(
                        pull(theirs).decides(allow_unprotected_ref),
                        Decides::Default(Some("main".to_owned())),
                        "{theirs}"
                    );
                }
            }
        }
        let queue = json!({
            "repository": {"default_branch": "main"},
            "merge_group": {"base_ref": "refs/heads/main", "base_sha": of('b')},
        });
        let queued =
            facts("merge_group", "refs/heads/gh-readonly-queue/main/pr-7-x", "true", &queue);
        assert_eq!(queued.decides(true), Decides::Default(Some("main".to_owned())));
        let on_theirs = facts(
            "push",
            "refs/heads/refs/heads/main",
            "false",
            &json!({"repository": {"default_branch": "main"}}),
        );
        assert_eq!(on_theirs.decides(false), Decides::Default(Some("main".to_owned())));
    }

    #[test]
    fn nothing_on_the_journals_branch_decides() {
        let payload = json!({"repository": {"default_branch": "main"}});
        for allow_unprotected_ref in [false, true] {
            let on_journal =
                facts("workflow_dispatch", "refs/heads/tokenward/journal", "true", &payload);
            assert_eq!(
                on_journal.decides(allow_unprotected_ref),
                Decides::Default(Some("main".to_owned()))
            );
            assert_eq!(
                facts("push", "refs/heads/tokenward", "true", &payload)
                    .decides(allow_unprotected_ref),
                Decides::Commit(of('c'))
            );
        }
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        assert_eq!(
            facts("schedule", "refs/heads/main", "", &json!({})).decides(false),
            Decides::Default(None)
        );
        assert_eq!(
            facts("pull_request", "refs/pull/7/merge", "", &json!("{")).decides(true),
            Decides::Default(None)
        );
        let mut nameless = facts("schedule", "refs/heads/main", "true", &json!({}));
        nameless.commit = None;
        assert!(matches!(nameless.decides(false), Decides::Nothing(_)));
        let hostile = json!({"repository": {"default_branch": "main"}, "pull_request": {"base": {"ref": "main", "sha": "--upload-pack=x"}}});
        assert_eq!(
            facts("pull_request", "refs/pull/7/merge", "", &hostile).decides(false),
            Decides::Default(Some("main".to_owned()))
        );
    }
}
