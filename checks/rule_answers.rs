//! What the rule's event pattern makes of the events to try it on.

use secmon_core::baseline::Expect;
use secmon_core::finding::{Finding, Judged, Outcome, Stop, Unseen};
use secmon_core::plan::{Intent, RuleSetting};
use secmon_core::route::{Context, EventAnswers};
use secmon_core::snapshot::EventRule;

/// Passes if `wrong` says nothing of what the pattern makes of the events of one kind.
pub(crate) fn judge(
    context: &Context<'_>,
    expect: Expect,
    wrong: impl FnOnce(&[&str], &[&str]) -> Option<String>,
) -> Judged {
    let rule = context.rule()?;
    let answers = EventAnswers::about(rule, context.messages, expect);
    let matched: Vec<&str> = answers.matched.iter().map(|message| &message.says[..]).collect();
    let missed: Vec<&str> = answers.missed.iter().map(|message| &message.says[..]).collect();
    if let Some(says) = wrong(&matched, &missed) {
        return Ok(Outcome::fail(wrong_pattern(context, rule, &says)?));
    }
    match answers.unclear {
        Some(why) => Ok(Outcome::Unknown(
            Unseen::because(format!("what the pattern of event rule {} matches", rule.name), why)
                .hint("A pattern that misses reads shows no error anywhere."),
        )),
        None => Ok(Outcome::Pass),
    }
}

fn wrong_pattern(context: &Context<'_>, rule: &EventRule, says: &str) -> Result<Finding, Stop> {
    let (name, pattern) = (&rule.name, rule.event_pattern.as_deref().unwrap_or_default());
    let (id, wanted) = (context.rule_id()?, context.entry.event_pattern());
    let message = format!("Event rule {name} {says}. Its pattern is `{pattern}`.");
    let finding = Finding::new(&rule.arn, message).field("EventPattern", pattern, &wanted);
    Ok(finding.change(Intent::SetEventRule {
        target: id.target.clone(),
        rule: id.name.clone(),
        set: RuleSetting::Pattern(wanted),
    }))
}

#[cfg(test)]
pub(crate) mod tests {
    /// The pattern that gets every read and nothing else.
    pub(crate) const READS: &str = r#"{"source":["aws.secretsmanager"],"detail":{"eventName":["GetSecretValue","BatchGetSecretValue"]}}"#;

    /// The topic as target.
    pub(crate) const MAIL: &str =
        r#"{ seen = { mail = { Arn = "arn:aws:sns:eu-west-1:123456789012:security-alerts" } } }"#;

    /// The account with a rule of this pattern and these targets in place of the alarm; the topic
    /// admits it.
    pub(crate) fn rule(pattern: &str, targets: &str) -> String {
        format!(
            r#"remove = [
    "/targets/123456789012~1eu-west-1/alarms/seen/MetricAlarms/secret-read",
    "/targets/123456789012~1eu-west-1/topics/arn:aws:sns:eu-west-1:123456789012:security-alerts/attributes/seen/KmsMasterKeyId",
]
[targets."123456789012/eu-west-1".event_rules.seen.secret-read]
Name = "secret-read"
Arn = "arn:aws:events:eu-west-1:123456789012:rule/secret-read"
EventPattern = '{pattern}'
State = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
targets = {targets}
[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts".attributes.seen]
Policy = '{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"events.amazonaws.com"}},"Action":"sns:Publish","Resource":"*"}}]}}'
"#
        )
    }
}
