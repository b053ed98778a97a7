//! Autograd (lines 29–72 of microgpt.py): numbers that remember how they were computed.
//!
//! In Python every number is an object of its own, a `Value`. Here they stand in lists, one after the other as they
//! were computed, on a [`Tape`]: `data`, `_children` and `_local_grads` in a `Node`, `grad` in a list of gradients.
//! A [`Value`] is a number and the place of its node; it is small and copied freely, so code reads like the formula
//! it computes. An operator appends a node, and the tape's memory is used again for the next document, a name. (All
//! values share one tape, and each may append to it: a `RefCell` allows what is shared to be changed. The `'t` in
//! `Value<'t>` stands for how long the tape lives: no value outlives it.)
//!
//! ```
//! use microgpt::Tape;
//!
//! let tape = Tape::new();
//! let (a, b) = (tape.value(2.0), tape.value(-3.0));
//! let g = (a * b + 10.0).relu().powf(2.0);
//! g.backward();
//! assert_eq!(g.data(), 16.0);
//! assert_eq!(a.grad(), -24.0); // 2 · 4 · b
//! ```

use std::cell::RefCell;
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::pow::pow; // powers, rounded as Python rounds them

/// One number, and how it was computed (lines 33–37); its gradient stands in [`Tape::grads`].
#[derive(Debug, Clone, Copy)]
struct Node {
    data: f64,
    /// The places of the numbers that this one was computed from: two, one or none, the rest [`NONE`].
    children: [u32; 2],
    /// d self / d child, one for each child.
    local_grads: [f64; 2],
    /// For pictures of graphs; Python keeps no note of it.
    operation: Operation,
}

/// The place of a child that is missing: beyond every list, so that `get` finds nothing there.
const NONE: u32 = u32::MAX;

/// The numbers of one computation, in the order in which they were computed.
#[derive(Debug, Default)]
pub struct Tape {
    nodes: RefCell<Vec<Node>>,
    /// The gradient of each node, as soon as [`Value::backward`] has been called. Kept apart from the nodes, they
    /// take little room, so that the processor has them at hand.
    grads: RefCell<Vec<f64>>,
}

impl Tape {
    /// An empty tape.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a number on the tape that was not computed from others: a leaf.
    pub fn value(&self, data: f64) -> Value<'_> {
        self.push(Operation::Leaf, data, &[], &[])
    }

    /// Puts several leaves on the tape, one after the other.
    pub fn values(&self, data: &[f64]) -> Vec<Value<'_>> {
        data.iter().map(|&data| self.value(data)).collect()
    }

    /// A new number on the tape: in Python `Value(data, children, local_grads)` (line 33). (For speed it is
    /// compiled into each operator.)
    #[inline(always)]
    fn push(&self, operation: Operation, data: f64, children: &[Value], local_grads: &[f64]) -> Value<'_> {
        let mut node = Node { data, children: [NONE; 2], local_grads: [0.0; 2], operation };
        for (i, child) in children.iter().enumerate() {
            let same = std::ptr::eq(self, child.tape);
            assert!(same, "values of two tapes cannot be combined: put both on the same tape");
            (node.children[i], node.local_grads[i]) = (child.index, local_grads[i]);
        }
        let mut nodes = self.nodes.borrow_mut();
        let index = nodes.len() as u32;
        nodes.push(node);
        Value { tape: self, index, data }
    }

    /// The sum of `values`, added one by one to a plain 0 as Python's `sum` does (by line 52: first + 0).
    pub fn sum<'t>(&'t self, values: impl IntoIterator<Item = Value<'t>>) -> Value<'t> {
        let mut values = values.into_iter();
        match values.next() {
            Some(first) => values.fold(first + 0.0, |total, value| total + value),
            None => self.value(0.0),
        }
    }

    /// The sum of the products of `a` and `b`, entry by entry.
    ///
    /// # Panics
    ///
    /// If `a` and `b` differ in length, or their values are of different tapes.
    pub fn dot<'t>(&'t self, a: &[Value<'t>], b: &[Value<'t>]) -> Value<'t> {
        assert!(a.len() == b.len(), "a dot product needs two vectors of one length");
        self.sum(a.iter().zip(b).map(|(&a_i, &b_i)| a_i * b_i))
    }

    /// How many numbers are on the tape.
    pub fn len(&self) -> usize {
        self.nodes.borrow().len()
    }

    /// Whether nothing is on the tape.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number at `index` of the tape; `None` beyond its end.
    pub fn get(&self, index: usize) -> Option<Value<'_>> {
        let data = self.nodes.borrow().get(index)?.data;
        Some(Value { tape: self, index: index as u32, data })
    }

    /// The gradients of the first `len` numbers on the tape: of all parameters, if these were put on it first.
    /// All are 0 before [`Value::backward`].
    pub fn grads(&self, len: usize) -> Vec<f64> {
        let mut grads = self.grads.borrow().iter().copied().take(len).collect::<Vec<_>>();
        grads.resize(len, 0.0);
        grads
    }

    /// Sets all gradients back to 0, as line 182 does for the parameters.
    pub fn zero_grad(&self) {
        self.grads.borrow_mut().fill(0.0);
    }

    /// Empties the tape and keeps its memory. No old [`Value`] can be left: Rust sees to that, as they borrow the tape.
    pub fn clear(&mut self) {
        self.nodes.get_mut().clear();
        self.grads.get_mut().clear();
    }
}

