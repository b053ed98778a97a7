//! Places for the nodes of a computation graph: in layers, each node above what is computed from it.
//!
//! This is the method of Sugiyama, Tagawa and Toda in its plainest form. Its three stages are layers, the order
//! within each, and places; an edge over several layers passes through each of them at a place of its own.

/// Where everything stands; lengths are in the units of `width`.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// The middle and the layer of each node, the result in the last layer.
    pub nodes: Vec<(f64, usize)>,
    /// The edges, from children to results.
    pub edges: Vec<Edge>,
    /// How wide it is, from the left side of the first box to the right side of the last.
    pub width: f64,
    /// How many layers there are.
    pub layers: usize,
}

/// An edge of the graph.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// The child.
    pub from: usize,
    /// What was computed from it.
    pub to: usize,
    /// Its place among the children of that.
    pub place: usize,
    /// The other child of it, if there is one.
    pub sibling: Option<usize>,
    /// Where it passes through the layers between.
    pub through: Vec<f64>,
}

/// Something with a place in a layer: a node, or an edge that passes through.
struct Slot {
    layer: usize,
    width: f64,
    x: f64,
    /// Its neighbours in the layer above and in the layer below.
    above: Vec<usize>,
    below: Vec<usize>,
}

/// How often the layers are gone through, once from the top and once from the bottom.
const ROUNDS: usize = 12;

/// A layout for nodes given by their children, at most two of each. These stand before them, and the last node is the result, which
/// all others lead to. A node is `width` wide, the space beside it `space`.
pub fn layered(children: &[Vec<usize>], width: f64, space: f64) -> Layout {
    // As low as possible: just above the highest of what is computed from it. Counted from the result first.
    let mut height = vec![0; children.len()];
    for (node, of) in children.iter().enumerate().rev() {
        for &child in of {
            height[child] = height[child].max(height[node] + 1);
        }
    }
    let layers = 1 + height.iter().max().copied().unwrap_or(0);
    let mut slots: Vec<Slot> = height
        .iter()
        .map(|height| Slot {
            layer: layers - 1 - height,
            width,
            x: 0.0,
            above: Vec::new(),
            below: Vec::new(),
        })
        .collect();

    let mut edges = Vec::new();
    for (node, of) in children.iter().enumerate() {
        for (place, &child) in of.iter().enumerate() {
            let mut through = Vec::new();
            let mut last = child;
            for layer in slots[child].layer + 1..slots[node].layer {
                slots.push(Slot { layer, width: 0.0, x: 0.0, above: vec![last], below: Vec::new() });
                let new = slots.len() - 1;
                slots[last].below.push(new);
                through.push(new);
                last = new;
            }
            slots[last].below.push(node);
            slots[node].above.push(last);
            edges.push((child, node, place, through));
        }
    }

    // At first in the order in which a walk from the result up through the children comes by.
    let mut rows = vec![Vec::new(); layers];
    let mut waiting = vec![children.len() - 1];
    let mut seen = vec![false; slots.len()];
    while let Some(slot) = waiting.pop() {
        if !std::mem::replace(&mut seen[slot], true) {
            rows[slots[slot].layer].push(slot);
            waiting.extend(slots[slot].above.iter().rev());
        }
    }
    order(&mut rows, &mut slots);
    place(&rows, &mut slots, space);

    let left = slots.iter().map(|slot| slot.x - slot.width / 2.0).fold(f64::INFINITY, f64::min);
    let right = slots.iter().map(|slot| slot.x + slot.width / 2.0).fold(f64::NEG_INFINITY, f64::max);
    let middle = |slot: usize| slots[slot].x - left;
    Layout {
        nodes: (0..children.len()).map(|node| (middle(node), slots[node].layer)).collect(),
        edges: edges
            .into_iter()
            .map(|(from, to, place, through)| Edge {
                from,
                to,
                place,
                sibling: children[to].get(1 - place).copied(),
                through: through.into_iter().map(middle).collect(),
            })
            .collect(),
        width: right - left,
        layers,
    }
}

