//! The patterns that people use: each is compared with each.

use std::collections::BTreeMap;

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

/// Compares each with each, every so many pairs, and says how often which reason was given.
fn pairs(patterns: &[FilterPattern], every: usize) -> (usize, BTreeMap<String, usize>) {
    let mut unknown = BTreeMap::new();
    let pairs = patterns
        .iter()
        .enumerate()
        .flat_map(|(at, a)| patterns[at..].iter().map(move |b| (a, b)))
        .step_by(every);
    let mut count = 0;
    for (a, b) in pairs {
        let compared = compare(a, b);
        count += 1;
        check(a, b, &compared);
        if let Relation::Unknown(reason) = compared.relation {
            *unknown.entry(format!("{reason:?}")).or_default() += 1;
        }
    }
    (count, unknown)
}

/// Of all pairs every 31st: all of them take minutes in an unoptimised build.
#[test]
fn pairs_of_patterns_are_compared() {
    let patterns = patterns();
    let (count, unknown) = pairs(&patterns, 31);
    assert!(count > 500, "{count}");
    assert_eq!(unknown.get("Budget"), None);
    for pattern in &patterns {
        assert_eq!(compare(pattern, pattern).relation, Relation::Equal, "{pattern}");
    }
}

#[test]
fn each_has_an_extent() {
    let patterns = patterns();
    let mut exceptions = 0;
    for pattern in &patterns {
        for found in [extent(pattern), extent_of_cloudtrail(pattern)] {
            match found {
                Extent::Some { matching, other } => {
                    let accepted = pattern.clone().accepted();
                    assert_eq!(accepted.test(&matching), Match::Yes);
                    assert_eq!(accepted.test(&other), Match::No);
                }
                // What people use matches something, and not everything.
                Extent::Unknown(Unknown::Doubt(_)) => {}
                found => panic!("{found:?} {pattern}"),
            }
        }
        assert_eq!(problem::UNCONFIRMED.get(), 0, "{pattern}");
        exceptions += usize::from(exceptions_of_cloudtrail(pattern).is_some());
    }
    // CIS 3.1 as it is often printed, and `{ $.eventType != "AwsServiceEvent" }`.
    assert!(exceptions >= 2, "{exceptions}");
}
