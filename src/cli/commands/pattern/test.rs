//! `secmon pattern test`: which log messages a pattern matches.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::process::ExitCode;

use anyhow::bail;
use secmon_aws::{MessageTest, PatternTest, Session};
use secmon_core::pattern::{FilterPattern, Match};

use super::ask::{Aws, disagree};
use super::tell;
use crate::args::Test;
use crate::commands::messages::{Seen, Source};
use crate::commands::output::Sinks;
use crate::exit;
use crate::render::count;
use crate::render::pattern::messages::{Look, Metric, Tally, Tried, side_by_side};
use crate::render::pattern::rows::Answered;

/// Tries every message.
pub(crate) fn run(args: &Test, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let aws = Aws::if_asked(args.aws, &args.connection)?;
    let pattern = match FilterPattern::parse(&args.pattern) {
        Ok(pattern) => Ok(pattern),
        Err(error) if aws.is_some() => Err(error.render(&args.pattern)),
        Err(error) => bail!("{}", error.render(&args.pattern)),
    };
    let source = Source::open(args.file.as_deref())?;
    let mut run = Run {
        args,
        look: Look {
            pattern: pattern.as_ref().ok(),
            metric: args.value.as_deref().map(|value| Metric { value, default: args.default }),
            is_terminal: false,
        },
        sinks: Sinks::open(&args.output, out)?,
        tally: Tally::default(),
        is_terminal: io::stdout().is_terminal(),
    };
    let seen = match &aws {
        None => run.here(source)?,
        Some(aws) => {
            let (held, seen) = run.here_but(source)?;
            run.aws(aws, held, pattern.as_ref().err())?;
            seen
        }
    };
    run.finish(seen)
}

struct Run<'a> {
    args: &'a Test,
    /// Without a pattern where it is refused here and AWS is asked.
    look: Look<'a>,
    sinks: Sinks<'a>,
    tally: Tally,
    is_terminal: bool,
}

/// A message that AWS is asked about.
struct Held {
    line: u64,
    message: String,
    here: Option<Match>,
}

/// What is left to AWS.
#[derive(Default)]
struct Asked {
    held: Vec<Held>,
    /// Whether there are more messages than AWS takes.
    is_long: bool,
}

