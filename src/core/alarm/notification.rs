//! What an alarm publishes to a topic: one JSON document with a text for each protocol.
//!
//! Byte for byte the captured messages of 2026-09-14 and 2026-09-23; details that these do not show
//! (dimensions, percentiles, an unset `TreatMissingData`) are those of published messages.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::AlarmState;
use super::composite::Child;
use super::message_body::{alarm_body, composite_body, period, region};
use super::wire::{self, number};
use crate::snapshot::{Arn, CompositeAlarm, MetricAlarm};

/// A change of state that is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition<'a> {
    /// The state before.
    pub old: AlarmState,
    /// The state after.
    pub new: AlarmState,
    /// `StateReason` of the state after.
    pub reason: &'a str,
    /// When.
    pub at: Timestamp,
}

/// What an alarm publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// `Subject`
    pub subject: String,
    /// What every protocol without a text of its own gets: a JSON document.
    pub default: String,
    /// What a phone gets.
    pub sms: String,
    /// What an inbox gets.
    pub email: String,
}

impl Notification {
    /// Of a metric alarm.
    pub fn of_alarm(alarm: &MetricAlarm, transition: Transition<'_>) -> Self {
        let told = Told::of(alarm, transition);
        let mut email = told.email_head("has entered the", None);
        email += &threshold_text(alarm);
        email += &monitored_text(alarm);
        email += &told.email_actions();
        told.notification(&alarm_body(alarm, transition), email)
    }

    /// Of a composite alarm, with the children that its state goes back to.
    pub fn of_composite(
        alarm: &CompositeAlarm,
        transition: Transition<'_>,
        triggering: &[Child],
    ) -> Self {
        let told = Told::of_composite(alarm, transition);
        let mut email = told.email_head("has transitioned to", Some(&alarm.alarm_rule));
        email += "Triggering children (max. 10):\n";
        for child in triggering.iter().take(10) {
            email += &format!(
                "- {}   {:<20}{}\n",
                child.arn,
                child.state.value.as_str(),
                wire::long_moment(child.state.timestamp)
            );
        }
        email += &told.email_actions();
        told.notification(&composite_body(alarm, transition, triggering), email)
    }

    /// The message as it is published, with `MessageStructure` = `json`, and as the history keeps it.
    pub fn to_json(&self) -> String {
        wire::json(&json!({ "default": self.default, "sms": self.sms, "email": self.email }))
    }
}

/// What both kinds of alarm tell.
struct Told<'a> {
    name: &'a str,
    arn: &'a Arn,
    description: Option<&'a str>,
    ok: &'a [String],
    alarm: &'a [String],
    insufficient_data: &'a [String],
    transition: Transition<'a>,
}

impl<'a> Told<'a> {
    fn of(alarm: &'a MetricAlarm, transition: Transition<'a>) -> Self {
        Self {
            name: &alarm.alarm_name,
            arn: &alarm.alarm_arn,
            description: alarm.alarm_description.as_deref(),
            ok: &alarm.ok_actions,
            alarm: &alarm.alarm_actions,
            insufficient_data: &alarm.insufficient_data_actions,
            transition,
        }
    }

    fn of_composite(alarm: &'a CompositeAlarm, transition: Transition<'a>) -> Self {
        Self {
            name: &alarm.alarm_name,
            arn: &alarm.alarm_arn,
            description: alarm.alarm_description.as_deref(),
            ok: &alarm.ok_actions,
            alarm: &alarm.alarm_actions,
            insufficient_data: &alarm.insufficient_data_actions,
            transition,
        }
    }

    fn notification(&self, body: &Value, email: String) -> Notification {
        let (before, after) =
            (format!("{}: \"", self.transition.new), format!("\" in {}", region(self.arn)));
        let name = ascii(self.name);
        let around = before.chars().count() + after.chars().count();
        let line = |longest: usize| format!("{before}{}{after}", shortened(&name, longest));
        Notification {
            subject: line(LONGEST_SUBJECT.saturating_sub(around)),
            default: wire::json(body),
            sms: line(LONGEST_SMS_NAME),
            email,
        }
    }

