//! Temporary files and folders that must not outlive the process.

use std::fs::File;
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::{Builder, NamedTempFile, TempDir};

/// Names of temporary files begin and end so.
pub(super) const PREFIX: &str = ".secateur-";
pub(super) const SUFFIX: &str = ".tmp";

static ALL: Mutex<All> = Mutex::new(All { closed: false, paths: Vec::new() });

/// What is unfinished in this process.
#[derive(Debug)]
pub(super) struct All {
    /// Whether the process is about to end, so that nothing is begun or put in place any more.
    closed: bool,
    paths: Vec<PathBuf>,
}

impl All {
    fn forget(&mut self, path: &Path) {
        self.paths.retain(|known| known != path);
    }

    /// Removes everything; nothing can be begun afterwards.
    fn abandon(&mut self) {
        self.closed = true;
        for path in self.paths.drain(..) {
            let _ = std::fs::remove_file(&path).or_else(|_| std::fs::remove_dir_all(&path));
        }
    }
}

/// Removes the temporary files of all writes that are under way, and lets no other begin or end: for a process that is
/// about to end because of a signal. Waits for files that are being put in place at this moment.
pub fn abandon_writes() {
    ALL.lock().unwrap_or_else(PoisonError::into_inner).abandon();
}

/// While this is held, [`abandon_writes`] waits.
pub(super) fn lock() -> Result<MutexGuard<'static, All>> {
    let all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    if all.closed { Err(Error::other("the program is ending")) } else { Ok(all) }
}

/// A temporary file that removes itself. It is locked as long as its process lives.
#[derive(Debug)]
pub(super) struct Unfinished {
    /// `None` when it has been put in its place.
    file: Option<NamedTempFile>,
}

impl Unfinished {
    /// A file in this folder: with the permissions that the umask leaves, or for its owner only.
    pub(super) fn create(folder: &Path, ordinary: bool) -> Result<Self> {
        let mut builder = Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        #[cfg(unix)]
        if ordinary {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        #[cfg(not(unix))]
        let _ = ordinary;
        let mut all = lock()?;
        let file = builder.tempfile_in(folder)?;
        all.paths.push(file.path().to_owned());
        // Where there are no locks, nobody takes an unlocked file for a stale one either.
        let _ = file.as_file().try_lock();
        Ok(Self { file: Some(file) })
    }

    pub(super) fn file(&mut self) -> &mut File {
        self.file.as_mut().expect("it is not in its place yet").as_file_mut()
    }

    /// Renames it.
    pub(super) fn persist(mut self, target: &Path, all: &mut All) -> Result<()> {
        let file = self.file.take().expect("it is not in its place yet");
        let temporary = file.path().to_owned();
        let _ = file.as_file().unlock();
        let persisted = file.persist(target);
        all.forget(&temporary);
        // The file, returned with the error, removes itself here.
        persisted.map(|_| ()).map_err(|error| error.error)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            let path = file.path().to_owned();
            drop(file);
            ALL.lock().unwrap_or_else(PoisonError::into_inner).forget(&path);
        }
    }
}

/// Calls `make` with names in the folder until one is not taken.
pub(super) fn unused_name(folder: &Path, make: impl Fn(&Path) -> Result<()>) -> Result<PathBuf> {
    let fresh = |path: &Path| {
        if path.symlink_metadata().is_ok() { Err(std::io::ErrorKind::AlreadyExists.into()) } else { make(path) }
    };
    let made = Builder::new().prefix(PREFIX).suffix(SUFFIX).make_in(folder, fresh)?;
    made.into_temp_path().keep().map_err(|error| error.error)
}

/// A folder among the system's temporary files.
///
/// # Errors
/// What the file system returns.
pub(crate) fn temporary_folder() -> Result<TemporaryFolder> {
    let mut all = lock()?;
    let folder = tempfile::tempdir()?;
    all.paths.push(folder.path().to_owned());
    Ok(TemporaryFolder { folder: Some(folder) })
}

/// A folder that is removed with everything in it, also by [`abandon_writes`].
#[derive(Debug)]
pub(crate) struct TemporaryFolder {
    folder: Option<TempDir>,
}

impl TemporaryFolder {
    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.folder.as_ref().expect("it is there until it is dropped").path()
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if let Some(folder) = self.folder.take() {
            let path = folder.path().to_owned();
            drop(folder);
            ALL.lock().unwrap_or_else(PoisonError::into_inner).forget(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_abandoned_is_gone() {
        // Not the one of the process: other tests write.
        let folder = tempfile::tempdir().unwrap();
        let (file, inner) = (folder.path().join("file"), folder.path().join("inner"));
        std::fs::write(&file, "half").unwrap();
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(inner.join("data"), "rows").unwrap();
        let mut all = All { closed: false, paths: vec![file, inner, folder.path().join("gone already")] };
        all.abandon();
        assert!(all.closed && all.paths.is_empty());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
