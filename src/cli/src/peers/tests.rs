//! Peers of all kinds, played by shell scripts: good ones, broken ones, and one that never ends.

#![cfg(unix)]

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use ndarray::{Array2, array};
use secateur_program::Stop;
use tempfile::TempDir;

use super::*;
use secateur::forest::grow::boost::{BoostData, BoostParams};
use secateur::forest::lightgbm::{Imported, write};

/// A folder with a program that is called as a Python would be: `program train.py METHOD DATA OUT`, or `program -c CODE`.
struct Fake {
    folder: TempDir,
    python: PathBuf,
}

impl Fake {
    fn new(body: &str) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let python = folder.path().join("python");
        std::fs::write(&python, format!("#!/bin/sh\n{body}\n")).unwrap();
        std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder, python }
    }

    fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    fn train(&self, peer: Peer, data: &PeerData<'_>) -> Result<Vec<PeerModel>, PeerError> {
        let mut models = Vec::new();
        train(peer, &self.python, data, &Control::new(), |model| {
            models.push(model);
            Ok::<(), PeerError>(())
        })?;
        Ok(models)
    }
}

fn rows() -> Array2<f64> {
    array![[0.0, 1.0], [1.0, f64::NAN], [2.0, 1.0], [3.0, 0.0]]
}

fn data<'a>(x: &'a Array2<f64>, prices: &'a PriceList) -> PeerData<'a> {
    let target = TargetView::Classes { labels: &[0, 0, 1, 1], n_classes: 2 };
    PeerData { x: x.view(), target, prices, seed: 7 }
}

fn prices() -> PriceList {
    PriceList::uniform(&["a".to_owned(), "b".to_owned()], 2.5).unwrap()
}

/// Boosted trees on the rows, as LightGBM would save them.
fn boosted(x: &Array2<f64>, prices: &PriceList, trees: usize) -> (Forest, String) {
    let target = data(x, prices).target;
    let boost = BoostParams { n_trees: trees, min_samples_leaf: 1, ..BoostParams::default() };
    let data = BoostData::new(x.view(), target, &[], None, prices, 255).unwrap();
    let forest = data.boost(&boost, None, &Control::new()).unwrap().forest;
    let text = write(&Imported::of(forest.clone(), &["a".into(), "b".into()])).unwrap();
    (forest, text)
}

#[test]
fn models_come_one_by_one_and_can_be_cut_off() {
    let (x, prices) = (rows(), prices());
    let (forest, text) = boosted(&x, &prices, 6);
    assert_eq!(forest.n_trees(), 6);
    let fake = Fake::new("");
    let model = fake.file("model.txt", text.as_bytes());
    let answer = r#"{"label":"strength 1","file":"000.txt","iterations":6,"seconds":0.5}"#;
    // The script is called with the folder that holds the problem; it complains that two models were announced.
    let body = format!(
        "[ \"$2\" = lightgbm-lazy ] || exit 3\ngrep -q '\"prices\":\\[2.5,2.5\\]' \"$3/problem.json\" || exit 4\n\
         [ $(wc -c < \"$3/train_x.f64\") = 64 ] || exit 5\necho models 2\ncp {model} \"$4/000.txt\"\necho '{answer}'\n\
         echo chatter\ncp {model} \"$4/001.txt\"\necho '{}'",
        answer.replace("000", "001")
    );
    let fake = Fake::new(&body);
    let seen = std::sync::Arc::new(Mutex::new(Vec::new()));
    let record = std::sync::Arc::clone(&seen);
    let control = Control::new().with_observer(move |progress| {
        record.lock().unwrap().push((progress.stage, progress.done, progress.total));
    });
    let mut models = Vec::new();
    let trained = train(Peer::LightGbmLazy, &fake.python, &data(&x, &prices), &control, |model| {
        models.push(model);
        Ok::<(), PeerError>(())
    });
    trained.unwrap();
    assert_eq!(*seen.lock().unwrap(), [("lightgbm-lazy", 1, 2), ("lightgbm-lazy", 2, 2)]);
    assert_eq!((models.len(), models[0].iterations, models[1].label.as_str()), (2, 6, "strength 1"));
    let cuts: Vec<(String, usize)> = models[0].cuts().map(|(label, forest)| (label, forest.n_trees())).collect();
    let expected = [1, 2, 3, 5].map(|trees| (format!("strength 1, {trees} of 6 iterations"), trees));
    assert_eq!(cuts[..4], expected);
    assert_eq!(cuts[4..], [("strength 1".to_owned(), 6)]);
}

