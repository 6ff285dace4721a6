//! What an alarm made of a series: a small chart, and its changes of state.

use std::io::{self, Write};

use jiff::Timestamp;
use secmon_core::alarm::{AlarmState, Limit};
use secmon_core::pattern::Match;
use secmon_core::snapshot::MetricAlarm;
use serde::Serialize;
use serde_json::{Value, json};

use super::lines::{filled, shown};
use super::paint::Paint;
use super::summary::condition;
use crate::args::Format;

/// One series as an alarm took it.
pub(crate) struct Played {
    /// Its name, where it has one.
    pub(crate) name: Option<String>,
    /// Whether the alarm went to ALARM; `None`: that is not certain.
    pub(crate) alarm: Option<bool>,
    pub(crate) steps: Vec<Step>,
    pub(crate) transitions: Vec<Transition>,
    /// What else may be, where what is not published matters.
    pub(crate) note: Option<String>,
}

/// One evaluation.
#[derive(Serialize)]
pub(crate) struct Step {
    /// Start of the newest period.
    pub(crate) start: Timestamp,
    /// Its datapoint.
    pub(crate) value: Option<f64>,
    /// The state after it.
    pub(crate) state: AlarmState,
}

/// A change of state.
#[derive(Serialize)]
pub(crate) struct Transition {
    pub(crate) at: Timestamp,
    pub(crate) from: AlarmState,
    pub(crate) to: AlarmState,
    /// In AWS's words.
    pub(crate) reason: String,
    /// ARNs of the actions that run.
    pub(crate) actions: Vec<String>,
}

/// Writes what was played.
pub(crate) fn write(
    out: &mut dyn Write,
    format: Format,
    paint: Paint,
    alarm: &MetricAlarm,
    played: &[Played],
) -> io::Result<()> {
    if format == Format::Json {
        let series = played.iter().map(|one| {
            json!({
                "name": one.name,
                "alarm": one.alarm,
                "steps": one.steps,
                "transitions": one.transitions,
                "note": one.note,
            })
        });
        let series: Vec<Value> = series.collect();
        let json = json!({ "version": 1, "alarm": alarm, "series": series });
        serde_json::to_writer_pretty(&mut *out, &json)?;
        return writeln!(out);
    }
    let missing = alarm.treat_missing_data.as_deref().unwrap_or("missing");
    let what = condition(alarm).unwrap_or_else(|| "metric math".to_owned());
    let head = format!("{}: {what}, missing data is {missing}", shown(&alarm.alarm_name));
    writeln!(out, "{}", paint.dim(&head))?;
    for one in played {
        writeln!(out)?;
        text(out, paint, alarm, one)?;
    }
    Ok(())
}

/// Columns of the chart.
const WIDTH: usize = 72;
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

fn text(out: &mut dyn Write, paint: Paint, alarm: &MetricAlarm, played: &Played) -> io::Result<()> {
    let name = played.name.as_deref().map(|name| format!("{}: ", shown(name))).unwrap_or_default();
    let (says, answer) = match played.alarm {
        Some(true) => ("goes to ALARM", Match::Yes),
        Some(false) => ("does not go to ALARM", Match::No),
        None => ("may go to ALARM", Match::No),
    };
    writeln!(out, "{name}{}", paint.answer(says, answer))?;
    let threshold = Limit::of(alarm).map_or(0.0, |limit| limit.threshold);
    let values = played.steps.iter().filter_map(|step| step.value);
    let least = values.clone().fold(threshold.min(0.0), f64::min);
    let most = values.fold(threshold, f64::max);
    for line in played.steps.chunks(WIDTH) {
        let bars: String = line.iter().map(|step| bar(step.value, least, most)).collect();
        let states: String = line.iter().map(|step| letter(step.state)).collect();
        let time = line.first().map(|step| step.start.strftime("%H:%M").to_string());
        writeln!(out, "  {}  {bars}", time.unwrap_or_default())?;
        writeln!(out, "  {:5}  {states}", "")?;
    }
    let legend = "O OK, A ALARM, i INSUFFICIENT_DATA, · no datapoint";
    writeln!(out, "         {}", paint.dim(legend))?;
    // What a bar is worth.
    let (lowest, highest) = played
        .steps
        .iter()
        .filter_map(|step| step.value)
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(lowest, highest), value| {
            (lowest.min(value), highest.max(value))
        });
    if lowest <= highest {
        let values = match lowest == highest {
            true => format!("every datapoint is {lowest}"),
            false => format!("datapoints from {lowest} to {highest}"),
        };
        let limit = condition(alarm).map(|limit| format!(", the alarm wants {limit}"));
        let says = format!("{values}{}", limit.unwrap_or_default());
        writeln!(out, "{}", filled(&says, "         "))?;
    }
    for change in &played.transitions {
        let time = change.at.strftime("%Y-%m-%d %H:%M:%S UTC");
        let runs = match (change.actions.len(), alarm.actions_enabled) {
            (0, false) => "; actions are disabled".to_owned(),
            (0, true) => String::new(),
            (1, _) => "; 1 action runs".to_owned(),
            (number, _) => format!("; {number} actions run"),
        };
        let head = format!("{time}  {} -> {}{runs}", change.from, change.to);
        writeln!(out, "\n  {}", paint.bold(&head))?;
        writeln!(out, "{}", filled(&change.reason, "    "))?;
        for action in &change.actions {
            writeln!(out, "    {}", shown(action))?;
        }
    }
    match &played.note {
        Some(note) => writeln!(out, "\n{}", filled(note, "  ")),
        None => Ok(()),
    }
}

/// One of eight bars, by where a value is between the least and the most.
fn bar(value: Option<f64>, least: f64, most: f64) -> char {
    let Some(value) = value else { return '·' };
    let share = if most > least { (value - least) / (most - least) } else { 1.0 };
    // A share is from 0 to 1.
    let place = (share * 7.0).round().clamp(0.0, 7.0) as usize;
    BARS.get(place).copied().unwrap_or('█')
}

fn letter(state: AlarmState) -> char {
    match state {
        AlarmState::Ok => 'O',
        AlarmState::Alarm => 'A',
        AlarmState::InsufficientData => 'i',
    }
}
