//! The peer suite: `secmon` against ministack, a server that nobody here wrote.
//!
//! What it speaks was decided by people who have never seen this program, so a misreading that our
//! own loopback server would share with our own collector shows here. It is not AWS, though. Where
//! it differs, and what the doctor must therefore say of a chain that would be healthy on AWS:
//!
//! | ministack 1.5.33 | the doctor |
//! | --- | --- |
//! | `CreateTrail` drops group and role; `UpdateTrail` keeps them | `trail-names-a-log-group` fails until `UpdateTrail` was called |
//! | delivers nothing to the group, `GetTrailStatus` has no delivery times | `trail-delivers-to-log-group` unknown: the trail was started a moment ago |
//! | knows no `TestMetricFilter` | secmon reads the pattern by itself; `filter-pattern-is-understood` not applicable |
//! | knows no `ListAlarmMuteRules` | `alarm-is-not-muted` unknown |
//! | writes no action into an alarm's history | `last-alarm-action-succeeded` not applicable |
//! | confirms email at once; HTTP stays pending, and is listed with a full ARN instead of `PendingConfirmation` | only `GetSubscriptionAttributes` shows it |
//! | `LookupEvents` gives 50 events at most and no token | nothing: the newest are enough |
//! | `ListTrails` leaves out single-Region trails of other Regions | such a trail does not exist for the doctor |
//! | has no key behind `alias/aws/sns` | nothing: the alias alone says that alarms are lost |

mod account;
mod broken;
mod crowded;
mod install;
mod lab;
mod permissions;
mod run;
mod server;
mod set_up;
mod whole;
