//! What is a name in which field.

use std::collections::{BTreeMap, BTreeSet};

use super::{text, words};
use crate::snapshot::{Dimension, Metric, Observations, Snapshot, Subscription, Trail};

/// What is found to be replaced, by what it is.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) names: BTreeMap<String, Kind>,
    /// Names of fields in JSON texts, and the account's API calls: not names, whatever is called so.
    pub(super) fields: BTreeSet<String>,
}

/// What a stand-in stands for, and so looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Account,
    Secret,
    SecretSuffix,
    Trail,
    LogGroup,
    Filter,
    Namespace,
    Metric,
    DimensionValue,
    Alarm,
    Topic,
    Key,
    Role,
    User,
    Policy,
    Bucket,
    Rule,
    Email,
    Phone,
    Url,
    Ip,
    Uuid,
    AccessKey,
    Organization,
    Other,
}

impl Found {
    /// Notes a name. What it was noted as first counts.
    pub(super) fn add(&mut self, kind: Kind, name: &str) {
        let is_arn = name.starts_with("arn:");
        let has_wildcard = name.contains('*');
        if name.chars().count() < 3 || is_arn || has_wildcard || words::is_of_aws(name) {
            return;
        }
        // What has the form of an id or an address keeps it, whatever it names.
        let kind = text::kind_by_form(name).unwrap_or(kind);
        self.names.entry(name.to_owned()).or_insert(kind);
    }

    /// Notes a secret by name, or by the part of its ARN that is its name and six characters.
    pub(super) fn add_secret(&mut self, resource: &str) {
        match resource.rsplit_once('-') {
            Some((name, suffix)) if is_suffix(suffix) => {
                self.add(Kind::Secret, name);
                self.add(Kind::SecretSuffix, suffix);
            }
            _ => self.add(Kind::Secret, resource),
        }
    }

    fn add_metric(&mut self, namespace: Option<&str>, name: Option<&str>) {
        // Namespaces that begin with AWS/ hold AWS's own metrics.
        if namespace.is_some_and(|namespace| namespace.starts_with("AWS/")) {
            return;
        }
        namespace.into_iter().for_each(|namespace| self.add(Kind::Namespace, namespace));
        name.into_iter().for_each(|name| self.add(Kind::Metric, name));
    }

    fn add_dimensions(&mut self, dimensions: &[Dimension]) {
        for dimension in dimensions {
            self.add(Kind::DimensionValue, &dimension.value);
        }
    }
}

