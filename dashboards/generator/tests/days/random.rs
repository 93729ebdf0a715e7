//! Pseudorandom numbers that depend only on the seed: SplitMix64.

pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number from 0 to below 1.
    pub fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The next number in a range, without its end.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + (self.share() * (high - low) as f64) as usize
    }

    /// A whole number whose mean is the given one.
    pub fn about(&mut self, mean: f64) -> f64 {
        let spread = mean * (0.7 + 0.6 * self.share());
        spread.floor() + f64::from(self.share() < spread.fract())
    }
}
