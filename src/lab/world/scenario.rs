//! Accounts to start from: a healthy one, and the same with one edit, named after what it shows.
//!
//! A scenario is a TOML file: a title, the failure's id in the catalogue of failures, whether a read
//! is notified, and a merge-patch to the healthy account as on the checks' pages. What a patch says
//! was denied or failed is what the caller is refused; beneath it the account is as it was.
//!
//! `random-SEED` is the account made by chance that the seed decides.
//!
//! Half of its lines are names.

use std::borrow::Cow;
use std::collections::BTreeMap;

use secmon_core::snapshot::{
    Asked, IdError, Scenario as Edit, ScenarioError as EditError, Snapshot, Target,
};
use serde::Deserialize;
use serde_json::Value;

use super::World;
use super::call::Denial;
use super::chance::{Account, Recipe};
use super::crowd::Crowd;

/// Whether a read of the secret is notified. By an alarm that is in ALARM all the time it is not,
/// though the alarm may leave ALARM for a moment when somebody reads, and say ALARM again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Notified {
    /// In every setting of the hypotheses, and nothing that matters is hidden.
    Yes,
    /// In none.
    No,
    /// Some settings differ, or what matters is hidden.
    #[serde(rename = "cannot tell")]
    CannotTell,
}

impl Notified {
    /// In words: `yes`, `no` or `cannot tell`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::CannotTell => "cannot tell",
        }
    }
}

/// An account to start from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Scenario {
    /// The file's name, or `random-SEED`.
    #[serde(skip)]
    pub name: Cow<'static, str>,
    /// What it shows, in one line.
    pub title: String,
    /// The id of the failure in the catalogue, such as `A2`.
    pub failure: Option<String>,
    /// Whether a read is notified.
    pub notified: Notified,
    /// The roles with which it is looked at, should one account not see all.
    #[serde(default)]
    pub roles: Vec<String>,
    /// What no snapshot shows.
    #[serde(default)]
    hidden: Hidden,
    /// Of an account made by chance: what decides it.
    #[serde(skip)]
    seed: Option<u64>,
    #[serde(flatten)]
    edit: Edit,
}

/// What no snapshot shows.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Hidden {
    /// Events of the rest of the account in a minute; absent: 40 wherever a secret is asked about.
    traffic: BTreeMap<Target, u32>,
    organization: Option<super::organizations::Organization>,
    crowd: Option<Crowd>,
    /// Filters whose dimensions had too many values, by group.
    exhausted_filters: BTreeMap<Target, BTreeMap<String, String>>,
}

/// A scenario that cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// There is none of this name.
    #[error("there is no scenario {name}")]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// Not a scenario's TOML.
    #[error("scenario {name}: {error}")]
    Toml {
        /// Its name.
        name: String,
        /// What is wrong.
        error: toml::de::Error,
    },
    /// A made-up name is none.
    #[error(transparent)]
    Crowd(IdError),
    /// The edit does not fit the healthy account.
    #[error("scenario {name}: {error}")]
    Edit {
        /// Its name.
        name: String,
        /// What is wrong.
        error: EditError,
    },
}

macro_rules! scenarios {
    ($($name:literal)*) => {
        /// Name and text of every scenario, by name.
        static FILES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("scenarios/", $name, ".toml")))),*];
    };
}

