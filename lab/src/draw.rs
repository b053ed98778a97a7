//! The one language of the lessons' figures: a vector is a strip of cells, a matrix a grid, a probability a
//! bar, attention an arc from the token that looks to those it looks at.
//!
//! Lengths are in units of the SVG, about a pixel each. On a telephone a page has room for some 290 of them:
//! a figure up to [`WIDTH`] wide can still be read there. Looks are classes; `theme/figures.css` says what they
//! mean on light pages and on dark ones. Signs can be told without colours: a negative cell without digits has
//! a minus sign.
//!
//! ```
//! use lab::draw::{self, Cells};
//!
//! let cells = Cells { full: 2.0, ..Cells::PLAIN };
//! let figure = draw::svg("A vector", "Three numbers, the second negative.", (120.0, 40.0), maud::html! {
//!     (cells.strip((10.0, 10.0), &[2.0, -1.0, 0.5]))
//! });
//! assert!(figure.starts_with("<svg") && figure.contains("negative"));
//! ```

use maud::{Markup, PreEscaped, html};

use crate::heat::signed;

/// A place: to the right and down, from the upper left corner.
pub type Point = (f64, f64);

/// The width that fits a telephone with text that can be read.
pub const WIDTH: f64 = 400.0;

/// The style of figures: part of the pages' styles, and in each file for those who look at it alone.
const STYLE: &str = include_str!("../../theme/figures.css");

/// How numbers are drawn as cells: orange or blue by their sign, stronger the larger they are.
#[derive(Debug, Clone, Copy)]
pub struct Cells {
    /// The width of a cell.
    pub width: f64,
    /// The height of a cell.
    pub height: f64,
    /// The size of a number that has the full colour.
    pub full: f64,
    /// The decimals that are written into the cells; none: no digits, but a minus sign where it is due.
    pub decimals: Option<usize>,
}

impl Cells {
    /// Small squares without digits, full at 1.
    pub const PLAIN: Self = Self { width: 16.0, height: 16.0, full: 1.0, decimals: None };
    /// With two decimals, full at 1.
    pub const DIGITS: Self = Self { width: 44.0, height: 26.0, full: 1.0, decimals: Some(2) };

    /// A vector, from left to right.
    pub fn strip(&self, at: Point, values: &[f64]) -> Markup {
        self.grid(at, &[values])
    }

    /// A matrix, or a triangle: rows may differ in length.
    pub fn grid<R: AsRef<[f64]>>(&self, at: Point, rows: &[R]) -> Markup {
        html! {
            @for (i, row) in rows.iter().enumerate() {
                @for (j, value) in row.as_ref().iter().enumerate() { (self.cell(self.place(at, i, j), *value)) }
            }
        }
    }

    /// The line around one cell of a grid: the current one.
    pub fn current(&self, at: Point, row: usize, column: usize) -> Markup {
        outline(self.place(at, row, column), (self.width, self.height))
    }

    /// The upper left corner of a cell.
    fn place(&self, (x, y): Point, row: usize, column: usize) -> Point {
        (x + column as f64 * self.width, y + row as f64 * self.height)
    }

    fn cell(&self, (x, y): Point, value: f64) -> Markup {
        let strength = if self.full > 0.0 { (value.abs() / self.full).min(1.0) } else { 0.0 };
        let class = if value < 0.0 { "cell negative" } else { "cell" };
        let (middle, half) =
            ((x + self.width / 2.0, y + self.height / 2.0), self.width.min(self.height) / 5.0);
        html! {
            rect class=(class) x=(short(x)) y=(short(y)) width=(self.width) height=(self.height)
                style=(format!("--strength:{strength:.2}")) {}
            @match self.decimals {
                Some(decimals) => (text("digits", (middle.0, middle.1 + 4.5), &signed(value, decimals))),
                None if value < 0.0 => {
                    path class="minus" d=(format!("M{} {}h{}", short(middle.0 - half), short(middle.1), short(2.0 * half))) {}
                }
                None => {}
            }
        }
    }
}

/// A line around the current thing.
pub fn outline((x, y): Point, (width, height): (f64, f64)) -> Markup {
    html! { rect class="current" x=(short(x)) y=(short(y)) width=(short(width)) height=(short(height)) rx="2" {} }
}

/// A rectangle of some class: a `bar`, or `near`, which is not seen, but a click there counts.
pub fn rect(class: &str, (x, y): Point, (width, height): (f64, f64)) -> Markup {
    html! { rect class=(class) x=(short(x)) y=(short(y)) width=(short(width)) height=(short(height)) {} }
}

