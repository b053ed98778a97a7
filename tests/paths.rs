//! The paths of a computation graph: their sums, their number, the largest of them; and a hand in the forward pass.

use microgpt::paths::{Edge, Path, Paths};
use microgpt::training::loss;
use microgpt::turned::{Spot, loss_turned};
use microgpt::{Program, Tape, Value, loss_and_gradients, loss_of};
use proptest::prelude::*;

/// All paths from a number to another, one by one.
fn all<'t>(from: Value<'t>, to: Value<'t>) -> Vec<Path> {
    if from.index() == to.index() {
        return vec![Path { edges: vec![], product: 1.0 }];
    }
    let children = to.children().flat_map(|(child, local_grad)| {
        let edge = Edge { child: child.index(), node: to.index(), local_grad };
        all(from, child).into_iter().map(move |mut path| {
            path.edges.push(edge);
            path.product = path.edges.iter().map(|edge| edge.local_grad).product();
            path
        })
    });
    children.collect()
}

/// Whether two numbers agree to 12 digits of the larger of them and `scale`.
fn near(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 1e-12 * a.abs().max(b.abs()).max(scale)
}

/// A graph made of two inputs by a list of operations, each upon earlier numbers; the last number is the loss.
fn graph<'t>(tape: &'t Tape, inputs: [f64; 2], operations: &[(u8, usize, usize)]) -> (Value<'t>, Value<'t>) {
    let mut values = inputs.map(|input| tape.value(input)).to_vec();
    for &(operation, a, b) in operations {
        let (a, b) = (values[a % values.len()], values[b % values.len()]);
        values.push(match operation % 5 {
            0 => a + b,
            1 => a * b,
            2 => a.relu(),
            3 => a.powf(2.0),
            _ => a * 0.5,
        });
    }
    (values[0], values[values.len() - 1])
}

proptest! {
    #[test]
    fn sums_counts_and_the_largest_are_those_of_all_paths(
        inputs in [-1.5_f64..1.5, -1.5_f64..1.5],
        operations in prop::collection::vec((any::<u8>(), 0_usize..9, 0_usize..9), 1..9),
    ) {
        let tape = Tape::new();
        let (from, to) = graph(&tape, inputs, &operations);
        let paths = Paths::new(from, to);
        let mut all = all(from, to);
        all.sort_by(|a, b| b.product.abs().total_cmp(&a.product.abs()));
        to.backward();
        let sizes: f64 = all.iter().map(|path| path.product.abs()).sum();
        prop_assert_eq!(paths.count(), all.len() as f64);
        prop_assert_eq!(
            paths.live(),
            all.iter().filter(|path| path.edges.iter().all(|edge| edge.local_grad != 0.0)).count() as f64
        );
        prop_assert!(near(paths.gradient(), from.grad(), sizes));
        prop_assert!(near(paths.gradient(), all.iter().map(|path| path.product).sum(), sizes));
        prop_assert!(near(paths.sizes(), sizes, sizes));
        for node in 0..tape.len() {
            let through = all.iter().filter(|path| {
                path.edges.iter().any(|edge| edge.node == node) || node == from.index()
            });
            prop_assert!(near(paths.through(node), through.map(|path| path.product).sum(), sizes));
        }
        for k in [1, 3, all.len() + 1] {
            let largest = paths.largest(k);
            let expected: Vec<_> = all.iter().filter(|path| path.product != 0.0).take(k).collect();
            prop_assert_eq!(largest.len(), expected.len());
            for (found, expected) in largest.iter().zip(expected) {
                prop_assert!(near(found.product.abs(), expected.product.abs(), 0.0));
            }
            // Each is one of the graph's, and found once. (Of a + a two paths look the same.)
            let mut rest = all.clone();
            for found in &largest {
                let place = rest.iter().position(|path| path.edges == found.edges);
                prop_assert!(place.is_some(), "no path of the graph, or one found twice");
                rest.remove(place.unwrap());
            }
        }
    }
}

