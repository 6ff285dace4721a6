//! The lab's lists.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};
use secmon_lab::world::{Hypothesis, Scenario};
use serde_json::json;

/// The accounts as a table.
pub(crate) fn scenarios(out: &mut dyn Write, scenarios: &[Scenario]) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["SCENARIO", "NOTIFIED", "FAILURE", "SHOWS"]);
    for scenario in scenarios {
        let failure = scenario.failure.as_deref().unwrap_or_default();
        table.add_row([scenario.name.as_ref(), scenario.notified.name(), failure, &scenario.title]);
    }
    for line in table.to_string().lines() {
        writeln!(out, "{}", line.trim())?;
    }
    writeln!(
        out,
        "\nsecmon doctor --lab SCENARIO judges one, secmon lab serve SCENARIO serves it.\n\
         random-1, random-2, … are accounts made by chance, with none to four faults.\n\
         secmon explain FAILURE says what a failure is, and which checks tell it."
    )
}

/// The accounts as JSON.
pub(crate) fn scenarios_json(out: &mut dyn Write, scenarios: &[Scenario]) -> io::Result<()> {
    let scenarios: Vec<_> = scenarios
        .iter()
        .map(|scenario| {
            json!({
                "name": scenario.name,
                "title": scenario.title,
                "failure": scenario.failure,
                "notified": scenario.notified.name(),
            })
        })
        .collect();
    writeln!(out, "{:#}", json!({ "version": 1, "scenarios": scenarios }))
}

/// The hypotheses, one under the other.
pub(crate) fn hypotheses(out: &mut dyn Write, hypotheses: &[&Hypothesis]) -> io::Result<()> {
    let wrapped = |text: &str, indent: &str| {
        let options = textwrap::Options::new(80).initial_indent(indent).subsequent_indent(indent);
        textwrap::fill(text, options)
    };
    for hypothesis in hypotheses {
        writeln!(out, "{}", hypothesis.id)?;
        writeln!(out, "{}", wrapped(hypothesis.question, "  "))?;
        for (index, (name, says)) in hypothesis.settings.iter().enumerate() {
            let default = if index == 0 { " (played unless told otherwise)" } else { "" };
            writeln!(out, "{}", wrapped(&format!("{name}: {says}{default}"), "    "))?;
        }
        writeln!(out, "{}\n", wrapped(&format!("Known: {}", hypothesis.known), "  "))?;
    }
    writeln!(out, "secmon lab serve --assume HYPOTHESIS=SETTING plays another answer.")
}

/// The hypotheses as JSON.
pub(crate) fn hypotheses_json(out: &mut dyn Write, hypotheses: &[&Hypothesis]) -> io::Result<()> {
    let hypotheses: Vec<_> = hypotheses
        .iter()
        .map(|hypothesis| {
            let settings: Vec<_> = hypothesis
                .settings
                .iter()
                .map(|(name, says)| json!({ "name": name, "says": says }))
                .collect();
            json!({
                "id": hypothesis.id,
                "question": hypothesis.question,
                "settings": settings,
                "known": hypothesis.known,
            })
        })
        .collect();
    writeln!(out, "{:#}", json!({ "version": 1, "hypotheses": hypotheses }))
}
