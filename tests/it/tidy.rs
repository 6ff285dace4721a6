//! Conventions that no compiler holds.

use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && name != "target" {
                files(&path, found);
            }
        } else {
            found.push(path);
        }
    }
}

/// Every source file with its path from the root and its text.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["src", "checks", "tests"] {
        files(&root.join(folder), &mut found);
    }
    let rust = found.into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs"));
    let sources: Vec<_> = rust
        .map(|path| {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect();
    assert!(sources.len() > 50);
    sources
}

#[test]
fn only_src_aws_names_the_sdk() {
    for (name, text) in sources() {
        if !name.starts_with("src/aws/") && !name.starts_with("tests/") {
            assert!(!text.contains("aws_sdk_"), "{name} names the SDK");
        }
    }
}

#[test]
fn the_checks_depend_on_the_core_alone() {
    let manifest = include_str!("../../checks/Cargo.toml");
    let (_, after) = manifest.split_once("[dependencies]\n").unwrap();
    let dependencies = after.split("\n\n").next().unwrap();
    assert_eq!(dependencies.trim(), "secmon-core.workspace = true");
}

#[test]
fn nothing_asks_for_a_secrets_value() {
    for (name, text) in sources() {
        if name.starts_with("src/aws/") {
            assert!(!text.contains("get_secret_value("), "{name}");
        }
    }
}

#[test]
fn no_room_is_called_util_common_helpers_or_misc() {
    for (name, _) in sources() {
        let parts = name.trim_end_matches(".rs").split('/');
        for part in parts {
            let vague = ["util", "utils", "common", "helper", "helpers", "misc"].contains(&part);
            assert!(!vague, "{name}");
        }
    }
}

#[test]
fn a_long_file_says_why_at_its_top() {
    for (name, text) in sources() {
        let test =
            name.starts_with("tests/") || name.contains("/tests/") || name.ends_with("tests.rs");
        if !test && text.lines().count() > 400 {
            let top: Vec<&str> = text.lines().take_while(|line| line.starts_with("//!")).collect();
            let why = top.iter().any(|line| line.contains("lines"));
            assert!(why, "{name} has more than 400 lines and does not say why");
        }
    }
}
