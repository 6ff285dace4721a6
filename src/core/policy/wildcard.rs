//! Text with `*`, `?` and `${…}` in it, compared with a value.
//!
//! A variable's value is literal text: a `*` that comes out of a variable matches a `*` only.
//! Sources: [variables](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html),
//! [resources](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html).

use super::request::{Knowledge, Request};
use super::truth::{Doubt, Truth};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Literal(char),
    /// `*`: any characters, none included.
    Any,
    /// `?`: exactly one character.
    One,
}

/// A policy's text with its variables replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text(Vec<Token>);

/// What became of a text's variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Resolved {
    Text(Text),
    /// A variable without a value and without a default: a positive comparison fails and a negated
    /// one holds (section *Policy variables with no value*).
    NoValue,
    Unknown(Doubt),
}

/// Whether `${…}` is a variable: only with `"Version": "2012-10-17"`, else it is literal text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variables {
    Replaced,
    Literal,
}

impl Text {
    /// Reads text in which no variable is replaced: actions, principals.
    pub(super) fn plain(text: &str) -> Text {
        Text(text.chars().map(wildcard).collect())
    }

    /// Reads text and replaces its variables from the request.
    pub(super) fn resolve(text: &str, variables: Variables, request: &Request) -> Resolved {
        if variables == Variables::Literal {
            return Resolved::Text(Text::plain(text));
        }
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let Some(length) = rest[start..].find('}') else {
                break;
            };
            tokens.extend(rest[..start].chars().map(wildcard));
            let name = &rest[start + 2..start + length];
            rest = &rest[start + length + 1..];
            match variable(name, request) {
                Ok(Some(value)) => tokens.extend(value.chars().map(Token::Literal)),
                Ok(None) => return Resolved::NoValue,
                Err(doubt) => return Resolved::Unknown(doubt),
            }
        }
        tokens.extend(rest.chars().map(wildcard));
        Resolved::Text(Text(tokens))
    }

    /// True if the text is the value, wildcards and all: `StringEquals` knows no wildcards.
    pub(super) fn equals(&self, value: &str, case: Case) -> bool {
        self.0.len() == value.chars().count()
            && self.0.iter().zip(value.chars()).all(|(token, found)| {
                let wanted = match token {
                    Token::Literal(wanted) => *wanted,
                    Token::Any => '*',
                    Token::One => '?',
                };
                same(wanted, found, case)
            })
    }

    /// True if the pattern covers the whole value.
    pub(super) fn matches(&self, value: &str, case: Case) -> bool {
        covers(&self.0, &value.chars().collect::<Vec<_>>(), case)
    }

    /// True if each of the six colon-separated parts of an ARN pattern covers its counterpart;
    /// `None` if the pattern does not have six parts.
    pub(super) fn matches_arn(&self, value: &str) -> Option<bool> {
        let pattern: Vec<&[Token]> =
            self.0.splitn(6, |token| *token == Token::Literal(':')).collect();
        if pattern.len() != 6 {
            return None;
        }
        let value: Vec<&str> = value.splitn(6, ':').collect();
        Some(
            value.len() == 6
                && pattern.iter().zip(value).all(|(part, found)| {
                    covers(part, &found.chars().collect::<Vec<_>>(), Case::Sensitive)
                }),
        )
    }
}

/// Whether upper and lower case differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Sensitive,
    Insensitive,
}

/// True if one of the entries, variables replaced, covers the value: `Resource`.
pub(super) fn any_covers(
    entries: &[String],
    value: &str,
    variables: Variables,
    request: &Request,
) -> Truth {
    Truth::any(entries.iter().map(|entry| match Text::resolve(entry, variables, request) {
        Resolved::Text(text) => text.matches(value, Case::Sensitive).into(),
        Resolved::NoValue => Truth::No,
        Resolved::Unknown(doubt) => Truth::Unknown(doubt),
    }))
}

fn wildcard(character: char) -> Token {
    match character {
        '*' => Token::Any,
        '?' => Token::One,
        other => Token::Literal(other),
    }
}

/// The value of `${name}` or `${name, 'default'}`; `None` if it has none.
fn variable(name: &str, request: &Request) -> Result<Option<String>, Doubt> {
    if matches!(name, "*" | "?" | "$") {
        return Ok(Some(name.to_owned()));
    }
    let (key, default) = match name.split_once(',') {
        None => (name.trim(), None),
        Some((key, quoted)) => {
            let quoted = quoted.trim();
            let default = quoted.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
            // A default that is not in single quotes is not documented.
            let default = default.ok_or_else(|| Doubt::Variable(name.to_owned()))?;
            (key.trim(), Some(default.to_owned()))
        }
    };
    match request.key(key) {
        Knowledge::Values(values) => match values.as_slice() {
            [value] => Ok(Some(value.clone())),
            // A key with several values cannot stand in for a variable.
            _ => Err(Doubt::Variable(key.to_owned())),
        },
        Knowledge::Absent => Ok(default),
        Knowledge::NotKnown => Err(Doubt::Variable(key.to_owned())),
    }
}

fn same(one: char, other: char, case: Case) -> bool {
    one == other
        || (case == Case::Insensitive
            && (one.eq_ignore_ascii_case(&other) || one.to_lowercase().eq(other.to_lowercase())))
}

/// Steps back to the last `*` only, so a hostile pattern costs pattern × value at most.
fn covers(pattern: &[Token], value: &[char], case: Case) -> bool {
    let (mut p, mut v) = (0, 0);
    let mut retry = None;
    while v < value.len() {
        match pattern.get(p) {
            Some(Token::Any) => {
                retry = Some((p + 1, v));
                p += 1;
                continue;
            }
            Some(Token::One) => {
                (p, v) = (p + 1, v + 1);
                continue;
            }
            Some(Token::Literal(wanted)) if same(*wanted, value[v], case) => {
                (p, v) = (p + 1, v + 1);
                continue;
            }
            Some(Token::Literal(_)) | None => {}
        }
        let Some((after_star, from)) = retry else {
            return false;
        };
        retry = Some((after_star, from + 1));
        (p, v) = (after_star, from + 1);
    }
    pattern[p..].iter().all(|token| *token == Token::Any)
}
