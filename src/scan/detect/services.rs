//! Which service a name refers to, among the providers of the rules. A word counts whole: `alchemy`
//! is none in `sqlalchemy`. Says what a finding is called, and hardly ever whether it is one.

use std::collections::HashMap;
use std::ops::Range;

use super::assigned_name::parts;
use super::boundaries::is_name_byte;
use super::rule::Rule;
use crate::domain::ProviderId;
use crate::scan::types::CUSTOM;

/// Names of providers that are ordinary words: each counts only where a name begins with it.
const ORDINARY: [&str; 58] = [
    "axiom",
    "canny",
    "clerk",
    "clockwork",
    "convex",
    "courier",
    "cursor",
    "cypress",
    "delighted",
    "discord",
    "ditto",
    "drip",
    "elastic",
    "fireworks",
    "fulcrum",
    "ghost",
    "guardian",
    "harness",
    "honeycomb",
    "humanity",
    "hunter",
    "influx",
    "instantly",
    "keen",
    "knock",
    "lark",
    "linear",
    "loops",
    "mercury",
    "modal",
    "monday",
    "neon",
    "nightfall",
    "noticeable",
    "notion",
    "paddle",
    "particle",
    "persona",
    "polar",
    "prefect",
    "proof",
    "pusher",
    "pushover",
    "rails",
    "railway",
    "ramp",
    "rancher",
    "render",
    "replicate",
    "sanity",
    "segment",
    "sender",
    "square",
    "stability",
    "temporal",
    "turnstile",
    "unleash",
    "vault",
];
/// Servers that have no kind of token: the schemes of their addresses, and what they are called.
const SERVERS: [(&str, &str); 10] = [
    ("postgres", "postgres"),
    ("postgresql", "postgres"),
    ("mysql", "mysql"),
    ("mariadb", "mariadb"),
    ("redis", "redis"),
    ("rediss", "redis"),
    ("amqp", "amqp"),
    ("amqps", "amqp"),
    ("mssql", "mssql"),
    ("sqlserver", "mssql"),
];
/// The most words of which the name of a service is made.
const WORDS: usize = 4;
/// How far before a value a service may be told of, in the lines that end with it.
const NEAR: usize = 100;
/// What a name goes on with, where two words were written as one.
const ENDS: [&str; 22] = [
    "apikey",
    "apitoken",
    "apisecret",
    "accesstoken",
    "accesskey",
    "authtoken",
    "authkey",
    "secretkey",
    "privatekey",
    "clientsecret",
    "key",
    "token",
    "secret",
    "api",
    "auth",
    "access",
    "password",
    "pass",
    "client",
    "private",
    "pat",
    "app",
];
/// What ends the name of a company, and is often left out.
const TAILS: [&str; 14] = [
    "studio", "admin", "feedback", "labs", "cloud", "crm", "sms", "app", "api", "io", "ai", "co",
    "hq", "pm",
];
/// What stands before the name of a service in the name of a variable and says nothing.
const BEFORE: [&str; 22] = [
    "my", "the", "our", "x", "next", "vite", "react", "app", "env", "test", "prod", "dev", "local",
    "config", "settings", "self", "this", "default", "expo", "public", "nuxt", "export",
];
/// Names of providers that mean no service by themselves.
const NONE: [&str; 12] = [
    "generic",
    "url",
    "http",
    "jwt",
    "token",
    "secret",
    "key",
    "api",
    "private",
    "gitleaks",
    "privatekey",
    "httpauth",
];

/// A service that a text names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Service {
    pub(super) number: u16,
    /// Whether its name is a word that means other things as well.
    pub(super) is_word: bool,
}

/// All services, by their names in lower case, without what stands between their words.
#[derive(Debug)]
pub(crate) struct Services {
    ids: Vec<ProviderId>,
    by_name: HashMap<String, Service>,
}

impl Services {
    pub(super) fn new(rules: &[Rule]) -> Self {
        let mut all = Self { ids: Vec::new(), by_name: HashMap::new() };
        for rule in rules.iter().filter(|rule| rule.provider.as_str() != CUSTOM) {
            let first = rule.words.first().map(String::as_str).filter(|_| !rule.identifier);
            for name in [Some(rule.provider.as_str()), first].into_iter().flatten() {
                let name = plain(name);
                all.put(&name, &rule.provider, ORDINARY.contains(&&*name));
            }
        }
        for (scheme, id) in SERVERS {
            all.put(scheme, &ProviderId::new(id), false);
        }
        all.put_stems();
        all
    }

    /// `keenio` is called `keen` as well; that may be an ordinary word.
    fn put_stems(&mut self) {
        let stems: Vec<(String, u16)> = self
            .by_name
            .iter()
            .filter_map(|(name, service)| {
                let stem = TAILS.iter().find_map(|tail| name.strip_suffix(tail))?;
                (stem.len() > 2).then(|| (stem.to_owned(), service.number))
            })
            .collect();
        for (stem, number) in stems {
            if let Some(id) = self.id(number).cloned() {
                self.put(&stem, &id, true);
            }
        }
    }

