//! Adam (lines 176–181) with vector instructions.

use std::hint::black_box;

use super::lanes::{LANES, Lanes, add_product};
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
    let Adam { beta1, beta2, eps, .. } = *adam;
    let rule = Rule { beta1, beta2, eps, m_factor: learning_rate / correction1, v_factor: 1.0 / correction2 };
    units.run(Update { rule, params, m: &mut adam.m, v: &mut adam.v, grads });
}

struct Update<'a> {
    rule: Rule,
    params: &'a mut [f64],
    m: &'a mut [f64],
    v: &'a mut [f64],
    grads: &'a [f64],
}

impl Task for Update<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Update { rule, params, m, v, grads } = self;
        let (params, params_rest) = params.as_chunks_mut::<LANES>();
        let (m, m_rest) = m.as_chunks_mut::<LANES>();
        let (v, v_rest) = v.as_chunks_mut::<LANES>();
        let (grads, grads_rest) = grads.as_chunks::<LANES>();
        for (i, (((p, m), v), grad)) in params.iter_mut().zip(m).zip(v).zip(grads).enumerate() {
            black_box(());
            rule.update::<FMA>(p, m, v, grad, i % 2 == 0);
        }
        if !params_rest.is_empty() {
            let [mut p, mut m, mut v] = [&*params_rest, m_rest, v_rest].map(|rest| Lanes::load(rest).0);
            rule.update::<FMA>(&mut p, &mut m, &mut v, &Lanes::load(grads_rest).0, true);
            for (rest, numbers) in [params_rest, m_rest, v_rest].into_iter().zip([p, m, v]) {
                Lanes(numbers).store(rest, false);
            }
        }
    }
}

/// What is the same for all parameters.
#[derive(Clone, Copy)]
struct Rule {
    beta1: f64,
    beta2: f64,
    eps: f64,
    m_factor: f64,
    v_factor: f64,
}

impl Rule {
    /// Lines 176–181, for eight parameters. The square root keeps the processor's divider busy for longer than all
    /// the rest takes, so it does not `divide` there each time.
    #[inline(always)]
    fn update<const FMA: bool>(
        self,
        p: &mut [f64; LANES],
        m: &mut [f64; LANES],
        v: &mut [f64; LANES],
        grad: &[f64; LANES],
        divide: bool,
    ) {
        let Rule { beta1, beta2, eps, m_factor, v_factor } = self;
        let grad = Lanes(*grad);
        let mean = (grad * (1.0 - beta1)).add_scaled::<FMA>(beta1, Lanes(*m));
        let mean_square = (grad * (1.0 - beta2) * grad).add_scaled::<FMA>(beta2, Lanes(*v));
        let root = (mean_square * v_factor).map(|square| square.sqrt() + eps);
        let change = mean * m_factor;
        let change = if divide || !FMA {
            change.zip(root, |change, root| change / root)
        } else {
            change * reciprocal::<FMA>(root)
        };
        *p = (Lanes(*p) - change).0;
        (*m, *v) = (mean.0, mean_square.0);
    }
}

/// 1 / x for positive x, without the divider: the bits of x, seen as a whole number, are about its
/// logarithm, so subtracting them from a constant gives 1 / x within an eighth. With e = 1 − x · y, the
/// estimate y · (1 + e + e²) leaves only e³ of the error, and y · (1 + e) e²: nothing is left in the end.
#[inline(always)]
fn reciprocal<const FMA: bool>(x: Lanes) -> Lanes {
    let one = Lanes::splat(1.0);
    let minus_x = x * -1.0;
    let mut y = x.map(|x| f64::from_bits(0x7fde_6238_22fc_16e6_u64.wrapping_sub(x.to_bits())));
    for _ in 0..2 {
        let e = one.add_product::<FMA>(minus_x, y);
        y = y.add_product::<FMA>(e.add_product::<FMA>(e, e), y);
    }
    y.add_product::<FMA>(one.add_product::<FMA>(minus_x, y), y)
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
                *sum = add_product::<FMA>(*sum, 0.0, *number);
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
            for y in [reciprocal::<true>(x), reciprocal::<false>(x)] {
                assert!((y * x - 1.0).abs() < 6e-16, "1 / {x}");
            }
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
