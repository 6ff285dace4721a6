//! Messages as trees that keep how numbers are written.

#[derive(Debug, Clone, PartialEq)]
pub(in super::super) enum Json {
    Null,
    Boolean(bool),
    /// As written.
    Number(String),
    Text(String),
    Array(Vec<Self>),
    /// Of members with the same name only the last one is kept.
    Object(Vec<(String, Self)>),
}

/// Reads a message that is exactly one JSON value.
pub(super) fn read(message: &str) -> Option<Json> {
    let mut reader = Reader { rest: message, lenient: false };
    let value = reader.value()?;
    reader.blanks();
    reader.rest.is_empty().then_some(value)
}

/// Reads the object that begins at the first brace of a message and forgives what lenient readers
/// do: text around it, a comma too many, single quotes.
pub(super) fn read_leniently(message: &str) -> Option<Json> {
    let mut reader = Reader { rest: &message[message.find('{')?..], lenient: true };
    reader.value()
}

struct Reader<'a> {
    rest: &'a str,
    lenient: bool,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn take(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self) -> Option<Json> {
        self.blanks();
        match self.rest.chars().next()? {
            '{' => self.object(),
            '[' => self.array(),
            '"' => self.text('"').map(Json::Text),
            '\'' if self.lenient => self.text('\'').map(Json::Text),
            'n' => self.take("null").then_some(Json::Null),
            't' => self.take("true").then_some(Json::Boolean(true)),
            'f' => self.take("false").then_some(Json::Boolean(false)),
            _ => self.number(),
        }
    }

    fn object(&mut self) -> Option<Json> {
        let mut members: Vec<(String, Json)> = Vec::new();
        self.take("{");
        loop {
            self.blanks();
            if (members.is_empty() || self.lenient) && self.take("}") {
                return Some(Json::Object(members));
            }
            let quote = self.rest.chars().next()?;
            if quote != '"' && !(self.lenient && quote == '\'') {
                return None;
            }
            let name = self.text(quote)?;
            self.blanks();
            if !self.take(":") {
                return None;
            }
            let value = self.value()?;
            members.retain(|(earlier, _)| *earlier != name);
            members.push((name, value));
            self.blanks();
            if !self.take(",") {
                return self.take("}").then_some(Json::Object(members));
            }
        }
    }

    fn array(&mut self) -> Option<Json> {
        let mut elements = Vec::new();
        self.take("[");
        loop {
            self.blanks();
            if (elements.is_empty() || self.lenient) && self.take("]") {
                return Some(Json::Array(elements));
            }
            elements.push(self.value()?);
            self.blanks();
            if !self.take(",") {
                return self.take("]").then_some(Json::Array(elements));
            }
        }
    }

    fn text(&mut self, quote: char) -> Option<String> {
        let mut text = String::new();
        let mut chars = self.rest.chars();
        chars.next();
        loop {
            match chars.next()? {
                c if c == quote => break,
                '\\' => match chars.next()? {
                    'u' => text.push(escaped(&mut chars)?),
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'r' => text.push('\r'),
                    'b' => text.push('\u{8}'),
                    'f' => text.push('\u{c}'),
                    c @ ('"' | '\\' | '/') => text.push(c),
                    _ => return None,
                },
                c if c < ' ' => return None,
                c => text.push(c),
            }
        }
        self.rest = chars.as_str();
        Some(text)
    }

    fn number(&mut self) -> Option<Json> {
        let whole = self.rest;
        self.take("-");
        if !self.take("0") && self.digits() == 0 {
            return None;
        }
        if self.take(".") && self.digits() == 0 {
            return None;
        }
        if self.take("e") || self.take("E") {
            let _ = self.take("+") || self.take("-");
            if self.digits() == 0 {
                return None;
            }
        }
        Some(Json::Number(whole[..whole.len() - self.rest.len()].to_owned()))
    }

    fn digits(&mut self) -> usize {
        let rest = self.rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let count = self.rest.len() - rest.len();
        self.rest = rest;
        count
    }
}

fn escaped(chars: &mut std::str::Chars<'_>) -> Option<char> {
    let first = unit(chars)?;
    if !(0xD800..0xDC00).contains(&first) {
        return char::from_u32(first);
    }
    if chars.next()? != '\\' || chars.next()? != 'u' {
        return None;
    }
    let second = unit(chars)?;
    let low = second.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
    char::from_u32(0x10000 + ((first - 0xD800) << 10) + low)
}

fn unit(chars: &mut std::str::Chars<'_>) -> Option<u32> {
    (0..4).try_fold(0, |unit, _| Some(unit * 16 + chars.next()?.to_digit(16)?))
}
