//! `secmon pattern …`: what a filter pattern matches, why, and what it means.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::args::PatternCommand;
use crate::exit;
use crate::render::lines::visible;

mod ask;
mod test;

/// Runs one of the commands.
pub(crate) fn run(
    command: &PatternCommand,
    color: bool,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    match command {
        PatternCommand::Test(args) => test::run(args, out),
        _ => Ok(ExitCode::from(exit::ERROR)),
    }
}

/// Says something on standard error, where nobody may listen; the exit code tells the rest.
fn tell(text: &str) {
    let lines: Vec<String> = text.lines().map(visible).collect();
    let _ = writeln!(io::stderr(), "{}", lines.join("\n"));
}
