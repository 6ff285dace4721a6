//! The secmon command: arguments in, verdict and exit code out.
//!
//! All that touches the outside stands here and in [`commands`]: clock, environment, files,
//! standard streams. What is printed is made in [`render`], from values, into a passed sink.

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;

mod args;
mod commands;
mod exit;
mod render;

use args::{Cli, Color, Command};
use commands::output::Stdout;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut buffered = io::BufWriter::new(io::stdout().lock());
    let is_closed = &Cell::new(false);
    let mut out = Stdout { out: &mut buffered, is_closed };
    let color = colored(cli.color);
    let result = match cli.command {
        Command::Doctor(args) => commands::doctor::run(&args, color, &mut out),
        Command::Repair(args) => commands::repair::run(&args, color, &mut out),
        Command::Plan(args) => commands::plan::run(&args, color, &mut out),
        Command::Apply(args) => commands::apply::run(&args, color, &mut out),
        Command::Setup(args) => commands::repair::set_up(&args, color, &mut out),
        Command::Undo(args) => commands::undo::run(&args, color, &mut out),
        Command::Teardown(args) => commands::undo::tear_down(&args, color, &mut out),
        Command::Missed(args) => commands::missed::run(&args, color, &mut out),
        Command::Explain(args) => commands::explain::run(&args, &mut out),
        Command::Snapshot(args) => commands::snapshot::run(&args, &mut out),
        Command::Pattern { command } => {
            commands::pattern::run(&command, color, &mut out, is_closed)
        }
        Command::Alarm { command } => commands::alarm::run(&command, color, &mut out),
        Command::Lab { command } => commands::lab::run(&command, &mut out),
        Command::IamPolicy { repair } => commands::offline::iam_policy(repair, &mut out),
        Command::Completion { shell } => commands::offline::completion(shell, &mut out),
        Command::Man { command } => commands::offline::man(&command, &mut out),
    };
    match result.and_then(|code| Ok(out.flush().map(|()| code)?)) {
        Ok(code) => code,
        Err(error) => {
            // Standard error is all that is left; if that fails too, the exit code tells.
            let text = format!("{error:#}");
            let lines: Vec<_> = text.lines().map(render::lines::shown).collect();
            let _ = writeln!(io::stderr(), "error: {}", lines.join("\n"));
            ExitCode::from(exit::ERROR)
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the environment is read here and passed on")]
fn colored(color: Color) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            io::stdout().is_terminal() && !refused
        }
    }
}
