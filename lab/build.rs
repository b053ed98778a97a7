//! Names the sources by their hash, [`SOURCES`](lab::SOURCES), so that a built lab says what it was built from.
//! Comments do not count, as they change nothing.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use sha2::{Digest, Sha256};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("..");
    let mut files = vec![root.join("input.txt"), root.join("microgpt.py"), root.join("lab/Cargo.toml")];
    for folder in ["src", "lab/src"] {
        println!("cargo:rerun-if-changed={}", root.join(folder).display());
        list(&root.join(folder), &mut files)?;
    }
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        println!("cargo:rerun-if-changed={}", file.display());
        for line in fs::read_to_string(&file)?.lines().map(str::trim) {
            if !line.starts_with("//") {
                hash.update(line);
                hash.update("\n");
            }
        }
    }
    let hex: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    println!("cargo:rustc-env=SOURCES={hex}");
    Ok(())
}

/// The Rust files of a folder and of those in it.
fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}
