//! Tests on the files themselves run only where `SECATEUR_DATA` is set.

use std::time::Instant;

use super::*;

/// The catalogue, or `None` with a line that says so.
fn catalogue(test: &str) -> Option<Catalogue> {
    let found = Catalogue::from_env().ok();
    if found.is_none() {
        println!("{test} skipped: {VARIABLE} is not set");
    }
    found
}

fn class_counts(table: &Dataset) -> Vec<usize> {
    let Target::Classes { labels, names } = &table.target else { panic!("kind") };
    let mut counts = vec![0; names.len()];
    labels.iter().for_each(|&label| counts[label as usize] += 1);
    counts
}

fn column<'t>(table: &'t Dataset, name: &str) -> ndarray::ArrayView1<'t, f64> {
    let at = table.feature_names.iter().position(|known| known == name).unwrap();
    table.features.column(at)
}

#[test]
fn every_set_has_the_shape_of_the_manifest() {
    let Some(catalogue) = catalogue("shapes") else { return };
    for set in DATA_SETS {
        let start = Instant::now();
        let loaded = catalogue.load(set.name).unwrap();
        println!("{:14} {:6.2} s", set.name, start.elapsed().as_secs_f64());
        loaded.encoding.check().unwrap();
        let parts = [
            (Role::All, &loaded.all),
            (Role::Train, &loaded.train),
            (Role::Valid, &loaded.valid),
            (Role::Test, &loaded.test),
        ];
        for (role, part) in parts {
            let rows: usize = set.files.iter().filter(|file| file.role == role).map(|file| file.rows).sum();
            assert_eq!(part.as_ref().map_or(0, Dataset::n_examples), rows, "{} {role:?}", set.name);
            let Some(table) = part else { continue };
            assert_eq!(table.n_features(), set.n_features, "{}", set.name);
            assert_eq!(table.feature_names, loaded.encoding.feature_names());
            match (set.kind, &table.target) {
                (Kind::Classes(n), Target::Classes { names, labels }) => {
                    assert_eq!(names.len(), n, "{}", set.name);
                    assert_eq!(labels.len(), rows);
                }
                (Kind::Values, Target::Values(values)) => assert_eq!(values.len(), rows),
                _ => panic!("{}: kind of target", set.name),
            }
        }
    }
}

#[test]
fn inflated_content_has_its_digest() {
    let Some(catalogue) = catalogue("digests") else { return };
    let files = DATA_SETS.iter().flat_map(|set| set.files);
    for file in files.chain([&manifest::PRICES, &manifest::THYROID_PRICES, &manifest::YAHOO_COSTS]) {
        let (content, _) = catalogue.content(file).unwrap();
        let digest: String = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, file.sha256_plain, "{}", file.path);
    }
}

#[test]
fn known_facts_of_the_sets() {
    let Some(catalogue) = catalogue("facts") else { return };
    let covertype = catalogue.load("covertype").unwrap().all.unwrap();
    assert_eq!(column(&covertype, "Elevation")[0], 3004.0);
    for prefix in ["Wilderness_Area", "Soil_Type"] {
        let columns: Vec<usize> = (0..54).filter(|&at| covertype.feature_names[at].starts_with(prefix)).collect();
        for row in covertype.features.rows() {
            assert_eq!(columns.iter().map(|&at| row[at]).sum::<f64>(), 1.0);
        }
    }
    let heart5 = catalogue.load("heart5").unwrap().all.unwrap();
    assert_eq!(class_counts(&heart5), [164, 55, 36, 35, 13]);
    let heart = catalogue.load("heart").unwrap();
    assert_eq!(class_counts(heart.all.as_ref().unwrap()), [164, 139]);
    assert!(column(heart.all.as_ref().unwrap(), "ca").iter().any(|value| value.is_nan()));
    let pima = catalogue.load("pima").unwrap().all.unwrap();
    assert_eq!(class_counts(&pima), [500, 268]);
    assert_eq!(column(&pima, "insulin").iter().filter(|value| value.is_nan()).count(), 374);
    assert!(column(&pima, "pregnancies").iter().all(|value| !value.is_nan()));
    let adult = catalogue.load("adult").unwrap();
    assert_eq!(class_counts(adult.train.as_ref().unwrap()), [24_720, 7_841]);
    assert_eq!(class_counts(adult.test.as_ref().unwrap()), [12_435, 3_846]);
    let categorical = |encoding: &Encoding| {
        encoding.columns.iter().filter(|column| column.kind != secateur_datasets::ColumnKind::Numeric).count()
    };
    assert_eq!(categorical(&adult.encoding), 8);
    assert_eq!(categorical(&catalogue.load("bank").unwrap().encoding), 9);
    let mq2008 = catalogue.load("mq2008").unwrap();
    let mut queries = mq2008.train.unwrap().groups.unwrap();
    queries.extend(mq2008.valid.unwrap().groups.unwrap());
    queries.extend(mq2008.test.unwrap().groups.unwrap());
    queries.sort_unstable();
    queries.dedup();
    assert_eq!(queries.len(), 784);
}

