//! Passes a credential for the runner's own address to git: through a pipe, so that it appears in
//! no argument, variable or file.

use std::process::Command;

use super::Failed;
use crate::domain::Secret;

/// How often git can ask: each program that it starts for a fetch asks separately.
#[cfg(unix)]
const TIMES: usize = 8;

/// The end of the pipe that git inherits; keep it until git has started.
#[cfg(unix)]
pub(super) type Offered = std::io::PipeReader;

/// Nothing is inherited.
#[cfg(not(unix))]
pub(super) type Offered = ();

/// Offers a credential to a git that is about to be started.
#[cfg(unix)]
pub(super) fn offer(command: &mut Command, credential: &Secret) -> Result<Offered, Failed> {
    use std::io::Write as _;
    use std::os::fd::AsRawFd as _;

    use zeroize::Zeroizing;

    let failed = |error: std::io::Error| Failed::not_started(&error);
    if credential.expose().contains(|c: char| c.is_control()) {
        return Err(Failed {
            cause: "`GITHUB_TOKEN` contains a control character".to_owned(),
            not_started: false,
        });
    }
    let (reader, mut writer) = std::io::pipe().map_err(failed)?;
    let answer = Zeroizing::new(
        format!("username=x-access-token\npassword={}\n", credential.expose()).repeat(TIMES),
    );
    // A pipe holds 64 KiB before it is read. A credential is far smaller, and a longer one is not
    // sent.
    if answer.len() > 32 << 10 {
        return Err(Failed {
            cause: "`GITHUB_TOKEN` is too long to be a token".to_owned(),
            not_started: false,
        });
    }
    writer.write_all(answer.as_bytes()).map_err(failed)?;
    // Only from now on can a child process inherit it.
    rustix::io::fcntl_setfd(&reader, rustix::io::FdFlags::empty())
        .map_err(|error| failed(error.into()))?;
    let from = reader.as_raw_fd();
    // `read` reads single bytes, so that the next program that asks gets the next line. Some shells
    // support `<&N` for one digit only.
    let helper = format!(
        "credential.helper=!f() {{ test \"$1\" = get && {{ read -r u && read -r p; }} </dev/fd/{from} && printf '%s\\n%s\\n' \"$u\" \"$p\"; }}; f"
    );
    command.args(["-c", &helper]);
    Ok(reader)
}

/// Windows has no such pipe: git asks without a credential.
#[cfg(not(unix))]
pub(super) fn offer(_: &mut Command, _: &Secret) -> Result<Offered, Failed> {
    Ok(())
}
