//! What concerns all providers: how many rotate in which way, and the page that lists them.

use std::fmt::Write as _;

use tokenward::providers::Spec;

use crate::generated::page::summary;

/// The page that lists all providers.
pub(crate) fn index(specs: &[&Spec]) -> String {
    let mut text = format!(
        "# Providers\n\n<!-- generated from src/providers/specs -->\n\n{}\n\
         Each page lists the provider's kinds of token, their rotation and tests, manual steps, limits, caveats, and a config to copy. \
         `tokenward providers ID` prints a summary.\n\n\
         \"Overlap\" means that the old and the new value can both work for a while. \"Manual\" means [manual rotation](../rotation.md#manual-rotation).\n\n\
         | id | provider | what tokenward does | test | issue | list | revoke | overlap | OAuth | manual |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
        ways_to_rotate(specs, "../")
    );
    for spec in specs {
        let can = spec.capabilities();
        let flags =
            [can.verify, can.issue, can.list, can.revoke, can.overlap, can.oauth, can.manual]
                .map(|can| if can { "yes" } else { "-" });
        let _ = writeln!(
            text,
            "| `{}` | [{}]({}.md) | {} | {} |",
            spec.id,
            spec.name,
            spec.id,
            summary(spec),
            flags.join(" | ")
        );
    }
    text
}

/// How many providers rotate in which way, and which; `docs` leads to the folder of documents.
pub(crate) fn ways_to_rotate(specs: &[&Spec], docs: &str) -> String {
    let (by_api, others): (Vec<&Spec>, Vec<&Spec>) =
        specs.iter().partition(|spec| spec.capabilities().issue);
    let (by_oauth, by_person): (Vec<&Spec>, Vec<&Spec>) =
        others.into_iter().partition(|spec| spec.capabilities().oauth);
    let row = |way: &str, specs: &[&Spec], marks: bool| {
        let mark = |spec: &Spec| if marks && spec.capabilities().manual { " \\*" } else { "" };
        let names: Vec<String> =
            specs.iter().map(|spec| format!("{}{}", spec.name, mark(spec))).collect();
        format!("| **{}** {way} | {} |\n", specs.len(), names.join(", "))
    };
    format!(
        "| {} providers | |\n| --- | --- |\n{}{}{}",
        specs.len(),
        row("by API, fully automatic (\\* not every kind of token)", &by_api, true),
        row(
            "by OAuth refresh (\\* OAuth tokens only: API keys need manual rotation)",
            &by_oauth,
            true
        ),
        row(
            &format!(
                "by [manual rotation]({docs}rotation.md#manual-rotation): a person creates the value"
            ),
            &by_person,
            false
        )
    )
}
