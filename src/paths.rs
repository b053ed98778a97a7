//! The paths of a computation graph: a gradient is the sum over all of them.
//!
//! By the chain rule a path from a number to the loss contributes the product of the local gradients along it, and
//! the gradient of the number is the sum of all these products. `backward` (lines 59–72) adds them up without ever
//! looking at one: in a GPT they are too many to be listed. But they can be counted, and the largest be found, in the
//! same way: node by node, from the loss down.
//!
//! ```
//! use microgpt::{Tape, paths::Paths};
//!
//! let tape = Tape::new();
//! let a = tape.value(3.0);
//! let loss = a * a + a * 2.0; // three paths: two through the square, one through the product
//! let paths = Paths::new(a, loss);
//! assert_eq!(paths.gradient(), 8.0);
//! assert_eq!(paths.count(), 3.0);
//! let products = paths.largest(3).iter().map(|path| path.product).collect::<Vec<_>>();
//! assert_eq!(products, [3.0, 3.0, 2.0]);
//! ```

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::autograd::Value;

/// A step of a path: from a number to one that was computed from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    /// The place on the tape of the number that is used.
    pub child: usize,
    /// The place on the tape of the number that was computed.
    pub node: usize,
    /// d node / d child.
    pub local_grad: f64,
}

/// One path, from the number to the loss.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Its steps, in order.
    pub edges: Vec<Edge>,
    /// The product of their local gradients: what the path contributes to the gradient.
    pub product: f64,
}

/// All paths from a number to one that was computed from it, the loss.
#[derive(Debug, Clone)]
pub struct Paths {
    from: usize,
    to: usize,
    /// Where the edges of each number begin in `edges`, for those from `from` to `to` on the tape.
    starts: Vec<usize>,
    edges: Vec<Edge>,
    /// What is known of the paths from each of these numbers on.
    onward: Vec<Onward>,
    /// d number / d from: the sum over the paths to each of these numbers.
    arrived: Vec<f64>,
}

/// What is known of all paths from a number to the loss.
#[derive(Debug, Clone, Copy, Default)]
struct Onward {
    /// How many they are.
    count: f64,
    /// How many of them have no factor 0.
    live: f64,
    /// The sum of their products: d loss / d number.
    grad: f64,
    /// The sum of the sizes of their products.
    sizes: f64,
    /// The largest size of a product.
    largest: f64,
}

impl Paths {
    /// The paths from one number to another.
    ///
    /// # Panics
    ///
    /// If the two are not on one tape.
    pub fn new(from: Value, to: Value) -> Self {
        let tape = from.tape();
        assert!(std::ptr::eq(tape, to.tape()), "a path stays on its tape");
        let (from, to) = (from.index(), to.index());
        let number = (to + 1).saturating_sub(from);

        // Forward: what depends on `from`, and how much
        let mut arrived = vec![0.0; number];
        let mut depends = vec![false; number];
        let mut starts = vec![0; number + 1];
        let mut found = Vec::new();
        if let Some(first) = depends.first_mut() {
            *first = true;
            arrived[0] = 1.0;
        }
        for node in from + 1..=to {
            let value = tape.get(node).expect("the tape has all numbers up to its last");
            for (child, local_grad) in value.children() {
                let child = child.index();
                if child >= from && depends[child - from] {
                    depends[node - from] = true;
                    arrived[node - from] += local_grad * arrived[child - from];
                    starts[child - from + 1] += 1;
                    found.push(Edge { child, node, local_grad });
                }
            }
        }

        // The edges in the order of the numbers that they begin at
        for place in 0..number {
            starts[place + 1] += starts[place];
        }
        let mut next = starts.clone();
        let mut edges = vec![Edge { child: 0, node: 0, local_grad: 0.0 }; found.len()];
        for edge in found {
            let place = &mut next[edge.child - from];
            edges[*place] = edge;
            *place += 1;
        }

        // Backward: what lies between each number and the loss
        let mut onward = vec![Onward::default(); number];
        if let Some(loss) = onward.last_mut() {
            *loss = Onward { count: 1.0, live: 1.0, grad: 1.0, sizes: 1.0, largest: 1.0 };
        }
        for place in (0..number.saturating_sub(1)).rev() {
            let mut sum = Onward::default();
            for edge in &edges[starts[place]..starts[place + 1]] {
                let (after, size) = (onward[edge.node - from], edge.local_grad.abs());
                sum.count += after.count;
                sum.live += if size == 0.0 { 0.0 } else { after.live };
                sum.grad += edge.local_grad * after.grad;
                sum.sizes += size * after.sizes;
                sum.largest = sum.largest.max(size * after.largest);
            }
            onward[place] = sum;
        }
        Paths { from, to, starts, edges, onward, arrived }
    }

