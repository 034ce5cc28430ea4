//! The runner's command protocol: masks. Commands go to standard error only, so that reports stay clean.
//! Source: actions/runner, `ActionCommand`: `%`, CR and LF in a command's data are written `%25`, `%0D`, `%0A`.

use std::io::Write;
use std::sync::Mutex;

use crate::domain::{Custody, Secret};

/// Writes commands where the runner reads them. Exists only inside GitHub Actions.
pub struct Runner<W: Write + Send> {
    out: Mutex<W>,
}

impl<W: Write + Send> Runner<W> {
    /// Commands will be written to `out`: standard error.
    pub fn new(out: W) -> Self {
        Self { out: Mutex::new(out) }
    }

    fn command(&self, name: &str, data: &str) {
        let line = format!("::{name}::{}\n", escape(data));
        if let Ok(mut out) = self.out.lock() {
            // One write, so that no other line can fall into the middle of a mask. A closed pipe has no reader to protect from.
            let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
        }
    }
}

impl<W: Write + Send> Custody for Runner<W> {
    /// Masks the value: line by line where it has several, since logs are masked by the line.
    fn took(&self, secret: &Secret) {
        for line in secret.expose().lines().filter(|line| !line.trim().is_empty()) {
            self.command("add-mask", line);
        }
    }
}

fn escape(data: &str) -> String {
    data.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_a_value_is_masked_by_itself() {
        let mut out = Vec::new();
        Runner::new(&mut out).took(&Secret::new("one%\n\ntwo".to_owned()));
        assert_eq!(String::from_utf8(out).unwrap(), "::add-mask::one%25\n::add-mask::two\n");
    }
}
