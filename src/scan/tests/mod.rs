//! Tests of the module as a whole: what is found, where it is said to be, and that no value ever
//! gets out.

mod boundaries;
mod deltas;
#[cfg(unix)]
mod event;
#[cfg(unix)]
#[expect(dead_code, reason = "other targets use more of it")]
#[path = "../../../tests/support/git_http.rs"]
mod git_http;
mod history;
mod hostile;
mod leaks;
mod managed;
mod matching;
mod places;
pub(super) mod range;
mod staged;
pub(super) mod support;
mod suppressions;
mod tree;
mod work;
