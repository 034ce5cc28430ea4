//! The fuzz targets without a fuzzer: each is given its corpus, which holds what a fuzzer once
//! found worth keeping, and bytes made of pieces of it at random, the same in every run.
//! `tests/fuzz/run.sh` lets libFuzzer look further.

use std::fs;
use std::path::Path;

use crate::fuzz;

/// So many inputs are made for each target.
const MADE: usize = 300;

/// The corpus of a target: what is kept of the fuzzer's finds, and for texts the real ones we have.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("tests/fuzz/corpus").join(target)];
    if target == "provider_file" {
        folders.push(root.join("src/providers/specs"));
    }
    let mut paths: Vec<_> = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten())
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.into_iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Bytes of one input, some of them replaced, repeated or taken from another.
fn mixed(corpus: &[Vec<u8>], random: &mut impl FnMut(usize) -> usize) -> Vec<u8> {
    let mut bytes = corpus[random(corpus.len())].clone();
    for _ in 0..=random(6) {
        let at = random(bytes.len() + 1);
        let other = &corpus[random(corpus.len())];
        let from = random(other.len() + 1);
        let piece = other[from..(from + random(64)).min(other.len())].to_vec();
        match random(4) {
            0 => bytes.truncate(at),
            1 => drop(bytes.splice(at..(at + piece.len()).min(bytes.len()), piece)),
            2 => drop(bytes.splice(at..at, piece)),
            _ => drop(bytes.splice(
                at..at,
                (0..random(9)).map(|_| u8::try_from(random(256)).unwrap()).collect::<Vec<_>>(),
            )),
        }
    }
    bytes
}

#[test]
fn every_fuzz_target_holds_on_its_corpus_and_on_what_is_made_of_it() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |most: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 33).unwrap() % most.max(1)
    };
    for (name, _) in fuzz::TARGETS {
        let corpus = corpus(name);
        assert!(!corpus.is_empty(), "{name} has no corpus");
        for bytes in &corpus {
            fuzz::run(name, bytes);
        }
        for _ in 0..MADE {
            let bytes = mixed(&corpus, &mut below);
            let result = std::panic::catch_unwind(|| fuzz::run(name, &bytes));
            assert!(result.is_ok(), "{name} does not hold on {bytes:?}");
        }
    }
}