#[test]
fn of_every_parameter_the_parts_of_its_uses_are_its_gradient() {
    for program in [Program::untrained(), Program::trained()] {
        let tokens = program.tokenizer.encode_doc("anna").unwrap();
        let (_, grads) = loss_and_gradients(&tokens, &program.params);
        let tape = Tape::new();
        let loss = loss(&tokens, &program.params.on(&tape));
        // One of each matrix and its neighbours: all would take minutes here.
        for index in (0..program.params.len()).step_by(97) {
            let paths = Paths::new(tape.get(index).unwrap(), loss.loss);
            let (grad, sizes) = (grads[index], paths.sizes());
            assert!(near(paths.gradient(), grad, 1e-3 * sizes), "{index}: {} {grad}", paths.gradient());
            let uses: f64 = paths.uses().map(|(_, part)| part).sum();
            assert!(near(uses, grad, 1e-3 * sizes), "{index}: {uses} {grad}");
            // Every path goes through exactly one of the losses.
            let losses: f64 = loss.losses.iter().map(|loss| paths.through(loss.index())).sum();
            assert!(near(losses, grad, 1e-3 * sizes), "{index}: {losses} {grad}");
            for path in paths.largest(3) {
                assert_eq!(path.edges[0].child, index);
                assert_eq!(path.edges[path.edges.len() - 1].node, loss.loss.index());
                assert!(path.edges.windows(2).all(|pair| pair[0].node == pair[1].child));
            }
        }
    }
}

#[test]
fn a_gradient_of_0_is_explained_by_factors_0() {
    let program = Program::untrained();
    let tokens = program.tokenizer.encode_doc("anna").unwrap();
    let tape = Tape::new();
    let loss = loss(&tokens, &program.params.on(&tape)).loss;
    let at = |name: &str| Paths::new(tape.get(program.params.index_of(name).unwrap()).unwrap(), loss);
    // attn_wo is 0 before training: all that comes from the queries ends there.
    let query = at("layer0.attn_wq[0][0]");
    assert!(query.count() > 1e6 && query.live() == 0.0 && query.gradient() == 0.0);
    let wo = program.params.range_of("layer0.attn_wo").unwrap();
    for cut in query.cuts() {
        let factors = tape.get(cut.node).unwrap().children().map(|(child, _)| child.index());
        assert!(factors.into_iter().any(|factor| wo.contains(&factor)));
    }
    // b is not in anna: there is no path at all.
    let row = at("wte[1][0]");
    assert!(row.count() == 0.0 && row.uses().next().is_none() && row.cuts().is_empty());
}

#[test]
fn a_hand_that_does_nothing_changes_no_bit_and_one_that_sets_a_number_is_obeyed() {
    let program = Program::trained();
    let tokens = program.tokenizer.encode_doc("anna").unwrap();
    let tape = Tape::new();
    let mut seen = Vec::new();
    let state_dict = program.params.on(&tape);
    let still = loss_turned(&tokens, &state_dict, &mut |spot, x| seen.push((spot, x.len())));
    assert_eq!(still.loss.data().to_bits(), loss_of(&tokens, &program.params).to_bits());
    // 18 vectors of a position, and 3 of each head
    assert_eq!(seen.len(), 5 * (18 + 4 * 3));
    let nudged = |spot: Spot, to: f64| {
        let mut hand = |at, x: &mut [Value<'_>]| {
            if at == spot {
                x[0] = x[0].tape().value(to);
            }
        };
        // `hand` sees values of this tape alone
        let tape = Tape::new();
        loss_turned(&tokens, &program.params.on(&tape), &mut hand).loss.data()
    };
    // For any vector, the slope of the loss to its first number is the number's gradient.
    still.loss.backward();
    let layer = &still.activations[2].layers[0];
    for (name, value) in [("q", layer.q[0]), ("v", layer.v[0]), ("mlp_residual", layer.mlp_residual[0])] {
        let spot = Spot { pos_id: 2, li: 0, h: 0, name };
        let (data, h) = (value.data(), 1e-5);
        let slope = (nudged(spot, data + h) - nudged(spot, data - h)) / (2.0 * h);
        assert!((slope - value.grad()).abs() < 1e-6 * value.grad().abs().max(1e-3), "{name}: {slope}");
    }
    // What came before it stays to the bit.
    let (spot, tape) = (Spot { pos_id: 3, li: 0, h: 0, name: "embedding" }, Tape::new());
    let changed = loss_turned(&tokens, &program.params.on(&tape), &mut |at, x| {
        if at == spot {
            x[0] = x[0].tape().value(5.0);
        }
    });
    for (t, (before, after)) in still.losses.iter().zip(&changed.losses).enumerate() {
        assert_eq!(before.data() == after.data(), t < 3);
    }
}
