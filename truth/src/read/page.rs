//! A Markdown page as the checks see it: a flat list of blocks, each with the text that a reader
//! sees, where every piece of that text stands in the file, and the directives that apply to it.
//!
//! The page is parsed once, by pulldown-cmark with the extensions that mdBook uses.

use std::collections::HashSet;
use std::ops::Range;

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{Span, Token, Tokenizer};
use pulldown_cmark::{CodeBlockKind, CowStr, Event, LinkType, Options, Parser, Tag, TagEnd};

use crate::read::fence::Fence;

/// A parsed Markdown file.
#[derive(Debug, Clone)]
pub struct Page {
    /// Path relative to the root of the project, with `/`.
    pub path: String,
    /// The Markdown itself.
    pub text: String,
    /// Everything that holds visible text, in the order of the page.
    pub blocks: Vec<Block>,
    /// Links and images, in the order of the page.
    pub links: Vec<Link>,
    /// Comments that say where numbers come from, in the order of the page.
    pub bindings: Vec<Binding>,
    /// Terms that the whole page may use early (`<!-- preview-page: … -->`).
    pub preview: Vec<String>,
    /// All comments: where they stand, and what they say.
    pub comments: Vec<(Range<usize>, String)>,
    /// Everything folded, in the order in which it begins.
    pub folds: Vec<Fold>,
    line_starts: Vec<usize>,
}

/// One `<details>`. What is never closed ends with the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// From `<details` to behind `</details>`.
    pub range: Range<usize>,
    /// What stands in its `<summary>`; empty, right behind `<details>`, when there is none.
    pub summary: Range<usize>,
    /// In how many others it stands.
    pub depth: usize,
}

/// `<!-- from: LABEL, EXAMPLE:LABEL -->`: the blocks of transcripts that numbers come from.
#[derive(Debug, Clone)]
pub struct Binding {
    /// Where the comment stands.
    pub range: Range<usize>,
    /// The labels as they are written.
    pub labels: Vec<String>,
}

/// A piece of a page that holds text: a heading, a paragraph, a cell, a fenced block.
#[derive(Debug, Clone)]
pub struct Block {
    /// What it is.
    pub kind: Kind,
    /// Where it stands in the file, in bytes.
    pub range: Range<usize>,
    /// The text that a reader sees (for a fenced block: its content).
    pub text: String,
    /// How the pieces of `text` are written, and where they come from.
    pub runs: Vec<Run>,
    /// The level-2 heading above it, as an index into `Page::blocks`.
    pub section: Option<usize>,
    /// Which list it is in, numbered over the page, if any.
    pub list: Option<usize>,
    /// The binding right before it or before what it stands in, as an index into `Page::bindings`.
    pub from: Option<usize>,
    /// Terms that it may use early (`<!-- preview: … -->`).
    pub preview: Vec<String>,
}

/// The kinds of blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A heading with its level and the id that mdBook gives it.
    Heading {
        /// 1 to 6.
        level: u8,
        /// Anchor in the built page.
        id: String,
    },
    /// A paragraph, or the text of a list item.
    Paragraph,
    /// A cell of a table.
    Cell {
        /// Which table of the page.
        table: usize,
        /// 0 is the header.
        row: usize,
        /// Counted from 0.
        column: usize,
    },
    /// A fenced block with its info string, or an indented one with none.
    Code {
        /// What follows the opening fence.
        info: String,
        /// `false` for an indented block.
        fenced: bool,
    },
    /// Raw HTML: its text, alternative texts and titles.
    Html,
}

/// A stretch of a block's text that is written in one way.
#[derive(Debug, Clone)]
pub struct Run {
    /// Where it stands in the block's text.
    pub range: Range<usize>,
    /// Where it begins in the file.
    pub source: usize,
    /// Prose, code or formula.
    pub style: Style,
    /// Whether it is bold.
    pub strong: bool,
    /// Whether it is italic.
    pub emphasis: bool,
    /// The link that it belongs to, as an index into `Page::links`.
    pub link: Option<usize>,
}

