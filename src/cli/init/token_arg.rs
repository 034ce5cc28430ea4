//! An argument of `init` for a token: `[NAME=]PROVIDER[:SECRET]`. What it leaves out follows from
//! the provider's file.

use super::problems;
use crate::domain::{Problem, ProviderId, SecretName};
use crate::providers::Registry;

/// A token to set up.
pub(super) struct Wish {
    pub(super) name: String,
    pub(super) provider: String,
    /// The provider's display name.
    provider_name: String,
    pub(super) secret: String,
    /// Whether the provider issues keys by API, so that a manager is needed.
    pub(super) issues: bool,
}

impl Wish {
    /// The secret of the credential that can issue and revoke keys.
    pub(super) fn manager(&self) -> Option<String> {
        self.issues.then(|| format!("{}_MANAGER_KEY", upper(&self.provider)))
    }

    /// Every secret that its workflows receive, with a description.
    pub(super) fn secrets(&self) -> Vec<(String, String)> {
        let mut secrets =
            vec![(self.secret.clone(), format!("the {} token in use", self.provider_name))];
        match self.manager() {
            Some(manager) => secrets.push((
                manager,
                format!("a {} credential that can issue, list and revoke keys", self.provider_name),
            )),
            None => {
                secrets.push((
                    format!("{}_NEXT", self.secret),
                    "not yet: an issue asks you to create it with the next value".to_owned(),
                ));
                secrets.push((
                    format!("{}_OLD", self.secret),
                    "never: tokenward creates it, and keeps the old value there until it is revoked"
                        .to_owned(),
                ));
            }
        }
        secrets
    }
}

/// Reads all of them. Two tokens with one name, or in one secret, are an error.
pub(super) fn read(texts: &[String], registry: &Registry) -> Result<Vec<Wish>, Problem> {
    let mut wishes: Vec<Wish> = Vec::new();
    for text in texts {
        let wish = one(text, registry)?;
        if wishes.iter().any(|other| other.name == wish.name || other.secret == wish.secret) {
            return Err(problems::named_twice(&wish.name, &wish.secret));
        }
        wishes.push(wish);
    }
    Ok(wishes)
}

fn one(text: &str, registry: &Registry) -> Result<Wish, Problem> {
    let (name, rest) = text.split_once('=').unwrap_or(("", text));
    let (provider, secret) = rest.split_once(':').unwrap_or((rest, ""));
    let spec = registry
        .get(&ProviderId::new(provider))
        .ok_or_else(|| problems::unknown_provider(provider, registry))?;
    let name = if name.is_empty() { provider } else { name };
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && name.starts_with(|c: char| c.is_ascii_lowercase());
    if !plain || name.len() > 60 {
        return Err(problems::bad_token_name(name));
    }
    let kind = spec.tokens.first().map_or("token", |kind| kind.id.as_str());
    let derived =
        format!("{}_{}", upper(name), if kind.ends_with("api-key") { "API_KEY" } else { "TOKEN" });
    let secret = if secret.is_empty() { derived.as_str() } else { secret };
    let secret = SecretName::parse(secret).map_err(|why| problems::bad_secret_name(secret, why))?;
    Ok(Wish {
        name: name.to_owned(),
        provider: provider.to_owned(),
        provider_name: spec.name.clone(),
        secret: secret.as_str().to_owned(),
        issues: spec.capabilities().issue,
    })
}

fn upper(text: &str) -> String {
    text.to_ascii_uppercase().replace('-', "_")
}
