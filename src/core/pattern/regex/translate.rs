//! Regular expressions in the syntax of the `regex` crate.
//!
//! Everything is spelled out – `[0-9]` for `\d` –, so that no table of Unicode and no flag is
//! needed. Where engines read a construct differently, each reading is written for itself, and
//! [`super::Regex::matches`] compares what they find.

use std::fmt::Write as _;

use super::syntax::{Alternatives, Atom, Class, Item, Kind, Repeat};

/// How the constructs are read on which engines differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// `.` is any character but `\n`, `\w` is ASCII, `$` is the end: what the others are compared
    /// with.
    Plain,
    /// A character beyond ASCII is several bytes, and `.` is one of them.
    Bytes,
    /// `\d`, `\s` and `\w` may be characters beyond ASCII, `\D`, `\S` and `\W` may not.
    Wide,
    /// As in Java, `.` stops at every line end and `$` also stands before the last one.
    LineEnds,
    /// `.` is any character, and `^` and `$` stand at both sides of every line end: what every other
    /// reading of lines finds, this one finds too.
    Lines,
}

/// Writes a regular expression for the `regex` crate.
pub(super) fn translate(alternatives: &Alternatives, reading: Reading) -> String {
    let mut text = String::new();
    for (index, pieces) in alternatives.iter().enumerate() {
        if index > 0 {
            text.push('|');
        }
        for piece in pieces {
            atom(&mut text, &piece.atom, reading);
            repeat(&mut text, piece.repeat);
        }
    }
    text
}

/// Whether characters beyond ASCII could matter: whether an element could match one.
pub(super) fn takes_non_ascii(alternatives: &Alternatives) -> bool {
    atoms(alternatives).any(|atom| match atom {
        Atom::Dot | Atom::Class(_) | Atom::WordBoundary => true,
        Atom::Set { negated, items } => {
            *negated || items.iter().any(|item| matches!(item, Item::Class(_)))
        }
        Atom::Literal(_) | Atom::Start | Atom::End => false,
    })
}

/// Whether it matters how many units a character beyond ASCII counts for: not in `.*` and `.+`.
pub(super) fn counts(alternatives: &Alternatives) -> bool {
    alternatives.iter().flatten().any(|piece| {
        piece.repeat.most.is_some()
            && !matches!(piece.atom, Atom::Literal(_) | Atom::Start | Atom::End)
    })
}

/// How many elements there are, repetitions counted out.
pub(super) fn elements(alternatives: &Alternatives) -> u64 {
    let often = |repeat: Repeat| u64::from(repeat.most.unwrap_or(repeat.least).max(1));
    alternatives.iter().flatten().map(|piece| often(piece.repeat)).sum()
}

/// Whether line ends could be read differently.
pub(super) fn sees_line_ends(alternatives: &Alternatives) -> bool {
    atoms(alternatives).any(|atom| matches!(atom, Atom::Dot | Atom::Start | Atom::End))
}

/// Whether `\d`, `\s`, `\w` or one of their opposites occur.
pub(super) fn has_classes(alternatives: &Alternatives) -> bool {
    atoms(alternatives).any(|atom| match atom {
        Atom::Class(_) => true,
        Atom::Set { items, .. } => items.iter().any(|item| matches!(item, Item::Class(_))),
        _ => false,
    })
}

fn atoms(alternatives: &Alternatives) -> impl Iterator<Item = &Atom> {
    alternatives.iter().flatten().map(|piece| &piece.atom)
}

fn atom(text: &mut String, atom: &Atom, reading: Reading) {
    match atom {
        Atom::Literal(character) => literal(text, *character),
        Atom::Dot if reading == Reading::LineEnds => {
            text.push_str(r"[^\n\r\x{85}\x{2028}\x{2029}]");
        }
        Atom::Dot if reading == Reading::Lines => text.push_str("(?s:.)"),
        Atom::Dot => text.push_str(r"[^\n]"),
        Atom::Start if reading == Reading::Lines => text.push_str("(?m:^)"),
        Atom::Start => text.push('^'),
        Atom::End if reading == Reading::LineEnds => {
            text.push_str(r"(?:(?:\r\n|[\n\r\x{85}\x{2028}\x{2029}])?$)");
        }
        Atom::End if reading == Reading::Lines => {
            text.push_str(r"(?:\r?(?m:$)|[\r\x{85}\x{2028}\x{2029}])");
        }
        Atom::End => text.push('$'),
        Atom::WordBoundary => text.push_str(r"(?-u:\b)"),
        Atom::Class(class) => {
            text.push('[');
            class_items(text, *class, reading);
            text.push(']');
        }
        Atom::Set { negated, items } => {
            text.push_str(if *negated { "[^" } else { "[" });
            for item in items {
                match item {
                    Item::Range(low, high) if low == high => literal(text, *low),
                    Item::Range(low, high) => {
                        literal(text, *low);
                        text.push('-');
                        literal(text, *high);
                    }
                    Item::Class(class) => class_items(text, *class, reading),
                }
            }
            text.push(']');
        }
    }
}

/// The ranges of a class, to stand between brackets.
fn class_items(text: &mut String, class: Class, reading: Reading) {
    text.push_str(match (class.kind, class.negated) {
        (Kind::Digit, false) => "0-9",
        (Kind::Digit, true) => r"\x00-\x2f\x3a-\x7f",
        (Kind::Space, false) => r"\x09-\x0d\x20",
        (Kind::Space, true) => r"\x00-\x08\x0e-\x1f\x21-\x7f",
        (Kind::Word, false) => "0-9A-Z_a-z",
        (Kind::Word, true) => r"\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f",
    });
    if class.negated != (reading == Reading::Wide) {
        let rest = if reading == Reading::Bytes { r"\x80-\xff" } else { r"\x{80}-\x{10ffff}" };
        text.push_str(rest);
    }
}

fn literal(text: &mut String, character: char) {
    if character.is_ascii_alphanumeric() || matches!(character, ' ' | '_') {
        text.push(character);
    } else {
        let _ = write!(text, "\\x{{{:x}}}", u32::from(character));
    }
}

fn repeat(text: &mut String, repeat: Repeat) {
    let _ = match repeat {
        Repeat::ONCE => Ok(()),
        Repeat { least: 0, most: None } => write!(text, "*"),
        Repeat { least: 1, most: None } => write!(text, "+"),
        Repeat { least: 0, most: Some(1) } => write!(text, "?"),
        Repeat { least, most: None } => write!(text, "{{{least},}}"),
        Repeat { least, most: Some(most) } => write!(text, "{{{least},{most}}}"),
    };
}
