//! Tables of numbers for the widgets of the second WebAssembly: what they say is data, and one function draws it.

use maud::{Markup, html};

use crate::heat;

/// A row of a table.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// The text of each, and what colours its ground: class and style.
    cells: Vec<(String, Option<(&'static str, String)>)>,
    /// Whether it is the one looked at.
    chosen: bool,
    /// The controls that a click on it sets.
    set: Option<String>,
}

impl Row {
    /// A row of this name.
    pub(super) fn new(name: impl Into<String>) -> Self {
        Row { cells: vec![(name.into(), None)], ..Row::default() }
    }

    /// The same with one more cell.
    #[inline(never)]
    pub(super) fn cell(mut self, text: String) -> Self {
        self.cells.push((text, None));
        self
    }

    /// The same with one more cell, that has a ground for a number; full for one of this size.
    #[inline(never)]
    pub(super) fn heat(mut self, number: f64, full: f64, text: String) -> Self {
        self.cells.push((text, Some((heat::class(number), heat::ground(number, full)))));
        self
    }

    /// The same, outlined if it is the one looked at.
    pub(super) fn chosen(self, chosen: bool) -> Self {
        Row { chosen, ..self }
    }

    /// The same, to be clicked.
    pub(super) fn set(self, set: String) -> Self {
        Row { set: Some(set), ..self }
    }
}

/// A table: what it shows, the names of its columns between bars, and its rows.
#[inline(never)]
pub(super) fn table(caption: &str, columns: &str, rows: &[Row]) -> Markup {
    html! {
        div class="table-wrapper" {
            table class="numbers" {
                caption { (caption) }
                thead { tr { @for column in columns.split('|') { th scope="col" { (column) } } } }
                tbody {
                    @for row in rows {
                        tr.chosen[row.chosen] data-set=[&row.set] {
                            @for (place, (text, ground)) in row.cells.iter().enumerate() {
                                @if place == 0 {
                                    th scope="row" { (text) }
                                } @else if let Some((class, style)) = ground {
                                    td class=(class) style=(style) { (text) }
                                } @else {
                                    td { (text) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
