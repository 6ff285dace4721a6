//! One action of an alarm, and what its history says about it.

use secmon_core::alarm::history::{ActionRecord, action_executed};
use secmon_core::alarm::{Child, Notification, Transition};
use secmon_core::snapshot::{AlarmHistoryItem, Arn, LogAlarm, MetricAlarm, Target};
use serde_json::{Value, json};

use super::{Change, StoredAlarm};
use crate::world::hypothesis::Hypothesis;
use crate::world::kms::KeyRefusal;
use crate::world::sns::{Publication, PublishRefusal};
use crate::world::{Mail, World};

pub(in crate::world) static FAILED_ACTION_TEXT: Hypothesis = Hypothesis {
    id: "failed-action-text",
    question: "What does an alarm's history say of a topic that is missing, in another Region or \
               has a key that cannot be used?",
    settings: &[("sentence", "A sentence like those captured."), ("code", "The code SNS answers.")],
    known: "Captured or published are only the texts of a refusing topic policy and of a key \
            policy that does not admit CloudWatch.",
};

pub(in crate::world) static LAMBDA_ACTION: Hypothesis = Hypothesis {
    id: "lambda-action",
    question: "May an alarm call the function that it names?",
    settings: &[("succeeded", "It may."), ("refused", "The function's policy does not let it.")],
    known: "Function policies are not read. Both texts were captured 2026-09-14.",
};

pub(in crate::world) static MUTED_ACTION_HISTORY: Hypothesis = Hypothesis {
    id: "muted-action-history",
    question: "What does an alarm's history say of an action that a mute rule holds back?",
    settings: &[
        ("item", "An Action item of the state Muted, with the end of the window."),
        ("nothing", "Nothing until the window ends."),
    ],
    known: "Items have a field muteWindowEndTimestamp; only null was captured in it.",
};

impl World {
    /// Does one thing that an alarm is to do in a state.
    pub(super) fn act(
        &mut self,
        target: &Target,
        alarm: &StoredAlarm,
        change: &Change,
        action: &str,
    ) {
        let arn = action.parse::<Arn>().ok();
        let (published, error) = match arn {
            Some(topic) if topic.service() == "sns" => {
                let notification = notification(alarm, change);
                let error = self.notify(alarm, topic, &notification);
                (Some(notification.to_json()), error)
            }
            Some(arn) if arn.service() == "lambda" => {
                let refused = self.hypotheses.consult(&LAMBDA_ACTION) == "refused";
                let text = "CloudWatch Alarms is not authorized to perform: lambda:InvokeFunction \
                            on the resource because no resource-based policy allows the \
                            lambda:InvokeFunction action";
                if !refused {
                    self.hand_to_program(alarm, change, &arn);
                }
                (None, refused.then(|| text.to_owned()))
            }
            Some(arn) => {
                self.hand_to_program(alarm, change, &arn);
                (None, None)
            }
            None => (None, None),
        };
        let record = ActionRecord {
            resource: action,
            state_updated: change.at,
            published: published.as_deref(),
            error: error.as_deref(),
        };
        let mut item = action_executed(&record, self.now);
        if let (Some(end), Some(data)) = (change.mute_end, &mut item.history_data) {
            let field = "\"muteWindowEndTimestamp\":";
            *data =
                data.replace(&format!("{field}null"), &format!("{field}{}", end.as_millisecond()));
        }
        self.note(target, name_of(alarm), alarm.kind(), item);
    }

    /// Hands the news to what is no topic: a function, an incident, an OpsItem. Whom that tells is
    /// up to it.
    fn hand_to_program(&mut self, alarm: &StoredAlarm, change: &Change, action: &Arn) {
        let body = json!({
            "source": "aws.cloudwatch",
            "alarmArn": alarm.arn(),
            "time": change.at,
            "alarmData": {
                "alarmName": name_of(alarm),
                "state": { "value": change.new.as_str(), "reason": change.reason },
            },
        });
        let mail = Mail {
            at: self.now,
            topic: alarm.arn().clone(),
            kind: "Notification".to_owned(),
            source: Some(alarm.arn().clone()),
            subject: None,
            body: body.to_string(),
            token: None,
        };
        self.inboxes.deliver(action.service(), action.as_str(), mail);
    }

