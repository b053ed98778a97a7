//! Diagrams: a fence `mermaid` becomes SVG in the page.
//!
//! Of mermaid's language the course needs flowcharts of boxes and arrows; everything else is an error. They are
//! laid out as mermaid does it, by dagre, and labels are measured in the font of the pages, which the style
//! sheet gives to the class `diagram` in the sizes named here.

use anyhow::{Context, Result, bail, ensure};
use dugong::graphlib::{EdgeKey, Graph, GraphOptions};
use dugong::{EdgeLabel, GraphLabel, NodeLabel, Point, RankDir};
use maud::{Markup, html};
use rustybuzz::{Face, UnicodeBuffer, Variation, ttf_parser::Tag};
use std::sync::LazyLock;

use crate::course::shield;

/// The sizes of the text in boxes and at arrows, in pixels, and of a line of it, in ems.
const TEXT: f64 = 16.0;
const QUIET: f64 = 14.0;
const LINE: f64 = 1.3;
/// Between the text of a box and its edge: to the sides and above.
const PADDING: (f64, f64) = (18.0, 10.0);
/// How long the head of an arrow is, and how wide to each side.
const HEAD: (f64, f64) = (8.0, 4.0);
const MARGIN: f64 = 4.0;
/// A diagram that is wider than the screen shrinks by so much, then it scrolls.
const SMALLEST: f64 = 0.85;

/// A flowchart as it is written.
struct Diagram<'a> {
    title: Option<&'a str>,
    direction: RankDir,
    boxes: Vec<Box<'a>>,
    arrows: Vec<Arrow<'a>>,
}

struct Box<'a> {
    id: &'a str,
    lines: Vec<&'a str>,
    round: bool,
}

/// From one box to another, by their places in the list.
struct Arrow<'a> {
    from: usize,
    to: usize,
    lines: Vec<&'a str>,
}

/// The figure of a diagram, on one line.
///
/// # Errors
///
/// When `text` is no flowchart, or has more in it than boxes and arrows; the statement is in the message.
pub fn draw(text: &str) -> Result<String> {
    let diagram = parse(text)?;
    let graph = layout(&diagram).context("the diagram cannot be laid out")?;
    let &GraphLabel { width, height, .. } = graph.graph();
    let places = (0..diagram.arrows.len()).filter_map(|at| graph.edge_by_key(&diagram.key(at)));
    let arrows: Vec<_> = diagram.arrows.iter().zip(places).collect();
    let svg = html! {
        figure.diagram {
            svg.diagram role="img" aria-label=(diagram.words()) width=(short(width)) height=(short(height))
                viewBox=(format!("0 0 {} {}", short(width), short(height)))
                style=(format!("min-width:{}px", (width * SMALLEST).round())) {
                @for (_, place) in &arrows { (arrow(&place.points)) }
                @for each in &diagram.boxes {
                    @if let Some(&NodeLabel { x: Some(x), y: Some(y), width, height, .. }) = graph.node(each.id) {
                        rect x=(short(x - width / 2.0)) y=(short(y - height / 2.0))
                            width=(short(width)) height=(short(height)) rx=(if each.round { 14 } else { 2 }) {}
                        (label("", TEXT, (x, y), &each.lines))
                    }
                }
                @for (arrow, place) in &arrows {
                    @if let Some(at) = on_arrow(place) { (label("quiet", QUIET, at, &arrow.lines)) }
                }
            }
        }
    };
    Ok(shield(&svg.into_string()))
}

fn parse(text: &str) -> Result<Diagram<'_>> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("%%"));
    let first = lines.next().context("the diagram is empty")?;
    let direction = match first.strip_prefix("flowchart ").map(str::trim) {
        Some("TD" | "TB") => RankDir::TB,
        Some("BT") => RankDir::BT,
        Some("LR") => RankDir::LR,
        Some("RL") => RankDir::RL,
        _ => bail!("a diagram begins with `flowchart TD` or `flowchart LR`, not with `{first}`"),
    };
    let mut diagram = Diagram { title: None, direction, boxes: Vec::new(), arrows: Vec::new() };
    for line in lines {
        match line.strip_prefix("accTitle:") {
            Some(title) => diagram.title = Some(title.trim()),
            None => diagram.statement(line).with_context(|| format!("`{line}` in a diagram"))?,
        }
    }
    ensure!(!diagram.boxes.is_empty(), "the diagram has no boxes");
    Ok(diagram)
}

