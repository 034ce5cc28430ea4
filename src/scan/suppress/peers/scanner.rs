//! The scanners whose baselines can be read.

/// A scanner whose baselines can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scanner {
    Gitleaks,
    TruffleHog,
    Kingfisher,
    DetectSecrets,
    Ggshield,
}

impl Scanner {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gitleaks => "gitleaks",
            Self::TruffleHog => "trufflehog",
            Self::Kingfisher => "kingfisher",
            Self::DetectSecrets => "detect-secrets",
            Self::Ggshield => "ggshield",
        }
    }
}
