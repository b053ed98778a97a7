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

/// Where a child is missing, its place in [`Nodes::children`] holds this, or more: with one child, what goes
/// beyond is the place of the number's local gradient.
const NO_CHILD: u32 = 1 << 31;

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
    /// The local gradients of numbers with one child; those of sums and products are at hand anyway.
    local_grads: Vec<f64>,
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
        self.push(data, [NO_CHILD; 2], Operation::Leaf)
    }

    /// Puts several leaves on the tape, one after the other.
    pub fn values(&self, data: &[f64]) -> Vec<Value<'_>> {
        let nodes = &mut *self.nodes.borrow_mut();
        let first = nodes.data.len() as u32;
        nodes.data.extend(data);
        nodes.children.resize(nodes.data.len(), [NO_CHILD; 2]);
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
        let Nodes { data, children, operations, .. } = &mut *self.nodes.borrow_mut();
        // A plain 0, the products, and their running sums, of which the first is product + 0 as in Python
        let (n, zero) = (a.len() as u32, data.len() as u32);
        let (product, sum) = (zero + 1, zero + 1 + n);
        children.push([NO_CHILD; 2]);
        children.extend(a.iter().zip(b).map(|(a, b)| [self.index_of(a), self.index_of(b)]));
        children.push([product, zero]);
        children.extend((1..n).map(|j| [sum + j - 1, product + j]));

        data.resize((sum + n) as usize, 0.0);
        let (before, new) = data.split_at_mut(product as usize);
        let (products, sums) = new.split_at_mut(a.len());
        let mut total = 0.0;
        for ((&[a, b], product), sum) in children[product as usize..].iter().zip(products).zip(sums) {
            *product = before[a as usize] * before[b as usize];
            total += *product;
            *sum = total;
        }

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
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn add_grads(&self, weight: f64, grads: &mut [f64]) {
        for (sum, grad) in grads.iter_mut().zip(&*self.grads.borrow()) {
            *sum += weight * grad;
        }
    }

    #[inline]
    fn push(&self, data: f64, children: [u32; 2], operation: Operation) -> Value<'_> {
        let index = self.nodes.borrow_mut().push(data, children, operation);
        Value { tape: self, index }
    }
}

impl Nodes {
    #[inline]
    fn push(&mut self, data: f64, children: [u32; 2], operation: Operation) -> u32 {
        let index = self.data.len() as u32;
        self.data.push(data);
        self.children.push(children);
        self.operations.push(operation);
        index
    }

    /// d node / d child for each of its children (lines 39–50).
    #[inline]
    fn local_grads(&self, node: u32) -> [f64; 2] {
        let [first, second] = self.children[node as usize];
        match self.operations[node as usize] {
            Operation::Add => [1.0, 1.0],
            Operation::Mul => [self.data[second as usize], self.data[first as usize]],
            Operation::Leaf => [0.0; 2],
            _ => [self.local_grads[(second - NO_CHILD) as usize], 0.0],
        }
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

        // No child counts as done.
        let is_done = |visited: &[bool], child: u32| visited.get(child as usize) != Some(&false);
        let mut node = root;
        loop {
            // Down the first children, until they are done
            while !is_done(visited, node) {
                visited[node as usize] = true;
                waiting[num_waiting] = node;
                num_waiting += 1;
                node = children[node as usize][0];
            }
            // Up again, until a second child is not done, nor its children
            node = loop {
                let Some(top) = num_waiting.checked_sub(1) else { return &order[..num_ordered] };
                let second = children[waiting[top] as usize][1];
                if !is_done(visited, second) {
                    if children[second as usize].into_iter().any(|child| !is_done(visited, child)) {
                        break second;
                    }
                    visited[second as usize] = true;
                    order[num_ordered] = second;
                    num_ordered += 1;
                }
                order[num_ordered] = waiting[top];
                num_ordered += 1;
                num_waiting = top;
            };
        }
    }
}

