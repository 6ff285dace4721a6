//! A CloudTrail file, `{"Records": [ … ]}`, event by event.
//!
//! The file is never held whole: one event at a time is copied out of it, with its numbers, escapes
//! and order of fields as they stand there. Only blanks between its parts are left out, which
//! CloudTrail writes none of; a file that was made pretty is read as what CloudTrail delivered.

use std::io::{self, BufRead};
use std::ops::Range;

use memchr::memchr2;

use super::{BEGINNING, LONGEST};

/// What is wrong with a CloudTrail file.
#[derive(Debug)]
pub(super) enum Bad {
    /// It cannot be read.
    Unreadable(io::Error),
    /// It breaks off.
    Ends,
    /// Something else stands where this should.
    Expected(&'static str),
    /// An event is longer than any.
    TooLong,
}

impl From<io::Error> for Bad {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}

/// Whether a text begins as a CloudTrail file does; `None` if more of it must be seen.
pub(super) fn begins(text: &[u8]) -> Option<bool> {
    Beginning::default().then(text)
}

/// The beginning of what may be a CloudTrail file, as far as it was seen: each byte is looked at once.
#[derive(Debug, Default)]
pub(super) struct Beginning {
    /// How much of [`Self::WANTED`] was seen.
    seen: usize,
    /// How many bytes that was, with the blanks between them.
    read: usize,
}

impl Beginning {
    const WANTED: &[u8] = b"{\"Records\":[";
    /// Of `Records` and the quote after it, before which no blanks may stand.
    const NAME: Range<usize> = 2..10;

    /// Whether all that was given begins as a CloudTrail file does, this being the next of it;
    /// `None` if still more must be seen. No file has more than [`BEGINNING`] before its first
    /// event.
    pub(super) fn then(&mut self, text: &[u8]) -> Option<bool> {
        for byte in text {
            if self.read == BEGINNING {
                return Some(false);
            }
            self.read += 1;
            if is_blank(*byte) && !Self::NAME.contains(&self.seen) {
                continue;
            }
            if Self::WANTED.get(self.seen) != Some(byte) {
                return Some(false);
            }
            self.seen += 1;
            if self.seen == Self::WANTED.len() {
                return Some(true);
            }
        }
        (self.read == BEGINNING).then_some(false)
    }
}

/// The events of a CloudTrail file.
pub(super) struct Records<R> {
    reader: R,
    /// The line that is being read, from 1.
    pub(super) line: u64,
    /// How many events were read.
    pub(super) read: u64,
}

impl<R: BufRead> Records<R> {
    /// Reads up to the first event.
    pub(super) fn open(reader: R) -> Result<Self, Bad> {
        let mut records = Self { reader, line: 1, read: 0 };
        records.expect("{")?;
        records.expect("\"Records\"")?;
        records.expect(":")?;
        records.expect("[")?;
        Ok(records)
    }

    /// Puts the next event into `event`; false after the last one, when the file's object has ended.
    pub(super) fn next(&mut self, event: &mut Vec<u8>) -> Result<bool, Bad> {
        event.clear();
        match (self.peek()?, self.read) {
            (Some(b']'), _) => {
                self.reader.consume(1);
                self.skip_to_the_end(event)?;
                return Ok(false);
            }
            (_, 0) => {}
            (Some(b','), _) => self.reader.consume(1),
            (None, _) => return Err(Bad::Ends),
            _ => return Err(Bad::Expected("`,` or `]` after an event")),
        }
        match self.peek()? {
            Some(b'{') => {}
            None => return Err(Bad::Ends),
            Some(_) => return Err(Bad::Expected("an event, `{`")),
        }
        self.balanced(event)?;
        self.read += 1;
        Ok(true)
    }

    /// Whether nothing but blanks is left.
    pub(super) fn is_at_end(&mut self) -> Result<bool, Bad> {
        Ok(self.peek()?.is_none())
    }

    /// CloudTrail writes no other members, but a file may have some.
    fn skip_to_the_end(&mut self, scratch: &mut Vec<u8>) -> Result<(), Bad> {
        loop {
            match self.peek()? {
                None => return Err(Bad::Ends),
                Some(b'}') => {
                    self.reader.consume(1);
                    return Ok(());
                }
                Some(b'{' | b'[' | b'"') => {
                    scratch.clear();
                    self.balanced(scratch)?;
                }
                Some(b']') => return Err(Bad::Expected("`}` after the events")),
                Some(_) => self.reader.consume(1),
            }
        }
    }

    /// The next byte that is no blank; it is not consumed.
    fn peek(&mut self) -> Result<Option<u8>, Bad> {
        loop {
            let (used, found) = match self.reader.fill_buf() {
                Ok([]) => return Ok(None),
                Ok(buffer) => {
                    let blank = buffer.iter().take_while(|byte| is_blank(**byte));
                    let used = blank.inspect(|byte| self.line += u64::from(**byte == b'\n'));
                    let used = used.count();
                    (used, buffer.get(used).copied())
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            self.reader.consume(used);
            if found.is_some() {
                return Ok(found);
            }
        }
    }

    fn expect(&mut self, part: &'static str) -> Result<(), Bad> {
        if self.peek()?.is_none() {
            return Err(Bad::Ends);
        }
        for wanted in part.bytes() {
            match self.reader.fill_buf()?.first() {
                None => return Err(Bad::Ends),
                Some(found) if *found == wanted => self.reader.consume(1),
                Some(_) => return Err(Bad::Expected("`{\"Records\":[`")),
            }
        }
        Ok(())
    }

    /// Copies an object, an array or a string up to the bracket or quote that ends it.
    fn balanced(&mut self, text: &mut Vec<u8>) -> Result<(), Bad> {
        let (mut depth, mut place) = (0_usize, In::Structure);
        loop {
            let buffer = match self.reader.fill_buf() {
                Ok([]) => return Err(Bad::Ends),
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            let (mut kept, mut at, mut is_end) = (0, 0, false);
            while let Some(byte) = buffer.get(at).filter(|_| !is_end) {
                match place {
                    In::Escape => place = In::String,
                    In::String => {
                        let rest = buffer.get(at..).unwrap_or_default();
                        match memchr2(b'"', b'\\', rest) {
                            None => at = buffer.len() - 1,
                            Some(skipped) => {
                                at += skipped;
                                let is_quote = rest.get(skipped) == Some(&b'"');
                                place = if is_quote { In::Structure } else { In::Escape };
                                is_end = is_quote && depth == 0;
                            }
                        }
                    }
                    In::Structure => match byte {
                        b'"' => place = In::String,
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' => {
                            depth = depth.saturating_sub(1);
                            is_end = depth == 0;
                        }
                        b' ' | b'\t' | b'\r' | b'\n' => {
                            text.extend_from_slice(buffer.get(kept..at).unwrap_or_default());
                            kept = at + 1;
                            self.line += u64::from(*byte == b'\n');
                        }
                        _ => {}
                    },
                }
                at += 1;
            }
            text.extend_from_slice(buffer.get(kept..at).unwrap_or_default());
            self.reader.consume(at);
            if is_end {
                return Ok(());
            }
            if text.len() > LONGEST {
                return Err(Bad::TooLong);
            }
        }
    }
}

/// Where in a JSON text a byte stands.
#[derive(Clone, Copy)]
enum In {
    Structure,
    String,
    Escape,
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}