scenarios! {
    "absent-and-unequal-pattern"
    "action-names-a-subscription"
    "actions-disabled"
    "advanced-write-only-trail"
    "alarm-on-another-namespace"
    "alarm-on-the-trails-topic"
    "alarm-with-a-dimension"
    "alarm-with-a-unit"
    "and-before-or"
    "average-statistic"
    "aws-managed-topic-key"
    "batch-call-not-watched"
    "batch-reads-left-out"
    "boolean-as-text"
    "breaching-missing-data"
    "bucket-delivery-fails"
    "bucket-in-another-region"
    "bucket-of-another-trail"
    "busy"
    "chat-service-by-https"
    "composite-notifies"
    "contradictory-pattern"
    "control-tower"
    "data-events-only-trail"
    "default-as-large-as-value"
    "default-trail-with-advanced-selectors"
    "delivery-role-deleted"
    "delivery-role-one-stream"
    "delivery-role-policy"
    "delivery-role-trust"
    "emitted-system-fields"
    "empty"
    "empty-without-secret"
    "event-rule-disabled"
    "event-rule-filter-policy"
    "event-rule-for-writes"
    "event-rule-just-enabled"
    "event-rule-key-condition"
    "event-rule-misses-reads"
    "event-rule-of-stopped-trail"
    "event-rule-to-a-function"
    "event-rule-topic-policy"
    "event-rule-with-a-role"
    "event-rule-without-target"
    "eventbridge-instead"
    "every-call-of-secrets-manager"
    "fifo-topic"
    "fifo-topic-with-a-queue"
    "filter-counts-everything"
    "filter-for-something-else"
    "filter-on-another-group"
    "filter-policy-on-attributes"
    "filter-policy-on-body"
    "filter-policy-with-wildcard"
    "filter-selects-another-region"
    "filter-selects-its-region"
    "filter-that-counts-no-more"
    "filter-with-a-dimension"
    "filter-with-many-dimensions"
    "four-hours-of-datapoints"
    "full-log-group"
    "greater-than-one"
    "healthy"
    "ignore-missing-data"
    "infrequent-access-group"
    "key-policy-denied"
    "key-policy-denied-and-proven"
    "kms-events-excluded"
    "lambda-only"
    "less-than-one"
    "log-alarm"
    "log-alarm-disabled"
    "log-alarm-misspelt"
    "log-alarm-of-unknown-query"
    "log-alarm-on-another-group"
    "log-alarm-wants-two"
    "log-file-key-disabled"
    "log-group-deleted"
    "log-group-key-disabled"
    "log-group-key-policy"
    "log-group-with-a-key"
    "message-dropped-by-filter-policy"
    "metric-math-alarm"
    "metric-math-of-sums"
    "minimum-statistic"
    "missed-reads"
    "misspelt-event-name"
    "muted-alarm"
    "never-read"
    "no-alarm"
    "no-alarm-action"
    "no-default-value"
    "no-log-file-validation"
    "no-log-group"
    "no-metric-filter"
    "no-subscription"
    "no-trail"
    "one-of-several-topics"
    "ops-item-only"
    "opt-in-home-region"
    "organisation"
    "pattern-by-name"
    "period-of-a-day"
    "period-of-ten-seconds"
    "queue-only"
    "read-lost-on-its-way"
    "replica-in-another-region"
    "role-of-another-organisation"
    "sample-count-statistic"
    "second-filter-on-the-metric"
    "secret-deleted"
    "secret-missing"
    "sms"
    "sms-opted-out"
    "sms-sandbox"
    "stack-owned-alarm"
    "stopped-trail"
    "stuck-in-alarm"
    "subscription-deleted"
    "successful-reads-only"
    "suppressed-composite"
    "term-pattern"
    "terraform-made-trail"
    "three-datapoints"
    "three-periods-of-ten-seconds"
    "threshold-zero"
    "topic-deleted"
    "topic-in-another-partition"
    "topic-in-another-region"
    "topic-in-ok-actions"
    "topic-key-missing"
    "topic-key-pending-deletion"
    "topic-key-policy"
    "topic-key-with-a-grant"
    "topic-policy-denies"
    "topic-policy-of-an-organisation"
    "topic-policy-of-an-organisational-unit"
    "topic-policy-of-another-alarm"
    "topic-policy-of-another-organisation"
    "topic-policy-of-another-service"
    "trail-of-another-region"
    "trails-own-topic"
    "transformer-takes-a-field-out"
    "transformer-to-ocsf"
    "two-days-of-datapoints"
    "two-faults"
    "two-trails"
    "unconfirmed-subscription"
    "unequal-on-missing-field"
    "value-of-missing-field"
    "wildcard-on-both-sides"
    "write-only-trail"
    "zero-metric-value"
}

/// How the names of accounts made by chance begin.
const BY_CHANCE: &str = "random-";

fn made(recipe: &Recipe) -> Result<Account, ScenarioError> {
    let error = |error: serde_json::Error| ScenarioError::Edit {
        name: format!("{BY_CHANCE}{}", recipe.seed),
        error: EditError::from(error),
    };
    recipe.account().map_err(error)
}

impl Scenario {
    /// The scenario of this name.
    pub fn named(name: &str) -> Result<Self, ScenarioError> {
        match FILES.iter().find(|(known, _)| *known == name) {
            Some((name, text)) => Self::read(name, text),
            None => match name.strip_prefix(BY_CHANCE).and_then(|seed| seed.parse().ok()) {
                Some(seed) => Self::by_chance(seed),
                None => Err(ScenarioError::Unknown { name: name.to_owned() }),
            },
        }
    }

