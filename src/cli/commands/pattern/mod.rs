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
    is_closed: &Cell<bool>,
) -> anyhow::Result<ExitCode> {
    match command {
        PatternCommand::Test(args) => test::run(args, out, is_closed),
        PatternCommand::Explain(args) => explain::run(args, color, out),
        PatternCommand::Compare(args) => compare::run(args, color, out),
        PatternCommand::Lint(args) => lint::run(args, color, out),
        PatternCommand::Reference => {
            out.write_all(REFERENCE.as_bytes())?;
            Ok(ExitCode::from(exit::YES))
        }
        PatternCommand::Probe(args) => probe::run(args, out, is_closed),
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
