//! CloudWatch's alarms.

use secmon_core::snapshot::AlarmMuteRule;
use serde_json::{Value, json};

use super::super::answer::{ALARMS, Answer, as_aws_shows};
use super::super::call::Call;
use super::Account;

/// Only metric alarms come unless other types are named.
pub(super) fn describe_alarms(account: &Account<'_>, call: &Call) -> Answer {
    let named = call.params["AlarmTypes"].as_array().filter(|types| !types.is_empty());
    let asked = |alarm_type: &str| match named {
        Some(types) => types.iter().any(|named| named == alarm_type),
        None => alarm_type == "MetricAlarm",
    };
    Answer::listed(&account.here().alarms, |alarms| {
        let metric = alarms.metric_alarms.values().map(as_aws_shows);
        let composite = alarms.composite_alarms.values().map(as_aws_shows);
        let log = alarms.log_alarms.values().map(as_aws_shows);
        let all = metric
            .map(|alarm| ("MetricAlarms", alarm))
            .chain(composite.map(|alarm| ("CompositeAlarms", alarm)))
            .chain(log.map(|alarm| ("LogAlarms", alarm)))
            .filter(|(list, _)| asked(list.trim_end_matches('s')));
        Answer::lists(&["MetricAlarms", "CompositeAlarms", "LogAlarms"], all.collect(), ALARMS)
    })
}

/// The history of a composite alarm is empty unless its type is named.
pub(super) fn describe_alarm_history(account: &Account<'_>, call: &Call) -> Answer {
    let here = account.here();
    let name = call.text("AlarmName");
    let alarms = here.alarms.seen();
    let composite = alarms.is_some_and(|alarms| alarms.composite_alarms.contains_key(name));
    let alarm_type = if composite { "CompositeAlarm" } else { "MetricAlarm" };
    let asked = match call.params["AlarmTypes"].as_array() {
        Some(types) => types.iter().any(|named| named == alarm_type),
        None => !composite,
    };
    let none = || Answer::Unknown("AWS answers an unknown alarm with an empty history".to_owned());
    Answer::slot(here.alarm_histories.get(name), none, |history| {
        let wanted = call.params["HistoryItemType"].as_str();
        let mut items: Vec<Value> = history
            .iter()
            .filter(|item| asked && wanted.is_none_or(|wanted| wanted == item.history_item_type))
            .map(|item| {
                let mut item = json!(item);
                item["AlarmName"] = json!(name);
                item["AlarmType"] = json!(alarm_type);
                item
            })
            .collect();
        if call.text("ScanBy") == "TimestampAscending" {
            items.reverse();
        }
        Answer::list(&["AlarmHistoryItems"], items, ALARMS)
    })
}

pub(super) fn list_alarm_mute_rules(account: &Account<'_>, _: &Call) -> Answer {
    Answer::listed(&account.here().alarm_mute_rules, |rules| {
        let summaries = rules.values().map(as_aws_shows).collect();
        Answer::list(&["AlarmMuteRuleSummaries"], summaries, ALARMS)
    })
}

pub(super) fn get_alarm_mute_rule(account: &Account<'_>, call: &Call) -> Answer {
    let name = call.text("AlarmMuteRuleName");
    let rules = account.here().alarm_mute_rules.seen();
    let rule: Option<&AlarmMuteRule> = rules.and_then(|rules| rules.get(name));
    let not_found = || Answer::missing(404, "ResourceNotFoundException", "");
    let Some(rule) = rule else { return not_found() };
    Answer::slot(Some(&rule.targets), not_found, |targets| {
        let mut fields = as_aws_shows(rule);
        fields["Name"] = json!(name);
        fields["MuteTargets"] = json!({ "AlarmNames": targets });
        Answer::Fields(fields)
    })
}
