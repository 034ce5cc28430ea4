//! A mistake on its way to being a diagnostic: where it is and what is wrong, not yet how it looks.
//! Its texts may quote the file only through `redact::quote`.

use std::ops::Range;

use crate::domain::Code;

/// A place in the file, with what to write under it.
pub(crate) struct Mark {
    pub(crate) range: Range<usize>,
    pub(crate) label: &'static str,
}

/// One thing that is wrong. The first mark is where it is; the others are what it has to do with.
pub(crate) struct Diagnostic {
    pub(crate) code: Code,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    pub(crate) marks: Vec<Mark>,
}

impl Diagnostic {
    pub(crate) fn new(code: Code, range: Range<usize>, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, marks: vec![Mark { range, label: "" }] }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Names the place of the mistake, and another one it has to do with.
    pub(crate) fn and(
        mut self,
        here: &'static str,
        range: Range<usize>,
        there: &'static str,
    ) -> Self {
        if let Some(first) = self.marks.first_mut() {
            first.label = here;
        }
        self.marks.push(Mark { range, label: there });
        self
    }

    /// Where it is.
    pub(crate) fn start(&self) -> usize {
        self.marks.first().map_or(0, |mark| mark.range.start)
    }
}
