//! What every platform is said to be able to do, held against lists made from the platforms' own documentation and not from the files.

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

/// Every platform there has to be.
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
    registry().all().filter(|spec| can(&spec.capabilities())).map(|spec| id(spec).to_string()).collect()
}

fn texts(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn nothing_is_claimed_that_a_platform_cannot_do() {
    let there = those(|_| true);
    let of = |list: &[&str]| texts(list).intersection(&there).cloned().collect::<BTreeSet<_>>();
    assert_eq!(those(|can| can.issue && can.revoke), of(&ISSUE_AND_REVOKE));
    // Making a key that cannot be ended again, or the other way round, is declared by nobody.
    assert_eq!(those(|can| can.issue), those(|can| can.issue && can.revoke));
    assert!(of(&ALL).len() >= 17);
    let oauth = those(|can| can.oauth);
    assert!(oauth.is_disjoint(&texts(&["sendgrid", "resend", "mailgun", "postmark", "twilio"])), "{oauth:?}");
    // Whatever comes neither by API nor by OAuth comes from a person.
    assert_eq!(those(|can| !can.issue && !can.oauth && !can.manual), BTreeSet::new());
}
