//! Autograd (lines 29–72): numbers that remember how they were computed.
//!
//! In Python every number is an object of its own, a `Value`. Here they stand in lists, one after the other as they
//! were computed, on a [`Tape`]: `data`, `_children` and `_local_grads` in a `Node`, `grad` in a list of gradients.
//! A [`Value`] is a number and the place of its node; it is small and copied freely, so code reads like the formula
//! it computes. An operator appends a node, and the tape's memory is used again for the next document. (All values
//! share one tape, and each may append to it: a `RefCell` allows what is shared to be changed.)
//!
//! ```
//! use microgpt::Tape;
//!
//! let tape = Tape::new();
//! let (a, b) = (tape.value(2.0), tape.value(-3.0));
//! let c = (a * b + 10.0).relu().powf(2.0);
//! c.backward();
//! assert_eq!(c.data(), 16.0);
//! assert_eq!(a.grad(), -24.0); // 2 · 4 · b
//! ```

use std::cell::RefCell;
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::pow::pow;

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

/// One number, and how it was computed (lines 33–37); its gradient stands in [`Tape::grads`].
#[derive(Debug, Clone, Copy)]
struct Node {
    data: f64,
    /// Where the numbers stand that this one was computed from: two, one or none, the rest [`NONE`].
    children: [u32; 2],
    /// d self / d child, one for each child.
    local_grads: [f64; 2],
    operation: Operation,
}

/// Where a child that is missing stands: beyond every list, so that `get` finds nothing there.
const NONE: u32 = u32::MAX;

/// The numbers of one computation, in the order in which they were computed.
#[derive(Debug, Default)]
pub struct Tape {
    nodes: RefCell<Vec<Node>>,
    /// The gradient of each node, as soon as [`Value::backward`] has been called: apart from the nodes, which need
    /// not change any more then.
    grads: RefCell<Vec<f64>>,
    search: RefCell<Search>,
}

impl Tape {
    /// An empty tape.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a number on the tape that was not computed from others: a leaf.
    pub fn value(&self, data: f64) -> Value<'_> {
        self.push(&mut self.nodes.borrow_mut(), Operation::Leaf, [], |[]| (data, []))
    }

    /// Puts several leaves on the tape, one after the other.
    pub fn values(&self, data: &[f64]) -> Vec<Value<'_>> {
        let nodes = &mut *self.nodes.borrow_mut();
        data.iter().map(|&data| self.push(nodes, Operation::Leaf, [], |[]| (data, []))).collect()
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
    /// Nine tenths of the numbers of a GPT come from here. The list of nodes is therefore borrowed once for a whole
    /// sum, not at each number, which takes a seventh off the forward pass.
    ///
    /// # Panics
    ///
    /// If `a` and `b` differ in length, or a value is from another tape.
    pub fn dot<'t>(&'t self, a: &[Value<'t>], b: &[Value<'t>]) -> Value<'t> {
        assert_eq!(a.len(), b.len(), "a dot product needs two vectors of one length");
        let nodes = &mut *self.nodes.borrow_mut();
        let mut total = None;
        for (&a, &b) in a.iter().zip(b) {
            let product = self.push(nodes, Operation::Mul, [a, b], mul);
            let terms = match total {
                Some(total) => [total, product],
                None => [product, self.push(nodes, Operation::Leaf, [], |[]| (0.0, []))],
            };
            total = Some(self.push(nodes, Operation::Add, terms, add));
        }
        total.unwrap_or_else(|| self.push(nodes, Operation::Leaf, [], |[]| (0.0, [])))
    }

    /// How many numbers are on the tape.
    pub fn len(&self) -> usize {
        self.nodes.borrow().len()
    }

    /// Whether nothing is on the tape.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number at `index` of the tape, if it is that long.
    pub fn get(&self, index: usize) -> Option<Value<'_>> {
        let data = self.nodes.borrow().get(index)?.data;
        Some(Value { tape: self, index: index as u32, data })
    }

    /// The gradients of the first `len` numbers on the tape: of all parameters, if these were put on it first.
    /// All are 0 before [`Value::backward`].
    pub fn grads(&self, len: usize) -> Vec<f64> {
        let mut grads = self.grads.borrow()[..].iter().copied().take(len).collect::<Vec<_>>();
        grads.resize(len, 0.0);
        grads
    }

    /// Empties the tape and keeps its memory. No [`Value`] can outlive this: they borrow the tape.
    pub fn clear(&mut self) {
        self.nodes.get_mut().clear();
        self.grads.get_mut().clear();
    }

    /// Sets all gradients back to 0, as line 182 does for the parameters.
    pub fn zero_grad(&self) {
        self.grads.borrow_mut().fill(0.0);
    }

    /// A new number with so many children, `Value(data, children, local_grads)` in Python (line 33): `compute` is
    /// given the children's numbers, and gives back the new one and a local gradient for each child.
    #[inline(always)]
    fn push<const N: usize>(
        &self,
        nodes: &mut Vec<Node>,
        operation: Operation,
        children: [Value; N],
        compute: impl FnOnce([f64; N]) -> (f64, [f64; N]),
    ) -> Value<'_> {
        let (data, local_grads) = compute(children.map(|child| child.data));
        let mut node = Node { data, children: [NONE; 2], local_grads: [0.0; 2], operation };
        for i in 0..N {
            assert!(
                std::ptr::eq(self, children[i].tape),
                "values of two tapes cannot be combined: put both on the same tape"
            );
            (node.children[i], node.local_grads[i]) = (children[i].index, local_grads[i]);
        }
        let index = nodes.len() as u32;
        nodes.push(node);
        Value { tape: self, index, data }
    }
}

