use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::super::{FilterPattern, Match, Pattern};
use super::naive;
use super::tables::{Row, documented, observed, unsettled};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Probes {
    probes: Vec<Probe>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Probe {
    id: String,
    pattern: String,
    messages: Vec<String>,
    #[expect(dead_code, reason = "for readers of the table")]
    why: String,
    #[serde(default)]
    refused: bool,
    #[serde(default)]
    but: Vec<String>,
}

/// What is wrong with the answers to some rows, a line each.
fn wrong(rows: &[Row], allowed: impl Fn(&Row, Match) -> bool) -> Vec<String> {
    let mut wrong = Vec::new();
    for row in rows {
        let pattern = match FilterPattern::parse(&row.pattern) {
            Ok(pattern) => pattern,
            Err(error) => {
                wrong.push(format!("{} {}: refused: {error}", row.id, row.pattern));
                continue;
            }
        };
        let answer = pattern.test(&row.message);
        if !allowed(row, answer) {
            wrong.push(format!(
                "{} {} on {:?}: {answer:?}, not {}",
                row.id, row.pattern, row.message, row.matches
            ));
        }
        // JSON patterns and terms extract nothing.
        let nothing =
            (row.matches && !matches!(pattern.pattern(), Pattern::Space(_))).then(BTreeMap::new);
        let extracted = pattern.extracted(&row.message);
        if let Some(expected) = row.extracted.as_ref().or(nothing.as_ref())
            && extracted != *expected
        {
            wrong.push(format!(
                "{} {} on {:?}: extracted {extracted:?}, not {expected:?}",
                row.id, row.pattern, row.message
            ));
        }
    }
    wrong
}

fn as_seen(row: &Row, answer: Match) -> bool {
    answer == if row.matches { Match::Yes } else { Match::No }
}

#[track_caller]
fn none(wrong: &[String], of: usize) {
    assert!(wrong.is_empty(), "{} of {of} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn patterns_match_as_on_aws() {
    let rows = observed();
    assert_eq!(rows.len(), 1046);
    none(&wrong(&rows, as_seen), rows.len());
}

#[test]
fn patterns_match_as_documented() {
    let rows = documented();
    assert_eq!(rows.len(), 229);
    none(&wrong(&rows, as_seen), rows.len());
}

#[test]
fn unsettled_answers_are_not_contradicted() {
    let rows = unsettled();
    assert_eq!(rows.len(), 9);
    let allowed = |row: &Row, answer| matches!(answer, Match::Uncertain(_)) || as_seen(row, answer);
    none(&wrong(&rows, allowed), rows.len());
}

#[test]
fn what_nobody_knows_is_uncertain() {
    let table: Probes = toml::from_str(include_str!("../answers/probes.toml")).unwrap();
    assert_eq!(table.probes.len(), 48);
    let mut wrong = Vec::new();
    for probe in &table.probes {
        match (FilterPattern::parse(&probe.pattern), probe.refused) {
            (Err(_), true) => {}
            (Ok(_), true) => wrong.push(format!("{}: not refused", probe.id)),
            (Err(error), false) => wrong.push(format!("{}: refused: {error}", probe.id)),
            (Ok(pattern), false) => {
                for message in &probe.messages {
                    let answer = pattern.test(message);
                    let settled = probe.but.contains(message);
                    if settled == matches!(answer, Match::Uncertain(_)) {
                        let (id, text) = (&probe.id, &probe.pattern);
                        wrong.push(format!("{id} {text} on {message:?}: {answer:?}"));
                    }
                }
            }
        }
    }
    none(&wrong, table.probes.len());
}

#[test]
fn the_naive_evaluator_knows_the_answers_too() {
    let mut rows = observed();
    rows.extend(documented());
    let mut wrong = Vec::new();
    for row in &rows {
        let Ok(pattern) = FilterPattern::parse(&row.pattern) else {
            wrong.push(format!("{} {}: refused", row.id, row.pattern));
            continue;
        };
        let tree = naive::from_tree(pattern.pattern()).unwrap();
        let answer = naive::evaluate(&tree, &row.message);
        if answer != Some(row.matches) {
            wrong.push(format!("{} {} on {:?}: {answer:?}", row.id, row.pattern, row.message));
        }
        if let (naive::Pattern::Space(fields), Some(expected)) = (&tree, &row.extracted)
            && naive::extracted(fields, &row.message) != *expected
        {
            wrong.push(format!("{} {} on {:?}: extracted", row.id, row.pattern, row.message));
        }
    }
    none(&wrong, rows.len());
}

#[test]
fn doubts_name_probes_that_exist() {
    let table: Probes = toml::from_str(include_str!("../answers/probes.toml")).unwrap();
    let known: BTreeSet<_> = table.probes.iter().map(|probe| probe.id.as_str()).collect();
    for doubt in super::super::Doubt::ALL {
        for probe in doubt.probes() {
            assert!(known.contains(probe), "{}: {probe}", doubt.id());
        }
    }
}
