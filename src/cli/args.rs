//! The command line: commands, flags and their help. It never contains a secret.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::examples;

/// Runs in CI: rotates API tokens, proves that the new one arrived before it revokes the old one,
/// and finds leaked ones.
#[derive(Parser)]
#[command(
    name = "tokenward",
    version,
    propagate_version = true,
    after_help = examples::EXIT_CODES,
    max_term_width = 100
)]
pub struct Cli {
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes.
#[derive(Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Config file [default: .github/tokenward.yml in the repository]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Format of the report
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Write the report to a file instead of standard output
    #[arg(long, global = true, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// When to use color
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub color: Colour,
    /// Print only the report
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Log to standard error: -v steps, -vv requests, -vvv everything; never a value
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Hide progress bars
    #[arg(long, global = true)]
    pub no_progress: bool,
}

/// The format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Human-readable text.
    Human,
    /// One versioned object; see `tokenward schema`.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit XML.
    Junit,
    /// Human-readable text, plus annotations for GitHub's runner on standard error.
    Github,
}

/// When to use color.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    #[cfg(feature = "demo")]
    /// Walk through the life cycle of a token on this machine: no account, no network, no setup
    #[command(after_help = examples::DEMO)]
    Demo {
        /// Keep the sandbox running, and print its addresses and credentials
        #[arg(long)]
        serve: bool,
    },
    /// Write the config and workflows for the given tokens; on a terminal, ask for what is missing
    #[command(after_help = examples::INIT)]
    Init(InitFlags),
    /// Show what `rotate` would do now: every write, its cost, the earliest revocations
    #[command(after_help = examples::PLAN)]
    Plan {
        /// Which tokens.
        #[command(flatten)]
        selection: Selection,
        /// Print one line of JSON that splits the tokens across the jobs of a GitHub Actions
        /// matrix; sends no request
        #[arg(long)]
        matrix: bool,
    },
    /// Advance every token as far as possible now: issue, deliver, prove, revoke
    #[command(after_help = examples::ROTATE)]
    Rotate {
        /// Which tokens.
        #[command(flatten)]
        selection: Selection,
        /// Show the planned changes, but change nothing
        #[arg(long)]
        dry_run: bool,
        /// Continue even if the ref of this run is not protected
        #[arg(long)]
        allow_unprotected_ref: bool,
        /// The reason, and a provider to select by.
        #[command(flatten)]
        asked: Asked,
    },
    /// Test every token with a call to its provider; fail on dead, expiring, overdue or leaked ones
    #[command(after_help = examples::CHECK)]
    Check {
        /// Which tokens.
        #[command(flatten)]
        selection: Selection,
        /// Which findings fail.
        #[command(flatten)]
        verdict: VerdictFlags,
    },
    /// Show what `check` finds as a table: state, version, age, expiry, next step
    #[command(after_help = examples::STATUS)]
    Status {
        /// Which tokens.
        #[command(flatten)]
        selection: Selection,
        /// Which findings fail.
        #[command(flatten)]
        verdict: VerdictFlags,
        /// Also write one self-contained HTML page: inventory, timeline, drift, history
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
        /// Also show another repository's report on the page: a file that `status --format json`
        /// wrote there (repeatable)
        #[arg(long, value_name = "FILE", requires = "html")]
        with: Vec<PathBuf>,
    },
    /// Report what a rotation still needs, and print the line that fixes it
    #[command(after_help = examples::DOCTOR)]
    Doctor,
    /// Test a value created elsewhere and deliver it to every destination
    #[command(after_help = examples::PUSH)]
    Push {
        /// The token
        token: String,
        /// Source of the new value: env:NAME, file:PATH, or - for standard input
        #[arg(long, value_name = "SOURCE")]
        value_from: String,
    },
    /// Walk through a manual rotation: where to click, a hidden prompt for the value, a test,
    /// delivery
    #[command(after_help = examples::GUIDE)]
    Guide {
        /// The token
        token: String,
    },
    /// Take over the value in use: find its id, test it, record it as version 0
    #[command(after_help = examples::ADOPT)]
    Adopt {
        /// The token
        #[arg(required_unless_present = "unsigned_journal")]
        token: Option<String>,
        /// Id of the key at the provider, if the value does not contain it
        #[arg(long)]
        id: Option<String>,
        /// Sign a journal that is not signed yet; review the journal first
        #[arg(long, conflicts_with_all = ["token", "id"])]
        unsigned_journal: bool,
    },
    /// Revoke one key, after showing what still depends on it
    #[command(after_help = examples::REVOKE)]
    Revoke(Revocation),
    /// Prove to the rotating repository that this workflow received the new value of a token
    #[command(after_help = examples::CONFIRM)]
    Confirm(Confirmation),
    /// Find leaked tokens in files, commits, histories and workflow logs
    #[command(after_help = examples::SCAN)]
    Scan(ScanFlags),
    /// Write a pre-commit hook that scans staged changes
    #[command(after_help = examples::INSTALL_HOOK)]
    InstallHook {
        /// Replace an existing hook
        #[arg(long)]
        force: bool,
    },
    /// List the providers and what tokenward can do with each
    #[command(after_help = examples::PROVIDERS)]
    Providers {
        /// Show one provider in detail, built in or from the config
        id: Option<String>,
    },
    /// Print a JSON schema
    #[command(after_help = examples::SCHEMA)]
    Schema {
        /// Which schema
        #[arg(value_enum)]
        name: SchemaName,
    },
    /// Print a completion script
    #[command(after_help = examples::COMPLETIONS)]
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
    /// Print the version
    Version,
    /// Run by action.yml: takes the Action's inputs from variables
    #[command(hide = true)]
    Action,
}

