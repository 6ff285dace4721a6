//! Tags, wherever each service keeps its own.

use std::collections::BTreeMap;

use secmon_core::snapshot::{Arn, Observations, Observed, Target};
use serde_json::json;

use super::World;

type Tags = BTreeMap<String, String>;

/// As S3 keeps them.
const BUCKET_TAGGING: &str = "BucketTagging";

impl World {
    /// The tags of what an ARN names; `None` where it is not there, or a bucket without any.
    pub(super) fn tags_of(&self, arn: &Arn) -> Option<Tags> {
        match arn.service() {
            "s3" => {
                let (_, bucket) = self.bucket(arn.resource())?;
                let set = bucket.settings.get(BUCKET_TAGGING)?["TagSet"].as_array()?;
                let pair = |tag: &serde_json::Value| {
                    Some((tag["Key"].as_str()?.to_owned(), tag["Value"].as_str()?.to_owned()))
                };
                Some(set.iter().filter_map(pair).collect())
            }
            "iam" => {
                let account = self.account(&arn.account().parse().ok()?)?;
                Some(account.iam.roles.get(arn.name())?.tags.clone())
            }
            service => {
                let place = self.place(&arn.target()?);
                Some(match service {
                    "cloudtrail" => place.cloudtrail.trails.get(arn)?.tags.clone(),
                    "cloudwatch" => place.cloudwatch.tags.get(arn).cloned().unwrap_or_default(),
                    "events" => place.events.rules.get(arn.name())?.tags.clone(),
                    "kms" => place.kms.keys.get(key_id(arn))?.tags.clone(),
                    "logs" => place.logs.groups.get(arn.name())?.tags.clone(),
                    "secretsmanager" => self.secret(&arn.target()?, arn.as_str())?.tags.clone(),
                    "sns" => place.sns.topics.get(arn)?.tags.clone(),
                    _ => return None,
                })
            }
        }
    }

    /// What a snapshot says of tags.
    pub(super) fn load_tags(&mut self, seen: &Observations) {
        for (arn, tags) in &seen.tags {
            if let Observed::Seen(tags) = tags {
                let kept = self.set_tags(arn, tags.clone());
                debug_assert!(kept.is_some(), "{arn} is not there to be tagged");
            }
        }
    }

    fn set_tags(&mut self, arn: &Arn, tags: Tags) -> Option<()> {
        if arn.service() == "s3" {
            let mut accounts = self.accounts.values_mut();
            let bucket = accounts.find_map(|it| it.buckets.get_mut(arn.resource()))?;
            let pair = |(key, value): (&String, &String)| json!({"Key": key, "Value": value});
            let set: Vec<_> = tags.iter().map(pair).collect();
            bucket.settings.insert(BUCKET_TAGGING.to_owned(), json!({ "TagSet": set }));
            return Some(());
        }
        if arn.service() == "iam" {
            let account = self.account_mut(&arn.account().parse().ok()?);
            account.iam.roles.get_mut(arn.name())?.tags = tags;
            return Some(());
        }
        let target: Target = arn.target()?;
        let place = self.place_mut(&target);
        match arn.service() {
            "cloudtrail" => place.cloudtrail.trails.get_mut(arn)?.tags = tags,
            "cloudwatch" => drop(place.cloudwatch.tags.insert(arn.clone(), tags)),
            "events" => place.events.rules.get_mut(arn.name())?.tags = tags,
            "kms" => place.kms.keys.get_mut(key_id(arn))?.tags = tags,
            "logs" => place.logs.groups.get_mut(arn.name())?.tags = tags,
            "secretsmanager" => {
                let secrets = place.secretsmanager.secrets.values_mut();
                secrets.into_iter().find(|stored| stored.secret.arn == *arn)?.tags = tags;
            }
            "sns" => place.sns.topics.get_mut(arn)?.tags = tags,
            _ => return None,
        }
        Some(())
    }
}

fn key_id(arn: &Arn) -> &str {
    arn.resource().trim_start_matches("key/")
}
