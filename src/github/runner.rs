//! The runner's command protocol: masks and annotations. Commands go to standard error only, so
//! that reports stay clean. The only file that writes `::commands::`. Source: actions/runner,
//! `ActionCommand.cs`: `%`, CR and LF are written `%25`, `%0D`, `%0A` in a command's data, and in a
//! property also `:` as `%3A` and `,` as `%2C`.

use std::fmt::Write as _;
use std::io::Write;
use std::sync::Mutex;

use crate::domain::foreign::without_hidden;
use crate::domain::{Foreign, Level, Remark, Secret, locked};

/// A step shows this many annotations of each level and drops the later ones; we show this many in
/// total, the worst.
pub const MOST_REMARKS: usize = 10;
/// The runner cuts a message at 4,096 characters.
const LONGEST_MESSAGE: usize = 4_000;

/// Writes commands where the runner reads them.
pub struct Runner<W: Write + Send> {
    out: Mutex<W>,
}

impl<W: Write + Send> Runner<W> {
    /// Commands will be written to `out`: standard error.
    pub fn new(out: W) -> Self {
        Self { out: Mutex::new(out) }
    }

    /// Shows the worst remarks, and the number of others.
    pub fn remarks(&self, remarks: &[Remark]) {
        let mut worst_first: Vec<&Remark> = remarks.iter().collect();
        worst_first.sort_by_key(|remark| remark.level);
        let cut = remarks.len() > MOST_REMARKS;
        let shown = if cut { MOST_REMARKS - 1 } else { MOST_REMARKS };
        for remark in worst_first.iter().take(shown) {
            self.remark(remark);
        }
        if cut {
            let more = remarks.len() - shown;
            self.remark(&Remark::new(
                Level::Notice,
                "tokenward",
                format!("{more} more in the job's summary and in the report"),
            ));
        }
    }

    fn remark(&self, remark: &Remark) {
        let name = match remark.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Notice => "notice",
        };
        let mut properties = Vec::new();
        if let Some(path) = &remark.path {
            properties.push(("file", Foreign::new(path).property()));
            properties.extend(remark.line.map(|line| ("line", line.to_string())));
            properties.extend(remark.column.map(|column| ("col", column.to_string())));
        }
        properties.push(("title", Foreign::new(&remark.title).property()));
        self.command(
            name,
            &properties,
            &without_hidden(&remark.message.chars().take(LONGEST_MESSAGE).collect::<String>()),
        );
    }

    fn command(&self, name: &str, properties: &[(&str, String)], data: &str) {
        let mut line = format!("::{name}");
        for (number, (key, value)) in
            properties.iter().filter(|(_, value)| !value.is_empty()).enumerate()
        {
            let _ = write!(
                line,
                "{}{key}={}",
                if number == 0 { " " } else { "," },
                escape_property(value)
            );
        }
        let _ = writeln!(line, "::{}", escape(data));
        let mut out = locked(&self.out);
        // One write, so that no other line can interrupt a mask. A closed pipe has no reader.
        let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
    }
}

impl<W: Write + Send> Runner<W> {
    /// Masks the value: line by line if it has several, since the runner masks single lines.
    pub fn mask(&self, secret: &Secret) {
        for line in secret.expose().split(['\n', '\r']).filter(|line| !line.trim().is_empty()) {
            self.command("add-mask", &[], line);
        }
    }
}

fn escape(data: &str) -> String {
    data.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn escape_property(value: &str) -> String {
    escape(value).replace(':', "%3A").replace(',', "%2C")
}

/// Text for people that cannot contain a command: the runner reads both streams, and accepts a line
/// that begins with `::` (after any spaces), and the older form anywhere in a line.
#[must_use]
pub fn escape_commands(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for line in text.split_inclusive(['\n', '\r']) {
        let inner = line.trim_start();
        let (margin, rest) = line.split_at(line.len() - inner.len());
        safe.push_str(margin);
        match rest.strip_prefix("::") {
            Some(rest) => {
                safe.push_str(": :");
                safe.push_str(&rest.replace("##[", "## ["));
            }
            None => safe.push_str(&rest.replace("##[", "## [")),
        }
    }
    safe
}
