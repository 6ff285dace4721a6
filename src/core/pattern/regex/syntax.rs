//! What a regular expression is made of, and how it is read.

use super::super::doubt::{Doubt, Doubtful};
use super::super::error::{PatternError, Refusal};
use super::super::span::Span;

/// The alternatives between `|`.
pub(super) type Alternatives = Vec<Vec<Piece>>;

/// One element and how often it comes.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) atom: Atom,
    pub(super) repeat: Repeat,
}

/// One element.
#[derive(Debug, Clone)]
pub(super) enum Atom {
    Literal(char),
    /// `.`
    Dot,
    /// `^`
    Start,
    /// `$`
    End,
    /// `\b`
    WordBoundary,
    /// `\d` and the like, outside of brackets.
    Class(Class),
    /// `[…]`
    Set {
        negated: bool,
        items: Vec<Item>,
    },
}

/// One element of a set.
#[derive(Debug, Clone)]
pub(super) enum Item {
    Range(char, char),
    Class(Class),
}

/// `\d`, `\s` or `\w`, or one of them in upper case.
#[derive(Debug, Clone, Copy)]
pub(super) struct Class {
    pub(super) kind: Kind,
    pub(super) negated: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Digit,
    Space,
    Word,
}

/// How often an element comes: at least, and at most if there is a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Repeat {
    pub(super) least: u32,
    pub(super) most: Option<u32>,
}

impl Repeat {
    pub(super) const ONCE: Self = Self { least: 1, most: Some(1) };
}

/// Reads what stands between the percent signs; `offset` is where it begins in the pattern.
pub(super) fn parse(
    source: &str,
    offset: usize,
    doubts: &mut Vec<Doubtful>,
) -> Result<Alternatives, PatternError> {
    Parser { source, offset, at: 0, doubts }.alternatives()
}

struct Parser<'a> {
    source: &'a str,
    offset: usize,
    at: usize,
    doubts: &'a mut Vec<Doubtful>,
}

