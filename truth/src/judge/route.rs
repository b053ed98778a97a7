//! The routes by which a number can be accounted for.

use std::fmt;

/// How a number is accounted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// The block that the text is bound to has it.
    Bound,
    /// An assert of a snippet has it.
    Assert,
    /// It goes into the computation of a snippet.
    Input,
    /// A line of `microgpt.py` has it.
    Quote,
    /// It is the number of a line of `microgpt.py`.
    Line,
    /// It is the number of a chapter or module.
    Chapter,
    /// It numbers the rows of a table.
    Row,
    /// It is declared in `facts.toml`.
    Fact,
    /// It counts something of this project, outside the lessons.
    Count,
    /// It stands in an equation between numbers, which holds.
    Equation,
    /// It has one digit and stands in prose.
    Exempt,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Route::Bound => "bound block",
            Route::Assert => "assert",
            Route::Input => "snippet input",
            Route::Quote => "quoted code",
            Route::Line => "line number",
            Route::Chapter => "chapter number",
            Route::Row => "row number",
            Route::Fact => "declared fact",
            Route::Count => "counted",
            Route::Equation => "equation",
            Route::Exempt => "one digit in prose",
        })
    }
}
