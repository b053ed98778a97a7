//! Takes the built course along: as an EPUB, as a PDF, and as an archive whose pages work when they are opened as
//! files. `cargo book epub|pdf|zip` builds the pages and calls this program with them; it knows nothing of how they
//! were made. What it packs it finds by looking at them: no list of files stands here.

mod archive;
mod contents;
mod cover;
mod epub;
mod modules;
mod pdf;
mod write;
mod xhtml;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;

/// Packs the built pages of the course
#[derive(Parser)]
struct Args {
    /// What to make of them
    kind: Kind,
    /// The folder with the built pages
    #[arg(long)]
    pages: PathBuf,
    /// The file to write
    #[arg(long)]
    out: PathBuf,
    /// Where the pages are published: figures of the EPUB lead there
    #[arg(long)]
    site: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Epub,
    Pdf,
    Zip,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(size) => {
            println!("Built {}, {} KB", args.out.display(), size.div_ceil(1000));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(Args { kind, pages, out, site }: &Args) -> Result<u64> {
    write::check(out)?;
    match kind {
        Kind::Epub => epub::write(pages, out, site.as_deref()),
        Kind::Pdf => pdf::write(pages, out),
        Kind::Zip => archive::write(pages, out),
    }
}
