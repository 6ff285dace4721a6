//! The canonical form of a pattern: text in quotes, parentheses around every group inside another,
//! one blank between words. It parses to the same tree.

use std::fmt::{self, Display, Formatter, Write as _};

use super::FilterPattern;
use super::ast::{Clause, Comparison, Expr, Operand, Path, Pattern, Step, Test};

impl Display for FilterPattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.pattern().fmt(f)
    }
}

impl Display for Pattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(expr) => write!(f, "{{ {expr} }}"),
            Self::Terms(terms) => super::terms::display(terms, f),
            Self::Space(space) => super::space::display(space, f),
        }
    }
}

/// Without the braces.
impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (parts, operator) = match self {
            Self::All(parts, _) => (parts, " && "),
            Self::Any(parts, _) => (parts, " || "),
            Self::Clause(clause) => return clause.fmt(f),
            Self::Empty(_) => return Ok(()),
        };
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                f.write_str(operator)?;
            }
            match part {
                Self::All(..) | Self::Any(..) => write!(f, "({part})")?,
                Self::Clause(_) | Self::Empty(_) => part.fmt(f)?,
            }
        }
        Ok(())
    }
}

impl Display for Clause {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.selector.path, self.test)
    }
}

impl Display for Test {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare(comparison, operand) => write!(f, "{comparison} {operand}"),
            Self::IsNull => f.write_str("IS NULL"),
            Self::IsTrue => f.write_str("IS TRUE"),
            Self::IsFalse => f.write_str("IS FALSE"),
            Self::NotExists => f.write_str("NOT EXISTS"),
        }
    }
}

impl Display for Path {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('$')?;
        for step in &self.0 {
            match step {
                Step::Name(name) if is_plain(name) => write!(f, ".{name}")?,
                Step::Name(name) => {
                    let quote = if name.contains("']") { '"' } else { '\'' };
                    write!(f, ".[{quote}{name}{quote}]")?;
                }
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::AnyElement => f.write_str("[*]")?,
                Step::AnyMember => f.write_str(".*")?,
            }
        }
        Ok(())
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

impl Display for Comparison {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

/// As a JSON pattern has it: text in quotes.
impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number, _) => f.write_str(&number.lexeme),
            Self::Text(glob, _) => {
                let text = glob.text().replace('\\', "\\\\").replace('"', "\\\"");
                write!(f, "\"{text}\"")
            }
            Self::Regex(regex, _) => write!(f, "%{}%", regex.source()),
        }
    }
}
