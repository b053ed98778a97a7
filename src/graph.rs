//! Computation graphs as pictures: the text of a mermaid diagram, drawn from the tape itself.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::autograd::{Operation, Value};

/// The diagram of all that `root` was computed from: a box for each number with its value and, after
/// `backward`, its gradient; an arrow from each child to what was computed from it.
///
/// `labels` gives names to some of the numbers. The text is that of a mermaid flowchart, left to right.
pub fn mermaid(root: Value, labels: &[(Value, &str)]) -> String {
    let mut nodes = BTreeMap::from([(root.index(), root)]);
    let mut waiting = vec![root];
    while let Some(value) = waiting.pop() {
        for (child, _) in value.children() {
            if nodes.insert(child.index(), child).is_none() {
                waiting.push(child);
            }
        }
    }

    // In the order of the tape, every number stands after those it was computed from.
    let mut text = String::from("flowchart LR\n");
    for (index, value) in &nodes {
        let label = labels.iter().find(|(labelled, _)| labelled.index() == *index).map(|(_, label)| *label);
        let title: Vec<&str> = label.into_iter().chain(symbol(value.operation())).collect();
        let _ = writeln!(
            text,
            "    n{index}[\"{}<br>data {}<br>grad {}\"]",
            title.join(" = "),
            short(value.data()),
            short(value.grad())
        );
    }
    for (index, value) in &nodes {
        for (child, _) in value.children() {
            let _ = writeln!(text, "    n{} --> n{index}", child.index());
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// How the operation is written; nothing for a number that was not computed.
fn symbol(operation: Operation) -> Option<&'static str> {
    match operation {
        Operation::Leaf => None,
        Operation::Add => Some("+"),
        Operation::Mul => Some("×"),
        Operation::Pow => Some("power"),
        Operation::Log => Some("log"),
        Operation::Exp => Some("exp"),
        Operation::Relu => Some("relu"),
    }
}

/// The number with at most four decimals, without zeros at the end.
fn short(number: f64) -> String {
    let text = format!("{number:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::Tape;

    #[test]
    fn a_shared_number_is_drawn_once_with_an_arrow_for_each_use() {
        let tape = Tape::new();
        let a = tape.value(3.0);
        let b = a * a;
        b.backward();
        assert_eq!(
            mermaid(b, &[(a, "a"), (b, "b")]),
            "flowchart LR\n    n0[\"a<br>data 3<br>grad 6\"]\n    n1[\"b = ×<br>data 9<br>grad 1\"]\n    \
             n0 --> n1\n    n0 --> n1"
        );
    }
}