/// The token whose value a run confirms.
#[derive(Clone, Debug, Args)]
pub struct Confirmation {
    /// The token, by its name in the rotating repository
    pub token: String,
    /// The repository that rotates it [default: this one]
    #[arg(long, value_name = "OWNER/NAME", requires = "value_from")]
    pub of: Option<String>,
    /// Source of the value in this run: env:NAME, file:PATH, or - for standard input [default: the
    /// `value` in the config]
    #[arg(long, value_name = "SOURCE")]
    pub value_from: Option<String>,
    /// Ref of that repository's journal
    #[arg(long, value_name = "REF", requires = "of", default_value = "refs/tokenward/journal")]
    pub journal: String,
}

/// Which key to revoke.
#[derive(Clone, Debug, Args)]
pub struct Revocation {
    /// The token; its value in use is revoked
    #[arg(value_name = "TOKEN", required_unless_present = "leaked", conflicts_with = "leaked")]
    pub token: Option<String>,
    /// Revoke the key of a leaked value, in the config or not; - reads the value from standard
    /// input
    #[arg(long, value_name = "-", allow_hyphen_values = true)]
    pub leaked: Option<String>,
    /// Revoke the key even if it is still in use
    #[arg(long, requires = "reason")]
    pub force: bool,
    /// Reason, kept in the journal (required by --force)
    #[arg(long, value_name = "TEXT", requires = "force")]
    pub reason: Option<String>,
}

/// Why a rotation is requested, due or not.
#[derive(Clone, Debug, Args)]
pub struct Asked {
    /// Rotate now, due or not
    #[arg(long, requires = "reason", group = "why")]
    pub force: bool,
    /// Reason, kept in the journal (required by --force)
    #[arg(long, value_name = "TEXT", requires = "force")]
    pub reason: Option<String>,
    /// Treat the named tokens as leaked: rotate now, and revoke without a grace period as soon as
    /// every destination has the new value
    #[arg(long, conflicts_with = "force", requires = "named", group = "why")]
    pub leaked: bool,
    /// Revoke the old key first; every consumer fails until the new value arrives (with --leaked)
    #[arg(long, requires = "leaked", conflicts_with = "force")]
    pub revoke_first: bool,
    /// The token behind a finding of `scan`, by its fingerprint (with --leaked)
    #[arg(long, value_name = "FINGERPRINT", group = "named", requires = "leaked", conflicts_with_all = ["provider", "alert"])]
    pub finding: Option<String>,
    /// The token behind a GitHub secret scanning alert; the alert is resolved as revoked when
    /// the value is dead (with --leaked)
    #[arg(
        long,
        value_name = "NUMBER",
        group = "named",
        requires = "leaked",
        conflicts_with = "provider"
    )]
    pub alert: Option<u64>,
    /// Every token of this provider, for example after a breach (with --leaked or --force)
    #[arg(long, value_name = "ID", group = "named", requires = "why")]
    pub provider: Option<String>,
}

/// Which tokens.
#[derive(Clone, Debug, Args)]
pub struct Selection {
    /// Tokens in the config [default: all]
    #[arg(value_name = "TOKEN", group = "named")]
    pub tokens: Vec<String>,
}