/// A number on a [`Tape`]: what the lesson calls a `Value` (lines 30–57). Its children and local gradients stand in its
/// node, its gradient in [`Tape::grads`]; the methods fetch them from there.
///
/// The operators `+ - * /` take another value of the same tape or a plain `f64`, which becomes a leaf.
#[derive(Clone, Copy)]
pub struct Value<'t> {
    tape: &'t Tape,
    index: u32,
    /// A copy of the node's, at hand.
    data: f64,
}

impl<'t> Value<'t> {
    fn node(self) -> Node {
        self.tape.nodes.borrow()[self.index()]
    }

    /// The number itself.
    pub fn data(self) -> f64 {
        self.data
    }

    /// d loss / d self, after `loss.backward()`; 0 before.
    pub fn grad(self) -> f64 {
        self.tape.grads.borrow().get(self.index()).copied().unwrap_or_default()
    }

    /// What the number was computed by.
    pub fn operation(self) -> Operation {
        self.node().operation
    }

    /// The place of the number on its tape.
    #[inline]
    pub fn index(self) -> usize {
        self.index as usize
    }

    /// The tape the number stands on.
    pub fn tape(self) -> &'t Tape {
        self.tape
    }

    /// The numbers this one was computed from, each with the local gradient d self / d child: how much self changes
    /// for a small change of the child.
    pub fn children(self) -> impl Iterator<Item = (Value<'t>, f64)> {
        let Node { children, local_grads, .. } = self.node();
        let edges = children.into_iter().zip(local_grads);
        // (A missing child is left out.)
        edges.filter_map(|(child, local_grad)| Some((self.tape.get(child as usize)?, local_grad)))
    }

    /// self to the power of a plain number `c` (line 47); local gradient c · self^(c − 1).
    pub fn powf(self, c: f64) -> Self {
        self.tape.push(Operation::Pow, pow(self.data, c), &[self], &[c * pow(self.data, c - 1.0)])
    }

    /// The natural logarithm (line 48); local gradient 1 / self. Of 0 it is −∞, of a negative number NaN; Python
    /// stops with an error.
    pub fn log(self) -> Self {
        self.tape.push(Operation::Log, self.data.ln(), &[self], &[1.0 / self.data])
    }

    /// e to the power self (line 49), which is also the local gradient.
    pub fn exp(self) -> Self {
        self.tape.push(Operation::Exp, self.data.exp(), &[self], &[self.data.exp()])
    }

    /// self where it is positive, else 0 (line 50); local gradient 1 or 0.
    pub fn relu(self) -> Self {
        let (data, local_grad) = if self.data > 0.0 { (self.data, 1.0) } else { (0.0, 0.0) };
        self.tape.push(Operation::Relu, data, &[self], &[local_grad])
    }
}

/// Lines 39–41.
impl Add for Value<'_> {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        self.tape.push(Operation::Add, self.data + other.data, &[self, other], &[1.0, 1.0])
    }
}

/// Lines 43–45.
impl Mul for Value<'_> {
    type Output = Self;

    #[inline]
    fn mul(self, other: Self) -> Self {
        self.tape.push(Operation::Mul, self.data * other.data, &[self, other], &[other.data, self.data])
    }
}

/// Line 51.
impl Neg for Value<'_> {
    type Output = Self;

    fn neg(self) -> Self {
        self * -1.0
    }
}

/// Writes an operator as Rust wants it, `impl Sub for Value` and so on, from a line like those below: the trait, its
/// method, what stands on the left, what on the right, and what it is put together from. (You may skip this: the lines
/// below read without it.)
macro_rules! operator {
    ($trait:ident $method:ident: $a:ident $A:ty, $b:ident $B:ty => $result:expr) => {
        impl<'t> $trait<$B> for $A {
            type Output = Value<'t>;

            fn $method(self, $b: $B) -> Value<'t> {
                let $a = self;
                $result
            }
        }
    };
}