    fn put(&mut self, name: &str, id: &ProviderId, is_word: bool) {
        if name.len() < 3 || NONE.contains(&name) || ENDS.contains(&name) || BEFORE.contains(&name)
        {
            return;
        }
        if let Some(known) = self.by_name.get_mut(name) {
            known.is_word |= is_word;
            return;
        }
        let place = self.ids.iter().rposition(|known| known == id);
        let place = place.unwrap_or_else(|| {
            self.ids.push(id.clone());
            self.ids.len() - 1
        });
        let service = Service {
            number: u16::try_from(place).unwrap_or(0),
            is_word: is_word || name.len() < 4,
        };
        self.by_name.insert(name.to_owned(), service);
    }

    pub(super) fn id(&self, number: u16) -> Option<&ProviderId> {
        self.ids.get(usize::from(number))
    }

    /// The service in the name of a value: the longest of the names in it. An ordinary word is one
    /// only where the name begins with it and goes on.
    pub(super) fn in_name(&self, name: &[u8]) -> Option<Service> {
        let words = parts(name);
        let first = words.iter().position(|word| !BEFORE.contains(&&**word)).unwrap_or(0);
        let mut best: Option<(usize, Service)> = None;
        for start in 0..words.len() {
            let (mut whole, mut longest) = (String::new(), None);
            for (count, word) in words[start..].iter().take(WORDS).enumerate() {
                whole.push_str(word);
                let goes_on = start + count + 1 < words.len();
                let known = self
                    .whole(&whole)
                    .map(|(length, service)| (length, service, goes_on || length < whole.len()));
                longest = known.or(longest);
            }
            if let Some((length, service, goes_on)) = longest
                && (!service.is_word || start == first && goes_on)
                && best.is_none_or(|(other, _)| other < length)
            {
                best = Some((length, service));
            }
        }
        best.map(|(_, service)| service)
    }

    /// The service that a word is, or begins with where what follows says that it is a key.
    fn whole(&self, word: &str) -> Option<(usize, Service)> {
        let get = |name: &str| self.by_name.get(name).map(|service| (name.len(), *service));
        let stem = word.trim_end_matches(|c: char| c.is_ascii_digit());
        get(word).or_else(|| get(stem)).or_else(|| {
            let ends = ENDS.iter().filter_map(|end| stem.strip_suffix(end));
            ends.filter(|rest| rest.len() > 2).find_map(get)
        })
    }

    /// The service whose addresses have this scheme.
    pub(super) fn in_scheme(&self, scheme: &[u8]) -> Option<Service> {
        self.by_name.get(&plain(&String::from_utf8_lossy(scheme))).copied()
    }

    /// The service whose name is the word right before that of a value: `acme SECRET VALUE`,
    /// `acme.secret`.
    pub(super) fn beside(&self, text: &[u8], name: Range<usize>) -> Option<Service> {
        let before = text.get(..name.start)?;
        let [head @ .., b' ' | b'.' | b':' | b'/' | b'[' | b'"' | b'\''] = before else {
            return None;
        };
        let head = head.strip_suffix(b"\"]").or_else(|| head.strip_suffix(b"']")).unwrap_or(head);
        let word = head.iter().rev().take(40).take_while(|b| is_name_byte(**b)).count();
        let word = &head[head.len() - word..];
        self.in_name(&[word, b" ", text.get(name)?].concat())
    }

    /// The service that stands last before a value whose name begins at `end`: never an ordinary
    /// word.
    pub(super) fn before(&self, text: &[u8], end: usize) -> Option<Service> {
        let from = end.saturating_sub(NEAR);
        self.words(&text[from..end]).last()
    }

    /// The first one behind it on its line.
    pub(super) fn behind(&self, text: &[u8], start: usize) -> Option<Service> {
        let line =
            text.get(start..)?.iter().take(NEAR.min(80)).take_while(|b| **b != b'\n').count();
        self.words(&text[start..start + line]).next()
    }

    fn words<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = Service> + 't {
        let words = text
            .split(|b| !is_name_byte(*b) || *b == b'.')
            .filter(|word| word.len() > 3 && word.len() < 60);
        words.filter_map(|word| self.in_name(word)).filter(|service| !service.is_word)
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Option<String> {
        let mut all = Services { ids: Vec::new(), by_name: HashMap::new() };
        for known in ["storyblok", "walkscore", "livekit"] {
            all.put(known, &ProviderId::new(known), false);
        }
        all.put("box", &ProviderId::new("box"), true);
        all.in_name(name.as_bytes())
            .and_then(|service| all.id(service.number))
            .map(ToString::to_string)
    }

    #[test]
    fn a_service_is_a_whole_word_of_the_name() {
        for (name, wanted) in [
            ("STORYBLOK_API_KEY", Some("storyblok")),
            ("storyblokApiKey", Some("storyblok")),
            ("storyblokkey", Some("storyblok")),
            ("storyblokKEY", Some("storyblok")),
            ("NEXT_PUBLIC_WALK_SCORE_TOKEN", Some("walkscore")),
            ("LIVEKIT_API_SECRET", Some("livekit")),
            ("sqlstoryblok_url", None),
            ("text_box_key", None),
            ("BOX_TOKEN", Some("box")),
            ("box", None),
            ("api_key", None),
        ] {
            assert_eq!(named(name).as_deref(), wanted, "{name}");
        }
    }
}
