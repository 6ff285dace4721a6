//! Log messages from a file or from standard input: plain or compressed with gzip, one a line, or
//! the events of a CloudTrail file.
//!
//! Whatever comes in is streamed. What must be held is bounded: one message, and the beginning of
//! what may be a CloudTrail file, to tell it from lines that happen to be such files.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, IsTerminal, Read, Write};
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use flate2::bufread::MultiGzDecoder;
use memchr::memchr;
use serde::de::IgnoredAny;

use records::{Bad, Beginning, Records};

use crate::render::count;

mod records;
#[cfg(test)]
mod tests;

/// Longer than any message: CloudWatch Logs takes 1 MiB at most.
const LONGEST: usize = 16 * 1024 * 1024;

/// Where a CloudTrail file's first event begins at the latest, however many blanks stand before it.
const BEGINNING: usize = 64 * 1024;

/// How far into the input NUL bytes tell that it is binary.
const TELLING: usize = 8 * 1024;

/// How much of what begins as a CloudTrail file is held to see whether lines follow it.
const HELD: usize = 64 * 1024 * 1024;

/// How much is read at once.
const BUFFER: usize = 256 * 1024;

/// What is done with each message: it gets the message's number, from 1, and its text.
pub(crate) type Look<'a> = dyn FnMut(u64, &str) -> anyhow::Result<ControlFlow<()>> + 'a;

/// Where messages come from, as errors call it.
pub(crate) struct Source {
    name: String,
    reader: Box<dyn BufRead>,
}

/// What was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The number of the last message that was looked at or left out.
    pub(crate) last: u64,
    /// The first line that is not UTF-8 text, and how many are not: they are left out.
    pub(crate) not_text: Option<(u64, u64)>,
    /// The first line that is a whole CloudTrail file, and how many are, where there are others.
    pub(crate) whole_files: Option<(u64, u64)>,
}

