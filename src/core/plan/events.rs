//! EventBridge: rules.

use super::steps::Draft;
use super::{Intent, RuleSetting, Write};
use crate::snapshot::{Snapshot, Target};

/// The rule with what is wished for; `PutRule` unsets what is not given, targets and tags aside.
pub(super) fn put_rule(
    target: &Target,
    name: &str,
    wishes: &[&Intent],
    snapshot: &Snapshot,
) -> Draft {
    let rules = snapshot.at(target).event_rules.seen();
    let Some(rule) = rules.and_then(|rules| rules.get(name)) else {
        return Draft::by_hand(format!(
            "Event rule {name} was not read, and putting it anew would replace all of it. Read it \
             first."
        ));
    };
    if let Some(service) = &rule.managed_by {
        return Draft::by_hand(format!(
            "Event rule {name} is managed by {service}: make a rule of your own beside it."
        ));
    }
    let mut put = rule.clone();
    for wish in wishes {
        if let Intent::SetEventRule { set, .. } = wish {
            match set {
                RuleSetting::State(wanted) => put.state = Some(wanted.clone()),
                RuleSetting::Pattern(wanted) => put.event_pattern = Some(wanted.clone()),
            }
        }
    }
    Draft::run(
        format!("Puts event rule {name} anew; its targets and whatever else it has stay."),
        Write::PutRule { target: target.clone(), rule: put },
    )
}
