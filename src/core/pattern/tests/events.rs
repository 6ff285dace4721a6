use std::io::Read as _;

use serde::Deserialize;

use super::super::{FilterPattern, Match};
use super::naive;
use crate::baseline::BaselineEntry;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    source: String,
    licence: String,
    file: Option<String>,
    event: String,
}

fn events(packed: &[u8]) -> Vec<Event> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The reads of secrets, and the other events of Secrets Manager.
fn both() -> [Vec<Event>; 2] {
    let reads = events(include_bytes!("../answers/events/get-secret-value.jsonl.gz"));
    let others = events(include_bytes!("../answers/events/other-secretsmanager.jsonl.gz"));
    assert_eq!((reads.len(), others.len()), (103, 179));
    [reads, others]
}

/// How many of some events match.
fn matching(pattern: &str, events: &[Event]) -> usize {
    let pattern = FilterPattern::parse(pattern).unwrap();
    let mut matcher = pattern.matcher();
    let answers = events.iter().map(|event| match matcher.test(&event.event) {
        Match::Yes => 1,
        Match::No => 0,
        Match::Uncertain(doubt) => panic!("{doubt:?} {:?} {}", event.file, event.event),
    });
    answers.sum()
}

#[test]
fn the_canonical_pattern_matches_every_read_and_nothing_else() {
    let pattern = BaselineEntry::secret_access().pattern;
    let [reads, others] = both();
    assert_eq!(matching(&pattern, &reads), reads.len());
    assert_eq!(matching(&pattern, &others), 0);
    for event in reads.iter().chain(&others) {
        assert!(!event.source.is_empty() && !event.licence.is_empty());
    }
}

/// Counted apart from this evaluator, over the events as trees.
#[test]
fn patterns_that_look_alike_match_other_events() {
    let [reads, others] = both();
    let counts = |pattern| (matching(pattern, &reads), matching(pattern, &others));
    for (pattern, expected) in COUNTS {
        assert_eq!(counts(pattern), expected, "{pattern}");
    }
}

/// Patterns, and how many of the reads and of the others they match.
const COUNTS: [(&str, (usize, usize)); 16] = [
    ("{ $.eventName = GetSecretValue }", (94, 0)),
    ("{ $.eventName = *SecretValue }", (103, 20)),
    ("{ $.eventname = GetSecretValue }", (0, 0)),
    ("{ $.readOnly IS TRUE }", (102, 79)),
    ("{ $.readOnly = true }", (0, 0)),
    ("{ $.userIdentity.invokedBy NOT EXISTS }", (103, 139)),
    ("{ $.userIdentity.invokedBy != \"secretsmanager.amazonaws.com\" }", (0, 0)),
    ("{ $.responseElements IS NULL }", (90, 119)),
    ("{ $.requestParameters.secretId = \"arn:aws:secretsmanager:*\" }", (91, 113)),
    ("{ $.errorCode = * && $.errorCode != \"ResourceNotFoundException\" }", (2, 2)),
    (
        "{ $.userIdentity.sessionContext.attributes.mfaAuthenticated = \"true\" || $.userIdentity.type = AssumedRole }",
        (11, 3),
    ),
    ("{ $.* = \"secretsmanager.amazonaws.com\" }", (103, 179)),
    ("{ $.eventVersion = 1.08 }", (70, 173)),
    ("{ $.userAgent = %[Tt]erraform/[0-9]+% }", (41, 132)),
    ("\"GetSecretValue\"", (103, 3)),
    (
        "{ ($.eventName = \"GetSecretValue\") && ($.requestParameters.secretId = \"prod/db\") }",
        (0, 0),
    ),
];

#[test]
fn both_evaluators_agree_about_real_events() {
    let [reads, others] = both();
    for (pattern, _) in COUNTS {
        let parsed = FilterPattern::parse(pattern).unwrap();
        let tree = naive::from_tree(parsed.pattern()).unwrap();
        let mut matcher = parsed.matcher();
        for event in reads.iter().chain(&others) {
            let expected = match naive::evaluate(&tree, &event.event) {
                Some(true) => Match::Yes,
                Some(false) => Match::No,
                None => panic!("{pattern} {}", event.event),
            };
            assert_eq!(matcher.test(&event.event), expected, "{pattern} {}", event.event);
        }
    }
}
