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
        let (params, p_rest) = params.as_chunks_mut::<PAIR>();
        let (m, m_rest) = m.as_chunks_mut::<PAIR>();
        let (v, v_rest) = v.as_chunks_mut::<PAIR>();
        let (grads, grads_rest) = grads.as_chunks::<PAIR>();
        for (((p, m), v), grads) in params.iter_mut().zip(m).zip(v).zip(grads) {
            black_box(()); // for the reason given in `lanes::update`
            rule.update::<FMA>(p, m, v, grads);
        }
        let len = p_rest.len();
        if len > 0 {
            let mut padded = [[0.0; PAIR]; 4];
            for (padded, rest) in padded.iter_mut().zip([&*p_rest, m_rest, v_rest, grads_rest]) {
                padded[..len].copy_from_slice(rest);
            }
            let [p, m, v, grads] = &mut padded;
            rule.update::<FMA>(p, m, v, grads);
            for (padded, rest) in padded.iter().zip([p_rest, m_rest, v_rest]) {
                rest.copy_from_slice(&padded[..len]);
            }
        }
    }
}

/// How many parameters are updated at once.
const PAIR: usize = 2 * LANES;

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
    /// Lines 176–181 for two vectors of parameters. Root and division take the processor longer than all the rest, so
    /// two divisions are made from one: a / b is a · d / (b · d), and c / d is c · b / (b · d).
    #[inline(always)]
    fn update<const FMA: bool>(
        self,
        p: &mut [f64; PAIR],
        m: &mut [f64; PAIR],
        v: &mut [f64; PAIR],
        grads: &[f64; PAIR],
    ) {
        let [mut change, mut root] = [[Lanes::ZERO; 2]; 2];
        for i in 0..2 {
            let grad = Lanes::load(&grads[i * LANES..]);
            let mean =
                (grad * (1.0 - self.beta1)).add_scaled::<FMA>(self.beta1, Lanes::load(&m[i * LANES..]));
            let mean_square = (grad * (1.0 - self.beta2) * grad)
                .add_scaled::<FMA>(self.beta2, Lanes::load(&v[i * LANES..]));
            change[i] = mean * self.m_factor;
            root[i] = (mean_square * self.v_factor).map(|square| square.sqrt() + self.eps);
            mean.store(&mut m[i * LANES..], false);
            mean_square.store(&mut v[i * LANES..], false);
        }
        let inverse = (root[0] * root[1]).map(|product| 1.0 / product);
        for i in 0..2 {
            let p = &mut p[i * LANES..];
            (Lanes::load(p) - change[i] * root[1 - i] * inverse).store(p, false);
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
