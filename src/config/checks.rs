//! What several values of a config say together: destinations, the same secret twice, unknown
//! providers. Works on the tree, so that these are found in a file that has other mistakes as well;
//! says nothing of a value that is wrong by itself.

use std::collections::HashMap;
use std::ops::Range;

use serde::de::DeserializeOwned;

use super::names;
use super::place::{can_be_primary, place};
use super::read::{Diagnostic, Entry, Kind, Node, list, nearest, quote};
use super::sources::env;
use crate::domain::{Code, Destination, Place, VisibilityRule};

/// By variable and environment: the provider whose credential it holds, and where that is said.
type Owners<'t> = HashMap<(&'t str, Option<&'t str>), (&'t str, Range<usize>)>;

/// Every mistake of this kind in a config. `known` are the providers there are.
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
            let mistake = Diagnostic::new(
                Code::ConfigNeedsScopes,
                scopes.key_range.clone(),
                "an empty list of scopes means full access on some providers",
            );
            mistakes.push(
                mistake.hint("name the scopes (`scopes: [mail.send]`), or take the key out: then those of the token in use are kept"),
            );
        }
        let twice = value_twice(&token.value, &mut values);
        let crossed = two_providers(&token.value, &mut owners);
        // A value that is taken twice is one mistake, whatever the providers are.
        mistakes.extend(if twice.is_some() { twice } else { crossed });
        mistakes.extend(over_a_manager(&token.value, &managers));
        if let Some(destinations) = token.value.entry("destinations") {
            if matches!(destinations.value.kind, Kind::List(_))
                && destinations.value.items().is_empty()
            {
                let mistake = Diagnostic::new(
                    Code::ConfigNoDestination,
                    destinations.key_range.clone(),
                    "a token without a destination",
                );
                mistakes.push(mistake.hint("write where its value goes: `destinations: [{github: acme/site, secret: SENDGRID_API_KEY}]`"));
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
    let (message, hint) = unknown_provider(id, known);
    Some(Diagnostic::new(Code::ConfigUnknownProvider, node.range.clone(), message).hint(hint))
}

/// One value cannot be two tokens: the rotation of one would end what the destinations of the other
/// hold. Two environments may each have a value under one name, since a job gets those of one
/// environment.
fn value_twice<'t>(
    token: &'t Node,
    values: &mut HashMap<(&'t str, Option<&'t str>), Range<usize>>,
) -> Option<Diagnostic> {
    let node = token.get("value")?;
    let variable = variable(node)?;
    let environment =
        primary(token).and_then(|primary| primary.get("environment")).and_then(Node::text);
    let first = values.insert((variable, environment), node.range.clone())?;
    let mistake = Diagnostic::new(
        Code::ConfigValueTwice,
        node.range.clone(),
        "two tokens take their values from one variable",
    )
    .and("taken again here", first, "taken here first");
    Some(mistake.hint("write one token with the destinations of both, or hand each its own value"))
}

/// One variable holds one credential, and no credential is of two providers: one of them would be
/// sent the other's. Environments may each have their own under one name.
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
            let message = format!(
                "one variable holds credentials of two providers: {} and {}",
                quote(owner),
                quote(provider)
            );
            let mistake = Diagnostic::new(Code::ConfigValueTwice, node.range.clone(), message);
            let mistake = mistake.and("taken again here", first.clone(), "taken here first");
            found = Some(mistake.hint("give each provider's credential a variable of its own"));
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

/// A token that would be written over the credential which makes it.
fn over_a_manager(token: &Node, managers: &[&str]) -> Vec<Diagnostic> {
    let own = token.get("value").and_then(variable);
    let mut mistakes = Vec::new();
    if let Some(entry) = token
        .entry("manager")
        .filter(|entry| variable(&entry.value).is_some_and(|manager| Some(manager) == own))
    {
        mistakes.push(
            Diagnostic::new(Code::ConfigBadValueSource, entry.value.range.clone(), "the manager is the token itself")
                .hint("name the variable of another credential; without `manager` the value manages itself, where the provider allows it"),
        );
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
            mistakes.push(
                Diagnostic::new(Code::ConfigBadDestination, secret.range.clone(), "the token would be written over a manager credential")
                    .hint("give the token a secret of its own name, or the manager's variable another one"),
            );
        }
    }
    mistakes
}

