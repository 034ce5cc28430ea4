//! An error as people see it: code, place, the source line with the place underlined, and what to
//! write instead. Contains only redacted text; the raw line never gets here.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use crate::domain::Code;
use crate::domain::text::{count, sanitize};

/// One error in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedDiagnostic {
    /// The kind of error.
    pub code: Code,
    /// What is wrong, as one sentence fragment in lower case.
    pub message: String,
    /// The file's path, as shown.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What to write instead.
    pub hint: Option<String>,
    /// How many more errors of the file are not shown. Nonzero only in the last diagnostic of a
    /// file.
    pub more: usize,
    pub(crate) excerpt: Excerpt,
}

/// The lines that a diagnostic shows, already redacted, and what is underlined in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Excerpt {
    pub(crate) first_line: usize,
    pub(crate) text: String,
    pub(crate) marks: Vec<(Range<usize>, &'static str)>,
}

impl Excerpt {
    /// The column of the first mark in the shown text.
    fn column(&self) -> usize {
        let before = self
            .marks
            .first()
            .and_then(|(range, _)| self.text.get(..range.start))
            .unwrap_or_default();
        before.rsplit('\n').next().unwrap_or_default().chars().count() + 1
    }
}

impl RenderedDiagnostic {
    /// An error of the file as a whole: shows no line of it.
    pub(crate) fn of_file(code: Code, path: &Path, message: String, hint: Option<&str>) -> Self {
        let path = sanitize(&path.to_string_lossy().replace('\\', "/"));
        Self {
            code,
            message,
            path,
            line: 1,
            column: 1,
            hint: hint.map(str::to_owned),
            more: 0,
            excerpt: Excerpt::default(),
        }
    }

    /// The whole message for a terminal `width` columns wide.
    #[must_use]
    pub fn render(&self, colour: bool, width: usize) -> String {
        let title = Level::ERROR.primary_title(self.message.as_str()).id(self.code.id());
        let marks = self.excerpt.marks.iter().enumerate().map(|(index, (range, label))| {
            let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            kind.span(range.clone()).label((!label.is_empty()).then_some(*label))
        });
        let mut group = if self.excerpt.marks.is_empty() {
            title.element(Origin::path(self.path.as_str()).line(self.line).char_column(self.column))
        } else {
            let snippet = Snippet::source(self.excerpt.text.as_str())
                .path(self.path.as_str())
                .line_start(self.excerpt.first_line);
            title.element(snippet.annotations(marks))
        };
        if let Some(hint) = &self.hint {
            group = group.element(Level::HELP.with_name("hint").message(hint.as_str()));
        }
        let more =
            format!("{} in this file not shown", count(self.more, "more error", "more errors"));
        if self.more > 0 {
            group = group.element(Level::NOTE.message(more.as_str()));
        }
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let shown = renderer.term_width(width.max(40)).render(&[group]);
        // The renderer counts columns in the shown text, which is shorter than the file if values
        // are hidden.
        let place = |column| format!("{}:{}:{column}", self.path, self.line);
        shown.replacen(&place(self.excerpt.column()), &place(self.column), 1)
    }
}

impl fmt::Display for RenderedDiagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false, 140))
    }
}

impl std::error::Error for RenderedDiagnostic {}
