//! The messages that a pattern was tried with.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use secmon_core::pattern::{Doubt, FilterPattern, Match, carets};
use serde::Serialize;

use super::super::lines::{filled, visible};
use super::{DoubtJson, doubt, word};
use crate::args::Format;

/// A message and what is said of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tried<'a> {
    /// Its number, from 1.
    pub(crate) line: u64,
    /// Its text.
    pub(crate) message: &'a str,
    /// What is said here; `None` where the pattern cannot be read.
    pub(crate) here: Option<Match>,
    /// Whether AWS matches it and what it extracts, if AWS was asked.
    pub(crate) aws: Option<Option<&'a BTreeMap<String, String>>>,
}

/// How many messages got which answer.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// How many match.
    pub(crate) matching: u64,
    /// How many do not.
    pub(crate) not_matching: u64,
    /// The first that each doubt leaves uncertain, and how many it leaves.
    doubts: BTreeMap<Doubt, (u64, u64)>,
}

#[derive(Serialize)]
struct TriedJson<'a> {
    line: u64,
    #[serde(rename = "match")]
    answer: &'static str,
    extracted: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uncertain: Option<DoubtJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    here: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aws: Option<&'static str>,
    message: &'a str,
}

#[derive(Serialize)]
struct TallyJson {
    matching: u64,
    not_matching: u64,
    uncertain: u64,
}

impl Tried<'_> {
    /// AWS's answer, or the one given here.
    pub(crate) fn answer(&self) -> Option<Match> {
        match self.aws {
            Some(aws) => Some(Match::from(aws.is_some())),
            None => self.here,
        }
    }

    /// Writes a message that matches as it is, or for programs each with its answer.
    pub(crate) fn write(
        &self,
        out: &mut dyn Write,
        format: Format,
        pattern: Option<&FilterPattern>,
        is_terminal: bool,
    ) -> io::Result<()> {
        let answer = self.answer();
        if format == Format::Text {
            return match answer {
                Some(Match::Yes) if is_terminal => writeln!(out, "{}", visible(self.message)),
                Some(Match::Yes) => {
                    out.write_all(self.message.as_bytes())?;
                    out.write_all(b"\n")
                }
                _ => Ok(()),
            };
        }
        let matches = answer == Some(Match::Yes);
        let own = match (self.aws, pattern) {
            (None, Some(pattern)) if matches => pattern.extracted(self.message),
            _ => BTreeMap::new(),
        };
        let json = TriedJson {
            line: self.line,
            answer: word(answer),
            extracted: self.aws.flatten().unwrap_or(&own),
            uncertain: doubt(self.here),
            here: self.aws.map(|_| word(self.here)),
            aws: self.aws.map(|aws| word(Some(aws.is_some().into()))),
            message: self.message,
        };
        serde_json::to_writer(&mut *out, &json)?;
        out.write_all(b"\n")
    }
}

impl Tally {
    /// Counts a message.
    pub(crate) fn note(&mut self, line: u64, answer: Option<Match>) {
        match answer {
            Some(Match::Yes) => self.matching += 1,
            Some(Match::No) | None => self.not_matching += 1,
            Some(Match::Uncertain(doubt)) => {
                let (_, count) = self.doubts.entry(doubt).or_insert((line, 0));
                *count += 1;
            }
        }
    }

    /// How many are uncertain.
    pub(crate) fn uncertain(&self) -> u64 {
        self.doubts.values().map(|(_, count)| count).sum()
    }

    /// Writes the counts.
    pub(crate) fn write(&self, out: &mut dyn Write, format: Format) -> io::Result<()> {
        let Self { matching, not_matching, .. } = *self;
        let uncertain = self.uncertain();
        match format {
            Format::Text => {
                writeln!(out, "matching {matching}")?;
                writeln!(out, "not matching {not_matching}")?;
                writeln!(out, "uncertain {uncertain}")
            }
            Format::Json => {
                serde_json::to_writer(&mut *out, &TallyJson { matching, not_matching, uncertain })?;
                writeln!(out)
            }
        }
    }

    /// What is uncertain and why, each reason once; empty if nothing is.
    pub(crate) fn doubts(&self, pattern: &FilterPattern) -> String {
        let mut text = String::new();
        for (doubt, (line, count)) in &self.doubts {
            let which = match count {
                1 => format!("message {line} is"),
                more => format!("{more} messages, the first is {line}, are"),
            };
            let says = filled(doubt.says(), "  ");
            let _ = writeln!(text, "{which} uncertain ({}):\n{says}", doubt.id());
            let raised = pattern.doubts().iter().find(|doubtful| doubtful.doubt == *doubt);
            if let Some(doubtful) = raised {
                let _ = writeln!(text, "{}", carets(pattern.text(), doubtful.span));
            }
        }
        text
    }
}

/// Both answers to each message that AWS was asked about.
pub(crate) fn side_by_side(all: &[Tried<'_>]) -> String {
    let mut text = format!("{:>9}  {:<9}  {:<4}\n", "message", "here", "AWS");
    for tried in all {
        let aws = tried.aws.map_or("", |aws| word(Some(aws.is_some().into())));
        let line = format!("{:>9}  {:<9}  {aws:<4}", tried.line, word(tried.here));
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}