impl Source {
    /// A file, or standard input for `-` and where there is none.
    #[expect(clippy::disallowed_methods, reason = "this is where messages are read")]
    pub(crate) fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let path = path.filter(|path| *path != Path::new("-"));
        let (name, reader): (String, Box<dyn Read>) = match path {
            Some(path) => {
                let name = path.display().to_string();
                let file = File::open(path).with_context(|| format!("cannot open {name}"))?;
                (name, Box::new(file))
            }
            None => {
                if io::stdin().is_terminal() {
                    // Only a hint; standard error may be closed.
                    let _ = writeln!(
                        io::stderr(),
                        "reading log messages from the terminal, one a line; Ctrl-D ends them"
                    );
                }
                ("standard input".to_owned(), Box::new(io::stdin().lock()))
            }
        };
        Self::new(name, reader)
    }

    /// Anything that can be read.
    pub(crate) fn new(name: String, reader: Box<dyn Read>) -> anyhow::Result<Self> {
        let mut reader = BufReader::with_capacity(BUFFER, reader);
        let cannot_read = || format!("cannot read {name}");
        let mut magic = Vec::new();
        (&mut reader).take(2).read_to_end(&mut magic).with_context(cannot_read)?;
        let is_gzip = magic == [0x1f, 0x8b];
        let whole = Cursor::new(magic).chain(reader);
        let reader: Box<dyn BufRead> = match is_gzip {
            true => Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(whole))),
            false => Box::new(whole),
        };
        Ok(Self { name, reader })
    }

    /// Everything as one message, for a message that has several lines; at most one line end is
    /// left out. A CloudTrail file of one event is that event.
    pub(crate) fn only(self) -> anyhow::Result<String> {
        let name = self.name;
        let mut text = Vec::new();
        let limit = LONGEST as u64 + 1;
        self.reader.take(limit).read_to_end(&mut text).map_err(|error| unreadable(&name, error))?;
        if text.len() > LONGEST {
            bail!("{name} is longer than {} MiB: no log message is", LONGEST / 1024 / 1024);
        }
        if records::begins(&text) == Some(true) && Records::open(&text[..]).is_ok() {
            let mut events = Vec::new();
            let source = Self { name: name.clone(), reader: Box::new(Cursor::new(text)) };
            source.each(&mut |_, event| {
                events.push(event.to_owned());
                Ok(ControlFlow::Continue(()))
            })?;
            let count = events.len();
            return match (events.pop(), count) {
                (Some(event), 1) => Ok(event),
                _ => bail!("{name} holds {count} events: pick one with --line NUMBER"),
            };
        }
        for end in [b'\n', b'\r'] {
            text.pop_if(|last| *last == end);
        }
        String::from_utf8(text).map_err(|_| anyhow!("{name} is not UTF-8 text"))
    }

    /// The message with this number, from 1.
    pub(crate) fn numbered(self, wanted: u64) -> anyhow::Result<String> {
        let name = self.name.clone();
        let mut found = None;
        let seen = self.each(&mut |number, text| {
            if number < wanted {
                return Ok(ControlFlow::Continue(()));
            }
            found = (number == wanted).then(|| text.to_owned());
            Ok(ControlFlow::Break(()))
        })?;
        found.with_context(|| match seen.last {
            last if last < wanted => {
                let holds = count(usize::try_from(last).unwrap_or(usize::MAX), "message");
                format!("{name} holds {holds}: there is no {wanted}")
            }
            _ => format!("{} is not UTF-8 text", at(&name, wanted)),
        })
    }

    /// Looks at each message in turn.
    pub(crate) fn each(mut self, look: &mut Look<'_>) -> anyhow::Result<Seen> {
        let (mut head, mut beginning) = (Vec::new(), Beginning::default());
        let begins_as_records = loop {
            let read = self.more(&mut head)?;
            let new = head.get(head.len() - read..).unwrap_or_default();
            match beginning.then(new) {
                Some(decided) => break decided,
                None if read == 0 => break false,
                None => {}
            }
        };
        let mut is_whole = false;
        while begins_as_records && !is_whole && head.len() < HELD {
            is_whole = self.more(&mut head)? == 0;
        }
        if begins_as_records && is_one_file(&head, is_whole, &self.name)? {
            self.records(head, look)
        } else {
            self.lines(head, look)
        }
    }

    /// Reads some more; how much it was.
    fn more(&mut self, head: &mut Vec<u8>) -> anyhow::Result<usize> {
        loop {
            let read = match self.reader.fill_buf() {
                Ok(buffer) => {
                    head.extend_from_slice(buffer);
                    buffer.len()
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(unreadable(&self.name, error)),
            };
            self.reader.consume(read);
            return Ok(read);
        }
    }

    fn lines(self, head: Vec<u8>, look: &mut Look<'_>) -> anyhow::Result<Seen> {
        let Self { name, reader } = self;
        let mut reader = Cursor::new(head).chain(reader);
        let mut seen = Seen::default();
        let (mut line, mut number) = (Vec::new(), 0);
        let (mut before, mut has_nul) = (0, false);
        loop {
            line.clear();
            let limited = (&mut reader).take(LONGEST as u64 + 1).read_until(b'\n', &mut line);
            number += 1;
            let read = limited.map_err(|error| unreadable(&at(&name, number), error))?;
            if read == 0 {
                return Ok(seen);
            }
            seen.last = number;
            if before < TELLING {
                has_nul |= line.iter().take(TELLING - before).any(|byte| *byte == 0);
                before += read;
            }
            if line.ends_with(b"\n") {
                line.pop();
                line.pop_if(|last| *last == b'\r');
            }
            if line.len() > LONGEST {
                bail!("{} is longer than {} MiB", at(&name, number), LONGEST / 1024 / 1024);
            }
            let Ok(text) = std::str::from_utf8(&line) else {
                if has_nul {
                    bail!("{}", binary(&name, number, &line));
                }
                let (_, count) = seen.not_text.get_or_insert((number, 0));
                *count += 1;
                continue;
            };
            if line.starts_with(b"{") && records::begins(&line) == Some(true) {
                let (_, count) = seen.whole_files.get_or_insert((number, 0));
                *count += 1;
            }
            if look(number, text)?.is_break() {
                return Ok(seen);
            }
        }
    }

    fn records(self, head: Vec<u8>, look: &mut Look<'_>) -> anyhow::Result<Seen> {
        let Self { name, reader } = self;
        let wrong = |line, bad| bad_file(&name, line, bad);
        let reader = Cursor::new(head).chain(reader);
        let mut records = Records::open(reader).map_err(|bad| wrong(1, bad))?;
        let mut event = Vec::new();
        while records.next(&mut event).map_err(|bad| wrong(records.line, bad))? {
            let number = records.read;
            let place = || format!("{}, event {number}", at(&name, records.line));
            let text = std::str::from_utf8(&event)
                .map_err(|_| anyhow!("{} is not UTF-8 text", place()))?;
            serde_json::from_str::<IgnoredAny>(text)
                .with_context(|| format!("{} is not JSON", place()))?;
            if look(number, text)?.is_break() {
                return Ok(Seen { last: number, ..Seen::default() });
            }
        }
        if !records.is_at_end().map_err(|bad| wrong(records.line, bad))? {
            bail!("{}: more follows a CloudTrail file: give each alone", at(&name, records.line));
        }
        Ok(Seen { last: records.read, ..Seen::default() })
    }
}

