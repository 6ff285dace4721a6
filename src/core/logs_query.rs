//! Does a CloudWatch Logs Insights query find a log message?
//!
//! Only what the scheduled queries of log alarms on CloudTrail's events are made of: `filter` with
//! comparisons, `in`, `like`, `and`, `or` and `not`, and commands that drop no row. Everything else
//! makes the answer [`Found::Unknown`], unless an earlier `filter` drops the message for certain.
//!
//! ```
//! use secmon_core::logs_query::{Found, LogsQuery};
//!
//! let query = LogsQuery::parse(r#"fields @timestamp | filter eventName in ["GetSecretValue"]"#)?;
//! assert_eq!(query.finds(r#"{"eventName": "GetSecretValue"}"#), Found::Yes);
//! assert_eq!(query.finds(r#"{"eventName": "PutSecretValue"}"#), Found::No);
//! # Ok::<(), secmon_core::logs_query::LogsQueryError>(())
//! ```
//!
//! # Rules
//!
//! Sources: [filter](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Filter.html),
//! [fields](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html).
//! Fields of a JSON message are found by their path, `requestParameters.secretId`. Comparing a field
//! that is not there is true for nothing; of `!=` and `not` AWS does not say, so that it is unknown.
//!
//! # Edge cases
//!
//! - A regular expression is read if it is plain text, with `(?i)` before it or `|` in it; others
//!   are unknown.
//! - `limit` before a `filter` keeps some rows of any kind: what follows is unknown.
//! - `%` in the text of `like` is unknown: it is a wildcard in other query languages.
//! - `stats`, `parse` and the like make new rows: what follows them is unknown.

use serde_json::Value;

mod parse;
#[cfg(test)]
mod tests;

use crate::snapshot::{LogAlarm, ScheduleConfiguration};
use parse::{Expression, Operand, Step};

/// A query.
#[derive(Debug, Clone, PartialEq)]
pub struct LogsQuery {
    steps: Vec<Step>,
}

/// A text that secmon cannot read as a query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("secmon cannot read the query: {0}")]
pub struct LogsQueryError(pub(crate) String);

/// What a query makes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It is among the rows.
    Yes,
    /// It is not.
    No,
    /// Nobody can tell; why, as a clause.
    Unknown(String),
}

impl From<bool> for Found {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

impl Found {
    fn and(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::No => Self::No,
            Self::Yes => other(),
            unknown @ Self::Unknown(_) => match other() {
                Self::No => Self::No,
                _ => unknown,
            },
        }
    }

    fn or(self, other: impl FnOnce() -> Self) -> Self {
        self.not().and(|| other().not()).not()
    }

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            unknown @ Self::Unknown(_) => unknown,
        }
    }
}

impl LogsQuery {
    /// Reads a query.
    ///
    /// # Errors
    ///
    /// When the text is not of the forms that secmon knows.
    pub fn parse(text: &str) -> Result<Self, LogsQueryError> {
        parse::steps(text).map(|steps| Self { steps }).map_err(LogsQueryError)
    }

    /// Whether a log message is among the rows.
    pub fn finds(&self, message: &str) -> Found {
        let json = serde_json::from_str(message).unwrap_or(Value::Null);
        let mut found = Found::Yes;
        for (at, step) in self.steps.iter().enumerate() {
            match step {
                Step::Keeps => {}
                // Rows that a later filter drops may be all that it keeps. After the last filter
                // what it keeps is a row that the query looks for.
                Step::Limit => {
                    let filters = |step: &Step| matches!(step, Step::Filter(_));
                    if self.steps[at + 1..].iter().any(filters) {
                        let why = "`limit` stands before a filter, and may keep other rows";
                        found = found.and(|| Found::Unknown(why.to_owned()));
                    }
                }
                Step::Filter(expression) => {
                    found = found.and(|| evaluate(expression, message, &json));
                }
                Step::Unknown(command) => {
                    return found
                        .and(|| Found::Unknown(format!("secmon does not read `{command}`")));
                }
            }
        }
        found
    }
}

