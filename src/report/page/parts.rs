//! What several parts of the page share, and the list of what needs attention.

use std::fmt::Write as _;

use super::Group;
use crate::domain::{Foreign, Health, Problem, Timestamp};

/// Foreign text as HTML.
pub(super) fn escaped(text: &str) -> String {
    Foreign::new(text).html()
}

/// A label, which is HTML already, as a link if there is an address for it.
pub(super) fn link(label: &str, address: Option<&str>) -> String {
    match address.filter(|address| address.starts_with("https://")) {
        Some(address) => format!("<a href=\"{}\">{label}</a>", escaped(address)),
        None => label.to_owned(),
    }
}

/// A time, for people and for programs.
pub(super) fn time(moment: Timestamp) -> String {
    format!("<time datetime=\"{moment}\">{}</time>", moment.for_people())
}

/// The color of a token.
pub(super) fn kind(health: Health) -> &'static str {
    match health {
        Health::Fine => "good",
        Health::Attention | Health::NotLookedAt => "soon",
        Health::Failed => "bad",
    }
}

/// The repository of something, on the page of several; nothing otherwise.
pub(super) fn of(repository: &str) -> String {
    if repository.is_empty() {
        return String::new();
    }
    format!("<small>{}</small> ", escaped(repository))
}

/// The beginning of a section.
pub(super) fn section(text: &mut String, id: &str, title: &str) {
    let _ = write!(
        text,
        "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\" tabindex=\"-1\">{title}</h2>\n"
    );
}

/// What is wrong, and what to do about it: also the secrets that changed without us.
pub(super) fn attention(text: &mut String, groups: &[Group<'_>], docs: &str) {
    let mut problems: Vec<(String, &Problem)> = Vec::new();
    for Group { part, rows, .. } in groups {
        for entry in rows {
            let name = format!("<b><a href=\"#t{}\">{}</a></b> ", entry.number, entry.name());
            let name = format!("{name}{}", of(entry.repository));
            problems.extend(entry.outcome.all_problems().map(|problem| (name.clone(), problem)));
        }
        let whose = if groups.len() > 1 { of(part.repository) } else { String::new() };
        problems.extend(part.general.iter().map(|problem| (whose.clone(), problem)));
    }
    section(text, "attention", "Attention and drift");
    if problems.is_empty() && groups.iter().any(|group| group.stale) {
        text.push_str("<p>Nothing has been checked for more than 2 days, so the current state is unknown.</p>\n");
    } else if problems.is_empty() {
        text.push_str("<p>No problems found, and no secret was changed except by tokenward.</p>\n");
    } else {
        text.push_str("<ul class=\"problems\">\n");
        for (name, problem) in problems {
            let id = format!("<code>{}</code>", problem.id);
            let id = link(&id, Some(&format!("{docs}#{}", problem.id)));
            let _ = write!(text, "<li>{name}{id} {}", escaped(&problem.what));
            for part in problem.causes.iter().chain(&problem.hint) {
                let _ = write!(text, "<br><small>{}</small>", escaped(part));
            }
            text.push_str("</li>\n");
        }
        text.push_str("</ul>\n");
    }
    text.push_str("</section>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_an_https_address_and_stays_in_its_attribute() {
        assert_eq!(link("x", Some("https://a.example/b")), "<a href=\"https://a.example/b\">x</a>");
        for other in ["javascript:alert(1)", "data:text/html,x", "//a.example", "#x", ""] {
            assert_eq!(link("x", Some(other)), "x");
        }
        let shown = link("x", Some("https://a.example/\"onclick='x'><b>"));
        assert_eq!(shown.matches(['"', '<', '>', '\'']).count(), 6, "{shown}");
    }
}
