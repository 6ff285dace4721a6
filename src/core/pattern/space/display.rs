//! The canonical form of a space-delimited pattern.

use std::fmt::{self, Formatter};

use crate::pattern::ast::{Condition, Field, Operand, SpacePattern};
use crate::pattern::number::number;
use crate::pattern::terms::quoted;

/// Writes a pattern as [`super::parse()`] reads it.
pub(in crate::pattern) fn display(pattern: &SpacePattern, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str("[")?;
    for (index, field) in pattern.fields.iter().enumerate() {
        if index > 0 {
            f.write_str(",")?;
        }
        match field {
            Field::Ellipsis(_) => f.write_str(if index > 0 { " ..." } else { "..." })?,
            Field::Word { name: None, .. } => {}
            Field::Word { name: Some(name), condition: asked, .. } => {
                f.write_str(if index > 0 { " " } else { "" })?;
                match asked {
                    None => f.write_str(name)?,
                    Some(asked) => condition(name, asked, f)?,
                }
            }
        }
    }
    f.write_str("]")
}

/// Writes the condition of a field.
fn condition(name: &str, asked: &Condition, f: &mut Formatter<'_>) -> fmt::Result {
    let (parts, operator) = match asked {
        Condition::All(parts) => (parts, " && "),
        Condition::Any(parts) => (parts, " || "),
        Condition::Compare(comparison, operand, _) => {
            write!(f, "{name} {comparison} ")?;
            return match operand {
                Operand::Number(number, _) => f.write_str(&number.lexeme),
                Operand::Regex(regex, _) => write!(f, "{regex}"),
                Operand::Text(glob, _) => match glob.text() {
                    text if may_be_bare(&text) => f.write_str(&text),
                    text => quoted(&text, f),
                },
            };
        }
    };
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(operator)?;
        }
        let parenthesised = match (asked, part) {
            (Condition::Any(_), Condition::Any(_)) => true,
            (Condition::All(_), part) => !matches!(part, Condition::Compare(..)),
            _ => false,
        };
        if parenthesised {
            f.write_str("(")?;
        }
        condition(name, part, f)?;
        if parenthesised {
            f.write_str(")")?;
        }
    }
    Ok(())
}

/// Whether a text means itself without quotes, beyond doubt.
fn may_be_bare(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'*');
    !text.is_empty()
        && text.bytes().all(plain)
        && number(text).is_none()
        && ![super::parse::REFUSED_BARE, "AND", "OR"].contains(&text.to_ascii_uppercase().as_str())
}
