//! The rules of ARCHITECTURE.md that a machine can check.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the project") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

fn rust_files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    sources(&root().join(folder), &mut found);
    assert!(!found.is_empty());
    found
}

/// Names of the package's dependencies on this workspace, `dev` ones apart.
fn imports(manifest: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(manifest)).expect("a manifest");
    let mut section = "";
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        } else if section == "dependencies" && line.starts_with("secateur") {
            found.push(line.split(['.', ' ', '=']).next().unwrap_or_default().to_owned());
        }
    }
    found
}

#[test]
fn imports_run_one_way() {
    let expected: [(&str, &[&str]); 14] = [
        ("solvers/program/Cargo.toml", &[]),
        ("solvers/selection/Cargo.toml", &["secateur-program"]),
        ("solvers/subset/Cargo.toml", &["secateur-program"]),
        ("solvers/graph/Cargo.toml", &["secateur-program"]),
        ("solvers/highs/Cargo.toml", &["secateur-program"]),
        ("datasets/Cargo.toml", &[]),
        ("src/files/Cargo.toml", &[]),
        ("src/forest/Cargo.toml", &["secateur-datasets", "secateur-files", "secateur-program"]),
        ("src/train/Cargo.toml", &["secateur-forest", "secateur-program", "secateur-selection"]),
        ("src/formats/Cargo.toml", &["secateur-forest", "secateur-program"]),
        ("src/neural/Cargo.toml", &["secateur-files", "secateur-program", "secateur-selection"]),
        (
            "src/methods/Cargo.toml",
            &["secateur-files", "secateur-neural", "secateur-program", "secateur-selection", "secateur-subset"],
        ),
        (
            "Cargo.toml",
            &[
                "secateur-datasets",
                "secateur-forest",
                "secateur-formats",
                "secateur-methods",
                "secateur-neural",
                "secateur-program",
                "secateur-train",
            ],
        ),
        (
            "src/cli/Cargo.toml",
            &[
                "secateur",
                "secateur-datasets",
                "secateur-files",
                "secateur-graph",
                "secateur-highs",
                "secateur-methods",
                "secateur-neural",
                "secateur-program",
                "secateur-selection",
            ],
        ),
    ];
    for (manifest, allowed) in expected {
        assert_eq!(imports(manifest), allowed, "{manifest}");
    }
}

#[test]
fn solvers_know_nothing_of_what_is_pruned() {
    // "tree" and "forest" occur there in the sense of graphs only.
    let words = ["dataset", "data set", "sensor", "classif", "neural", "smartcore", "random forest"];
    for file in rust_files("solvers") {
        let text = std::fs::read_to_string(&file).expect("readable").to_lowercase();
        for word in words {
            assert!(!text.contains(word), "{} speaks of `{word}`", file.display());
        }
    }
}

/// Lines of the package's own part of a manifest (the workspace's is cut off).
fn package(manifest: &str) -> String {
    let text = std::fs::read_to_string(root().join(manifest)).expect("a manifest");
    text.split("[package]").nth(1).expect("a package").to_owned()
}

#[test]
fn only_one_crate_links_cpp() {
    let users = ["src/cli/Cargo.toml", "benches/Cargo.toml"];
    let others = [
        "solvers/program/Cargo.toml",
        "solvers/selection/Cargo.toml",
        "solvers/graph/Cargo.toml",
        "datasets/Cargo.toml",
        "src/files/Cargo.toml",
        "src/forest/Cargo.toml",
        "src/train/Cargo.toml",
        "src/formats/Cargo.toml",
        "src/neural/Cargo.toml",
        "src/methods/Cargo.toml",
        "Cargo.toml",
    ];
    for manifest in users.iter().chain(&others) {
        let package = package(manifest);
        let dependency =
            |line: &&str| ["good_lp", "highs", "highs-sys"].iter().any(|name| line.starts_with(&format!("{name}.")));
        assert!(!package.contains("good_lp") && !package.contains("highs-sys"), "{manifest}");
        assert_eq!(package.lines().find(dependency), None, "{manifest}");
    }
    for manifest in others {
        assert!(!package(manifest).contains("highs"), "{manifest}");
    }
    // Where HiGHS is offered to users, it is asked for by a feature that is not a default.
    for manifest in users {
        let package = package(manifest);
        let line = package.lines().find(|line| line.starts_with("secateur-highs")).expect("offers HiGHS");
        assert!(line.contains("optional = true"), "{manifest}: {line}");
        assert!(!package.lines().any(|line| line.starts_with("default =")), "{manifest} has default features");
    }
}

#[test]
fn libraries_do_not_print() {
    for folder in
        ["solvers", "datasets", "src/files", "src/forest", "src/train", "src/formats", "src/neural", "src/methods"]
    {
        for file in rust_files(folder).iter().filter(|file| !file.to_string_lossy().contains("tests")) {
            let text = std::fs::read_to_string(file).expect("readable");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let printed = code.lines().any(|line| {
                let line = line.trim_start();
                !line.starts_with("//") && (line.contains("println!") || line.contains("eprint!"))
            });
            assert!(!printed, "{} prints", file.display());
        }
    }
}

