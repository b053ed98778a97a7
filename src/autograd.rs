//! Autograd (lines 29–72): numbers that remember how they were computed.
//!
//! Python gives every number an object of its own. Here all of them stand in one list, the [`Tape`],
//! in the order in which they were computed, and a [`Value`] is a small copyable handle: the tape and
//! a place on it. Operators on handles append to the tape, so code reads like the formula it computes,
//! and the tape's memory is used again for the next document.
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
use std::hint::black_box;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// Marks an unused place in [`Node::children`].
const NO_CHILD: u32 = u32::MAX;

/// What one number on the tape was computed by.
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

/// The numbers of one computation, in the order in which they were computed.
#[derive(Debug, Default)]
pub struct Tape {
    nodes: RefCell<Nodes>,
    /// The gradient of each node; shorter than `nodes` until [`Value::backward`] fills it.
    grads: RefCell<Vec<f64>>,
    search: RefCell<Search>,
}

/// What Python's `Value` holds (lines 33–37), a list for each field: an entry for each number.
#[derive(Debug, Default)]
struct Nodes {
    data: Vec<f64>,
    children: Vec<[u32; 2]>,
    local_grads: Vec<[f64; 2]>,
    operations: Vec<Operation>,
}

/// The working memory of [`Value::backward`], kept so that it is allocated once.
#[derive(Debug, Default)]
struct Search {
    visited: Vec<bool>,
    waiting: Vec<u32>,
    order: Vec<u32>,
}

impl Tape {
    /// An empty tape.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a number on the tape that was not computed from others: a leaf.
    pub fn value(&self, data: f64) -> Value<'_> {
        self.push(data, [NO_CHILD; 2], [0.0; 2], Operation::Leaf)
    }

    /// Puts several leaves on the tape, one after the other.
    pub fn values(&self, data: &[f64]) -> Vec<Value<'_>> {
        let nodes = &mut *self.nodes.borrow_mut();
        let first = nodes.data.len() as u32;
        nodes.data.extend(data);
        nodes.children.resize(nodes.data.len(), [NO_CHILD; 2]);
        nodes.local_grads.resize(nodes.data.len(), [0.0; 2]);
        nodes.operations.resize(nodes.data.len(), Operation::Leaf);
        (first..).zip(data).map(|(index, _)| Value { tape: self, index }).collect()
    }

    /// The sum of `values`, added one by one to a plain 0 as Python's `sum` does.
    pub fn sum<'t>(&'t self, values: impl IntoIterator<Item = Value<'t>>) -> Value<'t> {
        let mut values = values.into_iter();
        match values.next() {
            Some(first) => values.fold(first + 0.0, |total, value| total + value),
            None => self.value(0.0),
        }
    }

    /// The sum of the products of `a` and `b`, entry by entry: `self.sum(a · b)`, but all at once.
    ///
    /// Nine tenths of the numbers of a GPT come from here.
    ///
    /// # Panics
    ///
    /// If `a` and `b` differ in length, or a value is from another tape.
    pub fn dot<'t>(&'t self, a: &[Value<'t>], b: &[Value<'t>]) -> Value<'t> {
        assert_eq!(a.len(), b.len(), "a dot product needs two vectors of one length");
        if a.is_empty() {
            return self.value(0.0);
        }
        let pairs = || a.iter().zip(b).map(|(a, b)| [self.index_of(a), self.index_of(b)]);
        let Nodes { data, children, local_grads, operations } = &mut *self.nodes.borrow_mut();
        // A plain 0, the products, and their running sums, of which the first is product + 0 as in Python
        let (n, zero) = (a.len() as u32, data.len() as u32);
        let (product, sum) = (zero + 1, zero + 1 + n);
        children.push([NO_CHILD; 2]);
        children.extend(pairs());
        children.push([product, zero]);
        children.extend((1..n).map(|j| [sum + j - 1, product + j]));

        local_grads.push([0.0; 2]);
        local_grads.extend(pairs().map(|[a, b]| [data[b as usize], data[a as usize]]));
        let factors = &local_grads[product as usize..];
        data.push(0.0);
        data.extend(factors.iter().map(|[b, a]| a * b));
        let mut total = 0.0;
        data.extend(factors.iter().map(|[b, a]| {
            total += a * b;
            total
        }));
        local_grads.resize(data.len(), [1.0, 1.0]);

        operations.push(Operation::Leaf);
        operations.resize(sum as usize, Operation::Mul);
        operations.resize(data.len(), Operation::Add);
        Value { tape: self, index: sum + n - 1 }
    }

    #[inline]
    fn index_of(&self, value: &Value) -> u32 {
        assert!(
            std::ptr::eq(self, value.tape),
            "values of two tapes cannot be combined: put both on the same tape"
        );
        value.index
    }

    /// How many numbers are on the tape.
    pub fn len(&self) -> usize {
        self.nodes.borrow().data.len()
    }

    /// Whether nothing is on the tape.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number at `index` of the tape, if it is that long.
    pub fn get(&self, index: usize) -> Option<Value<'_>> {
        (index < self.len()).then_some(Value { tape: self, index: index as u32 })
    }

    /// Empties the tape and keeps its memory. No [`Value`] can outlive this: they borrow the tape.
    pub fn clear(&mut self) {
        let Nodes { data, children, local_grads, operations } = self.nodes.get_mut();
        data.clear();
        children.clear();
        local_grads.clear();
        operations.clear();
        self.grads.get_mut().clear();
    }

    /// Sets all gradients back to 0, as line 182 does for the parameters.
    pub fn zero_grad(&self) {
        self.grads.borrow_mut().fill(0.0);
    }

    /// Adds `weight` times the gradients of the first numbers on the tape to `grads`.
    pub(crate) fn add_grads(&self, weight: f64, grads: &mut [f64]) {
        for (sum, grad) in grads.iter_mut().zip(&*self.grads.borrow()) {
            *sum += weight * grad;
        }
    }

    #[inline]
    fn push(&self, data: f64, children: [u32; 2], local_grads: [f64; 2], operation: Operation) -> Value<'_> {
        let index = self.nodes.borrow_mut().push(data, children, local_grads, operation);
        Value { tape: self, index }
    }
}