impl Run<'_> {
    fn here(&mut self, source: Source) -> anyhow::Result<Seen> {
        let mut matcher = self.look.pattern.map(FilterPattern::matcher);
        source.each(&mut |line, message| {
            let here = matcher.as_mut().map(|matcher| matcher.test(message));
            self.settle(&Tried { line, message, here, aws: None })?;
            Ok(ControlFlow::Continue(()))
        })
    }

    /// As [`Run::here`], but what AWS is to be asked is held back: all of a short input, the
    /// uncertain messages of a longer one.
    fn here_but(&mut self, source: Source) -> anyhow::Result<(Asked, Seen)> {
        let mut matcher = self.look.pattern.map(FilterPattern::matcher);
        let mut asked = Asked::default();
        // Lines that are left out have numbers too.
        let mut tried = 0;
        let seen = source.each(&mut |line, message| {
            let here = matcher.as_mut().map(|matcher| matcher.test(message));
            let is_uncertain = matches!(here, None | Some(Match::Uncertain(_)));
            tried += 1;
            if tried > Session::MESSAGES && !asked.is_long {
                if here.is_none() {
                    bail!(
                        "AWS takes {} messages, and a pattern that is refused here can be tried \
                         with no others",
                        Session::MESSAGES
                    );
                }
                asked.is_long = true;
                for held in std::mem::take(&mut asked.held) {
                    match held.here {
                        Some(Match::Uncertain(_)) => asked.held.push(held),
                        _ => self.settle(&held.tried(None))?,
                    }
                }
            }
            // AWS takes no empty messages, and no log group holds any.
            let can_ask = !message.is_empty() && asked.held.len() < Session::MESSAGES;
            if can_ask && (is_uncertain || !asked.is_long) {
                asked.held.push(Held { line, message: message.to_owned(), here });
            } else {
                self.settle(&Tried { line, message, here, aws: None })?;
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok((asked, seen))
    }

    fn aws(&mut self, aws: &Aws, asked: Asked, refused: Option<&String>) -> anyhow::Result<()> {
        let Asked { held, is_long } = asked;
        if held.is_empty() {
            match refused {
                Some(refused) => bail!("{refused}"),
                None if is_long => tell(&format!(
                    "note: AWS was not asked: it takes {} messages, and none of these is uncertain",
                    Session::MESSAGES
                )),
                None => tell("note: AWS was not asked: there is no message to ask about"),
            }
            return Ok(());
        }
        let texts: Vec<String> = held.iter().map(|held| held.message.clone()).collect();
        let test = aws.test(&self.args.pattern, &texts)?;
        let answers = match &test.answer {
            Ok(answers) => answers,
            Err(said) => return self.refused_by_aws(aws, &test, said, refused),
        };
        let mut tried: Vec<Tried<'_>> = Vec::new();
        for (held, answer) in held.iter().zip(answers) {
            let extracted = match answer {
                MessageTest::Match { extracted } => Some(extracted),
                MessageTest::NoMatch => None,
            };
            tried.push(held.tried(Some(extracted)));
        }
        for tried in &tried {
            self.settle(tried)?;
        }
        tell(side_by_side(&tried).trim_end());
        let wrong: Vec<&Tried<'_>> = tried
            .iter()
            .filter(|tried| disagree(tried.here, tried.aws.flatten().is_some()))
            .collect();
        if wrong.is_empty() {
            return Ok(());
        }
        if let Some(refused) = refused {
            tell(&format!("AWS takes the pattern. Here it is refused:\n{refused}"));
        }
        tell(&format!(
            "AWS and secmon disagree on {}. AWS is believed. To report, once you have seen that \
             they tell nothing secret:",
            count(wrong.len(), "message")
        ));
        let none = BTreeMap::new();
        for tried in wrong {
            tell(&aws.source(&test).answered(Answered {
                id: "disagreement",
                pattern: &self.args.pattern,
                message: tried.message,
                matches: tried.aws.flatten().is_some(),
                extracted: tried.aws.flatten().unwrap_or(&none),
            }));
        }
        Ok(())
    }

    fn refused_by_aws(
        &self,
        aws: &Aws,
        test: &PatternTest,
        said: &str,
        refused: Option<&String>,
    ) -> anyhow::Result<()> {
        if let Some(refused) = refused {
            bail!("{refused}\nAsked, AWS says: {said}");
        }
        if self.look.pattern.is_some_and(|pattern| pattern.doubts().is_empty()) {
            tell("AWS and secmon disagree on the pattern. AWS is believed. To report:");
            tell(&aws.source(test).refused("disagreement", &self.args.pattern, said));
        }
        bail!("AWS refuses the pattern: {said}")
    }

    /// Counts and prints a message.
    fn settle(&mut self, tried: &Tried<'_>) -> anyhow::Result<()> {
        self.tally.note(tried, &self.look);
        if self.args.count {
            return Ok(());
        }
        let (look, is_terminal) = (self.look, self.is_terminal);
        self.sinks.each(|sink| {
            let (format, is_terminal) = (sink.format, is_terminal && sink.is_stdout);
            tried.write(sink, format, &Look { is_terminal, ..look })?;
            if is_terminal { sink.flush() } else { Ok(()) }
        })?;
        Ok(())
    }

    fn finish(mut self, seen: Seen) -> anyhow::Result<ExitCode> {
        if let Some((_, lines)) = seen.not_text.filter(|(_, lines)| *lines == seen.last) {
            bail!("{}", none_is_text(lines));
        }
        if self.args.count {
            let tally = &self.tally;
            self.sinks.each(|sink| {
                let format = sink.format;
                tally.write(sink, format)
            })?;
        }
        self.sinks.finish()?;
        if let Some((first, lines)) = seen.not_text {
            tell(&not_tried(first, lines));
        }
        if let Some((line, files)) = seen.whole_files {
            let which = if files == 1 { "is a whole" } else { "and others are whole" };
            tell(&format!(
                "note: line {line} {which} CloudTrail file{}, taken as one message: JSON patterns \
                 do not look into its events. Give such a file alone to have it unpacked.",
                if files == 1 { "" } else { "s" },
            ));
        }
        let uncertain = self.tally.uncertain() > 0;
        if let Some(pattern) = self.look.pattern.filter(|_| uncertain) {
            tell(self.tally.doubts(pattern).trim_end());
            if !self.args.aws {
                tell("--aws asks AWS.");
            }
        }
        Ok(ExitCode::from(match (self.tally.matching, uncertain) {
            (1.., _) => exit::YES,
            (0, true) => exit::CANNOT_TELL,
            (0, false) => exit::NO,
        }))
    }
}

fn none_is_text(lines: u64) -> String {
    match lines {
        1 => "the only line is not UTF-8 text".to_owned(),
        _ => format!("none of the {lines} lines is UTF-8 text"),
    }
}

fn not_tried(first: u64, lines: u64) -> String {
    match lines {
        1 => format!("note: line {first} is not UTF-8 text and was not tried"),
        _ => {
            format!(
                "note: {lines} lines are not UTF-8 text and were not tried; first: line {first}"
            )
        }
    }
}

impl Held {
    fn tried<'a>(&'a self, aws: Option<Option<&'a BTreeMap<String, String>>>) -> Tried<'a> {
        Tried { line: self.line, message: &self.message, here: self.here, aws }
    }
}
