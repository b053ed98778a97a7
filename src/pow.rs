//! Powers with Python's bits.

use std::hint::black_box;

/// `base` to the power `exponent`, to the bit as the platform's `pow` computes it, which is what Python calls.
///
/// The exponent is hidden from the compiler. It would put a multiplication, a root or a division in place of
/// the exponents 2, 0.5 and −1, and those give the number nearest to the power, while `pow` may miss it by a
/// little more than half a unit in the last place (0.54 in glibc and musl).
#[inline]
pub(crate) fn pow(base: f64, exponent: f64) -> f64 {
    base.powf(black_box(exponent))
}
