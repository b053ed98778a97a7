//! The content security policy of the pages, which stands in theme/head.hbs: they load from their own origin
//! alone, and of the scripts written into them only those run whose hashes it lists.
//!
//! Those scripts are mdBook's and one of ours (formulas.rs). Each build compares them with the list.

use anyhow::{Context, Result, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The file with the policy, seen from the folder of book.toml.
const FILE: &str = "theme/head.hbs";

/// Looks whether the policy of `root` allows the scripts in `pages`.
///
/// # Errors
///
/// If one is missing from the list; the hash to add is in the message.
pub fn check(root: &Path, pages: &Path) -> Result<()> {
    let policy = fs::read_to_string(root.join(FILE)).with_context(|| format!("{FILE} cannot be read"))?;
    let mut hashes = BTreeSet::new();
    collect(pages, &mut hashes)?;
    let missing: Vec<_> = hashes.into_iter().filter(|hash| !policy.contains(hash)).collect();
    ensure!(
        missing.is_empty(),
        "{FILE}: the pages have scripts that the content security policy does not allow: add {} to script-src",
        missing.join(" ")
    );
    Ok(())
}

/// The hashes of the scripts that stand in the pages of a folder, as a policy writes them.
fn collect(folder: &Path, hashes: &mut BTreeSet<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, hashes)?;
        } else if path.extension().is_some_and(|extension| extension == "html") {
            let page = fs::read_to_string(&path)?;
            let scripts = page.split("<script>").skip(1).filter_map(|rest| rest.split_once("</script>"));
            hashes.extend(
                scripts.map(|(script, _)| {
                    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(script)))
                }),
            );
        }
    }
    Ok(())
}