#[test]
fn forests_of_scikit_learn_are_read() {
    let (x, prices) = (rows(), prices());
    let fake = Fake::new("");
    let integers = |values: &[i64]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let doubles = |values: &[f64]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    // One tree, two classes; a split of feature 0 at 1.5, missing values left.
    let head = integers(&[1, 2, 3, 1, -1, -1, 2, -1, -1, 0, -2, -2, 1, 0, 0]);
    let bytes = [head, doubles(&[1.5, -2.0, -2.0]), doubles(&[2.0, 2.0, 2.0, 0.0, 0.0, 2.0])].concat();
    let answer = r#"echo '{"label":"sqrt","file":"000.trees","iterations":1,"seconds":0.1}'"#;
    let with = |bytes: &[u8]| Fake::new(&format!("cp {} \"$4/000.trees\"\n{answer}", fake.file("forest", bytes)));
    let models = with(&bytes).train(Peer::SklearnForest, &data(&x, &prices)).unwrap();
    let forest = &models[0].forest;
    assert_eq!((forest.n_trees(), forest.feature(0), forest.threshold(0)), (1, Some(0), 1.5));
    assert_eq!(models[0].cuts().count(), 1);
    // Whatever is cut off or put in is refused, not believed.
    for wrong in [&bytes[..bytes.len() - 1], &bytes[..8], &integers(&[i64::MAX, 2, 3]), &integers(&[1, i64::MAX, 0])] {
        let error = with(wrong).train(Peer::SklearnForest, &data(&x, &prices)).unwrap_err();
        assert!(matches!(error, PeerError::Malformed { peer: "sklearn-forest", .. }), "{error}");
    }
}

#[test]
fn what_fails_is_named() {
    let (x, prices) = (rows(), prices());
    let data = data(&x, &prices);
    let failing = |body: &str| Fake::new(body).train(Peer::LightGbmPlain, &data).unwrap_err();
    let error = failing("echo \"ModuleNotFoundError: No module named 'lightgbm'\" >&2; exit 1");
    assert!(matches!(error, PeerError::NotInstalled { module, .. } if module == "lightgbm"));
    let error = failing("echo first >&2; echo the last words >&2; exit 9").to_string();
    assert!(
        error.contains("lightgbm-plain") && error.contains("9") && error.contains("first; the last words"),
        "{error}"
    );
    assert!(matches!(failing("echo '{'"), PeerError::Malformed { .. }));
    let line = r#"echo '{"label":"","file":"none.txt","iterations":1,"seconds":1}'"#;
    assert!(matches!(failing(line), PeerError::Files { .. }));
    let error =
        train(Peer::LightGbmLazy, Path::new("/nowhere/python"), &data, &Control::new(), |_| Ok::<(), PeerError>(()));
    assert!(matches!(error, Err(PeerError::Python { .. })));
    assert!(matches!(installed(Path::new("/nowhere/python")), Err(PeerError::Python { .. })));
}

#[test]
fn modules_are_looked_for() {
    let fake = Fake::new("case \"$2\" in *lightgbm*) exit 0;; *) exit 1;; esac");
    assert_eq!(installed(&fake.python).unwrap(), [Peer::LightGbmLazy, Peer::LightGbmCoupled, Peer::LightGbmPlain]);
    assert_eq!(installed(&Fake::new("exit 0").python).unwrap(), Peer::ALL);
    assert_eq!(installed(&Fake::new("exit 1").python).unwrap(), []);
}

#[test]
fn a_process_that_never_ends_is_killed_at_the_limit_or_when_nobody_wants_more() {
    let (x, prices) = (rows(), prices());
    let fake = Fake::new("echo $$ > \"$0.pid\"; exec sleep 600");
    let gone = || {
        let pid = std::fs::read_to_string(fake.folder.path().join("python.pid")).unwrap();
        !Path::new(&format!("/proc/{}", pid.trim())).exists()
    };
    let control = Control::new().with_time_limit(Duration::from_millis(300));
    let started = Instant::now();
    let stopped = train(Peer::LightGbmLazy, &fake.python, &data(&x, &prices), &control, |_| Ok::<(), PeerError>(()));
    assert_eq!(stopped, Err(PeerError::Stopped(Stop::TimeLimit)));
    assert!(started.elapsed() < Duration::from_secs(60) && gone());

    let (_, text) = boosted(&x, &prices, 1);
    let model = fake.file("model.txt", text.as_bytes());
    let answer = r#"{"label":"","file":"0.txt","iterations":1,"seconds":0}"#;
    let fake = Fake::new(&format!("cp {model} \"$4/0.txt\"; echo '{answer}'; exec sleep 600"));
    let enough = PeerError::Files { message: "enough".into() };
    let ended = train(Peer::LightGbmLazy, &fake.python, &data(&x, &prices), &Control::new(), |_| Err(enough.clone()));
    assert_eq!(ended, Err(enough));
}
