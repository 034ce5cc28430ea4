//! A remark on a line of a file: what a pull request shows beside the code. Carries text for
//! people, never a value.

/// The level of a remark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Fails the run.
    Error,
    /// A warning.
    Warning,
    /// Information.
    Notice,
}

/// A remark, on a line of a file if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Its level.
    pub level: Level,
    /// Its headline.
    pub title: String,
    /// Its text, a few sentences.
    pub message: String,
    /// The file, from the repository's root.
    pub path: Option<String>,
    /// The line, from 1.
    pub line: Option<u64>,
    /// The column, from 1.
    pub column: Option<u64>,
}

impl Remark {
    /// A remark on no file.
    #[must_use]
    pub fn new(level: Level, title: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            level,
            title: title.into(),
            message: message.into(),
            path: None,
            line: None,
            column: None,
        }
    }

    /// Puts it on a line of a file.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>, line: u64, column: u64) -> Self {
        self.path = Some(path.into());
        self.line = Some(line);
        self.column = Some(column);
        self
    }
}
