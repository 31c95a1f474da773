use super::*;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn names(folder: &tempfile::TempDir) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn put(path: &Path, content: &str) {
    write_atomically(path, |out| out.write_all(content.as_bytes())).unwrap();
}

fn content(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn a_failed_write_leaves_the_old_file() {
    let folder = folder();
    let path = folder.path().join("model");
    put(&path, "old");
    let failed = write_atomically(&path, |out| {
        out.write_all(b"half of the new")?;
        Err(std::io::Error::other("disk full"))
    });
    assert!(failed.is_err());
    assert_eq!(content(&path), "old");
    assert_eq!(names(&folder), ["model"], "no temporary file stays");
}

#[test]
fn a_set_appears_together_or_not_at_all() {
    let folder = folder();
    let [model, report, other] = ["model", "report", "other"].map(|name| folder.path().join(name));
    let write = |content: &'static str| move |out: &mut dyn Write| out.write_all(content.as_bytes());
    let mut set = FileSet::new();
    set.add(&model, write("model 1")).unwrap();
    assert!(!model.exists());
    set.add(&report, write("report 1")).unwrap();
    set.commit().unwrap();
    assert_eq!((content(&model), content(&report)), ("model 1".into(), "report 1".into()));

    let mut set = FileSet::new();
    set.add(&model, write("model 2")).unwrap();
    let failed = set.add(&report, |_| Err(std::io::Error::other("disk full"))).unwrap_err();
    assert_eq!(failed.to_string(), format!("{}: cannot write: disk full", report.display()));
    drop(set);
    assert_eq!((content(&model), content(&report)), ("model 1".into(), "report 1".into()));
    assert_eq!(names(&folder), ["model", "report"]);

    let mut set = FileSet::new();
    for (path, text) in [(&model, "model 3"), (&other, "other 3"), (&report, "report 3")] {
        set.add(path, write(text)).unwrap();
    }
    set.commit().unwrap();
    assert_eq!([content(&model), content(&other), content(&report)], ["model 3", "other 3", "report 3"]);
    assert_eq!(names(&folder), ["model", "other", "report"]);
}

/// Something takes a place after the files were written: the old set comes back whole.
#[test]
fn a_set_that_cannot_take_its_places_is_put_back() {
    let folder = folder();
    let [model, report, figures] = ["model", "report", "figures"].map(|name| folder.path().join(name));
    put(&model, "model 1");
    put(&report, "report 1");
    let commit = |set: FileSet| set.commit().map_err(|error| error.path);
    for (blocked, commit) in [(&model, &commit as Commit<'_>), (&figures, &commit), (&figures, &late)] {
        let mut set = FileSet::new();
        for path in [&model, &report, &figures] {
            set.add(path, |out| out.write_all(b"new")).unwrap();
        }
        let moved = folder.path().join("moved");
        let was_there = std::fs::rename(blocked, &moved).is_ok();
        std::fs::create_dir(blocked).unwrap();
        std::fs::write(blocked.join("in it"), "").unwrap();
        assert_eq!(&commit(set).unwrap_err(), blocked);
        std::fs::remove_dir_all(blocked).unwrap();
        if was_there {
            std::fs::rename(&moved, blocked).unwrap();
        }
        assert_eq!((content(&model), content(&report)), ("model 1".into(), "report 1".into()));
        assert_eq!(names(&folder), ["model", "report"]);
    }
}

type Commit<'a> = &'a dyn Fn(FileSet) -> Result<(), PathBuf>;

/// Puts a set in place as `commit` does, not looking at the last place before.
fn late(set: FileSet) -> Result<(), PathBuf> {
    let mut staged = set.staged.into_iter();
    let mut all = unfinished::lock().unwrap();
    let mut old = Replaced::default();
    old.link(&staged.as_slice()[0].target).unwrap();
    old.set_aside(&staged.as_slice()[1].target).unwrap();
    for Staged { path, target, file } in staged.by_ref() {
        file.persist(&target, &mut all).map_err(|_| path)?;
    }
    Ok(())
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn permissions_are_kept_or_those_of_any_new_file() {
        let folder = folder();
        let (path, other) = (folder.path().join("model"), folder.path().join("other"));
        std::fs::write(&other, "").unwrap();
        put(&path, "new");
        assert_eq!(mode(&path), mode(&other), "as the umask has it");
        for kept in [0o600, 0o640, 0o400, 0o664, 0o755] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(kept)).unwrap();
            put(&path, "newer");
            assert_eq!(mode(&path), kept);
        }
    }

    #[test]
    fn links_are_followed_and_stay() {
        let folder = folder();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("deep")).unwrap();
        symlink("deep/second", at("link")).unwrap();
        symlink("../file", at("deep/second")).unwrap();
        // First there is no file at their end.
        for content in ["first", "then"] {
            put(&at("link"), content);
            assert_eq!(super::content(&at("file")), content);
            assert!(at("link").symlink_metadata().unwrap().is_symlink());
            assert!(at("deep/second").symlink_metadata().unwrap().is_symlink());
        }
        symlink("nowhere/file", at("dangling")).unwrap();
        symlink("loop", at("loop")).unwrap();
        symlink("/dev/null", at("device")).unwrap();
        for (name, reason) in [("dangling", "No such file"), ("loop", "symbolic links"), ("device", "not a plain file")]
        {
            let error = write_atomically(&at(name), |out| out.write_all(b"lost")).unwrap_err();
            assert!(error.to_string().contains(reason), "{name}: {error}");
        }
        assert_eq!(names(&folder), ["dangling", "deep", "device", "file", "link", "loop"]);
    }
}
