//! Which repository, which commit and which config decide: never what a pull request brings.