// Lines 53 and 56.
operator!(Sub sub: a Value<'t>, b Value<'t> => a + -b);
operator!(Div div: a Value<'t>, b Value<'t> => a * b.powf(-1.0));

// A plain number on the right: n, −n or 1 / n becomes a leaf (lines 40 and 44).
operator!(Add add: a Value<'t>, n f64 => a + a.tape.value(n));
operator!(Sub sub: a Value<'t>, n f64 => a + -n);
operator!(Mul mul: a Value<'t>, n f64 => a * a.tape.value(n));
operator!(Div div: a Value<'t>, n f64 => a * pow(n, -1.0));

// A plain number n on the left (lines 52, 54, 55 and 57).
operator!(Add add: n f64, a Value<'t> => a + n);
operator!(Sub sub: n f64, a Value<'t> => -a + n);
operator!(Mul mul: n f64, a Value<'t> => a * n);
operator!(Div div: n f64, a Value<'t> => a.powf(-1.0) * n);

impl Value<'_> {
    /// The places on the tape of self and of every number that it was computed from, each after its children (lines
    /// 60–68): [`backward`](Self::backward) goes through them from the last to the first.
    ///
    /// The tape is in such an order already. But a number that is used several times adds up several parts of its
    /// gradient, and added in another order they round differently. To be Python's to the last digit they are added in
    /// Python's order, which is that of this search, depth first.
    ///
    /// Python's `visit` calls itself; here the numbers whose children are being visited wait in a list, as a deep graph
    /// would be too much for the stack. (The lists have their full length from the start: with `Vec::push` the search
    /// takes a sixth longer.)
    pub fn order(self) -> Vec<u32> {
        let nodes = &self.tape.nodes.borrow()[..];
        let n = nodes.len();
        let (mut visited, mut waiting, mut order) = (vec![false; n], vec![0; n], vec![0; n]);
        let (mut num_waiting, mut num_ordered) = (0, 0);
        let mut v = self.index;
        loop {
            // Down: to the first child, as long as there is one that was not visited (`NONE` is in no list)
            while visited.get(v as usize) == Some(&false) {
                visited[v as usize] = true;
                (waiting[num_waiting], num_waiting) = (v, num_waiting + 1); // waiting.push(v)
                v = nodes[v as usize].children[0];
            }
            // Up: a number whose second child is missing or was visited, too, is done
            loop {
                if num_waiting == 0 {
                    order.truncate(num_ordered);
                    return order;
                }
                let last = waiting[num_waiting - 1];
                let second = nodes[last as usize].children[1];
                if visited.get(second as usize) == Some(&false) {
                    v = second;
                    break; // down again
                }
                (order[num_ordered], num_ordered) = (last, num_ordered + 1); // order.push(last)
                num_waiting -= 1; // waiting.pop()
            }
        }
    }

    /// Adds d self / d node to the gradient of every node that self was computed from, and sets its own to 1 (lines
    /// 59–72). Call [`Tape::zero_grad`] between two calls, or what the first left is handed on again.
    pub fn backward(self) {
        let order = self.order();
        let nodes = &self.tape.nodes.borrow()[..];
        let mut grads = self.tape.grads.borrow_mut();
        grads.resize(nodes.len(), 0.0);
        let grads = &mut grads[..];
        grads[self.index()] = 1.0; // d self / d self
        // The chain rule: when v's turn comes, all that v is used in have added their part to its gradient.
        for &v in order.iter().rev() {
            let (node, grad) = (&nodes[v as usize], grads[v as usize]);
            for (child, local_grad) in node.children.into_iter().zip(node.local_grads) {
                // A missing child, `NONE`, has no gradient.
                if let Some(child_grad) = grads.get_mut(child as usize) {
                    *child_grad += local_grad * grad;
                }
            }
        }
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value(data={}, grad={})", self.data(), self.grad())
    }
}

/// What one number on the tape was computed by. It labels the nodes in pictures of graphs; Python keeps no note of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Not computed: a parameter, an input or a plain number.
    Leaf,
    /// The sum of its two children.
    Add,
    /// The product of its two children.
    Mul,
    /// Its child to a constant power.
    Pow,
    /// The natural logarithm of its child.
    Log,
    /// e to the power of its child.
    Exp,
    /// The larger of 0 and its child.
    Relu,
}