impl<'a> Diagram<'a> {
    /// Reads `a["text"] -->|"text"| b --> c`.
    fn statement(&mut self, line: &'a str) -> Result<()> {
        let (mut from, mut rest) = self.named(line)?;
        while !rest.is_empty() {
            let after = rest.strip_prefix("-->").context("behind a box comes `-->` or nothing")?.trim_start();
            let (text, after) = match after.strip_prefix('|') {
                Some(after) => {
                    after.split_once('|').context("the text at an arrow stands between `|` and `|`")?
                }
                None => ("", after),
            };
            let (to, after) = self.named(after.trim_start())?;
            let text = text.trim().trim_matches('"');
            self.arrows.push(Arrow {
                from,
                to,
                lines: if text.is_empty() { Vec::new() } else { broken(text) },
            });
            (from, rest) = (to, after);
        }
        Ok(())
    }

    /// The box that `text` begins with, and what stands behind it.
    fn named(&mut self, text: &'a str) -> Result<(usize, &'a str)> {
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        let (id, rest) = text.split_at(end);
        ensure!(!id.is_empty(), "a box has a name of letters, digits and `_`");
        let at = self.boxes.iter().position(|each| each.id == id).unwrap_or_else(|| {
            self.boxes.push(Box { id, lines: vec![id], round: false });
            self.boxes.len() - 1
        });
        let mut behind = rest;
        for (open, close, round) in [("[\"", "\"]", false), ("([\"", "\"])", true)] {
            if let Some(rest) = rest.strip_prefix(open) {
                let (text, rest) =
                    rest.split_once(close).with_context(|| format!("there is no `{close}`"))?;
                self.boxes[at] = Box { id, lines: broken(text), round };
                behind = rest;
            }
        }
        ensure!(
            behind.is_empty() || behind.starts_with([' ', '-']),
            "a box is written `{id}`, `{id}[\"text\"]` or `{id}([\"text\"])`"
        );
        Ok((at, behind.trim_start()))
    }

    /// What the arrow at this place of the list is called in the layout: boxes may have two between them.
    fn key(&self, at: usize) -> EdgeKey {
        let Arrow { from, to, .. } = self.arrows[at];
        EdgeKey::new(self.boxes[from].id, self.boxes[to].id, Some(at.to_string()))
    }

    /// What the diagram says, for those who do not see it: each arrow in words.
    fn words(&self) -> String {
        let name = |at: usize| self.boxes[at].lines.join(" ");
        let arrows: Vec<String> = (self.arrows.iter())
            .map(|arrow| {
                let label = if arrow.lines.is_empty() {
                    String::new()
                } else {
                    format!(" ({})", arrow.lines.join(" "))
                };
                format!("{} leads to {}{label}", name(arrow.from), name(arrow.to))
            })
            .collect();
        let arrows = if arrows.is_empty() { name(0) } else { arrows.join("; ") };
        format!("{}: {arrows}.", self.title.unwrap_or("Diagram"))
    }
}

/// A label's lines.
fn broken(text: &str) -> Vec<&str> {
    text.split("<br>").map(str::trim).collect()
}

/// Where everything stands.
fn layout(diagram: &Diagram) -> Result<Graph<NodeLabel, EdgeLabel, GraphLabel>> {
    let mut graph = Graph::new(GraphOptions { multigraph: true, compound: true, ..GraphOptions::default() });
    graph.set_graph(GraphLabel {
        rankdir: diagram.direction,
        nodesep: 30.0,
        ranksep: 40.0,
        marginx: MARGIN,
        marginy: MARGIN,
        ..GraphLabel::default()
    });
    for each in &diagram.boxes {
        let (width, height) = measure(&each.lines, TEXT);
        let (width, height) = (width + 2.0 * PADDING.0, height + 2.0 * PADDING.1);
        graph.set_node(each.id, NodeLabel { width, height, ..NodeLabel::default() });
    }
    for (at, arrow) in diagram.arrows.iter().enumerate() {
        let (width, height) = measure(&arrow.lines, QUIET);
        let EdgeKey { v, w, name } = diagram.key(at);
        graph.set_edge_named(
            v,
            w,
            name,
            Some(EdgeLabel { width, height, weight: 1.0, ..EdgeLabel::default() }),
        );
    }
    dugong::layout(&mut graph)?;
    Ok(graph)
}

