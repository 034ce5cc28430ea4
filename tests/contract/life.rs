//! The whole life of two tokens, as a workflow would live it: adopted, due, planned, rotated,
//! proven, graced, revoked, tested, then replaced by a value that a person made. What tokenward
//! claims is looked up in the emulator, which opens the boxes.

use tokenward_emulator::Key;

use crate::outcome::{Outcome, ensure};
use crate::people;
use crate::workflow::{ORG, SECRETS, Workflow, paste, places, selected};

/// Carries the life out.
pub(crate) fn live(workflow: &mut Workflow) -> Outcome<()> {
    let emulator = workflow.emulator.clone();
    let (github, sendgrid, resend) = (emulator.github(), emulator.sendgrid(), emulator.resend());
    let pasted = [
        sendgrid.add_key("pasted years ago", &["mail.send"]),
        resend.add_key("pasted years ago", "sending_access", None),
    ];
    let by_hand = [
        sendgrid.add_key("a colleague's", &["mail.send"]),
        resend.add_key("a colleague's", "sending_access", None),
    ];
    for (name, key) in SECRETS.iter().zip(&pasted) {
        paste(&github, name, &key.value);
    }
    workflow.set("SENDGRID_MANAGER_KEY", &sendgrid.add_full_access_key("manager").value);
    workflow.set("RESEND_MANAGER_KEY", &resend.add_full_access_key("manager").value);

    // Resend's keys do not tell their id; a person looks it up once.
    workflow.step(&["adopt", "resend-mail", "--id", &pasted[1].id], 0)?;
    workflow.step(&["rotate"], 0)?;
    ensure(sendgrid.created_count() + resend.created_count() == 0, || {
        "a key was made before any was due".to_owned()
    })?;

    workflow.pass(31 * 24)?;
    workflow.step(&["plan"], 0)?;
    let said = workflow.step(&["rotate"], 0)?;
    let first = held_everywhere(workflow)?;
    let masked = |value: &String| said.contains(&format!("::add-mask::{value}\n"));
    ensure(first.iter().all(masked), || "a new value was not masked".to_owned())?;
    ensure(first.iter().zip(&pasted).all(|(new, old)| *new != old.value), || {
        "the old values are still in place".to_owned()
    })?;
    alive(workflow, &pasted, true, "replaced a moment ago")?;

    // The next run is handed the new values: the proof. Then the grace.
    workflow.pass(1)?;
    workflow.step(&["rotate"], 0)?;
    alive(workflow, &pasted, true, "in its grace")?;
    workflow.pass(25)?;
    workflow.step(&["rotate"], 0)?;
    workflow.pass(1)?;
    workflow.step(&["rotate"], 0)?;
    alive(workflow, &pasted, false, "revoked")?;
    alive(workflow, &by_hand, true, "not tokenward's")?;
    ensure(held_everywhere(workflow)? == first, || "revoking changed a secret".to_owned())?;
    workflow.step(&["status"], 0)?;
    workflow.step(&["check"], 0)?;

    let last = a_run_dies(workflow, &first)?;
    a_person_brings_a_value(workflow, &last)?;
    people::alert(workflow, &held_everywhere(workflow)?[0])?;
    people::logs(workflow)?;
    people::confirmed(workflow)?;
    let visible = SECRETS.map(|name| github.org_visibility(ORG, name));
    ensure(visible == [Some(selected()), Some(selected())], || {
        format!("the organization's secrets are visible to {visible:?}")
    })?;
    people::asked(workflow)?;
    people::hosted(workflow)
}

/// A run is killed in the middle of its writes. The next ones leave its work alone until GitHub
/// says that it is over.
fn a_run_dies(workflow: &mut Workflow, before: &[String; 2]) -> Outcome<[String; 2]> {
    let sendgrid = workflow.emulator.sendgrid();
    workflow.dies_at(
        "PUT",
        "/repos/acme/site/dependabot/secrets/",
        &["rotate", "sendgrid-mail", "--force", "--reason", "contract"],
    )?;
    workflow.step(&["rotate"], 12)?;
    workflow.dead_run_is_over();
    for _ in 0..4 {
        workflow.pass(1)?;
        workflow.step(&["rotate"], 0)?;
    }
    let after = held_everywhere(workflow)?;
    ensure(after[0] != before[0] && after[1] == before[1], || {
        "not one value was replaced".to_owned()
    })?;
    workflow.pass(25)?;
    workflow.step(&["rotate"], 0)?;
    workflow.pass(1)?;
    workflow.step(&["rotate"], 0)?;
    ensure(!sendgrid.is_live(&before[0]), || "the key before was not revoked".to_owned())?;
    let ours = sendgrid.keys().iter().filter(|key| key.name.starts_with("tw1-")).count();
    ensure(ours == 1, || format!("{ours} keys of tokenward's are left"))?;
    workflow.step(&["check"], 0)?;
    Ok(after)
}

/// Somebody makes a key in the provider's web page and hands it over.
fn a_person_brings_a_value(workflow: &mut Workflow, before: &[String; 2]) -> Outcome<()> {
    let sendgrid = workflow.emulator.sendgrid();
    let brought = sendgrid.add_key("made by a person", &["mail.send"]);
    workflow.set("BROUGHT_KEY", &brought.value);
    workflow.step(&["push", "sendgrid-mail", "--value-from", "env:BROUGHT_KEY"], 0)?;
    ensure(held_everywhere(workflow)?[0] == brought.value, || {
        "the value brought is not in place".to_owned()
    })?;
    for hours in [1, 25, 1] {
        workflow.pass(hours)?;
        workflow.step(&["rotate"], 0)?;
    }
    ensure(!sendgrid.is_live(&before[0]), || {
        "the key before the one brought was not revoked".to_owned()
    })?;
    ensure(sendgrid.is_live(&brought.value), || "the value brought is dead".to_owned())?;
    workflow.step(&["check"], 0)?;
    Ok(())
}

/// The value of each token, if it is the same in all five places and works.
fn held_everywhere(workflow: &Workflow) -> Outcome<[String; 2]> {
    let emulator = &workflow.emulator;
    let held = SECRETS.map(|name| {
        places().map(|place| emulator.github().secret_value(&place, name).unwrap_or_default())
    });
    for (name, values) in SECRETS.iter().zip(&held) {
        ensure(values.iter().all(|value| *value == values[0]), || {
            format!("{name} is not the same in all five places")
        })?;
    }
    let [sendgrid, resend] = held.map(|[first, ..]| first);
    ensure(emulator.sendgrid().is_live(&sendgrid), || {
        "SendGrid does not accept the value in place".to_owned()
    })?;
    ensure(emulator.resend().is_live(&resend), || {
        "Resend does not accept the value in place".to_owned()
    })?;
    Ok([sendgrid, resend])
}

fn alive(workflow: &Workflow, keys: &[Key; 2], wanted: bool, which: &str) -> Outcome<()> {
    let lives = [
        workflow.emulator.sendgrid().is_live(&keys[0].value),
        workflow.emulator.resend().is_live(&keys[1].value),
    ];
    ensure(lives == [wanted; 2], || {
        format!("keys {which}: accepted by SendGrid and Resend: {lives:?}")
    })
}
