//! The patterns that people use: each is compared with each.

use super::*;
use crate::pattern::Match;

#[derive(serde::Deserialize)]
struct Table {
    places: Vec<Place>,
}

#[derive(serde::Deserialize)]
struct Place {
    patterns: Vec<Row>,
}

#[derive(serde::Deserialize)]
struct Row {
    pattern: String,
}

fn patterns() -> Vec<FilterPattern> {
    let table: Table = toml::from_str(include_str!("../../answers/wild.toml")).unwrap();
    let rows = table.places.into_iter().flat_map(|place| place.patterns);
    let texts: std::collections::BTreeSet<String> = rows.map(|row| row.pattern).collect();
    let patterns = texts.iter().filter(|text| text.starts_with('{'));
    let patterns = patterns.filter_map(|text| FilterPattern::parse(text).ok());
    patterns.filter(|pattern| matches!(pattern.pattern(), Pattern::Json(_))).collect()
}

#[test]
fn every_pair_is_compared() {
    let patterns = patterns();
    assert!(patterns.len() > 150, "{}", patterns.len());
    let mut unknown = std::collections::BTreeMap::new();
    let mut slowest = (std::time::Duration::ZERO, String::new());
    let start = std::time::Instant::now();
    let mut pairs = 0;
    for (at, a) in patterns.iter().enumerate() {
        for b in &patterns[at..] {
            let begun = std::time::Instant::now();
            let compared = compare(a, b);
            slowest = slowest.max((begun.elapsed(), format!("{a}\n{b}")));
            pairs += 1;
            check(a, b, &compared);
            if std::ptr::eq(a, b) {
                assert_eq!(compared.relation, Relation::Equal, "{a}");
            }
            if let Relation::Unknown(reason) = compared.relation {
                unknown.entry(format!("{reason:?}")).or_insert_with(Vec::new).push((a, b));
            }
        }
    }
    println!("{pairs} pairs in {:?}; slowest {slowest:?}", start.elapsed());
    for (reason, pairs) in &unknown {
        println!("{reason}: {}", pairs.len());
        for (a, b) in pairs.iter().take(6) {
            println!("  {a}\n  {b}");
        }
    }
}

#[test]
fn each_has_an_extent() {
    for pattern in patterns() {
        for found in [extent(&pattern), extent_of_cloudtrail(&pattern)] {
            match found {
                Extent::Some { matching, other } => {
                    let accepted = pattern.clone().accepted();
                    assert_eq!(accepted.test(&matching), Match::Yes);
                    assert_eq!(accepted.test(&other), Match::No);
                }
                other => println!("{other:?} {pattern}"),
            }
        }
        if let Some(exceptions) = exceptions_of_cloudtrail(&pattern) {
            println!("{exceptions:?} {pattern}");
        }
    }
}
