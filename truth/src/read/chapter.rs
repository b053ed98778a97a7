//! The chapters: which there are, their numbers, their paths, their examples.

/// The 33 chapters, in reading order, without `.md`. Readers know these paths: they are fixed.
pub const CHAPTERS: [&str; 33] = [
    "00-the-big-picture/00-what-is-a-language-model",
    "00-the-big-picture/01-the-200-line-map",
    "00-the-big-picture/02-the-learning-machine-analogy",
    "01-data-and-tokenization/00-the-dataset",
    "01-data-and-tokenization/01-characters-as-numbers",
    "01-data-and-tokenization/02-the-bos-token",
    "02-calculus-and-autograd/00-why-we-need-derivatives",
    "02-calculus-and-autograd/01-the-chain-rule",
    "02-calculus-and-autograd/02-the-value-class",
    "02-calculus-and-autograd/03-forward-pass",
    "02-calculus-and-autograd/04-backward-pass",
    "02-calculus-and-autograd/05-building-a-computation-graph",
    "03-the-architecture/00-parameters-are-knowledge",
    "03-the-architecture/01-embeddings",
    "03-the-architecture/02-linear-layers",
    "03-the-architecture/03-softmax",
    "03-the-architecture/04-normalization",
    "03-the-architecture/05-attention",
    "03-the-architecture/06-multi-head-attention",
    "03-the-architecture/07-residual-connections",
    "03-the-architecture/08-the-mlp-block",
    "03-the-architecture/09-the-full-gpt-function",
    "04-training/00-what-is-training",
    "04-training/01-the-loss-function",
    "04-training/02-backpropagation",
    "04-training/03-gradient-descent",
    "04-training/04-the-adam-optimizer",
    "04-training/05-the-training-loop",
    "05-inference/00-generating-text",
    "05-inference/01-temperature-and-sampling",
    "05-inference/02-the-complete-picture",
    "appendix/glossary",
    "appendix/math-refresher",
];

/// Where the glossary stands.
pub const GLOSSARY: &str = "course/appendix/glossary.md";
/// The map of lessons to lines.
pub const INDEX: &str = "course/INDEX.md";
/// The whole program, each line with its explanation.
pub const CODE: &str = "course/code.md";
/// The table of contents.
pub const SUMMARY: &str = "course/SUMMARY.md";

/// One of the 33 chapters, by its place in [`CHAPTERS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chapter(pub usize);

impl Chapter {
    /// All of them, in reading order.
    pub fn all() -> impl Iterator<Item = Chapter> {
        (0..CHAPTERS.len()).map(Chapter)
    }

    /// The chapter with this path (`course/01-…/00-the-dataset.md`).
    pub fn at(path: &str) -> Option<Chapter> {
        let path = path.strip_prefix("course/")?.strip_suffix(".md")?;
        CHAPTERS.iter().position(|&chapter| chapter == path).map(Chapter)
    }

    /// The chapter with this number, `2.2` or `A.1`.
    pub fn numbered(number: &str) -> Option<Chapter> {
        Chapter::all().find(|chapter| chapter.number() == number)
    }

    /// Its path relative to the root.
    pub fn path(self) -> String {
        format!("course/{}.md", CHAPTERS[self.0])
    }

    /// Its number: `2.2` for the third lesson of module 02, `A.1` for the glossary.
    pub fn number(self) -> String {
        let folder = |at: usize| CHAPTERS[at].split('/').next();
        let before = (0..self.0).filter(|&at| folder(at) == folder(self.0)).count();
        self.module().map_or(format!("A.{}", before + 1), |module| format!("{module}.{before}"))
    }

    /// The module of a lesson; none for the appendix.
    pub fn module(self) -> Option<usize> {
        CHAPTERS[self.0][..2].parse().ok()
    }

    /// Whether it is a lesson, with an example and all the parts of one.
    pub fn is_lesson(self) -> bool {
        self.module().is_some()
    }

    /// The name of its example: `lesson_01_the_dataset`, in the appendix `math_refresher`.
    pub fn example(self) -> String {
        let (module, file) = CHAPTERS[self.0].split_once('/').unwrap_or_default();
        let slug = file.replace('-', "_");
        match self.module() {
            Some(_) => format!("lesson_{}_{}", &module[..2], &slug[3..]),
            None => slug,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chapters_know_their_number_and_example() {
        let chapter = Chapter::at("course/02-calculus-and-autograd/02-the-value-class.md").unwrap();
        assert_eq!(chapter.number(), "2.2");
        assert_eq!(chapter.example(), "lesson_02_the_value_class");
        assert_eq!(Chapter::numbered("A.1").unwrap().path(), GLOSSARY);
        assert_eq!(Chapter::all().last().unwrap().number(), "A.2");
        assert_eq!(Chapter::numbered("3.9").unwrap().example(), "lesson_03_the_full_gpt_function");
    }
}
