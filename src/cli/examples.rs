//! Three examples for each command, shown at the end of its `--help` and in the manual.

#[cfg(feature = "demo")]
pub(super) const DEMO: &str = "\
Examples:
  tokenward demo            walk through a token's life cycle on this machine
  tokenward demo --serve    keep the sandbox running, to try commands yourself
  tokenward demo --quiet    print only the report";

pub(super) const INIT: &str = "\
Examples:
  tokenward init                                              ask for everything on a terminal
  tokenward init sendgrid --action OWNER/tokenward@COMMIT     one token, without prompts
  tokenward init mail=sendgrid:MAIL_KEY klaviyo               two tokens, one with custom names";

pub(super) const PLAN: &str = "\
Examples:
  tokenward plan                    preview `rotate` for every token
  tokenward plan sendgrid           for one token
  tokenward plan --matrix           split the tokens across the jobs of a GitHub Actions matrix";

pub(super) const ROTATE: &str = "\
Examples:
  tokenward rotate                                           rotate every token that is due
  tokenward rotate sendgrid --force --reason \"staff left\"    replace one token now
  tokenward rotate sendgrid --leaked                         replace a leaked token now";

pub(super) const CHECK: &str = "\
Examples:
  tokenward check                                   test every token
  tokenward check sendgrid                          test one token
  tokenward check --fail-on token-expired,leak      fail only on these ids";

pub(super) const STATUS: &str = "\
Examples:
  tokenward status                        every token in a table
  tokenward status --html status.html     also write one self-contained page; see --with
  tokenward status --format json          machine-readable output";

pub(super) const DOCTOR: &str = "\
Examples:
  tokenward doctor                  report what a rotation still needs
  tokenward doctor --format json    machine-readable output
  tokenward doctor -v               also print each step";

pub(super) const PUSH: &str = "\
Examples:
  tokenward push hubspot-crm --value-from -               read the new value from standard input
  tokenward push hubspot-crm --value-from env:NEW_TOKEN   from a variable
  tokenward push hubspot-crm --value-from file:/run/new   from a file";

pub(super) const GUIDE: &str = "\
Examples:
  tokenward guide hubspot-crm                create and deliver a new value, step by step
  tokenward guide klaviyo-news -v            also print each step
  tokenward guide hubspot-crm > steps.txt    save only the steps; nothing is read or sent";

pub(super) const ADOPT: &str = "\
Examples:
  tokenward adopt sendgrid               take over the value in use
  tokenward adopt resend --id KEY_ID     supply the id, if the value does not contain it
  tokenward adopt --unsigned-journal     sign a journal that is not signed yet";

pub(super) const REVOKE: &str = "\
Examples:
  tokenward revoke --leaked - < found.txt                    revoke the key of a value you found
  tokenward revoke sendgrid                                  show which secrets still depend on it
  tokenward revoke sendgrid --force --reason \"shut down\"     revoke the value in use";

pub(super) const CONFIRM: &str = "\
Examples:
  tokenward confirm sendgrid                                          in the rotating repository
  tokenward confirm sendgrid --of acme/ops --value-from env:MAIL_KEY  in any other
  tokenward confirm sendgrid --of acme/ops --value-from -             from standard input";

pub(super) const SCAN: &str = "\
Examples:
  tokenward scan                          files below the current folder
  tokenward scan --range main..feature    changes in these commits, including removed lines
  tokenward scan --history --live         the whole history; ask providers which keys still work";

pub(super) const INSTALL_HOOK: &str = "\
Examples:
  tokenward install-hook            write .git/hooks/pre-commit
  tokenward install-hook --force    replace an existing hook
  tokenward scan --staged           the command that the hook runs";

pub(super) const PROVIDERS: &str = "\
Examples:
  tokenward providers                    every provider, one line each
  tokenward providers sendgrid           one provider, in detail
  tokenward providers --format json      machine-readable output";

pub(super) const SCHEMA: &str = "\
Examples:
  tokenward schema config      .github/tokenward.yml
  tokenward schema provider    your own provider file
  tokenward schema scan        the output of `scan --format json`";

pub(super) const COMPLETIONS: &str = "\
Examples:
  tokenward completions bash > /etc/bash_completion.d/tokenward
  tokenward completions zsh > \"${fpath[1]}/_tokenward\"
  tokenward completions fish > ~/.config/fish/completions/tokenward.fish";

/// The end of the manual page and of `tokenward --help`.
pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0   done and proven, or in progress as expected
  1   a bug in tokenward
  2   the command line, the config or an input is wrong
  3   nothing was selected, or there was nothing to scan
  4   access: a credential or a permission is missing
  5   unknown: no usable answer from a provider or GitHub, or something was not checked
  10  a verdict: a token is expired, dead, overdue or changed manually
  11  a leak
  12  unfinished: a rotation could not be completed
  130 interrupted";

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_example_is_a_command_line() {
        let all = [
            #[cfg(feature = "demo")]
            DEMO,
            INIT,
            PLAN,
            ROTATE,
            CHECK,
            STATUS,
            DOCTOR,
            PUSH,
            GUIDE,
            ADOPT,
            REVOKE,
            CONFIRM,
            SCAN,
            INSTALL_HOOK,
            PROVIDERS,
            SCHEMA,
            COMPLETIONS,
        ];
        for text in all {
            let lines: Vec<&str> = text.lines().skip(1).collect();
            assert_eq!(lines.len(), 3, "{text}");
            let columns: Vec<usize> =
                lines.iter().filter_map(|line| line.trim_end().rfind("  ")).collect();
            assert!(columns.windows(2).all(|two| two[0] == two[1]), "{text}");
            for line in lines {
                let shown = line.trim_start();
                let typed = shown.split("  ").next().unwrap_or(shown);
                let typed = typed.split(['<', '>']).next().unwrap_or(typed);
                let words = shlex::split(typed).unwrap_or_default();
                let parsed = Cli::try_parse_from(words);
                assert!(
                    parsed.is_ok(),
                    "{typed}: {}",
                    parsed.err().map(|e| e.to_string()).unwrap_or_default()
                );
            }
        }
    }
}
