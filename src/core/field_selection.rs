//! The small language in which events and log groups are selected by system fields, such as
//! `@aws.account IN ["123456789012"] AND @aws.region != "us-east-1"`.
//!
//! Documented by example: `=`, `!=`, `AND`, `OR`, `IN`, `NOT IN`
//! (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html>,
//! and for account policies API_PutAccountPolicy).
//!
//! ```
//! use secmon_core::field_selection::hold;
//!
//! let here = |field: &str, value: &str| match field {
//!     "@aws.region" => Some(value == "eu-west-1"),
//!     _ => None,
//! };
//! assert_eq!(hold(r#"@aws.region IN ["eu-west-1", "us-east-1"]"#, &here), Some(true));
//! assert_eq!(hold(r#"@aws.region LIKE "eu%""#, &here), None, "not documented");
//! ```

/// What a criterion compares a field with.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Clause {
    field: String,
    values: Vec<String>,
    negated: bool,
}

/// Alternatives of clauses that have to hold together.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Criteria {
    Clause(Clause),
    All(Vec<Criteria>),
    Any(Vec<Criteria>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Quoted(String),
    Symbol(&'static str),
}

/// More than anybody writes; a hostile file may hold more.
const DEPTH: u32 = 32;

/// Whether the criteria hold where `is(field, value)` tells whether a field has a value, `None` for
/// a field that nobody knows. `None`: the text is not of this language, or nested more than 32 deep.
pub fn hold(text: &str, is: &dyn Fn(&str, &str) -> Option<bool>) -> Option<bool> {
    let tokens = tokens(text)?;
    let mut rest = tokens.as_slice();
    let criteria = any(&mut rest, DEPTH)?;
    if rest.is_empty() { holds(&criteria, is) } else { None }
}

fn holds(criteria: &Criteria, is: &dyn Fn(&str, &str) -> Option<bool>) -> Option<bool> {
    match criteria {
        Criteria::Clause(clause) => {
            let mut found = false;
            for value in &clause.values {
                found |= is(&clause.field, value)?;
            }
            Some(found != clause.negated)
        }
        Criteria::All(parts) => {
            parts.iter().try_fold(true, |all, part| Some(holds(part, is)? && all))
        }
        Criteria::Any(parts) => {
            parts.iter().try_fold(false, |any, part| Some(holds(part, is)? || any))
        }
    }
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    const SYMBOLS: [&str; 8] = ["!=", "=", "(", ")", "[", "]", ",", "&&"];
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '"' || first == '\'' {
            let (quoted, after) = rest[1..].split_once(first)?;
            tokens.push(Token::Quoted(quoted.to_owned()));
            rest = after;
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            tokens.push(Token::Symbol(symbol));
            rest = &rest[symbol.len()..];
        } else {
            let word = |c: char| c.is_ascii_alphanumeric() || "@._-/#".contains(c);
            let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
            if end == 0 {
                return None;
            }
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Some(tokens)
}

fn keyword(rest: &mut &[Token], keyword: &str) -> bool {
    match rest {
        [Token::Word(word), after @ ..] if word.eq_ignore_ascii_case(keyword) => {
            *rest = after;
            true
        }
        _ => false,
    }
}

fn symbol(rest: &mut &[Token], symbol: &str) -> bool {
    match rest {
        [Token::Symbol(found), after @ ..] if *found == symbol => {
            *rest = after;
            true
        }
        _ => false,
    }
}

fn any(rest: &mut &[Token], depth: u32) -> Option<Criteria> {
    let mut parts = vec![all(rest, depth)?];
    while keyword(rest, "OR") {
        parts.push(all(rest, depth)?);
    }
    Some(if parts.len() == 1 { parts.remove(0) } else { Criteria::Any(parts) })
}

fn all(rest: &mut &[Token], depth: u32) -> Option<Criteria> {
    let mut parts = vec![one(rest, depth)?];
    while keyword(rest, "AND") || symbol(rest, "&&") {
        parts.push(one(rest, depth)?);
    }
    Some(if parts.len() == 1 { parts.remove(0) } else { Criteria::All(parts) })
}

fn one(rest: &mut &[Token], depth: u32) -> Option<Criteria> {
    if symbol(rest, "(") {
        let inner = any(rest, depth.checked_sub(1)?)?;
        return symbol(rest, ")").then_some(inner);
    }
    let field = match rest {
        [Token::Word(field), after @ ..] => {
            *rest = after;
            field.clone()
        }
        _ => return None,
    };
    let negated = symbol(rest, "!=");
    if negated || symbol(rest, "=") {
        let values = vec![value(rest)?];
        return Some(Criteria::Clause(Clause { field, values, negated }));
    }
    let negated = keyword(rest, "NOT");
    if !keyword(rest, "IN") {
        return None;
    }
    let close = if symbol(rest, "[") {
        "]"
    } else if symbol(rest, "(") {
        ")"
    } else {
        return None;
    };
    let mut values = vec![value(rest)?];
    while symbol(rest, ",") {
        values.push(value(rest)?);
    }
    symbol(rest, close).then_some(Criteria::Clause(Clause { field, values, negated }))
}

fn value(rest: &mut &[Token]) -> Option<String> {
    match rest {
        [Token::Word(text) | Token::Quoted(text), after @ ..] => {
            *rest = after;
            Some(text.clone())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::hold;

    fn here(text: &str) -> Option<bool> {
        hold(text, &|field, value| match field {
            "@aws.account" => Some(value == "123456789012"),
            "@aws.region" => Some(value == "eu-west-1"),
            _ => None,
        })
    }

    #[test]
    fn documented_forms() {
        for (text, holds) in [
            (r#"@aws.region = "eu-west-1""#, Some(true)),
            (r#"@aws.region = "us-east-1""#, Some(false)),
            (r#"@aws.region != "us-east-1""#, Some(true)),
            (r#"@aws.account IN ["123456789012", "987654321098"]"#, Some(true)),
            (r#"@aws.account NOT IN ["123456789012"]"#, Some(false)),
            (r#"@aws.region = "us-east-1" AND @aws.account IN ["123456789012"]"#, Some(false)),
            (r#"@aws.region = "us-east-1" OR @aws.account IN ["123456789012"]"#, Some(true)),
            (
                r#"(@aws.region = "a" or @aws.region = 'eu-west-1') and @aws.account = 123456789012"#,
                Some(true),
            ),
            // `AND` binds closer than `OR`.
            (r#"@aws.region = "eu-west-1" OR @aws.region = "a" AND @aws.region = "b""#, Some(true)),
            (r#"@aws.region LIKE "eu%""#, None),
            (r#"@source.log = "x""#, None),
            ("@aws.region =", None),
            ("", None),
        ] {
            assert_eq!(here(text), holds, "{text}");
        }
    }

    #[test]
    fn what_is_nested_too_deeply_is_not_read() {
        let nested = |depth: usize| {
            format!("{}@aws.region = \"eu-west-1\"{}", "(".repeat(depth), ")".repeat(depth))
        };
        assert_eq!(here(&nested(32)), Some(true));
        assert_eq!(here(&nested(33)), None);
        assert_eq!(here(&nested(200_000)), None);
        assert_eq!(here(&"(".repeat(200_000)), None);
    }
}