/// What a field holds.
enum Held<'a> {
    Text(&'a str),
    Other(&'a Value),
    Missing,
    NotKnown,
}

fn held<'a>(field: &str, message: &'a str, json: &'a Value) -> Held<'a> {
    match field {
        "@message" => return Held::Text(message),
        field if field.starts_with('@') => return Held::NotKnown,
        _ => {}
    }
    let mut value = json;
    for name in field.split('.') {
        let inner = match value {
            Value::Array(items) => name.parse::<usize>().ok().and_then(|index| items.get(index)),
            value => value.get(name),
        };
        let Some(inner) = inner else { return Held::Missing };
        value = inner;
    }
    match value {
        Value::String(text) => Held::Text(text),
        Value::Null => Held::Missing,
        other => Held::Other(other),
    }
}

fn evaluate(expression: &Expression, message: &str, json: &Value) -> Found {
    let held = |field: &str| held(field, message, json);
    let unknown = |field: &str| Found::Unknown(format!("what {field} holds is not known"));
    // What is not there equals nothing; whether it is unequal is not documented.
    let missing = |field: &str, negated: bool| match negated {
        false => Found::No,
        true => Found::Unknown(format!("the message has no {field}")),
    };
    match expression {
        Expression::And(parts) => {
            parts.iter().fold(Found::Yes, |found, part| found.and(|| evaluate(part, message, json)))
        }
        Expression::Or(parts) => {
            parts.iter().fold(Found::No, |found, part| found.or(|| evaluate(part, message, json)))
        }
        Expression::Not(inner) => match evaluate(inner, message, json) {
            Found::No if inner.fields().iter().any(|name| matches!(held(name), Held::Missing)) => {
                Found::Unknown("it negates something about a field that is not there".to_owned())
            }
            found => found.not(),
        },
        Expression::Present(field) => match held(field) {
            Held::NotKnown => unknown(field),
            Held::Missing => Found::No,
            _ => Found::Yes,
        },
        Expression::OneOf { field, wanted, negated } => {
            let found = match held(field) {
                Held::NotKnown => return unknown(field),
                Held::Missing => return missing(field, *negated),
                held => wanted
                    .iter()
                    .fold(Found::No, |found, wanted| found.or(|| equals(&held, wanted, field))),
            };
            if *negated { found.not() } else { found }
        }
        Expression::Like { field, test, negated } => {
            let found = match held(field) {
                Held::NotKnown => return unknown(field),
                Held::Missing => return missing(field, *negated),
                Held::Text(text) => test.matches(text),
                Held::Other(_) => Found::Unknown(format!("{field} is no text")),
            };
            if *negated { found.not() } else { found }
        }
        Expression::Ordered { field, operator, bound } => match held(field) {
            Held::Missing => Found::No,
            Held::Other(Value::Number(number)) => {
                let number = number.as_f64().unwrap_or(f64::NAN);
                Found::from(match operator {
                    '<' => number < *bound,
                    'l' => number <= *bound,
                    '>' => number > *bound,
                    _ => number >= *bound,
                })
            }
            _ => unknown(field),
        },
        Expression::Unknown(what) => Found::Unknown(format!("secmon does not read `{what}`")),
    }
}

fn equals(held: &Held<'_>, wanted: &Operand, field: &str) -> Found {
    match (held, wanted) {
        (Held::Text(text), Operand::Text(wanted)) => (text == wanted).into(),
        (Held::Other(Value::Number(number)), Operand::Number(wanted)) => {
            (number.as_f64() == Some(*wanted)).into()
        }
        _ => Found::Unknown(format!("{field} is compared with a value of another type")),
    }
}

/// What an aggregation expression makes of a number of rows; `None` if it is no count of all rows.
///
/// ```
/// use secmon_core::logs_query::aggregated;
///
/// assert_eq!(aggregated("count(*) as reads by eventName", 1.0), Some(1.0));
/// assert_eq!(aggregated("avg(latency)", 1.0), None);
/// ```
pub fn aggregated(expression: &str, rows: f64) -> Option<f64> {
    let plain: String = expression.to_lowercase().split_whitespace().collect();
    let counts = ["count(*)", "count()", "count(@message)", "count(@timestamp)"];
    let rest = counts.iter().find_map(|count| plain.strip_prefix(count))?;
    let is_whole = rest.is_empty() || rest.starts_with("as") || rest.starts_with("by");
    (is_whole && !rest.contains(',')).then_some(rows)
}

/// Whether a value breaches the threshold of a log alarm; `None` where its settings are not known.
pub fn breaches(alarm: &LogAlarm, value: f64) -> Option<bool> {
    let threshold = alarm.threshold?;
    Some(match alarm.comparison_operator.as_deref()? {
        "GreaterThanOrEqualToThreshold" => value >= threshold,
        "GreaterThanThreshold" => value > threshold,
        "LessThanOrEqualToThreshold" => value <= threshold,
        "LessThanThreshold" => value < threshold,
        _ => return None,
    })
}

/// In how many runs one row is, at least and at most; `None` where that cannot be told.
///
/// ```
/// use secmon_core::logs_query::runs_with_one_row;
/// use secmon_core::snapshot::ScheduleConfiguration;
///
/// let schedule = ScheduleConfiguration {
///     schedule_expression: "rate(5 minutes)".to_owned(),
///     start_time_offset: Some(720),
///     end_time_offset: None,
/// };
/// assert_eq!(runs_with_one_row(&schedule), Some((2, 3)));
/// ```
pub fn runs_with_one_row(schedule: &ScheduleConfiguration) -> Option<(i64, i64)> {
    let every = rate(&schedule.schedule_expression)?;
    let end = schedule.end_time_offset.unwrap_or(0);
    let covered = schedule.start_time_offset?.checked_sub(end)?.max(0);
    Some((covered / every, covered.div_euclid(every) + i64::from(covered % every != 0)))
}

/// Whether one read, which breaches wherever a run finds it, is in as many runs as must breach.
///
/// In one run of several it is for certain. For more than one, each that covers it would have to
/// run after it arrived, which CloudTrail's delay leaves open.
pub fn is_in_enough_runs(alarm: &LogAlarm, schedule: &ScheduleConfiguration) -> Found {
    let (of, wanted) = (alarm.query_results_to_evaluate, alarm.query_results_to_alarm);
    let (Some(of), Some(wanted)) = (of, wanted) else {
        return Found::Unknown("how many of its results must breach was not read".to_owned());
    };
    // API_PutLogAlarm takes no others.
    if !(1..=of).contains(&wanted) {
        return Found::Unknown(format!(
            "it wants {wanted} results of {of}, which AWS does not take"
        ));
    }
    let expression = &schedule.schedule_expression;
    let Some((least, most)) = runs_with_one_row(schedule) else {
        return Found::Unknown(format!("its schedule is {expression}"));
    };
    match i64::from(wanted) {
        wanted if wanted > most => Found::No,
        1 if least > 0 => Found::Yes,
        wanted => Found::Unknown(format!(
            "it runs at {expression} and wants {wanted} results above the threshold: some reads are \
             in fewer runs"
        )),
    }
}

/// Whether an aggregation groups the rows, so that no row makes no value.
pub fn groups_rows(expression: &str) -> bool {
    expression.split_whitespace().any(|word| word.eq_ignore_ascii_case("by"))
}

/// Seconds of `rate(5 minutes)`.
///
/// ```
/// use secmon_core::logs_query::rate;
///
/// assert_eq!(rate("rate(5 minutes)"), Some(300));
/// assert_eq!(rate("rate(1 hour)"), Some(3600));
/// assert_eq!(rate("cron(0 8 * * ? *)"), None);
/// ```
pub fn rate(expression: &str) -> Option<i64> {
    let inside = expression.trim().strip_prefix("rate(")?.strip_suffix(')')?;
    let (number, unit) = inside.trim().split_once(char::is_whitespace)?;
    let seconds = match unit.trim().trim_end_matches('s') {
        "minute" => 60,
        "hour" => 3600,
        "day" => 86_400,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(seconds).filter(|seconds| *seconds > 0)
}
