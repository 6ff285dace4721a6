//! `secmon pattern …`: what a filter pattern matches, why, and what it means.

use std::cell::Cell;
use std::io::{self, Write};
use std::process::ExitCode;

use secmon_core::pattern::{Match, REFERENCE};

use crate::args::PatternCommand;
use crate::exit;
use crate::render::lines::visible;

mod ask;
mod compare;
mod explain;
mod lint;
mod probe;
mod test;

/// Runs one of the commands.
pub(crate) fn run(
    command: &PatternCommand,
    color: bool,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let is_closed = Cell::new(false);
    let out = &mut Stdout { out, is_closed: &is_closed };
    match command {
        PatternCommand::Test(args) => test::run(args, out, &is_closed),
        PatternCommand::Explain(args) => explain::run(args, color, out),
        PatternCommand::Compare(args) => compare::run(args, color, out),
        PatternCommand::Lint(args) => lint::run(args, color, out),
        PatternCommand::Reference => {
            out.write_all(REFERENCE.as_bytes())?;
            Ok(ExitCode::from(exit::YES))
        }
        // What nobody reads is not asked.
        PatternCommand::Probe(args) => probe::run(args, out.out),
    }
}

/// Standard output, whose reader may go away, as `head` does. The answer is known all the same, so
/// that is no error here.
struct Stdout<'a> {
    out: &'a mut dyn Write,
    is_closed: &'a Cell<bool>,
}

impl Stdout<'_> {
    fn unless_closed<T>(&self, done: io::Result<T>, closed: T) -> io::Result<T> {
        match done {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_closed.set(true);
                Ok(closed)
            }
            done => done,
        }
    }
}

impl Write for Stdout<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_closed.get() {
            return Ok(bytes.len());
        }
        let written = self.out.write(bytes);
        self.unless_closed(written, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.is_closed.get() {
            return Ok(());
        }
        let flushed = self.out.flush();
        self.unless_closed(flushed, ())
    }
}

/// The exit code of an answer to one message.
fn exit_of(answer: Match) -> ExitCode {
    ExitCode::from(match answer {
        Match::Yes => exit::YES,
        Match::No => exit::NO,
        Match::Uncertain(_) => exit::CANNOT_TELL,
    })
}

/// Says something on standard error, where nobody may listen; the exit code tells the rest.
fn tell(text: &str) {
    let lines: Vec<String> = text.lines().map(visible).collect();
    let _ = writeln!(io::stderr(), "{}", lines.join("\n"));
}
