//! The page about the language says what the evaluator does.

use std::fs;
use std::path::Path;

use secmon_core::pattern::{Doubt, FilterPattern, Match, REFERENCE};

use super::pattern;

/// Pattern, message and answer of each example.
fn examples() -> Vec<(&'static str, &'static str, &'static str)> {
    let blocks = REFERENCE.split("```text example\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().unwrap());
    let lines = blocks.flat_map(str::lines);
    lines
        .map(|line| {
            let columns: Vec<&str> = line.split("  ").collect();
            let [pattern, message, answer] = columns[..] else {
                panic!("not pattern, message, answer: {line}");
            };
            (pattern, message, answer)
        })
        .collect()
}

#[test]
fn every_example_is_true() {
    let examples = examples();
    assert!(examples.len() > 60, "{}", examples.len());
    let mut wrong = Vec::new();
    for (pattern, message, answer) in examples {
        let found = match FilterPattern::parse(pattern).map(|pattern| pattern.test(message)) {
            Ok(Match::Yes) => "yes",
            Ok(Match::No) => "no",
            Ok(Match::Uncertain(_)) => "uncertain",
            Err(_) => "refused",
        };
        if found != answer {
            wrong.push(format!("{pattern} on {message} is {found}, not {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_doubt_is_told() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/core/pattern/reference.md");
    let heading = "## What is not established\n";
    let (before, after) = REFERENCE.split_once(heading).unwrap();
    let intro = after.split("\n- ").next().unwrap().trim_end();
    let doubts = Doubt::ALL.iter().map(|doubt| {
        let says = format!("`{}`: {}", doubt.id(), doubt.says());
        let options = textwrap::Options::new(80)
            .initial_indent("- ")
            .subsequent_indent("  ")
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        textwrap::fill(&says, options)
    });
    let doubts: Vec<String> = doubts.collect();
    let wanted = format!("{before}{heading}{intro}\n\n{}\n", doubts.join("\n"));
    if std::env::var_os("UPDATE").is_some() && REFERENCE != wanted {
        fs::write(path, wanted).unwrap();
        return;
    }
    assert_eq!(REFERENCE, wanted, "run UPDATE=1 cargo test --test it reference");
}

#[test]
fn the_page_is_printed_and_fits_a_terminal() {
    let ran = pattern(&["reference"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), REFERENCE));
    let mut is_table = REFERENCE.lines().filter(|line| !line.starts_with('|'));
    assert!(is_table.all(|line| line.chars().count() <= 90));
}

#[test]
fn every_command_has_a_manual_page_with_examples_and_exit_codes() {
    for command in ["test", "explain", "compare", "lint", "probe"] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_secmon"))
            .args(["man", "pattern", command])
            .output()
            .unwrap();
        let page = String::from_utf8(output.stdout).unwrap();
        for part in [&format!(".TH secmon-pattern-{command} 1"), "Examples:", "Exit codes:"] {
            assert!(page.contains(part), "{command}: {part}");
        }
    }
}