/// Words around a place. The class says which: `label`, `quiet`, `name` for code, `digits`; with `start` or
/// `end` beside it they begin or end at the place. In a group of class `later` all is pale: what is not yet.
pub fn text(class: &str, (x, y): Point, words: &str) -> Markup {
    html! { text class=(class) x=(short(x)) y=(short(y)) { (words) } }
}

/// Tokens in a row, with their middles `pitch` apart from the first one's on; the current one is outlined.
pub fn tokens((x, y): Point, pitch: f64, tokens: &[&str], current: Option<usize>) -> Markup {
    let (width, height) = (pitch.min(44.0) - 4.0, 26.0);
    html! {
        @for (t, token) in tokens.iter().enumerate() {
            @let middle = x + t as f64 * pitch;
            @let corner = (middle - width / 2.0, y - height / 2.0);
            rect class="token" x=(short(corner.0)) y=(short(corner.1)) width=(width) height=(height) rx="4" {}
            (text("name", (middle, y + 5.0), token))
            @if current == Some(t) { (outline(corner, (width, height))) }
        }
    }
}

/// Arcs above a row of tokens, from the one that looks to each that it looks at, itself included: as thick as
/// the weights, for which 1 is a whole `thick`.
pub fn arcs(at: Point, pitch: f64, from: usize, weights: &[f64], thick: f64) -> Markup {
    html! {
        @for (t, weight) in weights.iter().enumerate() {
            path class="arc" d=(arc(at, pitch, from, t)) style=(thickness(weight * thick)) {}
        }
    }
}

/// One of these arcs, as the data of a path.
pub fn arc((x, y): Point, pitch: f64, from: usize, to: usize) -> String {
    let (start, end) = (x + from as f64 * pitch, x + to as f64 * pitch);
    if to == from {
        // To itself: a loop, on the side where no other arc is, smaller where the tokens are close
        let part = |length: f64| short(length * (pitch / 60.0).min(1.0));
        let (side, height) = (part(38.0), part(-36.0));
        return format!(
            "M{} {}c{} {height} {side} {height} {} 0",
            short(start + part(4.0)),
            short(y),
            part(2.0),
            part(10.0)
        );
    }
    let (radius, height) = ((start - end).abs() / 2.0, rise((start - end).abs()));
    format!(
        "M{} {}A{} {} 0 0 {} {} {}",
        short(start),
        short(y),
        short(radius),
        short(height),
        u8::from(end > start),
        short(end),
        short(y)
    )
}

/// How high an arc of this width rises.
pub fn rise(width: f64) -> f64 {
    width * 0.38
}

/// The style of a line so thick.
pub fn thickness(thick: f64) -> String {
    format!("stroke-width:{}px", short(thick))
}

/// Probabilities as bars, one below the other, with names before them and percents behind; a whole `width` is
/// the probability `full`.
pub fn bars((x, y): Point, width: f64, full: f64, bars: &[(&str, f64)], current: Option<usize>) -> Markup {
    let pitch = 24.0;
    html! {
        @for (i, (name, probability)) in bars.iter().enumerate() {
            @let (top, length) = (y + i as f64 * pitch, probability / full * width);
            (text("name end", (x - 6.0, top + 15.0), name))
            (rect("bar", (x, top + 3.0), (length, 16.0)))
            @if current == Some(i) { (outline((x, top + 3.0), (length, 16.0))) }
            (text("digits start", (x + length + 6.0, top + 15.0), &format!("{:.1} %", 100.0 * probability)))
        }
    }
}

/// An arrow with a label beside its middle, such as the size of what flows; it may be empty.
pub fn arrow(from: Point, to: Point, label: &str) -> Markup {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy).max(1.0);
    let (ux, uy) = (dx / length, dy / length);
    // The corners of the head: back from the tip, and to both sides
    let corner = |side: f64| (to.0 - 7.0 * ux - side * uy, to.1 - 7.0 * uy + side * ux);
    let [left, right] = [corner(4.0), corner(-4.0)];
    let steep = dy.abs() > dx.abs();
    let middle = (from.0 + dx / 2.0, from.1 + dy / 2.0);
    html! {
        path class="arrow" d=(line(&[from, to])) {}
        path class="head" d=(line(&[left, to, right]) + "z") {}
        @if steep { (text("quiet start", (middle.0 + 7.0, middle.1 + 4.0), label)) }
        @else if !label.is_empty() { (text("quiet", (middle.0, middle.1 - 6.0), label)) }
    }
}

/// A line through some points, of some class.
pub fn path(class: &str, points: &[Point]) -> Markup {
    html! { path class=(class) d=(line(points)) {} }
}

