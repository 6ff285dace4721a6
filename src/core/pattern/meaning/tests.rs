//! Pairs whose relation is known, the patterns in the wild, and generated ones.

mod generated;
mod known;
mod wild;

use super::*;

fn parse(text: &str) -> FilterPattern {
    FilterPattern::parse(text).unwrap_or_else(|error| panic!("{}", error.render(text)))
}

/// Compares, and checks every witness with the evaluator.
fn compared(a: &str, b: &str) -> Compared {
    let (a, b) = (parse(a), parse(b));
    let compared = compare(&a, &b);
    check(&a, &b, &compared);
    compared
}

fn check(a: &FilterPattern, b: &FilterPattern, compared: &Compared) {
    use crate::pattern::Match::{No, Yes};
    let (a, b) = (a.clone().accepted(), b.clone().accepted());
    let witnesses = [
        (&compared.only_a, Yes, No),
        (&compared.only_b, No, Yes),
        (&compared.both, Yes, Yes),
        (&compared.neither, No, No),
    ];
    for (witness, in_a, in_b) in witnesses {
        if let Some(message) = witness {
            let said = (a.test(message), b.test(message));
            assert_eq!(said, (in_a, in_b), "{a}\n{b}\n{message}");
            serde_json::from_str::<serde_json::Value>(message).unwrap();
        }
    }
    assert_eq!(problem::UNCONFIRMED.get(), 0, "{a}\n{b}");
    let there = [&compared.only_a, &compared.only_b, &compared.both].map(Option::is_some);
    match compared.relation {
        Relation::Equal => assert!(!there[0] && !there[1], "{a}\n{b}"),
        Relation::Narrower => assert!(!there[0] && there[1], "{a}\n{b}"),
        Relation::Wider => assert!(there[0] && !there[1], "{a}\n{b}"),
        Relation::Disjoint => assert!(!there[2], "{a}\n{b}"),
        Relation::Overlapping => assert_eq!(there, [true; 3], "{a}\n{b}"),
        Relation::Unknown(_) => {}
    }
}
