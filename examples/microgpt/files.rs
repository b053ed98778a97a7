//! Writing files so that nothing is lost: a file is replaced by a whole new one, or stays as it was.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use thiserror::Error;

/// Why a file was not written.
#[derive(Debug, Error)]
#[error("cannot write {}: {source}; make room or give another path (what was there is unchanged)", path.display())]
pub struct WriteError {
    path: PathBuf,
    source: io::Error,
}

/// Where the bytes go.
enum Target {
    /// To a file, old or new. The path is that behind symbolic links.
    File { path: PathBuf, permissions: Option<Permissions> },
    /// To something that cannot be replaced: a pipe, a terminal, a device.
    Special,
}

/// Whether [`write`] could begin to write `path` now, found out without changing anything there.
pub fn check_writable(path: &Path) -> Result<(), WriteError> {
    let attempt = || match target(path)? {
        Target::File { path, .. } => temporary_beside(&path).map(drop),
        Target::Special => Ok(()),
    };
    attempt().map_err(|source| WriteError { path: path.to_owned(), source })
}

/// Writes `bytes` to a temporary file beside `path` and, once it is safe on the disk, renames it.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let attempt = || match target(path)? {
        Target::File { path, permissions } => {
            let mut file = temporary_beside(&path)?;
            file.as_file_mut().write_all(bytes)?;
            if let Some(permissions) = permissions {
                file.as_file().set_permissions(permissions)?;
            }
            file.as_file().sync_all()?;
            file.persist(&path)?;
            Ok(())
        }
        Target::Special => File::options().write(true).open(path)?.write_all(bytes),
    };
    attempt().map_err(|source| WriteError { path: path.to_owned(), source })
}

fn target(path: &Path) -> io::Result<Target> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(found) if !found.is_file() => Ok(Target::Special),
        Ok(found) if found.permissions().readonly() => Err(io::ErrorKind::PermissionDenied.into()),
        Ok(found) => {
            Ok(Target::File { path: fs::canonicalize(path)?, permissions: Some(found.permissions()) })
        }
        // What ends like a folder, and is none, cannot become a file.
        Err(error) if error.kind() == io::ErrorKind::NotFound && !ends_with_separator(path) => {
            Ok(Target::File { path: path.to_owned(), permissions: None })
        }
        Err(error) => Err(error),
    }
}

fn ends_with_separator(path: &Path) -> bool {
    path.to_string_lossy().ends_with(std::path::is_separator)
}

fn temporary_beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::metadata(folder)?;
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    let builder = {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(Permissions::from_mode(0o666)) // less the umask, like any new file
    };
    let file = builder.prefix(".microgpt-").tempfile_in(folder);
    file.map_err(|error| error.kind().into()) // without the temporary file's name
}
