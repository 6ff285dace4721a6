//! `secmon pattern test`: which log messages a pattern matches.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::process::ExitCode;

use anyhow::{anyhow, bail};
use secmon_aws::{MessageTest, PatternTest, Session};
use secmon_core::pattern::{FilterPattern, Match, Sample, sample, text_at};

use super::ask::{Aws, disagree, not_asked};
use super::tell;
use crate::args::Test;
use crate::commands::messages::{Seen, Source};
use crate::commands::output::Sinks;
use crate::exit;
use crate::render::count;
use crate::render::pattern::messages::{Look, Metric, Tally, Tried, side_by_side};
use crate::render::pattern::rows::Answered;

/// Tries every message.
pub(crate) fn run(
    args: &Test,
    out: &mut dyn Write,
    is_closed: &Cell<bool>,
) -> anyhow::Result<ExitCode> {
    if let Some(value) = &args.value {
        check_value(value)?;
    }
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
        without_number: 0,
        is_closed,
        is_terminal: io::stdout().is_terminal(),
    };
    let refused = pattern.as_ref().err();
    let mut error = None;
    let seen = match &aws {
        None => run.here(source)?,
        Some(Err(why)) => {
            error = Some(run.without_aws(Vec::new(), why, refused)?);
            run.here(source)?
        }
        Some(Ok(aws)) => {
            let (held, seen) = run.here_but(source)?;
            if !run.is_over() {
                error = run.aws(aws, held, refused)?;
            }
            seen
        }
    };
    let code = run.finish(seen)?;
    error.map_or(Ok(code), Err)
}

/// Refuses what AWS takes for no `metricValue`.
fn check_value(value: &str) -> anyhow::Result<()> {
    let is_number = matches!(sample(value, "{}"), Sample::Number(_));
    let is_name = value.strip_prefix('$').is_some_and(|name| {
        !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-".contains(c))
    });
    if is_number || is_name || text_at(value, "{}").is_some() {
        return Ok(());
    }
    if value.contains('*') && text_at(&value.replace('*', "0"), "{}").is_some() {
        bail!("Invalid metric transformation: metric value {value} must be a valid number");
    }
    bail!("`{value}` is neither a number, $.FIELD nor $NAME")
}

struct Run<'a> {
    args: &'a Test,
    /// Without a pattern where it is refused here and AWS is asked.
    look: Look<'a>,
    sinks: Sinks<'a>,
    tally: Tally,
    /// How many matches add nothing to the metric.
    without_number: u64,
    /// Whether nobody reads standard output any more.
    is_closed: &'a Cell<bool>,
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
            Ok(self.goes_on())
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
            Ok(self.goes_on())
        })?;
        Ok((asked, seen))
    }

    /// Whether nobody waits for more: files get all.
    fn is_over(&self) -> bool {
        self.is_closed.get() && self.args.output.iter().all(|output| output.file.is_none())
    }

    fn goes_on(&self) -> ControlFlow<()> {
        if self.is_over() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Leaves it at what is known here, and makes the error that says so.
    fn without_aws(
        &mut self,
        held: Vec<Held>,
        why: &anyhow::Error,
        refused: Option<&String>,
    ) -> anyhow::Result<anyhow::Error> {
        let error = not_asked(why);
        if let Some(refused) = refused {
            bail!("{refused}\n{error}");
        }
        for held in held {
            self.settle(&held.tried(None))?;
        }
        Ok(error)
    }

    /// Asks AWS; the error that is left where it gives no answer.
    fn aws(
        &mut self,
        aws: &Aws,
        asked: Asked,
        refused: Option<&String>,
    ) -> anyhow::Result<Option<anyhow::Error>> {
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
            return Ok(None);
        }
        let texts: Vec<String> = held.iter().map(|held| held.message.clone()).collect();
        let test = match aws.test(&self.args.pattern, &texts) {
            Ok(test) => test,
            Err(why) => return self.without_aws(held, &why, refused).map(Some),
        };
        let answers = match &test.answer {
            Ok(answers) => answers,
            Err(said) => return Err(self.refused_by_aws(aws, &test, said, refused)),
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
            return Ok(None);
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
        Ok(None)
    }

    fn refused_by_aws(
        &self,
        aws: &Aws,
        test: &PatternTest,
        said: &str,
        refused: Option<&String>,
    ) -> anyhow::Error {
        if let Some(refused) = refused {
            return anyhow!("{refused}\nAsked, AWS says: {said}");
        }
        if self.look.pattern.is_some_and(|pattern| pattern.doubts().is_empty()) {
            tell("AWS and secmon disagree on the pattern. AWS is believed. To report:");
            tell(&aws.source(test).refused("disagreement", &self.args.pattern, said));
        }
        anyhow!("AWS refuses the pattern: {said}")
    }

    /// Counts and prints a message.
    fn settle(&mut self, tried: &Tried<'_>) -> anyhow::Result<()> {
        self.tally.note(tried, &self.look);
        if tried.answer() == Some(Match::Yes) && tried.sample(&self.look) == Some(Sample::Nothing) {
            self.without_number += 1;
        }
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
        let uncertain = self.tally.uncertain() > 0;
        let code = ExitCode::from(match (self.tally.matching, uncertain) {
            (1.., _) => exit::YES,
            (0, true) => exit::CANNOT_TELL,
            (0, false) => exit::NO,
        });
        if self.args.count {
            let tally = &self.tally;
            self.sinks.each(|sink| {
                let format = sink.format;
                tally.write(sink, format)
            })?;
        }
        let is_over = self.is_over();
        self.sinks.finish()?;
        if is_over {
            return Ok(code);
        }
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
        if let (Some(value), 1..) = (&self.args.value, self.without_number) {
            let (which, them) = match self.without_number {
                1 => ("1 match adds".to_owned(), "it"),
                more => (format!("{more} matches add"), "them"),
            };
            tell(&format!("note: {which} nothing: {value} holds no number in {them}."));
        }
        if let Some(pattern) = self.look.pattern.filter(|_| uncertain) {
            tell(self.tally.doubts(pattern).trim_end());
            if !self.args.aws {
                tell("--aws asks AWS.");
            }
        }
        Ok(code)
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
