//! Everything that a run changes outside: one trait, its real implementation, and the dry run.

pub(crate) mod actions;
pub(crate) mod context;
pub(crate) mod dry_run;
pub(crate) mod issue;
pub(crate) mod lease;
pub(crate) mod live;
pub(crate) mod plan_words;
pub(crate) mod random;
