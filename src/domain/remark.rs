//! A remark on a line of a file: what a pull request shows beside the code. Carries text for
//! people, never a value.

/// How loud a remark is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Fails the run.
    Error,
    /// Should be looked at.
    Warning,
    /// Good to know.
    Notice,
}

/// A remark, on a file where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// How loud.
    pub level: Level,
    /// Its headline.
    pub title: String,
    /// What there is to say, in a sentence or a few.
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
