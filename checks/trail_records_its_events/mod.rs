//! trail records its events

use secmon_core::baseline::Expect;
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Unseen, look};
use secmon_core::plan::Intent;
use secmon_core::route::{Context, Link};
use secmon_core::selector::{Recorded, RecordedEvent, records};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "trail-records-its-events",
    stage: Stage::Trail,
    title: "trail records its events",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Trail],
    changed_by: &["PutEventSelectors"],
    failures: &["T3", "T4"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let trail = context.trail()?;
    let selectors = look(&trail.selectors, format!("the event selectors of trail {}", trail.name))
        .map_err(|stop| {
            stop.hint("If they leave read-only management events out, no read is recorded.")
        })?;
    let mut doubt = None;
    for name in context.entry.event_names.iter().filter(|name| is_needed(context, name)) {
        let event = RecordedEvent {
            event_source: context.entry.event_source.clone(),
            ..RecordedEvent::secret_read(name)
        };
        match records(selectors, &event) {
            Recorded::Yes { .. } => {}
            Recorded::No { reason } => {
                let message = format!("Trail {} does not record {name}: {reason}.", trail.name);
                return Ok(Outcome::fail(
                    Finding::new(&trail.trail_arn, message)
                        .field(
                            "EventSelectors",
                            reason,
                            format!("read-only management events of {}", event.event_source),
                        )
                        .change(Intent::RecordManagementEvents {
                            trail: trail.trail_arn.clone(),
                            home_region: trail.home_region.clone(),
                        }),
                ));
            }
            Recorded::Unknown { reason } => {
                doubt.get_or_insert_with(|| {
                    let what = format!("whether trail {} records {name}", trail.name);
                    Unseen::because(what, reason)
                });
            }
        }
    }
    Ok(doubt.map_or(Outcome::Pass, Outcome::Unknown))
}

/// Whether some event that must raise the alarm has this name. A batch read is recorded as one
/// `GetSecretValue` for each secret besides the `BatchGetSecretValue` call, so losing the call
/// alone loses no read.
fn is_needed(context: &Context<'_>, event_name: &str) -> bool {
    let field = format!("\"eventName\":\"{event_name}\"");
    let mut messages = context.messages.iter();
    messages.any(|message| message.expect == Expect::Must && message.text.contains(&field))
}
