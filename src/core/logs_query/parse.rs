//! The text of a query.

use super::Found;

/// One command.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// It drops no row that a count would miss.
    Keeps,
    /// It keeps only so many rows, of all that came to it.
    Limit,
    /// `filter`.
    Filter(Expression),
    /// Anything else, by its first word.
    Unknown(String),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Not(Box<Expression>),
    Present(String),
    OneOf {
        field: String,
        wanted: Vec<Operand>,
        negated: bool,
    },
    Like {
        field: String,
        test: Test,
        negated: bool,
    },
    /// `<`, `l` for `<=`, `>`, `g` for `>=`.
    Ordered {
        field: String,
        operator: char,
        bound: f64,
    },
    Unknown(String),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    Text(String),
    Number(f64),
}

/// What `like` and `=~` look for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    /// One of these texts, anywhere.
    Has {
        texts: Vec<String>,
        ignore_case: bool,
    },
    Unknown(String),
}

impl Test {
    pub(super) fn matches(&self, text: &str) -> Found {
        match self {
            Self::Has { texts, ignore_case: false } => {
                texts.iter().any(|wanted| text.contains(wanted.as_str())).into()
            }
            Self::Has { texts, ignore_case: true } => {
                let text = text.to_lowercase();
                texts.iter().any(|wanted| text.contains(&wanted.to_lowercase())).into()
            }
            Self::Unknown(what) => Found::Unknown(format!("secmon does not read `{what}`")),
        }
    }

    fn text(text: String) -> Self {
        match text.contains('%') {
            true => Self::Unknown(format!("like \"{text}\"")),
            false => Self::Has { texts: vec![text], ignore_case: false },
        }
    }

    fn regex(source: &str) -> Self {
        let (body, ignore_case) = match source.strip_prefix("(?i)") {
            Some(body) => (body, true),
            None => (source, false),
        };
        let mut texts = vec![String::new()];
        let mut characters = body.chars();
        while let Some(character) = characters.next() {
            let plain = match character {
                '|' => {
                    texts.push(String::new());
                    continue;
                }
                '\\' => characters.next().filter(|next| !next.is_alphanumeric()),
                c if c.is_alphanumeric() || " _-:\"/@,=<>!#%&;'~`".contains(c) => Some(c),
                _ => None,
            };
            match (plain, texts.last_mut()) {
                (Some(plain), Some(text)) => text.push(plain),
                _ => return Self::Unknown(format!("/{source}/")),
            }
        }
        Self::Has { texts, ignore_case }
    }
}

impl Expression {
    /// The fields it asks about.
    pub(super) fn fields(&self) -> Vec<&str> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::fields).collect(),
            Self::Not(inner) => inner.fields(),
            // That a field is not there is no surprise to it.
            Self::Present(_) | Self::Unknown(_) => Vec::new(),
            Self::OneOf { field, .. } | Self::Like { field, .. } | Self::Ordered { field, .. } => {
                vec![field]
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    /// A name in backticks.
    Name(String),
    Text(String),
    Regex(String),
    Sign(&'static str),
}

/// More than anybody writes; a hostile file may hold more.
const DEPTH: u32 = 32;

/// The commands of a query.
pub(super) fn steps(text: &str) -> Result<Vec<Step>, String> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let tokens = tokens(&lines.collect::<Vec<_>>().join("\n"))?;
    let commands = tokens.split(|token| *token == Token::Sign("|"));
    commands.filter(|command| !command.is_empty()).map(step).collect()
}

fn step(tokens: &[Token]) -> Result<Step, String> {
    let Some((Token::Word(command), rest)) = tokens.split_first() else {
        return Err("a command does not begin with a word".to_owned());
    };
    Ok(match command.to_lowercase().as_str() {
        // `fields a as b` names something anew, which a later filter may ask for.
        "fields" | "display" if !has_word(rest, "as") && !rest.contains(&Token::Sign("(")) => {
            Step::Keeps
        }
        "sort" => Step::Keeps,
        "limit" if rest != [Token::Word("0".to_owned())] => Step::Limit,
        "filter" => {
            let mut reader = Reader { tokens: rest, depth: DEPTH };
            let expression = reader.any()?;
            match reader.tokens {
                [] => Step::Filter(expression),
                [token, ..] => return Err(format!("{} is not expected", shown(token))),
            }
        }
        _ => Step::Unknown(command.clone()),
    })
}

fn has_word(tokens: &[Token], wanted: &str) -> bool {
    tokens.iter().any(|token| is_word(token, wanted))
}

fn is_word(token: &Token, wanted: &str) -> bool {
    matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(wanted))
}

fn shown(token: &Token) -> String {
    match token {
        Token::Word(text) => text.clone(),
        Token::Name(text) => format!("`{text}`"),
        Token::Text(text) => format!("\"{text}\""),
        Token::Regex(text) => format!("/{text}/"),
        Token::Sign(sign) => (*sign).to_owned(),
    }
}

struct Reader<'t> {
    tokens: &'t [Token],
    depth: u32,
}

