//! The Action and its installer: inputs are values, and nothing from a cache is trusted.
