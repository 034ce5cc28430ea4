//! The one way out to the network. Knows requests, answers and what may be repeated; knows no platform and no GitHub.
//! A credential goes only into the header it is meant for, never into a URL, a log line or an error.

mod exchange;

pub use exchange::{Answer, Failure, Request, Transport};
