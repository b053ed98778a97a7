//! Files are written beside the old ones and take their place when they are whole: a disk that fills leaves the old
//! one as it was.

use anyhow::{Context, Result, ensure};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
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
pub fn whole(out: &Path, fill: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<u64> {
    let mut part = out.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let written: Result<u64> = (|| {
        let mut file = BufWriter::new(File::create(&part)?);
        fill(&mut file)?;
        file.flush()?;
        file.get_ref().sync_all()?;
        fs::rename(&part, out)?;
        Ok(fs::metadata(out)?.len())
    })();
    if written.is_err() {
        fs::remove_file(&part).ok();
    }
    written.with_context(|| format!("{} cannot be written, and is as it was before", out.display()))
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
    whole(out, |file| {
        // Without times, so that the same pages make the same file.
        let options = SimpleFileOptions::default();
        let mut zip = ZipWriter::new(file);
        for (name, bytes) in stored {
            zip.start_file(*name, options.compression_method(CompressionMethod::Stored))?;
            zip.write_all(bytes)?;
        }
        for (name, bytes) in packed {
            zip.start_file(name, options.compression_level(Some(9)))?;
            zip.write_all(bytes)?;
        }
        zip.finish()?;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_to_its_end_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("course.zip");
        fs::write(&out, "old").unwrap();
        let error = whole(&out, |file| {
            file.write_all(b"half")?;
            anyhow::bail!("the disk is full")
        });
        assert!(format!("{:#}", error.unwrap_err()).contains("as it was before: the disk is full"));
        assert_eq!(fs::read_to_string(&out).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
        assert_eq!(whole(&out, |file| Ok(file.write_all(b"new one")?)).unwrap(), 7);
        assert_eq!(fs::read_to_string(&out).unwrap(), "new one");
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
