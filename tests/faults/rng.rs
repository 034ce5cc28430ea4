//! A small seeded generator (splitmix64): the same seed gives the same cases on every machine.

/// A stream of numbers that look random.
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is not zero.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.next() % bound).unwrap_or(0)
    }

    /// One of these.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// The seed of this run: the one asked for, or a new one.
pub(crate) fn seed() -> u64 {
    let asked = std::env::var("TOKENWARD_FAULTS_SEED").ok().and_then(|seed| seed.parse().ok());
    asked.unwrap_or_else(|| getrandom::u64().unwrap_or(1))
}

/// Whether the whole matrix was asked for.
pub(crate) fn everything() -> bool {
    std::env::var("TOKENWARD_FAULTS").is_ok_and(|wish| wish == "all")
}
