//! Colour, if wanted. Colour is never the only signal: every state is also a word.

use crate::domain::foreign::without_hidden;
use crate::domain::{Class, Foreign, Problem};

/// The minimum width of a table, in columns.
pub const NARROW: usize = 80;

/// Paints, or does not.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    colour: bool,
}

impl Paint {
    /// With color, or without.
    #[must_use]
    pub fn new(colour: bool) -> Self {
        Self { colour }
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// A name or a headline.
    #[must_use]
    pub fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    /// Something that is as it should be.
    #[must_use]
    pub fn good(self, text: &str) -> String {
        self.with("32", text)
    }

    /// Something in progress.
    #[must_use]
    pub fn waiting(self, text: &str) -> String {
        self.with("33", text)
    }

    /// Something that needs a person.
    #[must_use]
    pub fn bad(self, text: &str) -> String {
        self.with("1;31", text)
    }

    /// Something less important.
    #[must_use]
    pub fn faint(self, text: &str) -> String {
        self.with("2", text)
    }

    /// A state's word in its color.
    #[must_use]
    pub fn state(self, word: &str) -> String {
        match word {
            "idle" | "live" => self.good(word),
            "new" | "pushed" | "grace" | "limited" => self.waiting(word),
            "intent" | "minted" | "pushing" | "aborting" | "revoking" => self.waiting(word),
            _ => self.bad(word),
        }
    }

    /// A problem in its standard format, each line indented by `margin`. Foreign text in it is
    /// sanitized again, line by line.
    #[must_use]
    pub fn problem(self, problem: &Problem, margin: &str) -> String {
        let text = problem.to_string();
        let mut lines = text.lines().map(without_hidden);
        let head = lines.next().unwrap_or_default();
        let head = match head.split_once(": ") {
            Some((id, what)) if problem.class() == Class::Notice => {
                format!("{}: {what}", self.waiting(id))
            }
            Some((id, what)) => format!("{}: {what}", self.bad(id)),
            None => head,
        };
        let mut painted = format!("{margin}{head}\n");
        for line in lines {
            painted.push_str(margin);
            painted.push_str(&line);
            painted.push('\n');
        }
        painted
    }

    /// The same, after another one: a cause that was shown with that one, such as a server that
    /// cannot be reached, is not repeated.
    #[must_use]
    pub fn problem_after(
        self,
        before: Option<&Problem>,
        problem: &Problem,
        margin: &str,
    ) -> String {
        let tail = |problem: &Problem| {
            (problem.causes.clone(), problem.hint.clone(), problem.state.clone())
        };
        let is_repeated = |before: &Problem| {
            let are_unknown = before.id == problem.id && problem.class() == Class::Unknown;
            are_unknown && !problem.causes.is_empty() && tail(before) == tail(problem)
        };
        if !before.is_some_and(is_repeated) {
            return self.problem(problem, margin);
        }
        let mut short = Problem { hint: None, state: None, ..problem.clone() };
        short.causes = vec!["as above".to_owned()];
        self.problem(&short, margin)
    }

    /// Several problems.
    #[must_use]
    pub fn problems<'p>(
        self,
        problems: impl IntoIterator<Item = &'p Problem>,
        margin: &str,
    ) -> String {
        let (mut text, mut before) = (String::new(), None);
        for problem in problems {
            text.push_str(&self.problem_after(before, problem, margin));
            before = Some(problem);
        }
        text
    }

    /// Foreign text, sanitized.
    #[must_use]
    pub fn foreign(self, text: &str) -> String {
        Foreign::new(text).line()
    }
}
