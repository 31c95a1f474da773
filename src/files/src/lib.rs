//! Files that are either the old ones or the new ones, never a part, and sets of files that are never mixed.
//!
//! A file is written under a temporary name (`.secateur-*.tmp`) beside its place, brought to the disk, and renamed. Of a
//! set all files are written first; then they are put in place together ([`FileSet::commit`]). Temporary files are removed on
//! every error and by [`abandon_writes`]; those of a process that was killed are removed by the next write in their folder.

mod place;
mod stale;
mod unfinished;

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

pub use place::follow as follow_links;
pub use unfinished::{TemporaryFolder, abandon_writes, temporary_folder};

use unfinished::Unfinished;

/// Whether files can be made in a folder: makes one and removes it.
///
/// # Errors
/// What the file system returns.
pub fn check_writable(folder: &Path) -> std::io::Result<()> {
    Unfinished::create(folder, false).map(drop)
}

/// Writes a file through a temporary one beside it, renamed when everything is on disk. On an error the old file, if there
/// is one, is untouched.
///
/// A symbolic link is followed, so the file it names is written and the link stays. The permissions of a file that is
/// replaced are kept, and its owner as far as the process may; a new file has those that the umask leaves. Other hard
/// links to a file that is replaced keep the old content.
///
/// # Errors
/// What the file system or `write` returns.
pub fn write_atomically(path: &Path, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> std::io::Result<()> {
    let mut set = FileSet::new();
    set.add(path, write).and_then(|()| set.commit()).map_err(|error| error.error)
}

/// Files that belong together: either all are written, or the old ones stay.
///
/// Each is written as by [`write_atomically`], but takes its place with the others only, in [`FileSet::commit`]. Dropped
/// before that, a set leaves nothing behind.
#[derive(Debug, Default)]
pub struct FileSet {
    staged: Vec<Staged>,
}

/// A file of a set could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot write: {error}", path.display())]
pub struct WriteError {
    /// The file, as it was named.
    pub path: PathBuf,
    /// What the file system says.
    pub error: std::io::Error,
}

/// A file under its temporary name.
#[derive(Debug)]
struct Staged {
    /// As it was named, for messages.
    path: PathBuf,
    /// Where it belongs, links followed.
    target: PathBuf,
    file: Unfinished,
}

impl FileSet {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes a file of the set under a temporary name, and brings it to the disk.
    ///
    /// # Errors
    /// [`WriteError`], if the file system or `write` returns an error, or if something other than a file has the name.
    pub fn add(
        &mut self,
        path: &Path,
        write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
    ) -> Result<(), WriteError> {
        let staged = self.stage(path, write);
        self.staged.push(staged.map_err(|error| WriteError { path: path.to_owned(), error })?);
        Ok(())
    }

    fn stage(&self, path: &Path, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> std::io::Result<Staged> {
        let target = place::follow(path)?;
        let folder = place::folder(&target);
        if !self.staged.iter().any(|staged| place::folder(&staged.target) == folder) {
            stale::sweep(folder);
        }
        let old = place::existing(&target)?;
        let mut file = Unfinished::create(folder, old.is_none())?;
        {
            let mut buffered = BufWriter::new(file.file());
            write(&mut buffered)?;
            buffered.flush()?;
        }
        if let Some(old) = old {
            place::take_over(file.file(), &old)?;
        }
        file.file().sync_all()?;
        Ok(Staged { path: path.to_owned(), target, file })
    }

    /// Puts all files in their places.
    ///
    /// Old files other than the first are set aside, then the new ones are renamed, the first one first, in some microseconds in
    /// all. So a process killed at any moment leaves the old set, the new one, or files of one of them only: the first is
    /// always there if it was before, another may be missing. On an error the old set is put back.
    ///
    /// # Errors
    /// [`WriteError`] names the file that could not be put in its place.
    pub fn commit(self) -> Result<(), WriteError> {
        // What is declared first is dropped last: on an error the old files are put back, then signals are let in, then the
        // temporary files go.
        let mut staged = self.staged.into_iter();
        let folders: Vec<PathBuf> =
            staged.as_slice().iter().map(|file| place::folder(&file.target).to_owned()).collect();
        let failed = |path: &Path, error| WriteError { path: path.to_owned(), error };
        let first = staged.as_slice().first().map(|file| file.path.clone()).unwrap_or_default();
        let mut all = unfinished::lock().map_err(|error| failed(&first, error))?;
        let mut old = Replaced::default();
        if folders.len() > 1 {
            for (index, Staged { path, target, .. }) in staged.as_slice().iter().enumerate() {
                let kept = if index == 0 { old.link(target) } else { old.set_aside(target) };
                kept.map_err(|error| failed(path, error))?;
            }
        }
        // By reference, so that the rest stays where it was declared.
        for Staged { path, target, file } in staged.by_ref() {
            file.persist(&target, &mut all).map_err(|error| failed(&path, error))?;
        }
        old.forget();
        drop(all);
        let distinct = folders.iter().enumerate().filter(|(index, folder)| !folders[..*index].contains(folder));
        distinct.for_each(|(_, folder)| place::sync_folder(folder));
        Ok(())
    }
}

/// The old files of a set while the new ones take their places. They are put back unless it was told to forget them.
#[derive(Debug, Default)]
struct Replaced {
    /// Where each belongs, and the name it has meanwhile; no name if there was none.
    files: Vec<(PathBuf, Option<PathBuf>)>,
}

impl Replaced {
    /// Gives a file another name beside its own; without effect where there are no hard links.
    fn link(&mut self, target: &Path) -> std::io::Result<()> {
        match unfinished::unused_name(place::folder(target), |kept| std::fs::hard_link(target, kept)) {
            Ok(((), kept)) => self.files.push((target.to_owned(), Some(kept))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => self.files.push((target.to_owned(), None)),
            Err(_) => {}
        }
        Ok(())
    }

    /// Gives a file another name in place of its own.
    fn set_aside(&mut self, target: &Path) -> std::io::Result<()> {
        place::existing(target)?;
        // A rename would replace what has the name.
        let rename = |kept: &Path| match kept.symlink_metadata() {
            Ok(_) => Err(std::io::ErrorKind::AlreadyExists.into()),
            Err(_) => std::fs::rename(target, kept),
        };
        match unfinished::unused_name(place::folder(target), rename) {
            Ok(((), kept)) => self.files.push((target.to_owned(), Some(kept))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => self.files.push((target.to_owned(), None)),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn forget(mut self) {
        for kept in std::mem::take(&mut self.files).into_iter().filter_map(|(_, kept)| kept) {
            let _ = std::fs::remove_file(kept);
        }
    }
}

impl Drop for Replaced {
    fn drop(&mut self) {
        // There is already an error to report; what cannot be put back stays under its other name.
        for (target, kept) in self.files.drain(..).rev() {
            let _ = match kept {
                // Of two names of one file, renaming one to the other removes neither.
                Some(kept) => std::fs::rename(&kept, target).and_then(|()| std::fs::remove_file(kept)),
                None => std::fs::remove_file(target),
            };
        }
    }
}

#[cfg(test)]
mod tests;

/// What the README shows is compiled and run with the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
