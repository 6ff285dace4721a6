//! Regular expressions, by trying every way.

enum Atom {
    One(Box<dyn Fn(char) -> bool>),
    Start,
    End,
}

struct Piece {
    atom: Atom,
    least: usize,
    most: usize,
}

/// Alternatives, each a row of pieces.
pub(super) struct Regex(Vec<Vec<Piece>>);

impl Regex {
    /// Reads what stands between the `%` of a pattern that the parser has taken.
    pub(super) fn new(source: &str) -> Self {
        let mut chars = source.chars().peekable();
        let mut alternatives = vec![Vec::new()];
        while let Some(c) = chars.next() {
            let atom = match c {
                '|' => {
                    alternatives.push(Vec::new());
                    continue;
                }
                '^' => Atom::Start,
                '$' => Atom::End,
                '.' => Atom::One(Box::new(|c| c != '\n')),
                '[' => Atom::One(class(&mut chars)),
                '\\' => Atom::One(escape(&mut chars)),
                c => Atom::One(Box::new(move |other| other == c)),
            };
            let (least, most) = match chars.peek() {
                Some('*') => (0, usize::MAX),
                Some('+') => (1, usize::MAX),
                Some('?') => (0, 1),
                Some('{') => {
                    let counts: String = chars.by_ref().take_while(|c| *c != '}').collect();
                    let counts = counts.trim_start_matches('{');
                    let (least, most) = counts.split_once(',').unwrap_or((counts, counts));
                    alternatives.last_mut().unwrap().push(Piece {
                        atom,
                        least: least.parse().unwrap_or(0),
                        most: most.parse().unwrap_or(usize::MAX),
                    });
                    continue;
                }
                _ => {
                    alternatives.last_mut().unwrap().push(Piece { atom, least: 1, most: 1 });
                    continue;
                }
            };
            chars.next();
            alternatives.last_mut().unwrap().push(Piece { atom, least, most });
        }
        Self(alternatives)
    }

    /// Whether it is found anywhere in a text.
    pub(super) fn search(&self, text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        self.0.iter().any(|pieces| (0..=chars.len()).any(|at| from(pieces, &chars, at, 0)))
    }
}

/// Whether the pieces match from a place on, the first of them having matched `done` times before.
fn from(pieces: &[Piece], chars: &[char], at: usize, done: usize) -> bool {
    let Some((piece, rest)) = pieces.split_first() else {
        return true;
    };
    if done >= piece.least && from(rest, chars, at, 0) {
        return true;
    }
    if done >= piece.most {
        return false;
    }
    match &piece.atom {
        Atom::One(fits) => {
            chars.get(at).is_some_and(|c| fits(*c)) && from(pieces, chars, at + 1, done + 1)
        }
        Atom::Start => at == 0 && from(rest, chars, at, 0),
        Atom::End => at == chars.len() && from(rest, chars, at, 0),
    }
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn escape(chars: &mut Chars<'_>) -> Box<dyn Fn(char) -> bool> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match chars.next().unwrap() {
        'd' => Box::new(|c| c.is_ascii_digit()),
        'D' => Box::new(|c| !c.is_ascii_digit()),
        's' => Box::new(blank),
        'S' => Box::new(|c| !blank(c)),
        'w' => Box::new(word),
        'W' => Box::new(move |c| !word(c)),
        'x' => {
            let code =
                (0..2).fold(0, |code, _| code * 16 + chars.next().unwrap().to_digit(16).unwrap());
            let wanted = char::from_u32(code).unwrap();
            Box::new(move |c| c == wanted)
        }
        't' => Box::new(|c| c == '\t'),
        'n' => Box::new(|c| c == '\n'),
        'r' => Box::new(|c| c == '\r'),
        wanted => Box::new(move |c| c == wanted),
    }
}

fn blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')
}

fn class(chars: &mut Chars<'_>) -> Box<dyn Fn(char) -> bool> {
    let negated = chars.next_if_eq(&'^').is_some();
    let mut members: Vec<Box<dyn Fn(char) -> bool>> = Vec::new();
    loop {
        match chars.next().unwrap() {
            ']' if !members.is_empty() => break,
            '\\' => members.push(escape(chars)),
            first => {
                let mut ahead = chars.clone();
                if ahead.next() == Some('-') && ahead.next().is_some_and(|c| c != ']') {
                    chars.next();
                    let last = chars.next().unwrap();
                    members.push(Box::new(move |c| first <= c && c <= last));
                } else {
                    members.push(Box::new(move |c| c == first));
                }
            }
        }
    }
    Box::new(move |c| members.iter().any(|member| member(c)) != negated)
}
