//! Reading JSON where it stands: no tree, no copies.
//!
//! Strict as [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259): what is skipped is checked, since
//! AWS matches nothing in a message that is not JSON.

/// Deeper nesting than this is not followed. CloudTrail's events are some ten levels deep.
pub(super) const DEPTH: usize = 256;

/// Why a message was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// It is not JSON.
    Malformed,
    /// It is nested deeper than [`DEPTH`].
    Deep,
}

/// A place in a message.
#[derive(Debug, Clone)]
pub(super) struct Scanner<'m> {
    text: &'m str,
    pub(super) at: usize,
}

/// A string in a message, without its quotes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raw<'m> {
    pub(super) text: &'m str,
    /// Where it ends.
    pub(super) end: usize,
    /// Whether there are escapes in it.
    pub(super) escaped: bool,
}

impl<'m> Scanner<'m> {
    pub(super) fn new(text: &'m str) -> Self {
        Self { text, at: 0 }
    }

    /// The text between two places.
    #[inline]
    pub(super) fn slice(&self, start: usize, end: usize) -> &'m str {
        self.text.get(start..end).unwrap_or_default()
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    pub(super) fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Goes past a byte, if it is there.
    #[inline]
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    #[inline]
    pub(super) fn expect(&mut self, byte: u8) -> Result<(), Stop> {
        if self.take(byte) { Ok(()) } else { Err(Stop::Malformed) }
    }

    /// Reads a string, from its opening quote on.
    #[inline]
    pub(super) fn string(&mut self) -> Result<Raw<'m>, Stop> {
        self.expect(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at += plain(&self.text.as_bytes()[self.at..]);
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                _ => return Err(Stop::Malformed),
            }
        }
        let (text, end) = (self.slice(start, self.at), self.at);
        self.at += 1;
        Ok(Raw { text, end, escaped })
    }

    fn escape(&mut self) -> Result<(), Stop> {
        let bytes = &self.text.as_bytes()[self.at + 1..];
        match bytes.first() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u')
                if bytes.get(1..5).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) =>
            {
                self.at += 6;
            }
            _ => return Err(Stop::Malformed),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), Stop> {
        self.take(b'-');
        if !self.take(b'0') && self.digits() == 0 {
            return Err(Stop::Malformed);
        }
        if self.take(b'.') && self.digits() == 0 {
            return Err(Stop::Malformed);
        }
        if self.take(b'e') || self.take(b'E') {
            if !self.take(b'+') {
                self.take(b'-');
            }
            if self.digits() == 0 {
                return Err(Stop::Malformed);
            }
        }
        Ok(())
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn word(&mut self, word: &str) -> Result<(), Stop> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(Stop::Malformed);
        }
        self.at += word.len();
        Ok(())
    }

    /// Goes past one value; `depth` is how deep the value stands.
    ///
    /// Most of a message is passed over here, hence a loop instead of [`Self::members`] and
    /// [`Self::elements`] calling it again.
    pub(super) fn skip(&mut self, depth: usize) -> Result<(), Stop> {
        let mut open = Open::default();
        loop {
            match self.peek() {
                Some(b'"') => self.string().map(drop)?,
                Some(b'{') => {
                    self.at += 1;
                    self.skip_blanks();
                    if !self.take(b'}') {
                        open.push(true, depth)?;
                        self.name()?;
                        continue;
                    }
                }
                Some(b'[') => {
                    self.at += 1;
                    self.skip_blanks();
                    if !self.take(b']') {
                        open.push(false, depth)?;
                        continue;
                    }
                }
                Some(b't') => self.word("true")?,
                Some(b'f') => self.word("false")?,
                Some(b'n') => self.word("null")?,
                _ => self.number()?,
            }
            loop {
                let Some(object) = open.last() else {
                    return Ok(());
                };
                self.skip_blanks();
                if self.take(if object { b'}' } else { b']' }) {
                    open.pop();
                    continue;
                }
                self.expect(b',')?;
                self.skip_blanks();
                if object {
                    self.name()?;
                }
                break;
            }
        }
    }

    /// Goes past the name of a member and its colon.
    #[inline]
    fn name(&mut self) -> Result<Raw<'m>, Stop> {
        let name = self.string()?;
        self.skip_blanks();
        self.expect(b':')?;
        self.skip_blanks();
        Ok(name)
    }

    /// Goes through an object; `member` has to go past the value.
    #[inline]
    pub(super) fn members(
        &mut self,
        depth: usize,
        mut member: impl FnMut(&mut Self, Raw<'m>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.list(depth, b'{', b'}', |scanner, _| {
            let name = scanner.name()?;
            member(scanner, name)
        })
    }

    /// Goes through an array; `element` has to go past the value.
    #[inline]
    pub(super) fn elements(
        &mut self,
        depth: usize,
        element: impl FnMut(&mut Self, u32) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.list(depth, b'[', b']', element)
    }

    #[inline]
    fn list(
        &mut self,
        depth: usize,
        open: u8,
        close: u8,
        mut item: impl FnMut(&mut Self, u32) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        if depth >= DEPTH {
            return Err(Stop::Deep);
        }
        self.expect(open)?;
        self.skip_blanks();
        if self.take(close) {
            return Ok(());
        }
        let mut index = 0;
        loop {
            item(self, index)?;
            index = index.saturating_add(1);
            self.skip_blanks();
            if self.take(close) {
                return Ok(());
            }
            self.expect(b',')?;
            self.skip_blanks();
        }
    }
}

