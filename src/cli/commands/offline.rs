//! Commands that print what the program knows of itself.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::exit;

/// `secmon iam-policy`
pub(crate) fn iam_policy(repair: bool, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let policy = match repair {
        true => secmon_aws::permissions::repair_policy(),
        false => secmon_aws::permissions::read_policy(),
    };
    writeln!(out, "{}", policy.trim_end())?;
    Ok(ExitCode::from(exit::YES))
}

/// `secmon completion SHELL`
pub(crate) fn completion(shell: Shell, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    // clap_complete panics if its sink fails, so it gets one that cannot.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "secmon", &mut script);
    out.write_all(&script)?;
    Ok(ExitCode::from(exit::YES))
}

/// `secmon man [COMMAND…]`
pub(crate) fn man(command: &[String], out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let mut page = Cli::command();
    page.build();
    for name in command {
        page = match page.find_subcommand(name) {
            Some(subcommand) => {
                let title = format!("{}-{name}", page.get_name());
                let title: &'static str = Box::leak(title.into_boxed_str());
                subcommand.clone().name(title)
            }
            None => bail!("there is no command `{}`: `secmon help` lists them", command.join(" ")),
        };
    }
    let mut roff = Vec::new();
    clap_mangen::Man::new(page).render(&mut roff).context("cannot make the manual page")?;
    out.write_all(&roff)?;
    Ok(ExitCode::from(exit::YES))
}
