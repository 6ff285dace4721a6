//! `secmon pattern explain`: why a message matches or does not.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{anyhow, bail};
use secmon_aws::{MessageTest, PatternTest};
use secmon_core::pattern::explain::explain;
use secmon_core::pattern::{FilterPattern, Match, Pattern};
use serde::de::IgnoredAny;

use super::ask::{Aws, disagree, not_asked};
use super::{exit_of, tell};
use crate::args::PatternExplain;
use crate::commands::messages::Source;
use crate::commands::output::Sinks;
use crate::render::paint::Paint;
use crate::render::pattern::explain::{AwsSays, Explained, write};
use crate::render::pattern::rows::Answered;

/// Explains one message.
pub(crate) fn run(
    args: &PatternExplain,
    color: bool,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let aws = Aws::if_asked(args.aws, &args.connection)?;
    let pattern = match FilterPattern::parse(&args.pattern) {
        Ok(pattern) => Ok(pattern),
        Err(error) if aws.is_some() => Err(error.render(&args.pattern)),
        Err(error) => bail!("{}", error.render(&args.pattern)),
    };
    let message = message(args, pattern.as_ref().ok())?;
    let explanation = pattern.as_ref().ok().map(|pattern| explain(pattern, &message));
    let asked = match &aws {
        Some(_) if message.is_empty() => bail!("AWS takes no empty messages"),
        Some(Ok(aws)) => aws.test(&args.pattern, std::slice::from_ref(&message)).map(Some),
        Some(Err(error)) => Err(anyhow!("{error:#}")),
        None => Ok(None),
    };
    let (test, not_asked) = match asked {
        Ok(test) => (test, None),
        Err(error) => (None, Some(not_asked(&error))),
    };
    if let (Err(refused), Some(error)) = (&pattern, &not_asked) {
        bail!("{refused}\n{error}");
    }
    let says = test.as_ref().map(|test| match &test.answer {
        Ok(tests) => AwsSays::Matches(!matches!(tests[..], [MessageTest::NoMatch])),
        Err(said) => AwsSays::Refuses(said),
    });
    if let (Err(refused), Some(AwsSays::Refuses(said))) = (&pattern, says) {
        bail!("{refused}\nAsked, AWS says: {said}");
    }
    let mut sinks = Sinks::open(&args.output, out)?;
    let explained = Explained { explanation: explanation.as_ref(), aws: says };
    sinks.each(|sink| {
        let (format, color) = (sink.format, color && sink.is_stdout);
        write(sink, format, Paint { color }, &explained)
    })?;
    sinks.finish()?;
    let here = explanation.as_ref().map(|explanation| explanation.verdict);
    if let Some(error) = not_asked {
        return Err(error);
    }
    if let (Some(Ok(aws)), Some(test)) = (&aws, &test) {
        report(aws, test, args, pattern.as_ref(), here, &message);
    }
    match (says, here) {
        (Some(AwsSays::Matches(matches)), _) => Ok(exit_of(matches.into())),
        (Some(AwsSays::Refuses(said)), _) => bail!("AWS refuses the pattern: {said}"),
        (None, Some(here)) => Ok(exit_of(here)),
        (None, None) => bail!("the pattern is refused"),
    }
}

/// The message that is meant.
fn message(args: &PatternExplain, pattern: Option<&FilterPattern>) -> anyhow::Result<String> {
    let path = Path::new(&args.event);
    let is_json = args.event.trim_start().starts_with(['{', '[']);
    if let Some(line) = args.line {
        if is_json && !path.exists() {
            bail!("--line picks a message of a file, and EVENT is JSON text");
        }
        return Source::open(Some(path))?.numbered(line);
    }
    if args.event.is_empty()
        && matches!(pattern.map(FilterPattern::pattern), Some(Pattern::Json(_)))
    {
        bail!("EVENT is empty: give JSON text, a file, or \"-\" for standard input");
    }
    if is_json && !path.exists() {
        return Ok(args.event.clone());
    }
    if args.event == "-" || path.exists() {
        let text = Source::open(Some(path))?.only()?;
        return one_message(&args.event, text);
    }
    match pattern.map(FilterPattern::pattern) {
        Some(Pattern::Json(_)) | None => {
            bail!("`{}` is neither a JSON object or array nor a file", args.event)
        }
        Some(Pattern::Space(_) | Pattern::Terms(_)) => {
            tell(&format!("note: {} names no file; it is taken as the message", args.event));
            Ok(args.event.clone())
        }
    }
}

/// The one message that a file holds: a line, or a JSON object of several.
fn one_message(path: &str, text: String) -> anyhow::Result<String> {
    let count = text.split('\n').count();
    let is_object = || serde_json::from_str::<BTreeMap<String, IgnoredAny>>(&text).is_ok();
    if count > 1 && !is_object() {
        let name = if path == "-" { "standard input" } else { path };
        bail!("{name} holds {count} messages: pick one with --line NUMBER");
    }
    Ok(text)
}

/// Says if AWS and we disagree, with all that a report needs.
fn report(
    aws: &Aws,
    test: &PatternTest,
    args: &PatternExplain,
    pattern: Result<&FilterPattern, &String>,
    here: Option<Match>,
    message: &str,
) {
    let source = aws.source(test);
    let row = match &test.answer {
        Err(said) => match pattern {
            Ok(pattern) if pattern.doubts().is_empty() => {
                source.refused("disagreement", &args.pattern, said)
            }
            _ => return,
        },
        Ok(tests) => {
            let none = BTreeMap::new();
            let extracted = match tests.first() {
                Some(MessageTest::Match { extracted }) => Some(extracted),
                _ => None,
            };
            if !disagree(here, extracted.is_some()) {
                return;
            }
            source.answered(Answered {
                id: "disagreement",
                pattern: &args.pattern,
                message,
                matches: extracted.is_some(),
                extracted: extracted.unwrap_or(&none),
            })
        }
    };
    if let Err(refused) = pattern {
        tell(&format!("AWS takes the pattern. Here it is refused:\n{refused}"));
    }
    tell(
        "AWS and secmon disagree. AWS is believed. To report, once you have seen that it tells \
         nothing secret:",
    );
    tell(&row);
}