/// The objects and arrays that a place is inside of: one bit each, set for an object.
#[derive(Default)]
struct Open {
    objects: [u64; DEPTH / 64],
    len: usize,
}

impl Open {
    #[inline]
    fn push(&mut self, object: bool, depth: usize) -> Result<(), Stop> {
        if depth + self.len >= DEPTH {
            return Err(Stop::Deep);
        }
        let bit = 1 << (self.len % 64);
        let word = &mut self.objects[self.len / 64];
        *word = if object { *word | bit } else { *word & !bit };
        self.len += 1;
        Ok(())
    }

    /// Whether the innermost one is an object.
    #[inline]
    fn last(&self) -> Option<bool> {
        let last = self.len.checked_sub(1)?;
        Some(self.objects[last / 64] & (1 << (last % 64)) != 0)
    }

    #[inline]
    fn pop(&mut self) {
        self.len -= 1;
    }
}

/// How many bytes follow before a quote, a backslash or a control character.
#[inline]
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES * 128;
    let mut at = 0;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word);
        // Marks the lowest byte that is zero exactly; bytes above it may be marked by mistake.
        let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
        let stops = zero(word ^ (ONES * u64::from(b'"')))
            | zero(word ^ (ONES * u64::from(b'\\')))
            | (word.wrapping_sub(ONES * 0x20) & !word & HIGH);
        if stops != 0 {
            return at + (stops.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    at + rest.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | ..0x20)).count()
}

/// Appends a string's characters to `out`; half a surrogate pair becomes U+FFFD.
pub(super) fn unescape(raw: &str, out: &mut String) {
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(escape) = rest.chars().next() else { break };
        rest = &rest[escape.len_utf8()..];
        match escape {
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'u' => {
                let unit = hex(rest);
                rest = rest.get(4..).unwrap_or_default();
                let low =
                    rest.strip_prefix("\\u").map(hex).filter(|low| (0xDC00..0xE000).contains(low));
                if let (0xD800..0xDC00, Some(low)) = (unit, low) {
                    rest = rest.get(6..).unwrap_or_default();
                    let code = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                    out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                } else {
                    out.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
            }
            plain => out.push(plain),
        }
    }
    out.push_str(rest);
}

fn hex(text: &str) -> u32 {
    text.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or(0xFFFD)
}
