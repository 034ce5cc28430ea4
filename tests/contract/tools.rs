//! What the contract tests are held against, and where it is looked for. `.ci/contract-tools`
//! installs it under `target/contract`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What to do about missing tools: `TOKENWARD_CONTRACT`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Not set: tests that lack tools are ignored.
    Available,
    /// `required`: they fail.
    Required,
    /// `skip`: all are ignored.
    Skipped,
}

impl Mode {
    pub(crate) fn from_env() -> Self {
        match std::env::var("TOKENWARD_CONTRACT").as_deref() {
            Ok("required") => Self::Required,
            Ok("skip") => Self::Skipped,
            _ => Self::Available,
        }
    }
}

/// Something a test needs besides tokenward.
#[derive(Clone, Copy)]
pub(crate) enum Tool {
    /// The vendors' OpenAPI documents.
    Documents,
    /// Prism, and node to run it.
    Prism,
    /// libsodium's Python binding.
    PyNaCl,
    /// moto, which plays IAM and STS.
    Moto,
}

impl Tool {
    /// Why the tool cannot be used, in a few words.
    pub(crate) fn missing(self) -> Option<String> {
        match self {
            Self::Documents => {
                (!vendor_documents().is_dir()).then(|| format!("no vendor documents in {SHARED}"))
            }
            Self::Prism if !prism().is_file() => {
                Some("no Prism: run .ci/contract-tools".to_owned())
            }
            Self::Prism => (!runs("node")).then(|| "node does not run".to_owned()),
            Self::Moto => (!installed().join("venv/bin/moto_server").is_file())
                .then(|| "no moto: run .ci/contract-tools".to_owned()),
            Self::PyNaCl => {
                (!python().is_file()).then(|| "no PyNaCl: run .ci/contract-tools".to_owned())
            }
        }
    }
}

const SHARED: &str = "../shared/specs";

/// `../shared/specs`, or where `TOKENWARD_CONTRACT_DOCUMENTS` says.
pub(crate) fn vendor_documents() -> PathBuf {
    std::env::var_os("TOKENWARD_CONTRACT_DOCUMENTS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(SHARED), PathBuf::from)
}

pub(crate) fn prism() -> PathBuf {
    installed().join("prism/node_modules/@stoplight/prism-cli/dist/index.js")
}

pub(crate) fn python() -> PathBuf {
    installed().join("venv/bin/python")
}

/// A file of ours beside the tests.
pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract").join(name)
}

/// `target/contract`.
pub(crate) fn installed() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("contract")
}

fn runs(program: &str) -> bool {
    let status = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

/// A folder of this run's own, not made yet.
pub(crate) fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("contract-{}-{name}", std::process::id()))
}
