//! `secmon pattern lint`: what is likely not meant.

use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;
use secmon_core::pattern::FilterPattern;
use secmon_core::pattern::lint::{About, LogGroup, lint, lint_text};

use crate::args::{Holds, Lint};
use crate::commands::output::Sinks;
use crate::exit;
use crate::render::paint::Paint;
use crate::render::pattern::lint::write;

/// Says what is likely not meant.
pub(crate) fn run(args: &Lint, color: bool, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let pattern = FilterPattern::parse(&args.pattern);
    let found = match &pattern {
        Ok(pattern) => lint(pattern, &About { log_group: log_group(args.holds) }),
        Err(_) => lint_text(&args.pattern),
    };
    let mut sinks = Sinks::open(&args.output, out)?;
    let refused = pattern.as_ref().err();
    sinks.each(|sink| {
        let (format, color) = (sink.format, color && sink.is_stdout);
        write(sink, format, Paint { color }, &args.pattern, refused, &found)
    })?;
    sinks.finish()?;
    match refused {
        Some(error) => bail!("{}", error.render(&args.pattern)),
        None if found.is_empty() => Ok(ExitCode::from(exit::YES)),
        None => Ok(ExitCode::from(exit::NO)),
    }
}

fn log_group(holds: Option<Holds>) -> LogGroup {
    match holds {
        Some(Holds::Cloudtrail) => LogGroup::CloudTrail,
        Some(Holds::Other) => LogGroup::Other,
        None => LogGroup::Unknown,
    }
}
