//! What every provider is said to be able to do, held against lists made from the providers' own
//! documentation and not from the files.

use std::collections::BTreeSet;

use crate::bench::{id, registry};

/// Keys are issued and revoked by API.
const ISSUE_AND_REVOKE: [&str; 13] = [
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
const OAUTH: [&str; 6] = ["aweber", "constant-contact", "getresponse", "hubspot", "kit", "klaviyo"];

/// Every provider there has to be.
const ALL: [&str; 38] = [
    "activecampaign",
    "amazon-ses",
    "aweber",
    "azure-communication",
    "beehiiv",
    "braze",
    "brevo",
    "buttondown",
    "campaign-monitor",
    "constant-contact",
    "customer-io",
    "drip",
    "elastic-email",
    "getresponse",
    "hubspot",
    "iterable",
    "kit",
    "klaviyo",
    "loops",
    "mailchimp",
    "mailerlite",
    "mailersend",
    "mailgun",
    "mailjet",
    "mailtrap",
    "mandrill",
    "omnisend",
    "onesignal",
    "postmark",
    "resend",
    "salesforce-marketing-cloud",
    "scaleway",
    "sendgrid",
    "sendpulse",
    "smtp2go",
    "sparkpost",
    "twilio",
    "zeptomail",
];

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
fn every_provider_is_there_and_nothing_is_claimed_that_it_cannot_do() {
    let missing: Vec<_> = texts(&ALL).difference(&those(|_| true)).cloned().collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert_eq!(those(|can| can.issue && can.revoke), texts(&ISSUE_AND_REVOKE));
    // Making a key that cannot be ended again, or the other way round, is declared by nobody.
    assert_eq!(those(|can| can.issue), those(|can| can.issue && can.revoke));
    let oauth = those(|can| can.oauth);
    assert!(texts(&OAUTH).is_subset(&oauth), "{:?}", texts(&OAUTH).difference(&oauth));
    // Whatever comes neither by API nor by OAuth comes from a person.
    assert_eq!(those(|can| !can.issue && !can.oauth && !can.manual), BTreeSet::new());
}
