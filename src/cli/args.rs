//! The command line: commands, flags and their help. Nothing secret is ever taken from it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Looks after provider API tokens for their whole life in CI.
#[derive(Parser)]
#[command(
    name = "tokenward",
    version,
    propagate_version = true,
    disable_help_subcommand = true,
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
pub struct Global {
    /// The config file [default: .github/tokenward.yml of the repository]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The report's form
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Write the report to a file instead of standard output
    #[arg(long, global = true, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Colour on a terminal
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub color: Colour,
    /// Say less: the report only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more, on standard error: -v steps, -vv requests, -vvv everything; never a value
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// No progress bars
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// What was typed and may be a value.
    #[arg(skip)]
    pub(super) typed: super::typed::Typed,
    /// What the command found out, for the Action.
    #[arg(skip)]
    pub(super) kept: super::output::Kept,
}

/// A report's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Human,
    /// One object, versioned; see `tokenward schema`.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit's XML.
    Junit,
    /// For people, and annotations for GitHub's runner on standard error.
    Github,
}

/// When to use colour.
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
    /// The whole life of a token, told as it happens, on this machine: no account, no network, no
    /// set-up
    Demo {
        /// Keep the sandbox up and print its addresses and credentials
        #[arg(long)]
        serve: bool,
    },
    /// Writes the config and the workflows for the tokens it is told of; asks on a terminal for
    /// what it is not told
    Init(InitFlags),
    /// What `rotate` would do now and why, every write, its cost, and the earliest moment of each
    /// revocation
    Plan {
        /// Which tokens.
        #[command(flatten)]
        selection: Selection,
        /// Print one line of JSON that splits the tokens over the jobs of a GitHub Actions matrix;
        /// contacts nobody
        #[arg(long)]
        matrix: bool,
    },
    /// One run: advances every token as far as it may go now
    Rotate {
        /// Which tokens.
        #[command(flatten)]
        selection: Selection,
        /// Show what would be done, and do nothing
        #[arg(long)]
        dry_run: bool,
        /// Go on although the ref of this run is not protected
        #[arg(long)]
        allow_unprotected_ref: bool,
        /// Why, and which by their provider.
        #[command(flatten)]
        asked: Asked,
    },
    /// A test call for each token, and the config's policy; never green when it could not test
    Check {
        /// Which tokens.
        #[command(flatten)]
        selection: Selection,
        /// Which findings fail.
        #[command(flatten)]
        verdict: VerdictFlags,
    },
    /// What `check` looks at, as a table: state, version, age, expiry, next step
    Status {
        /// Which tokens.
        #[command(flatten)]
        selection: Selection,
        /// Which findings fail.
        #[command(flatten)]
        verdict: VerdictFlags,
        /// Also write one self-contained page: inventory, timeline, drift, history
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
    /// What is missing between this repository and a rotation, with the exact line to write
    Doctor,
    /// Seals a value made elsewhere and pushes it to all destinations, tested first
    Push {
        /// The token
        token: String,
        /// Where the new value is: env:NAME, file:PATH, or - for standard input
        #[arg(long, value_name = "SOURCE")]
        value_from: String,
    },
    /// Leads through making a value that only a person can make: where, a hidden paste, the test,
    /// the push, and what is left to do
    Guide {
        /// The token
        token: String,
    },
    /// Takes over the value in use: derives its id, tests it, records it as version 0
    Adopt {
        /// The token
        #[arg(required_unless_present = "unsigned_journal")]
        token: Option<String>,
        /// The key's id at the provider, where the value does not tell it
        #[arg(long)]
        id: Option<String>,
        /// Signs a journal that is not signed yet, after you have looked at what it claims
        #[arg(long, conflicts_with_all = ["token", "id"])]
        unsigned_journal: bool,
    },
    /// Revokes one key, after showing what still depends on it
    Revoke(Revocation),
    /// In a workflow that uses a token: compares the value it is handed with the journal, and
    /// leaves a mark for the repository that rotates it
    Confirm(Confirmation),
    /// The leak check: finds tokens where they do not belong
    Scan(ScanFlags),
    /// Checks what is staged before each commit: writes a pre-commit hook
    InstallHook {
        /// Replace the hook that is there
        #[arg(long)]
        force: bool,
    },
    /// The providers, and what is possible with each
    Providers {
        /// One provider, in full
        id: Option<String>,
    },
    /// Prints a JSON schema
    Schema {
        /// Which
        #[arg(value_enum)]
        name: SchemaName,
    },
    /// Prints a completion script
    Completions {
        /// For which shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Prints the manual page
    Man,
    /// What action.yml runs: takes the Action's inputs from variables
    #[command(hide = true)]
    Action,
}

/// Which token's value a run says it was handed.
#[derive(Clone, Debug, Args)]
pub struct Confirmation {
    /// The token, as the repository that rotates it calls it
    pub token: String,
    /// The repository that rotates it; without it, this one, by its config
    #[arg(long, value_name = "OWNER/NAME", requires = "value_from")]
    pub of: Option<String>,
    /// Where the value is that this run was handed: env:NAME, file:PATH, or - for standard input;
    /// without it, where the config says
    #[arg(long, value_name = "SOURCE")]
    pub value_from: Option<String>,
    /// The ref on which that repository keeps its journal
    #[arg(long, value_name = "REF", requires = "of", default_value = "refs/tokenward/journal")]
    pub journal: String,
}

/// Which key is to be revoked.
#[derive(Clone, Debug, Args)]
pub struct Revocation {
    /// The token whose value in use is to be revoked
    #[arg(value_name = "TOKEN", required_unless_present = "leaked", conflicts_with = "leaked")]
    pub token: Option<String>,
    /// The key behind this value, whoever's it is: - for standard input
    #[arg(long, value_name = "-", allow_hyphen_values = true)]
    pub leaked: Option<String>,
    /// Revoke it although somebody may still use it
    #[arg(long, requires = "reason")]
    pub force: bool,
    /// Why; kept in the journal
    #[arg(long, value_name = "TEXT", requires = "force")]
    pub reason: Option<String>,
}

/// Why a rotation is asked for, due or not.
#[derive(Clone, Debug, Args)]
pub struct Asked {
    /// Rotate now, due or not
    #[arg(long, requires = "reason", group = "why")]
    pub force: bool,
    /// Why; kept in the journal
    #[arg(long, value_name = "TEXT", requires = "force")]
    pub reason: Option<String>,
    /// The tokens named stand where they do not belong: rotate now, and revoke without a grace as
    /// soon as every destination holds the new value
    #[arg(long, conflicts_with = "force", requires = "named", group = "why")]
    pub leaked: bool,
    /// Revoke first, and accept that every consumer fails until the new value arrives (with
    /// --leaked)
    #[arg(long, requires = "leaked", conflicts_with = "force")]
    pub revoke_first: bool,
    /// The token behind a finding of `scan`, by its fingerprint (with --leaked)
    #[arg(long, value_name = "FINGERPRINT", group = "named", requires = "leaked", conflicts_with_all = ["provider", "alert"])]
    pub finding: Option<String>,
    /// The token behind an alert of GitHub's secret scanning in the primary repository, which is
    /// resolved as revoked when the value is dead (with --leaked)
    #[arg(
        long,
        value_name = "NUMBER",
        group = "named",
        requires = "leaked",
        conflicts_with = "provider"
    )]
    pub alert: Option<u64>,
    /// Every token of this provider: it was breached, say (with --leaked or --force)
    #[arg(long, value_name = "ID", group = "named", requires = "why")]
    pub provider: Option<String>,
}

