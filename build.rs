//! Hands every Rust snippet of the course and of the README to skeptic, which makes a test of each in the package
//! `tests/skeptic`.
//!
//! A snippet without a `main` function is put into one that may use `?`. This is done to copies of the
//! files, in cargo's output folder: there each such snippet names a template, which stands beside the copy.

use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// What a snippet without a `main` function is put into, in skeptic's form.
const TEMPLATES: &str = "\
```rust,skt-main
#[allow(unused)]
fn main() -> Result<(), Box<dyn std::error::Error>> {{
{}
Ok(())
}}
```
";

fn main() -> Result<(), Box<dyn Error>> {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).ok_or("it stands in tests/skeptic")?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo:rerun-if-changed={}", root.join("course").display());

    let copies = out.join("snippets");
    if copies.exists() {
        fs::remove_dir_all(&copies)?;
    }
    let course = root.join("course");
    let mut docs = skeptic::markdown_files_of_directory(course.to_str().ok_or("the path is UTF-8")?);
    docs.push(root.join("README.md"));
    let copied = docs
        .iter()
        .filter(|doc| doc.exists())
        .map(|doc| copy_with_templates(doc, &copies.join(doc.strip_prefix(root)?)))
        .collect::<Result<Vec<_>, _>>()?;
    skeptic::generate_doc_tests(&copied);
    // Each test then calls the function of skeptic.rs, which runs one at a time.
    let tests = out.join("skeptic-tests.rs");
    fs::write(&tests, fs::read_to_string(&tests)?.replace("skeptic::rt::run_test(", "run_test("))?;
    Ok(())
}

fn copy_with_templates(doc: &Path, copy: &Path) -> Result<PathBuf, Box<dyn Error>> {
    println!("cargo:rerun-if-changed={}", doc.display());
    // A test is named after its file, and no function's name begins with a digit.
    let name = doc.file_name().ok_or("a document has a name")?.to_string_lossy();
    let copy = copy.with_file_name(format!("chapter_{name}"));
    fs::create_dir_all(copy.parent().ok_or("a document has a folder")?)?;
    // Skeptic has cargo watch the copies: newer than what they are made of, they would be made again and again.
    let time = fs::metadata(doc)?.modified()?;
    for (path, text) in
        [(&copy, &*name_templates(&fs::read_to_string(doc)?)), (&copy.with_extension("md.skt.md"), TEMPLATES)]
    {
        fs::write(path, text)?;
        File::options().write(true).open(path)?.set_modified(time)?;
    }
    Ok(copy)
}

/// Marks the Rust snippets without a `main` function as to be put into one; no line moves.
fn name_templates(markdown: &str) -> String {
    let lines: Vec<&str> = markdown.lines().collect();
    let mut marked = String::new();
    for (number, line) in lines.iter().enumerate() {
        let snippet = || lines[number + 1..].iter().take_while(|line| !line.trim_start().starts_with("```"));
        let fence = line.trim_start();
        marked.push_str(line);
        if fence == "```rust" && !snippet().any(|line| line.contains("fn main()")) {
            marked.push_str(",skt-main");
        }
        marked.push('\n');
    }
    marked
}