    fn email_head(&self, has: &str, rule: Option<&str>) -> String {
        let Transition { old, new, reason, at } = self.transition;
        let (region, when) = (region(self.arn), wire::long_moment(at));
        let what = match rule {
            None => format!("{has} {new} state, because \"{reason}\" at \"{when}\"."),
            Some(_) => format!("{has} {new} state on {when}, because \"{reason}\"."),
        };
        let code = self.arn.region();
        let rule =
            rule.map_or_else(String::new, |rule| format!("- Alarm Rule:                 {rule}\n"));
        format!(
            "You are receiving this email because your Amazon CloudWatch Alarm \"{name}\" in the \
             {region} region {what}\n\
             \n\
             View this alarm in the AWS Management Console:\n\
             https://{code}.console.aws.amazon.com/cloudwatch/deeplink.js?region={code}\
             #alarmsV2:alarm/{address}\n\
             \n\
             Alarm Details:\n\
             - Name:                       {name}\n\
             - Description:                {description}\n\
             - State Change:               {old} -> {new}\n\
             {rule}\
             - Reason for State Change:    {reason}\n\
             - Timestamp:                  {when}\n\
             - AWS Account:                {account}\n\
             - Alarm Arn:                  {arn}\n\
             \n",
            name = self.name,
            address = wire::percent_encoded(self.name),
            description = self.description.unwrap_or_default(),
            account = self.arn.account(),
            arn = self.arn,
        )
    }

    fn email_actions(&self) -> String {
        let list = |actions: &[String]| match actions {
            [] => String::new(),
            actions => format!("[{}]", actions.join(", ")),
        };
        format!(
            "\nState Change Actions:\n- OK: {}\n- ALARM: {}\n- INSUFFICIENT_DATA: {}\n",
            list(self.ok),
            list(self.alarm),
            list(self.insufficient_data)
        )
    }
}

const LONGEST_SUBJECT: usize = 100;
const LONGEST_SMS_NAME: usize = 90;

/// Each run of characters beyond ASCII is one `_` (captured 2026-09-14).
fn ascii(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut in_run = false;
    for c in name.chars() {
        match (c.is_ascii(), in_run) {
            (true, _) => text.push(c),
            (false, false) => text.push('_'),
            (false, true) => {}
        }
        in_run = !c.is_ascii();
    }
    text
}

/// A name of at most so many characters, of which the last three may be dots.
fn shortened(name: &str, longest: usize) -> String {
    match name.len() <= longest {
        true => name.to_owned(),
        false => format!("{}...", wire::cut(name.to_owned(), longest.saturating_sub(3))),
    }
}

fn threshold_text(alarm: &MetricAlarm) -> String {
    let n = alarm.evaluation_periods.unwrap_or(1);
    format!(
        "Threshold:\n- The alarm is in the ALARM state when the metric is {} {} for at least {} of \
         the last {n} period(s) of {} seconds. \n\n",
        alarm.comparison_operator.as_deref().unwrap_or_default(),
        alarm.threshold.map(number).unwrap_or_default(),
        alarm.datapoints_to_alarm.unwrap_or(n),
        period(alarm).unwrap_or_default(),
    )
}

fn monitored_text(alarm: &MetricAlarm) -> String {
    if !alarm.metrics.is_empty() {
        let returned = alarm.metrics.iter().filter(|query| query.return_data != Some(false));
        let lines = returned.map(|query| {
            let expression = query.expression.as_deref().map_or_else(String::new, |expression| {
                format!("- MetricExpression:           {expression}\n")
            });
            let label = query.label.as_deref().map_or_else(String::new, |label| {
                format!("- MetricLabel:                {label}\n")
            });
            expression + &label
        });
        return format!("Monitored Metrics:\n{}", lines.collect::<String>());
    }
    let dimensions: Vec<String> = alarm
        .dimensions
        .iter()
        .map(|dimension| format!("[{} = {}]", dimension.name, dimension.value))
        .collect();
    let statistic = alarm.statistic.as_deref().or(alarm.extended_statistic.as_deref());
    format!(
        "Monitored Metric:\n\
         - MetricNamespace:                     {}\n\
         - MetricName:                          {}\n\
         - Dimensions:                          {}\n\
         - Period:                              {} seconds\n\
         - Statistic:                           {}\n\
         - Unit:                                {}\n\
         - TreatMissingData:                    {}\n\n",
        alarm.namespace.as_deref().unwrap_or_default(),
        alarm.metric_name.as_deref().unwrap_or_default(),
        dimensions.join(", "),
        period(alarm).unwrap_or_default(),
        statistic.unwrap_or_default(),
        alarm.unit.as_deref().unwrap_or("not specified"),
        alarm.treat_missing_data.as_deref().unwrap_or("missing"),
    )
}