impl Nodes {
    #[inline]
    fn push(&mut self, data: f64, children: [u32; 2], local_grads: [f64; 2], operation: Operation) -> u32 {
        let index = self.data.len() as u32;
        self.data.push(data);
        self.children.push(children);
        self.local_grads.push(local_grads);
        self.operations.push(operation);
        index
    }
}

impl Search {
    /// The numbers that `root` was computed from and itself, each after its children; leaves, which hand
    /// nothing on, are left out.
    ///
    /// Python's `visit` calls itself (lines 62–67). Here the numbers whose children are being visited wait
    /// on a stack of our own.
    fn topological_order(&mut self, root: u32, nodes: &Nodes) -> &[u32] {
        let children = &nodes.children[..];
        self.visited.clear();
        self.visited.extend(nodes.operations.iter().map(|&operation| operation == Operation::Leaf));
        self.waiting.resize(children.len(), 0);
        self.order.resize(children.len(), 0);
        let visited = &mut self.visited[..children.len()];
        let (waiting, order) = (&mut self.waiting[..children.len()], &mut self.order[..children.len()]);
        let (mut num_waiting, mut num_ordered) = (0, 0);

        let mut node = root;
        loop {
            // Down the first children, until they are done
            while !visited[node as usize] {
                visited[node as usize] = true;
                let [first, second] = children[node as usize];
                if visited[first as usize] && visited.get(second as usize) != Some(&false) {
                    order[num_ordered] = node;
                    num_ordered += 1;
                    break;
                }
                waiting[num_waiting] = node;
                num_waiting += 1;
                node = first;
            }
            // Up again, until a second child is not done
            node = loop {
                let Some(top) = num_waiting.checked_sub(1) else { return &order[..num_ordered] };
                let second = children[waiting[top] as usize][1];
                if visited.get(second as usize) == Some(&false) {
                    break second;
                }
                num_waiting = top;
                order[num_ordered] = waiting[top];
                num_ordered += 1;
            };
        }
    }
}

/// The chain rule (lines 70–72): walks the order from its end, the root, and adds to the gradient of each
/// child the local gradient times the number's own.
fn propagate(order: &[u32], nodes: &Nodes, grads: &mut [f64]) {
    let children = &nodes.children[..grads.len()];
    let local_grads = &nodes.local_grads[..grads.len()];
    for &node in order.iter().rev() {
        let grad = grads[node as usize];
        for (child, local_grad) in children[node as usize].into_iter().zip(local_grads[node as usize]) {
            if let Some(child_grad) = grads.get_mut(child as usize) {
                *child_grad += local_grad * grad;
            }
        }
    }
}

/// A number on a [`Tape`], with the gradient of the loss to it (lines 30–57).
///
/// The operators `+ - * /` take another value of the same tape or a plain `f64`, which becomes a leaf.
#[derive(Clone, Copy)]
pub struct Value<'t> {
    tape: &'t Tape,
    index: u32,
}

impl<'t> Value<'t> {
    /// The number itself.
    #[inline]
    pub fn data(self) -> f64 {
        self.tape.nodes.borrow().data[self.index as usize]
    }

    /// d loss / d self, after `loss.backward()`; 0 before.
    pub fn grad(self) -> f64 {
        self.tape.grads.borrow().get(self.index as usize).copied().unwrap_or_default()
    }

    /// What the number was computed by.
    pub fn operation(self) -> Operation {
        self.tape.nodes.borrow().operations[self.index as usize]
    }

    /// The place of the number on its tape.
    pub fn index(self) -> usize {
        self.index as usize
    }

