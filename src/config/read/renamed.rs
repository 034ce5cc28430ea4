//! Keys that have a new name. A file that still uses the old one is read as if it used the new one,
//! and says so once for each place.

use super::tree::{Kind, Node};

/// One key with a new name, in the items of one list.
pub(crate) struct Renamed {
    /// The key of the list.
    pub(crate) list: &'static str,
    pub(crate) old: &'static str,
    pub(crate) new: &'static str,
}

/// An old name that was used.
pub(crate) struct OldName {
    /// Where it is in the text.
    pub(crate) at: usize,
    pub(crate) old: &'static str,
    pub(crate) new: &'static str,
}

/// Gives every key its new name. An item that has both names keeps both, and the schema refuses the
/// old one.
pub(crate) fn apply(node: &mut Node, renamed: &[Renamed], found: &mut Vec<OldName>) {
    match &mut node.kind {
        Kind::Map(entries) => {
            for entry in entries {
                let of_this_list: Vec<&Renamed> =
                    renamed.iter().filter(|renamed| renamed.list == entry.key).collect();
                if let Kind::List(items) = &mut entry.value.kind {
                    items.iter_mut().for_each(|item| rename(item, &of_this_list, found));
                }
                apply(&mut entry.value, renamed, found);
            }
        }
        Kind::List(items) => items.iter_mut().for_each(|item| apply(item, renamed, found)),
        Kind::Scalar(..) | Kind::Broken => {}
    }
}

fn rename(item: &mut Node, renamed: &[&Renamed], found: &mut Vec<OldName>) {
    let Kind::Map(entries) = &mut item.kind else { return };
    for Renamed { old, new, .. } in renamed {
        if entries.iter().any(|entry| entry.key == *new) {
            continue;
        }
        for entry in entries.iter_mut().filter(|entry| entry.key == *old) {
            (*new).clone_into(&mut entry.key);
            found.push(OldName { at: entry.key_range.start, old, new });
        }
    }
}