/// The chain rule (lines 70–72): walks the order from its end, the root, and adds to the gradient of each
/// child the local gradient times the number's own.
fn propagate(order: &[u32], nodes: &Nodes, grads: &mut [f64]) {
    let Nodes { data, children, local_grads, operations } = nodes;
    let n = grads.len();
    let (data, children, operations) = (&data[..n], &children[..n], &operations[..n]);
    for &node in order.iter().rev() {
        let node = node as usize;
        let grad = grads[node];
        let [first, second] = children[node].map(|child| child as usize);
        match operations[node] {
            Operation::Add => {
                grads[first] += grad;
                grads[second] += grad;
            }
            Operation::Mul => {
                grads[first] += data[second] * grad;
                grads[second] += data[first] * grad;
            }
            _ => grads[first] += local_grads[second - NO_CHILD as usize] * grad,
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
        let (children, local_grads) = (nodes.children[self.index()], nodes.local_grads(self.index));
        children
            .into_iter()
            .zip(local_grads)
            .filter(|&(index, _)| index < NO_CHILD)
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
    fn binary(self, other: Self, operation: Operation, compute: impl FnOnce(f64, f64) -> f64) -> Self {
        assert!(
            std::ptr::eq(self.tape, other.tape),
            "values of two tapes cannot be combined: put both on the same tape"
        );
        let mut nodes = self.tape.nodes.borrow_mut();
        let data = compute(nodes.data[self.index as usize], nodes.data[other.index as usize]);
        let index = nodes.push(data, [self.index, other.index], operation);
        Value { tape: self.tape, index }
    }

    #[inline]
    fn unary(self, data: f64, local_grad: f64, operation: Operation) -> Self {
        let nodes = &mut *self.tape.nodes.borrow_mut();
        let place = nodes.local_grads.len() as u32;
        nodes.local_grads.push(local_grad);
        let index = nodes.push(data, [self.index, NO_CHILD + place], operation);
        Value { tape: self.tape, index }
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value(data={}, grad={})", self.data(), self.grad())
    }
}

/// `base` to the power `exponent`, to the bit as the platform's `pow` computes it, which is what Python calls.
///
/// For the exponents 2, 0.5 and −1 a multiplication, a root or a division is much sooner done, but not always
/// the same: they give the number nearest to the power, while `pow` may err by a little more than half a unit
/// in the last place (0.54 in glibc and musl), and so take the other of two that are about equally near. How
/// near is known: where it is close, `pow` decides. There the exponent is hidden from the compiler, which
/// otherwise takes the short way without looking.
#[inline]
pub(crate) fn pow(base: f64, exponent: f64) -> f64 {
    let zero = base.to_bits() == 0; // +0, for most gradients of a step are
    if exponent == 1.0 || zero && exponent > 0.0 {
        return base;
    }
    // The power, rounded, and what it lacks
    let (power, missing) = if exponent == 2.0 {
        let square = base * base;
        (square, base.mul_add(base, -square))
    } else if exponent == 0.5 {
        let root = base.sqrt();
        (root, root.mul_add(-root, base) / (2.0 * root))
    } else if exponent == -1.0 {
        let inverse = 1.0 / base;
        (inverse, inverse.mul_add(-base, 1.0) / base)
    } else {
        (f64::NAN, 0.0)
    };
    // A unit in the last place. At a power of two it is another above than below; near the ends of the
    // range, what is missing is not exact.
    let bits = power.abs().to_bits();
    let unit = f64::from_bits(bits & f64::INFINITY.to_bits()) * f64::EPSILON;
    if missing.abs() < 0.45 * unit && bits << 12 != 0 && (1e-250..1e250).contains(&power.abs()) {
        power
    } else {
        base.powf(black_box(exponent))
    }
}

impl Add for Value<'_> {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        self.binary(other, Operation::Add, |a, b| a + b)
    }
}

impl Mul for Value<'_> {
    type Output = Self;

    #[inline]
    fn mul(self, other: Self) -> Self {
        self.binary(other, Operation::Mul, |a, b| a * b)
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100_000))]

        #[test]
        fn the_short_way_gives_the_bits_of_pow(bits: u64, mantissa: u64) {
            // Any number, and one of the usual size
            for base in [0.0, f64::from_bits(bits), f64::from_bits(0x3ff << 52 | mantissa >> 12)] {
                for exponent in [2.0, 0.5, -1.0, 1.0, -0.5] {
                    let power = base.powf(black_box(exponent));
                    prop_assert!(
                        pow(base, exponent).to_bits() == power.to_bits() || power.is_nan(),
                        "{base:e} to the power {exponent}"
                    );
                }
            }
        }
    }
}
