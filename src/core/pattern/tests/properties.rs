use proptest::collection::vec;
use proptest::prelude::*;

use super::super::{FilterPattern, Match};
use super::generate::{Tape, event, json_pattern, message, pattern, write, write_json};
use super::naive::{self, Expr, Pattern};

/// The choices behind one example.
fn tape() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..300)
}

fn parse(text: &str) -> FilterPattern {
    FilterPattern::parse(text).unwrap_or_else(|error| panic!("{}", error.render(text)))
}

/// The answer without its reason.
fn answer(pattern: &FilterPattern, message: &str) -> naive::Answer {
    match pattern.test(message) {
        Match::Yes => Some(true),
        Match::No => Some(false),
        Match::Uncertain(_) => None,
    }
}

/// The same pattern with its parts the other way round.
fn reversed(expr: &Expr) -> Expr {
    let turned = |parts: &[Expr]| parts.iter().rev().map(reversed).collect();
    match expr {
        Expr::All(parts) => Expr::All(turned(parts)),
        Expr::Any(parts) => Expr::Any(turned(parts)),
        Expr::Clause(..) => expr.clone(),
    }
}

/// The same pattern with parentheses around its first parts: `(a && b) && c`.
fn associated(expr: &Expr) -> Expr {
    let grouped = |parts: &[Expr], join: fn(Vec<Expr>) -> Expr| {
        let mut parts: Vec<_> = parts.iter().map(associated).collect();
        if parts.len() > 2 {
            let last = parts.split_off(2);
            parts = std::iter::once(join(parts)).chain(last).collect();
        }
        join(parts)
    };
    match expr {
        Expr::All(parts) => grouped(parts, Expr::All),
        Expr::Any(parts) => grouped(parts, Expr::Any),
        Expr::Clause(..) => expr.clone(),
    }
}

