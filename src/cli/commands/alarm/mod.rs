//! `secmon alarm …`: what an alarm makes of its metric.

use std::io::Write;
use std::process::ExitCode;

use crate::args::AlarmCommand;

mod input;
mod simulate;
mod which;

/// Runs one of the commands.
pub(crate) fn run(
    command: &AlarmCommand,
    color: bool,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    match command {
        AlarmCommand::Simulate(args) => simulate::run(args, color, out),
    }
}
