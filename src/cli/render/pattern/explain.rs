//! Why a message matches or does not.

use std::io::{self, Write};

use secmon_core::pattern::Match;
use secmon_core::pattern::explain::{Explanation, Kind, Node, Suggestion};
use secmon_core::report::Status;
use serde::Serialize;

use super::super::lines::{filled, shown, visible};
use super::super::paint::Paint;
use super::word;
use crate::args::Format;

/// An explanation, and what AWS says.
#[derive(Debug, Serialize)]
pub(crate) struct Explained<'a> {
    /// Why, as far as the pattern can be read here.
    #[serde(flatten)]
    pub(crate) explanation: Option<&'a Explanation>,
    /// What AWS says, if it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) aws: Option<AwsSays<'a>>,
}

/// AWS's answer to one message.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AwsSays<'a> {
    /// Whether it matches.
    Matches(bool),
    /// Why it refuses the pattern.
    Refuses(&'a str),
}

/// Writes it.
pub(crate) fn write(
    out: &mut dyn Write,
    format: Format,
    paint: Paint,
    explained: &Explained<'_>,
) -> io::Result<()> {
    if format == Format::Json {
        serde_json::to_writer_pretty(&mut *out, explained)?;
        return writeln!(out);
    }
    if let Some(explanation) = explained.explanation {
        text(out, paint, explanation)?;
    }
    if let Some(aws) = explained.aws {
        let says = match aws {
            AwsSays::Matches(matches) => word(Some(matches.into())).to_owned(),
            AwsSays::Refuses(said) => format!("refuses the pattern: {}", shown(said)),
        };
        let here = word(explained.explanation.map(|explanation| explanation.verdict));
        writeln!(out, "\nmatches?\n  here {here}\n  AWS  {says}")?;
    }
    Ok(())
}

fn text(out: &mut dyn Write, paint: Paint, explanation: &Explanation) -> io::Result<()> {
    let says = match explanation.verdict {
        Match::Yes => "MATCHES",
        Match::No => "DOES NOT MATCH",
        Match::Uncertain(_) => "UNCERTAIN",
    };
    let reason = filled(&format!("{says}  {}", explanation.reason), "");
    let reason = reason.strip_prefix(says).unwrap_or(&reason);
    writeln!(out, "{}{reason}\n", paint.answer(says, explanation.verdict))?;
    node(out, paint, &explanation.root, 0)?;
    if !explanation.suggestions.is_empty() {
        writeln!(out, "\nwhat was likely meant")?;
    }
    for suggestion in &explanation.suggestions {
        self::suggestion(out, paint, suggestion)?;
    }
    Ok(())
}

fn node(out: &mut dyn Write, paint: Paint, node: &Node, depth: usize) -> io::Result<()> {
    let indent = "  ".repeat(depth);
    let mark = paint.mark(match node.verdict {
        _ if node.kind == Kind::IgnoredTerm => Status::Skipped,
        Match::Yes => Status::Pass,
        Match::No => Status::Fail,
        Match::Uncertain(_) => Status::Unknown,
    });
    let what = match node.kind {
        Kind::All => paint.dim("all of"),
        Kind::Any => paint.dim("one of"),
        Kind::Nothing => paint.dim("nothing is asked"),
        Kind::IgnoredTerm => {
            format!("{} {}", visible(&node.text), paint.dim("(ignored beside other terms)"))
        }
        _ => visible(&node.text),
    };
    let decides = if node.decides && node.parts.is_empty() && node.kind != Kind::Nothing {
        paint.bold("  <- decides")
    } else {
        String::new()
    };
    writeln!(out, " {indent}{mark} {what}{decides}")?;
    let is_asked = matches!(node.kind, Kind::Clause | Kind::Term | Kind::Field | Kind::Condition);
    if is_asked && node.parts.is_empty() && node.verdict != Match::Yes {
        let found: Vec<_> = node.found.iter().map(|found| shown(found)).collect();
        let found = match (found.as_slice(), node.kind) {
            ([], Kind::Clause) => "nothing: the field is absent".to_owned(),
            ([], _) => "nothing".to_owned(),
            (found, _) => found.join(", "),
        };
        writeln!(out, " {indent}    found     {found}")?;
        if !node.expected.is_empty() {
            writeln!(out, " {indent}    asked for {}", shown(&node.expected))?;
        }
    }
    if let Some(doubt) = node.doubt.filter(|_| node.parts.is_empty()) {
        let indent = format!(" {indent}    ");
        writeln!(out, "{}", filled(&format!("{} ({})", doubt.says(), doubt.id()), &indent))?;
    }
    node.parts.iter().try_for_each(|part| self::node(out, paint, part, depth + 1))
}

fn suggestion(out: &mut dyn Write, paint: Paint, suggestion: &Suggestion) -> io::Result<()> {
    writeln!(out, "{}", filled(&suggestion.says, "  "))?;
    if let Some(pattern) = &suggestion.pattern {
        let matches = if suggestion.matches { "  matches this message" } else { "" };
        writeln!(out, "    {}{}", paint.bold(&visible(pattern)), paint.dim(matches))?;
    }
    Ok(())
}
