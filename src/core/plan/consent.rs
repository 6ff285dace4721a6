//! What people have to agree to before a call is made.

use std::collections::BTreeSet;

use super::{Consent, Resource, Write};
use crate::snapshot::{Observed, Snapshot};

impl Write {
    /// What must be agreed to in an account that is seen like this; nothing: the call is safe.
    pub fn asks(&self, before: &Snapshot) -> BTreeSet<Consent> {
        use Consent::{Cost, Create, Mail, Resume, Widen};
        let made = |more: &[Consent]| {
            let is_new = self.resource().is_some_and(|resource| is_absent(&resource, before));
            let create = is_new.then_some(Create).into_iter();
            let more = more.iter().copied().filter(|_| is_new);
            create.chain(more).collect::<BTreeSet<_>>()
        };
        match self {
            Self::CreateSecret { .. }
            | Self::CreateKey { .. }
            | Self::CreateLogGroup { .. }
            | Self::CreateBucket { .. }
            | Self::CreateTrail { .. }
            | Self::PutDashboard { .. } => BTreeSet::from([Create, Cost]),
            Self::CreateRole { .. }
            | Self::CreateTopic { .. }
            | Self::PutPublicAccessBlock { .. }
            | Self::PutBucketEncryption { .. }
            | Self::PutBucketLifecycleConfiguration { .. }
            | Self::PutBucketTagging { .. } => BTreeSet::from([Create]),
            Self::PutMetricFilter { .. } => made(&[]),
            Self::PutMetricAlarm { target, alarm, .. } => {
                let alarms = before.at(target).alarms.seen();
                let was = alarms.and_then(|alarms| alarms.metric_alarms.get(&alarm.alarm_name));
                let Some(was) = was else { return made(&[Cost]) };
                let resumes = alarm.actions_enabled && !was.actions_enabled;
                let tells = alarm.alarm_actions.iter().any(|to| !was.alarm_actions.contains(to));
                let resume = resumes.then_some(Resume).into_iter();
                resume.chain(tells.then_some(Mail)).collect()
            }
            Self::UpdateTrail { set, .. }
                if set.cloud_watch_logs_log_group_arn.is_some()
                    || set.is_multi_region_trail == Some(true) =>
            {
                BTreeSet::from([Cost])
            }
            // Other people get its messages.
            Self::UpdateTrail { set, .. } if set.sns_topic_name.is_some() => BTreeSet::from([Mail]),
            Self::PutEventSelectors { .. } => BTreeSet::from([Cost]),
            Self::UpdateAssumeRolePolicy { .. }
            | Self::PutRolePolicy { .. }
            | Self::PutBucketPolicy { .. }
            | Self::PutKeyPolicy { .. }
            | Self::SetTopicAttributes { .. } => BTreeSet::from([Widen]),
            Self::Subscribe { .. }
            | Self::SetSubscriptionAttributes { .. }
            | Self::PutTargets { .. } => BTreeSet::from([Mail]),
            // Somebody stopped it, unless it was made a moment ago.
            Self::StartLogging { trail, .. } => {
                let trails = before.targets.values().filter_map(|at| at.trail(trail));
                let mut stopped = trails.filter_map(|trail| trail.status.seen()?.stop_logging_time);
                stopped.next().map(|_| Resume).into_iter().collect()
            }
            Self::RestoreSecret { .. }
            | Self::CancelKeyDeletion { .. }
            | Self::EnableKey { .. }
            | Self::EnableAlarmActions { .. }
            | Self::DeleteAlarmMuteRule { .. } => BTreeSet::from([Resume]),
            Self::PutRule { target, rule } => {
                let rules = before.at(target).event_rules.seen();
                let before = rules.and_then(|rules| rules.get(&rule.name));
                match before.is_some_and(|before| before.state != rule.state) {
                    true => BTreeSet::from([Resume]),
                    false => BTreeSet::new(),
                }
            }
            Self::PutCompositeAlarm { target, alarm } => {
                let alarms = before.at(target).alarms.seen();
                let was = alarms.and_then(|alarms| alarms.composite_alarms.get(&alarm.alarm_name));
                let Some(was) = was else { return BTreeSet::new() };
                let resumes = alarm.actions_enabled && !was.actions_enabled;
                let tells = alarm.alarm_actions.iter().any(|to| !was.alarm_actions.contains(to));
                let resume = resumes.then_some(Resume).into_iter();
                resume.chain(tells.then_some(Mail)).collect()
            }
            _ => BTreeSet::new(),
        }
    }

    /// What it costs, as AWS publishes it for us-east-1.
    /// <https://aws.amazon.com/cloudwatch/pricing/>, <https://aws.amazon.com/cloudtrail/pricing/>,
    /// <https://aws.amazon.com/kms/pricing/>, <https://aws.amazon.com/secrets-manager/pricing/>
    pub fn cost(&self, before: &Snapshot) -> Option<String> {
        let is_new = self.resource().is_some_and(|resource| is_absent(&resource, before));
        let cost = match self {
            Self::CreateSecret { .. } => "USD 0.40 per month and secret in us-east-1",
            Self::CreateKey { .. } => "USD 1.00 per month and key",
            Self::CreateLogGroup { .. } => {
                "log storage: USD 0.03 per GB and month in us-east-1, until its retention ends"
            }
            Self::CreateBucket { .. } => "log files: USD 0.023 per GB and month in us-east-1",
            Self::CreateTrail { .. } | Self::PutEventSelectors { .. } => {
                "the first copy of management events in a Region is free; each further copy costs USD \
                 2.00 per 100,000 events"
            }
            Self::UpdateTrail { set, .. } if set.cloud_watch_logs_log_group_arn.is_some() => {
                "CloudTrail events into CloudWatch Logs: USD 0.50 per GB in us-east-1"
            }
            Self::UpdateTrail { set, .. } if set.is_multi_region_trail == Some(true) => {
                "in Regions that another trail records already, each further copy costs USD 2.00 per \
                 100,000 management events"
            }
            Self::PutMetricAlarm { .. } if is_new => "USD 0.10 per month and alarm in us-east-1",
            Self::PutDashboard { .. } => "USD 3.00 per month and dashboard beyond the first three",
            _ => return None,
        };
        Some(cost.to_owned())
    }
}

fn is_absent(resource: &Resource, before: &Snapshot) -> bool {
    matches!(resource.configuration(before), Observed::Absent)
}