/// Lines 39–41: of the children's numbers a and b the sum, and 1 for each.
#[inline]
fn add([a, b]: [f64; 2]) -> (f64, [f64; 2]) {
    (a + b, [1.0, 1.0])
}

/// Lines 43–45: of the children's numbers a and b the product, and for each the other.
#[inline]
fn mul([a, b]: [f64; 2]) -> (f64, [f64; 2]) {
    (a * b, [b, a])
}

/// A number on a [`Tape`], with the gradient of the loss to it (lines 30–57).
///
/// The operators `+ - * /` take another value of the same tape or a plain `f64`, which becomes a leaf.
#[derive(Clone, Copy)]
pub struct Value<'t> {
    tape: &'t Tape,
    index: u32,
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

    /// The numbers this one was computed from, each with the local gradient d self / d child.
    pub fn children(self) -> impl Iterator<Item = (Value<'t>, f64)> {
        let node = self.node();
        let children = node.children.into_iter().zip(node.local_grads);
        children.filter_map(|(index, local_grad)| Some((self.tape.get(index as usize)?, local_grad)))
    }

    /// self to the power of a plain number `c` (line 47); local gradient c · self^(c − 1).
    pub fn powf(self, c: f64) -> Self {
        self.tape.push(&mut self.tape.nodes.borrow_mut(), Operation::Pow, [self], |[a]| {
            (pow(a, c), [c * pow(a, c - 1.0)])
        })
    }

    /// The natural logarithm (line 48); local gradient 1 / self. Of 0 it is −∞, of less NaN.
    pub fn log(self) -> Self {
        self.tape.push(&mut self.tape.nodes.borrow_mut(), Operation::Log, [self], |[a]| (a.ln(), [1.0 / a]))
    }

    /// e to the power self (line 49), which is also the local gradient.
    pub fn exp(self) -> Self {
        self.tape.push(&mut self.tape.nodes.borrow_mut(), Operation::Exp, [self], |[a]| (a.exp(), [a.exp()]))
    }

    /// self where it is positive, else 0 (line 50); local gradient 1 or 0.
    pub fn relu(self) -> Self {
        self.tape.push(&mut self.tape.nodes.borrow_mut(), Operation::Relu, [self], |[a]| {
            if a > 0.0 { (a, [1.0]) } else { (0.0, [0.0]) }
        })
    }
}

impl Add for Value<'_> {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        self.tape.push(&mut self.tape.nodes.borrow_mut(), Operation::Add, [self, other], add)
    }
}

impl Mul for Value<'_> {
    type Output = Self;

    #[inline]
    fn mul(self, other: Self) -> Self {
        self.tape.push(&mut self.tape.nodes.borrow_mut(), Operation::Mul, [self, other], mul)
    }
}

// The rest is put together from these two and `powf`.

/// Line 51.
impl Neg for Value<'_> {
    type Output = Self;

    fn neg(self) -> Self {
        self * -1.0
    }
}

/// Line 53.
impl Sub for Value<'_> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

/// Line 56.
impl Div for Value<'_> {
    type Output = Self;

    // a / b is a · b⁻¹, in Python too
    #[allow(clippy::suspicious_arithmetic_impl)]
    fn div(self, other: Self) -> Self {
        self * other.powf(-1.0)
    }
}

// A plain number becomes a leaf (lines 40 and 44).

impl Add<f64> for Value<'_> {
    type Output = Self;

    fn add(self, other: f64) -> Self {
        self + self.tape.value(other)
    }
}

impl Sub<f64> for Value<'_> {
    type Output = Self;

    fn sub(self, other: f64) -> Self {
        self + -other
    }
}

impl Mul<f64> for Value<'_> {
    type Output = Self;

    fn mul(self, other: f64) -> Self {
        self * self.tape.value(other)
    }
}

