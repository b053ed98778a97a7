//! Where the time of a training step goes: its parts, each by itself, for a document that fills eight positions,
//! beside the processor's limit: `cargo bench --bench parts`.
//!
//! The parts are private to the engine, so its files are compiled here once more.

use std::hint::black_box;

use divan::Bencher;
use divan::counter::ItemsCount;
use microgpt::{Adam, Program, activations, parameters, training};

use group::{Group, Plan};
use lanes::{LANES, Lanes, softmax};
use linear::{linear, linear_dw, linear_dx};
use vector_units::{Task, VectorUnits};

#[allow(dead_code)]
#[path = "../src/fused/group.rs"]
mod group;
#[allow(dead_code, unused_imports)]
#[path = "../src/fused/lanes.rs"]
mod lanes;
#[allow(dead_code, unused_imports)]
#[path = "../src/fused/linear.rs"]
mod linear;
#[allow(dead_code, unused_imports)]
#[path = "../src/fused/optimizer.rs"]
mod optimizer;
#[path = "../src/fused/vector_units.rs"]
mod vector_units;

fn main() {
    divan::main();
}

/// Measures a part on all kinds of vector units that this processor has; items are additions and multiplications.
fn bench(bencher: Bencher, units: &str, operations: usize, mut part: impl FnMut(VectorUnits)) {
    let units =
        VectorUnits::available().find(|found| format!("{found:?}") == units).expect("one of the arguments");
    bencher.counter(ItemsCount::new(operations)).bench_local(|| part(units));
}

fn units() -> Vec<String> {
    VectorUnits::available().map(|units| format!("{units:?}")).collect()
}

/// A matrix `[rows, cols]` with all that its forward and backward pass read and write.
struct Layer {
    w: Vec<f64>,
    dw: Vec<f64>,
    x: Vec<Lanes>,
    dx: Vec<Lanes>,
    y: Vec<Lanes>,
}

/// The matrices other than the embeddings (lines 81–88), and how many operations one pass through them takes: each
/// weight is used once for each position, in a multiplication and an addition.
fn layers() -> (Vec<Layer>, usize) {
    let program = Program::untrained();
    let layers: Vec<_> = program
        .params
        .matrices()
        .filter(|matrix| !["wte", "wpe"].contains(&matrix.name))
        .map(|matrix| Layer {
            w: matrix.data.to_vec(),
            dw: vec![0.0; matrix.data.len()],
            x: vec![Lanes::splat(0.5); matrix.cols],
            dx: vec![Lanes::ZERO; matrix.cols],
            y: vec![Lanes::splat(0.5); matrix.rows],
        })
        .collect();
    let weights: usize = layers.iter().map(|layer| layer.w.len()).sum();
    (layers, 2 * LANES * weights)
}

struct Forward<'a>(&'a mut [Layer]);

impl Task for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        // A closure would not be inlined, and be compiled for the baseline.
        for Layer { w, x, y, .. } in self.0 {
            linear::<FMA>(w, x, y);
        }
    }
}

struct Backward<'a>(&'a mut [Layer]);

impl Task for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for Layer { w, dw, x, dx, y } in self.0 {
            linear_dw::<FMA>(y, x, dw, black_box(false)); // as unknown to the compiler as in a step
            linear_dx::<FMA>(w, y, dx);
        }
    }
}

#[divan::bench(args = units())]
fn linear_layers_forward(bencher: Bencher, units: &str) {
    let (mut layers, operations) = layers();
    bench(bencher, units, operations, |units| units.run(Forward(&mut layers)));
}

#[divan::bench(args = units())]
fn linear_layers_backward(bencher: Bencher, units: &str) {
    let (mut layers, operations) = layers();
    bench(bencher, units, 2 * operations, |units| units.run(Backward(&mut layers)));
}

/// All heads of a group of eight positions, after its forward pass.
struct Heads {
    plan: Plan,
    params: Vec<f64>,
    group: Group,
    d_x_attn: Vec<Lanes>,
    d_scores: Vec<Lanes>,
}

