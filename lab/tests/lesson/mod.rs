//! What the lessons print, and what a figure shows, to compare the two.

use std::path::Path;

/// The lines of a labelled block that the example of a lesson of module 3 prints, in words.
pub fn block(lesson: &str, label: &str) -> Vec<Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let text = std::fs::read_to_string(folder.join(format!("lesson_03_{lesson}.txt"))).unwrap();
    let (_, after) = text.split_once(&format!("--- {label} ---\n")).unwrap();
    let lines = after.lines().take_while(|line| !line.is_empty());
    lines.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

/// The rows of the tables in a figure, cell by cell, with minus signs as the lessons' programs print them.
pub fn rows(figure: &str) -> Vec<Vec<String>> {
    figure
        .split("<tr")
        .skip(1)
        .map(|row| cells(row.split("</tr>").next().unwrap(), &["<td", "<th"]))
        .collect()
}

/// The numbers of the vector in a figure.
pub fn vector(figure: &str) -> Vec<String> {
    let (_, list) = figure.split_once("<ol class=\"vector\"").unwrap();
    cells(list.split("</ol>").next().unwrap(), &["<li"])
}

fn cells(html: &str, starts: &[&str]) -> Vec<String> {
    let mut cells = Vec::new();
    let mut rest = html;
    while let Some(start) = starts.iter().filter_map(|start| rest.find(start)).min() {
        let cell = &rest[start + 3..];
        let end = ["</td>", "</th>", "</li>"].iter().filter_map(|end| cell.find(end)).min().unwrap();
        let text: String =
            cell[..end].split('<').map(|tag| tag.split_once('>').map_or("", |(_, text)| text)).collect();
        cells.push(text.replace('−', "-").replace(',', ""));
        rest = &cell[end..];
    }
    cells
}
