//! The text of a page as XHTML for a reading system: without controls, with everything open, answers and the
//! definitions of words at the end.

use scraper::{ElementRef, Html, Node};
use std::collections::BTreeMap;
use std::fmt::Write;

use crate::contents::{Page, resolve, selector};

/// What a reading system has no use for.
const LEFT_OUT: &str = "script, style, button, input, select, textarea, fieldset, template, nav, output.problem, \
    .asked form, .feedback, .without, .i-read-rust, .restart, .hint, .take-along, .program .lines, form .paper, \
    rect:not([width])";
/// What is there for its children alone.
const UNWRAPPED: [&str; 3] = ["main", "form", "label"];
/// Attributes that mean something there; drawings and formulas keep nearly all of theirs.
const KEPT: [&str; 14] = [
    "id",
    "class",
    "href",
    "lang",
    "title",
    "role",
    "aria-label",
    "aria-hidden",
    "scope",
    "colspan",
    "rowspan",
    "start",
    "dir",
    "translate",
];
/// Elements without content.
const EMPTY: [&str; 6] = ["br", "hr", "img", "wbr", "col", "meta"];
/// Where MathML and SVG say what they are.
const NAMESPACES: [(&str, &str); 2] =
    [("math", "http://www.w3.org/1998/Math/MathML"), ("svg", "http://www.w3.org/2000/svg")];
/// Orange for positive, blue for negative numbers.
const COLOURS: [&str; 2] = ["208,97,15", "31,99,181"];

/// A page on its way.
pub struct Writer<'a> {
    /// Its file, as the book has it.
    path: &'a str,
    pages: &'a [Page],
    site: Option<&'a str>,
    html: String,
    /// The answers of its checkpoints, for its end.
    answers: Vec<String>,
    /// The words it uses, with their definitions and where the glossary has them.
    words: BTreeMap<String, (String, String)>,
    left_out: scraper::Selector,
}

