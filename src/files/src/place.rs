//! Where a file belongs, and what the file there hands on to its successor.

use std::fs::{File, Metadata};
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

/// Links that are followed, one to the next: as many as Linux does.
const MAX_LINKS: usize = 40;

/// The file that a path stands for: symbolic links are followed, also to a file that is not there yet.
///
/// # Errors
/// What the file system says about a link, or that links go in a circle.
pub fn follow(path: &Path) -> Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..=MAX_LINKS {
        match path.symlink_metadata() {
            Ok(found) if found.is_symlink() => path = folder(&path).join(path.read_link()?),
            Ok(_) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(path),
            Err(error) => return Err(error),
        }
    }
    Err(Error::other("too many levels of symbolic links"))
}

/// The folder of a file.
pub(super) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The file there, if there is one.
pub(super) fn existing(target: &Path) -> Result<Option<Metadata>> {
    match target.symlink_metadata() {
        Ok(found) if found.is_file() => Ok(Some(found)),
        Ok(_) => Err(Error::new(ErrorKind::InvalidInput, "this is not a plain file")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Gives a file, which nobody else could open so far, the owner and the permissions of the one that it replaces.
#[cfg(unix)]
pub(super) fn take_over(file: &File, old: &Metadata) -> Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let new = file.metadata()?;
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        // Only root gives files away; of groups one's own will do.
        let _ = fchown(file, Some(old.uid()), Some(old.gid())).or_else(|_| fchown(file, None, Some(old.gid())));
    }
    file.set_permissions(std::fs::Permissions::from_mode(old.permissions().mode() & 0o777))
}

#[cfg(not(unix))]
pub(super) fn take_over(_: &File, _: &Metadata) -> Result<()> {
    Ok(())
}

/// Brings the names in a folder to the disk, where the system can.
pub(super) fn sync_folder(folder: &Path) {
    #[cfg(unix)]
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    #[cfg(not(unix))]
    let _ = folder;
}
