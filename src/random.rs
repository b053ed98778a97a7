//! Python's random numbers: `random.Random(seed)` of CPython, draw for draw.
//!
//! microgpt.py draws from Python's `random` module in four ways: it shuffles the documents (line 20),
//! initializes the matrices with `gauss` (line 80), and picks each sampled token with `choices`
//! (line 196), all of which are built on `random()`. To end with the same bits, [`Random`] does what
//! CPython does with the output of the same generator, the Mersenne Twister (MT19937).

use std::convert::Infallible;
use std::f64::consts::TAU;

use rand::TryRng;
use rand_mt::Mt;

/// A generator in the state that Python's `random.Random(seed)` would be in.
///
/// It is also one of [`rand`]'s generators, for what the program itself does not draw.
#[derive(Debug, Clone)]
pub struct Random {
    mt: Mt,
    /// The second number of the pair that [`gauss`](Self::gauss) computes, kept for its next call.
    gauss_next: Option<f64>,
}

impl Random {
    /// Seeds as `random.seed(seed)` does for a whole number (line 12): the seed's 32-bit words, low
    /// word first, without leading zero words, go to the generator's `init_by_array`.
    pub fn new(seed: u64) -> Self {
        let (low, high) = (seed as u32, (seed >> 32) as u32);
        let words: &[u32] = if high == 0 { &[low] } else { &[low, high] };
        Random { mt: Mt::new_with_key(words.iter().copied()), gauss_next: None }
    }

    /// A uniform number in [0, 1) with 53 random bits: 27 of one output, 26 of the next.
    pub fn random(&mut self) -> f64 {
        let a = f64::from(self.mt.next_u32() >> 5);
        let b = f64::from(self.mt.next_u32() >> 6);
        (a * 67_108_864.0 + b) / 9_007_199_254_740_992.0
    }

    /// A uniform index below `n`: as many bits as `n` has, drawn again while they give `n` or more.
    ///
    /// # Panics
    ///
    /// If `n` is 0.
    pub fn below(&mut self, n: u32) -> u32 {
        assert!(n > 0, "there is no number below 0 to draw");
        let bits = u32::BITS - n.leading_zeros();
        loop {
            let index = self.mt.next_u32() >> (u32::BITS - bits);
            if index < n {
                return index;
            }
        }
    }

    /// Puts `items` into random order, as `random.shuffle` does (line 20): from the last place down,
    /// each is swapped with a random one at or before it.
    ///
    /// # Panics
    ///
    /// If there are more than `u32::MAX` items, for which Python draws more than 32 bits at a time.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        let count = u32::try_from(items.len()).expect("more than u32::MAX items to shuffle");
        for last in (1..count).rev() {
            let index = self.below(last + 1);
            items.swap(last as usize, index as usize);
        }
    }

    /// A number from the normal distribution with mean `mu` and standard deviation `sigma`, as
    /// `random.gauss` draws it (line 80): two uniform numbers give a pair, an angle's cosine and sine
    /// times a radius; the first is returned, the second kept for the next call.
    pub fn gauss(&mut self, mu: f64, sigma: f64) -> f64 {
        let z = self.gauss_next.take().unwrap_or_else(|| {
            let angle = self.random() * TAU;
            let radius = (-2.0 * (1.0 - self.random()).ln()).sqrt();
            self.gauss_next = Some(angle.sin() * radius);
            angle.cos() * radius
        });
        mu + z * sigma
    }

    /// An index drawn with probability proportional to its weight, as
    /// `random.choices(range(n), weights)[0]` draws it (line 196): the first index whose running sum
    /// of the weights exceeds `random()` times their total.
    ///
    /// # Panics
    ///
    /// If `weights` is empty, or their sum is not a finite positive number.
    pub fn choices(&mut self, weights: &[f64]) -> usize {
        let running_sums: Vec<f64> = weights
            .iter()
            .scan(0.0, |sum, weight| {
                *sum += weight;
                Some(*sum)
            })
            .collect();
        let total = running_sums.last().copied().unwrap_or_default();
        assert!(total > 0.0 && total.is_finite(), "the weights must have a finite positive sum, not {total}");
        let target = self.random() * total;
        running_sums.partition_point(|&sum| sum <= target).min(weights.len() - 1)
    }
}

impl TryRng for Random {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.mt.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.mt.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.mt.fill_bytes(bytes);
        Ok(())
    }
}
