use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::super::{Api, FilterPattern, PatternError, Refusal};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    patterns: Vec<RefusedPattern>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RefusedPattern {
    id: String,
    source: String,
    pattern: String,
    #[serde(default = "once")]
    repeated: usize,
    #[serde(default)]
    observed: bool,
    error: Option<String>,
    filter_log_events: Option<String>,
    subscription: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wild {
    places: Vec<Place>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    source: String,
    patterns: Vec<WildPattern>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WildPattern {
    id: String,
    pattern: String,
    #[serde(default)]
    broken: bool,
    #[serde(default)]
    suspect: bool,
    #[expect(dead_code, reason = "for readers of the table")]
    note: Option<String>,
}

fn once() -> usize {
    1
}

fn refused() -> Vec<RefusedPattern> {
    let table: Refused = toml::from_str(include_str!("../answers/refused.toml")).unwrap();
    table.patterns
}

/// Not refused by name: a probe asks what AWS does with it.
const PROBED: [&str; 1] = ["inv-091"];

#[test]
fn patterns_are_refused_as_on_aws() {
    let rows = refused();
    assert_eq!(rows.len(), 49);
    assert_eq!(rows.iter().filter(|row| row.observed).count(), 26);
    let mut wrong = Vec::new();
    for row in rows.iter().filter(|row| !PROBED.contains(&row.id.as_str())) {
        assert!(!row.source.is_empty());
        let text = row.pattern.repeat(row.repeated);
        let error = match FilterPattern::parse(&text) {
            Ok(pattern) => {
                wrong.push(format!("{} {text}: taken as {:?}", row.id, pattern.pattern()));
                continue;
            }
            Err(error) => error,
        };
        for (api, wording) in [
            (Api::MetricFilter, &row.error),
            (Api::FilterLogEvents, &row.filter_log_events),
            (Api::SubscriptionFilter, &row.subscription),
        ] {
            let says = error.refusal.wording(api);
            // Order of text is refused in other words today than in 2018.
            let of_2018 = matches!(error.refusal, Refusal::Order(_))
                && wording.as_deref() == Some("Invalid metric filter pattern");
            if wording.is_some() && says != *wording && !of_2018 {
                wrong.push(format!("{} {text}: {says:?}, not {wording:?}", row.id));
            }
        }
        if let Some(fault) = unhelpful(&error, &text) {
            wrong.push(format!("{} {text}: {fault}", row.id));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

/// What keeps an error from being of use to who wrote the pattern.
fn unhelpful(error: &PatternError, text: &str) -> Option<String> {
    if error.message.trim().is_empty() {
        return Some("no message".to_owned());
    }
    if !error.message.ends_with('.') {
        return Some(format!("{:?} is no sentence", error.message));
    }
    let span = error.span;
    if span.start > span.end || span.end > text.len() || text.get(span.start..span.end).is_none() {
        return Some(format!("{span:?} is not within the pattern"));
    }
    (!error.render(text).contains('^')).then(|| "nothing is marked".to_owned())
}

/// Patterns in the wild that are not tagged as broken and that AWS refuses all the same.
const REFUSED_ALL_THE_SAME: [(&str, &str); 1] =
    [("wild-0140", "two parentheses stand beside each other without && or ||")];

/// Patterns in the wild that do what they look like, or something else, but not what is refused.
const BROKEN_AND_TAKEN: [&str; 5] =
    ["wild-0446", "wild-0477", "wild-0492", "wild-0495", "wild-0526"];

#[test]
fn patterns_in_the_wild_are_taken_or_refused_with_a_reason() {
    let table: Wild = toml::from_str(include_str!("../answers/wild.toml")).unwrap();
    let rows: Vec<_> = table.places.iter().flat_map(|place| &place.patterns).collect();
    assert_eq!(rows.len(), 275);
    assert!(table.places.iter().all(|place| !place.source.is_empty()));
    let mut wrong = Vec::new();
    let mut helped = 0;
    let mut refused = BTreeSet::new();
    for row in &rows {
        match FilterPattern::parse(&row.pattern) {
            Ok(_) => {}
            Err(error) => {
                refused.insert(row.id.as_str());
                helped += usize::from(error.instead.is_some());
                if let Some(fault) = unhelpful(&error, &row.pattern) {
                    wrong.push(format!("{} {}: {fault}", row.id, row.pattern));
                }
                if !row.broken && !row.suspect {
                    let known = REFUSED_ALL_THE_SAME.iter().any(|(id, _)| *id == row.id);
                    if !known {
                        wrong.push(format!("{}: {}", row.id, error.render(&row.pattern)));
                    }
                }
            }
        }
    }
    for row in rows.iter().filter(|row| row.broken) {
        let taken = BROKEN_AND_TAKEN.contains(&row.id.as_str());
        if taken == refused.contains(row.id.as_str()) {
            wrong.push(format!("{} {}: taken {}", row.id, row.pattern, !taken));
        }
    }
    for (id, why) in REFUSED_ALL_THE_SAME {
        if !refused.contains(id) {
            wrong.push(format!("{id}: taken, although {why}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
    // Most say what to write instead; where the author's wish cannot be told, none does.
    assert!(helped * 2 > refused.len(), "{helped} of {}", refused.len());
}

#[test]
fn dimensions_need_a_selector_of_the_pattern() {
    let dimensions = |value: &str| BTreeMap::from([("Name".to_owned(), value.to_owned())]);
    let check = |pattern: &str, value: &str| {
        let pattern = FilterPattern::parse(pattern).unwrap();
        pattern.check_dimensions(&dimensions(value)).map_err(|error| error.refusal)
    };
    let terms = check("?ERROR ?WARN", "$.x").unwrap_err();
    assert_eq!(
        terms.wording(Api::MetricFilter).unwrap(),
        "The specified filter pattern does not support dimensions"
    );
    for (pattern, value) in [
        ("[ip, user]", "$.x"),
        ("{ $.kind = \"wildcard\" }", "$.items[*].bucket"),
        ("{ $.kind = \"wildcard\" }", "kind"),
    ] {
        let refusal = check(pattern, value).unwrap_err();
        assert_eq!(
            refusal.wording(Api::MetricFilter).unwrap(),
            "dimension value must be valid selector",
            "{pattern} {value}"
        );
    }
    assert_eq!(check("[ip, user]", "$user"), Ok(()));
    assert_eq!(check("{ $.kind = \"a\" }", "$.kind"), Ok(()));
    assert_eq!(check("{ $.kind = \"a\" }", "$.other.name"), Ok(()));
}