/// How a run is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Ordinary text.
    Prose,
    /// Inline code, or the content of a code block.
    Code,
    /// A formula in LaTeX.
    Math,
}

/// A link or an image.
#[derive(Debug, Clone)]
pub struct Link {
    /// Its target as written.
    pub target: String,
    /// Its text, or the alternative text of an image.
    pub text: String,
    /// Where it stands in the file.
    pub range: Range<usize>,
    /// Whether it is an image.
    pub image: bool,
    /// The block it stands in, as an index into `Page::blocks`.
    pub block: usize,
    /// Whether its target is missing: `[text][nothing]`.
    pub broken: bool,
}

impl Block {
    /// The info string of a fenced block.
    pub fn info(&self) -> Option<&str> {
        match &self.kind {
            Kind::Code { info, fenced: true } => Some(info),
            _ => None,
        }
    }

    /// What a fenced block shows.
    pub fn fence(&self) -> Option<Fence> {
        self.info().map(Fence::parse)
    }

    /// Whether this is a block of code of any kind.
    pub fn is_code(&self) -> bool {
        matches!(self.kind, Kind::Code { .. })
    }

    /// The offset in the file of an offset in the block's text.
    pub fn source(&self, at: usize) -> usize {
        self.run_at(at).map_or(self.range.start, |run| run.source + (at - run.range.start))
    }

    /// The run that an offset of the text falls into.
    pub fn run_at(&self, at: usize) -> Option<&Run> {
        let index = self.runs.partition_point(|run| run.range.end <= at);
        self.runs.get(index).filter(|run| run.range.contains(&at))
    }

    /// The runs of one style with their text.
    pub fn styled(&self, style: Style) -> impl Iterator<Item = (&Run, &str)> {
        self.runs.iter().filter(move |run| run.style == style).map(|run| (run, &self.text[run.range.clone()]))
    }

    /// Its stretches of bold text, in its own offsets.
    pub fn bold(&self) -> impl Iterator<Item = Range<usize>> {
        let stretches = self.runs.chunk_by(|a, b| a.strong && b.strong).filter(|runs| runs[0].strong);
        stretches.map(|runs| runs[0].range.start..runs[runs.len() - 1].range.end)
    }

    /// The text with everything but ordinary prose blanked out, byte for byte.
    pub fn prose(&self) -> String {
        let mut prose = String::with_capacity(self.text.len());
        for run in &self.runs {
            let text = &self.text[run.range.clone()];
            match run.style {
                Style::Prose => prose.push_str(text),
                Style::Code | Style::Math => prose.extend(std::iter::repeat_n('\u{1}', text.len())),
            }
        }
        prose
    }
}

impl Page {
    /// Parses the text of a page.
    pub fn parse(path: impl Into<String>, text: impl Into<String>) -> Page {
        let text = text.into();
        let mut builder = Builder { text: &text, ..Builder::default() };
        builder.run();
        let Builder { blocks, links, bindings, preview, comments, folds, .. } = builder;
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let path = path.into();
        Page { path, text, blocks, links, bindings, preview, comments, folds, line_starts }
    }

    /// The line of an offset, counted from 1.
    pub fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= offset)
    }

    /// The text of the level-2 heading that a block stands under.
    pub fn section_of(&self, block: &Block) -> Option<&str> {
        block.section.map(|at| self.blocks[at].text.as_str())
    }

    /// The headings of one level, with their place in `blocks`.
    pub fn headings(&self, level: u8) -> impl Iterator<Item = (usize, &Block)> {
        self.blocks
            .iter()
            .enumerate()
            .filter(move |(_, block)| matches!(block.kind, Kind::Heading { level: l, .. } if l == level))
    }

    /// The anchors of all headings.
    pub fn anchors(&self) -> impl Iterator<Item = &str> {
        self.blocks.iter().filter_map(|block| match &block.kind {
            Kind::Heading { id, .. } => Some(id.as_str()),
            _ => None,
        })
    }

    /// The comment that says just this.
    pub fn comment(&self, text: &str) -> Option<Range<usize>> {
        self.comments.iter().find(|(_, other)| other == text).map(|(range, _)| range.clone())
    }
}

