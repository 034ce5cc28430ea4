//! The progress of a run, on standard error, and only if that is a terminal. Shows counts, never a
//! value.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::Global;
use super::env::Env;

/// A line with the progress of a run; it disappears when the run is done.
pub(super) struct Line(ProgressBar);

impl Line {
    /// A line about `what`, with the number of things if `total` is known.
    pub(super) fn new(env: &Env, global: &Global, what: &str, total: Option<u64>) -> Self {
        let shown =
            env.err_terminal && !global.no_progress && !global.quiet && env.actions().is_none();
        let target = if shown {
            ProgressDrawTarget::stderr_with_hz(8)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(total, target);
        let template = if total.is_some() {
            "{msg} {bar:24} {pos}/{len} {elapsed}"
        } else {
            "{spinner} {msg} {human_pos} {elapsed}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> ").tick_chars("|/-\\ "));
        }
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(bar)
    }

    /// One more is done.
    pub(super) fn one_more(&self) {
        self.0.inc(1);
    }

    /// This many are done.
    pub(super) fn at(&self, number: u64) {
        self.0.set_position(number);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
