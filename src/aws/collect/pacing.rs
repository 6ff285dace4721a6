//! No faster than AWS allows.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use secmon_core::snapshot::Target;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use crate::permissions::Call;

#[cfg(test)]
mod tests;

/// How many requests are under way at once.
const AT_ONCE: usize = 16;

/// The window in which calls are counted.
const WINDOW: Duration = Duration::from_secs(1);

/// How many of these calls AWS answers in a second, per account and Region, where it is few enough
/// to matter
/// ([CloudTrail](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html),
/// [CloudWatch Logs](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html),
/// [CloudWatch](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html)).
fn per_second(call: Call) -> Option<usize> {
    match call {
        Call::LookupEvents => Some(2),
        Call::TestMetricFilter | Call::DescribeMetricFilters => Some(5),
        Call::DescribeAlarms => Some(9),
        Call::DescribeLogGroups
        | Call::DescribeTrails
        | Call::ListTrails
        | Call::GetTrailStatus
        | Call::GetEventSelectors => Some(10),
        _ => None,
    }
}

/// What every call passes before it is sent.
pub(crate) struct Gate {
    at_once: Semaphore,
    /// Whether calls wait for their turn.
    paced: bool,
    starts: Mutex<BTreeMap<(Call, Target), VecDeque<Instant>>>,
}

impl Gate {
    /// A gate before AWS, or before a server at this address. One on this machine counts no calls.
    pub(crate) fn before(endpoint_url: Option<&str>) -> Self {
        let paced = !endpoint_url.is_some_and(is_loopback);
        Self { at_once: Semaphore::new(AT_ONCE), paced, starts: Mutex::default() }
    }

    /// Waits until this call may be sent; at most [`AT_ONCE`] hold the permit. One that waits for
    /// its turn of a slow call holds none.
    pub(super) async fn pass(&self, call: Call, target: &Target) -> Option<SemaphorePermit<'_>> {
        if let Some(limit) = per_second(call).filter(|_| self.paced) {
            sleep_until(self.turn(call, target, limit)).await;
        }
        self.at_once.acquire().await.ok()
    }

    /// Reserves the next moment at which fewer than `limit` calls started within the window.
    fn turn(&self, call: Call, target: &Target, limit: usize) -> Instant {
        let mut starts = self.starts.lock().unwrap_or_else(PoisonError::into_inner);
        let starts = starts.entry((call, target.clone())).or_default();
        let now = Instant::now();
        let turn = match starts.len().checked_sub(limit).and_then(|at| starts.get(at)) {
            Some(earlier) => now.max(*earlier + WINDOW),
            None => now,
        };
        starts.push_back(turn);
        if starts.len() > limit {
            starts.pop_front();
        }
        turn
    }
}

fn is_loopback(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    host == "localhost"
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
