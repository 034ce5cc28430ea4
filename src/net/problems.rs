//! The problems that `net` reports about its own configuration, one constructor per message.

use crate::domain::{Code, Problem};

/// The variable that names a provider's local stand-in holds another machine's address.
pub(super) fn sandbox_not_loopback(variable: &str) -> Problem {
    Problem::new(
        Code::SandboxNotLoopback,
        format!("`{variable}` is not an address on this machine"),
    )
    .cause("every request to the provider, including its credential, would go there")
    .hint(format!("set `{variable}=http://127.0.0.1:PORT`"))
}