impl<'a> Writer<'a> {
    pub fn new(path: &'a str, pages: &'a [Page], site: Option<&'a str>) -> Writer<'a> {
        let left_out = selector(LEFT_OUT);
        Writer {
            path,
            pages,
            site,
            html: String::new(),
            answers: Vec::new(),
            words: BTreeMap::new(),
            left_out,
        }
    }

    /// The whole text of a page: what it says, then the answers, then the words.
    pub fn page(mut self, page: &Html) -> String {
        for main in page.select(&selector("main")) {
            self.children(main);
        }
        if !self.answers.is_empty() {
            let answers = self.answers.concat();
            write!(self.html, "<section class=\"answers\"><h2>Answers</h2>\n{answers}</section>\n").ok();
        }
        if !self.words.is_empty() {
            self.html += "<section class=\"words\"><h2>Words</h2>\n";
            for (id, (definition, target)) in &self.words {
                let (name, text) = definition.split_once(": ").unwrap_or((definition, ""));
                writeln!(
                    self.html,
                    "<aside epub:type=\"footnote\" role=\"doc-footnote\" id=\"word-{id}\"><p><b>{}</b>: {} <a href=\"{}\">Glossary</a></p></aside>",
                    escape(name),
                    escape(text),
                    escape(target),
                )
                .ok();
            }
            self.html += "</section>\n";
        }
        self.html
    }

    fn children(&mut self, element: ElementRef) {
        for child in element.children() {
            match child.value() {
                Node::Text(text) => self.html += &escape(text),
                Node::Element(_) => {
                    if let Some(child) = ElementRef::wrap(child) {
                        self.element(child);
                    }
                }
                _ => {}
            }
        }
    }

    fn element(&mut self, element: ElementRef) {
        let name = element.value().name();
        let has =
            |class: &str| element.value().has_class(class, scraper::CaseSensitivity::AsciiCaseInsensitive);
        match name {
            _ if self.left_out.matches(&element) => {}
            "a" if has("header") => self.children(element),
            "a" => self.link(element),
            "span" if has("term") => self.word(element),
            "figure" if has("lab") => self.widget(element),
            "output" => self.wrapped("p class=\"summary\"", element),
            "section" if has("checkpoint") => self.checkpoint(element),
            "details" if has("box") => self.wrapped("section class=\"box\"", element),
            "details" => self.wrapped("div class=\"fold\"", element),
            // The title of a box is a heading already.
            "summary" if element.select(&selector("h3")).next().is_some() => self.children(element),
            "summary" => self.wrapped("p class=\"fold-title\"", element),
            "form" | "div" if has("listing") => self.lines(element),
            _ if name.starts_with("microgpt-") || UNWRAPPED.contains(&name) => self.children(element),
            _ => self.plain(element),
        }
    }

    /// An element as it is, with the attributes that mean something.
    fn plain(&mut self, element: ElementRef) {
        let name = element.value().name();
        let foreign = !element.value().name.ns.ends_with("xhtml");
        write!(self.html, "<{name}").ok();
        if let Some((_, namespace)) = NAMESPACES.iter().find(|(root, _)| *root == name) {
            write!(self.html, " xmlns=\"{namespace}\"").ok();
        }
        let mut style = String::new();
        for (attribute, value) in element.value().attrs() {
            let kept = KEPT.contains(&attribute)
                || foreign
                    && !["xmlns", "style", "tabindex"].contains(&attribute)
                    && !attribute.starts_with("data-");
            match attribute {
                "style" => style = strength(value, element),
                "class" if value.trim().is_empty() => {}
                _ if kept => self.html += &format!(" {attribute}=\"{}\"", escape(value)),
                _ => {}
            }
        }
        if !style.is_empty() {
            write!(self.html, " style=\"{}\"", escape(&style)).ok();
        }
        if EMPTY.contains(&name) {
            self.html += "/>";
            return;
        }
        self.html += ">";
        self.children(element);
        write!(self.html, "</{name}>").ok();
    }

    /// Its children in another element.
    fn wrapped(&mut self, tag: &str, element: ElementRef) {
        write!(self.html, "<{tag}>").ok();
        self.children(element);
        write!(self.html, "</{}>", tag.split(' ').next().unwrap_or(tag)).ok();
    }

    /// A link to another page of the EPUB, to a page that only the published book has, or to elsewhere.
    fn link(&mut self, element: ElementRef) {
        let href = element.attr("href").unwrap_or_default();
        match self.target(href) {
            Some(target) => {
                write!(self.html, "<a href=\"{}\">", escape(&target)).ok();
                self.children(element);
                self.html += "</a>";
            }
            None => self.children(element),
        }
    }

    fn target(&self, href: &str) -> Option<String> {
        let Some((path, fragment)) = resolve(self.path, href) else { return Some(href.to_owned()) };
        let fragment = if fragment.is_empty() { fragment } else { format!("#{fragment}") };
        if !self.pages.iter().any(|page| page.path == path) {
            return Some(format!("{}/{path}{fragment}", self.site?.trim_end_matches('/')));
        }
        // Lines of the program have a mark each; ranges begin at one.
        let fragment = match path == "code.html" && fragment.starts_with("#L") {
            true => fragment.split('-').next().unwrap_or_default().to_owned(),
            false => fragment,
        };
        match path == self.path {
            true if !fragment.is_empty() => Some(fragment),
            _ => Some(format!("{}{}{fragment}", "../".repeat(self.path.matches('/').count()), file(&path))),
        }
    }

    /// A word of the glossary: the first time it leads to its definition.
    fn word(&mut self, element: ElementRef) {
        let definition = element.select(&selector("a.definition")).next();
        let entry = definition.and_then(|link| {
            let target = self.target(link.attr("href")?)?;
            let id = target.split_once('#')?.1.to_owned();
            Some((id, link.attr("aria-label")?.to_owned(), target))
        });
        let text = element.children().filter_map(|child| child.value().as_text()).map(|text| escape(text));
        let text: String = text.collect();
        match entry {
            // An answer is read elsewhere than it is written.
            Some((id, definition, target)) if !self.words.contains_key(&id) => {
                write!(
                    self.html,
                    "<a class=\"word\" epub:type=\"noteref\" role=\"doc-noteref\" href=\"#word-{id}\">{text}</a>"
                )
                .ok();
                self.words.insert(id, (definition, target));
            }
            _ => self.html += &text,
        }
    }

    /// A widget as a picture, with the way to the page where it answers.
    fn widget(&mut self, element: ElementRef) {
        self.html += "<figure class=\"lab\">";
        match element.select(&selector(".paper")).next() {
            Some(paper) => self.children(paper),
            None => self.children(element),
        }
        if let Some(site) = self.site {
            let id = element.select(&selector("[id]")).next().and_then(|widget| widget.attr("id"));
            let site = format!("{}/{}#{}", site.trim_end_matches('/'), self.path, id.unwrap_or_default());
            write!(
                self.html,
                "<figcaption><a href=\"{}\">Move this figure on its page</a></figcaption>",
                escape(&site)
            )
            .ok();
        }
        self.html += "</figure>";
    }

    /// A checkpoint: the question here, the answer at the end.
    fn checkpoint(&mut self, element: ElementRef) {
        let id =
            format!("{}-{}", element.attr("data-checkpoint").unwrap_or_default(), self.answers.len() + 1);
        write!(self.html, "<section class=\"checkpoint\" id=\"question-{id}\">").ok();
        let answer = element.select(&selector("details")).next();
        for child in element.select(&selector("blockquote > *")) {
            let inside =
                child.parent().and_then(|parent| parent.parent()).is_some_and(|at| at.id() == element.id());
            if inside && Some(child) != answer {
                self.element(child);
            }
        }
        write!(self.html, "<p class=\"to-answer\"><a href=\"#answer-{id}\">Answer</a></p></section>").ok();
        let before = std::mem::take(&mut self.html);
        write!(self.html, "<div class=\"answer\" id=\"answer-{id}\">").ok();
        let children = answer.into_iter().flat_map(|answer| answer.child_elements());
        for child in children.filter(|child| child.value().name() != "summary") {
            self.element(child);
        }
        writeln!(
            self.html,
            "<p class=\"to-answer\"><a href=\"#question-{id}\">Back to the question</a></p></div>"
        )
        .ok();
        let answer = std::mem::replace(&mut self.html, before);
        self.answers.push(answer);
    }

    /// Lines of the program, each with its number. Those of the whole program can be led to.
    fn lines(&mut self, element: ElementRef) {
        let numbers =
            element.select(&selector(".gutter")).next().and_then(|gutter| gutter.attr("data-lines"));
        let code: String =
            element.select(&selector("pre")).next().map(|code| code.text().collect()).unwrap_or_default();
        let whole = self.path == "code.html";
        self.html += "<pre class=\"lines\"><code>";
        for (number, line) in numbers.unwrap_or_default().split('\n').zip(code.split('\n')) {
            let at = number.trim().split(' ').next().unwrap_or_default();
            let id = if whole { format!(" id=\"L{at}\"") } else { String::new() };
            write!(
                self.html,
                "<span class=\"l\"{id}><span class=\"n\">{}</span>{}\n</span>",
                escape(number),
                escape(line)
            )
            .ok();
        }
        self.html += "</code></pre>";
    }
}

/// The file in the EPUB that a page of the book becomes.
pub fn file(path: &str) -> String {
    path.replace(".html", ".xhtml")
}

/// Text as XML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A style without variables: how strong a cell is becomes its colour.
fn strength(style: &str, element: ElementRef) -> String {
    let Some((_, value)) = style.split_once("--strength:").or(style.split_once("--heat:")) else {
        return if style.contains("--") { String::new() } else { style.to_owned() };
    };
    let number = value.split(';').next().unwrap_or_default().trim();
    let part = match number.strip_suffix('%') {
        Some(percent) => percent.parse::<f64>().unwrap_or_default() / 100.0,
        None => number.parse().unwrap_or_default(),
    };
    let classes: Vec<&str> = element.value().classes().collect();
    let drawn = element.value().name.ns.ends_with("svg");
    match drawn {
        true if classes.contains(&"heat") => format!("stroke-opacity:{part:.2}"),
        true => format!("fill-opacity:{:.2}", part * 0.8),
        false => {
            format!(
                "background-color:rgba({},{:.2})",
                COLOURS[usize::from(classes.contains(&"negative"))],
                part * 0.5
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(main: &str, site: Option<&str>) -> String {
        let page = |path: &str| Page { path: path.to_owned(), title: String::new(), part: None };
        let pages = [page("a/one.html"), page("code.html")];
        let html = Html::parse_document(&format!("<main>{main}</main>"));
        Writer::new("a/one.html", &pages, site).page(&html)
    }

    #[test]
    fn elements_become_xml_without_controls() {
        let made = written(
            r##"<h2 id="x"><a class="header" href="#x">A &amp; b</a></h2><br><button>no</button>
            <svg viewbox="0 0 1 1" data-a="1"><rect class="cell" width="1" height="1" style="--strength:0.5"/></svg>
            <table><tr><td class="heat negative" style="--heat:40%">1</td></tr></table>"##,
            None,
        );
        for part in [
            r#"<h2 id="x">A &amp; b</h2><br/>"#,
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">"#,
            r#"<rect class="cell" height="1" width="1" style="fill-opacity:0.40"></rect>"#,
            r#"style="background-color:rgba(31,99,181,0.20)""#,
        ] {
            assert!(made.contains(part), "{part}\n{made}");
        }
        assert!(!made.contains("button"), "{made}");
    }

    #[test]
    fn answers_and_words_stand_at_the_end_and_are_led_to() {
        let word = r##"<span class="term">token<a class="definition" href="../code.html#token" aria-label="token: A piece."></a></span>"##;
        let made = written(
            &format!(
                r#"<p>{word} {word}</p><section class="checkpoint" data-checkpoint="c"><blockquote><p>How many?</p>
                <div class="asked"><form><input></form></div><details><summary>Answer</summary><p>7</p></details></blockquote></section><p>last</p>"#
            ),
            None,
        );
        assert_eq!(made.matches("noteref").count(), 2, "the role and the type, of the first one\n{made}");
        let (text, end) = made.split_once("last</p>").unwrap();
        assert!(text.contains(r##"<p>How many?</p>"##) && text.contains(r##"href="#answer-c-1""##), "{made}");
        assert!(end.contains(r#"id="answer-c-1"><p>7</p>"#) && !text.contains("7</p>"), "{made}");
        assert!(end.contains(r#"id="word-token"><p><b>token</b>: A piece."#), "{made}");
    }

    #[test]
    fn links_lead_to_pages_of_the_epub_or_to_the_published_ones() {
        let links = r#"<a href="../code.html#L3-5">code</a> <a href="../explorer.html">explorer</a> <a href="https://x.org/">x</a>"#;
        let made = written(links, Some("https://y.org/book/"));
        for target in ["../code.xhtml#L3", "https://y.org/book/explorer.html", "https://x.org/"] {
            assert!(made.contains(&format!("href=\"{target}\"")), "{target}\n{made}");
        }
        assert!(written(links, None).contains("</a> explorer <a"));
    }

    #[test]
    fn lines_have_their_numbers() {
        let made = written(
            "<div class=\"listing\"><span class=\"gutter\" data-lines=\"9&#10;10\"></span><pre><code>if a &lt; b:\n    c\n</code></pre></div>",
            None,
        );
        assert!(made.contains("<span class=\"n\">9</span>if a &lt; b:\n</span><span class=\"l\"><span class=\"n\">10</span>    c\n</span>"), "{made}");
    }
}
