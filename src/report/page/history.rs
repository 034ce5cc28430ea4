//! The newest records of the journal, by the rotation that they belong to.

use std::fmt::Write as _;

use super::Group;
use super::parts::{escaped, link, section, time};
use crate::domain::text::count;
use crate::domain::{History, Rotation, Span};

/// The history, by repository if there are several.
pub(super) fn history(text: &mut String, groups: &[Group<'_>]) {
    section(text, "history", "History");
    for Group { part, stale, .. } in groups {
        if groups.len() > 1 {
            let stale = if *stale { " (stale)" } else { "" };
            let _ = writeln!(text, "<h3>{}{stale}</h3>", escaped(part.repository));
        }
        match part.journal {
            None => text.push_str("<p>The journal was not read.</p>\n"),
            Some([]) => text.push_str("<p>The journal is empty.</p>\n"),
            Some(journal) => rotations(text, journal),
        }
    }
    text.push_str("</section>\n");
}

/// A rotation and its records; no rotation for those of the journal itself.
type Records<'a> = (Option<&'a Rotation>, Vec<&'a History>);

/// The records of a journal, a fold for each rotation, the newest first.
fn rotations(text: &mut String, journal: &[History]) {
    let mut groups: Vec<Records<'_>> = Vec::new();
    for record in journal {
        let of = record.rotation.as_ref();
        match groups.iter_mut().find(|(known, _)| *known == of) {
            Some((_, records)) => records.push(record),
            None => groups.push((of, vec![record])),
        }
    }
    for (of, records) in groups {
        let title = match of {
            Some(Rotation { token, version: 0 }) => {
                format!("<b>{}</b> adopted", escaped(token.as_str()))
            }
            Some(Rotation { token, version }) => {
                format!("<b>{}</b> rotated to v{version}", escaped(token.as_str()))
            }
            None => "The journal itself".to_owned(),
        };
        let span = match records.as_slice() {
            [newest, .., oldest] => {
                format!(", over {}", Span::between(oldest.at, newest.at).rough())
            }
            _ => String::new(),
        };
        let last = records.first().map(|record| time(record.at)).unwrap_or_default();
        let _ = writeln!(
            text,
            "<details><summary>{title} <small>{last}, {}{span}</small></summary><ol class=\"history\" reversed>",
            count(records.len(), "record", "records")
        );
        for record in records {
            let run = record.run.as_deref().map(|run| link(" (run)", Some(run)));
            let _ = writeln!(
                text,
                "<li>{} {}{}</li>",
                time(record.at),
                escaped(&record.what),
                run.unwrap_or_default()
            );
        }
        text.push_str("</ol></details>\n");
    }
}
