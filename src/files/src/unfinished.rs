//! Temporary files and folders that must not outlive the process.

use std::fs::{DirBuilder, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Names of temporary files begin and end so.
pub(super) const PREFIX: &str = ".secateur-";
pub(super) const SUFFIX: &str = ".tmp";

/// Names that are tried before giving up; each has 64 random bits.
const MOST_NAMES: usize = 1000;

static ALL: Mutex<All> = Mutex::new(All { closed: false, placed: false, paths: Vec::new() });

/// What is unfinished in this process.
#[derive(Debug)]
pub(super) struct All {
    /// Whether the process is about to end, so that nothing is begun or put in place any more.
    closed: bool,
    /// Whether any file has been put in its place.
    placed: bool,
    paths: Vec<PathBuf>,
}

impl All {
    fn forget(&mut self, path: &Path) {
        self.paths.retain(|known| known != path);
    }

    /// Removes everything; nothing can be begun afterwards. Says whether any file had been put in its place.
    fn abandon(&mut self) -> bool {
        self.closed = true;
        for path in self.paths.drain(..) {
            let _ = std::fs::remove_file(&path).or_else(|_| std::fs::remove_dir_all(&path));
        }
        self.placed
    }
}

/// Removes the temporary files of all writes that are under way, and lets no other begin or end: for a process that is
/// about to end because of a signal. Waits for files that are being put in place at this moment.
///
/// Returns whether this process has put any file in its place: if so, what it leaves is not only what was there before.
pub fn abandon_writes() -> bool {
    ALL.lock().unwrap_or_else(PoisonError::into_inner).abandon()
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
    file: Option<(File, PathBuf)>,
}

impl Unfinished {
    /// A file in this folder: with the permissions that the umask leaves, or for its owner only.
    pub(super) fn create(folder: &Path, ordinary: bool) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(if ordinary { 0o666 } else { 0o600 });
        }
        #[cfg(not(unix))]
        let _ = ordinary;
        let mut all = lock()?;
        let (file, path) = unused_name(folder, |path| options.open(path))?;
        all.paths.push(path.clone());
        // Where there are no locks, nobody takes an unlocked file for a stale one either.
        let _ = file.try_lock();
        Ok(Self { file: Some((file, path)) })
    }

    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file.as_mut().expect("it is not in its place yet").0
    }

    /// Renames it.
    pub(super) fn persist(mut self, target: &Path, all: &mut All) -> Result<()> {
        let (file, temporary) = self.file.take().expect("it is not in its place yet");
        let _ = file.unlock();
        drop(file);
        all.forget(&temporary);
        std::fs::rename(&temporary, target).inspect(|()| all.placed = true).inspect_err(|_| {
            let _ = std::fs::remove_file(&temporary);
        })
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some((file, path)) = self.file.take() {
            drop(file);
            let _ = std::fs::remove_file(&path);
            ALL.lock().unwrap_or_else(PoisonError::into_inner).forget(&path);
        }
    }
}

/// Calls `make` with random names in the folder until one is not taken. Returns what was made, and its name.
pub(super) fn unused_name<T>(folder: &Path, make: impl Fn(&Path) -> Result<T>) -> Result<(T, PathBuf)> {
    for _ in 0..MOST_NAMES {
        // Every state of the standard hasher has keys of its own, drawn by the operating system.
        let random = RandomState::new().hash_one(std::process::id());
        let path = folder.join(format!("{PREFIX}{random:016x}{SUFFIX}"));
        match make(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            made => return made.map(|made| (made, path)),
        }
    }
    Err(Error::new(ErrorKind::AlreadyExists, "no name for a temporary file is free"))
}

/// A folder among the system's temporary files.
///
/// # Errors
/// What the file system returns.
pub fn temporary_folder() -> Result<TemporaryFolder> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let mut all = lock()?;
    let ((), path) = unused_name(&std::env::temp_dir(), |path| builder.create(path))?;
    all.paths.push(path.clone());
    Ok(TemporaryFolder { path })
}

/// A folder that is removed with everything in it when this is dropped, also by [`abandon_writes`].
#[derive(Debug)]
pub struct TemporaryFolder {
    path: PathBuf,
}

impl TemporaryFolder {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
        ALL.lock().unwrap_or_else(PoisonError::into_inner).forget(&self.path);
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
        let mut all =
            All { closed: false, placed: false, paths: vec![file, inner, folder.path().join("gone already")] };
        assert!(!all.abandon());
        assert!(all.closed && all.paths.is_empty());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn it_is_known_whether_a_file_has_taken_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let mut all = All { closed: false, placed: false, paths: Vec::new() };
        let made = || Unfinished::create(folder.path(), true).unwrap();
        made().persist(&folder.path().join("no folder/file"), &mut all).unwrap_err();
        assert!(!all.abandon());
        made().persist(&folder.path().join("file"), &mut all).unwrap();
        assert!(all.abandon());
    }
}
