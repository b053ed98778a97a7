//! Eight numbers side by side, mostly one for each of eight positions.
//!
//! This is plain arithmetic on arrays of eight, of which the compiler makes the vector instructions of the
//! processor it compiles for. `FMA` says that this one can multiply and add in a single instruction. Outside
//! WebAssembly all is inlined, so that it is compiled once for each kind of processor, see [`super::vector_units`].

use std::hint::black_box;
use std::ops::{Add, AddAssign, Mul, Sub};

/// How many positions are computed side by side.
pub(super) const LANES: usize = 8;

/// A number for each of eight positions.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[repr(align(64))]
pub(super) struct Lanes(pub(super) [f64; LANES]);

impl Lanes {
    pub(super) const ZERO: Lanes = Lanes([0.0; LANES]);

    #[inline(always)]
    pub(super) fn splat(x: f64) -> Self {
        Lanes([x; LANES])
    }

    /// The first eight numbers.
    #[inline(always)]
    pub(super) fn load(from: &[f64]) -> Self {
        Lanes(*from.first_chunk().expect("eight numbers"))
    }

    /// Writes the lanes to the beginning of `to`, as far as it goes, or with `add` adds them to what is there.
    #[inline(always)]
    pub(super) fn store(self, to: &mut [f64], add: bool) {
        match to.first_chunk_mut::<LANES>() {
            Some(to) => *to = if add { (Lanes(*to) + self).0 } else { self.0 },
            None => self.store_some(to, add),
        }
    }

    #[cold]
    #[inline(never)]
    fn store_some(self, to: &mut [f64], add: bool) {
        for (to, lane) in to.iter_mut().zip(self.0) {
            *to = if add { *to + lane } else { lane };
        }
    }

    #[inline(always)]
    pub(super) fn map(mut self, f: impl Fn(f64) -> f64) -> Self {
        for lane in &mut self.0 {
            *lane = f(*lane);
        }
        self
    }

    #[inline(always)]
    pub(super) fn zip(mut self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        for lane in 0..LANES {
            self.0[lane] = f(self.0[lane], other.0[lane]);
        }
        self
    }

    /// self + a · b.
    #[inline(always)]
    pub(super) fn add_product<const FMA: bool>(mut self, a: Lanes, b: Lanes) -> Self {
        for lane in 0..LANES {
            self.0[lane] = add_product::<FMA>(self.0[lane], a.0[lane], b.0[lane]);
        }
        self
    }

    /// self + a · b, with the same a for all positions.
    #[inline(always)]
    pub(super) fn add_scaled<const FMA: bool>(self, a: f64, b: Lanes) -> Self {
        self.add_product::<FMA>(Lanes::splat(a), b)
    }
}

/// sum + a · b.
#[inline(always)]
pub(super) fn add_product<const FMA: bool>(sum: f64, a: f64, b: f64) -> f64 {
    if FMA { a.mul_add(b, sum) } else { sum + a * b }
}

impl Add for Lanes {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }
}

impl AddAssign for Lanes {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Lanes {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }
}

impl Mul for Lanes {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }
}

impl Mul<f64> for Lanes {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: f64) -> Self {
        self.map(|a| a * other)
    }
}

/// Computes each entry of `y` from what it is and the entries of `a` and `b` in its place.
///
/// No function: a closure given to it might not be inlined, and so be compiled for the baseline.
macro_rules! update {
    ($y:expr, $a:expr, $b:expr, |$of_y:pat_param, $of_a:pat_param, $of_b:pat_param| $computed:expr) => {
        for ((y, a), b) in $y.iter_mut().zip($a.iter()).zip($b.iter()) {
            // Keeps the compiler from making vectors across the entries, which lie apart; those along the
            // lanes are ready to use.
            std::hint::black_box(());
            let ($of_y, $of_a, $of_b) = (*y, *a, *b);
            *y = $computed;
        }
    };
}
pub(super) use update;

/// Turns the scores of each position into probabilities (lines 97–101).
///
/// There is a score for each of any number of tokens or positions, a multiple of eight so that `exp` has
/// enough to do at once; those that do not count are −∞.
#[cfg_attr(not(target_family = "wasm"), inline(always))]
#[cfg_attr(target_family = "wasm", inline(never))]
pub(super) fn softmax<const FMA: bool>(scores: &[Lanes], probs: &mut [Lanes]) {
    let mut max = Lanes::splat(f64::NEG_INFINITY);
    for score in scores {
        black_box(());
        max = max.zip(*score, |max, score| if score > max { score } else { max });
    }
    let mut total = Lanes::ZERO;
    for (probs, scores) in probs.as_chunks_mut::<LANES>().0.iter_mut().zip(scores.as_chunks::<LANES>().0) {
        let mut exps = [[0.0; LANES]; LANES];
        for (exp, score) in exps.iter_mut().zip(scores) {
            *exp = (*score - max).0;
        }
        for number in exps.as_flattened_mut() {
            *number = exp::<FMA>(*number);
        }
        for (prob, exp) in probs.iter_mut().zip(exps) {
            *prob = Lanes(exp);
            total += *prob;
        }
    }
    let inverse = total.map(|total| 1.0 / total);
    update!(probs, scores, scores, |prob, _, _| prob * inverse);
}

