//! How two patterns relate.

use std::io::{self, Write};

use secmon_core::pattern::Match;
use secmon_core::pattern::meaning::{Compared, Relation, Unknown};
use serde::Serialize;

use super::super::lines::{filled, visible};
use super::super::paint::Paint;
use super::DoubtJson;
use crate::args::Format;

#[derive(Serialize)]
struct ComparedJson<'a> {
    a: &'a str,
    b: &'a str,
    relation: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown: Option<UnknownJson>,
    both: Option<&'a str>,
    only_a: Option<&'a str>,
    only_b: Option<&'a str>,
    neither: Option<&'a str>,
}

#[derive(Serialize)]
struct UnknownJson {
    says: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    doubt: Option<DoubtJson>,
}

/// Writes how two patterns compare.
pub(crate) fn write(
    out: &mut dyn Write,
    format: Format,
    paint: Paint,
    (a, b): (&str, &str),
    compared: &Compared,
) -> io::Result<()> {
    let (word, answer, says) = match compared.relation {
        Relation::Equal => ("equal", Match::Yes, "A and B match the same events."),
        Relation::Narrower => {
            ("narrower", Match::No, "Whatever A matches B matches too, and B matches more.")
        }
        Relation::Wider => {
            ("wider", Match::No, "Whatever B matches A matches too, and A matches more.")
        }
        Relation::Overlapping => {
            ("overlapping", Match::No, "Some events match both, some only A, some only B.")
        }
        Relation::Disjoint => ("disjoint", Match::No, "No event matches both."),
        Relation::Unknown(Unknown::Doubt(doubt)) => {
            ("unknown", Match::Uncertain(doubt), doubt.says())
        }
        Relation::Unknown(unknown) => ("unknown", Match::No, unknown.says()),
    };
    let unknown = match compared.relation {
        Relation::Unknown(unknown) => Some(unknown),
        _ => None,
    };
    let Compared { only_a, only_b, both, neither, .. } = compared;
    if format == Format::Json {
        let doubt = match unknown {
            Some(Unknown::Doubt(doubt)) => Some(doubt.into()),
            _ => None,
        };
        let json = ComparedJson {
            a,
            b,
            relation: word,
            unknown: unknown.map(|unknown| UnknownJson { says: unknown.says(), doubt }),
            both: both.as_deref(),
            only_a: only_a.as_deref(),
            only_b: only_b.as_deref(),
            neither: neither.as_deref(),
        };
        serde_json::to_writer_pretty(&mut *out, &json)?;
        return writeln!(out);
    }
    let head = word.to_uppercase();
    let says = filled(&format!("{head}  {says}"), "");
    let says = says.strip_prefix(&head).unwrap_or(&says);
    writeln!(out, "{}{says}\n", paint.answer(&head, answer))?;
    for (what, event) in
        [("both", both), ("only A", only_a), ("only B", only_b), ("neither", neither)]
    {
        if let Some(event) = event {
            writeln!(out, "  {}  {}", paint.dim(&format!("{what:<7}")), visible(event))?;
        }
    }
    Ok(())
}
