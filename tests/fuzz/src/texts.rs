//! Texts that come from outside: a config, a provider file, a record of the journal, an event's
//! payload.

use std::path::Path;

use tokenward::cli::{SchemaName, printed};
use tokenward::config::{Context, load, read};
use tokenward::domain::event::{Base, Brings};
use tokenward::github::{Decides, Facts, Proposal, Said};
use tokenward::journal::{JournalKey, Record};
use tokenward::providers::Spec;
use tokenward::providers::model::check::check;

use super::{CANARY, text};

/// Any text as a config: it is read or refused with diagnostics that can be shown, and a value in
/// it is never shown.
pub fn config(bytes: &[u8]) {
    let text = text(bytes);
    let known = ["sendgrid", "resend"];
    let find =
        |text: &str| text.match_indices(CANARY).map(|(at, found)| at..at + found.len()).collect();
    let context = Context { looks_like_token: &find, known_providers: &known };
    for text in [text.to_owned(), text.replace("env:", CANARY)] {
        if let Err(diagnostics) = load(Path::new(".github/tokenward.yml"), &text, &context) {
            assert!(!diagnostics.is_empty());
            for diagnostic in diagnostics {
                let shown = format!("{diagnostic} {diagnostic:?}");
                assert!(!shown.contains(CANARY), "a value is shown");
            }
        }
    }
}

/// Any text as a provider file: what is taken names only declared hosts, and what is refused says
/// why.
pub fn provider_file(bytes: &[u8]) {
    let nothing = |_: &str| Vec::new();
    let context = Context { looks_like_token: &nothing, known_providers: &[] };
    if let Ok((spec, _)) =
        read::<Spec>(Path::new("own.yml"), text(bytes), &context, printed(SchemaName::Provider))
        && check(&spec).is_empty()
    {
        assert!(!spec.hosts.is_empty() && !spec.regions.is_empty());
    }
}

/// Any line as a journal record: it is refused, or it is written again exactly as it was
/// understood, and its signature is its own.
pub fn journal_record(bytes: &[u8]) {
    let Ok(record) = Record::parse(text(bytes)) else { return };
    let line = record.to_line();
    assert!(!line.contains('\n'));
    assert!(
        Record::parse(&line).is_ok_and(|again| again == record),
        "what was written is read as something else"
    );
    let (Ok(key), Ok(other)) = (JournalKey::fresh(), JournalKey::fresh()) else { return };
    let mut signed = record.clone();
    signed.mac = Some(record.mac_under(&key));
    assert!(
        signed.mac == Some(signed.mac_under(&key)) && signed.mac != Some(signed.mac_under(&other))
    );
    signed.sequence = signed.sequence.wrapping_add(1);
    assert!(
        signed.mac != Some(signed.mac_under(&key)),
        "a number was changed and the signature still fits"
    );
    for state in record.tokens.values() {
        let _ = (state.as_str(), state.newest());
    }
}

/// Any payload of any event: what it names as a commit is an id of one, which no option of `git`
/// could be.
pub fn event(bytes: &[u8]) {
    let is_id =
        |id: &str| matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    for name in ["push", "pull_request", "pull_request_target", "merge_group", "schedule"] {
        let Ok(event) = tokenward::github::event(name, text(bytes), bytes) else { continue };
        assert!(event.commit.as_deref().is_none_or(is_id), "{name}: {:?}", event.commit);
        if let Brings::Commits { head, bases, .. } = event.brings {
            assert!(is_id(&head), "{name}: {head:?}");
            assert!(
                bases.iter().all(|base| matches!(base, Base::Branch(_))
                    || matches!(base, Base::Commit(id) if is_id(id))),
                "{name}"
            );
        }
    }
    let payload = text(bytes);
    let facts = Facts::read(&Said::default(), payload);
    assert!(facts.base.as_ref().is_none_or(|(_, id)| is_id(id)));
    for allow_unprotected_ref in [false, true] {
        assert!(
            !matches!(facts.decides(allow_unprotected_ref), Decides::Commit(id) if !is_id(&id))
        );
    }
    let _ = (Proposal::read(payload), Proposal::is_run_of_fork(payload));
}
