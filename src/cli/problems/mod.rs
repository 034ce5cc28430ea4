//! Every message of the command line, one constructor each, by topic. A constructor chooses words
//! and decides nothing: what happened, why, what to do, and what is now true of the tokens.

pub(super) mod arguments;
pub(super) mod command_line;
pub(super) mod config;
pub(super) mod github;
pub(super) mod guide;
pub(super) mod hosted;
pub(super) mod journal;
pub(super) mod keys;
pub(super) mod logs;
pub(super) mod looks;
pub(super) mod output;
pub(super) mod reports;
pub(super) mod scan;
pub(super) mod selection;
pub(super) mod values;
pub(super) mod verdicts;
pub(super) mod workflows;

const NOTHING_CHANGED: &str = "nothing was changed";
const NOTHING_DONE: &str = "nothing was done";
