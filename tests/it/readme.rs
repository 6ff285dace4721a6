//! The README shows what the program prints.

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn the_screenful_is_what_the_first_command_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let first = Command::new(env!("CARGO_BIN_EXE_secmon"))
        .args(["doctor", "--lab", "average-statistic"])
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(first.status.code(), Some(1), "{first:?}");
    let printed = String::from_utf8(first.stdout).unwrap();
    let (before, rest) = readme.split_once("```text\n").unwrap();
    let (_, after) = rest.split_once("```\n").unwrap();
    let wanted = format!("{before}```text\n{printed}```\n{after}");
    if std::env::var_os("UPDATE").is_some() && readme != wanted {
        fs::write(&path, wanted).unwrap();
        return;
    }
    assert_eq!(readme, wanted, "run UPDATE=1 cargo test --test it readme");
}
