//! What was changed since, and what the settings say now.

use std::collections::BTreeSet;

use secmon_core::finding::{Outcome, Stage, Stop};
use secmon_core::report::{Since, since};
use secmon_core::route::{Chain, Context, Read, What};
use secmon_core::snapshot::{Event, Observed, Snapshot, Timestamp};

use super::lift;
use crate::Check;
use crate::history::lookup;

/// Whether a stretch was changed after something happened, by Event history.
pub(crate) enum Changes {
    /// Nobody changed it.
    None,
    /// Somebody did; the newest change.
    Made(Since),
    /// Event history was not asked yet: these looks would tell.
    NotAsked(BTreeSet<Read>),
    /// It was asked and does not tell: denied, or not read far enough back.
    NotTold,
}

/// Looks for calls of these names that mention one of the resources, after a time.
pub(crate) fn changes(
    snapshot: &Snapshot,
    chain: &Chain,
    stage: Stage,
    names: &[&str],
    resources: &[String],
    after: Timestamp,
) -> Changes {
    let mut newest: Option<Since> = None;
    let mut not_asked = BTreeSet::new();
    let mut told = true;
    for name in names {
        let read = lookup(chain, stage, name);
        let What::LookupEvents { event_name } = &read.what else { continue };
        match snapshot.at(&read.target).event_history.get(event_name) {
            None | Some(Observed::NotAsked) => {
                not_asked.insert(read);
            }
            Some(history) => {
                told &= history.seen().is_some_and(|history| {
                    let reaches = |oldest: &Event| oldest.event_time < after;
                    !history.more || history.events.last().is_some_and(reaches)
                });
                let made = resources
                    .iter()
                    .filter_map(|resource| since(snapshot, &read.target, &[name], resource));
                newest = made.chain(newest).max_by_key(|made| made.time);
            }
        }
    }
    match newest.filter(|made| made.time > after) {
        Some(made) => Changes::Made(made),
        None if !not_asked.is_empty() => Changes::NotAsked(not_asked),
        None if told => Changes::None,
        None => Changes::NotTold,
    }
}

/// What the settings of a stretch say.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settings {
    /// One of them is wrong.
    Wrong,
    /// One of them could not be seen, or is in doubt.
    Doubtful,
    /// They are right.
    Right,
}

/// What these checks say of the chain.
pub(crate) fn settings(context: &Context<'_>, checks: &[&Check]) -> Settings {
    let mut settings = Settings::Right;
    for check in checks {
        match lift(check, context, (check.run)(context)).judged {
            Ok(Outcome::Fail(_)) | Err(Stop::Skipped(_)) => return Settings::Wrong,
            Ok(Outcome::Unknown(_)) | Err(Stop::Unseen(_)) => settings = Settings::Doubtful,
            Ok(Outcome::Pass | Outcome::NotApplicable(_)) => {}
        }
    }
    settings
}
