//! How a message is split into words.
//!
//! Words stand between runs of spaces and tabs. What stands in quotes or square brackets is one
//! word, without them; a quote that is never closed is a character like others. That much was seen
//! on AWS; what goes beyond it is marked as [`Odd`].

/// What separates words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blanks {
    /// Spaces and tabs, as was seen. Those before the message count for nothing, those after it
    /// belong to the last field.
    Seen,
    /// The other way: line ends separate words too, there is an empty word before a blank at the
    /// start, and blanks after the message count for nothing.
    Other,
}

/// One word of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word<'m> {
    /// Without the quotes or brackets around it.
    pub(super) text: &'m str,
    /// With them.
    pub(super) raw: &'m str,
    /// Where it begins in the message.
    pub(super) start: usize,
    /// Why it is not established that this is a word.
    pub(super) odd: Option<Odd>,
}

/// Why it is not established that something is a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Odd {
    /// `""`, `[]`, or a bracket that is never closed: not even seen as a last field.
    Delimiter,
    /// Quotes or brackets that begin or end inside of a word: it could be divided elsewhere.
    Extent,
}

/// The words of a message, from left to right.
#[derive(Debug, Clone)]
pub(super) struct Words<'m> {
    message: &'m str,
    at: usize,
    blanks: Blanks,
    quotes: Closing,
    brackets: Closing,
}

/// Where the next closing quote or bracket is, as last looked up: a message full of brackets that
/// are never closed would otherwise be searched to its end for each of them.
#[derive(Debug, Clone, Default)]
struct Closing {
    from: usize,
    found: Option<usize>,
    known: bool,
}

impl Closing {
    fn next(&mut self, message: &str, from: usize, close: char) -> Option<usize> {
        let holds = self.known && self.from <= from && self.found.is_none_or(|at| at >= from);
        if !holds {
            let found = message[from..].find(close).map(|at| from + at);
            *self = Self { from, found, known: true };
        }
        self.found
    }
}

impl<'m> Words<'m> {
    pub(super) fn new(message: &'m str, blanks: Blanks) -> Self {
        let message = match blanks {
            Blanks::Seen => message,
            Blanks::Other => message.trim_ascii_end(),
        };
        let (quotes, brackets) = (Closing::default(), Closing::default());
        Self { message, at: 0, blanks, quotes, brackets }
    }

    /// The rest of the message, from its next word on: what a last field takes. Its `odd` is the
    /// one of its first word, if that matters.
    pub(super) fn rest(mut self) -> Option<Word<'m>> {
        let first = self.next()?;
        let raw = &self.message[first.start..];
        // Blanks after a single word belong to the rest, unless it is a word in quotes: then what
        // AWS makes of them is as open as in `Other`.
        let single = first.raw.len() == raw.trim_ascii_end().len();
        if single && first.text.len() < first.raw.len() {
            return Some(first);
        }
        let both_ends = raw.starts_with(['"', '[']) && raw.trim_ascii_end().ends_with(['"', ']']);
        let odd = first.odd.filter(|odd| *odd == Odd::Delimiter || both_ends);
        Some(Word { text: raw, raw, start: first.start, odd })
    }

    fn is_blank(&self, byte: u8) -> bool {
        byte == b' '
            || byte == b'\t'
            || (self.blanks == Blanks::Other && byte.is_ascii_whitespace())
    }

    /// Where the next blank is, from `from` on.
    fn blank(&self, from: usize) -> usize {
        let bytes = &self.message.as_bytes()[from..];
        from + bytes.iter().position(|byte| self.is_blank(*byte)).unwrap_or(bytes.len())
    }

    /// Where the quote or bracket that opens before `from` closes.
    fn close(&mut self, open: u8, from: usize) -> Option<usize> {
        match open {
            b'"' => self.quotes.next(self.message, from, '"'),
            _ => self.brackets.next(self.message, from, ']'),
        }
    }

    /// The word that begins with a quote or bracket, if it has an end.
    fn delimited(&mut self, start: usize, open: u8) -> Option<Word<'m>> {
        let close = self.close(open, start + 1)?;
        let (text, end) = (&self.message[start + 1..close], close + 1);
        let follows = self.message.as_bytes().get(end).is_some_and(|byte| !self.is_blank(*byte));
        if follows {
            // `[ERROR]:`: one word, or two, or the brackets are characters like others.
            let raw = &self.message[start..self.blank(end)];
            return Some(Word { text: raw, raw, start, odd: Some(Odd::Extent) });
        }
        let divided = if open == b'"' { text.ends_with('\\') } else { text.contains('[') };
        let odd = match text {
            "" => Some(Odd::Delimiter),
            _ => divided.then_some(Odd::Extent),
        };
        Some(Word { text, raw: &self.message[start..end], start, odd })
    }

    /// The word up to the next blank.
    fn plain(&mut self, start: usize) -> Word<'m> {
        let raw = &self.message[start..self.blank(start)];
        let odd = if raw.starts_with('[') {
            Some(Odd::Delimiter)
        } else {
            self.opens_inside(start, raw).then_some(Odd::Extent)
        };
        Word { text: raw, raw, start, odd }
    }

    /// Whether a quote or bracket opens inside of a word and closes in a later one: `msg="a b"`.
    fn opens_inside(&mut self, start: usize, raw: &str) -> bool {
        let mut at = 0;
        while let Some(found) = raw[at..].find(['"', '[']) {
            let opened = at + found;
            at = opened + 1;
            match self.close(raw.as_bytes()[opened], start + at) {
                Some(close) if close < start + raw.len() => at = close + 1 - start,
                Some(_) => return true,
                None => {}
            }
        }
        false
    }
}

impl<'m> Iterator for Words<'m> {
    type Item = Word<'m>;

    fn next(&mut self) -> Option<Word<'m>> {
        let bytes = self.message.as_bytes();
        if self.at == 0
            && self.blanks == Blanks::Other
            && bytes.first().is_some_and(u8::is_ascii_whitespace)
        {
            self.at = 1;
            return Some(Word { text: "", raw: "", start: 0, odd: None });
        }
        while self.at < bytes.len() && self.is_blank(bytes[self.at]) {
            self.at += 1;
        }
        let start = self.at;
        let word = match bytes.get(start)? {
            open @ (b'"' | b'[') => {
                self.delimited(start, *open).unwrap_or_else(|| self.plain(start))
            }
            _ => self.plain(start),
        };
        self.at = start + word.raw.len();
        Some(word)
    }
}
