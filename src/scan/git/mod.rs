//! What a scan asks git and reads from its object database. Knows no token.

pub(crate) mod changed_paths;
pub(crate) mod command;
pub(crate) mod diff_tree;
pub(crate) mod fast_hash;
pub(crate) mod hook;
pub(crate) mod modules;
pub(crate) mod object_set;
pub(crate) mod object_text;
pub(crate) mod odb;
pub(crate) mod pack;
pub(crate) mod path_count;
pub(crate) mod range;
pub(crate) mod tree_listing;
