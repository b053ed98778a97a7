//! Powers with Python's bits.

use std::hint::black_box;

/// `base` to the power `exponent`, to the bit as the platform's `pow` computes it, which is what Python calls.
///
/// The exponent is hidden from the compiler. It would put a multiplication, a root or a division in place of
/// the exponents 2, 0.5 and −1, and those give the number nearest to the power, while `pow` may miss it by a
/// little more than half a unit in the last place (0.54 in glibc and musl).
#[inline]
pub(crate) fn pow(base: f64, exponent: f64) -> f64 {
    short_way(base, exponent).unwrap_or_else(|| base.powf(black_box(exponent)))
}

/// The power by a multiplication or a root, which takes half the time off Adam, if `pow` is sure to give that.
///
/// `pow` errs by less than 0.54 units, so it gives the number nearest to the power, unless the power is less than
/// 0.04 units away from the middle between two numbers: it is not where the nearest, and even 1.1 times what it
/// lacks, rounds to the nearest, as 0.5 − 0.5 / 1.1 is more than 0.04.
#[inline]
fn short_way(base: f64, exponent: f64) -> Option<f64> {
    if base.to_bits() == 0 && exponent > 0.0 {
        return Some(0.0); // as it is for most gradients of a step
    }
    let (nearest, lacks) = match exponent {
        1.0 => (base, 0.0),
        2.0 => (base * base, base.mul_add(base, -(base * base))),
        0.5 => {
            let root = base.sqrt();
            (root, root.mul_add(-root, base) / (2.0 * root))
        }
        _ => return None,
    };
    // Further out the product that `mul_add` subtracts could have digits below the smallest number
    let exact = (1e-100..1e100).contains(&nearest.abs());
    // Of other platforms' `pow` it is not known how much it errs
    (cfg!(target_os = "linux") && exact && nearest + 1.1 * lacks == nearest).then_some(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use rand::Rng;

    /// Bases of every size, subnormal ones too, of the usual size, and of 27 and 28 digits in base 2, whose squares lie
    /// in the middle between two numbers or near it.
    #[test]
    fn the_short_way_gives_the_bits_of_pow() {
        let mut random = Random::new(1);
        let mut bits = || random.next_u64();
        let mut short = 0;
        for _ in 0..1_000_000 {
            let (any, usual) = (f64::from_bits(bits()), f64::from_bits(0x3ff << 52 | bits() >> 12));
            let (tie, near) = ((bits() >> 37 | 1) as f64, (bits() >> 36 | 1) as f64);
            let subnormal = any.abs() * f64::MIN_POSITIVE;
            for base in
                [any, usual, tie, near, tie * tie + near, subnormal, 4.488405348771822e-308, 0.0, -0.0]
            {
                for exponent in [2.0, 0.5, 1.0, -1.0] {
                    if let Some(power) = short_way(base, exponent) {
                        short += 1;
                        assert_eq!(
                            power.to_bits(),
                            base.powf(black_box(exponent)).to_bits(),
                            "{base:e}**{exponent}"
                        );
                    }
                }
            }
        }
        assert!(short > 6_000_000 || !cfg!(target_os = "linux"), "only {short} were short");
    }
}
