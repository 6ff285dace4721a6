//! last alarm ran its actions

use secmon_core::action_history::{actions, newest_alarm};
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Unseen};
use secmon_core::route::{Context, Link};
use secmon_core::snapshot::Observed;

use crate::evidence::{Changes, Settings, changes, minute, settings};
use crate::{Check, alarm_actions_are_enabled, alarm_is_not_muted};

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "last-alarm-ran-its-actions",
    stage: Stage::Proof,
    title: "last alarm ran its actions",
    severity: Severity::High,
    effect: Effect::Disproves,
    needs: &[Link::Alarm],
    changed_by: &["PutAlarmMuteRule", "DeleteAlarmMuteRule"],
    failures: &["A7", "A10", "A11"],
    page: include_str!("README.md"),
    run,
};

/// Minutes after which an action that runs at all stands in the history; captured: some 40 ms.
const SOON: i64 = 5;

fn run(context: &Context<'_>) -> Judged {
    let publisher = context.publisher_label()?;
    let history = context.publisher_history()?;
    let nothing = |reason: String| Ok(Outcome::NotApplicable(reason));
    let Some(went) = newest_alarm(history) else {
        return nothing(format!("{publisher} did not go to ALARM in the last 30 days"));
    };
    if actions(history).iter().any(|action| action.time >= went) {
        return Ok(Outcome::Pass);
    }
    if context.snapshot.minutes_since(went) < SOON {
        return nothing(format!("{publisher} went to ALARM a moment ago"));
    }
    let update = history
        .iter()
        .any(|item| item.history_item_type == "ConfigurationUpdate" && item.timestamp > went);
    let configured = context.alarm()?.alarm_configuration_updated_timestamp;
    if update || configured.is_some_and(|time| time > went) {
        return nothing(format!("{publisher} was changed after it last went to ALARM"));
    }
    let has_actions = match context.composite()? {
        Some(above) => !above.alarm_actions.is_empty(),
        None => !context.alarm()?.alarm_actions.is_empty(),
    };
    if !has_actions {
        return nothing(format!("{publisher} has no action on ALARM"));
    }
    let when = minute(went);
    let arn = context.publisher_arn()?;
    let says = format!("{publisher} went to ALARM on {when} and ran no action");
    let checks = [&alarm_actions_are_enabled::CHECK, &alarm_is_not_muted::CHECK];
    if settings(context, &checks) == Settings::Wrong {
        let message = format!("{}{}.", says[..1].to_uppercase(), &says[1..]);
        return Ok(Outcome::fail(Finding::new(arn, message).between(Stage::Alarm, Stage::Topic)));
    }
    if let Some(now_and_then) = held_back_at_times(context)? {
        return nothing(format!("{says}, and {now_and_then} holds its actions back at times"));
    }
    let at = context.snapshot.at(&context.alarm_id()?.target);
    // Whoever deletes a rule names the rule and no alarm.
    let deleted = at.event_history.get("DeleteAlarmMuteRule").and_then(Observed::seen);
    let deletions = deleted.into_iter().flat_map(|history| &history.events);
    if let Some(deletion) = deletions.into_iter().find(|event| event.event_time > went) {
        let when = minute(deletion.event_time);
        return nothing(format!("{says}; a mute rule was deleted after that, on {when}"));
    }
    let rules = at.alarm_mute_rules.seen().into_iter().flatten();
    let mut resources: Vec<String> =
        rules.map(|(_, rule)| rule.alarm_mute_rule_arn.to_string()).collect();
    resources.push(context.alarm_id()?.notifying_alarm().to_owned());
    let (snapshot, chain) = (context.snapshot, context.chain);
    let reason = match changes(snapshot, chain, Stage::Alarm, CHECK.changed_by, &resources, went) {
        Changes::Made(change) => {
            let (by, event) = (change.by, change.event_name);
            return nothing(format!("{says}; {by} called {event} after that"));
        }
        Changes::NotAsked(_) | Changes::NotTold => {
            format!("{says}; whether it was muted then is not told")
        }
        Changes::None => format!("{says}, though nothing keeps its actions back"),
    };
    let what = format!("whether {publisher} still runs its actions");
    Ok(Outcome::Unknown(Unseen::because(what, reason).hint("The next alarm will show it.")))
}

/// A mute rule or a suppressor that does not hold the actions back now and may have done so.
fn held_back_at_times(context: &Context<'_>) -> Result<Option<String>, secmon_core::finding::Stop> {
    if let Some(suppressor) =
        context.composite()?.and_then(|above| above.actions_suppressor.as_deref())
    {
        return Ok(Some(format!("suppressor {suppressor}")));
    }
    let id = context.alarm_id()?;
    let rules = context.snapshot.at(&id.target).alarm_mute_rules.seen();
    let arn = context.publisher_arn()?;
    let may_mute = |targets: &Observed<Vec<String>>| {
        let names = |targets: &Vec<String>| {
            targets.iter().any(|target| target == id.notifying_alarm() || arn == target.as_str())
        };
        targets.seen().is_none_or(names)
    };
    let rule = rules.into_iter().flatten().find(|(_, rule)| may_mute(&rule.targets));
    Ok(rule.map(|(name, _)| format!("mute rule {name}")))
}
