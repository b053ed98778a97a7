//! `cargo book epub|pdf|zip`: the pages built, and packed by the crate `along`. It is compiled when it is first
//! needed, so that whoever only reads does not wait for it.

use crate::build::{self, Pages};
use anyhow::{Context, Result, ensure};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where to write.
#[derive(clap::Args)]
pub struct Options {
    /// The file to write [default: microgpt.epub, .pdf or .zip in target/]
    #[arg(long)]
    out: Option<PathBuf>,
}

/// What to make: the name of the command, and the end of the file's name.
pub const KINDS: [&str; 3] = ["epub", "pdf", "zip"];

/// Where it lies, once it is made, beside the folder of the pages.
pub fn file(pages: &Path, kind: &str) -> PathBuf {
    pages.with_file_name("microgpt").with_extension(kind)
}

/// Builds the pages of `root` and packs them.
///
/// # Errors
///
/// When the pages cannot be built, or not be packed: then `along` has said why.
pub fn take(root: &Path, kind: &str, options: &Options, site: Option<&str>) -> Result<()> {
    let out =
        options.out.as_ref().map(std::path::absolute).transpose().context("--out cannot be resolved")?;
    let pages = build::build(root, Pages::Published)?;
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .current_dir(root)
        .args(["run", "--quiet", "--package", "along", "--", kind, "--pages"])
        .arg(&pages);
    command.arg("--out").arg(out.unwrap_or_else(|| file(&pages, kind)));
    if let Some(site) = site {
        command.args(["--site", site]);
    }
    let status = command.status().context("cargo cannot be started, and it compiles what packs the pages")?;
    ensure!(status.success(), "there is no new {} of the course", kind.to_uppercase());
    Ok(())
}