fn is_suffix(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Notes what the fields of a snapshot name. In chain order: a log group that is called like its
/// trail gets the trail's stand-in.
pub(super) fn in_fields(snapshot: &Snapshot, found: &mut Found) {
    let names = snapshot.asked.iter().filter_map(|asked| asked.secret.as_deref());
    names.for_each(|name| found.add(Kind::Secret, name));
    for seen in snapshot.targets.values() {
        found.fields.extend(seen.event_history.keys().cloned());
        secrets_and_trails(seen, found);
        logs(seen, found);
        alarms(seen, found);
        let topics = seen.topics.values().filter_map(|topic| topic.subscriptions.seen());
        topics.flat_map(|all| all.values()).for_each(|one| subscription(one, found));
        let numbers = seen.sms.phone_numbers.seen().into_iter().flat_map(|all| all.keys());
        let numbers = numbers.chain(seen.sms.is_opted_out.keys());
        numbers.for_each(|number| found.add(Kind::Phone, number));
        access(seen, found);
        let tags = seen.tags.values().filter_map(|tags| tags.seen()).flatten();
        for (key, value) in tags {
            if !key.starts_with("aws:") {
                found.add(Kind::Other, key);
            }
            found.add(Kind::Other, value);
        }
    }
}

fn secrets_and_trails(seen: &Observations, found: &mut Found) {
    for (asked, secret) in &seen.secrets {
        found.add(Kind::Secret, asked);
        if let Some(secret) = secret.seen() {
            found.add(Kind::Secret, &secret.name);
        }
    }
    let here = seen.trails.seen().into_iter().flat_map(|trails| trails.values());
    let elsewhere = seen.trails_elsewhere.seen().into_iter().flat_map(|trails| trails.values());
    here.chain(elsewhere.filter_map(|trail| trail.seen())).for_each(|one| trail(one, found));
}

fn trail(trail: &Trail, found: &mut Found) {
    found.add(Kind::Trail, &trail.name);
    trail.s3_bucket_name.iter().for_each(|bucket| found.add(Kind::Bucket, bucket));
    trail.s3_key_prefix.iter().for_each(|prefix| found.add(Kind::Other, prefix));
    let selectors = trail.selectors.seen().into_iter().flat_map(|s| &s.advanced_event_selectors);
    selectors.filter_map(|one| one.name.as_ref()).for_each(|name| found.add(Kind::Other, name));
}

fn logs(seen: &Observations, found: &mut Found) {
    let groups = seen.log_groups.seen().into_iter().flat_map(|groups| groups.keys());
    groups.for_each(|group| found.add(Kind::LogGroup, group));
    for (group, filters) in seen.metric_filters.seen().into_iter().flatten() {
        found.add(Kind::LogGroup, group);
        for filter in filters.values() {
            found.add(Kind::Filter, &filter.filter_name);
            for metric in &filter.metric_transformations {
                found.add_metric(Some(&metric.metric_namespace), Some(&metric.metric_name));
            }
        }
    }
    let policies = seen.transformer_policies.seen().into_iter().flat_map(|all| all.keys());
    policies.for_each(|name| found.add(Kind::Policy, name));
    seen.transformers.keys().for_each(|group| found.add(Kind::LogGroup, group));
    seen.incoming_log_events.keys().for_each(|group| found.add(Kind::LogGroup, group));
    seen.filtered_log_events.keys().for_each(|group| found.add(Kind::LogGroup, group));
    for (group, filters) in &seen.filter_datapoints {
        found.add(Kind::LogGroup, group);
        filters.keys().for_each(|filter| found.add(Kind::Filter, filter));
    }
}

fn alarms(seen: &Observations, found: &mut Found) {
    seen.alarm_histories.keys().for_each(|alarm| found.add(Kind::Alarm, alarm));
    let rules = seen.alarm_mute_rules.seen().into_iter().flatten();
    for (name, rule) in rules {
        found.add(Kind::Rule, name);
        let muted = rule.targets.seen().into_iter().flatten();
        muted.for_each(|alarm| found.add(Kind::Alarm, alarm));
    }
    let Some(alarms) = seen.alarms.seen() else {
        return;
    };
    let others = alarms.composite_alarms.keys().chain(alarms.log_alarms.keys());
    others.for_each(|name| found.add(Kind::Alarm, name));
    let queries =
        alarms.log_alarms.values().filter_map(|alarm| alarm.scheduled_query_configuration.as_ref());
    for group in queries.flat_map(|query| &query.log_group_identifiers) {
        // An ARN is found by its form.
        if !group.starts_with("arn:") {
            found.add(Kind::LogGroup, group);
        }
    }
    for alarm in alarms.composite_alarms.values() {
        alarm.alarm_description.iter().for_each(|text| found.add(Kind::Other, text));
    }
    for (name, alarm) in &alarms.metric_alarms {
        found.add(Kind::Alarm, name);
        alarm.alarm_description.iter().for_each(|text| found.add(Kind::Other, text));
        found.add_metric(alarm.namespace.as_deref(), alarm.metric_name.as_deref());
        found.add_dimensions(&alarm.dimensions);
        for query in &alarm.metrics {
            query.label.iter().for_each(|label| found.add(Kind::Other, label));
            let metrics = query.metric_stat.iter().map(|stat| &stat.metric);
            metrics.for_each(|Metric { namespace, metric_name, dimensions }| {
                found.add_metric(namespace.as_deref(), metric_name.as_deref());
                found.add_dimensions(dimensions);
            });
        }
    }
}

fn subscription(subscription: &Subscription, found: &mut Found) {
    let kind = match subscription.protocol.as_str() {
        "email" | "email-json" => Kind::Email,
        "sms" => Kind::Phone,
        "http" | "https" => Kind::Url,
        _ => Kind::Other,
    };
    found.add(kind, &subscription.endpoint);
}

fn access(seen: &Observations, found: &mut Found) {
    seen.organization.seen().iter().for_each(|it| found.add(Kind::Other, &it.id));
    let grants = seen.keys.values().filter_map(|key| key.grants.seen()).flatten();
    grants.filter_map(|grant| grant.name.as_ref()).for_each(|name| found.add(Kind::Other, name));
    for key in seen.keys.keys() {
        if let Some(alias) = key.strip_prefix("alias/").filter(|_| !words::is_of_aws(key)) {
            found.add(Kind::Key, alias);
        }
    }
    let inline = seen.roles.values().filter_map(|role| role.inline_policies.seen());
    inline.flat_map(|all| all.keys()).for_each(|name| found.add(Kind::Policy, name));
    seen.buckets.keys().for_each(|bucket| found.add(Kind::Bucket, bucket));
    for (name, rule) in seen.event_rules.seen().into_iter().flatten() {
        found.add(Kind::Rule, name);
        rule.description.iter().for_each(|text| found.add(Kind::Other, text));
        let targets = rule.targets.seen().into_iter().flat_map(|targets| targets.keys());
        targets.for_each(|id| found.add(Kind::Other, id));
    }
    let histories = seen.event_history.values().filter_map(|history| history.seen());
    for event in histories.flat_map(|history| &history.events) {
        found.fields.insert(event.event_name.clone());
        event.username.iter().for_each(|user| found.add(Kind::User, user));
    }
}