    /// Publishes; the text of what went wrong.
    fn notify(
        &mut self,
        alarm: &StoredAlarm,
        topic: Arn,
        notification: &Notification,
    ) -> Option<String> {
        let publication = Publication {
            service: "cloudwatch.amazonaws.com".to_owned(),
            source: alarm.arn().clone(),
            topic: topic.clone(),
            subject: Some(notification.subject.clone()),
            default: notification.default.clone(),
            email: Some(notification.email.clone()),
            sms: Some(notification.sms.clone()),
            // A hash of the alarm's ARN, says AWS.
            group: Some(alarm.arn().to_string()),
        };
        let refusal = self.publish(publication).err()?;
        let (sentence, code) = match refusal {
            // Captured 2026-09-14, without a blank after the colon.
            PublishRefusal::NotAuthorized => {
                return Some(format!(
                    "CloudWatch Alarms is not authorized to perform: SNS:Publish on resource:{topic}"
                ));
            }
            // Published by many since 2022.
            PublishRefusal::Key(KeyRefusal::Denied) => {
                return Some(
                    "CloudWatch Alarms does not have authorization to access the SNS topic \
                     encryption key."
                        .to_owned(),
                );
            }
            PublishRefusal::NoTopic => ("Topic does not exist", "NotFound"),
            PublishRefusal::OtherRegion => {
                ("The SNS topic is in another Region than the alarm", "InvalidParameter")
            }
            PublishRefusal::NoGroup => {
                ("The SNS topic asks for a message group", "InvalidParameter")
            }
            PublishRefusal::Key(KeyRefusal::NotFound) => {
                ("The SNS topic encryption key does not exist", "KMSNotFound")
            }
            PublishRefusal::Key(KeyRefusal::Disabled) => {
                ("The SNS topic encryption key is disabled", "KMSDisabled")
            }
            PublishRefusal::Key(KeyRefusal::PendingDeletion) => {
                ("The SNS topic encryption key is pending deletion", "KMSInvalidState")
            }
        };
        Some(match self.hypotheses.consult(&FAILED_ACTION_TEXT) {
            "code" => code.to_owned(),
            _ => format!("{sentence}: {topic}"),
        })
    }

    /// What the history says of actions that a mute rule holds back.
    pub(super) fn note_muted(&mut self, target: &Target, name: &str, change: &Change) {
        let Some(alarm) = self.alarm(target, name).cloned() else { return };
        let actions = alarm.actions(change.new);
        if actions.is_empty() || self.hypotheses.consult(&MUTED_ACTION_HISTORY) == "nothing" {
            return;
        }
        for action in actions {
            let data = json!({
                "actionState": "Muted",
                "stateUpdateTimestamp": change.at.as_millisecond(),
                "notificationResource": action,
                "publishedMessage": Value::Null,
                "error": Value::Null,
                "muteWindowEndTimestamp": change.mute_end.map(|end| end.as_millisecond()),
            });
            let item = AlarmHistoryItem {
                timestamp: self.now,
                history_item_type: "Action".to_owned(),
                history_summary: format!("Muted action {action}"),
                history_data: Some(data.to_string()),
            };
            self.note(target, name, alarm.kind(), item);
        }
    }
}

fn notification(alarm: &StoredAlarm, change: &Change) -> Notification {
    let transition =
        Transition { old: change.old, new: change.new, reason: &change.reason, at: change.at };
    let mut notification = match alarm {
        StoredAlarm::Metric(alarm) => Notification::of_alarm(alarm, transition),
        StoredAlarm::Composite(alarm) => {
            let children: Vec<Child> = change.triggering.iter().map(Child::from).collect();
            Notification::of_composite(alarm, transition, &children)
        }
        StoredAlarm::Log(alarm) => Notification::of_alarm(&as_metric_alarm(alarm), transition),
    };
    if change.mute_end.is_some() {
        let field = "\"ActionExecutedAfterMuteWindow\":";
        notification.default =
            notification.default.replacen(&format!("{field}false"), &format!("{field}true"), 1);
    }
    notification
}

/// No message of a log alarm was captured: it is written as one of an alarm without a metric.
fn as_metric_alarm(alarm: &LogAlarm) -> MetricAlarm {
    MetricAlarm {
        alarm_name: alarm.alarm_name.clone(),
        alarm_arn: alarm.alarm_arn.clone(),
        alarm_description: None,
        alarm_configuration_updated_timestamp: None,
        actions_enabled: alarm.actions_enabled,
        ok_actions: Vec::new(),
        alarm_actions: alarm.alarm_actions.clone(),
        insufficient_data_actions: Vec::new(),
        state_value: alarm.state_value.clone().unwrap_or_default(),
        state_reason: None,
        state_transitioned_timestamp: None,
        state_updated_timestamp: None,
        metric_name: None,
        namespace: None,
        statistic: None,
        extended_statistic: None,
        dimensions: Vec::new(),
        period: None,
        unit: None,
        evaluation_periods: None,
        datapoints_to_alarm: None,
        threshold: alarm.threshold,
        comparison_operator: alarm.comparison_operator.clone(),
        treat_missing_data: None,
        evaluate_low_sample_count_percentile: None,
        evaluation_window: None,
        metrics: Vec::new(),
        threshold_metric_id: None,
        evaluation_state: None,
        unread: Vec::new(),
    }
}

fn name_of(alarm: &StoredAlarm) -> &str {
    alarm.arn().name()
}
