//! The catalogue of failures: the ways in which a chain is known to break, by id.
//!
//! A check names the failures it tells in [`Check::failures`]. What no check tells has its reason
//! here. [`FAILURES`] is a table and therefore long.

use crate::{CHECKLIST, Check};

/// A way in which a chain is known to break.
pub struct Failure {
    /// Its id: `S` the secret, `T` the trail, `L` CloudWatch Logs, `A` the alarm, `N` the notice.
    pub id: &'static str,
    /// What is wrong, in a line.
    pub says: &'static str,
    /// Why no check tells it, or what tells it besides checks.
    pub otherwise: Option<&'static str>,
}

impl Failure {
    /// The checks that tell it, in the checklist's order.
    pub fn checks(&self) -> impl Iterator<Item = &'static Check> {
        CHECKLIST.iter().copied().filter(|check| check.failures.contains(&self.id))
    }
}

const fn told(id: &'static str, says: &'static str) -> Failure {
    Failure { id, says, otherwise: None }
}

const fn not_told(id: &'static str, says: &'static str, otherwise: &'static str) -> Failure {
    Failure { id, says, otherwise: Some(otherwise) }
}

/// Every failure, in chain order.
pub static FAILURES: &[Failure] = &[
    told("S1", "The secret is another one, deleted, or going to be"),
    told("S2", "A copy in another Region is read, where no trail of the chain looks"),
    told("S3", "The pattern compares secretId with the name only, or with the ARN only"),
    told("S4", "Reads in a batch are not watched"),
    not_told(
        "S5",
        "Nobody has read the secret yet",
        "no fault: a chain is judged by how it is configured, whether or not there was a read",
    ),
    told("T1", "There is no trail"),
    told("T2", "The trail is stopped"),
    told("T3", "The trail does not record read-only management events"),
    told("T4", "The trail's advanced selectors leave Secrets Manager out"),
    not_told(
        "T5",
        "The trail leaves KMS events out",
        "no fault: reads of secrets are no KMS events. Of a filter that counts `Decrypt` instead, \
         `filter-matches-its-events` says that it matches no read",
    ),
    told("T6", "The trail records another Region only"),
    told("T7", "The trail delivers to S3 only"),
    told("T8", "The trail cannot deliver to its log group"),
    told("T9", "The trail is another account's, and its log group is there"),
    told("T10", "The trail's own topic is taken for the alert"),
    told("T11", "The trail cannot deliver to its bucket"),
    told("T12", "The key of the trail's log files cannot be used"),
    told("T13", "Management events are recorded twice, which costs money"),
    told("T14", "The organization trail's home Region needs opting in"),
    told("T15", "Log files are not validated"),
    told("L1", "The log group does not exist"),
    told("L2", "The log group's class has no metric filters"),
    told("L3", "The metric filter is missing, or on another log group"),
    told("L4", "The pattern matches no read"),
    told("L5", "The pattern matches too much"),
    told("L6", "The metric value is no number"),
    told("L7", "A read counts 0, or no more than everything else"),
    told("L8", "The filter and the alarm have different dimensions"),
    not_told(
        "L9",
        "AWS disabled the filter, because its dimensions had too many values",
        "no API shows that a filter is disabled: the dimensions that lead to it are told, and a read \
         that matched and was not counted",
    ),
    told("L10", "Events are selected or rewritten before the pattern sees them"),
    told("L11", "The log group's key cannot be used"),
    told("L12", "The log group has as many metric filters as it can"),
    not_told(
        "L13",
        "A tool changed the pattern on its way",
        "AWS keeps no other text than the one in force, and that is judged",
    ),
    told("A1", "One read does not reach the threshold"),
    told("A2", "The statistic does not count reads"),
    told("A3", "The alarm needs more datapoints than one read makes"),
    told("A4", "Missing data keep the alarm in one state"),
    told("A5", "The alarm watches another metric"),
    told("A6", "The alarm stays in ALARM for long after a read"),
    told("A7", "The alarm's actions are disabled"),
    told("A8", "The alarm has no action on ALARM"),
    told("A9", "The action names what is not there, or elsewhere"),
    told("A10", "The alarm is muted"),
    told("A11", "A composite alarm that notifies holds back"),
    told("A12", "The alarm is in ALARM already"),
    told("A13", "The period is shorter than the metric's minute"),
    told("A14", "The alarm is on metric math, anomaly detection or a query"),
    told("A15", "The alarm looks at more than a day"),
    told("A16", "A log alarm or an EventBridge rule that stands for filter and alarm tells nobody"),
    told("N1", "The topic does not exist"),
    told("N2", "The topic's policy refuses the alarm"),
    told("N3", "The topic is encrypted with the AWS managed key"),
    told("N4", "The topic's key cannot be used, or refuses the alarm"),
    told("N5", "The topic has no subscription"),
    told("N6", "The subscription is not confirmed"),
    told("N7", "The subscription was shut off or cancelled"),
    told("N8", "The subscription's filter policy drops alarms"),
    told("N9", "The topic is FIFO, and no human can subscribe to it"),
    told("N10", "The subscriber is a program, or its endpoint is dead"),
    told("N11", "The topic is in another Region or account"),
    told("N12", "The phone number gets no text messages"),
    told("N13", "The topic gets a message for each log file, and floods its subscribers"),
    not_told(
        "N14",
        "The mail was delivered to the spam folder",
        "not visible to any API: SNS counts what the mail server accepted. One test with an answer \
         of its reader settles it",
    ),
];

/// The failure with this id, such as `T2`.
pub fn failure(id: &str) -> Option<&'static Failure> {
    FAILURES.iter().find(|failure| failure.id.eq_ignore_ascii_case(id))
}