/// The neighbours on one side.
fn neighbours(slot: &Slot, above: bool) -> &[usize] {
    if above { &slot.above } else { &slot.below }
}

/// The mean place of a slot's neighbours on one side, its own if it has none.
fn mean(slots: &[Slot], slot: usize, above: bool) -> f64 {
    let near = neighbours(&slots[slot], above);
    match near.len() {
        0 => slots[slot].x,
        number => near.iter().map(|&other| slots[other].x).sum::<f64>() / number as f64,
    }
}

/// Orders each layer by the mean places of the neighbours, and keeps the order with the fewest crossings.
fn order(rows: &mut Vec<Vec<usize>>, slots: &mut [Slot]) {
    let number = |row: &[usize], slots: &mut [Slot]| {
        row.iter().enumerate().for_each(|(place, &slot)| slots[slot].x = place as f64);
    };
    rows.iter().for_each(|row| number(row, slots));
    let mut best = (crossings(rows, slots), rows.clone());
    for round in 0..ROUNDS {
        let above = round % 2 == 0;
        let mut step = |row: &mut Vec<usize>| {
            // The rows are short, and what is equal keeps its order.
            for end in 1..row.len() {
                for place in (1..=end).rev() {
                    if mean(slots, row[place], above) < mean(slots, row[place - 1], above) {
                        row.swap(place, place - 1);
                    }
                }
            }
            number(row, slots);
        };
        match above {
            true => rows.iter_mut().for_each(&mut step),
            false => rows.iter_mut().rev().for_each(&mut step),
        }
        let now = crossings(rows, slots);
        if now < best.0 {
            best = (now, rows.clone());
        }
    }
    *rows = best.1;
}

/// How many pairs of edges between neighbouring layers cross.
fn crossings(rows: &[Vec<usize>], slots: &[Slot]) -> usize {
    let mut number = 0;
    for row in rows {
        let ends: Vec<(f64, f64)> = row
            .iter()
            .flat_map(|&slot| slots[slot].below.iter().map(move |&below| (slots[slot].x, slots[below].x)))
            .collect();
        for (place, one) in ends.iter().enumerate() {
            number +=
                ends[..place].iter().filter(|other| (other.0 - one.0) * (other.1 - one.1) < 0.0).count();
        }
    }
    number
}

/// Moves everything towards its neighbours, as near as the others of its layer let it.
fn place(rows: &[Vec<usize>], slots: &mut [Slot], space: f64) {
    for row in rows {
        let mut x = 0.0;
        for &slot in row {
            slots[slot].x = x + slots[slot].width / 2.0;
            x += slots[slot].width + space;
        }
    }
    for round in 0..ROUNDS {
        let above = round % 2 == 0;
        let count = rows.len();
        for step in 0..count {
            settle(&rows[if above { step } else { count - 1 - step }], slots, above, space);
        }
    }
}

/// Gives a layer the places nearest, by least squares, to the means of the neighbours: whatever would come too
/// close to each other is moved as one block.
fn settle(row: &[usize], slots: &mut [Slot], above: bool, space: f64) {
    // Places counted from where each would be if all stood close together
    let mut offsets = Vec::new();
    let mut offset = 0.0;
    for &slot in row {
        offsets.push(offset + slots[slot].width / 2.0);
        offset += slots[slot].width + space;
    }
    // Blocks: the sum of what its slots want, and how many they are
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (&slot, offset) in row.iter().zip(&offsets) {
        let mut block = (mean(slots, slot, above) - offset, 1);
        while let Some(&(sum, number)) = blocks.last()
            && sum / number as f64 >= block.0 / block.1 as f64
        {
            block = (block.0 + sum, block.1 + number);
            blocks.pop();
        }
        blocks.push(block);
    }
    let mut places = row.iter().zip(offsets);
    for (sum, number) in blocks {
        for (&slot, offset) in places.by_ref().take(number) {
            slots[slot].x = sum / number as f64 + offset;
        }
    }
}
