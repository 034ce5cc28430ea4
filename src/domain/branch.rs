//! Branches that are tokenward's own.

/// How branches begin that may hold a journal. Nothing on them decides what a run does: whoever may
/// write the journal could write a config.
pub const OWN_BRANCHES: &str = "refs/heads/tokenward/";