impl Heads {
    /// And how many operations their forward pass takes: each entry of a query is multiplied with each key, and
    /// each weight with each entry of a value.
    fn new() -> (Self, usize) {
        let params = Program::untrained().params;
        let plan = Plan::new(params.config(), params.ablation(), params.vocab_size());
        let n = params.config().n_embd;
        let heads = Heads {
            group: Group::new(&plan, 0),
            plan,
            params: params.as_slice().to_vec(),
            d_x_attn: vec![Lanes::splat(0.5); n],
            d_scores: Vec::new(),
        };
        (heads, 2 * LANES * LANES * 2 * n)
    }
}

struct Fill<'a>(&'a mut Heads);

impl Task for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Heads { plan, params, group, .. } = self.0;
        group.forward::<FMA>(&[], plan, params, &[0, 1, 2, 3, 4, 5, 6, 7]);
    }
}

struct Attention<'a>(&'a mut Heads);

impl Task for Attention<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Heads { plan, group, .. } = self.0;
        for h in 0..plan.config.n_head {
            group.layers[0].attend::<FMA>(h, &[], 0, plan);
        }
    }
}

struct AttentionBackward<'a>(&'a mut Heads);

impl Task for AttentionBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Heads { plan, group, d_x_attn, d_scores, .. } = self.0;
        group.begin_backward();
        for h in 0..plan.config.n_head {
            group.layers[0].attend_backward::<FMA>(h, &mut [], 0, plan, d_x_attn, d_scores);
        }
    }
}

#[divan::bench(args = units())]
fn attention_forward(bencher: Bencher, units: &str) {
    let (mut heads, operations) = Heads::new();
    VectorUnits::best().run(Fill(&mut heads));
    bench(bencher, units, operations, |units| units.run(Attention(&mut heads)));
}

#[divan::bench(args = units())]
fn attention_backward(bencher: Bencher, units: &str) {
    let (mut heads, operations) = Heads::new();
    VectorUnits::best().run(Fill(&mut heads));
    bench(bencher, units, 2 * operations, |units| units.run(AttentionBackward(&mut heads)));
}

struct Softmax<'a>(&'a [Lanes], &'a mut [Lanes]);

impl Task for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        softmax::<FMA>(self.0, self.1);
    }
}

#[divan::bench(args = units())]
fn softmax_of_the_logits(bencher: Bencher, units: &str) {
    let vocab_size = Program::untrained().params.vocab_size().next_multiple_of(LANES);
    let (logits, mut probs) = (vec![Lanes::splat(0.5); vocab_size], vec![Lanes::ZERO; vocab_size]);
    // A difference, an exponential, a sum and a quotient for each logit.
    bench(bencher, units, 4 * LANES * vocab_size, |units| units.run(Softmax(&logits, &mut probs)));
}

#[divan::bench(args = units())]
fn adam(bencher: Bencher, units: &str) {
    let mut params = Program::untrained().params;
    let (mut adam, grads) = (Adam::new(params.len()), vec![1e-3; params.len()]);
    // A multiplication and an addition for each mean and its share, a root, half a division, a step.
    let operations = 10 * params.len();
    let params = params.as_mut_slice();
    bench(bencher, units, operations, |units| optimizer::update(units, &mut adam, params, &grads, 0, 1e-9));
}

/// Sums that do not wait for each other, `SUMS` at once, and nothing else.
struct Limit<const SUMS: usize>;

impl<const SUMS: usize> Task for Limit<SUMS> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let factor = black_box(Lanes::splat(1e-9));
        let mut sums = [Lanes::splat(1.0); SUMS];
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = sum.add_product::<FMA>(factor, factor);
            }
        }
        black_box(sums);
    }
}

const ROUNDS: usize = 1000;

/// The better of the two is the limit: which one depends on how many registers the processor has.
#[divan::bench(args = units())]
fn the_limit_of_four_sums(bencher: Bencher, units: &str) {
    bench(bencher, units, 2 * LANES * 4 * ROUNDS, |units| units.run(Limit::<4>));
}

#[divan::bench(args = units())]
fn the_limit_of_eight_sums(bencher: Bencher, units: &str) {
    bench(bencher, units, 2 * LANES * 8 * ROUNDS, |units| units.run(Limit::<8>));
}
