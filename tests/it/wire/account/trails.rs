//! CloudTrail's trails.

use secmon_core::snapshot::{Observed, Trail};
use serde_json::{Value, json};

use super::super::answer::{Answer, TRAILS, as_aws_shows};
use super::super::call::Call;
use super::Account;

/// Without names: what shows in the Region, shadow trails included. With names: these.
pub(super) fn describe_trails(account: &Account<'_>, call: &Call) -> Answer {
    let listed = |trails: Vec<&Trail>| {
        let trails: Vec<Value> = trails.into_iter().map(as_aws_shows).collect();
        Answer::Fields(json!({ "trailList": trails }))
    };
    let Some(names) = call.params["trailNameList"].as_array().filter(|names| !names.is_empty())
    else {
        let shadows = call.params["includeShadowTrails"].as_bool().unwrap_or(true);
        return Answer::listed(&account.here().trails, |trails| {
            let home = account.target.region.as_str();
            listed(trails.values().filter(|trail| shadows || trail.home_region == home).collect())
        });
    };
    let mut found = Vec::new();
    for name in names.iter().filter_map(Value::as_str) {
        match find(account, name) {
            // Unlike GetTrailStatus, DescribeTrails leaves out what does not exist.
            None | Some(Observed::Absent) => {}
            Some(Observed::Seen(trail)) => found.push(trail),
            Some(other) => return Answer::listed(&other, |_| unreachable!("it was not seen")),
        }
    }
    listed(found)
}

/// Every trail of the account that the snapshot knows from here.
pub(super) fn list_trails(account: &Account<'_>, _: &Call) -> Answer {
    let here = account.here();
    Answer::listed(&here.trails_elsewhere, |elsewhere| {
        let shown = here.trails.seen().into_iter().flatten();
        let shown = shown.map(|(arn, trail)| (arn, trail.home_region.as_str()));
        let others = elsewhere.keys().map(|arn| (arn, arn.region()));
        let info = |(arn, home): (&secmon_core::snapshot::Arn, &str)| json!({ "TrailARN": arn, "Name": arn.name(), "HomeRegion": home });
        Answer::list(&["Trails"], shown.chain(others).map(info).collect(), TRAILS)
    })
}

/// The legacy fields are always there, empty.
pub(super) fn get_trail_status(account: &Account<'_>, call: &Call) -> Answer {
    of_trail(account, call.text("Name"), |trail| {
        Answer::slot(
            Some(&trail.status),
            || not_found(account, call.text("Name")),
            |status| {
                let mut fields = as_aws_shows(status);
                for legacy in [
                    "LatestDeliveryAttemptTime",
                    "LatestNotificationAttemptTime",
                    "LatestNotificationAttemptSucceeded",
                    "LatestDeliveryAttemptSucceeded",
                    "TimeLoggingStarted",
                    "TimeLoggingStopped",
                ] {
                    fields[legacy] = json!("");
                }
                Answer::Fields(fields)
            },
        )
    })
}

pub(super) fn get_event_selectors(account: &Account<'_>, call: &Call) -> Answer {
    of_trail(account, call.text("TrailName"), |trail| {
        let absent = || not_found(account, call.text("TrailName"));
        Answer::slot(Some(&trail.selectors), absent, |selectors| {
            let mut fields = as_aws_shows(selectors);
            fields["TrailARN"] = json!(trail.trail_arn);
            Answer::Fields(fields)
        })
    })
}

fn of_trail(account: &Account<'_>, name: &str, answer: impl FnOnce(&Trail) -> Answer) -> Answer {
    match find(account, name) {
        Some(Observed::Seen(trail)) if trail.home_region == account.target.region.as_str() => {
            answer(trail)
        }
        Some(Observed::Seen(trail)) => Answer::Unknown(format!(
            "trail {} is asked about in {}, not in its home Region {}",
            trail.name, account.target.region, trail.home_region
        )),
        _ => not_found(account, name),
    }
}

fn not_found(account: &Account<'_>, name: &str) -> Answer {
    let message = format!("Unknown trail: {name} for the user: {}", account.target.account);
    Answer::missing(400, "TrailNotFoundException", message)
}

/// A trail by name or ARN, wherever the snapshot holds it. Trails of an organisation belong to
/// another account than the one that sees them.
fn find<'a>(account: &Account<'a>, name: &str) -> Option<Observed<&'a Trail>> {
    let places = || account.snapshot.targets.values();
    let shown = places().find_map(|seen| {
        let mut trails = seen.trails.seen()?.values();
        trails.find(|trail| trail.trail_arn == *name || trail.name == name)
    });
    shown.map(Observed::Seen).or_else(|| {
        places().find_map(|seen| {
            let mut trails = seen.trails_elsewhere.seen()?.iter();
            let (_, slot) = trails.find(|(arn, _)| **arn == *name || arn.name() == name)?;
            Some(slot.as_ref())
        })
    })
}
