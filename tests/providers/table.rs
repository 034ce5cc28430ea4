//! What every provider is said to be able to do, held against lists made from the providers' own
//! documentation and not from the files.

use std::collections::BTreeSet;

use crate::providers::bench::{id, registry};

/// Keys are issued and revoked by API.
const ISSUE_AND_REVOKE: &[&str] = &[
    "amazon-ses",
    "azure-communication",
    "elastic-email",
    "mailersend",
    "mailgun",
    "mailtrap",
    "onesignal",
    "resend",
    "scaleway",
    "sendgrid",
    "smtp2go",
    "twilio",
    "zeptomail",
];

/// Access is refreshed by OAuth.
const OAUTH: &[&str] = &["aweber", "constant-contact", "getresponse", "hubspot", "kit", "klaviyo"];

fn those(can: fn(&tokenward::providers::Capabilities) -> bool) -> BTreeSet<String> {
    registry()
        .all()
        .filter(|spec| can(&spec.capabilities()))
        .map(|spec| id(spec).to_string())
        .collect()
}

fn texts(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn nothing_is_claimed_that_a_provider_does_not_document() {
    let issuing = those(|can| can.issue && can.revoke);
    let listed = texts(ISSUE_AND_REVOKE);
    assert!(
        issuing == listed,
        "add to ISSUE_AND_REVOKE above what the provider documents, or correct its file: {:?}",
        issuing.symmetric_difference(&listed).collect::<Vec<_>>()
    );
    // Making a key that cannot be ended again, or the other way round, is declared by nobody.
    assert_eq!(those(|can| can.issue), those(|can| can.issue && can.revoke));
    let oauth = those(|can| can.oauth);
    assert!(texts(OAUTH).is_subset(&oauth), "{:?}", texts(OAUTH).difference(&oauth));
    // Whatever comes neither by API nor by OAuth comes from a person.
    assert_eq!(those(|can| !can.issue && !can.oauth && !can.manual), BTreeSet::new());
}