/// What is said of a provider nobody knows, and what may be meant.
pub(crate) fn unknown_provider(id: &str, known: &[&str]) -> (String, String) {
    let message = format!("no provider file describes {}", quote(id));
    let hint = match nearest(id, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if (1..=8).contains(&known.len()) => {
            format!("there are {}; a provider of your own goes under `providers:`", list(known.iter().copied()))
        }
        None => "`tokenward providers` lists what there is; a provider of your own goes under `providers:`".to_owned(),
    };
    (message, hint)
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
            mistakes.push(
                Diagnostic::new(Code::ConfigBadDestination, at, clash.message)
                    .and("", target, "")
                    .hint(clash.hint),
            );
            return;
        }
    };
    let at =
        node.entry("github").map_or_else(|| node.range.clone(), |entry| entry.value.range.clone());
    if is_primary && !can_be_primary(&place) {
        mistakes.push(not_primary(&place, at));
    }
    if let Some(part) = node.entry("part").filter(|_| is_primary) {
        let message = "the first destination cannot hold a part of the value";
        mistakes.push(
            Diagnostic::new(Code::ConfigBadDestination, part.key_range.clone(), message)
                .hint("remove `part`: the next run goes on from the whole value, which it is handed from there"),
        );
    }
    if let Some(create) = node.entry("create").filter(|_| typed(node, "create") == Some(true)) {
        mistakes.extend(not_created(&place, is_primary).map(|(message, hint)| {
            Diagnostic::new(Code::ConfigBadDestination, create.key_range.clone(), message)
                .hint(hint)
        }));
    }
    let Some(secret) = node.entry("secret") else { return };
    let Some(name) = secret.value.text().and_then(|text| names::secret(text).ok()) else { return };
    let destination = Destination { place, secret: name, part: None, create: false };
    if let Some(first) = seen.get(&destination.key()) {
        let message = format!(
            "the secret {} in {} is written twice",
            quote(destination.secret.as_str()),
            quote(&destination.place.to_string())
        );
        let mistake = Diagnostic::new(Code::ConfigSecretTwice, secret.value.range.clone(), message)
            .and("written again here", first.clone(), "written here first");
        mistakes.push(mistake.hint("give one of the two another name, or take it out"));
    } else {
        seen.insert(destination.key(), secret.value.range.clone());
    }
}

/// Why tokenward cannot create a destination, and what to write instead.
fn not_created(place: &Place, is_primary: bool) -> Option<(&'static str, &'static str)> {
    match place {
        _ if is_primary => Some((
            "the first destination cannot be created",
            "take `create` out, and create the secret with the value in use: the run is handed the value from there",
        )),
        Place::Organization { visibility: VisibilityRule::Preserve, .. } => Some((
            "an organization's secret that does not exist has no visibility to preserve",
            "say who may read it: `visibility: private` or `visibility: all`",
        )),
        _ => None,
    }
}

fn not_primary(place: &Place, at: Range<usize>) -> Diagnostic {
    let what = match place {
        Place::Organization { .. } => "an organization's secret",
        _ => "a Dependabot or Codespaces secret",
    };
    Diagnostic::new(Code::ConfigNoDestination, at, format!("{what} cannot be the first destination"))
        .hint("put an Actions secret of a repository or of an environment first: the run reads it back to prove that the new value arrived")
}

/// A word of a destination, where it is one.
fn typed<T: DeserializeOwned>(node: &Node, key: &str) -> Option<T> {
    node.get(key).and_then(|value| T::deserialize(value.to_value()).ok())
}

fn whole(entry: &Entry) -> Range<usize> {
    entry.key_range.start..entry.value.range.end
}
