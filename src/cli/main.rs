//! The secmon command: arguments in, verdict and exit code out.
//!
//! All that touches the outside stands here and in [`commands`]: clock, environment, files,
//! standard streams. What is printed is made in [`render`], from values, into a passed sink.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;

mod args;
mod commands;
mod exit;
mod render;

use args::{Cli, Color, Command};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let color = colored(cli.color);
    let result = match cli.command {
        Command::Doctor(args) => commands::doctor::run(&args, color, &mut out),
        Command::Missed(args) => commands::missed::run(&args, color, &mut out),
        Command::Explain(args) => commands::explain::run(&args, &mut out),
        Command::Snapshot(args) => commands::snapshot::run(&args, &mut out),
        Command::Pattern { command } => commands::pattern::run(&command, color, &mut out),
        Command::Lab { command } => commands::lab::run(&command, &mut out),
        Command::IamPolicy => commands::offline::iam_policy(&mut out),
        Command::Completion { shell } => commands::offline::completion(shell, &mut out),
        Command::Man { command } => commands::offline::man(&command, &mut out),
    };
    let result = result.and_then(|code| match out.flush() {
        // The command knew its answer, whether or not somebody reads on.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(code),
        flushed => Ok(flushed.map(|()| code)?),
    });
    match result {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::from(exit::ERROR),
        Err(error) => {
            // Standard error is all that is left; if that fails too, the exit code tells.
            let text = format!("{error:#}");
            let lines: Vec<_> = text.lines().map(render::lines::shown).collect();
            let _ = writeln!(io::stderr(), "error: {}", lines.join("\n"));
            ExitCode::from(exit::ERROR)
        }
    }
}

/// Whether the reader of our output went away, as `head` does.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io_error = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
    io_error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
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
