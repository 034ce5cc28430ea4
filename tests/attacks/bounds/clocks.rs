//! A11: a clock that a server makes up.