/// What to check for leaks, and what counts.
#[derive(Clone, Debug, Args)]
pub struct ScanFlags {
    /// The source to scan.
    #[command(flatten)]
    pub sources: Sources,
    /// With --github: only what changed since a date, or within a duration: `2026-11-01`, `30d`
    #[arg(long, value_name = "DATE|AGE", requires = "github")]
    pub since: Option<String>,
    /// Which findings are suppressed.
    #[command(flatten)]
    pub suppressions: SuppressionFlags,
    /// Ask each finding's provider whether the key still works; never for pull requests from forks
    #[arg(long)]
    pub live: bool,
    /// Which findings fail.
    #[command(flatten)]
    pub verdict: VerdictFlags,
}

/// Suppressions, and how they are reported.
#[derive(Clone, Debug, Args)]
pub struct SuppressionFlags {
    /// File of accepted findings [default: `scan.baseline` in the config]
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write the baseline: accept all current findings and drop old entries; tokens in the config
    /// are never accepted
    #[arg(long)]
    pub write_baseline: bool,
    /// Also list text that looked like a token but was not reported, and why
    #[arg(long)]
    pub explain: bool,
    /// Also respect `gitleaks:allow` comments, .gitleaksignore and the rules of .gitleaks.toml
    #[arg(long)]
    pub gitleaks: bool,
}

/// What to scan: files and folders by default.
#[derive(Clone, Debug, Args)]
#[group(multiple = false)]
pub struct Sources {
    /// Files and folders [default: the current folder]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Every blob in B that is not in A, including those that a later commit removed
    #[arg(long, value_name = "A..B")]
    pub range: Option<String>,
    /// Changes staged for the next commit
    #[arg(long)]
    pub staged: bool,
    /// Every object of the repository: all branches, stashes, notes and deleted files
    #[arg(long)]
    pub history: bool,
    /// Changes in this run's GitHub event: a pull request, a push or a merge queue entry;
    /// everything on a schedule
    #[arg(long)]
    pub event: bool,
    /// Standard input
    #[arg(long)]
    pub stdin: bool,
    /// Logs of a workflow run: its number (all attempts), or a zip downloaded from GitHub
    #[arg(long, value_name = "RUN|FILE")]
    pub workflow_logs: Option<PathBuf>,
    /// What a repository has on GitHub besides files: issues, pull requests, comments, reviews,
    /// releases, workflow logs and artifacts
    #[arg(long, value_name = "OWNER/NAME")]
    pub github: Option<String>,
}

impl Sources {
    /// Whether any of them was given.
    #[must_use]
    pub fn are_given(&self) -> bool {
        let Self { paths, range, staged, history, event, stdin, workflow_logs, github } = self;
        !paths.is_empty()
            || range.is_some()
            || *staged
            || *history
            || *event
            || *stdin
            || workflow_logs.is_some()
            || github.is_some()
    }

    /// Whether the sources are files or staged changes rather than commits.
    pub(super) fn is_on_disk(&self) -> bool {
        self.range.is_none() && !self.history && !self.event
    }
}

/// Which findings fail.
#[derive(Clone, Debug, Args)]
pub struct VerdictFlags {
    /// Fail only on these ids, comma-separated, such as token-expired,leak [default: all]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub fail_on: Vec<String>,
    /// Exit 0 regardless of findings, unless something could not be checked
    #[arg(long)]
    pub exit_zero: bool,
}

/// A JSON schema tokenward can print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaName {
    /// `.github/tokenward.yml`.
    Config,
    /// A provider file.
    Provider,
    /// A record of the journal.
    Journal,
    /// `rotate`, `check`, `status`, `push`, `adopt` in JSON.
    Tokens,
    /// `plan` in JSON.
    Plan,
    /// `doctor` in JSON.
    Doctor,
    /// `scan` in JSON.
    Scan,
    /// The file of accepted findings.
    Baseline,
    /// `providers` in JSON.
    Providers,
    /// A file of `scan.rules`.
    Rules,
}

/// Arguments of `init`.
#[derive(Clone, Debug, Args)]
pub struct InitFlags {
    /// Tokens: a provider, optionally with a name and a secret
    #[arg(value_name = "[NAME=]PROVIDER[:SECRET]")]
    pub tokens: Vec<String>,
    /// The repository [default: the one of this clone]
    #[arg(long, value_name = "OWNER/NAME")]
    pub repository: Option<String>,
    /// Reference to the Action, as in `uses:`
    #[arg(long, value_name = "OWNER/NAME@COMMIT")]
    pub action: Option<String>,
    /// Overwrite existing files
    #[arg(long)]
    pub force: bool,
}
