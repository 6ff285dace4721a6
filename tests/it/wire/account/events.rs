//! Secrets, what happened to them, and the rules that listen.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::answer::{Answer, RULES, TRAILS, as_aws_shows};
use super::super::call::Call;
use super::Account;

pub(super) fn describe_secret(account: &Account<'_>, call: &Call) -> Answer {
    let missing = || {
        let message = "Secrets Manager can't find the specified secret.";
        Answer::missing(400, "ResourceNotFoundException", message)
    };
    let secrets = &account.here().secrets;
    Answer::slot(secrets.get(call.text("SecretId")), missing, |secret| {
        Answer::Fields(as_aws_shows(secret))
    })
}

/// By event name only, newest first.
pub(super) fn lookup_events(account: &Account<'_>, call: &Call) -> Answer {
    let attributes = &call.params["LookupAttributes"];
    let by_name = attributes.as_array().is_some_and(|list| list.len() == 1)
        && attributes[0]["AttributeKey"] == "EventName";
    let Some(name) = attributes[0]["AttributeValue"].as_str().filter(|_| by_name) else {
        return Answer::Unknown("events are looked up by one name".to_owned());
    };
    let never = || Answer::Unknown("AWS never answers that a listing is absent".to_owned());
    Answer::slot(account.here().event_history.get(name), never, |history| {
        let within =
            history.events.iter().filter(|event| is_within(event.event_time, &call.params));
        let events: Vec<Value> = within.map(as_aws_shows).collect();
        Answer::list(&["Events"], events, TRAILS).map_list(|list| list.more = history.more)
    })
}

pub(super) fn list_rules(account: &Account<'_>, _: &Call) -> Answer {
    Answer::listed(&account.here().event_rules, |rules| {
        Answer::list(&["Rules"], rules.values().map(as_aws_shows).collect(), RULES)
    })
}

pub(super) fn list_targets_by_rule(account: &Account<'_>, call: &Call) -> Answer {
    let name = call.text("Rule");
    let not_found = || {
        let message = format!("Rule {name} does not exist on EventBus default.");
        Answer::missing(400, "ResourceNotFoundException", message)
    };
    let rule = account.here().event_rules.seen().and_then(|rules| rules.get(name));
    let Some(rule) = rule else { return not_found() };
    Answer::slot(Some(&rule.targets), not_found, |targets| {
        let shown = targets.iter().map(|(id, to)| {
            let mut shown = json!({ "Id": id, "Arn": to.arn, "RoleArn": to.role_arn });
            for field in &to.unread {
                shown[field] = match field.as_str() {
                    "InputTransformer" => json!({ "InputTemplate": "\"\"" }),
                    _ => json!("\"\""),
                };
            }
            shown
        });
        Answer::list(&["Targets"], shown.collect(), RULES)
    })
}

/// Whether a time lies between the `StartTime` and `EndTime` that a call may name.
pub(super) fn is_within(time: Timestamp, params: &Value) -> bool {
    let time = time.as_duration().as_secs_f64();
    let start = params["StartTime"].as_f64().is_none_or(|start| start <= time);
    start && params["EndTime"].as_f64().is_none_or(|end| time <= end)
}
