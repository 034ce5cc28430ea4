//! What passes between tokenward and people through GitHub: an alert that is resolved, logs that
//! are read, an issue that is opened, told and closed, and the secrets beside the primary
//! destination that are removed when all is over. The token is one that only a person can make.

use std::fs;

use tokenward_emulator::{Credential, CredentialKind, TextKind};

use crate::outcome::{Outcome, While, ensure};
use crate::workflow::{OTHER_REPO, REPO, Workflow, home};

const TOKEN: &str = "HUBSPOT_TOKEN";
const CONFIG: &str = "\
version: 1
tokens:
  crm:
    provider: hubspot
    value: env:HUBSPOT_TOKEN
    scopes: [crm.objects.contacts.read]
    destinations:
      - {github: acme/site, secret: HUBSPOT_TOKEN}
";

/// A leak that GitHub's secret scanning tells of is seen to, and its alert resolved.
pub(crate) fn alert(workflow: &mut Workflow, leaked: &str) -> Outcome<()> {
    let github = workflow.emulator.github();
    let number = github.add_alert(REPO, "sendgrid_api_key", leaked);
    workflow.step(&["rotate", "--leaked", "--alert", &number.to_string()], 12)?;
    workflow.pass(1)?;
    workflow.step(&["rotate"], 0)?;
    ensure(!workflow.emulator.sendgrid().is_live(leaked), || {
        "the value that leaked lives".to_owned()
    })?;
    let state = github.alert_state(REPO, number);
    ensure(state == Some(("resolved".to_owned(), Some("revoked".to_owned()))), || {
        format!("the alert is {state:?}")
    })
}

/// The logs of an earlier run are read, and missed once they are gone.
pub(crate) fn logs(workflow: &mut Workflow) -> Outcome<()> {
    let github = workflow.emulator.github();
    // A zip with one empty member, stored.
    let (name, zeros) = (b"1_build.txt", |count| vec![0_u8; count]);
    let local = [b"PK\x03\x04\x14", &zeros(21)[..], &[11, 0, 0, 0], name].concat();
    let central = [b"PK\x01\x02\x14\0\x14", &zeros(21)[..], &[11], &zeros(17)[..], name].concat();
    let end =
        [&b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..], &[57, 0, 0, 0], &[41, 0, 0, 0], &[0, 0]].concat();
    github.set_run_logs(REPO, 1, [[local, central, end].concat()]);
    workflow.step(&["scan", "--workflow-logs", "1"], 0)?;
    github.set_run_logs(REPO, 1, []);
    workflow.step(&["scan", "--workflow-logs", "1"], 5).map(|_| ())
}

/// All that people wrote in a repository is read.
pub(crate) fn hosted(workflow: &mut Workflow) -> Outcome<()> {
    let github = workflow.emulator.github();
    let pull = github.open_issue(REPO, "A change");
    github.make_pull(REPO, pull);
    github.comment_of(REPO, pull, "mallory", "Fine.");
    for kind in [
        TextKind::ReviewComment(pull),
        TextKind::Review(pull),
        TextKind::CommitComment,
        TextKind::Release,
    ] {
        github.add_text(REPO, kind, "Fine.");
    }
    github.add_artifact(REPO, [&b"PK\x05\x06"[..], &[0; 18]].concat(), false);
    workflow.step(&["scan", "--github", REPO, "--since", "30d"], 0).map(|_| ())
}

/// Another repository says that it was handed the value, and the run reads it.
pub(crate) fn confirmed(workflow: &mut Workflow) -> Outcome<()> {
    let config = fs::read_to_string(workflow.config()).while_("read the config")?;
    let waits = config.replacen(
        "    scopes: [mail.send]\n",
        "    scopes: [mail.send]\n    grace: {confirmed-by: [acme/shop]}\n",
        1,
    );
    fs::write(workflow.config(), &waits).while_("write the config")?;
    let github = workflow.emulator.github();
    let own = Credential::new(
        CredentialKind::ActionsToken,
        &[("deployments", "write"), ("contents", "read")],
    )
    .on(&[OTHER_REPO]);
    let own = github.add_credential(own);
    // A repository that only uses the token has no other credential of ours.
    let theirs = [
        ("GITHUB_REPOSITORY", OTHER_REPO),
        ("GITHUB_REF", "refs/heads/main"),
        ("GITHUB_TOKEN", own.as_str()),
        ("TOKENWARD_GITHUB_TOKEN", ""),
        ("TOKENWARD_JOURNAL_KEY", ""),
    ];
    let confirm =
        ["confirm", "sendgrid-mail", "--of", REPO, "--value-from", "env:SENDGRID_API_KEY"];
    workflow.step_with(&theirs, &confirm, 0)?;
    workflow.pass(1)?;
    let said = workflow.step(&["rotate"], 0)?;
    ensure(said.contains("acme/shop confirmed v"), || format!("the mark was not read:\n{said}"))?;
    fs::write(workflow.config(), config).while_("write the config")
}

/// A person is asked for a token, makes it, and ends the old one.
pub(crate) fn asked(workflow: &mut Workflow) -> Outcome<()> {
    let emulator = workflow.emulator.clone();
    let (github, hubspot) = (emulator.github(), emulator.hubspot());
    let scopes = ["crm.objects.contacts.read"];
    let old = hubspot.add_token(&scopes, 7).value;
    github.put_secret(&home(), TOKEN, &old);
    fs::write(workflow.config(), CONFIG).while_("write the config")?;
    workflow.step(&["rotate"], 0)?;
    workflow.step(&["rotate", "crm", "--force", "--reason", "contract"], 0)?;
    let new = hubspot.add_token(&scopes, 7).value;
    github.put_secret(&home(), "HUBSPOT_TOKEN_NEXT", &new);
    for hours in [1, 1, 25] {
        workflow.pass(hours)?;
        workflow.step(&["rotate"], 0)?;
    }
    hubspot.revoke(&old);
    workflow.pass(1)?;
    workflow.step(&["rotate"], 0)?;
    let issues = github.issues(REPO);
    ensure(issues.len() == 1 && issues.iter().all(|issue| issue.state == "closed"), || {
        format!("{} issues, not one closed", issues.len())
    })?;
    ensure(github.secret_value(&home(), TOKEN).as_deref() == Some(new.as_str()), || {
        "the primary destination does not hold the new value".to_owned()
    })?;
    for left in ["HUBSPOT_TOKEN_NEXT", "HUBSPOT_TOKEN_OLD"] {
        ensure(github.secret_value(&home(), left).is_none(), || format!("{left} was not removed"))?;
    }
    Ok(())
}