    fn start(&self) -> Onward {
        self.onward.first().copied().unwrap_or_default()
    }

    /// What is known of the paths from the end of an edge on.
    fn after(&self, edge: Edge) -> Onward {
        self.onward[edge.node - self.from]
    }

    /// The edges that begin at a number.
    fn edges_of(&self, node: usize) -> &[Edge] {
        match node.checked_sub(self.from) {
            Some(place) if node <= self.to => &self.edges[self.starts[place]..self.starts[place + 1]],
            _ => &[],
        }
    }

    /// How many paths there are, in floating point: exact up to 2⁵³, beyond that to some 15 digits.
    pub fn count(&self) -> f64 {
        self.start().count
    }

    /// How many of them have no factor that is exactly 0.
    pub fn live(&self) -> f64 {
        self.start().live
    }

    /// The sum of the products of all paths: the gradient.
    pub fn gradient(&self) -> f64 {
        self.start().grad
    }

    /// The sum of their sizes: what the gradient would be if no two paths had different signs.
    pub fn sizes(&self) -> f64 {
        self.start().sizes
    }

    /// The uses of the number on its ways to the loss, each with its part of the gradient: the local gradient times
    /// the gradient of what it is used in (line 72). The parts add up to the gradient.
    pub fn uses(&self) -> impl Iterator<Item = (Edge, f64)> {
        let edges = self.edges_of(self.from).iter().filter(|edge| self.after(**edge).count > 0.0);
        edges.map(|edge| (*edge, edge.local_grad * self.after(*edge).grad))
    }

    /// The sum of the products of all paths that go through a number, given by its place on the tape.
    pub fn through(&self, node: usize) -> f64 {
        match node.checked_sub(self.from) {
            Some(place) if node <= self.to => self.arrived[place] * self.onward[place].grad,
            _ => 0.0,
        }
    }

    /// The `k` paths with the largest products in size, the largest first; those whose product is 0 are left out.
    ///
    /// Of each unfinished path the largest product is known that it can still come to. So the one that promises
    /// most is gone on with, and the first to arrive are the largest.
    pub fn largest(&self, k: usize) -> Vec<Path> {
        let mut steps: Vec<(Option<usize>, Edge)> = Vec::new();
        let mut waiting = BinaryHeap::new();
        let mut found = Vec::new();
        waiting.push(Begun { promise: self.start().largest, last: None, node: self.from, product: 1.0 });
        while let Some(Begun { promise, last, node, product }) = waiting.pop() {
            if found.len() == k || promise == 0.0 {
                break;
            }
            if node == self.to {
                let mut edges: Vec<Edge> =
                    std::iter::successors(last.map(|last| steps[last]), |(before, _)| {
                        before.map(|before| steps[before])
                    })
                    .map(|(_, edge)| edge)
                    .collect();
                edges.reverse();
                found.push(Path { edges, product });
                continue;
            }
            for edge in self.edges_of(node) {
                let product = product * edge.local_grad;
                let promise = product.abs() * self.after(*edge).largest;
                if promise > 0.0 {
                    steps.push((last, *edge));
                    waiting.push(Begun { promise, last: Some(steps.len() - 1), node: edge.node, product });
                }
            }
        }
        found
    }

    /// Where paths are cut off: the edges with a local gradient of exactly 0 that can be come to without passing
    /// another one. Where the gradient is 0, they say why.
    pub fn cuts(&self) -> Vec<Edge> {
        let mut reached = vec![false; self.onward.len()];
        if let Some(first) = reached.first_mut() {
            *first = true;
        }
        let mut cuts = Vec::new();
        for place in 0..reached.len() {
            if reached[place] {
                for edge in self.edges_of(self.from + place) {
                    if edge.local_grad != 0.0 {
                        reached[edge.node - self.from] = true;
                    } else if self.after(*edge).count > 0.0 {
                        cuts.push(*edge);
                    }
                }
            }
        }
        cuts
    }
}

/// A path that has not arrived.
struct Begun {
    /// The largest size of a product that it can come to.
    promise: f64,
    /// Its last step.
    last: Option<usize>,
    /// Where it has come to.
    node: usize,
    /// The product so far.
    product: f64,
}

impl Ord for Begun {
    /// Of two that promise the same, the one that is further on comes first.
    fn cmp(&self, other: &Self) -> Ordering {
        self.promise.total_cmp(&other.promise).then(self.node.cmp(&other.node))
    }
}

impl PartialOrd for Begun {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Begun {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Begun {}