impl Reader<'_> {
    fn take(&mut self, wanted: impl FnOnce(&Token) -> bool) -> bool {
        match self.tokens.split_first() {
            Some((first, rest)) if wanted(first) => {
                self.tokens = rest;
                true
            }
            _ => false,
        }
    }

    fn next(&mut self) -> Result<Token, String> {
        let (first, rest) = self.tokens.split_first().ok_or("it ends too early")?;
        self.tokens = rest;
        Ok(first.clone())
    }

    fn any(&mut self) -> Result<Expression, String> {
        let mut parts = vec![self.all()?];
        while self.take(|token| is_word(token, "or")) {
            parts.push(self.all()?);
        }
        Ok(match parts.len() {
            1 => parts.swap_remove(0),
            _ => Expression::Or(parts),
        })
    }

    fn all(&mut self) -> Result<Expression, String> {
        let mut parts = vec![self.one()?];
        while self.take(|token| is_word(token, "and")) {
            parts.push(self.one()?);
        }
        Ok(match parts.len() {
            1 => parts.swap_remove(0),
            _ => Expression::And(parts),
        })
    }

    fn one(&mut self) -> Result<Expression, String> {
        self.depth = self.depth.checked_sub(1).ok_or("it is nested too deeply")?;
        let expression = self.inner();
        self.depth += 1;
        expression
    }

    fn inner(&mut self) -> Result<Expression, String> {
        if self.take(|token| is_word(token, "not")) {
            return Ok(Expression::Not(Box::new(self.one()?)));
        }
        if self.take(|token| *token == Token::Sign("(")) {
            let expression = self.any()?;
            self.end(")")?;
            return Ok(expression);
        }
        let field = match self.next()? {
            Token::Word(word) | Token::Name(word) => word,
            token => return Err(format!("{} is no field", shown(&token))),
        };
        if self.take(|token| *token == Token::Sign("(")) {
            return self.function(&field);
        }
        let negated = self.take(|token| is_word(token, "not"));
        match self.next()? {
            token if is_word(&token, "in") => {
                let wanted = self.list()?;
                Ok(Expression::OneOf { field, wanted, negated })
            }
            token if is_word(&token, "like") => match self.next()? {
                Token::Text(text) => {
                    Ok(Expression::Like { field, test: Test::text(text), negated })
                }
                Token::Regex(regex) => {
                    Ok(Expression::Like { field, test: Test::regex(&regex), negated })
                }
                token => Err(format!("like {}", shown(&token))),
            },
            Token::Sign("=~") if !negated => match self.next()? {
                Token::Regex(regex) => {
                    Ok(Expression::Like { field, test: Test::regex(&regex), negated: false })
                }
                token => Err(format!("=~ {}", shown(&token))),
            },
            Token::Sign(sign @ ("=" | "!=")) if !negated => {
                let wanted = vec![self.operand()?];
                Ok(Expression::OneOf { field, wanted, negated: sign == "!=" })
            }
            Token::Sign(sign @ ("<" | "<=" | ">" | ">=")) if !negated => match self.operand()? {
                Operand::Number(bound) => {
                    let operator = match sign {
                        "<" => '<',
                        "<=" => 'l',
                        ">" => '>',
                        _ => 'g',
                    };
                    Ok(Expression::Ordered { field, operator, bound })
                }
                Operand::Text(text) => {
                    Ok(Expression::Unknown(format!("{field} {sign} \"{text}\"")))
                }
            },
            token => Err(format!("{} is not expected", shown(&token))),
        }
    }

    /// After the name and `(`.
    fn function(&mut self, name: &str) -> Result<Expression, String> {
        match (name.to_lowercase().as_str(), self.tokens) {
            (
                "ispresent",
                [Token::Word(field) | Token::Name(field), Token::Sign(")"), rest @ ..],
            ) => {
                let field = field.clone();
                self.tokens = rest;
                Ok(Expression::Present(field))
            }
            _ => Err(format!("{name}(…)")),
        }
    }

    fn operand(&mut self) -> Result<Operand, String> {
        match self.next()? {
            Token::Text(text) => Ok(Operand::Text(text)),
            Token::Word(word) => {
                word.parse().map(Operand::Number).map_err(|_| format!("comparing with {word}"))
            }
            token => Err(format!("{} is no value", shown(&token))),
        }
    }

    fn list(&mut self) -> Result<Vec<Operand>, String> {
        self.end("[")?;
        let mut wanted = vec![self.operand()?];
        while self.take(|token| *token == Token::Sign(",")) {
            wanted.push(self.operand()?);
        }
        self.end("]")?;
        Ok(wanted)
    }

    fn end(&mut self, sign: &'static str) -> Result<(), String> {
        match self.take(|token| *token == Token::Sign(sign)) {
            true => Ok(()),
            false => Err(format!("{sign} is missing")),
        }
    }
}

const SIGNS: [&str; 14] =
    ["=~", "!=", "<=", ">=", "=", "<", ">", "(", ")", "[", "]", ",", "|", "*"];

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let in_word = |c: char| c.is_alphanumeric() || "@_.-:{}".contains(c);
        // A slash divides only between numbers, which no filter on CloudTrail's events does.
        if let Some(token) = match first {
            '"' | '\'' => Some(Token::Text as fn(String) -> Token),
            '`' => Some(Token::Name as fn(String) -> Token),
            '/' => Some(Token::Regex as fn(String) -> Token),
            _ => None,
        } {
            let (inside, after) =
                quoted(&rest[1..], first).ok_or_else(|| format!("a {first} is not closed"))?;
            tokens.push(token(inside));
            rest = after;
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else if in_word(first) {
            let length = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..length].to_owned()));
            rest = &rest[length..];
        } else {
            return Err(format!("{first} is not expected"));
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

/// What stands up to the closing mark, and what follows. A backslash escapes the mark; elsewhere it
/// is for whoever reads the text.
fn quoted(text: &str, mark: char) -> Option<(String, &str)> {
    let mut inside = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            c if c == mark => return Some((inside, &text[at + c.len_utf8()..])),
            '\\' => match characters.next()? {
                (_, next) if next == mark => inside.push(next),
                (_, next) => inside.extend(['\\', next]),
            },
            c => inside.push(c),
        }
    }
    None
}
