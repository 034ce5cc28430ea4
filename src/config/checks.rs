//! What several values of a config say together: destinations, the same secret twice, unknown platforms.
//! Works on the tree, so that these are found in a file that has other mistakes as well; says nothing of a value that is
//! wrong by itself.

use std::collections::HashMap;
use std::ops::Range;

use serde::de::DeserializeOwned;

use super::names;
use super::place::{can_be_home, place};
use super::read::{Entry, Kind, Mistake, Node, list, nearest, quote};
use crate::domain::{Code, Destination, Place};

/// Every mistake of this kind in a config. `known` are the platforms there are.
pub(crate) fn check(root: &Node, known: &[&str]) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    // Platforms of the user's own are known only after their files were read.
    let knows_all = root.get("providers").is_none_or(|providers| providers.items().is_empty());
    let mut seen = HashMap::new();
    for token in root.get("tokens").map(Node::entries).unwrap_or_default() {
        if knows_all {
            mistakes.extend(provider(&token.value, known));
        }
        if let Some(scopes) =
            token.value.entry("scopes").filter(|entry| matches!(entry.value.kind, Kind::List(_)) && entry.value.items().is_empty())
        {
            let mistake = Mistake::new(
                Code::ConfigNeedsScopes,
                scopes.key_range.clone(),
                "an empty list of scopes means full access on some platforms",
            );
            mistakes.push(
                mistake.hint("name the scopes (`scopes: [mail.send]`), or take the key out: then those of the token in use are kept"),
            );
        }
        if let Some(destinations) = token.value.entry("destinations") {
            if matches!(destinations.value.kind, Kind::List(_)) && destinations.value.items().is_empty() {
                let mistake = Mistake::new(Code::ConfigNoDestination, destinations.key_range.clone(), "a token without a destination");
                mistakes.push(mistake.hint("write where its value goes: `destinations: [{github: acme/site, secret: SENDGRID_API_KEY}]`"));
            }
            for (index, node) in destinations.value.items().iter().enumerate() {
                destination(node, index == 0, &mut seen, &mut mistakes);
            }
        }
    }
    mistakes
}

fn provider(token: &Node, known: &[&str]) -> Option<Mistake> {
    let node = token.get("provider")?;
    let id = node.text().filter(|id| names::provider(id).is_ok() && !known.contains(id))?;
    let (message, hint) = unknown_provider(id, known);
    Some(Mistake::new(Code::ConfigUnknownProvider, node.range.clone(), message).hint(hint))
}

/// What is said of a platform nobody knows, and what may be meant.
pub(crate) fn unknown_provider(id: &str, known: &[&str]) -> (String, String) {
    let message = format!("no provider file describes {}", quote(id));
    let hint = match nearest(id, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if (1..=8).contains(&known.len()) => {
            format!("there are {}; a platform of your own goes under `providers:`", list(known.iter().copied()))
        }
        None => "`tokenward providers` lists what there is; a platform of your own goes under `providers:`".to_owned(),
    };
    (message, hint)
}

fn destination(node: &Node, is_home: bool, seen: &mut HashMap<String, Range<usize>>, mistakes: &mut Vec<Mistake>) {
    let Some(target) = node.get("github").and_then(Node::text).and_then(|text| names::target(text).ok()) else { return };
    let (store, visibility) = (typed(node, "store"), typed(node, "visibility"));
    let environment = node.get("environment").map(|value| value.text().unwrap_or_default().to_owned());
    let place = match place(target, environment, store, visibility) {
        Ok(place) => place,
        Err(clash) => {
            let at = node.entry(clash.key).map_or_else(|| node.range.clone(), |entry| entry.key_range.clone());
            let target = node.entry("github").map_or_else(|| node.range.clone(), whole);
            mistakes.push(Mistake::new(Code::ConfigBadDestination, at, clash.message).and("", target, "").hint(clash.hint));
            return;
        }
    };
    let at = node.entry("github").map_or_else(|| node.range.clone(), |entry| entry.value.range.clone());
    if is_home && !can_be_home(&place) {
        mistakes.push(not_home(&place, at));
    }
    if let Some(part) = node.entry("holds").filter(|_| is_home) {
        let message = "the first destination cannot hold a part of the value";
        mistakes.push(
            Mistake::new(Code::ConfigBadDestination, part.key_range.clone(), message)
                .hint("take `holds` out: the next run goes on from the whole value, which it is handed from there"),
        );
    }
    let Some(secret) = node.entry("secret") else { return };
    let Some(name) = secret.value.text().and_then(|text| names::secret(text).ok()) else { return };
    let destination = Destination { place, secret: name, holds: None };
    if let Some(first) = seen.get(&destination.key()) {
        let message =
            format!("the secret {} in {} is written twice", quote(destination.secret.as_str()), quote(&destination.place.to_string()));
        let mistake = Mistake::new(Code::ConfigSecretTwice, secret.value.range.clone(), message).and(
            "written again here",
            first.clone(),
            "written here first",
        );
        mistakes.push(mistake.hint("give one of the two another name, or take it out"));
    } else {
        seen.insert(destination.key(), secret.value.range.clone());
    }
}

fn not_home(place: &Place, at: Range<usize>) -> Mistake {
    let what = match place {
        Place::Organization { .. } => "an organization's secret",
        _ => "a Dependabot or Codespaces secret",
    };
    Mistake::new(Code::ConfigNoDestination, at, format!("{what} cannot be the first destination"))
        .hint("put an Actions secret of a repository or of an environment first: the run reads it back to prove that the new value arrived")
}

/// A word of a destination, where it is one.
fn typed<T: DeserializeOwned>(node: &Node, key: &str) -> Option<T> {
    node.get(key).and_then(|value| T::deserialize(value.to_value()).ok())
}

fn whole(entry: &Entry) -> Range<usize> {
    entry.key_range.start..entry.value.range.end
}
