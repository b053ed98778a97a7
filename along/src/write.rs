//! Files are written beside the old ones and take their place when they are whole: a disk that fills leaves the old
//! one as it was.

use anyhow::{Context, Result, ensure};
use std::fs::{self, File};
use std::io::{self, Cursor, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Looks whether a file can be written there, before the work begins.
///
/// # Errors
///
/// When it is a folder, or in none.
pub fn check(out: &Path) -> Result<()> {
    ensure!(!out.is_dir(), "{} is a folder: name a file in it with --out", out.display());
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    ensure!(folder.is_dir(), "there is no folder {}: make it, or name another with --out", folder.display());
    Ok(())
}

/// Writes a file, all of it or nothing, and gives its size in bytes.
///
/// # Errors
///
/// When it cannot be written.
pub fn whole(out: &Path, bytes: &[u8]) -> Result<u64> {
    let mut part = out.as_os_str().to_owned();
    part.push(".part");
    let written: io::Result<()> = (|| {
        let mut file = File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, out)
    })();
    if written.is_err() {
        fs::remove_file(&part).ok();
    }
    written.with_context(|| format!("{} cannot be written, and is as it was before", out.display()))?;
    Ok(bytes.len() as u64)
}

/// Files in a zip, in this order: those not to be packed first, then all others.
///
/// # Errors
///
/// When it cannot be written.
pub fn zip<'a>(
    out: &Path,
    stored: &[(&str, &[u8])],
    packed: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Result<u64> {
    // Without times, so that the same pages make the same file.
    let options = SimpleFileOptions::default();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in stored {
        zip.start_file(*name, options.compression_method(CompressionMethod::Stored))?;
        zip.write_all(bytes)?;
    }
    for (name, bytes) in packed {
        zip.start_file(name, options.compression_level(Some(9)))?;
        zip.write_all(bytes)?;
    }
    whole(out, &zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("course.zip");
        fs::write(&out, "old").unwrap();
        // What it writes first is in the way.
        let part = folder.path().join("course.zip.part");
        fs::create_dir(&part).unwrap();
        let error = whole(&out, b"new").unwrap_err().to_string();
        assert!(error.ends_with("course.zip cannot be written, and is as it was before"), "{error}");
        assert_eq!(fs::read_to_string(&out).unwrap(), "old");
        fs::remove_dir(&part).unwrap();
        assert_eq!(whole(&out, b"new one").unwrap(), 7);
        assert_eq!(fs::read_to_string(&out).unwrap(), "new one");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn a_place_where_no_file_can_be_is_named() {
        let folder = tempfile::tempdir().unwrap();
        for (out, why) in [
            (folder.path().to_owned(), "is a folder: name a file in it"),
            (folder.path().join("none/course.pdf"), "there is no folder"),
        ] {
            assert!(check(&out).unwrap_err().to_string().contains(why), "{why}");
        }
    }
}
