//! Linear layers (lines 94–95), forward and backward.
//!
//! All three are the same computation: each result is a sum of products of a single number and a vector of
//! eight. Several results are summed at once, so that each vector is loaded once for all of them: four, or
//! two where its vector registers hold too little, which are those that lack `FMA`.
//!
//! WebAssembly has one kind of vector instructions and is sent to readers: there they are not inlined.

use std::array::from_fn;

use super::lanes::{LANES, Lanes, transpose};

/// y = w · x, for each position. Shapes: `w` `[m, n]`, `x` `[n]`, `y` `[m]`.
#[cfg_attr(not(target_family = "wasm"), inline(always))]
#[cfg_attr(target_family = "wasm", inline(never))]
pub(super) fn linear<const FMA: bool>(w: &[f64], x: &[Lanes], y: &mut [Lanes]) {
    if FMA { linear_by::<FMA, 4>(w, x, y) } else { linear_by::<FMA, 2>(w, x, y) }
}

#[inline(always)]
fn linear_by<const FMA: bool, const ROWS: usize>(w: &[f64], x: &[Lanes], y: &mut [Lanes]) {
    let n = x.len();
    let mut w = w.chunks_exact(n);
    let (groups, rest) = y.as_chunks_mut::<ROWS>();
    for y in groups {
        let w: [&[f64]; ROWS] = from_fn(|_| &w.next().expect("w has a row for each output")[..n]);
        let mut sum = [Lanes::ZERO; ROWS];
        for j in 0..n {
            for row in 0..ROWS {
                sum[row] = sum[row].add_scaled::<FMA>(w[row][j], x[j]);
            }
        }
        *y = sum;
    }
    for (y, w) in rest.iter_mut().zip(w) {
        let mut sum = Lanes::ZERO;
        for (&w, &x) in w.iter().zip(x) {
            sum = sum.add_scaled::<FMA>(w, x);
        }
        *y = sum;
    }
}

/// dx = wᵀ · dy, for each position: from the gradient of a linear layer's outputs that of its inputs.
///
/// A wide matrix is gone through in bands of rows, of 4096 numbers, which the fastest cache holds, but at least 8
/// rows. The sums go on from band to band, so that it changes no bit.
#[cfg_attr(not(target_family = "wasm"), inline(always))]
#[cfg_attr(target_family = "wasm", inline(never))]
pub(super) fn linear_dx<const FMA: bool>(w: &[f64], dy: &[Lanes], dx: &mut [Lanes]) {
    let n = dx.len();
    let rows = (4096 / n).max(8);
    dx.fill(Lanes::ZERO);
    let mut start = 0;
    while start < dy.len() {
        let end = dy.len().min(start + rows);
        let (w, dy) = (&w[start * n..end * n], &dy[start..end]);
        if FMA {
            linear_dx_by::<FMA, 4>(w, dy, dx)
        } else {
            linear_dx_by::<FMA, 2>(w, dy, dx)
        }
        start = end;
    }
}

#[inline(always)]
fn linear_dx_by<const FMA: bool, const COLUMNS: usize>(w: &[f64], dy: &[Lanes], dx: &mut [Lanes]) {
    let n = dx.len();
    let (groups, rest) = dx.as_chunks_mut::<COLUMNS>();
    let mut j = 0;
    for dx in groups {
        let mut sum = *dx;
        for (w, &dy) in w.chunks_exact(n).zip(dy) {
            let w = &w[j..j + COLUMNS];
            for column in 0..COLUMNS {
                sum[column] = sum[column].add_scaled::<FMA>(w[column], dy);
            }
        }
        *dx = sum;
        j += COLUMNS;
    }
    for dx in rest {
        for (w, &dy) in w.chunks_exact(n).zip(dy) {
            *dx = dx.add_scaled::<FMA>(w[j], dy);
        }
        j += 1;
    }
}

/// dw = dy · xᵀ, summed over the positions: the gradient of the weights. With `add` on top of what is there.
///
/// Here the positions are summed over, so what lies side by side are eight of the inputs.
#[cfg_attr(not(target_family = "wasm"), inline(always))]
#[cfg_attr(target_family = "wasm", inline(never))]
pub(super) fn linear_dw<const FMA: bool>(dy: &[Lanes], x: &[Lanes], dw: &mut [f64], add: bool) {
    if FMA { linear_dw_by::<FMA, 4>(dy, x, dw, add) } else { linear_dw_by::<FMA, 2>(dy, x, dw, add) }
}

#[inline(always)]
fn linear_dw_by<const FMA: bool, const ROWS: usize>(dy: &[Lanes], x: &[Lanes], dw: &mut [f64], add: bool) {
    let n = x.len();
    let (groups, rest) = dy.as_chunks::<ROWS>();
    let mut j = 0;
    for x in x.chunks(LANES) {
        let x = transpose(x);
        let mut dw = dw.chunks_exact_mut(n);
        for dy in groups {
            let mut sum = [Lanes::ZERO; ROWS];
            for (p, &x) in x.iter().enumerate() {
                for row in 0..ROWS {
                    sum[row] = sum[row].add_scaled::<FMA>(dy[row].0[p], x);
                }
            }
            for sum in &sum {
                sum.store(&mut dw.next().expect("dw has a row for each output")[j..], add);
            }
        }
        for (dw, dy) in dw.zip(rest) {
            let mut sum = Lanes::ZERO;
            for (p, &x) in x.iter().enumerate() {
                sum = sum.add_scaled::<FMA>(dy.0[p], x);
            }
            sum.store(&mut dw[j..], add);
        }
        j += LANES;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_matrix_in_bands_gives_the_sums_of_its_columns() {
        let (m, n) = (150, 70);
        let w: Vec<f64> = (0..m * n).map(|i| (i % 31) as f64 - 15.5).collect();
        let dy: Vec<Lanes> = (0..m).map(|i| Lanes(from_fn(|p| (i * 8 + p) as f64 * 0.1))).collect();
        let mut dx = vec![Lanes::splat(f64::NAN); n];
        linear_dx::<false>(&w, &dy, &mut dx);
        for (j, dx) in dx.into_iter().enumerate() {
            let sum = (0..m).fold(Lanes::ZERO, |sum, i| sum.add_scaled::<false>(w[i * n + j], dy[i]));
            assert_eq!(dx, sum, "column {j}");
        }
    }
}
