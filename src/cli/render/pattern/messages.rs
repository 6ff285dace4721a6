//! The messages that a pattern was tried with.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use secmon_core::pattern::{Doubt, FilterPattern, Match, Pattern, Sample, carets, sample};
use serde::{Serialize, Serializer};

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

/// What messages add to a metric.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Metric<'a> {
    /// `metricValue`
    pub(crate) value: &'a str,
    /// `defaultValue`
    pub(crate) default: Option<f64>,
}

/// How a message is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look<'a> {
    /// The pattern, if it can be read here.
    pub(crate) pattern: Option<&'a FilterPattern>,
    /// The metric that is asked about.
    pub(crate) metric: Option<Metric<'a>>,
    /// Whether somebody looks at it.
    pub(crate) is_terminal: bool,
}

/// How many messages got which answer.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// How many match.
    pub(crate) matching: u64,
    /// How many do not.
    pub(crate) not_matching: u64,
    /// How many samples the metric gets, and their sum.
    samples: Option<(u64, f64)>,
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
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "sample_json")]
    sample: Option<Sample>,
    message: &'a str,
}

fn sample_json<S: Serializer>(sample: &Option<Sample>, serializer: S) -> Result<S::Ok, S::Error> {
    match sample {
        Some(Sample::Number(number)) => serializer.serialize_f64(*number),
        Some(Sample::Nothing) | None => serializer.serialize_none(),
        Some(Sample::Unclear) => serializer.serialize_str("unclear"),
    }
}

#[derive(Serialize)]
struct TallyJson {
    matching: u64,
    not_matching: u64,
    uncertain: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    samples: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sum: Option<f64>,
}

impl Tried<'_> {
    /// AWS's answer, or the one given here.
    pub(crate) fn answer(&self) -> Option<Match> {
        match self.aws {
            Some(aws) => Some(Match::from(aws.is_some())),
            None => self.here,
        }
    }

    /// What a space-delimited pattern extracts from it, as AWS says, or as it is known here.
    fn extracted(&self, pattern: Option<&FilterPattern>) -> Cow<'_, BTreeMap<String, String>> {
        let is_match = self.answer() == Some(Match::Yes);
        match (self.aws.flatten(), pattern.filter(|_| is_match)) {
            (Some(extracted), _) => Cow::Borrowed(extracted),
            (None, Some(pattern)) => Cow::Owned(pattern.extracted(self.message)),
            (None, None) => Cow::Owned(BTreeMap::new()),
        }
    }

    /// What it adds to a metric.
    pub(crate) fn sample(&self, look: &Look<'_>) -> Option<Sample> {
        let Metric { value, default } = look.metric?;
        Some(match self.answer() {
            Some(Match::No) => default.map_or(Sample::Nothing, Sample::Number),
            Some(Match::Uncertain(_)) | None => Sample::Unclear,
            Some(Match::Yes) => match look.pattern.map(FilterPattern::pattern) {
                Some(Pattern::Space(_)) if value.starts_with('$') => {
                    let extracted = self.extracted(look.pattern);
                    extracted.get(value).map_or(Sample::Nothing, |word| sample(word, ""))
                }
                _ => sample(value, self.message),
            },
        })
    }

    /// Writes a message that matches as it is, or for programs each with its answer.
    pub(crate) fn write(
        &self,
        out: &mut dyn Write,
        format: Format,
        look: &Look<'_>,
    ) -> io::Result<()> {
        let answer = self.answer();
        let sample = self.sample(look);
        if format == Format::Text {
            let adds = match sample {
                Some(Sample::Number(number)) => Some(number.to_string()),
                Some(Sample::Nothing) => Some("-".to_owned()),
                Some(Sample::Unclear) | None => None,
            };
            let has_default = look.metric.is_some_and(|metric| metric.default.is_some());
            match answer {
                Some(Match::Yes) => {}
                Some(Match::No) if has_default => {}
                _ => return Ok(()),
            }
            if let Some(adds) = adds {
                write!(out, "{adds}\t")?;
            }
            if look.is_terminal {
                return writeln!(out, "{}", visible(self.message));
            }
            out.write_all(self.message.as_bytes())?;
            return out.write_all(b"\n");
        }
        let json = TriedJson {
            line: self.line,
            answer: word(answer),
            extracted: &self.extracted(look.pattern),
            uncertain: doubt(self.here),
            here: self.aws.map(|_| word(self.here)),
            aws: self.aws.map(|aws| word(Some(aws.is_some().into()))),
            sample,
            message: self.message,
        };
        serde_json::to_writer(&mut *out, &json)?;
        out.write_all(b"\n")
    }
}

impl Tally {
    /// Counts a message.
    pub(crate) fn note(&mut self, tried: &Tried<'_>, look: &Look<'_>) {
        let line = tried.line;
        if let Some(sample) = tried.sample(look) {
            let (samples, sum) = self.samples.get_or_insert((0, 0.0));
            if let Sample::Number(number) = sample {
                *samples += 1;
                *sum += number;
            }
        }
        match tried.answer() {
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
        let (samples, sum) = self.samples.unzip();
        if format == Format::Json {
            let json = TallyJson { matching, not_matching, uncertain, samples, sum };
            serde_json::to_writer(&mut *out, &json)?;
            return writeln!(out);
        }
        writeln!(out, "matching {matching}")?;
        writeln!(out, "not matching {not_matching}")?;
        writeln!(out, "uncertain {uncertain}")?;
        if let (Some(samples), Some(sum)) = (samples, sum) {
            writeln!(out, "samples {samples}")?;
            writeln!(out, "sum {sum}")?;
        }
        Ok(())
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
    let mut text = format!("{:>9}  {:<9}  AWS\n", "message", "here");
    for tried in all {
        let aws = tried.aws.map_or("", |aws| word(Some(aws.is_some().into())));
        let _ = writeln!(text, "{:>9}  {:<9}  {aws}", tried.line, word(tried.here));
    }
    text
}
