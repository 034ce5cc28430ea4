//! Names in the config: tokens, providers, repositories, secrets, environments. Each parser returns
//! the name, or says what to write instead.

use super::read::{is_dense, quote};
use super::string_types::Refused;
use crate::domain::address::is_owner;
use crate::domain::{Code, ProviderId, Repo, SecretName, TokenName};

/// The secret that no token may be written to.
const JOURNAL_KEY: &str = "TOKENWARD_JOURNAL_KEY";

/// The value of `github:`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    Repository(Repo),
    Organization(String),
}

pub(crate) fn token(text: &str) -> Result<TokenName, Refused> {
    if is_kebab(text, "-_") {
        return Ok(TokenName::new(text));
    }
    let better = kebab(text, "-_");
    let hint = corrected(text, &better, is_kebab(&better, "-_"))
        .unwrap_or_else(|| "write a name such as `sendgrid-transactional`".to_owned());
    Err(Refused::new(
        Code::ConfigWrongType,
        format!(
            "{} is not a valid token name: use up to 63 lowercase letters, digits, `-` and `_`",
            quote(text)
        ),
        hint,
    ))
}

pub(crate) fn provider(text: &str) -> Result<ProviderId, Refused> {
    if is_kebab(text, "-") {
        return Ok(ProviderId::new(text));
    }
    let better = kebab(text, "-");
    let hint = corrected(text, &better, is_kebab(&better, "-"))
        .unwrap_or_else(|| "list the ids with `tokenward providers`".to_owned());
    Err(Refused::new(
        Code::ConfigUnknownProvider,
        format!("{} is not a valid provider id", quote(text)),
        hint,
    ))
}

pub(crate) fn target(text: &str) -> Result<Target, Refused> {
    if let Some(repo) = Repo::parse(text) {
        return Ok(Target::Repository(repo));
    }
    if is_owner(text) {
        return Ok(Target::Organization(text.to_owned()));
    }
    // People paste addresses from the browser.
    let bare = text
        .trim()
        .trim_start_matches("https://")
        .trim_start_matches("http://")
        .trim_start_matches("git@")
        .trim_start_matches("ssh://");
    let bare = bare
        .split_once([':', '/'])
        .filter(|(host, _)| host.contains('.'))
        .map_or(bare, |(_, rest)| rest);
    let bare = bare.trim_matches('/').trim_end_matches(".git");
    let is_better = bare != text && (Repo::parse(bare).is_some() || is_owner(bare));
    let hint = corrected(text, bare, is_better).unwrap_or_else(|| {
        "write `owner/repo` for a repository, `owner` for an organization".to_owned()
    });
    Err(Refused::new(
        Code::ConfigBadRepository,
        format!("{} is neither a repository nor an organization", quote(text)),
        hint,
    ))
}

pub(crate) fn repository(text: &str) -> Result<Repo, Refused> {
    match target(text)? {
        Target::Repository(repo) => Ok(repo),
        Target::Organization(_) => {
            let what = format!("{} is an organization, not a repository", quote(text));
            Err(Refused::new(Code::ConfigBadRepository, what, "write `owner/repo`"))
        }
    }
}

pub(crate) fn secret(text: &str) -> Result<SecretName, Refused> {
    // Never overwrite the journal's key: the journal could no longer be verified.
    if text.trim().eq_ignore_ascii_case(JOURNAL_KEY) {
        let hint = "use another name for the token's secret".to_owned();
        return Err(Refused::new(
            Code::ConfigBadSecretName,
            format!("{JOURNAL_KEY} is reserved for the key that signs the journal"),
            hint,
        ));
    }
    if text.trim().to_ascii_uppercase().starts_with("TOKENWARD_") {
        let hint = "use another name for the token's secret".to_owned();
        return Err(Refused::new(
            Code::ConfigBadSecretName,
            "names that begin with TOKENWARD_ are reserved for tokenward's own credentials",
            hint,
        ));
    }
    SecretName::parse(text).map_err(|why| {
        let mut better: String = text
            .trim()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
            .collect();
        if better.starts_with("GITHUB_") {
            better = better.split_off("GITHUB_".len());
        }
        let better = better
            .trim_start_matches(|c: char| c.is_ascii_digit() || c == '_')
            .trim_end_matches('_')
            .to_owned();
        let hint = corrected(text, &better, SecretName::parse(&better).is_ok())
            .unwrap_or_else(|| "write a name such as `SENDGRID_API_KEY`".to_owned());
        Refused::new(Code::ConfigBadSecretName, why, hint)
    })
}

pub(crate) fn environment(text: &str) -> Result<String, Refused> {
    limited(text, 255).ok_or_else(|| {
        Refused::new(
            Code::ConfigBadDestination,
            "not a valid environment name",
            "write the name as GitHub shows it, such as `production`",
        )
    })
}

/// A person to assign an issue to. GitHub does not assign issues to teams.
pub(crate) fn login(text: &str) -> Result<String, Refused> {
    if is_owner(text) {
        return Ok(text.to_owned());
    }
    let bare = text
        .trim()
        .trim_start_matches("https://")
        .trim_start_matches("github.com/")
        .trim_start_matches('@');
    let (message, otherwise) = match bare.contains('/') {
        true => (
            "looks like a team, but GitHub assigns issues only to people",
            "list the people, such as `octocat`",
        ),
        false => {
            ("is not a valid GitHub login", "write the login as GitHub shows it, such as `octocat`")
        }
    };
    let hint = corrected(text, bare, is_owner(bare)).unwrap_or_else(|| otherwise.to_owned());
    Err(Refused::new(Code::ConfigWrongType, format!("{} {message}", quote(text)), hint))
}

pub(crate) fn label(text: &str) -> Result<String, Refused> {
    limited(text, 50).ok_or_else(|| {
        Refused::new(
            Code::ConfigWrongType,
            "not a valid label name",
            "write 1 to 50 characters in one line, such as `security`",
        )
    })
}

pub(crate) fn word(text: &str) -> Result<String, Refused> {
    let is_word =
        text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
            && text.starts_with(|c: char| c.is_ascii_alphanumeric());
    limited(text, 64).filter(|_| is_word).ok_or_else(|| {
        Refused::new(
            Code::ConfigWrongType,
            "not a single word of letters, digits, `.`, `_` and `-`",
            "write the word that the provider uses, such as `eu`",
        )
    })
}

pub(crate) fn line(text: &str) -> Result<String, Refused> {
    limited(text, 1000).ok_or_else(|| {
        Refused::new(
            Code::ConfigWrongType,
            "not a single line of text",
            "write 1 to 1000 characters in one line",
        )
    })
}

fn limited(text: &str, most: usize) -> Option<String> {
    let is_fine = text.chars().count() <= most
        && !text.trim().is_empty()
        && text.trim() == text
        && !text.chars().any(char::is_control);
    is_fine.then(|| text.to_owned())
}

fn is_kebab(text: &str, more: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (1..=63).contains(&text.len())
        && text.starts_with(is_letter)
        && text.chars().all(|c| is_letter(c) || more.contains(c))
}

fn kebab(text: &str, more: &str) -> String {
    let letters = text.trim().chars().map(|c| {
        if c.is_ascii_alphanumeric() || more.contains(c) { c.to_ascii_lowercase() } else { '-' }
    });
    letters.collect::<String>().trim_matches(['-', '_']).to_owned()
}

/// The corrected text, if it is valid and may be shown.
pub(crate) fn corrected(text: &str, better: &str, is_right: bool) -> Option<String> {
    (is_right && better.len() <= 63 && !is_dense(text) && !is_dense(better))
        .then(|| format!("write `{better}`"))
}
