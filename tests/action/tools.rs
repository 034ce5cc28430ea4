//! The tools these tests are held against, and where they are looked for. `.ci/contract-tools`
//! installs them under `target/contract`.

use std::path::{Path, PathBuf};

/// Something a test needs besides tokenward.
#[derive(Clone, Copy)]
pub(crate) enum Tool {
    /// Runs workflows on this machine.
    Act,
    /// Security audits of workflows.
    Zizmor,
    /// A linter of workflows.
    Actionlint,
    /// The schemas of SchemaStore.
    CheckJsonschema,
    /// Microsoft's validator of SARIF.
    Multitool,
    /// A browser.
    Chromium,
    /// What finds faults of accessibility.
    Axe,
    /// What the installer itself needs.
    Curl,
    /// A manager of git's hooks.
    PreCommit,
}

impl Tool {
    /// The program.
    pub(crate) fn path(self) -> PathBuf {
        match self {
            Self::Act => venv("act"),
            Self::Zizmor => venv("zizmor"),
            Self::Actionlint => venv("actionlint"),
            Self::CheckJsonschema => venv("check-jsonschema"),
            Self::Multitool => installed()
                .join("sarif/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool"),
            Self::Axe => installed().join("axe/node_modules/axe-core/axe.min.js"),
            Self::Chromium => on_path("chromium"),
            Self::Curl => on_path("curl"),
            Self::PreCommit => venv("pre-commit"),
        }
    }

    /// Why it cannot be used, in a few words.
    pub(crate) fn missing(self) -> Option<String> {
        let name = match self {
            Self::Act => "act",
            Self::Zizmor => "zizmor",
            Self::Actionlint => "actionlint",
            Self::CheckJsonschema => "check-jsonschema",
            Self::Multitool => "SARIF multitool",
            Self::Axe => "axe-core",
            Self::PreCommit => "pre-commit",
            Self::Chromium => {
                return (!self.path().is_file())
                    .then(|| "no chromium: it is a package of Debian".to_owned());
            }
            Self::Curl => return (!self.path().is_file()).then(|| "no curl".to_owned()),
        };
        (!self.path().is_file()).then(|| format!("no {name}: run .ci/contract-tools"))
    }
}

fn on_path(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .unwrap_or_default()
}

fn venv(name: &str) -> PathBuf {
    installed().join("venv/bin").join(name)
}

/// `target/contract`.
fn installed() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("contract")
}