/// What goes to a registry. `tests` and `benches` stay here.
const PUBLISHED: [&str; 14] = [
    "solvers/program",
    "solvers/selection",
    "solvers/subset",
    "solvers/graph",
    "solvers/highs",
    "datasets",
    "src/files",
    "src/forest",
    "src/train",
    "src/formats",
    "src/neural",
    "src/methods",
    ".",
    "src/cli",
];

#[test]
fn every_member_is_published_or_says_that_it_is_not() {
    let workspace = std::fs::read_to_string(root().join("Cargo.toml")).expect("a manifest");
    let members = workspace.split("members = [").nth(1).and_then(|text| text.split("\n]").next()).expect("members");
    for member in members.lines().filter_map(|line| line.trim().strip_prefix('"')?.split('"').next()) {
        let held_back = package(&format!("{member}/Cargo.toml")).contains("\npublish = false\n");
        assert_eq!(held_back, !PUBLISHED.contains(&member), "{member}");
    }
}

#[test]
fn published_packages_carry_what_a_registry_asks_for() {
    for folder in PUBLISHED {
        let manifest = package(&format!("{folder}/Cargo.toml"));
        for key in ["description", "license.workspace", "readme", "keywords", "categories", "rust-version.workspace"] {
            assert!(manifest.lines().any(|line| line.starts_with(&format!("{key} ="))), "{folder} has no {key}");
        }
        // Addresses are written once there are some.
        for key in ["repository", "homepage", "documentation"] {
            assert!(!manifest.lines().any(|line| line.starts_with(key)), "{folder} has a {key}: does it exist?");
        }
        for file in ["LICENSE-MIT", "LICENSE-APACHE", "README.md"] {
            let text = std::fs::read_to_string(root().join(folder).join(file)).unwrap_or_default();
            assert!(!text.trim().is_empty(), "{folder} has no {file}");
            if file.starts_with("LICENSE") {
                let own = std::fs::read_to_string(root().join(file)).expect("the licence of the workspace");
                assert_eq!(text, own, "{folder}/{file}");
            }
        }
    }
}

#[test]
fn dependencies_on_this_workspace_carry_its_version() {
    let text = std::fs::read_to_string(root().join("Cargo.toml")).expect("a manifest");
    let after = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.split('"').next().map(str::to_owned));
    let version = after("version = \"").expect("[workspace.package] has a version");
    let own: Vec<&str> = text.lines().filter(|line| line.starts_with("secateur") && line.contains("path = ")).collect();
    // What stays here and is used by name has none: it is left out of packages.
    let (kept, own): (Vec<&str>, Vec<&str>) = own.into_iter().partition(|line| line.starts_with("secateur-corpora"));
    assert!(kept.iter().all(|line| !line.contains("version")), "{kept:?}");
    assert_eq!(own.len(), PUBLISHED.len());
    for line in own {
        assert!(line.contains(&format!("version = \"{version}\"")), "{line}");
    }
    // Anywhere else a path without a version is a package's own, for its tests.
    for folder in PUBLISHED {
        let manifest = package(&format!("{folder}/Cargo.toml"));
        let stray = manifest.lines().find(|line| line.contains("path = \"") && line.starts_with("secateur"));
        assert!(stray.is_none_or(|line| line.contains("path = \".\"")), "{folder}: {stray:?}");
    }
}

/// Features of a package with what each turns on.
fn features(manifest: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(root().join(manifest)).expect("a manifest");
    let Some(section) = text.split("\n[features]\n").nth(1) else { return Vec::new() };
    let section = section.split("\n[").next().unwrap_or_default();
    // Lists may stand on several lines; comments end a line.
    let flat: String =
        section.lines().map(|line| line.split('#').next().unwrap_or_default()).collect::<Vec<_>>().join(" ");
    flat.split(']')
        .filter_map(|entry| entry.split_once("= ["))
        .map(|(name, of)| (name.trim().into(), of.into()))
        .collect()
}

/// The test command names the features that it compiles, so that CUDA stays out, and benches on graphics cards; none
/// may be forgotten.
#[test]
fn the_test_command_compiles_every_feature_but_cuda() {
    let script = std::fs::read_to_string(root().join("tests/run.sh")).expect("the test command");
    let tested = script.split("\ntested_features=(").nth(1).and_then(|text| text.split("\n)").next()).expect("a list");
    let mut tested: Vec<&str> = tested.split_whitespace().collect();
    let folders = PUBLISHED.iter().chain(&["tests", "tests/devices", "benches", "datasets/corpora"]);
    for folder in folders {
        let manifest = format!("{folder}/Cargo.toml");
        let name =
            package(&manifest).split("name = \"").nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned);
        let (name, features) = (name.expect("a name"), features(&manifest));
        for (feature, _) in &features {
            let listed = |feature: &str| tested.contains(&format!("{name}/{feature}").as_str());
            let implied = features.iter().any(|(other, on)| listed(other) && on.contains(&format!("\"{feature}\"")));
            let on_cards = name == "secateur-benches" && feature == "neural-wgpu";
            let wanted = !feature.ends_with("cuda") && feature != "default" && !on_cards;
            assert_eq!(listed(feature) || implied, wanted || feature == "default" && implied, "{name}/{feature}");
        }
        tested.retain(|entry| !features.iter().any(|(feature, _)| *entry == format!("{name}/{feature}")));
    }
    assert_eq!(tested, [""; 0], "features that no package has");
}