impl Parser<'_> {
    fn alternatives(mut self) -> Result<Alternatives, PatternError> {
        let mut alternatives = vec![Vec::new()];
        while let Some(next) = self.peek() {
            if next == '|' {
                self.at += 1;
                alternatives.push(Vec::new());
                continue;
            }
            let first = alternatives.last().is_none_or(Vec::is_empty);
            let piece = self.piece(first)?;
            if let Some(last) = alternatives.last_mut() {
                last.push(piece);
            }
        }
        Ok(alternatives)
    }

    fn piece(&mut self, first: bool) -> Result<Piece, PatternError> {
        let start = self.at;
        let atom = match self.next() {
            Some('.') => Atom::Dot,
            Some('^') => Atom::Start,
            Some('$') => Atom::End,
            Some('[') => self.set(start)?,
            Some('\\') => self.escape(start)?,
            // `piece` takes every quantifier after an element, so this one has none before it.
            Some(sign @ ('*' | '+' | '?')) => {
                let says = if first { "there is nothing before it" } else { "it follows another" };
                return Err(self.refuse(
                    start,
                    format!("`{sign}` repeats what stands before it, and {says}."),
                    format!("`\\{sign}` for the character itself"),
                ));
            }
            Some('{') => {
                self.doubt(Doubt::RegexSyntax, start);
                Atom::Literal('{')
            }
            Some(other) => Atom::Literal(other),
            None => {
                return Err(self.refuse(
                    start,
                    "The regular expression ends early.".to_owned(),
                    String::new(),
                ));
            }
        };
        let repeat = self.repeat()?;
        let anchor = matches!(atom, Atom::Start | Atom::End | Atom::WordBoundary);
        let Some(repeat) = repeat else {
            return Ok(Piece { atom, repeat: Repeat::ONCE });
        };
        self.after_repeat()?;
        if anchor {
            self.doubt(Doubt::RegexSyntax, start);
            return Ok(Piece { atom, repeat: Repeat::ONCE });
        }
        Ok(Piece { atom, repeat })
    }

    /// `*`, `+`, `?` or `{m,n}`, if one follows.
    fn repeat(&mut self) -> Result<Option<Repeat>, PatternError> {
        let (least, most) = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => return self.counted(),
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(Repeat { least, most }))
    }

    /// `{m}`, `{m,}`, `{,n}` or `{m,n}`; nothing where the brace opens no count.
    fn counted(&mut self) -> Result<Option<Repeat>, PatternError> {
        let start = self.at;
        let Some(inside) = self.source[start + 1..].split_once('}').map(|(inside, _)| inside)
        else {
            return Ok(None);
        };
        let (least, most) = inside.split_once(',').unwrap_or((inside, inside));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(least) || !digits(most) || (least.is_empty() && most.is_empty()) {
            return Ok(None);
        }
        self.at = start + inside.len() + 2;
        if least.is_empty() || most.is_empty() {
            self.doubt(Doubt::OpenRepetition, start);
        }
        // A count beyond u32 saturates, and is then beyond what is compiled.
        let count = |text: &str| text.parse().unwrap_or(u32::MAX);
        let repeat = Repeat {
            least: if least.is_empty() { 0 } else { count(least) },
            most: (!most.is_empty()).then(|| count(most)),
        };
        if repeat.most.is_some_and(|most| most < repeat.least) {
            return Err(self.refuse(
                start,
                format!("`{{{inside}}}` asks for more than it allows."),
                format!("`{{{most},{least}}}`"),
            ));
        }
        Ok(Some(repeat))
    }

    /// What may follow a repetition: a `?` that asks for the shortest match, which changes nothing
    /// here, or another repetition, which engines read differently.
    fn after_repeat(&mut self) -> Result<(), PatternError> {
        let start = self.at;
        if self.peek() == Some('?') {
            self.at += 1;
        } else if self.peek() == Some('+') {
            self.at += 1;
            self.doubt(Doubt::RegexSyntax, start);
        }
        let start = self.at;
        if self.peek() == Some('{') && self.counted()?.is_some() {
            self.doubt(Doubt::RegexSyntax, start);
            while self.peek() == Some('{') && self.counted()?.is_some() {}
        }
        Ok(())
    }

    fn escape(&mut self, start: usize) -> Result<Atom, PatternError> {
        if self.peek() == Some('b') {
            self.at += 1;
            self.doubt(Doubt::RegexSyntax, start);
            return Ok(Atom::WordBoundary);
        }
        Ok(match self.escaped(start)? {
            Item::Range(character, _) => Atom::Literal(character),
            Item::Class(class) => Atom::Class(class),
        })
    }

    /// What a backslash stands for, inside and outside of brackets.
    fn escaped(&mut self, start: usize) -> Result<Item, PatternError> {
        let class = |kind, negated| Ok(Item::Class(Class { kind, negated }));
        let literal = |character| Ok(Item::Range(character, character));
        let Some(next) = self.next() else {
            return Err(self.refuse(
                start,
                "The regular expression ends in a lone backslash.".to_owned(),
                "`\\\\` for a backslash".to_owned(),
            ));
        };
        match next {
            'd' | 'D' => class(Kind::Digit, next == 'D'),
            's' | 'S' => class(Kind::Space, next == 'S'),
            'w' | 'W' => class(Kind::Word, next == 'W'),
            'x' => {
                let code = self
                    .source
                    .get(self.at..self.at + 2)
                    .filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
                    .and_then(|hex| u8::from_str_radix(hex, 16).ok());
                let Some(code) = code else {
                    return Err(self.refuse(
                        start,
                        "`\\x` takes two hexadecimal digits.".to_owned(),
                        "for example `\\x28` for `(`".to_owned(),
                    ));
                };
                self.at += 2;
                if !code.is_ascii() {
                    self.doubt(Doubt::RegexOnNonAscii, start);
                }
                literal(char::from(code))
            }
            't' | 'n' | 'r' | 'f' => {
                self.doubt(Doubt::RegexSyntax, start);
                literal(match next {
                    't' => '\t',
                    'n' => '\n',
                    'r' => '\r',
                    _ => '\x0c',
                })
            }
            next if next.is_ascii_alphanumeric() => Err(self.refuse(
                start,
                format!("`\\{next}` stands for nothing in AWS's regular expressions."),
                "one of `\\d`, `\\D`, `\\s`, `\\S`, `\\w`, `\\W`, or `\\xhh` for a character"
                    .to_owned(),
            )),
            next => literal(next),
        }
    }

    /// `[…]`, after its bracket.
    fn set(&mut self, start: usize) -> Result<Atom, PatternError> {
        let negated = self.peek() == Some('^');
        if negated {
            self.at += 1;
        }
        let mut items = Vec::new();
        loop {
            let at = self.at;
            let Some(next) = self.next() else {
                return Err(self.refuse(
                    start,
                    "The `[` of the regular expression has no `]`.".to_owned(),
                    "`\\[` for the bracket itself".to_owned(),
                ));
            };
            if next == ']' && !items.is_empty() {
                return Ok(Atom::Set { negated, items });
            }
            let item = self.set_item(next, at)?;
            items.push(self.range(item, at)?);
        }
    }

    fn set_item(&mut self, next: char, at: usize) -> Result<Item, PatternError> {
        match next {
            '\\' => self.escaped(at),
            '[' => {
                // A set in a set, a POSIX class or the character: engines differ.
                self.doubt(Doubt::RegexSyntax, at);
                Ok(Item::Range('[', '['))
            }
            next => Ok(Item::Range(next, next)),
        }
    }

    /// Extends an item of a set to a range, if `-` and another item follow.
    fn range(&mut self, item: Item, start: usize) -> Result<Item, PatternError> {
        let rest = &self.source[self.at..];
        if !rest.starts_with('-') || rest.starts_with("-]") || rest.len() == 1 {
            return Ok(item);
        }
        let Item::Range(low, _) = item else {
            // `[\d-x]`: the hyphen itself, or an error.
            self.doubt(Doubt::RegexSyntax, start);
            return Ok(item);
        };
        self.at += 1;
        let at = self.at;
        let Some(next) = self.next() else { return Ok(item) };
        match self.set_item(next, at)? {
            Item::Range(high, _) if low <= high => Ok(Item::Range(low, high)),
            Item::Range(high, _) => Err(self.refuse(
                start,
                format!("The range `{low}-{high}` runs backwards."),
                format!("`{high}-{low}`"),
            )),
            Item::Class(_) => {
                self.doubt(Doubt::RegexSyntax, start);
                self.at = at - 1;
                Ok(item)
            }
        }
    }

    fn peek(&self) -> Option<char> {
        self.source[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn span(&self, start: usize) -> Span {
        Span::new(self.offset + start, self.offset + self.at.max(start + 1).min(self.source.len()))
    }

    fn doubt(&mut self, doubt: Doubt, start: usize) {
        let span = self.span(start);
        self.doubts.push(Doubtful { doubt, span });
    }

    fn refuse(&self, start: usize, message: String, instead: String) -> PatternError {
        PatternError {
            message,
            span: self.span(start),
            instead: Some(instead).filter(|text| !text.is_empty()),
            refusal: Refusal::Regex,
        }
    }
}