impl Div<f64> for Value<'_> {
    type Output = Self;

    #[allow(clippy::suspicious_arithmetic_impl)]
    fn div(self, other: f64) -> Self {
        self * pow(other, -1.0)
    }
}

/// Line 52: the plain number stands on the left; `self` is it.
impl<'t> Add<Value<'t>> for f64 {
    type Output = Value<'t>;

    fn add(self, other: Value<'t>) -> Value<'t> {
        other + self
    }
}

/// Line 54: the plain number stands on the left; `self` is it.
impl<'t> Sub<Value<'t>> for f64 {
    type Output = Value<'t>;

    fn sub(self, other: Value<'t>) -> Value<'t> {
        -other + self
    }
}

/// Line 55: the plain number stands on the left; `self` is it.
impl<'t> Mul<Value<'t>> for f64 {
    type Output = Value<'t>;

    fn mul(self, other: Value<'t>) -> Value<'t> {
        other * self
    }
}

/// Line 57: the plain number stands on the left; `self` is it.
impl<'t> Div<Value<'t>> for f64 {
    type Output = Value<'t>;

    fn div(self, other: Value<'t>) -> Value<'t> {
        other.powf(-1.0) * self
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value(data={}, grad={})", self.data(), self.grad())
    }
}

impl Value<'_> {
    /// The places on the tape of self and of every number that it was computed from, each after its children (lines
    /// 60–68): [`backward`](Self::backward) goes through them from the last to the first.
    pub fn order(self) -> Vec<u32> {
        self.tape.search.borrow_mut().visit(self.index, &self.tape.nodes.borrow()).to_vec()
    }

    /// Adds d self / d node to the gradient of every node that self was computed from, and sets its own to 1 (lines
    /// 59–72). Between two calls belongs [`Tape::zero_grad`], or the second hands on what the first left.
    ///
    /// A depth-first search lists each node after its children; the list is then walked backwards, so
    /// that a node hands its gradient on only when all that it is used in have handed theirs to it.
    pub fn backward(self) {
        let nodes = self.tape.nodes.borrow();
        let mut search = self.tape.search.borrow_mut();
        let order = search.visit(self.index, &nodes);
        let grads = &mut *self.tape.grads.borrow_mut();
        grads.resize(nodes.len(), 0.0);
        let (nodes, grads) = (&nodes[..], &mut grads[..nodes.len()]);
        grads[self.index()] = 1.0;
        for &v in order.iter().rev() {
            let (node, grad) = (&nodes[v as usize], grads[v as usize]);
            for (child, local_grad) in node.children.into_iter().zip(node.local_grads) {
                if let Some(child_grad) = grads.get_mut(child as usize) {
                    *child_grad += local_grad * grad;
                }
            }
        }
    }
}

/// The working memory of [`Value::backward`], kept so that it is allocated once.
#[derive(Debug, Default)]
struct Search {
    visited: Vec<bool>,
    waiting: Vec<u32>,
    order: Vec<u32>,
}

impl Search {
    /// `root` and every number that it was computed from, each after its children (lines 60–68).
    ///
    /// The tape's own order would give the same gradients up to rounding; to agree to the last bit the sums must
    /// be added up in Python's order, and Python's is that of a depth-first search. Python's `visit` calls itself;
    /// here the numbers whose children are being visited wait in a list, as a deep graph would be too much for the
    /// stack.
    fn visit(&mut self, root: u32, nodes: &[Node]) -> &[u32] {
        let Search { visited, waiting, order } = self;
        visited.clear();
        visited.resize(nodes.len(), false);
        waiting.resize(nodes.len(), 0);
        order.resize(nodes.len(), 0);
        // Slices that cannot grow, and how much of them is filled: with `push` the search takes half as long again.
        let n = nodes.len();
        let (visited, waiting, order) = (&mut visited[..n], &mut waiting[..n], &mut order[..n]);
        let (mut num_waiting, mut num_ordered) = (0, 0);
        let mut v = root;
        loop {
            // Down: to the first child, as long as there is one that was not visited
            while let Some(visited @ false) = visited.get_mut(v as usize) {
                *visited = true;
                waiting[num_waiting] = v;
                num_waiting += 1;
                v = nodes[v as usize].children[0];
            }
            // Up: a number whose second child was visited, too, is done
            v = loop {
                let Some(last) = num_waiting.checked_sub(1) else { return &order[..num_ordered] };
                let second = nodes[waiting[last] as usize].children[1];
                if visited.get(second as usize) == Some(&false) {
                    break second;
                }
                order[num_ordered] = waiting[last];
                num_ordered += 1;
                num_waiting = last;
            };
        }
    }
}
