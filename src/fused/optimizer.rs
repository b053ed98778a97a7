//! Adam (lines 176–181) with vector instructions.

use super::vector_units::{Task, VectorUnits};
use crate::training::Adam;

/// One update of the parameters, as [`Adam::update`] but within a few units of the last place.
///
/// # Panics
///
/// If `params` and `grads` have not an entry for each of the memory's.
pub(crate) fn update(
    units: VectorUnits,
    adam: &mut Adam,
    params: &mut [f64],
    grads: &[f64],
    step: usize,
    learning_rate: f64,
) {
    assert!(params.len() == adam.m.len() && grads.len() == adam.m.len(), "one gradient for each parameter");
    let [correction1, correction2] = adam.corrections(step);
    units.run(Update {
        adam,
        params,
        grads,
        m_factor: learning_rate / correction1,
        v_factor: 1.0 / correction2,
    });
}

struct Update<'a> {
    adam: &'a mut Adam,
    params: &'a mut [f64],
    grads: &'a [f64],
    m_factor: f64,
    v_factor: f64,
}

impl Task for Update<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Update { adam, params, grads, m_factor, v_factor } = self;
        let Adam { beta1, beta2, eps, .. } = *adam;
        for (((p, m), v), &grad) in params.iter_mut().zip(&mut adam.m).zip(&mut adam.v).zip(grads) {
            // Both means go on from their registers: reading again what was stored just now is slow.
            let mean = beta1 * *m + (1.0 - beta1) * grad;
            let mean_square = beta2 * *v + (1.0 - beta2) * (grad * grad);
            let root = (mean_square * v_factor).sqrt() + eps;
            *p -= m_factor * mean * reciprocal::<FMA>(root);
            (*m, *v) = (mean, mean_square);
        }
    }
}

/// 1 / x for a positive x.
///
/// The square root keeps the processor's divider busy for as long as all the rest takes together. With
/// `FMA` the reciprocal is therefore computed without it: the bits of x, seen as a whole number, are about
/// its logarithm, so subtracting them from a constant gives 1 / x within an eighth; with e = 1 − x · y, the
/// estimate y · (1 + e + e²) leaves only e³ of the error, and after three times nothing.
#[inline(always)]
fn reciprocal<const FMA: bool>(x: f64) -> f64 {
    if !FMA {
        return 1.0 / x;
    }
    let mut y = f64::from_bits(0x7fde_6238_22fc_16e6_u64.wrapping_sub(x.to_bits()));
    for _ in 0..3 {
        let e = (-x).mul_add(y, 1.0);
        y = y.mul_add(e.mul_add(e, e), y);
    }
    y
}

/// Whether all numbers are finite.
pub(crate) fn all_finite(numbers: &[f64]) -> bool {
    VectorUnits::best().run(AllFinite(numbers))
}

struct AllFinite<'a>(&'a [f64]);

impl Task for AllFinite<'_> {
    type Output = bool;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> bool {
        // 0 times a finite number is 0, times any other it is NaN.
        let (groups, rest) = self.0.as_chunks::<32>();
        let mut sums = [0.0; 32];
        for group in groups {
            for (sum, number) in sums.iter_mut().zip(group) {
                *sum += 0.0 * number;
            }
        }
        sums.iter().sum::<f64>() == 0.0 && rest.iter().all(|number| number.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reciprocal_is_exact_to_a_unit_of_the_last_place() {
        let mut x = 1e-8;
        while x < 1e100 {
            assert!((reciprocal::<true>(x) * x - 1.0).abs() < 4.5e-16, "1 / {x}");
            x *= 1.001;
        }
    }

    #[test]
    fn all_finite_finds_a_single_number_that_is_not() {
        for place in 0..100 {
            for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                let mut numbers = [1e300; 100];
                assert!(all_finite(&numbers));
                numbers[place] = bad;
                assert!(!all_finite(&numbers));
            }
        }
    }
}
