//! `secmon pattern compare`: how two patterns relate.

use std::io::Write;
use std::process::ExitCode;

use anyhow::anyhow;
use secmon_core::pattern::FilterPattern;
use secmon_core::pattern::meaning::{self, Relation};

use crate::args::Compare;
use crate::commands::output::Sinks;
use crate::exit;
use crate::render::paint::Paint;
use crate::render::pattern::compare::write;

/// Compares two patterns.
pub(crate) fn run(args: &Compare, color: bool, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let read = |name: &str, text: &str| {
        FilterPattern::parse(text).map_err(|error| anyhow!("{name}: {}", error.render(text)))
    };
    let (a, b) = (read("A", &args.a)?, read("B", &args.b)?);
    let compared = meaning::compare(&a, &b);
    let mut sinks = Sinks::open(&args.output, out)?;
    sinks.each(|sink| {
        let (format, color) = (sink.format, color && sink.is_stdout);
        write(sink, format, Paint { color }, (a.text(), b.text()), &compared)
    })?;
    sinks.finish()?;
    Ok(ExitCode::from(match compared.relation {
        Relation::Equal => exit::YES,
        Relation::Unknown(_) => exit::CANNOT_TELL,
        _ => exit::NO,
    }))
}
