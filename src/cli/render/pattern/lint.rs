//! What is likely not meant by a pattern.

use std::io::{self, Write};

use secmon_core::pattern::lint::{Lint, Weight};
use secmon_core::pattern::{Api, PatternError, Span, carets};
use serde::Serialize;

use super::super::lines::{filled, visible};
use super::super::paint::Paint;
use crate::args::Format;

#[derive(Serialize)]
struct LintJson<'a> {
    pattern: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<RefusedJson<'a>>,
    lints: &'a [Lint],
}

#[derive(Serialize)]
struct RefusedJson<'a> {
    message: &'a str,
    span: Span,
    instead: Option<&'a str>,
    aws: Option<String>,
}

/// Writes what is likely not meant, and why AWS refuses the pattern if it does.
pub(crate) fn write(
    out: &mut dyn Write,
    format: Format,
    paint: Paint,
    pattern: &str,
    refused: Option<&PatternError>,
    lints: &[Lint],
) -> io::Result<()> {
    if format == Format::Json {
        let refused = refused.map(|error| RefusedJson {
            message: &error.message,
            span: error.span,
            instead: error.instead.as_deref(),
            aws: error.refusal.wording(Api::MetricFilter),
        });
        serde_json::to_writer_pretty(&mut *out, &LintJson { pattern, refused, lints })?;
        return writeln!(out);
    }
    if lints.is_empty() && refused.is_none() {
        return writeln!(out, "nothing to say");
    }
    for (index, lint) in lints.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        let weight = match lint.id.weight {
            Weight::Error => "error",
            Weight::Warning => "warning",
            Weight::Note => "note",
        };
        let weight = paint.weight(lint.id.weight, weight);
        writeln!(out, "{weight} {}: {}", lint.id.id, paint.bold(lint.id.title))?;
        writeln!(out, "{}", carets(pattern, lint.span))?;
        writeln!(out, "{}", filled(&lint.reason, "  "))?;
        if let Some(rewrite) = &lint.rewrite {
            writeln!(out, "  write {}", paint.bold(&visible(rewrite)))?;
        }
        writeln!(out, "{}", paint.dim(&filled(&format!("source: {}", lint.source), "  ")))?;
    }
    Ok(())
}
