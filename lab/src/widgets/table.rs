//! Tables of numbers for the widgets of the second WebAssembly: what they say is data, and one function draws it.

use maud::{Markup, html};

use crate::heat;

/// A table, filled from left to right and from above.
pub(super) struct Table<'a> {
    caption: &'a str,
    /// The names of its columns, with bars between them.
    columns: &'a str,
    rows: Vec<Row>,
}

/// A row of a table; its first cell is its name.
#[derive(Default)]
struct Row {
    /// The text of each, and what colours its ground: class and style.
    cells: Vec<(String, Option<(&'static str, String)>)>,
    /// Whether it is the one looked at.
    chosen: bool,
    /// The controls that a click on it sets.
    set: Option<String>,
}

impl<'a> Table<'a> {
    /// An empty table: what it shows, and the names of its columns with bars between them.
    pub(super) fn new(caption: &'a str, columns: &'a str) -> Self {
        Table { caption, columns, rows: Vec::new() }
    }

    /// Begins a row of this name.
    pub(super) fn row(&mut self, name: &str) -> &mut Self {
        self.rows.push(Row::default());
        self.text(name)
    }

    fn last(&mut self) -> &mut Row {
        self.rows.last_mut().expect("a row was begun")
    }

    /// The next cell.
    #[inline(never)]
    pub(super) fn cell(&mut self, text: String) -> &mut Self {
        self.last().cells.push((text, None));
        self
    }

    /// The next cell.
    #[inline(never)]
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.cell(text.to_owned())
    }

    /// The next cell, with a ground for a number; full for one of this size.
    #[inline(never)]
    pub(super) fn heat(&mut self, number: f64, full: f64, text: String) -> &mut Self {
        self.last().cells.push((text, Some((heat::class(number), heat::ground(number, full)))));
        self
    }

    /// Outlines the row, if it is the one looked at.
    pub(super) fn chosen(&mut self, chosen: bool) -> &mut Self {
        self.last().chosen = chosen;
        self
    }

    /// Has a click on the row set these controls.
    pub(super) fn set(&mut self, set: String) {
        self.last().set = Some(set);
    }

    /// The table as it stands.
    #[inline(never)]
    pub(super) fn draw(&self) -> Markup {
        html! {
            div class="table-wrapper" {
                table class="numbers" {
                    caption { (self.caption) }
                    thead { tr { @for column in self.columns.split('|') { th scope="col" { (column) } } } }
                    tbody {
                        @for row in &self.rows {
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
}
