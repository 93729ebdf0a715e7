//! Reproducible pseudo-random numbers.

/// Numbers that look random, and are the same for the same seed: SplitMix64.
pub struct Random(u64);

impl Random {
    /// Takes the seed from `CHRONOSCOPE_SEED`, or a new one, and prints it.
    pub fn from_env() -> Self {
        let asked = std::env::var("CHRONOSCOPE_SEED").ok();
        let seed = match asked {
            Some(seed) => seed.parse().unwrap(),
            None => uuid::Uuid::new_v4().as_u64_pair().0,
        };
        println!("CHRONOSCOPE_SEED={seed}");
        Self(seed)
    }

    /// The next one below a limit.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}
