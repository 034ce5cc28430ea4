//! Tests of the sources, each with a real tree or repository.

#[cfg(unix)]
mod event;
#[cfg(unix)]
#[expect(dead_code, reason = "other targets use more of it")]
#[path = "../../../../tests/support/git_http.rs"]
mod git_http;
mod history;
mod hostile;
mod leaks;
mod managed;
mod places;
pub(crate) mod range;
mod staged;
mod tree;
