//! What the terminal can show: color, and characters beyond ASCII.

use super::args::{Colour, Global};
use super::env::Env;

/// According to the flag, `NO_COLOR`, and whether standard output is a terminal.
pub(super) fn wants_colour(env: &Env, global: &Global) -> bool {
    match global.color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => {
            env.terminal && env.text("NO_COLOR").is_none() && env.text("TERM") != Some("dumb")
        }
    }
}

/// Whether the terminal shows more than ASCII, according to the locale, with POSIX's order of its
/// variables. GitHub's logs do.
pub(super) fn speaks_unicode(env: &Env) -> bool {
    let locale = env.text("LC_ALL").or_else(|| env.text("LC_CTYPE")).or_else(|| env.text("LANG"));
    let named =
        locale.is_some_and(|name| name.to_ascii_lowercase().replace('-', "").contains("utf8"));
    named || env.actions().is_some()
}
