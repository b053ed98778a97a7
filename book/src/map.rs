//! The file as the map: `microgpt.py` as a strip of thin bars, one per line, as long as the line is, in columns
//! by its parts. Each stretch of lines leads to its lesson. Which of them are passed is marked in the browser,
//! by lab/js/map.js; whose lines stand out on a page is said here.

use anyhow::{Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use truth::read::chapter::Chapter;
use truth::read::course::Course;
use truth::read::{explanations, lines};

use crate::code;
use crate::course::escape;

/// Where the parts of the program begin, and what they are called on the large map.
const PARTS: [(usize, &str); 6] =
    [(1, "data"), (29, "autograd"), (74, "parts"), (108, "model"), (146, "training"), (186, "writing")];
/// The height of a line.
const LINE: usize = 2;
/// The space between two parts, in letters.
const SPACE: usize = 12;
/// A part is as wide as this many letters; what is beyond is cut.
const WIDTH: usize = 88;

/// The map of a course, without the marks of a page.
pub struct Map {
    pieces: Vec<Piece>,
    lessons: Vec<Lesson>,
    height: usize,
    parts: usize,
    lines: usize,
}

/// Lines that follow one another and belong to the same lessons.
struct Piece {
    first: usize,
    last: usize,
    /// The lesson that explains them.
    leads: Chapter,
    lessons: BTreeSet<Chapter>,
    part: usize,
    /// The bars, as an SVG path.
    bars: String,
}

/// A lesson, and the lines that INDEX.md gives it.
struct Lesson {
    chapter: Chapter,
    title: String,
    lines: BTreeSet<usize>,
}

impl Map {
    /// Draws the program of a course.
    ///
    /// # Errors
    ///
    /// When a line has no explanation.
    pub fn new(course: &Course) -> Result<Map> {
        let Ok(explanations) = explanations::all(course) else {
            bail!("{}", truth::judge::coverage::check(course))
        };
        let title = |chapter| course.title(chapter).unwrap_or_default().to_owned();
        let lessons: Vec<Lesson> = lines::map(course)
            .into_iter()
            .map(|(chapter, lines, _)| Lesson { chapter, title: title(chapter), lines })
            .collect();
        let lines = course.program.len();
        let (mut pieces, mut part): (Vec<Piece>, usize) = (Vec::new(), 0);
        let mut height = 0;
        for line in 1..=lines {
            if PARTS.get(part + 1).is_some_and(|(begin, _)| *begin == line) {
                part += 1;
            }
            let row = line - PARTS[part].0;
            height = height.max(row + 1);
            let of_line: BTreeSet<Chapter> = lessons
                .iter()
                .filter(|lesson| lesson.lines.contains(&line))
                .map(|lesson| lesson.chapter)
                .collect();
            let explains = explanations
                .iter()
                .find(|explanation| (explanation.first..=explanation.last).contains(&line));
            let Some(leads) = explains.map(|explanation| explanation.lesson) else { continue };
            let bar = bar(course.program.line(line).unwrap_or(""), part, row);
            match pieces.last_mut() {
                Some(piece) if (piece.leads, piece.part) == (leads, part) && piece.lessons == of_line => {
                    piece.last = line;
                    piece.bars += &bar;
                }
                _ => pieces.push(Piece { first: line, last: line, leads, lessons: of_line, part, bars: bar }),
            }
        }
        Ok(Map { pieces, lessons, height: height * LINE, parts: part + 1, lines })
    }

    /// The map as it stands on a page of the book, or large within its text. `checkpoints` says, by the pages of
    /// the lessons, which are to be passed.
    pub fn draw(&self, path: &str, large: bool, checkpoints: &BTreeMap<String, Vec<String>>) -> String {
        let to_root = "../".repeat(path.matches('/').count());
        let here = self.lessons.iter().find(|lesson| lesson.page() == path);
        let mut drawing = String::new();
        for piece in &self.pieces {
            let (page, title) = match self.lesson(piece.leads) {
                Some(lesson) => (lesson.page(), lesson.title.as_str()),
                None => continue,
            };
            let of: Vec<String> = piece
                .lessons
                .iter()
                .filter_map(|&chapter| self.lessons.iter().position(|lesson| lesson.chapter == chapter))
                .map(|at| at.to_string())
                .collect();
            let marked = here.is_some_and(|here| piece.lessons.contains(&here.chapter));
            let left = piece.part * (WIDTH + SPACE);
            let top = (piece.first - PARTS[piece.part].0) * LINE;
            let height = (piece.last + 1 - piece.first) * LINE;
            write!(
                drawing,
                r#"<a href="{to_root}{page}" tabindex="-1" data-of="{}" data-lines="{}"{}><title>{}</title><path class="ground" d="M{left} {top}h{WIDTH}v{height}h-{WIDTH}z"/><path class="bars" d="{}"/></a>"#,
                of.join(" "),
                piece.last + 1 - piece.first,
                if marked { r#" class="here""# } else { "" },
                escape(&format!("{title}: {}", code::name(piece.first, piece.last))),
                piece.bars,
            )
            .expect("a string takes everything");
        }
        let records: Vec<String> = self
            .lessons
            .iter()
            .map(|lesson| {
                let page = lesson.page();
                let needed = checkpoints.get(&page).map_or(String::new(), |ids| ids.join(" "));
                escape(&format!("{};{};{needed}", page.trim_end_matches(".html"), lesson.title))
            })
            .collect();
        let width = self.parts * (WIDTH + SPACE) - SPACE;
        let names: String = match large {
            true => {
                let names = PARTS.iter().take(self.parts).map(|(_, name)| format!("<span>{name}</span>"));
                format!(r#"<p class="parts" aria-hidden="true">{}</p>"#, names.collect::<String>())
            }
            false => String::new(),
        };
        let about = match here {
            Some(lesson) => capital(&ranges(&lesson.lines)),
            None => format!("{} lines, {} lessons", self.lines, self.lessons.len()),
        };
        format!(
            r#"<nav class="map{}" id="map" aria-label="Map of microgpt.py"{} data-root="{to_root}" data-lessons="{}">{names}<svg viewBox="0 0 {width} {}" preserveAspectRatio="none" aria-hidden="true">{drawing}</svg><p class="caption"><a href="{to_root}INDEX.html">{about}</a> <span class="count">{}</span></p></nav>"#,
            if large { " large" } else { "" },
            if large { "" } else { " popover" },
            records.join("&#10;"),
            self.height,
            if large { "Each bar is a line, and leads to its lesson." } else { "" },
        )
    }

    fn lesson(&self, chapter: Chapter) -> Option<&Lesson> {
        self.lessons.iter().find(|lesson| lesson.chapter == chapter)
    }

    /// The pages of the lessons, relative to the folder of the course.
    pub fn pages(&self) -> impl Iterator<Item = String> {
        self.lessons.iter().map(Lesson::page)
    }
}

impl Lesson {
    fn page(&self) -> String {
        self.chapter.path().trim_start_matches("course/").replace(".md", ".html")
    }
}

/// A line as a bar, indented as it is; an empty one has none.
fn bar(line: &str, part: usize, row: usize) -> String {
    let indent = line.len() - line.trim_start().len();
    let end = line.chars().count().min(WIDTH);
    match end > indent {
        true => format!("M{} {}h{}", part * (WIDTH + SPACE) + indent, row * LINE + LINE / 2, end - indent),
        false => String::new(),
    }
}

/// `lines 25, 154–159`.
fn ranges(lines: &BTreeSet<usize>) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for &line in lines {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == line => *last = line,
            _ => ranges.push((line, line)),
        }
    }
    let written = ranges.iter().map(|&(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}–{last}"),
    });
    let unit = if lines.len() == 1 { "line" } else { "lines" };
    format!("{unit} {}", written.collect::<Vec<_>>().join(", "))
}

fn capital(text: &str) -> String {
    text[..1].to_uppercase() + &text[1..]
}