/// A thin line through some points, as the data of a path.
fn line(points: &[Point]) -> String {
    let points: Vec<String> = points.iter().map(|(x, y)| format!("{} {}", short(*x), short(*y))).collect();
    format!("M{}", points.join(" "))
}

/// A drawing in a page that has the styles: a picture of a widget, with what it shows in words.
pub fn picture(about: &str, (width, height): (f64, f64), drawing: Markup) -> Markup {
    html! {
        svg class="drawing" role="img" aria-label=(about) width=(short(width)) height=(short(height))
            viewBox=(format!("0 0 {} {}", short(width), short(height))) { (drawing) }
    }
}

/// A whole file, with what it shows in words: the title in a few, `about` in sentences. Its own style is for
/// those who look at the file alone; pages have the same style already and leave it out.
pub fn svg(title: &str, about: &str, (width, height): (f64, f64), drawing: Markup) -> String {
    let svg = html! {
        svg xmlns="http://www.w3.org/2000/svg" class="drawing" role="img" width=(width) height=(height)
            viewBox=(format!("0 0 {width} {height}")) {
            title { (title) }
            desc { (about) }
            style { "svg{color-scheme:light dark}\n" (PreEscaped(STYLE)) }
            (drawing)
        }
    };
    // A line each, so that a change can be read
    svg.into_string().replace("><", ">\n<") + "\n"
}

/// A vector as a strip of fine cells, for pictures of many: eight levels of strength up to `full`, no digits, and
/// a minus sign in what is negative. The width is that of a cell. Looks: `theme/lab.css`.
pub fn fine((x, y): Point, (width, height): (f64, f64), full: f64, values: &[f64]) -> Markup {
    let level = |value: f64| (8.0 * (value.abs() / full).min(1.0)).round();
    // Cells of one sign and level are one path.
    let path = |negative: bool, wanted: f64| -> String {
        let cells = values.iter().enumerate().filter(|(_, value)| {
            (**value < 0.0) == negative
                && if wanted == 0.0 { level(**value) > 0.0 } else { level(**value) == wanted }
        });
        let (from, length) = if wanted == 0.0 { (width * 0.3, width * 0.4) } else { (0.0, width - 0.5) };
        cells.map(|(i, _)| format!("M{} 0h{}", short(i as f64 * width + from), short(length))).collect()
    };
    html! {
        (rect("frame", (x, y), (width * values.len() as f64, height)))
        g class="fine" transform=(format!("translate({} {})", short(x), short(y + height / 2.0)))
            style=(thickness(height)) {
            @for (negative, level) in [false, true].into_iter().flat_map(|sign| (1..=8).map(move |level| (sign, level))) {
                @let path = path(negative, f64::from(level));
                @if !path.is_empty() {
                    path class=[negative.then_some("negative")] stroke-opacity=(f64::from(level) / 10.0) d=(path) {}
                }
            }
            path class="minus" d=(path(true, 0.0)) {}
        }
    }
}

/// A length as short as it can be, to a tenth.
fn short(length: f64) -> f64 {
    // Adding 0 makes a negative zero a plain one.
    (length * 10.0).round() / 10.0 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negative_cell_is_told_by_class_and_by_sign() {
        let plain = Cells::PLAIN.strip((0.0, 0.0), &[0.5, -2.0]).into_string();
        assert_eq!(plain.matches("minus").count(), 1, "{plain}");
        assert!(plain.contains("cell negative") && plain.contains("--strength:0.50"), "{plain}");
        assert!(plain.contains("--strength:1.00"), "beyond the full size is full: {plain}");
        let digits = Cells::DIGITS.strip((0.0, 0.0), &[-0.25]).into_string();
        assert!(digits.contains("−0.25") && !digits.contains("minus"), "{digits}");
    }

    #[test]
    fn arcs_are_as_thick_as_their_weights() {
        let arcs = arcs((10.0, 50.0), 40.0, 1, &[0.75, 0.25], 8.0).into_string();
        assert!(arcs.contains("stroke-width:6px") && arcs.contains("stroke-width:2px"), "{arcs}");
    }

    #[test]
    fn a_file_stands_alone_and_names_what_it_shows() {
        let file = svg("a < b", "A & B.", (10.0, 20.0), arrow((0.0, 0.0), (5.0, 0.0), "16"));
        assert!(
            file.contains("<title>a &lt; b</title>") && file.contains("<desc>A &amp; B.</desc>"),
            "{file}"
        );
        assert!(file.contains("viewBox=\"0 0 10 20\"") && file.contains(".drawing"), "{file}");
    }
}