/// Whether what begins as a CloudTrail file is one and nothing else.
fn is_one_file(head: &[u8], is_whole: bool, name: &str) -> anyhow::Result<bool> {
    // As CloudTrail writes it: what is wrong with it shows when it is read.
    if memchr(b'\n', head.trim_ascii_end()).is_none() {
        return Ok(true);
    }
    let mut line = 1;
    let looked = Records::open(head).and_then(|mut records| {
        let mut event = Vec::new();
        let more = loop {
            match records.next(&mut event) {
                Ok(true) => {}
                Ok(false) => break records.is_at_end(),
                Err(bad) => break Err(bad),
            }
        };
        line = records.line;
        more
    });
    match looked {
        Ok(is_all) => Ok(is_all),
        // What is not held yet may hold the end.
        Err(Bad::Ends) if !is_whole => Ok(true),
        Err(bad) => Err(bad_file(name, line, bad)),
    }
}

/// What is said of input that is no text.
fn binary(name: &str, line: u64, text: &[u8]) -> String {
    let is_utf16 = [[0xff, 0xfe], [0xfe, 0xff]].iter().any(|mark| text.starts_with(mark));
    if line == 1 && is_utf16 {
        format!("{name} is UTF-16 text: make it UTF-8 first, with `iconv -f UTF-16 -t UTF-8`")
    } else {
        format!("{name} is binary: it has NUL bytes, and line {line} is not UTF-8 text")
    }
}

fn at(name: &str, line: u64) -> String {
    format!("{name}, line {line}")
}

fn bad_file(name: &str, line: u64, bad: Bad) -> anyhow::Error {
    let place = at(name, line);
    match bad {
        Bad::Unreadable(error) => unreadable(&place, error),
        Bad::Ends => anyhow!("{place}: the CloudTrail file ends before its events do"),
        Bad::Expected(what) => anyhow!("{place}: a CloudTrail file has {what} here"),
        Bad::TooLong => {
            anyhow!("{place}: an event is longer than {} MiB", LONGEST / 1024 / 1024)
        }
    }
}

fn unreadable(place: &str, error: io::Error) -> anyhow::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            anyhow!("cannot read {place}: the compressed data end too early")
        }
        _ => anyhow::Error::from(error).context(format!("cannot read {place}")),
    }
}
