//! `cargo book`: the one command behind the course's pages.
//!
//! `build` renders course/ into target/book, `serve` does the same at every change and shows it
//! in a browser, `sync` copies into the chapters what is copied there, and `epub`, `pdf` and `zip` pack
//! the pages for reading elsewhere. All but `sync` read the book.toml that plain `mdbook build` reads, and do its work with
//! mdBook's own crates. What the course adds is in two preprocessors, [`course`] and
//! [`formulas`], which plain `mdbook build` runs through `preprocess`.

mod along;
mod build;
mod checkpoints;
mod code;
mod course;
mod diagram;
mod formulas;
mod frame;
mod lesson;
mod map;
mod offline;
mod policy;
mod reading;
mod search;
mod serve;
mod task;

use anyhow::{Context, Result, ensure};
use clap::{Parser, Subcommand};
use mdbook_preprocessor::{Preprocessor, parse_input};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Builds and serves the course
#[derive(Parser)]
#[command(name = "cargo book")]
struct Args {
    #[command(subcommand)]
    command: Command,
    /// The folder with book.toml [default: the nearest one, from here upwards]
    #[arg(long, global = true)]
    root: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Build the pages
    Build,
    /// Build the pages, show them in a browser, and follow every change
    Serve(serve::Options),
    /// Build the pages and make an EPUB of them
    Epub {
        #[command(flatten)]
        options: along::Options,
        /// Where the pages are published: each widget, a picture in the EPUB, leads to its page there
        #[arg(long, value_name = "ADDRESS")]
        site: Option<String>,
    },
    /// Build the pages and have Chromium print them into a PDF
    Pdf(along::Options),
    /// Build the pages and pack them so that they work when they are opened as files, without a server
    Zip(along::Options),
    /// Copy quotes of microgpt.py and output of the examples into the chapters, where they differ
    Sync,
    /// Be one of mdBook's preprocessors: a book comes in as JSON and goes out as JSON
    #[command(hide = true)]
    Preprocess {
        name: Name,
        /// mdBook's question `supports RENDERER`
        question: Vec<String>,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Name {
    Course,
    Formulas,
}

fn main() -> ExitCode {
    build::collect_warnings();
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> Result<()> {
    match args.command {
        Command::Build => {
            let pages = build::build(&root(args.root)?, build::Pages::Published)?;
            println!("Built {}", pages.join("index.html").display());
            Ok(())
        }
        Command::Serve(options) => serve::serve(&root(args.root)?, &options),
        Command::Epub { options, site } => along::take(&root(args.root)?, "epub", &options, site.as_deref()),
        Command::Pdf(options) => along::take(&root(args.root)?, "pdf", &options, None),
        Command::Zip(options) => along::take(&root(args.root)?, "zip", &options, None),
        Command::Sync => sync(&root(args.root)?),
        Command::Preprocess { name, question } => preprocess(name, &question),
    }
}

/// The folder given, or the nearest one from here upwards that has a book.toml.
fn root(given: Option<PathBuf>) -> Result<PathBuf> {
    let here = std::env::current_dir().context("the current folder cannot be read")?;
    let root = match given {
        Some(root) => Some(here.join(root)).filter(|root| root.join("book.toml").is_file()),
        None => (here.ancestors().find(|dir| dir.join("book.toml").is_file())).map(PathBuf::from),
    };
    root.context("there is no book.toml here: run this inside the repository, or give --root")?
        .canonicalize()
        .context("the folder of book.toml cannot be resolved")
}

fn sync(root: &Path) -> Result<()> {
    let report = truth::sync::run(root)?;
    for file in &report.files {
        println!("Rewrote {file}");
    }
    println!("{} quotes and outputs, {} of them rewritten", report.blocks, report.rewritten);
    Ok(())
}

/// Answers mdBook: whether a renderer is supported, by the exit code, or with the book rewritten.
fn preprocess(name: Name, question: &[String]) -> Result<()> {
    let preprocessor: &dyn Preprocessor = match name {
        Name::Course => &course::Course,
        Name::Formulas => &formulas::Formulas,
    };
    if let [_, renderer] = question {
        ensure!(preprocessor.supports_renderer(renderer)?, "only html is supported");
        return Ok(());
    }
    let (context, book) = parse_input(io::stdin())?;
    let book = preprocessor.run(&context, book)?;
    Ok(serde_json::to_writer(io::stdout(), &book)?)
}
