//! Checks the provider files at build time.

fn main() {}
