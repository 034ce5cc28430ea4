//! Checks across several values of a config: destinations, duplicate secrets, unknown providers.
//! Works on the tree, so that it also finds these in a file with other errors; skips values that
//! are invalid by themselves.

use std::collections::HashMap;
use std::ops::Range;

use serde::de::DeserializeOwned;

use super::place::{can_be_primary, place};
use super::read::{Diagnostic, Entry, Kind, Node};
use super::sources::env;
use super::{names, problems};
use crate::domain::{Code, Destination, Place, VisibilityRule};

/// By variable and environment: the provider whose credential it holds, and where the config says
/// so.
type Owners<'t> = HashMap<(&'t str, Option<&'t str>), (&'t str, Range<usize>)>;

/// All errors of this kind in a config. `known` are the ids of all providers.
pub(crate) fn check(root: &Node, known: &[&str]) -> Vec<Diagnostic> {
    let mut mistakes = Vec::new();
    // Providers of the user's own are known only after their files were read.
    let knows_all = root.get("providers").is_none_or(|providers| providers.items().is_empty());
    let (mut seen, mut values, mut owners) = (HashMap::new(), HashMap::new(), HashMap::new());
    let tokens = root.get("tokens").map(Node::entries).unwrap_or_default();
    let managers: Vec<&str> =
        tokens.iter().filter_map(|token| variable(token.value.get("manager")?)).collect();
    for token in tokens {
        if knows_all {
            mistakes.extend(provider(&token.value, known));
        }
        if let Some(scopes) = token.value.entry("scopes").filter(|entry| {
            matches!(entry.value.kind, Kind::List(_)) && entry.value.items().is_empty()
        }) {
            mistakes.push(problems::scopes_empty(scopes.key_range.clone()));
        }
        let twice = value_twice(&token.value, &mut values);
        let crossed = two_providers(&token.value, &mut owners);
        // A value that is used twice is reported once, whatever the providers are.
        mistakes.extend(if twice.is_some() { twice } else { crossed });
        mistakes.extend(over_a_manager(&token.value, &managers));
        if let Some(destinations) = token.value.entry("destinations") {
            if matches!(destinations.value.kind, Kind::List(_))
                && destinations.value.items().is_empty()
            {
                mistakes.push(problems::no_destination(destinations.key_range.clone()));
            }
            for (index, node) in destinations.value.items().iter().enumerate() {
                destination(node, index == 0, &mut seen, &mut mistakes);
            }
        }
    }
    mistakes
}

fn provider(token: &Node, known: &[&str]) -> Option<Diagnostic> {
    let node = token.get("provider")?;
    let id = node.text().filter(|id| names::provider(id).is_ok() && !known.contains(id))?;
    let (message, hint) = problems::unknown_provider(id, known);
    Some(Diagnostic::new(Code::ConfigUnknownProvider, node.range.clone(), message).hint(hint))
}

/// Two tokens must not share a value: rotating one would revoke what the other's destinations hold.
/// Two environments can have different values under the same name, since a job receives the secrets
/// of only one environment.
fn value_twice<'t>(
    token: &'t Node,
    values: &mut HashMap<(&'t str, Option<&'t str>), Range<usize>>,
) -> Option<Diagnostic> {
    let node = token.get("value")?;
    let variable = variable(node)?;
    let environment =
        primary(token).and_then(|primary| primary.get("environment")).and_then(Node::text);
    let first = values.insert((variable, environment), node.range.clone())?;
    Some(problems::value_twice(node.range.clone(), first))
}

/// A variable must not be used for two providers: one would receive the other's credential. Two
/// environments can have different values under the same name.
fn two_providers<'t>(token: &'t Node, owners: &mut Owners<'t>) -> Option<Diagnostic> {
    let provider = token.get("provider")?.text()?;
    let environment =
        primary(token).and_then(|primary| primary.get("environment")).and_then(Node::text);
    let mut found = None;
    for node in [token.get("value"), token.get("manager")].into_iter().flatten() {
        let Some(variable) = variable(node) else { continue };
        let (owner, first) =
            owners.entry((variable, environment)).or_insert_with(|| (provider, node.range.clone()));
        if *owner != provider && found.is_none() {
            let at = node.range.clone();
            found = Some(problems::two_providers(at, first.clone(), owner, provider));
        }
    }
    found
}

