//! alarm notifies a topic

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Unseen};
use secmon_core::plan::{AlarmSetting, Intent};
use secmon_core::route::{
    AlarmId, Context, Hop, Link, Notifier, Route, alarms_in_rule, is_any_of_alarms,
};

use crate::Check;
use crate::pattern_answers::list;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) static CHECK: Check = Check {
    id: "alarm-notifies-a-topic",
    stage: Stage::Alarm,
    title: "alarm notifies a topic",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Alarm, Link::Topic],
    changed_by: &["PutMetricAlarm", "PutCompositeAlarm"],
    failures: &["A8", "A11"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let (id, alarm) = (context.alarm_id()?, context.notifying_alarm()?);
    let composite = context.composite()?;
    let (kind, name) = (alarm.kind, alarm.name);
    let topic = match &context.chain.topic {
        Hop::Joined(_) => {
            return Ok(match composite {
                Some(above)
                    if !is_any_of_alarms(&above.alarm_rule)
                        || !alarms_in_rule(&above.alarm_rule).contains(&id.name.as_str()) =>
                {
                    let what = format!(
                        "whether composite alarm {name} goes to ALARM with alarm {}",
                        id.name
                    );
                    let reason = format!("its rule is {}", above.alarm_rule);
                    let hint = "secmon judges rules that are ALARM(…) of the alarm itself, or several of them joined by OR.";
                    Outcome::Unknown(Unseen::because(what, reason).hint(hint))
                }
                _ => Outcome::Pass,
            });
        }
        Hop::Assumed(topic) => Some(topic),
        Hop::Nothing => None,
        Hop::Unseen(_) => return context.topic_arn().map(|_| Outcome::Pass),
    };
    let message = match (topic, &context.pins.topic) {
        (Some(topic), _) => {
            let on = |actions: &[String]| actions.iter().any(|action| action == topic.as_str());
            let mut states = Vec::new();
            states.extend(on(alarm.ok_actions).then_some("OK"));
            states.extend(on(alarm.insufficient_data_actions).then_some("INSUFFICIENT_DATA"));
            format!(
                "{kind} {name} notifies topic {} on {}, not on ALARM.",
                topic.name(),
                list(&states)
            )
        }
        (None, Some(pinned)) => format!("{kind} {name} does not notify topic {pinned} on ALARM."),
        (None, None) => format!("{kind} {name} has no action on ALARM."),
    };
    let pinned = context.pins.topic.clone().filter(|topic| topic.starts_with("arn:"));
    let topic = topic.map(ToString::to_string).or(pinned);
    let finding = Finding::new(context.publisher_arn()?, message).field(
        "AlarmActions",
        "no topic",
        topic.as_deref().unwrap_or("a topic that people read"),
    );
    Ok(Outcome::fail(notify(finding, context, id, topic)))
}

fn notify(finding: Finding, context: &Context<'_>, id: &AlarmId, topic: Option<String>) -> Finding {
    let target = id.target.clone();
    match (&id.notifier, topic) {
        (Notifier::Own, _) if context.chain.route == Route::LogAlarm => finding.manual(format!(
            "Give log alarm {} a topic in its AlarmActions, and keep the rest of it as it is.",
            id.name
        )),
        (Notifier::Own, topic) => finding.change(Intent::SetAlarm {
            target,
            alarm: id.name.clone(),
            set: AlarmSetting::Notify { topic },
        }),
        (Notifier::Composite(alarm), Some(topic)) => {
            finding.change(Intent::NotifyFromComposite { target, alarm: alarm.clone(), topic })
        }
        (Notifier::Composite(alarm), None) => {
            finding.manual(format!("Give composite alarm {alarm} a topic in its AlarmActions."))
        }
    }
}
