//! Expressions as Python reads them, computed on the crate's tape: names, numbers, brackets, `+ - * / **` and the
//! methods of the class `Value` (lines 39–57). The nodes on the tape are those that Python would make.

use microgpt::autograd::{Operation, Tape, Value};

use crate::heat::short;

/// The names that an expression may use.
pub const NAMES: [char; 4] = ['a', 'b', 'c', 'd'];

/// An expression, cut into its symbols.
#[derive(Debug, Clone)]
pub struct Expression {
    symbols: Vec<Symbol>,
    names: Vec<char>,
    length: usize,
}

/// A number, a name, an operator or a bracket, and the place of its first character, counted from 1.
#[derive(Debug, Clone, PartialEq)]
struct Symbol {
    at: usize,
    text: String,
}

/// What an expression made on an empty tape: first a leaf for each name in it, then a node for each operation.
#[derive(Debug, Clone)]
pub struct Graph<'t> {
    /// The last node, the value of the expression.
    pub root: Value<'t>,
    /// The exponents of the powers, by their places on the tape.
    pub exponents: Vec<(usize, f64)>,
}

impl Expression {
    /// Cuts the text into symbols.
    ///
    /// # Errors
    ///
    /// When a character cannot be part of an expression.
    pub fn new(text: &str) -> Result<Self, String> {
        let characters: Vec<char> = text.chars().collect();
        let mut symbols = Vec::new();
        let mut at = 0;
        while let Some(&first) = characters.get(at) {
            let run = |of: fn(char) -> bool| characters[at..].iter().take_while(|next| of(**next)).count();
            let length = match first {
                '0'..='9' => number(&characters[at..]),
                '.' if characters.get(at + 1).is_some_and(char::is_ascii_digit) => number(&characters[at..]),
                'a'..='z' | 'A'..='Z' | '_' => run(|next| next.is_ascii_alphanumeric() || next == '_'),
                '*' => run(|next| next == '*').min(2),
                '+' | '-' | '/' | '(' | ')' | '.' => 1,
                ' ' => {
                    at += 1;
                    continue;
                }
                '^' => {
                    return Err(format!("At character {}: a power is written ** in Python, not ^.", at + 1));
                }
                _ => {
                    return Err(format!(
                        "At character {}: ‘{first}’ is not part of an expression. There are the names a to d, \
                         numbers, + - * / **, brackets, and .relu(), .log(), .exp().",
                        at + 1
                    ));
                }
            };
            symbols.push(Symbol { at: at + 1, text: characters[at..at + length].iter().collect() });
            at += length;
        }
        let is_used = |name: &char| symbols.iter().any(|symbol| symbol.text.chars().eq([*name]));
        Ok(Expression {
            names: NAMES.into_iter().filter(is_used).collect(),
            symbols,
            length: characters.len(),
        })
    }

    /// The names that it uses, each once, in the order of the alphabet: the first nodes of its graph.
    pub fn names(&self) -> &[char] {
        &self.names
    }

    /// What a node is called: an input by its name, any other by its place.
    pub fn name(&self, node: usize) -> String {
        self.names.get(node).map_or_else(|| format!("v{}", node + 1), char::to_string)
    }

    /// Computes the expression on an empty tape, with these numbers for [`NAMES`]. With `nudge` one node, given
    /// by its place, is increased by so much before anything uses it.
    ///
    /// # Errors
    ///
    /// When this is not an expression, or one of its numbers cannot be computed.
    pub fn evaluate<'t>(
        &self,
        tape: &'t Tape,
        inputs: [f64; 4],
        nudge: Option<(usize, f64)>,
    ) -> Result<Graph<'t>, String> {
        let mut reader =
            Reader { expression: self, tape, next: 0, nudge, inputs: Vec::new(), exponents: Vec::new() };
        for (&name, input) in NAMES.iter().zip(inputs) {
            if self.names.contains(&name) {
                let input = reader.node(tape.value(input), 0)?;
                reader.inputs.push(input);
            }
        }
        let result = reader.sum()?;
        match (result, reader.peek()) {
            (_, Some(_)) => Err(reader.unexpected("an operator such as + or *, or the end")),
            (Operand::Value(root), None) => Ok(Graph { root, exponents: reader.exponents }),
            (Operand::Plain(_), None) => {
                Err("These are plain numbers, and no Value is made of them. Use one of a, b, c and d."
                    .to_owned())
            }
        }
    }
}

/// How many characters belong to the number that begins here: digits and points, and a power of ten behind them.
fn number(characters: &[char]) -> usize {
    let digits = |from: usize| characters[from..].iter().take_while(|next| next.is_ascii_digit()).count();
    let length = characters.iter().take_while(|next| next.is_ascii_digit() || **next == '.').count();
    match characters.get(length) {
        Some('e' | 'E') => {
            let sign = usize::from(matches!(characters.get(length + 1), Some('+' | '-')));
            match digits((length + 1 + sign).min(characters.len())) {
                0 => length,
                power => length + 1 + sign + power,
            }
        }
        _ => length,
    }
}

