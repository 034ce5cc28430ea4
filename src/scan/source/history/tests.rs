//! A plain list of what was seen, for tests that compare ways of reading.

use super::*;

/// Every hit in a blob: the blob, the rule, the line and the column. For tests that compare ways of
/// reading.
pub(crate) fn in_blobs(
    repository: &Repository,
    options: &Options<'_>,
) -> Vec<(String, String, u64, u64)> {
    let git = Git::new(repository);
    let store = Store::open(&git).unwrap();
    let look = || ObjectScanner::new(options, store.kind, None);
    let (looks, lost) = Sources::open(&store, 2).each(
        &|what| what == ObjectKind::Blob,
        &look,
        &Count::default(),
        &|_| {},
    );
    assert!(lost.is_empty());
    let blobs = looks.into_iter().flat_map(|look| look.blobs);
    blobs
        .flat_map(|(id, seen)| {
            seen.into_iter().map(move |seen| {
                let finding = seen.at(String::new());
                (id.to_string(), finding.rule, finding.line, finding.column)
            })
        })
        .collect()
}
