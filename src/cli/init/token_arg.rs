//! What `init` is told of a token: `[NAME=]PROVIDER[:SECRET]`. What is not said follows from the
//! provider's file.

use crate::cli::command_line::instead_of;
use crate::domain::text::sanitize;
use crate::domain::{Code, Problem, ProviderId, SecretName};
use crate::providers::Registry;

/// A token to set up.
pub(super) struct Wish {
    pub(super) name: String,
    pub(super) provider: String,
    /// The provider as people call it.
    provider_name: String,
    pub(super) secret: String,
    /// Whether the provider issues keys by API, so that a manager is needed.
    pub(super) issues: bool,
}

impl Wish {
    /// The credential that may issue and revoke.
    pub(super) fn manager(&self) -> Option<String> {
        self.issues.then(|| format!("{}_MANAGER_KEY", upper(&self.provider)))
    }

    /// Every secret its workflows are handed, with what it holds.
    pub(super) fn secrets(&self) -> Vec<(String, String)> {
        let mut secrets =
            vec![(self.secret.clone(), format!("the token of {} in use", self.provider_name))];
        match self.manager() {
            Some(manager) => secrets.push((
                manager,
                format!(
                    "a credential of {} that may issue, list and revoke keys",
                    self.provider_name
                ),
            )),
            None => {
                secrets.push((
                    format!("{}_NEXT", self.secret),
                    "only when you are asked for a new value".to_owned(),
                ));
                secrets.push((
                    format!("{}_OLD", self.secret),
                    "nothing: tokenward keeps the old value here until it is dead".to_owned(),
                ));
            }
        }
        secrets
    }
}

/// Reads every wish. Two tokens of one name, or in one secret, are a mistake.
pub(super) fn read(texts: &[String], registry: &Registry) -> Result<Vec<Wish>, Problem> {
    let mut wishes: Vec<Wish> = Vec::new();
    for text in texts {
        let wish = one(text, registry)?;
        if wishes.iter().any(|other| other.name == wish.name || other.secret == wish.secret) {
            return Err(Problem::new(
                Code::Usage,
                format!("{} is named twice, or two tokens are in {}", wish.name, wish.secret),
            )
            .hint("give each a name and a secret of its own: NAME=PROVIDER:SECRET"));
        }
        wishes.push(wish);
    }
    Ok(wishes)
}

fn one(text: &str, registry: &Registry) -> Result<Wish, Problem> {
    let (name, rest) = text.split_once('=').unwrap_or(("", text));
    let (provider, secret) = rest.split_once(':').unwrap_or((rest, ""));
    let wrong = |what: String| {
        Problem::new(Code::Usage, what)
            .hint("write [NAME=]PROVIDER[:SECRET], such as mail=sendgrid:SENDGRID_API_KEY")
    };
    let spec = registry.get(&ProviderId::new(provider)).ok_or_else(|| {
        wrong(format!("there is no provider \"{}\"", sanitize(provider)))
            .hint(instead_of(provider, registry.ids().map(|id| id.as_str())))
    })?;
    let name = if name.is_empty() { provider } else { name };
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && name.starts_with(|c: char| c.is_ascii_lowercase());
    if !plain || name.len() > 60 {
        return Err(wrong(format!(
            "\"{}\" is no name of a token: small letters, digits and `-`",
            sanitize(name)
        )));
    }
    let kind = spec.tokens.first().map_or("token", |kind| kind.id.as_str());
    let derived =
        format!("{}_{}", upper(name), if kind.ends_with("api-key") { "API_KEY" } else { "TOKEN" });
    let secret = if secret.is_empty() { derived.as_str() } else { secret };
    let secret = SecretName::parse(secret).map_err(|why| {
        wrong(format!("\"{}\" is no name of a secret", sanitize(secret))).cause(why)
    })?;
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