#[test]
fn prices_add_up() {
    let Some(catalogue) = catalogue("prices") else { return };
    let cents = |price: f64| (price * 100.0).round() as i64;
    let sheet = |name: &str| catalogue.sheet(name).unwrap();
    let price = |name: &str, features: &[&str]| cents(sheet(name).price_of(features).unwrap());
    for set in DATA_SETS.iter().filter(|set| set.prices.is_some()) {
        let names: Vec<String> = sheet(set.name).features.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, catalogue.load(set.name).unwrap().encoding.feature_names());
    }
    for (feature, full) in
        [("chol", 727), ("fbs", 520), ("thalach", 10_290), ("thal", 10_290), ("exang", 8_730), ("ca", 10_090)]
    {
        assert_eq!(price("heart", &[feature]), full, "{feature}");
    }
    assert_eq!(price("heart", &["chol", "fbs"]), 210 + 517 + 310);
    assert_eq!(price("heart", &["thal", "thalach"]), 10_190 + 200);
    assert_eq!(price("heart", &["exang", "oldpeak", "slope"]), 8_630 + 300);
    let find =
        |name: &str| sheet("heart").sources.into_iter().find(|(source, _)| source == name).map(|(_, price)| price);
    assert_eq!(find("blood_draw"), Some(2.1));
    assert_eq!(find("exercise_test_B"), Some(101.9));
    assert_eq!(find("exercise_test_C"), Some(86.3));
    assert_eq!(price("pima", &["glucose", "insulin"]), 210 + 1_551 + 2_068);
    assert_eq!(price("thyroid", &["FTI"]), 1_451 + 1_141);
    assert_eq!(price("thyroid", &["FTI", "TT4", "T4U"]), 1_451 + 1_141);
    assert_eq!(price("nhanes", &["BMXBMI"]), 1_000);
    assert_eq!(price("nhanes", &["BMXBMI", "BMXHT", "LBXTC"]), 1_900);

    // The thyroid prices are published twice; the two must agree.
    let (content, _) = catalogue.content(&manifest::THYROID_PRICES).unwrap();
    let lines = String::from_utf8(content).unwrap();
    for (name, listed) in lines.lines().filter_map(|line| line.split_once(':')) {
        assert_eq!(price("thyroid", &[name]), cents(listed.trim().parse().unwrap()), "{name}");
    }
    assert_eq!(lines.lines().count(), 20);
    assert_eq!(catalogue.yahoo_costs().unwrap().len(), 519);
    assert!(matches!(catalogue.prices("adult"), Err(Error::NoPrices { .. })));
}

#[test]
fn missing_and_altered_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = Catalogue::open(folder.path());
    let error = catalogue.load("pima").unwrap_err();
    assert!(matches!(error, Error::MissingFile { .. }));
    let message = error.to_string();
    for part in ["cost/pima-indians-diabetes.csv.xz", VARIABLE, &folder.path().display().to_string()] {
        assert!(message.contains(part), "{message}");
    }
    std::fs::create_dir(folder.path().join("cost")).unwrap();
    std::fs::write(folder.path().join("cost/pima-indians-diabetes.csv.xz"), b"abc").unwrap();
    let error = catalogue.load("pima").unwrap_err();
    // SHA-256 of "abc" from FIPS 180-4.
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert!(matches!(&error, Error::Digest { found, .. } if found == digest), "{error}");
    assert!(error.to_string().contains("31c8b588078ebb87"));
    assert!(error.to_string().contains("pima-indians-diabetes.csv.xz"));
}

#[test]
fn unknown_names_are_answered_with_the_known_ones() {
    let catalogue = Catalogue::open("nowhere");
    let error = catalogue.load("covtype").unwrap_err();
    assert!(matches!(error, Error::UnknownSet { .. }) && error.to_string().contains("covertype"));
    let error = catalogue.prices("covertype").unwrap_err();
    assert!(matches!(error, Error::NoPrices { .. }) && error.to_string().contains("thyroid"));
}

#[test]
fn ends_of_lines_are_replaced_and_nothing_else() {
    assert_eq!(with_line_ends(b"1.5,a.\n2.,b\n\n3,c.", ".", ""), b"1.5,a\n2.,b\n\n3,c\n");
    assert_eq!(with_line_ends(b"10,10\n1,1\n5,110\n", ",10", ",1"), b"10,1\n1,1\n5,110\n");
}

#[test]
fn all_but_the_first_class_are_joined() {
    let names: Vec<String> = ["0", "1", "2"].map(String::from).to_vec();
    let kind = TargetKind::Classes { names: names.clone() };
    let mut encoding = Encoding::numeric(["a".to_owned()], Some(TargetEncoding { name: "y".into(), kind }));
    let mut target = Target::Classes { labels: vec![0, 2, 1], names };
    any_disease(&mut encoding, std::iter::once(&mut target));
    let names: Vec<String> = ["healthy", "disease"].map(String::from).to_vec();
    assert_eq!(target, Target::Classes { labels: vec![0, 1, 1], names: names.clone() });
    assert_eq!(encoding.target.unwrap().kind, TargetKind::Classes { names });
}