/// A number as Python writes it: `2`, `2.`, `.5`, `1e3`, `2.5e-3`. Digits and power of ten are exact, and one
/// operation rounds, as in [`decimal`](crate::control::decimal).
fn literal(text: &str) -> Option<f64> {
    let (digits, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let digits = [whole, part].concat();
    if digits.len() > 15 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (number, power) =
        (digits.parse::<u64>().ok()? as f64, power.parse::<i32>().ok()? - part.len() as i32);
    let scale = (power.unsigned_abs() <= 22).then(|| 10_f64.powi(power.abs()))?;
    Some(if power < 0 { number / scale } else { number * scale })
}

/// What an operator has on its sides. Python computes with plain numbers as long as no Value comes in.
#[derive(Clone, Copy)]
enum Operand<'t> {
    Plain(f64),
    Value(Value<'t>),
}

use Operand::Plain;

/// Reads an expression from left to right and computes what it has read.
struct Reader<'e, 't> {
    expression: &'e Expression,
    tape: &'t Tape,
    /// The next symbol.
    next: usize,
    nudge: Option<(usize, f64)>,
    inputs: Vec<Operand<'t>>,
    exponents: Vec<(usize, f64)>,
}

impl<'e, 't> Reader<'e, 't> {
    fn peek(&self) -> Option<&'e str> {
        self.expression.symbols.get(self.next).map(|symbol| &*symbol.text)
    }

    /// Where the next symbol stands, or what would come behind the last.
    fn at(&self) -> usize {
        self.expression.symbols.get(self.next).map_or(self.expression.length + 1, |symbol| symbol.at)
    }

    /// The next symbol, if it is this one.
    fn take(&mut self, text: &str) -> bool {
        let found = self.peek() == Some(text);
        self.next += usize::from(found);
        found
    }

    fn unexpected(&self, expected: &str) -> String {
        let found = self.peek().map_or("the end".to_owned(), |text| format!("‘{text}’"));
        format!("At character {}: expected {expected}, not {found}.", self.at())
    }

    fn sum(&mut self) -> Result<Operand<'t>, String> {
        let mut left = self.product()?;
        loop {
            let at = self.at();
            left = if self.take("+") {
                let right = self.product()?;
                self.add(left, right, at)?
            } else if self.take("-") {
                // Line 53: self + (-other)
                let right = self.product()?;
                let right = self.negative(right, at)?;
                self.add(left, right, at)?
            } else {
                return Ok(left);
            }
        }
    }

    fn product(&mut self) -> Result<Operand<'t>, String> {
        let mut left = self.factor()?;
        loop {
            let at = self.at();
            left = if self.take("*") {
                let right = self.factor()?;
                self.multiply(left, right, at)?
            } else if self.take("/") {
                // Line 56: self * other**-1
                let right = self.factor()?;
                let right = self.power(right, -1.0, at)?;
                self.multiply(left, right, at)?
            } else {
                return Ok(left);
            }
        }
    }

    /// A minus sign binds less than a power behind it, more than what stands before it.
    fn factor(&mut self) -> Result<Operand<'t>, String> {
        let at = self.at();
        if self.take("-") {
            let operand = self.factor()?;
            return self.negative(operand, at);
        }
        let base = self.with_methods()?;
        let at = self.at();
        if !self.take("**") {
            return Ok(base);
        }
        let after = self.at();
        match self.factor()? {
            Plain(exponent) => self.power(base, exponent, at),
            Operand::Value(_) => Err(format!(
                "At character {after}: the exponent has to be a plain number. Line 47 has no rule for a Value there."
            )),
        }
    }

    fn with_methods(&mut self) -> Result<Operand<'t>, String> {
        let mut operand = self.atom()?;
        loop {
            let at = self.at();
            if !self.take(".") {
                return Ok(operand);
            }
            let method: fn(Value<'t>) -> Value<'t> = match self.peek() {
                Some("relu") => Value::relu,
                Some("log") => Value::log,
                Some("exp") => Value::exp,
                _ => return Err(self.unexpected("relu, log or exp")),
            };
            self.next += 1;
            if !(self.take("(") && self.take(")")) {
                return Err(self.unexpected("() behind the method"));
            }
            operand = match operand {
                Operand::Value(value) => self.node(method(value), at)?,
                Plain(_) => {
                    return Err(format!(
                        "At character {at}: a plain number has no methods; only a Value has."
                    ));
                }
            };
        }
    }

    fn atom(&mut self) -> Result<Operand<'t>, String> {
        let expected = "a number, a name from a to d, or an opening bracket";
        let text = self.peek().ok_or_else(|| self.unexpected(expected))?;
        if self.take("(") {
            let inner = self.sum()?;
            return if self.take(")") { Ok(inner) } else { Err(self.unexpected("a closing bracket")) };
        }
        let operand = if text.starts_with(|first: char| first.is_ascii_digit())
            || text.len() > 1 && text.starts_with('.')
        {
            Plain(literal(text).ok_or_else(|| self.unexpected("a number such as 2 or 0.5"))?)
        } else if let Some(place) = self.expression.names.iter().position(|name| text.chars().eq([*name])) {
            self.inputs[place]
        } else if ["relu", "log", "exp"].contains(&text) {
            return Err(format!(
                "At character {}: {text} is a method; it stands behind a Value, as in a.{text}().",
                self.at()
            ));
        } else {
            return Err(self.unexpected(expected));
        };
        self.next += 1;
        Ok(operand)
    }

    /// Lines 39–41 and 52. A plain number beside a Value becomes a leaf; the Value comes first.
    fn add(&mut self, left: Operand<'t>, right: Operand<'t>, at: usize) -> Result<Operand<'t>, String> {
        match (left, right) {
            (Plain(left), Plain(right)) => plain(left + right, at),
            (Plain(left), Operand::Value(_)) => self.add(right, Plain(left), at),
            (Operand::Value(left), right) => {
                let right = self.value(right, at)?;
                self.node(left + right, at)
            }
        }
    }

    /// Lines 43–45 and 55.
    fn multiply(&mut self, left: Operand<'t>, right: Operand<'t>, at: usize) -> Result<Operand<'t>, String> {
        match (left, right) {
            (Plain(left), Plain(right)) => plain(left * right, at),
            (Plain(left), Operand::Value(_)) => self.multiply(right, Plain(left), at),
            (Operand::Value(left), right) => {
                let right = self.value(right, at)?;
                self.node(left * right, at)
            }
        }
    }

    /// Line 51: self * -1.
    fn negative(&mut self, operand: Operand<'t>, at: usize) -> Result<Operand<'t>, String> {
        self.multiply(operand, Plain(-1.0), at)
    }

    /// Line 47.
    fn power(&mut self, base: Operand<'t>, exponent: f64, at: usize) -> Result<Operand<'t>, String> {
        match base {
            Plain(base) => plain(base.powf(exponent), at),
            Operand::Value(base) => {
                let power = base.powf(exponent);
                self.exponents.push((power.index(), exponent));
                self.node(power, at)
            }
        }
    }

    /// `other if isinstance(other, Value) else Value(other)`.
    fn value(&mut self, operand: Operand<'t>, at: usize) -> Result<Value<'t>, String> {
        match operand {
            Operand::Value(value) => Ok(value),
            Plain(number) => match self.node(self.tape.value(number), at)? {
                Operand::Value(value) => Ok(value),
                Plain(_) => unreachable!("a node is a Value"),
            },
        }
    }

    /// Takes a new node if it has a number, and nudges it if it is the one to be nudged.
    fn node(&self, value: Value<'t>, at: usize) -> Result<Operand<'t>, String> {
        if !value.data().is_finite() || value.children().any(|(_, local_grad)| !local_grad.is_finite()) {
            return Err(self.impossible(value, at));
        }
        Ok(Operand::Value(match self.nudge {
            Some((node, change)) if node == value.index() => value + change,
            _ => value,
        }))
    }

    /// Why a node cannot be computed.
    fn impossible(&self, value: Value, at: usize) -> String {
        let exponent = self.exponents.last().map_or(0.0, |(_, exponent)| *exponent);
        let child = value.children().next().map_or(f64::NAN, |(child, _)| child.data());
        let why = match value.operation() {
            Operation::Log => "only a number above 0 has a logarithm",
            Operation::Pow if child == 0.0 && exponent < 0.0 => "that is a division by zero",
            Operation::Pow if child == 0.0 => "its local gradient would be a division by zero",
            Operation::Pow if child < 0.0 && exponent.fract() != 0.0 => {
                "a number below 0 has only powers with whole exponents"
            }
            _ => "the number is too large",
        };
        let name = |node: usize| self.expression.name(node);
        let children: Vec<String> = value
            .children()
            .map(|(child, _)| format!("{} = {}", name(child.index()), short(child.data())))
            .collect();
        format!(
            "At character {at}: {} = {} cannot be computed with {}: {why}.",
            name(value.index()),
            written(value, exponent, |child| name(child.index())),
            children.join(" and "),
        )
    }
}

/// A plain number, if it is one.
fn plain<'t>(number: f64, at: usize) -> Result<Operand<'t>, String> {
    if number.is_finite() {
        Ok(Plain(number))
    } else {
        Err(format!(
            "At character {at}: this cannot be computed: a division by zero, a root of a negative number, or too large a number."
        ))
    }
}

/// How a node was computed, with its children as they are to be written.
pub fn written(value: Value, exponent: f64, child: impl Fn(Value) -> String) -> String {
    let children: Vec<String> = value.children().map(|(value, _)| child(value)).collect();
    match value.operation() {
        Operation::Leaf => short(value.data()),
        Operation::Add => children.join(" + "),
        Operation::Mul => children.join(" * "),
        Operation::Pow => format!("{} ** {}", children[0], bracketed(exponent)),
        Operation::Log => format!("{}.log()", children[0]),
        Operation::Exp => format!("{}.exp()", children[0]),
        Operation::Relu => format!("{}.relu()", children[0]),
    }
}

/// A number as a part of a formula.
pub fn bracketed(number: f64) -> String {
    let text = short(number);
    if text.starts_with('−') { format!("({text})") } else { text }
}
