//! Each read denied, in each scenario: nothing passes because nobody could look.

use std::collections::{BTreeMap, BTreeSet};

use secmon_core::baseline::BaselineEntry;
use secmon_core::finding::Stage;
use secmon_core::report::{EntryReport, Status, Verdict};
use secmon_core::route::{Pins, next_reads};
use secmon_core::snapshot::{Observations, Snapshot};
use secmon_lab::world::{Denial, Scenario, View, World};

use super::judge::{each, seen, view, with};

/// Reads that warn, explain or prove, and on which no verdict hangs.
const OF_EVIDENCE: &[&str] =
    &["cloudtrail:ListTrails", "logs:TestMetricFilter", "s3:GetBucketPolicy"];

/// The actions that a look at a scenario takes: what is asked for at any moment of it.
fn actions(scenario: &Scenario) -> BTreeSet<&'static str> {
    let (entry, pins) = (BaselineEntry::secret_access(), Pins::default());
    let asked = scenario.asked().unwrap();
    let whole = scenario.world().unwrap().project(&asked, &entry, &pins, &view(scenario));
    // One slot emptied is one read to be made again.
    let mut actions = BTreeSet::new();
    let mut note = |snapshot: &Snapshot| {
        actions.extend(next_reads(snapshot, &entry, &pins).iter().map(|read| read.what.action()));
    };
    for target in whole.targets.keys() {
        for empty in EMPTY {
            let mut without = whole.clone();
            empty(without.targets.get_mut(target).unwrap());
            note(&without);
        }
    }
    note(&Snapshot { pattern_tests: Default::default(), ..whole.clone() });
    actions
}

/// Ways to have read less.
const EMPTY: &[fn(&mut Observations)] = &[
    |at| *at = Observations::default(),
    |at| at.secrets.clear(),
    |at| at.topics.clear(),
    |at| at.keys.clear(),
    |at| at.roles.clear(),
    |at| at.buckets.clear(),
    |at| at.alarm_histories.clear(),
    |at| at.incoming_log_events.clear(),
    |at| at.event_history.clear(),
    |at| {
        for trail in at.trails.seen_mut().into_iter().flat_map(|trails| trails.values_mut()) {
            trail.status = Default::default();
            trail.selectors = Default::default();
        }
    },
    |at| {
        for topic in at.topics.values_mut() {
            let all = topic.subscriptions.seen_mut().into_iter();
            for subscription in all.flat_map(|all| all.values_mut()) {
                subscription.attributes = Default::default();
            }
        }
    },
    |at| {
        for role in at.roles.values_mut() {
            for policy in
                role.inline_policies.seen_mut().into_iter().flat_map(|all| all.values_mut())
            {
                *policy = Default::default();
            }
            for policy in
                role.attached_policies.seen_mut().into_iter().flat_map(|all| all.values_mut())
            {
                *policy = Default::default();
            }
        }
    },
    |at| {
        for key in at.keys.values_mut() {
            key.policy = Default::default();
        }
    },
    |at| {
        for rule in at.alarm_mute_rules.seen_mut().into_iter().flat_map(|all| all.values_mut()) {
            rule.targets = Default::default();
        }
        for rule in at.event_rules.seen_mut().into_iter().flat_map(|all| all.values_mut()) {
            rule.targets = Default::default();
        }
    },
];

#[test]
fn nothing_passes_because_a_read_is_denied() {
    let mut cases = Vec::new();
    for scenario in Scenario::all().unwrap() {
        // A crowd takes long, and none of it is on the way.
        if scenario.name != "busy" {
            cases.extend(actions(&scenario).into_iter().map(|action| (scenario.clone(), action)));
        }
    }
    let found = each(&cases, |(scenario, action)| {
        let (asked, view) = (scenario.asked().unwrap(), view(scenario));
        let mut world = scenario.world().unwrap();
        // The scenarios start from an account where all went well last night, which would clear what
        // nobody can see: what is shown to work is not looked at, unless that is the read in question.
        if *action != HISTORY {
            deny(&mut world, &view, HISTORY);
        }
        let before = seen(&world, &asked, &view);
        deny(&mut world, &view, action);
        let after = seen(&world, &asked, &view);
        (before.verdict != after.verdict, wrong(&before, &after, action))
    });
    let mut matters: BTreeMap<&str, bool> = BTreeMap::new();
    let mut all = Vec::new();
    for ((scenario, action), (changed, wrong)) in cases.iter().zip(found) {
        *matters.entry(action).or_default() |= changed;
        all.extend(wrong.map(|wrong| format!("{} without {action}: {wrong}", scenario.name)));
    }
    assert!(all.is_empty(), "{} of {}\n{}", all.len(), cases.len(), all.join("\n"));
    let idle: Vec<&str> =
        matters.iter().filter(|(_, matters)| !**matters).map(|it| *it.0).collect();
    assert_eq!(idle, OF_EVIDENCE, "these reads decide nothing");
    println!("{} cases, {} actions", cases.len(), matters.len());
}

/// What tells that it went well last night.
const HISTORY: &str = "cloudwatch:DescribeAlarmHistory";

fn deny(world: &mut World, view: &View, action: &str) {
    for account in &view.accounts {
        for region in ["eu-west-1", "us-east-1"] {
            let target = format!("{account}/{region}").try_into().unwrap();
            let action = action.to_owned();
            world.deny(Denial { target, action, resource: None, failure: None });
        }
    }
}

/// What is wrong with a report that could see less than another.
fn wrong(before: &EntryReport, after: &EntryReport, action: &str) -> Option<String> {
    // What was read may have raised a doubt that no setting does; without it there is none.
    let mut in_doubt = before.with(Status::Fail).chain(before.with(Status::Unknown));
    let of_evidence =
        before.verdict == Verdict::CannotTell && in_doubt.all(|check| check.stage == Stage::Proof);
    if of_evidence && after.verdict == Verdict::Yes {
        return None;
    }
    if after.verdict != before.verdict && after.verdict != Verdict::CannotTell {
        return Some(format!("{} became {}", before.verdict, after.verdict));
    }
    let named =
        after.checks.iter().filter_map(|check| check.unseen.as_ref()).any(|unseen| {
            unseen.denied.as_deref() == Some(action) || unseen.reason.contains(action)
        });
    let other = after.other_ways.iter().any(|way| format!("{way:?}").contains(action));
    if after.verdict != before.verdict && !named && !other {
        return Some(format!("{} became {}, and nobody says why", before.verdict, after.verdict));
    }
    let passed = with(after, Status::Pass);
    let doubted = with(before, Status::Fail).into_iter().chain(with(before, Status::Unknown));
    // Of another node another thing may be true.
    let same = |id: &&str| {
        let needs = secmon_checks::find(id).unwrap().needs.iter();
        needs.clone().all(|link| before.chain.node_key(*link) == after.chain.node_key(*link))
    };
    let cleared: Vec<&str> = doubted.filter(|id| passed.contains(id)).filter(same).collect();
    (!cleared.is_empty()).then(|| format!("{cleared:?} passed"))
}
