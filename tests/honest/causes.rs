//! Refusals of GitHub and of providers, and lasting faults of our own input: each is told as what
//! it is.

mod inputs;
mod journal;
mod refusals;
