//! What no capture and no page establishes.
//!
//! Each open question is a named hypothesis with at least two settings. The world consults it where
//! its answer matters and notes that it did; whoever wants the truth plays every setting.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{cloudtrail, cloudwatch, events, logs, secretsmanager, sns};

/// An open question about AWS.
#[derive(Debug, PartialEq, Eq)]
pub struct Hypothesis {
    /// Its name, such as `disabled-log-group-key`.
    pub id: &'static str,
    /// The question in one sentence.
    pub question: &'static str,
    /// The answers it may have: a name and a sentence each. The first is the default.
    pub settings: &'static [(&'static str, &'static str)],
    /// Why it is open, and what is known.
    pub known: &'static str,
}

/// The settings in force, and which hypotheses were consulted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hypotheses {
    /// By id; absent: the first setting.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
    /// Ids of those that mattered so far.
    #[serde(default)]
    pub consulted: BTreeSet<String>,
}

impl Hypotheses {
    /// The setting in force; notes that it mattered.
    pub(super) fn consult(&mut self, hypothesis: &'static Hypothesis) -> &'static str {
        self.consulted.insert(hypothesis.id.to_owned());
        self.setting(hypothesis)
    }

    /// The setting in force, where it may not matter: who finds that it does consults.
    pub(super) fn setting(&self, hypothesis: &'static Hypothesis) -> &'static str {
        let set = self.set.get(hypothesis.id);
        let known =
            hypothesis.settings.iter().find(|(name, _)| Some(*name) == set.map(String::as_str));
        known.or(hypothesis.settings.first()).map_or("", |(name, _)| name)
    }
}

/// Every hypothesis, by id.
pub static HYPOTHESES: &[&Hypothesis] = &[
    &cloudwatch::ALARM_EVALUATION_RANGE,
    &cloudwatch::ALARM_NEWEST_PERIOD,
    &cloudwatch::ALARM_NOT_MODELLED,
    &secretsmanager::BATCH_BY_FILTERS,
    &sns::CROSS_REGION_ACTION,
    &cloudtrail::DELIVERY_ROLE_SOURCE,
    &events::EVENT_RULE_DELIVERY,
    &cloudwatch::FAILED_ACTION_TEXT,
    &logs::FIELD_SELECTION_DOUBT,
    &logs::FILTER_CARDINALITY,
    &sns::FILTER_POLICY_BODY,
    &sns::FILTER_POLICY_DOUBT,
    &cloudwatch::LAMBDA_ACTION,
    &sns::LAMBDA_SUBSCRIBER,
    &cloudwatch::LOG_ALARM,
    &logs::LOG_GROUP_KEY_DISABLED,
    &cloudtrail::OPT_IN_HOME,
    &cloudwatch::MUTED_ACTION_HISTORY,
    &logs::PATTERN_DOUBT,
    &sns::POLICY_CONDITION_DOUBT,
    &cloudtrail::SELECTOR_FIELD,
    &logs::TRANSFORMED_EVENT,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_is_in_order_and_each_question_is_open() {
        assert!(HYPOTHESES.is_sorted_by(|a, b| a.id < b.id));
        for hypothesis in HYPOTHESES {
            let names: BTreeSet<&str> = hypothesis.settings.iter().map(|(name, _)| *name).collect();
            assert!(names.len() >= 2, "{}", hypothesis.id);
            assert_eq!(names.len(), hypothesis.settings.len(), "{}", hypothesis.id);
            assert!(hypothesis.question.ends_with('?'), "{}", hypothesis.question);
        }
    }
}
