//! The built-in files as a whole: their examples, their ids, and that a user's own file cannot take
//! one's place.

use super::*;
use crate::domain::Code;
use crate::providers::model::TokenKind;
use crate::providers::model::examples::expand;
use regex_automata::meta::Regex;

fn kinds(registry: &Registry) -> Vec<(String, &TokenKind)> {
    registry.all().flat_map(|spec| spec.tokens.iter().map(|kind| (spec.id.clone(), kind))).collect()
}

#[test]
fn every_built_in_file_is_there_and_sound() {
    let registry = Registry::built_in();
    assert_eq!(registry.ids().count(), registry.all().count());
    for spec in registry.all() {
        assert_eq!(crate::providers::model::check::check(spec), [], "{}", spec.id);
    }
    let ids: Vec<_> = registry.ids().map(ProviderId::as_str).collect();
    for id in ["hubspot", "resend", "sendgrid"] {
        assert!(ids.contains(&id));
    }
}

#[test]
fn an_example_of_one_provider_is_no_other_providers_token() {
    let registry = Registry::built_in();
    let kinds = kinds(&registry);
    // A shape that could be anything is only looked at beside its provider's words.
    for (id, kind) in kinds.iter().filter(|(_, kind)| kind.context.is_empty()) {
        let regex = Regex::new(&kind.shape).unwrap();
        for (other, example) in kinds
            .iter()
            .filter(|(other, _)| other != id)
            .flat_map(|(other, kind)| kind.examples.r#match.iter().map(move |e| (other, e)))
        {
            for seed in 0..20 {
                assert!(
                    !regex.is_match(&expand(example, seed).unwrap()),
                    "{id}/{} fits {example} of {other}",
                    kind.id
                );
            }
        }
    }
}

#[test]
fn a_file_of_ones_own_is_added_and_cannot_replace_a_known_provider() {
    let mut registry = Registry::built_in();
    let mut own = crate::providers::fake::spec("sendgrid");
    assert!(registry.add(own.clone()).is_err_and(|problem| problem.id == Code::ProviderInvalid));
    own.id = "inhouse".to_owned();
    registry.add(own).unwrap();
    assert!(registry.get(&ProviderId::new("inhouse")).is_some());
    assert!(registry.get(&ProviderId::new("nowhere")).is_none());
}

#[test]
fn what_is_possible_follows_from_the_file() {
    let registry = Registry::built_in();
    let of = |id: &str| registry.get(&ProviderId::new(id)).unwrap().capabilities();
    let (sendgrid, hubspot) = (of("sendgrid"), of("hubspot"));
    assert!(
        sendgrid.verify
            && sendgrid.issue
            && sendgrid.list
            && sendgrid.revoke
            && sendgrid.overlap
            && !sendgrid.manual
    );
    assert_eq!(sendgrid.limits.keys, Some(100));
    assert!(
        hubspot.verify
            && hubspot.manual
            && hubspot.overlap
            && hubspot.oauth
            && !hubspot.issue
            && !hubspot.list
            && !hubspot.revoke
    );
}

#[test]
fn no_provider_claims_more_than_it_can() {
    let registry = Registry::built_in();
    let said = |id: &str| {
        let can = registry.get(&ProviderId::new(id)).unwrap().capabilities();
        let words = [
            (can.verify, "verify"),
            (can.issue, "issue"),
            (can.list, "list"),
            (can.revoke, "revoke"),
            (can.overlap, "overlap"),
            (can.oauth, "oauth"),
            (can.manual, "manual"),
        ];
        words
            .into_iter()
            .filter_map(|(is_so, word)| is_so.then_some(word))
            .collect::<Vec<_>>()
            .join(" ")
    };
    for (id, expected) in [
        ("brevo", "verify overlap manual"),
        ("constant-contact", "verify oauth"),
        ("elastic-email", "verify issue list revoke overlap"),
        ("getresponse", "verify overlap oauth manual"),
        ("hubspot", "verify overlap oauth manual"),
        ("kit", "verify overlap oauth manual"),
        // Keys are listed and switched off by API; a person makes and deletes them.
        ("klaviyo", "verify list overlap oauth manual"),
        ("mailchimp", "verify overlap manual"),
        ("mailerlite", "verify overlap manual"),
        ("mailersend", "verify issue list revoke overlap"),
        ("mailgun", "verify issue list revoke overlap"),
        // One secret for a key: the old one ends when the new one is made.
        ("mailjet", "verify list manual"),
        ("mandrill", "verify overlap manual"),
        ("sendpulse", "verify overlap manual"),
        // The account itself has a token, which a person replaces.
        ("twilio", "verify issue list revoke overlap manual"),
    ] {
        assert_eq!(said(id), expected, "{id}");
    }
}