/// The font of the boxes, as the pages load it, and its weight there.
static FONT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let font = include_bytes!("../../theme/fonts/source-sans.woff2");
    wuff::decompress_woff2(font).expect("the font of the theme is read by browsers too")
});
const WEIGHT: Variation = Variation { tag: Tag::from_bytes(b"wght"), value: 400.0 };

/// How wide and high lines of text are, in pixels.
fn measure(lines: &[&str], size: f64) -> (f64, f64) {
    let mut face = Face::from_slice(&FONT, 0).expect("the font of the theme is one");
    face.set_variations(&[WEIGHT]);
    let width = |line: &&str| {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(line);
        let glyphs = rustybuzz::shape(&face, &[], buffer);
        let advance: i32 = glyphs.glyph_positions().iter().map(|glyph| glyph.x_advance).sum();
        f64::from(advance) / f64::from(face.units_per_em()) * size
    };
    (lines.iter().map(width).fold(0.0, f64::max), lines.len() as f64 * LINE * size)
}

/// Lines of text, one below the other, around a point. Where our font comes too late (fonts.css), the reader's
/// own takes the same room.
fn label(class: &str, size: f64, (x, y): (f64, f64), lines: &[&str]) -> Markup {
    // Between the first baseline and the middle of all: half of what is between the first and the last, and half
    // the height of a capital.
    let first = y - (lines.len() as f64 - 1.0) / 2.0 * LINE * size + 0.33 * size;
    html! {
        @for (at, line) in lines.iter().enumerate() {
            text class=[Some(class).filter(|class| !class.is_empty())] x=(short(x))
                y=(short(first + at as f64 * LINE * size))
                textLength=(short(measure(&[line], size).0)) lengthAdjust="spacingAndGlyphs" { (line) }
        }
    }
}

/// An arrow along the points of the layout: a B-spline, as mermaid draws it, and a head at the last one.
fn arrow(points: &[Point]) -> Markup {
    let [.., before, tip] = points else { return html! {} };
    let (dx, dy) = (tip.x - before.x, tip.y - before.y);
    let length = dx.hypot(dy).max(1.0);
    let back = |along: f64, side: f64| {
        let (along, side) = (along / length, side / length);
        Point { x: tip.x - along * dx - side * dy, y: tip.y - along * dy + side * dx }
    };
    let (neck, left, right) = (back(HEAD.0 - 1.0, 0.0), back(HEAD.0, HEAD.1), back(HEAD.0, -HEAD.1));
    // The spline ends at the neck, as it is there twice.
    let points = [&points[..points.len() - 1], &[neck, neck]].concat();
    let at = |parts: &[(f64, &Point)]| written(&mix(parts));
    let mut path = format!("M{}L{}", written(&points[0]), at(&[(5.0, &points[0]), (1.0, &points[1])]));
    for three in points.windows(3) {
        let [a, b, c] = three else { continue };
        let (first, second) = (at(&[(2.0, a), (1.0, b)]), at(&[(1.0, a), (2.0, b)]));
        path += &format!("C{first} {second} {}", at(&[(1.0, a), (4.0, b), (1.0, c)]));
    }
    path += &format!("L{}", written(&neck));
    html! {
        path.arrow d=(path) {}
        path.head d=(format!("M{}L{}L{}z", written(&left), written(tip), written(&right))) {}
    }
}

/// Where the label of an arrow stands: where the spline passes the place that the layout has kept for it.
fn on_arrow(place: &EdgeLabel) -> Option<(f64, f64)> {
    let (x, y) = (place.x?, place.y?);
    let kept = place.points.windows(3).find(|three| (three[1].x - x).hypot(three[1].y - y) < 0.1);
    let point =
        kept.map_or(Point { x, y }, |three| mix(&[(1.0, &three[0]), (4.0, &three[1]), (1.0, &three[2])]));
    Some((point.x, point.y))
}

/// The mean of some points, each with its weight.
fn mix(parts: &[(f64, &Point)]) -> Point {
    let whole: f64 = parts.iter().map(|(part, _)| part).sum();
    let mean =
        |of: fn(&Point) -> f64| parts.iter().map(|(part, point)| part * of(point)).sum::<f64>() / whole;
    Point { x: mean(|point| point.x), y: mean(|point| point.y) }
}

fn written(point: &Point) -> String {
    format!("{} {}", short(point.x), short(point.y))
}

/// A length as short as it can be, to a tenth.
fn short(length: f64) -> f64 {
    // Adding 0 makes a negative zero a plain one.
    (length * 10.0).round() / 10.0 + 0.0
}
