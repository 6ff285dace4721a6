//! Mute rules: windows in which alarms change their state and do nothing about it.

use jiff::Timestamp;
use secmon_core::snapshot::{AlarmMuteRule, AlarmMuteSchedule, Arn, Observed, Target};
use serde::Deserialize;
use serde_json::{Value, json};

use super::schedule::Schedule as _;
use super::tag::{Tag, checked_tags};
use super::{StoredMuteRule, listing, refused};
use crate::world::World;
use crate::world::call::{ApiError, Call};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutAlarmMuteRule {
    name: String,
    description: Option<String>,
    rule: Rule,
    mute_targets: Option<MuteTargets>,
    #[serde(default)]
    tags: Vec<Tag>,
    start_date: Option<Timestamp>,
    expire_date: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rule {
    schedule: AlarmMuteSchedule,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MuteTargets {
    alarm_names: Vec<String>,
}

impl StoredMuteRule {
    pub(in crate::world) fn targets(&self) -> &[String] {
        self.rule.targets.seen().map_or(&[], Vec::as_slice)
    }

    /// Until when it mutes, if it does. Of a rule whose schedule is not known the status that was
    /// seen stands until the rule expires.
    fn mutes_until(&self, now: Timestamp) -> Option<Timestamp> {
        if self.rule.expire_date.is_some_and(|end| end <= now) {
            return None;
        }
        let end = match &self.rule.schedule {
            None if self.rule.status == "ACTIVE" => Timestamp::MAX,
            None => return None,
            Some(schedule) => {
                let (start, end) = schedule.window(now)?;
                if self.rule.start_date.is_some_and(|first| start < first && now < first) {
                    return None;
                }
                end
            }
        };
        Some(self.rule.expire_date.map_or(end, |expires| expires.min(end)))
    }

    pub(in crate::world) fn status(&self, now: Timestamp) -> &str {
        let over = self.rule.schedule.as_ref().is_some_and(|schedule| schedule.is_over(now));
        if over || self.rule.expire_date.is_some_and(|end| end <= now) {
            return "EXPIRED";
        }
        match &self.rule.schedule {
            None => &self.rule.status,
            Some(_) if self.mutes_until(now).is_some() => "ACTIVE",
            Some(_) => "SCHEDULED",
        }
    }

    fn summary(&self, now: Timestamp) -> Value {
        let mut summary = json!({
            "AlarmMuteRuleArn": self.rule.alarm_mute_rule_arn,
            "Status": self.status(now),
            "MuteType": self.mute_type(),
            "LastUpdatedTimestamp": self.updated,
        });
        if let Some(date) = self.rule.expire_date {
            summary["ExpireDate"] = json!(date);
        }
        summary
    }

    fn mute_type(&self) -> &'static str {
        match &self.rule.schedule {
            Some(schedule) if schedule.expression.trim_start().starts_with("at") => "ONE_TIME",
            _ => "RECURRING",
        }
    }
}

impl World {
    /// Until when an alarm's actions are muted; of several rules the one that mutes longest counts.
    pub(super) fn muted_until(&self, target: &Target, alarm: &str) -> Option<Timestamp> {
        let rules = self.place(target).cloudwatch.mute_rules.values();
        let theirs = rules.filter(|rule| rule.targets().iter().any(|name| name == alarm));
        theirs.filter_map(|rule| rule.mutes_until(self.now)).max()
    }

    pub(super) fn put_alarm_mute_rule(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: PutAlarmMuteRule = call.input()?;
        let tags = checked_tags(input.tags)?;
        let target = &call.target;
        if let Some(fault) = input.rule.schedule.fault() {
            return Err(refused(fault));
        }
        if input.expire_date.is_some_and(|end| input.start_date.is_some_and(|start| end <= start)) {
            return Err(refused("ExpireDate must be after StartDate"));
        }
        let names = input.mute_targets.map(|targets| targets.alarm_names).unwrap_or_default();
        // "The alarm names must match existing alarms in your account and region."
        let missing: Vec<&str> = names
            .iter()
            .map(String::as_str)
            .filter(|name| self.alarm(target, name).is_none())
            .collect();
        if !missing.is_empty() {
            return Err(refused(format!("Alarms [{}] do not exist", missing.join(", "))));
        }
        let arn = mute_rule_arn(target, &input.name);
        let (now, known) = (self.now, self.place(target).cloudwatch.mute_rules.get(&input.name));
        let before: Vec<String> = known.map(|it| it.targets().to_vec()).unwrap_or_default();
        let is_new = known.is_none();
        let rule = AlarmMuteRule {
            alarm_mute_rule_arn: arn.clone(),
            status: "SCHEDULED".to_owned(),
            description: input.description,
            schedule: Some(input.rule.schedule),
            start_date: input.start_date,
            expire_date: input.expire_date,
            targets: Observed::Seen(names),
        };
        let stored = StoredMuteRule { rule, updated: now };
        let cloudwatch = &mut self.place_mut(target).cloudwatch;
        if is_new && !tags.is_empty() {
            cloudwatch.tags.insert(arn, tags);
        }
        cloudwatch.mute_rules.insert(input.name, stored);
        self.release_all(target, before);
        Ok(json!({}))
    }

    pub(super) fn get_alarm_mute_rule(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = call.text("AlarmMuteRuleName").unwrap_or_default();
        let Some(stored) = self.place(&call.target).cloudwatch.mute_rules.get(name) else {
            return Err(ApiError::new("ResourceNotFoundException", String::new()));
        };
        let mut answer = stored.summary(self.now);
        answer["Name"] = json!(name);
        if let Some(schedule) = &stored.rule.schedule {
            answer["Rule"] = json!({"Schedule": schedule});
        }
        if !stored.targets().is_empty() {
            answer["MuteTargets"] = json!({"AlarmNames": stored.targets()});
        }
        if let Some(description) = &stored.rule.description {
            answer["Description"] = json!(description);
        }
        if let Some(start) = stored.rule.start_date {
            answer["StartDate"] = json!(start);
        }
        Ok(answer)
    }

    pub(super) fn list_alarm_mute_rules(&mut self, call: &Call) -> Result<Value, ApiError> {
        let alarm = call.text("AlarmName");
        let statuses = call.params["Statuses"].as_array().cloned().unwrap_or_default();
        let rules = self.place(&call.target).cloudwatch.mute_rules.values();
        let wanted = rules.filter(|rule| {
            let status = rule.status(self.now);
            alarm.is_none_or(|alarm| rule.targets().iter().any(|name| name == alarm))
                && (statuses.is_empty() || statuses.iter().any(|wanted| wanted == status))
        });
        let items = wanted.map(|rule| rule.summary(self.now)).collect();
        listing(call, "AlarmMuteRuleSummaries", items, ("MaxRecords", 100))
    }

    /// What it held back is done at once.
    pub(super) fn delete_alarm_mute_rule(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = call.text("AlarmMuteRuleName").unwrap_or_default();
        let cloudwatch = &mut self.place_mut(&call.target).cloudwatch;
        if let Some(stored) = cloudwatch.mute_rules.remove(name) {
            cloudwatch.tags.remove(&stored.rule.alarm_mute_rule_arn);
            self.release_all(&call.target, stored.targets().to_vec());
        }
        Ok(json!({}))
    }

    fn release_all(&mut self, target: &Target, alarms: Vec<String>) {
        for alarm in alarms {
            self.release_actions(target, &alarm);
        }
    }
}

fn mute_rule_arn(target: &Target, name: &str) -> Arn {
    Arn::of_resource("cloudwatch", target, &format!("alarm-mute-rule:{name}"))
}
