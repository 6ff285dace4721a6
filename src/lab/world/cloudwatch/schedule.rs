//! When a mute rule mutes: `cron(…)` and `at(…)`, and how long.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Schedule.html>

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{SignedDuration, Span, Timestamp};
use secmon_core::snapshot::AlarmMuteSchedule;

/// When something begins.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Expression {
    At(DateTime),
    Cron([Field; 5]),
}

/// The values that a field of a cron expression allows; `None`: all.
type Field = Option<Vec<i8>>;

const MINUTE: SignedDuration = SignedDuration::from_secs(60);
const LONGEST: SignedDuration = SignedDuration::from_hours(15 * 24);
const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// What a schedule says.
pub(super) trait Schedule {
    /// What is wrong with it, if something is.
    fn fault(&self) -> Option<String>;
    /// The window that is open at a moment: its start and its end.
    fn window(&self, now: Timestamp) -> Option<(Timestamp, Timestamp)>;
    /// Whether no window opens any more.
    fn is_over(&self, now: Timestamp) -> bool;
}

impl Schedule for AlarmMuteSchedule {
    fn fault(&self) -> Option<String> {
        if Expression::parse(&self.expression).is_none() {
            return Some(format!("Invalid schedule expression: {}", self.expression));
        }
        if length(self).is_none_or(|length| length < MINUTE || length > LONGEST) {
            return Some(format!("Invalid duration: {}", self.duration));
        }
        if offset(self).is_none() {
            let zone = self.timezone.as_deref().unwrap_or_default();
            return Some(format!("The lab knows no time zones but offsets from UTC: {zone}"));
        }
        None
    }

    fn window(&self, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let expression = Expression::parse(&self.expression)?;
        let (length, offset) = (length(self)?.min(LONGEST), offset(self)?);
        if let Expression::At(start) = expression {
            let start = offset.to_timestamp(start).ok()?;
            let end = start.checked_add(length).ok()?;
            return (start <= now && now < end).then_some((start, end));
        }
        // The latest start counts, should windows overlap.
        let mut start = Timestamp::from_second(now.as_second().div_euclid(60) * 60).ok()?;
        while now.duration_since(start) < length {
            if expression.begins(offset.to_datetime(start)) {
                return Some((start, start.checked_add(length).ok()?));
            }
            start = start.checked_sub(MINUTE).ok()?;
        }
        None
    }

    fn is_over(&self, now: Timestamp) -> bool {
        match (Expression::parse(&self.expression), offset(self), length(self)) {
            (Some(Expression::At(start)), Some(offset), Some(length)) => offset
                .to_timestamp(start)
                .ok()
                .and_then(|start| start.checked_add(length).ok())
                .is_none_or(|end| end <= now),
            _ => false,
        }
    }
}

fn length(schedule: &AlarmMuteSchedule) -> Option<SignedDuration> {
    let span: Span = schedule.duration.parse().ok()?;
    if span.get_years() != 0 || span.get_months() != 0 {
        return None;
    }
    let hours = (i64::from(span.get_weeks()) * 7 + i64::from(span.get_days())) * 24
        + i64::from(span.get_hours());
    Some(SignedDuration::from_secs((hours * 60 + span.get_minutes()) * 60 + span.get_seconds()))
}

fn offset(schedule: &AlarmMuteSchedule) -> Option<Offset> {
    match schedule.timezone.as_deref() {
        None | Some("UTC" | "GMT" | "Etc/UTC" | "Etc/GMT" | "Z") => Some(Offset::UTC),
        Some(zone) => {
            let zone = zone.trim_start_matches("UTC").trim_start_matches("GMT");
            let (sign, clock) = match zone.split_at_checked(1)? {
                ("+", clock) => (1, clock),
                ("-", clock) => (-1, clock),
                _ => return None,
            };
            let (hours, minutes) = clock.split_once(':')?;
            let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
            Offset::from_seconds(sign * (hours * 60 + minutes) * 60).ok()
        }
    }
}

impl Expression {
    fn parse(text: &str) -> Option<Self> {
        if let Some(moment) = inside(text, "at") {
            return moment.trim().parse().ok().map(Self::At);
        }
        let fields: Vec<&str> = inside(text, "cron")?.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else { return None };
        Some(Self::Cron([
            field(minute, 0, 59, &[])?,
            field(hour, 0, 23, &[])?,
            field(day, 1, 31, &[])?,
            field(month, 1, 12, &MONTHS)?,
            field(weekday, 0, 7, &DAYS)?,
        ]))
    }

    /// Whether a window begins in this minute. Where both days are given one of them is enough, as
    /// with every cron.
    fn begins(&self, at: DateTime) -> bool {
        let Self::Cron([minute, hour, day, month, weekday]) = self else { return false };
        let allows =
            |field: &Field, value: i8| field.as_ref().is_none_or(|values| values.contains(&value));
        let sunday_is_0 = at.weekday().to_sunday_zero_offset();
        let on_weekday = allows(weekday, sunday_is_0) || (sunday_is_0 == 0 && allows(weekday, 7));
        let on_day = match (day, weekday) {
            (Some(_), Some(_)) => allows(day, at.day()) || on_weekday,
            _ => allows(day, at.day()) && on_weekday,
        };
        on_day
            && allows(minute, at.minute())
            && allows(hour, at.hour())
            && allows(month, at.month())
    }
}

fn inside<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.trim().strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')')
}

/// `*`, or values and ranges separated by commas.
fn field(text: &str, least: i8, most: i8, names: &[&str]) -> Option<Field> {
    if text == "*" || text == "?" {
        return Some(None);
    }
    let value = |text: &str| -> Option<i8> {
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let value = match named {
            Some(place) => i8::try_from(place).ok()? + least,
            None => text.parse().ok()?,
        };
        (least..=most).contains(&value).then_some(value)
    };
    let mut values = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (value(first)?, value(last)?);
        match first <= last {
            true => values.extend(first..=last),
            // FRI-MON
            false => values.extend((first..=most).chain(least..=last)),
        }
    }
    Some(Some(values))
}