/// Which tokens.
#[derive(Clone, Debug, Args)]
pub struct Selection {
    /// Tokens of the config; all where none is named
    #[arg(value_name = "TOKEN", group = "named")]
    pub tokens: Vec<String>,
}

/// What to check for leaks, and what counts.
#[derive(Clone, Debug, Args)]
pub struct ScanFlags {
    /// One of several places.
    #[command(flatten)]
    pub sources: Sources,
    /// What is let be.
    #[command(flatten)]
    pub noise: SuppressionFlags,
    /// Ask each finding's own provider whether it still works, after a made-up value as a test of
    /// the test; never about what a fork brings
    #[arg(long)]
    pub live: bool,
    /// Which findings fail.
    #[command(flatten)]
    pub verdict: VerdictFlags,
}

/// What is let be, and what is told of it.
#[derive(Clone, Debug, Args)]
pub struct SuppressionFlags {
    /// The file of accepted findings; where it is not given, `scan.baseline` of the config
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write that file: accept everything found, and drop what is no longer there; tokens of the
    /// config are not accepted
    #[arg(long)]
    pub write_baseline: bool,
    /// Also list what looked like a token and is no finding, and why
    #[arg(long)]
    pub explain: bool,
    /// Also go by `gitleaks:allow` comments, .gitleaksignore, and the rules of .gitleaks.toml
    #[arg(long)]
    pub gitleaks: bool,
}

/// Where to look: files and folders, where nothing else is said.
#[derive(Clone, Debug, Args)]
#[group(multiple = false)]
pub struct Sources {
    /// Files and folders; the current folder where nothing else is said
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Every blob new in B and not in A, also those that a later commit removed
    #[arg(long, value_name = "A..B")]
    pub range: Option<String>,
    /// What is staged: what the next commit would bring
    #[arg(long)]
    pub staged: bool,
    /// Every object of the repository, whatever reaches it: all branches, stashes, notes, what was
    /// deleted
    #[arg(long)]
    pub history: bool,
    /// What the GitHub event of this run brings: pull request, push, merge queue; everything on a
    /// schedule
    #[arg(long)]
    pub event: bool,
    /// Standard input
    #[arg(long)]
    pub stdin: bool,
    /// The logs of a workflow run: its number (of all its attempts), or a zip that GitHub hands out
    #[arg(long, value_name = "RUN|FILE")]
    pub workflow_logs: Option<PathBuf>,
}

impl Sources {
    /// Whether any of them was named.
    #[must_use]
    pub fn are_given(&self) -> bool {
        let Self { paths, range, staged, history, event, stdin, workflow_logs } = self;
        !paths.is_empty()
            || range.is_some()
            || *staged
            || *history
            || *event
            || *stdin
            || workflow_logs.is_some()
    }

    /// Whether files, or what is staged, are looked at rather than commits.
    pub(super) fn is_on_disk(&self) -> bool {
        self.range.is_none() && !self.history && !self.event
    }
}

/// Which findings fail.
#[derive(Clone, Debug, Args)]
pub struct VerdictFlags {
    /// Only these ids fail (comma-separated, such as token-expired,leak); all where none is named
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub fail_on: Vec<String>,
    /// Exit 0 whatever is found (not when something could not be done)
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
}

/// What `init` is told.
#[derive(Clone, Debug, Args)]
pub struct InitFlags {
    /// Tokens: a provider, with a name and a secret of its own where they are not to follow from it
    #[arg(value_name = "[NAME=]PROVIDER[:SECRET]")]
    pub tokens: Vec<String>,
    /// The repository; otherwise the one of this clone
    #[arg(long, value_name = "OWNER/NAME")]
    pub repository: Option<String>,
    /// Where the Action is kept, as `uses:` takes it
    #[arg(long, value_name = "OWNER/NAME@COMMIT")]
    pub action: Option<String>,
    /// Write over files that are there
    #[arg(long)]
    pub force: bool,
}
