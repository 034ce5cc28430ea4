//! Time and size from outside are bounded, and a panic ends one token's work only.
