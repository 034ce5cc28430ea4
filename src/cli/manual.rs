//! The parts of the manual page besides the options: examples of every command, files and
//! variables.

use super::examples;

/// Sections after those that clap generates, in the order of man-pages(7).
pub(super) const SECTIONS: &[(&str, &str)] = &[
    ("FILES", FILES),
    ("ENVIRONMENT", ENVIRONMENT),
    ("INIT", examples::INIT),
    ("PLAN", examples::PLAN),
    ("ROTATE", examples::ROTATE),
    ("CHECK", examples::CHECK),
    ("STATUS", examples::STATUS),
    ("DOCTOR", examples::DOCTOR),
    ("PUSH", examples::PUSH),
    ("GUIDE", examples::GUIDE),
    ("ADOPT", examples::ADOPT),
    ("REVOKE", examples::REVOKE),
    ("CONFIRM", examples::CONFIRM),
    ("SCAN", examples::SCAN),
    ("INSTALL-HOOK", examples::INSTALL_HOOK),
    ("PROVIDERS", examples::PROVIDERS),
    ("SCHEMA", examples::SCHEMA),
    ("COMPLETIONS", examples::COMPLETIONS),
    #[cfg(feature = "demo")]
    ("DEMO", examples::DEMO),
    ("SEE ALSO", "git(1), gh(1)"),
];

const FILES: &str = "\
.github/tokenward.yml      the config
.git/hooks/pre-commit      written by install-hook";

const ENVIRONMENT: &str = "\
TOKENWARD_GITHUB_TOKEN     credential that can write secrets
GITHUB_TOKEN               credential for the journal, issues and workflow runs
TOKENWARD_JOURNAL_KEY      key that signs the journal
NO_COLOR                   disables color
HTTPS_PROXY, NO_PROXY      proxy, and hosts that bypass it";

/// A section as it is written, line by line.
pub(super) fn section(title: &str, text: &str) -> String {
    let escaped = text.replace('\\', "\\e").replace('-', "\\-");
    let lines = escaped.lines().map(|line| {
        // A line that begins like this is a request to roff.
        let guard = if line.starts_with(['.', '\'']) { "\\&" } else { "" };
        format!("{guard}{line}\n")
    });
    format!(".SH \"{title}\"\n.nf\n{}.fi\n", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_taken_for_a_request() {
        let page = section("FILES", FILES);
        assert!(page.contains("\n\\&.github/tokenward.yml"), "{page}");
        assert!(SECTIONS.iter().all(|(_, text)| !section("X", text).contains("\n.git")));
    }
}
