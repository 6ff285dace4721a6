//! `secmon pattern probe`: asks AWS what nobody has recorded of it.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;
use secmon_aws::{AskError, MessageTest};
use secmon_core::pattern::{Probe as Question, probes};

use super::ask::Aws;
use super::tell;
use crate::args::Probe;
use crate::exit;
use crate::render::count;
use crate::render::pattern::rows::Answered;

/// Asks and prints each answer as soon as it is there.
pub(crate) fn run(
    args: &Probe,
    out: &mut dyn Write,
    is_closed: &Cell<bool>,
) -> anyhow::Result<ExitCode> {
    let mut asked = probes();
    if let Some(strange) = args.ids.iter().find(|id| asked.iter().all(|probe| probe.id != **id)) {
        let ids: Vec<&str> = asked.iter().map(|probe| probe.id.as_str()).collect();
        bail!("there is no probe `{strange}`: {}", ids.join(", "));
    }
    asked.retain(|probe| args.ids.is_empty() || args.ids.contains(&probe.id));
    let aws = Aws::open(&args.connection)?;
    let mut unanswered = 0;
    for (index, probe) in asked.iter().enumerate() {
        // What nobody reads is not asked.
        if is_closed.get() {
            break;
        }
        let progress = format!("{} ({} of {})", probe.id, index + 1, asked.len());
        match ask(&aws, probe, out) {
            Ok(Some(said)) => tell(&format!("{progress}: {said}")),
            Ok(None) => bail!("interrupted: {index} of {} probes were asked", asked.len()),
            // One that fails says nothing of the others, but who may not ask about one may not ask
            // about any.
            Err(error) if index > 0 && is_failure(&error) => {
                unanswered += 1;
                tell(&format!("{progress}: {error}"));
            }
            Err(error) => return Err(error),
        }
    }
    if unanswered > 0 {
        bail!("{unanswered} of {} probes were not answered", asked.len());
    }
    Ok(ExitCode::from(exit::YES))
}

/// Asks one; what came of it in short, or nothing if the user interrupted it.
fn ask(aws: &Aws, probe: &Question, out: &mut dyn Write) -> anyhow::Result<Option<String>> {
    // AWS takes no empty messages, and no log group holds any.
    let numbered = probe.messages.iter().zip(1_usize..);
    let sent: Vec<_> = numbered.filter(|(message, _)| !message.is_empty()).collect();
    let texts: Vec<String> = sent.iter().map(|(message, _)| (*message).clone()).collect();
    let Some(test) = aws.test_until_interrupted(&probe.pattern, &texts)? else {
        return Ok(None);
    };
    let source = aws.source(&test);
    let answers = match &test.answer {
        Ok(answers) => answers,
        Err(said) => {
            writeln!(out, "{}", source.refused(&probe.id, &probe.pattern, said))?;
            out.flush()?;
            return Ok(Some(format!("refused: {said}")));
        }
    };
    let none = BTreeMap::new();
    let mut matching = 0;
    for ((message, number), answer) in sent.iter().zip(answers) {
        let extracted = match answer {
            MessageTest::Match { extracted } => Some(extracted),
            MessageTest::NoMatch => None,
        };
        matching += usize::from(extracted.is_some());
        let row = source.answered(Answered {
            id: &format!("{}.{number}", probe.id),
            pattern: &probe.pattern,
            message,
            matches: extracted.is_some(),
            extracted: extracted.unwrap_or(&none),
        });
        writeln!(out, "{row}")?;
    }
    out.flush()?;
    Ok(Some(format!("{matching} of {} match", count(sent.len(), "message"))))
}

fn is_failure(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(AskError::Failed { .. }))
}