/// The word before the colon of a comment that says something about what stands behind it, and the list behind.
pub fn directive(comment: &str) -> Option<(&str, Vec<String>)> {
    let (key, list) = comment.split_once(':')?;
    let list = list.split(',').map(|term| term.trim().to_string()).filter(|term| !term.is_empty());
    ["from", "preview", "preview-page"].contains(&key.trim()).then(|| (key.trim(), list.collect()))
}

/// What a comment says about the blocks below it: their binding, or terms that they may use early.
type Directive = (Option<usize>, Vec<String>);

#[derive(Default)]
struct Builder<'a> {
    text: &'a str,
    blocks: Vec<Block>,
    links: Vec<Link>,
    bindings: Vec<Binding>,
    preview: Vec<String>,
    comments: Vec<(Range<usize>, String)>,
    folds: Vec<Fold>,
    folds_open: Vec<usize>,
    ids: HashSet<String>,
    /// Directives that wait for the next block.
    pending: Vec<Directive>,
    /// Directives in force, with the depth of the element that they belong to.
    active: Vec<(usize, Directive)>,
    depth: usize,
    section: Option<usize>,
    lists: Vec<usize>,
    lists_seen: usize,
    tables: usize,
    row: usize,
    column: usize,
    strong: usize,
    emphasis: usize,
    link_stack: Vec<usize>,
    heading_id: Option<String>,
    /// The block that text is being added to.
    open: Option<usize>,
    html_start: usize,
}