/// eˣ for x up to 700, within a unit or two of the last place. Below −700 it stays at e⁻⁷⁰⁰, next to
/// nothing: nearer to 0 the processor's arithmetic is slow.
///
/// x is k · ln 2 + r with a whole k and r of at most ½ ln 2 either way, so that eˣ is 2ᵏ · eʳ; and eʳ is the
/// sum of rⁱ / i!, for which i up to 13 is enough.
#[inline(always)]
fn exp<const FMA: bool>(x: f64) -> f64 {
    /// 1.5 · 2⁵²: next to it only whole numbers fit, so adding it rounds, and leaves k in the last bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    /// ln 2 in two parts: the first has few enough bits that k times it is exact.
    const LN_2: [f64; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];
    let x = if x < -700.0 { -700.0 } else { x };
    let rounded = add_product::<FMA>(ROUND, std::f64::consts::LOG2_E, x);
    let k = rounded - ROUND;
    let r = add_product::<FMA>(x, -LN_2[0], k);
    let r = add_product::<FMA>(r, -LN_2[1], k);
    // The even and the odd powers apart: two short chains instead of a long one.
    let square = r * r;
    let [mut even, mut odd] = [INVERSE_FACTORIALS[12], INVERSE_FACTORIALS[13]];
    for i in (0..6).rev() {
        even = add_product::<FMA>(INVERSE_FACTORIALS[2 * i], even, square);
        odd = add_product::<FMA>(INVERSE_FACTORIALS[2 * i + 1], odd, square);
    }
    let exp_r = add_product::<FMA>(even, odd, r);
    // The bits of a number begin with its exponent: that of 2ᵏ is k + 1023.
    exp_r * f64::from_bits(rounded.to_bits().wrapping_add(1023) << 52)
}

/// 1 / i!
const INVERSE_FACTORIALS: [f64; 14] = {
    let mut inverse = [1.0; 14];
    let mut factorial = 1.0;
    let mut i = 1;
    while i < inverse.len() {
        factorial *= i as f64;
        inverse[i] = 1.0 / factorial;
        i += 1;
    }
    inverse
};

/// Exchanges lanes and entries: lane i of entry j becomes lane j of entry i. Missing entries are 0.
#[cfg_attr(not(target_family = "wasm"), inline(always))]
#[cfg_attr(target_family = "wasm", inline(never))]
pub(super) fn transpose(x: &[Lanes]) -> [Lanes; LANES] {
    let mut x = x.first_chunk().copied().unwrap_or_else(|| {
        let mut filled = [Lanes::ZERO; LANES];
        filled[..x.len()].copy_from_slice(x);
        filled
    });
    x = exchange::<4>(x);
    x = exchange::<2>(x);
    exchange::<1>(x)
}

/// One step of the exchange: in every square of 2 · `STEP` entries and lanes the upper right and the lower left quarter
/// change places.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // the compiler makes better code of it
fn exchange<const STEP: usize>(x: [Lanes; LANES]) -> [Lanes; LANES] {
    let mut turned = x;
    for i in 0..LANES {
        for lane in 0..LANES {
            let (from, of) = match (i & STEP == 0, lane & STEP == 0) {
                (true, false) => (i + STEP, lane - STEP),
                (false, true) => (i - STEP, lane + STEP),
                _ => (i, lane),
            };
            turned[i].0[lane] = x[from].0[of];
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_within_two_units_of_the_last_place() {
        for i in -700_000..=700_000 {
            let x = f64::from(i) * 1e-3;
            for ours in [exp::<true>(x), exp::<false>(x)] {
                assert!((ours / x.exp() - 1.0).abs() < 4.5e-16, "exp({x}) = {ours}");
            }
        }
        assert!(exp::<false>(f64::NEG_INFINITY) < 1e-300);
        assert!(exp::<false>(f64::NAN).is_nan());
    }

    #[test]
    fn transpose_exchanges_lanes_and_entries() {
        let x: Vec<Lanes> = (0..5).map(|j| Lanes(std::array::from_fn(|i| (10 * j + i) as f64))).collect();
        let turned = transpose(&x);
        for (i, row) in turned.iter().enumerate() {
            for (j, &number) in row.0.iter().enumerate() {
                assert_eq!(number, if j < 5 { (10 * j + i) as f64 } else { 0.0 });
            }
        }
    }
}
