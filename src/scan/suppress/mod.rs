//! Suppresses findings: comments, the baseline, globs, gitleaks' own list. Searches for nothing
//! itself.

pub(crate) mod accept;
pub(crate) mod allow_comment;
pub(crate) mod baseline;
pub(crate) mod custom_rules;
pub(crate) mod gitleaks_ignore;
pub(crate) mod ignore_globs;
pub(crate) mod peers;
#[cfg(test)]
mod tests;
