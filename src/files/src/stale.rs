//! Temporary files of processes that were killed.

use std::fs::{DirEntry, File, TryLockError};
use std::path::Path;
use std::time::Duration;

use super::unfinished::{PREFIX, SUFFIX};

/// Younger files may belong to a process that has made its file and not locked it yet.
const AGE: Duration = Duration::from_secs(60);

/// Entries of a folder that are looked at, so that a write into a folder of millions of files takes no longer.
const LOOKED_AT: usize = 10_000;

/// Removes temporary files in a folder that no living process holds: a process locks its own for as long as it lives, on
/// whatever machine.
pub(super) fn sweep(folder: &Path) {
    sweep_older_than(folder, AGE);
}

fn sweep_older_than(folder: &Path, age: Duration) {
    // Housekeeping: the write says what is wrong with the folder.
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.take(LOOKED_AT).filter_map(Result::ok) {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(PREFIX) && name.ends_with(SUFFIX) && is_stale(&entry, age) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn is_stale(entry: &DirEntry, age: Duration) -> bool {
    // Of the entry itself: links are none of ours.
    let Ok(found) = entry.metadata() else { return false };
    let old = found.modified().ok().and_then(|modified| modified.elapsed().ok()).is_some_and(|passed| passed >= age);
    if !found.is_file() || !old {
        return false;
    }
    // Locks of files that are open for reading only are refused by some network file systems: then it stays.
    let unlocked = |file: File| match file.try_lock() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    };
    File::open(entry.path()).is_ok_and(unlocked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unfinished::Unfinished;

    #[test]
    fn only_what_nobody_holds_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in [".secateur-killed.tmp", ".secateur-other", "model", "x.tmp"] {
            std::fs::write(at(name), "").unwrap();
        }
        std::fs::create_dir(at(".secateur-folder.tmp")).unwrap();
        let mut held = Unfinished::create(folder.path(), true).unwrap();
        held.file().sync_all().unwrap();
        let count = || std::fs::read_dir(folder.path()).unwrap().count();
        sweep(folder.path());
        assert_eq!(count(), 6, "all are young");
        sweep_older_than(folder.path(), Duration::ZERO);
        assert_eq!(count(), 5);
        assert!(!at(".secateur-killed.tmp").exists());
        drop(held);
        assert_eq!(count(), 4);
    }
}