/// Text that looks like a pattern or a message.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just("("),
        Just(")"),
        Just(" "),
        Just("$."),
        Just("$"),
        Just("."),
        Just("a"),
        Just("['a.b']"),
        Just("[*]"),
        Just("[0]"),
        Just("*"),
        Just("="),
        Just("!="),
        Just("<="),
        Just(">"),
        Just("&&"),
        Just("||"),
        Just("&"),
        Just("!"),
        Just("\""),
        Just("'"),
        Just("\\"),
        Just("%"),
        Just("%a+%"),
        Just("1"),
        Just("-1.5e3"),
        Just("1e999"),
        Just("IS"),
        Just("NULL"),
        Just("NOT EXISTS"),
        Just("TRUE"),
        Just("..."),
        Just(","),
        Just("?"),
        Just("-"),
        Just("é"),
        Just("\u{feff}"),
        Just("\u{1f600}"),
        Just("\n"),
        Just("\t"),
        Just("\0"),
        Just(":"),
        Just("\\u00e9"),
        Just("\\ud83d"),
        Just("null"),
        Just("true"),
        Just("\"a\":"),
        Just("{\"a\":1}"),
        Just("{2,"),
    ];
    vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn any_text() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..40).prop_map(String::from_iter)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, max_global_rejects: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn both_evaluators_agree(choices in tape(), others in tape()) {
        let pattern = pattern(&mut Tape::new(&choices));
        let mut tape = Tape::new(&others);
        let text = write(&pattern, &mut tape);
        prop_assume!(text.len() <= 1024);
        let parsed = parse(&text);
        prop_assert!(parsed.doubts().is_empty(), "{} {:?}", text, parsed.doubts());
        let mut matcher = parsed.matcher();
        for _ in 0..4 {
            let message = message(&pattern, &mut tape);
            let expected = naive::evaluate(&pattern, &message);
            prop_assert_eq!(answer(&parsed, &message), expected, "{} on {}", &text, &message);
            // One matcher for all messages says the same.
            prop_assert_eq!(matcher.test(&message), parsed.test(&message));
            if let (Pattern::Space(fields), Some(true)) = (&pattern, expected) {
                let extracted = naive::extracted(fields, &message);
                prop_assert_eq!(parsed.extracted(&message), extracted, "{} on {}", &text, &message);
            }
        }
    }

    #[test]
    fn both_evaluators_agree_about_what_is_not_quite_json(
        choices in tape(), others in tape(), kind in 0..6_usize,
    ) {
        let pattern = json_pattern(&mut Tape::new(&choices));
        let mut tape = Tape::new(&others);
        let text = write(&pattern, &mut tape);
        prop_assume!(text.len() <= 1024);
        let message = message(&pattern, &mut tape);
        let kind = if message.contains(':') { kind } else { kind / 2 };
        let message = match kind {
            0 => format!("{message} trailing"),
            1 => format!("prefix {message}"),
            2 => format!("\u{feff}{message}"),
            3 => message.strip_suffix('}').map_or_else(String::new, |open| format!("{open},}}")),
            4 => format!("[{message}]"),
            _ => format!(" \t\r\n{message} \n"),
        };
        prop_assert_eq!(
            answer(&parse(&text), &message), naive::evaluate(&pattern, &message), "{} on {}", text, message
        );
    }

    #[test]
    fn the_canonical_form_is_the_same_pattern(choices in tape(), others in tape()) {
        let pattern = pattern(&mut Tape::new(&choices));
        let text = write(&pattern, &mut Tape::new(&others));
        prop_assume!(text.len() <= 1024);
        let parsed = parse(&text);
        let canonical = parsed.to_string();
        let again = parse(&canonical);
        prop_assert_eq!(again.pattern(), parsed.pattern(), "{} {}", text, canonical);
        prop_assert_eq!(again.to_string(), canonical);
        // However it was written, it is the same.
        let plain = parse(&write(&pattern, &mut Tape::new(&[])));
        prop_assert_eq!(plain.pattern(), parsed.pattern(), "{}", text);
    }

    #[test]
    fn order_and_parentheses_change_nothing(choices in tape(), others in tape()) {
        let pattern = json_pattern(&mut Tape::new(&choices));
        if let Pattern::Json(expr) = &pattern {
            let mut tape = Tape::new(&others);
            let texts = [expr.clone(), reversed(expr), associated(expr)]
                .map(|expr| write(&Pattern::Json(expr), &mut tape));
            prop_assume!(texts.iter().all(|text| text.len() <= 1024));
            let [first, rest @ ..] = texts.each_ref().map(|text| parse(text));
            for _ in 0..3 {
                let message = message(&pattern, &mut tape);
                for other in &rest {
                    prop_assert_eq!(
                        answer(&first, &message), answer(other, &message),
                        "{} or {} on {}", first.text(), other.text(), message
                    );
                }
            }
        }
    }

    #[test]
    fn how_json_is_written_changes_nothing(choices in tape(), others in tape(), style in tape()) {
        let pattern = json_pattern(&mut Tape::new(&choices));
        if let Pattern::Json(expr) = &pattern {
            let text = write(&pattern, &mut Tape::new(&[]));
            prop_assume!(text.len() <= 1024);
            let parsed = parse(&text);
            let event = event(expr, &mut Tape::new(&others));
            let plain = write_json(&event, &mut Tape::new(&[]));
            let styled = write_json(&event, &mut Tape::new(&style));
            prop_assert_eq!(
                parsed.test(&plain), parsed.test(&styled), "{} on {} or {}", text, plain, styled
            );
        }
    }

    #[test]
    fn nothing_makes_it_panic(
        text in soup(), inner in soup(), message in soup(), any in any_text(), choices in tape(),
    ) {
        let mut tape = Tape::new(&choices);
        let pattern = pattern(&mut tape);
        let good = self::message(&pattern, &mut tape);
        for text in [&text, &format!("{{ {inner} }}"), &format!("[{inner}]"), &any] {
            match FilterPattern::parse(text) {
                Ok(parsed) => {
                    let again = parse(&parsed.to_string());
                    prop_assert_eq!(again.pattern(), parsed.pattern(), "{}", text);
                    for message in [&message, &any, &good, text] {
                        let _ = parsed.test(message);
                        let _ = parsed.extracted(message);
                    }
                }
                Err(error) => {
                    prop_assert!(!error.message.is_empty());
                    prop_assert!(text.get(error.span.start..error.span.end).is_some(), "{}", text);
                    let _ = error.render(text);
                }
            }
        }
        let parsed = parse(&write(&pattern, &mut tape));
        for message in [&message, &any, &text] {
            let _ = parsed.test(message);
        }
    }
}

#[test]
fn generated_patterns_match_miss_and_leave_in_doubt() {
    // A generator whose messages never match would prove nothing.
    let mut seen = [0; 3];
    let mut state = 1_u64;
    for _ in 0..2000 {
        let choices: Vec<u8> = (0..200)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                state.to_be_bytes()[1]
            })
            .collect();
        let pattern = pattern(&mut Tape::new(&choices));
        let message = message(&pattern, &mut Tape::new(&choices[100..]));
        let at = match naive::evaluate(&pattern, &message) {
            Some(true) => 0,
            Some(false) => 1,
            None => 2,
        };
        seen[at] += 1;
    }
    assert!(seen.iter().all(|count| *count > 150), "{seen:?}");
}