/// The first destination, as it is written.
fn primary(token: &Node) -> Option<&Node> {
    token.get("destinations").and_then(|all| all.items().first())
}

/// The variable that a value comes from.
fn variable(node: &Node) -> Option<&str> {
    node.text().filter(|text| env(text).is_ok())?.strip_prefix("env:")
}

/// A token that would overwrite the credential that issues it.
fn over_a_manager(token: &Node, managers: &[&str]) -> Vec<Diagnostic> {
    let own = token.get("value").and_then(variable);
    let mut mistakes = Vec::new();
    if let Some(entry) = token
        .entry("manager")
        .filter(|entry| variable(&entry.value).is_some_and(|manager| Some(manager) == own))
    {
        mistakes.push(problems::manager_is_token(entry.value.range.clone()));
    }
    for secret in token
        .get("destinations")
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .filter_map(|node| node.get("secret"))
    {
        let is_manager = |name: &str| {
            secret.text().is_some_and(|text| text.eq_ignore_ascii_case(name)) && Some(name) != own
        };
        if managers.iter().any(|name| is_manager(name)) {
            mistakes.push(problems::overwrites_manager(secret.range.clone()));
        }
    }
    mistakes
}

fn destination(
    node: &Node,
    is_primary: bool,
    seen: &mut HashMap<String, Range<usize>>,
    mistakes: &mut Vec<Diagnostic>,
) {
    let Some(target) =
        node.get("github").and_then(Node::text).and_then(|text| names::target(text).ok())
    else {
        return;
    };
    let (store, visibility) = (typed(node, "store"), typed(node, "visibility"));
    let environment =
        node.get("environment").map(|value| value.text().unwrap_or_default().to_owned());
    let place = match place(target, environment, store, visibility) {
        Ok(place) => place,
        Err(clash) => {
            let at = node
                .entry(clash.key)
                .map_or_else(|| node.range.clone(), |entry| entry.key_range.clone());
            let target = node.entry("github").map_or_else(|| node.range.clone(), whole);
            mistakes.push(problems::keys_clash(at, target, &clash));
            return;
        }
    };
    let at =
        node.entry("github").map_or_else(|| node.range.clone(), |entry| entry.value.range.clone());
    if is_primary && !can_be_primary(&place) {
        mistakes.push(problems::not_primary(&place, at));
    }
    if let Some(part) = node.entry("part").filter(|_| is_primary) {
        mistakes.push(problems::primary_with_part(part.key_range.clone()));
    }
    if let Some(create) = node.entry("create").filter(|_| typed(node, "create") == Some(true)) {
        mistakes.extend(not_created(&place, is_primary, create.key_range.clone()));
    }
    let Some(secret) = node.entry("secret") else { return };
    let Some(name) = secret.value.text().and_then(|text| names::secret(text).ok()) else { return };
    let destination = Destination { place, secret: name, part: None, create: false };
    if let Some(first) = seen.get(&destination.key()) {
        let at = secret.value.range.clone();
        mistakes.push(problems::secret_twice(&destination, at, first.clone()));
    } else {
        seen.insert(destination.key(), secret.value.range.clone());
    }
}

/// Why tokenward cannot create a destination.
fn not_created(place: &Place, is_primary: bool, at: Range<usize>) -> Option<Diagnostic> {
    match place {
        _ if is_primary => Some(problems::primary_not_created(at)),
        Place::Organization { visibility: VisibilityRule::Preserve, .. } => {
            Some(problems::visibility_unknown(at))
        }
        _ => None,
    }
}

/// A typed value of a destination, if it is valid.
fn typed<T: DeserializeOwned>(node: &Node, key: &str) -> Option<T> {
    node.get(key).and_then(|value| T::deserialize(value.to_value()).ok())
}

fn whole(entry: &Entry) -> Range<usize> {
    entry.key_range.start..entry.value.range.end
}