impl<'a> Builder<'a> {
    fn run(&mut self) {
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_HEADING_ATTRIBUTES
            | Options::ENABLE_DEFINITION_LIST
            | Options::ENABLE_GFM
            | Options::ENABLE_MATH;
        // A full reference without a definition is kept as a link, and marked as broken.
        let callback = |link: pulldown_cmark::BrokenLink<'_>| match link.link_type {
            LinkType::Reference | LinkType::Collapsed => Some((CowStr::from(""), CowStr::from(""))),
            _ => None,
        };
        let parser = Parser::new_with_broken_link_callback(self.text, options, Some(callback));
        for (event, range) in parser.into_offset_iter() {
            self.event(event, range);
        }
    }

    fn event(&mut self, event: Event<'a>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag, range),
            Event::Text(text) => self.push(&text, range, Style::Prose),
            Event::Code(text) => self.push(&text, range, Style::Code),
            Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.push(&text, range, Style::Math);
            }
            Event::SoftBreak | Event::HardBreak => self.push("\n", range, Style::Prose),
            Event::InlineHtml(_) => self.html(range),
            // The lines of an HTML block are read together at its end.
            Event::Html(_) | Event::FootnoteReference(_) | Event::Rule | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'a>, range: Range<usize>) {
        let inline = matches!(
            tag,
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. }
        );
        let image = matches!(tag, Tag::Image { .. });
        if inline {
            self.block(&range);
        } else {
            self.depth += 1;
            if !matches!(tag, Tag::HtmlBlock) {
                let depth = self.depth;
                self.active.extend(self.pending.drain(..).map(|directive| (depth, directive)));
            }
        }
        match tag {
            Tag::Heading { level, id, .. } => {
                self.heading_id = id.map(|id| id.to_string());
                let level = level as u8;
                self.open(Kind::Heading { level, id: String::new() }, range);
            }
            Tag::Paragraph => self.open(Kind::Paragraph, range),
            Tag::List(_) => {
                self.close();
                self.lists_seen += 1;
                self.lists.push(self.lists_seen);
            }
            Tag::Item => self.close(),
            Tag::CodeBlock(kind) => {
                let (info, fenced) = match kind {
                    CodeBlockKind::Fenced(info) => (info.trim().to_string(), true),
                    CodeBlockKind::Indented => (String::new(), false),
                };
                self.open(Kind::Code { info, fenced }, range);
            }
            Tag::HtmlBlock => {
                self.close();
                self.html_start = range.start;
            }
            Tag::Table(_) => {
                self.close();
                self.tables += 1;
                self.row = 0;
            }
            Tag::TableHead | Tag::TableRow => self.column = 0,
            Tag::TableCell => {
                let kind = Kind::Cell { table: self.tables, row: self.row, column: self.column };
                self.open(kind, range);
            }
            Tag::Strong => self.strong += 1,
            Tag::Emphasis => self.emphasis += 1,
            Tag::Link { dest_url, link_type, .. } | Tag::Image { dest_url, link_type, .. } => {
                let block = self.block(&range);
                self.link_stack.push(self.links.len());
                self.links.push(Link {
                    target: dest_url.to_string(),
                    text: String::new(),
                    block,
                    range,
                    image,
                    broken: matches!(link_type, LinkType::ReferenceUnknown | LinkType::CollapsedUnknown),
                });
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, range: Range<usize>) {
        match tag {
            TagEnd::Heading(level) => {
                if let Some(at) = self.open {
                    let id = self.heading_id.take().unwrap_or_else(|| anchor(&self.blocks[at].text));
                    let id = self.unique(id);
                    if let Kind::Heading { id: slot, .. } = &mut self.blocks[at].kind {
                        *slot = id;
                    }
                    if level as u8 <= 2 {
                        self.section = (level as u8 == 2).then_some(at);
                    }
                }
                self.close();
            }
            TagEnd::Paragraph | TagEnd::CodeBlock | TagEnd::Item => self.close(),
            TagEnd::List(_) => {
                self.close();
                self.lists.pop();
            }
            TagEnd::HtmlBlock => self.html(self.html_start..range.end),
            TagEnd::TableHead | TagEnd::TableRow => self.row += 1,
            TagEnd::TableCell => {
                self.column += 1;
                self.close();
            }
            TagEnd::Strong => self.strong -= 1,
            TagEnd::Emphasis => self.emphasis -= 1,
            TagEnd::Link | TagEnd::Image => {
                self.link_stack.pop();
            }
            _ => {}
        }
        let inline = matches!(
            tag,
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image
        );
        if inline {
            self.block(&range);
        } else {
            let depth = self.depth;
            self.active.retain(|(of, _)| *of != depth);
            self.depth -= 1;
        }
    }

    fn open(&mut self, kind: Kind, range: Range<usize>) {
        self.close();
        let directives = || self.active.iter().map(|(_, directive)| directive);
        let from = directives().filter_map(|(from, _)| *from).next_back();
        let preview = directives().flat_map(|(_, terms)| terms.clone()).collect();
        // A new section begins with its own heading, not inside the one above.
        let section = match kind {
            Kind::Heading { level: 1 | 2, .. } => None,
            _ => self.section,
        };
        self.blocks.push(Block {
            kind,
            range,
            text: String::new(),
            runs: Vec::new(),
            section,
            list: self.lists.last().copied(),
            from,
            preview,
        });
        self.open = Some(self.blocks.len() - 1);
    }

    fn close(&mut self) {
        self.open = None;
    }

    /// The block in which something inline stands. In a tight list the text of an item has no paragraph of its own.
    fn block(&mut self, range: &Range<usize>) -> usize {
        if self.open.is_none() {
            self.open(Kind::Paragraph, range.clone());
        }
        let at = self.open.expect("opened above");
        let end = &mut self.blocks[at].range.end;
        *end = range.end.max(*end);
        at
    }

    fn push(&mut self, text: &str, range: Range<usize>, style: Style) {
        let at = self.block(&range);
        let block = &mut self.blocks[at];
        let style = if block.is_code() { Style::Code } else { style };
        let source = &self.text[range.clone()];
        let shift = source.find(text).unwrap_or(0);
        let start = block.text.len();
        block.text.push_str(text);
        block.runs.push(Run {
            range: start..block.text.len(),
            source: range.start + shift,
            style,
            strong: self.strong > 0,
            emphasis: self.emphasis > 0,
            link: self.link_stack.last().copied(),
        });
        for &link in &self.link_stack {
            self.links[link].text.push_str(text);
            self.links[link].block = at;
        }
    }

    /// Reads raw HTML: comments, the text a reader sees, folded parts.
    fn html(&mut self, range: Range<usize>) {
        let inline = self.open.is_some();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut hidden = false;
        for token in Tokenizer::new_with_emitter(&self.text[range.clone()], DefaultEmitter::new_with_span()) {
            let at = |span: Span<usize>| range.start + span.start..range.start + span.end;
            let Ok(token) = token;
            match token {
                Token::Comment(comment) => self.comment(text(&comment).trim(), at(comment.span)),
                Token::String(string) if !hidden => self.push_html(&text(&string), at(string.span)),
                Token::StartTag(tag) => {
                    hidden = matches!(&**tag.name, b"script" | b"style");
                    for (name, value) in &tag.attributes {
                        if matches!(&***name, b"alt" | b"title" | b"aria-label") {
                            self.push_html(&text(value), at(value.span));
                        }
                    }
                    self.fold(&tag.name, true, at(tag.span));
                }
                Token::EndTag(tag) => {
                    hidden = false;
                    self.fold(&tag.name, false, at(tag.span));
                }
                _ => {}
            }
        }
        if !inline {
            self.close();
        }
    }

    fn push_html(&mut self, text: &str, range: Range<usize>) {
        if text.trim().is_empty() {
            return;
        }
        if self.open.is_none() {
            self.open(Kind::Html, range.clone());
        }
        let end = range.end.min(self.text.len());
        self.push(text, range.start..end, Style::Prose);
        self.push("\n", end..end, Style::Prose);
    }

    /// Reads a tag that may belong to a fold.
    fn fold(&mut self, name: &[u8], start: bool, tag: Range<usize>) {
        if (name, start) == (b"details", true) {
            self.folds_open.push(self.folds.len());
            let depth = self.folds_open.len() - 1;
            self.folds.push(Fold { range: tag.start..self.text.len(), summary: tag.end..tag.end, depth });
        } else if let Some(&open) = self.folds_open.last() {
            let fold = &mut self.folds[open];
            match (name, start) {
                (b"summary", true) => fold.summary = tag.end..tag.end,
                (b"summary", false) => fold.summary.end = tag.start,
                (b"details", false) => {
                    fold.range.end = tag.end;
                    self.folds_open.pop();
                }
                _ => {}
            }
        }
    }

    fn comment(&mut self, text: &str, range: Range<usize>) {
        match directive(text) {
            Some(("from", labels)) => {
                self.pending.push((Some(self.bindings.len()), Vec::new()));
                self.bindings.push(Binding { range: range.clone(), labels });
            }
            Some(("preview", terms)) => self.pending.push((None, terms)),
            Some((_, terms)) => self.preview.extend(terms),
            None => {}
        }
        self.comments.push((range, text.to_string()));
    }

    fn unique(&mut self, id: String) -> String {
        let mut candidate = id.clone();
        let mut counter = 0;
        while !self.ids.insert(candidate.clone()) {
            counter += 1;
            candidate = format!("{id}-{counter}");
        }
        candidate
    }
}

/// The anchor that mdBook gives a heading with this text.
pub fn anchor(heading: &str) -> String {
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            c if c.is_alphanumeric() || c == '_' || c == '-' => Some(c),
            c if c.is_whitespace() => Some('-'),
            _ => None,
        })
        .collect()
}
