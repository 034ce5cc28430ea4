//! Where the files that decide are read from: the folder, or, while a change is only proposed (a pull request, a merge queue), the
//! commit it wants to change. A config or a provider file says where a value is sent; whoever proposes one must not decide that.
//! Also says which events and refs may change anything at all.

use std::fs;
use std::path::Path;

use super::surroundings::Surroundings;
use crate::domain::text::tame;
use crate::domain::{Code, Problem};
use crate::github::Proposal;
use crate::scan::{self, Ignore, Options, Rules};

/// Reads files that decide.
pub(super) struct Trusted<'a> {
    around: &'a Surroundings,
    proposal: Option<Proposal>,
}

impl<'a> Trusted<'a> {
    pub(super) fn of(around: &'a Surroundings) -> Self {
        Self { around, proposal: around.proposal() }
    }

    /// Whether files come from the folder as it is.
    pub(super) fn is_folder(&self) -> bool {
        self.proposal.is_none()
    }

    /// A file's text; `None` where there is none.
    pub(super) fn text(&self, path: &Path) -> Result<Option<String>, Problem> {
        let inside = path.strip_prefix(&self.around.folder).unwrap_or(path);
        match &self.proposal {
            // What lies outside of the checkout no pull request can have changed.
            Some(proposal) if inside.is_relative() => self.of_base(proposal, inside),
            _ => match fs::read_to_string(self.around.folder.join(path)) {
                Ok(text) => Ok(Some(text)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(Problem::new(Code::ConfigUnreadable, format!("{} cannot be read", tame(&path.display().to_string())))
                    .cause(error.to_string())),
            },
        }
    }

    fn of_base(&self, proposal: &Proposal, path: &Path) -> Result<Option<String>, Problem> {
        let base = proposal.base.as_deref().ok_or_else(|| {
            Problem::new(Code::Usage, "the event does not say which commit the pull request wants to change")
                .cause("`GITHUB_EVENT_PATH` names no file with `pull_request.base.sha`")
                .hint("hand the runner's own variables to tokenward")
        })?;
        let shown = tame(&path.display().to_string());
        let rules = Rules::new(&[], false).map_err(|why| Problem::new(Code::Bug, "no rules could not be made").cause(why))?;
        let ignore =
            Ignore::new::<String>(&[]).map_err(|why| Problem::new(Code::Bug, "an empty list of patterns was refused").cause(why))?;
        let options = Options::new(&rules, &ignore, &self.around.folder);
        scan::show(&self.around.folder, base, path, &options).map_err(|problem| {
            problem.cause(format!("{shown} is taken from the base of the pull request, so that a proposed one decides nothing"))
        })
    }
}

/// Refuses to change anything for an event that only proposes, or on a ref that anybody may push to.
pub(super) fn may_change(around: &Surroundings, any_ref: bool) -> Result<(), Problem> {
    let Some(actions) = around.actions() else { return Ok(()) };
    let payload = around.text("GITHUB_EVENT_PATH").and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default();
    if actions.is_proposal() || (actions.event == "workflow_run" && Proposal::is_run_of_fork(&payload)) {
        return Err(Problem::new(
            Code::UntrustedEvent,
            format!("this run was started by {}, which only proposes a change", tame(&actions.event)),
        )
        .cause("what it proposes must not decide where a token is sent")
        .hint("run it on `schedule`, `workflow_dispatch` or `repository_dispatch`")
        .state("nothing was changed"));
    }
    if actions.is_protected == Some(false) && !any_ref {
        return Err(Problem::new(Code::UnprotectedRef, format!("{} is not protected", tame(&actions.reference)))
            .cause("whoever may push to it decides by the config where tokens are sent")
            .hint("protect it (Settings, Rules), or say `--any-ref` (in the Action: `args: --any-ref`)")
            .state("nothing was changed"));
    }
    Ok(())
}