    /// The tape the number stands on.
    pub fn tape(self) -> &'t Tape {
        self.tape
    }

    /// The numbers this one was computed from, each with the local gradient d self / d child.
    pub fn children(self) -> impl Iterator<Item = (Value<'t>, f64)> {
        let nodes = self.tape.nodes.borrow();
        let (children, local_grads) = (nodes.children[self.index()], nodes.local_grads[self.index()]);
        children
            .into_iter()
            .zip(local_grads)
            .filter(|&(index, _)| index != NO_CHILD)
            .map(move |(index, local_grad)| (Value { tape: self.tape, index }, local_grad))
    }

    /// self to the constant power `c` (line 47); local gradient c · self^(c − 1).
    pub fn powf(self, c: f64) -> Self {
        let data = self.data();
        self.unary(pow(data, c), c * pow(data, c - 1.0), Operation::Pow)
    }

    /// The natural logarithm (line 48); local gradient 1 / self. Of 0 it is −∞, of less NaN.
    pub fn log(self) -> Self {
        let data = self.data();
        self.unary(data.ln(), 1.0 / data, Operation::Log)
    }

    /// e to the power self (line 49), which is also the local gradient.
    pub fn exp(self) -> Self {
        let exp = self.data().exp();
        self.unary(exp, exp, Operation::Exp)
    }

    /// self where it is positive, else 0 (line 50); local gradient 1 or 0.
    pub fn relu(self) -> Self {
        let data = self.data();
        let positive = data > 0.0;
        self.unary(if positive { data } else { 0.0 }, f64::from(u8::from(positive)), Operation::Relu)
    }

    /// Adds d self / d node to the gradient of every node that self was computed from (lines 59–72).
    ///
    /// A depth-first search lists each node after its children; the list is then walked backwards, so
    /// that a node hands its gradient on only when all that it is used in have handed theirs to it.
    pub fn backward(self) {
        let nodes = self.tape.nodes.borrow();
        let mut search = self.tape.search.borrow_mut();
        let order = search.topological_order(self.index, &nodes);
        let mut grads = self.tape.grads.borrow_mut();
        grads.resize(nodes.data.len(), 0.0);
        grads[self.index as usize] = 1.0;
        propagate(order, &nodes, &mut grads);
    }

    /// A node with two children (lines 39–45), from `compute(a, b)`: the result and its local gradients.
    #[inline]
    fn binary(
        self,
        other: Self,
        operation: Operation,
        compute: impl FnOnce(f64, f64) -> (f64, [f64; 2]),
    ) -> Self {
        assert!(
            std::ptr::eq(self.tape, other.tape),
            "values of two tapes cannot be combined: put both on the same tape"
        );
        let mut nodes = self.tape.nodes.borrow_mut();
        let (data, local_grads) = compute(nodes.data[self.index as usize], nodes.data[other.index as usize]);
        let index = nodes.push(data, [self.index, other.index], local_grads, operation);
        Value { tape: self.tape, index }
    }

    #[inline]
    fn unary(self, data: f64, local_grad: f64, operation: Operation) -> Self {
        self.tape.push(data, [self.index, NO_CHILD], [local_grad, 0.0], operation)
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value(data={}, grad={})", self.data(), self.grad())
    }
}

/// `base` to the power `exponent`, as the platform's `pow` computes it, which is what Python calls.
///
/// The compiler knows better ways for some constant exponents (x · x for 2, a square root for 0.5, a
/// division for −1). Their results differ from `pow` in the last bit now and then, so the exponent is
/// hidden from it.
#[inline]
pub(crate) fn pow(base: f64, exponent: f64) -> f64 {
    base.powf(black_box(exponent))
}

impl Add for Value<'_> {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        self.binary(other, Operation::Add, |a, b| (a + b, [1.0, 1.0]))
    }
}

impl Mul for Value<'_> {
    type Output = Self;

    #[inline]
    fn mul(self, other: Self) -> Self {
        self.binary(other, Operation::Mul, |a, b| (a * b, [b, a]))
    }
}

// The rest is put together from these two and `powf` (lines 51–57).

impl Neg for Value<'_> {
    type Output = Self;

    fn neg(self) -> Self {
        self * -1.0
    }
}

impl Sub for Value<'_> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Div for Value<'_> {
    type Output = Self;

    // a / b is a · b⁻¹, in Python too
    #[allow(clippy::suspicious_arithmetic_impl)]
    fn div(self, other: Self) -> Self {
        self * other.powf(-1.0)
    }
}

// A plain number on either side becomes a leaf.

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

impl<'t> Add<Value<'t>> for f64 {
    type Output = Value<'t>;

    fn add(self, other: Value<'t>) -> Value<'t> {
        other + self
    }
}

impl<'t> Sub<Value<'t>> for f64 {
    type Output = Value<'t>;

    fn sub(self, other: Value<'t>) -> Value<'t> {
        -other + self
    }
}

impl<'t> Mul<Value<'t>> for f64 {
    type Output = Value<'t>;

    fn mul(self, other: Value<'t>) -> Value<'t> {
        other * self
    }
}

impl<'t> Div<Value<'t>> for f64 {
    type Output = Value<'t>;

    fn div(self, other: Value<'t>) -> Value<'t> {
        other.powf(-1.0) * self
    }
}
