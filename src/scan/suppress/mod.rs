//! What keeps a finding from counting: comments, the baseline, globs, gitleaks' own list. Decides
//! about findings; finds none.

pub(crate) mod accept;
pub(crate) mod allow_comment;
pub(crate) mod baseline;
pub(crate) mod gitleaks_ignore;
pub(crate) mod ignore_globs;
#[cfg(test)]
mod tests;