    /// The account made by chance that a seed decides.
    fn by_chance(seed: u64) -> Result<Self, ScenarioError> {
        let recipe = Recipe::drawn(seed);
        let account = made(&recipe)?;
        Ok(Self {
            name: format!("{BY_CHANCE}{seed}").into(),
            title: recipe.to_string(),
            failure: None,
            notified: account.notified(),
            roles: account.roles,
            hidden: Hidden::default(),
            seed: Some(seed),
            edit: Edit { remove: Vec::new(), patch: serde_json::Map::new() },
        })
    }

    /// The account, should chance have made it.
    fn account(&self) -> Result<Option<Account>, ScenarioError> {
        self.seed.map(|seed| made(&Recipe::drawn(seed))).transpose()
    }

    /// The names of all scenarios.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FILES.iter().map(|(name, _)| *name)
    }

    /// Every scenario, by name.
    pub fn all() -> Result<Vec<Self>, ScenarioError> {
        FILES.iter().map(|(name, text)| Self::read(name, text)).collect()
    }

    fn read(name: &'static str, text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = toml::from_str(text)
            .map_err(|error| ScenarioError::Toml { name: name.to_owned(), error })?;
        Ok(Self { name: name.into(), ..scenario })
    }

    /// The healthy account, edited.
    fn snapshot(&self) -> Result<Snapshot, ScenarioError> {
        let edit_error = |error| ScenarioError::Edit { name: self.name.to_string(), error };
        let mut snapshot = self.edit.apply(&Snapshot::healthy()).map_err(edit_error)?;
        if let Some(crowd) = &self.hidden.crowd {
            crowd.join(&mut snapshot).map_err(ScenarioError::Crowd)?;
        }
        Ok(snapshot)
    }

    /// What is asked about.
    pub fn asked(&self) -> Result<Vec<Asked>, ScenarioError> {
        match self.account()? {
            Some(account) => Ok(account.asked),
            None => Ok(self.snapshot()?.asked),
        }
    }

    /// The account itself.
    pub fn world(&self) -> Result<World, ScenarioError> {
        if let Some(account) = self.account()? {
            return Ok(account.world);
        }
        let edit_error = |error| ScenarioError::Edit { name: self.name.to_string(), error };
        let json_error = |error: serde_json::Error| edit_error(EditError::from(error));
        let healthy = serde_json::to_value(Snapshot::healthy()).map_err(json_error)?;
        let mut seen = serde_json::to_value(self.snapshot()?).map_err(json_error)?;
        let mut denials = Vec::new();
        uncover(&mut seen, &healthy, &mut Vec::new(), &mut denials);
        let whole: Snapshot = serde_json::from_value(seen).map_err(json_error)?;
        let mut world = World::of_snapshot(&whole);
        world.denials = denials;
        world.organization = self.hidden.organization.clone();
        for (target, groups) in &self.hidden.exhausted_filters {
            for (group, filter) in groups {
                world.exhaust_filter(target, group, filter);
            }
        }
        let places = whole.asked.iter().map(|asked| asked.target.clone());
        let traffic = match self.hidden.traffic.is_empty() {
            true => places.map(|place| (place, 40)).collect(),
            false => self.hidden.traffic.clone(),
        };
        world.start(traffic);
        Ok(world)
    }
}

/// Puts back what lies beneath a read that is denied or fails, and notes the denial.
fn uncover(seen: &mut Value, healthy: &Value, path: &mut Vec<String>, denials: &mut Vec<Denial>) {
    match seen {
        Value::String(text) => {
            let denied = text.strip_prefix("denied: ").map(|action| (action.to_owned(), None));
            let failed = text.strip_prefix("failed: ").and_then(|reason| {
                // `failed: kms:GetKeyPolicy: no answer`
                let (service, rest) = reason.split_once(':')?;
                let (operation, why) = rest.split_once(": ")?;
                Some((format!("{service}:{operation}"), Some(why.to_owned())))
            });
            let Some((action, failure)) = denied.or(failed) else { return };
            let [_, target, slot, key, ..] = &path[..] else { return };
            let Ok(target) = Target::try_from(target.clone()) else { return };
            let by_key =
                ["secrets", "topics", "keys", "roles", "buckets", "alarm_histories", "tags"];
            let resource = match (slot.as_str(), key.as_str()) {
                (slot, key) if by_key.contains(&slot) => Some(key.to_owned()),
                (_, "seen") => path.get(4).cloned(),
                _ => None,
            };
            denials.push(Denial { target, action, resource, failure });
            *seen = healthy.clone();
        }
        Value::Object(members) => {
            for (name, member) in members {
                path.push(name.clone());
                uncover(member, &healthy[name.as_str()], path, denials);
                path.pop();
            }
        }
        _ => {}
    }
}
