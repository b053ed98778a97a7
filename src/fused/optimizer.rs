//! Adam (lines 176–181) with vector instructions.

use std::hint::black_box;

use super::lanes::{LANES, Lanes, add_product};
use super::vector_units::{Task, VectorUnits};
use crate::training::Adam;

/// One update of the parameters: the changes of [`Adam::update`] to a few units of their last place, while the squares
/// of the gradients are finite. Where one is not, what shares its division becomes NaN, and the next step says so.
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

    /// Root and division take the processor longer than all the rest, so it divides once for two vectors: with r =
    /// 1 / (b · d), a / b is a · d · r, and c / d is c · b · r.
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        const TWO: usize = 2 * LANES;
        let Update { adam: Adam { beta1, beta2, eps, m, v, .. }, params, grads, m_factor, v_factor } = self;
        let (beta1, beta2, eps) = (*beta1, *beta2, *eps);
        let (params, p_rest) = params.as_chunks_mut::<TWO>();
        let (m, m_rest) = m.as_chunks_mut::<TWO>();
        let (v, v_rest) = v.as_chunks_mut::<TWO>();
        let (grads, grads_rest) = grads.as_chunks::<TWO>();
        for (((p, m), v), grads) in params.iter_mut().zip(m).zip(v).zip(grads) {
            black_box(()); // as in the macro `lanes::update`
            let [mut change, mut root] = [[Lanes::ZERO; 2]; 2];
            for i in 0..2 {
                let start = i * LANES;
                let grad = Lanes::load(&grads[start..]);
                let mean = (grad * (1.0 - beta1)).add_scaled::<FMA>(beta1, Lanes::load(&m[start..]));
                let mean_square =
                    (grad * (1.0 - beta2) * grad).add_scaled::<FMA>(beta2, Lanes::load(&v[start..]));
                change[i] = mean * m_factor;
                root[i] = (mean_square * v_factor).map(|square| square.sqrt() + eps);
                mean.store(&mut m[start..], false);
                mean_square.store(&mut v[start..], false);
            }
            let inverse = (root[0] * root[1]).map(|product| 1.0 / product);
            for i in 0..2 {
                let p = &mut p[i * LANES..];
                (Lanes::load(p) - change[i] * root[1 - i] * inverse).store(p, false);
            }
        }
        for (((p, m), v), grad) in p_rest.iter_mut().zip(m_rest).zip(v_rest).zip(grads_rest) {
            *m = beta1 * *m + (1.0 - beta1) * grad;
            *v = beta2 * *v + (1.0 - beta2) * grad * grad;
            *p -= m_factor * *m / ((*v * v_factor).sqrt() + eps);
        }
    }
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
        let (groups, rest) = self.0.as_chunks::<16>();
        let mut sums = [0.0; 16];
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
