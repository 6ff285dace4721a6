//! From a recorded event to the log group and the bucket, or to the error that GetTrailStatus shows.

use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use secmon_core::selector::{Coverage, Recorded as Selected, TrailScope, covers, records};
use secmon_core::snapshot::{Arn, Observed, Target, Trail, TrailStatus};
use serde_json::{Value, json};

use super::super::agenda::Due;
use super::super::call::{ApiError, Call};
use super::super::hypothesis::Hypothesis;
use super::super::logs::IngestRefusal;
use super::super::sns::Publication;
use super::super::{World, span};
use super::admission::CLOUDTRAIL;
use super::record::Record;
use super::{Recorded, TrailState};

/// How many events a trail keeps until they are delivered. CloudTrail tries a bucket again for 30
/// days; a world whose bucket refuses for long, or whose clock stands still, forgets the oldest.
const UNDELIVERED: usize = 20_000;

/// A selector asks for something that the event does not tell.
pub(in super::super) static SELECTOR_FIELD: Hypothesis = Hypothesis {
    id: "selector-on-unknown-field",
    question: "Does an advanced selector on a field that is documented for event data stores only \
               select management events of a trail?",
    settings: &[("no", "The event is not recorded."), ("yes", "The event is recorded.")],
    known: "AWS documents eventCategory, readOnly and eventSource for management events on trails.",
};

/// An organisation trail whose home Region needs opting in.
pub(in super::super) static OPT_IN_HOME: Hypothesis = Hypothesis {
    id: "member-opted-in-to-trail-home",
    question: "Has a member account opted in to the home Region of the organisation's trail?",
    settings: &[
        ("no", "The trail receives nothing of the member account."),
        ("yes", "The trail receives the member account's events."),
    ],
    known: "AWS documents that members which did not opt in send nothing; which did, the trail's \
            account cannot see.",
};

/// What a trail does with an event.
enum Takes {
    Yes,
    No,
}

impl World {
    /// Notes a call that was made, for Event history and the trails that record it.
    pub(in super::super) fn record_call(&mut self, call: &Call, answer: &Result<Value, ApiError>) {
        for record in self.events_of(call, answer) {
            self.hand_to_trails(&record);
            self.remember(&record);
            self.tell_event_bus(&record);
        }
    }

    /// EventBridge gets every management event that a logging trail of the account records in the
    /// Region.
    fn tell_event_bus(&mut self, record: &Record) {
        let recorded = self.recording(record);
        if recorded.is_empty() {
            return;
        }
        let source = record.json["eventSource"].as_str().unwrap_or_default();
        let source = format!("aws.{}", source.strip_suffix(".amazonaws.com").unwrap_or(source));
        let detail = record.json.clone();
        self.emit(&record.target, &source, "AWS API Call via CloudTrail", Vec::new(), detail);
    }

    /// The trails that record an event.
    fn recording(&mut self, record: &Record) -> Vec<Arn> {
        let trails: Vec<Arn> = self.trails().map(|(arn, _)| arn.clone()).collect();
        let takes = |arn: &Arn| matches!(self.takes(arn, record), Takes::Yes);
        trails.into_iter().filter(takes).collect()
    }

    /// Puts an event into every trail that records it.
    pub(super) fn hand_to_trails(&mut self, record: &Record) {
        for arn in self.recording(record) {
            let (now, target) = (self.now, record.target.clone());
            let Some(state) = self.trail_mut(&arn) else { continue };
            let recorded = Recorded { at: now, target, record: record.json.to_string() };
            let (first_unsent, first_unfiled) = (state.unsent.is_empty(), state.unfiled.is_empty());
            if state.trail.cloud_watch_logs_log_group_arn.is_some() {
                keep(&mut state.unsent, recorded.clone());
            }
            keep(&mut state.unfiled, recorded);
            let sends = !state.unsent.is_empty();
            if first_unsent && sends {
                let delay = self.settings.log_group_delivery;
                self.after(delay, Due::DeliverEvents { trail: arn.clone() });
            }
            if first_unfiled {
                let delay = self.settings.log_file_delivery;
                self.after(delay, Due::DeliverLogFile { trail: arn.clone() });
            }
        }
    }

    fn takes(&mut self, arn: &Arn, record: &Record) -> Takes {
        let Some(TrailState { trail, .. }) = self.trail(arn) else { return Takes::No };
        let status = trail.status.seen();
        let Some(status) = status.filter(|status| status.is_logging) else { return Takes::No };
        let warm = span(self.settings.trail_warm_up);
        if status.start_logging_time.is_some_and(|start| self.now.duration_since(start) < warm) {
            return Takes::No;
        }
        let Target { account, region } = &record.target;
        let owner = trail.trail_arn.account();
        if account.as_str() != owner && !self.is_member(account.as_str(), owner) {
            return Takes::No;
        }
        let global = matches!(
            record.json["eventSource"].as_str(),
            Some("iam.amazonaws.com" | "organizations.amazonaws.com")
        );
        if global && trail.include_global_service_events == Some(false) {
            return Takes::No;
        }
        let coverage = covers(&TrailScope::of(trail), region.as_str(), account.as_str());
        let selected = trail.selectors.seen().map(|s| records(s, &record.selected_by()));
        match coverage {
            Coverage::Yes { .. } => {}
            Coverage::No { .. } => return Takes::No,
            Coverage::Unknown { .. } => {
                if self.hypotheses.consult(&OPT_IN_HOME) == "no" {
                    return Takes::No;
                }
            }
        }
        match selected {
            Some(Selected::Yes { .. }) => Takes::Yes,
            Some(Selected::No { .. }) | None => Takes::No,
            Some(Selected::Unknown { .. }) => match self.hypotheses.consult(&SELECTOR_FIELD) {
                "yes" => Takes::Yes,
                _ => Takes::No,
            },
        }
    }

    /// CloudTrail sends to the log group what it recorded some time ago.
    pub(in super::super) fn deliver_events(&mut self, arn: &Arn) {
        let delay = span(self.settings.log_group_delivery);
        let now = self.now;
        let Some(state) = self.trail_mut(arn) else { return };
        let ripe = state.unsent.partition_point(|event| now.duration_since(event.at) >= delay);
        let events: Vec<Recorded> = state.unsent.drain(..ripe).collect();
        let next = state.unsent.first().map(|event| event.at);
        let trail = state.trail.clone();
        if let Some(next) = next {
            let at = next.checked_add(delay).unwrap_or(Timestamp::MAX);
            self.agenda.put(at, Due::DeliverEvents { trail: arn.clone() });
        }
        if events.is_empty() || trail.cloud_watch_logs_log_group_arn.is_none() {
            return;
        }
        let outcome = self.send(&trail, events);
        if let Some(status) = self.status_mut(arn) {
            match outcome {
                Ok(()) => {
                    status.latest_cloud_watch_logs_delivery_time = Some(now);
                    status.latest_cloud_watch_logs_delivery_error = None;
                }
                Err(reason) => status.latest_cloud_watch_logs_delivery_error = Some(reason),
            }
        }
    }

    /// Sends events to a trail's group. The texts of LatestCloudWatchLogsDeliveryError were never
    /// captured: these are what CloudTrail answers to the same faults when a group is set.
    fn send(&mut self, trail: &Trail, events: Vec<Recorded>) -> Result<(), String> {
        let mut by_stream: BTreeMap<String, Vec<(Timestamp, String)>> = BTreeMap::new();
        for event in events {
            let stream = stream_name(self.organisation_of(trail), &event.target.account, trail);
            let stream = format!("{stream}_{STREAM}");
            // The time of a log event is that of its delivery (captured).
            by_stream.entry(stream).or_default().push((self.now, event.record));
        }
        for (stream, events) in by_stream {
            let (group, target) = self.writes_to(trail, &stream)?;
            self.ingest(&target, &group, &stream, events).map_err(|refusal| match refusal {
                IngestRefusal::NoGroup => NO_GROUP.to_owned(),
                IngestRefusal::Key => NO_KEY.to_owned(),
            })?;
        }
        Ok(())
    }

    /// The id of the organisation, for trails of all its accounts.
    pub(super) fn organisation_of(&self, trail: &Trail) -> Option<&str> {
        trail.is_organization_trail.then(|| self.organization_id()).flatten()
    }

    /// CloudTrail writes what it recorded to the bucket: a file for each account and Region.
    pub(in super::super) fn deliver_log_file(&mut self, arn: &Arn) {
        let now = self.now;
        let Some(state) = self.trail_mut(arn) else { return };
        let trail = state.trail.clone();
        let events = std::mem::take(&mut state.unfiled);
        if events.is_empty() {
            return;
        }
        let mut files: BTreeMap<Target, Vec<Recorded>> = BTreeMap::new();
        for event in events {
            files.entry(event.target.clone()).or_default().push(event);
        }
        let (mut keys, mut left, mut trouble) = (Vec::new(), Vec::new(), None);
        for (target, events) in files {
            let key = self.log_file_key(&trail, &target);
            match self.write_log_file(&trail, &key, &events) {
                Ok(()) => keys.push(key),
                Err(code) => {
                    trouble = Some(code);
                    left.extend(events);
                }
            }
        }
        if let Some(status) = self.status_mut(arn) {
            if !keys.is_empty() {
                status.latest_delivery_time = Some(now);
            }
            status.latest_delivery_error = trouble;
        }
        if !left.is_empty() {
            if let Some(state) = self.trail_mut(arn) {
                let later = std::mem::replace(&mut state.unfiled, left);
                state.unfiled.extend(later);
            }
            let delay = self.settings.log_file_delivery;
            self.after(delay, Due::DeliverLogFile { trail: arn.clone() });
        }
        if !keys.is_empty() {
            self.notify_of_files(&trail, keys);
        }
    }

    fn write_log_file(
        &mut self,
        trail: &Trail,
        key: &str,
        events: &[Recorded],
    ) -> Result<(), String> {
        let bucket = trail.s3_bucket_name.clone().unwrap_or_default();
        self.log_file_key_works(trail)?;
        let source = &trail.trail_arn;
        self.service_may_on_bucket(&bucket, Some(key), "s3:PutObject", CLOUDTRAIL, source)?;
        let records: Vec<&str> = events.iter().map(|event| event.record.as_str()).collect();
        let text = format!("{{\"Records\":[{}]}}", records.join(","));
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        let packed = packed.write_all(text.as_bytes()).and_then(|()| packed.finish());
        let packed = packed.map_err(|error| error.to_string())?;
        self.service_puts_object(&bucket, key, packed, CLOUDTRAIL, source)
    }

    /// `[prefix/]AWSLogs/[o-…/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_TIME_….json.gz`
    fn log_file_key(&mut self, trail: &Trail, target: &Target) -> String {
        let Target { account, region } = target;
        let day = self.now.strftime("%Y/%m/%d");
        let time = self.now.strftime("%Y%m%dT%H%MZ");
        let folder = self.log_folder(trail, account.as_str());
        let letters = self.next_letters(16);
        format!("{folder}{region}/{day}/{account}_CloudTrail_{region}_{time}_{letters}.json.gz")
    }

    /// `[prefix/]AWSLogs/[o-…/]ACCOUNT/CloudTrail/`
    pub(super) fn log_folder(&self, trail: &Trail, account: &str) -> String {
        let prefix =
            trail.s3_key_prefix.as_ref().map_or_else(String::new, |prefix| format!("{prefix}/"));
        let organisation =
            self.organisation_of(trail).map_or_else(String::new, |id| format!("{id}/"));
        format!("{prefix}AWSLogs/{organisation}{account}/CloudTrail/")
    }

    /// One message for each batch of log files, to the trail's own topic.
    fn notify_of_files(&mut self, trail: &Trail, keys: Vec<String>) {
        let topic = trail.sns_topic_arn.as_ref().and_then(|topic| topic.parse::<Arn>().ok());
        let Some(topic) = topic else { return };
        let bucket = trail.s3_bucket_name.clone().unwrap_or_default();
        let refused = self
            .publish(Publication {
                service: "cloudtrail.amazonaws.com".to_owned(),
                source: trail.trail_arn.clone(),
                topic,
                subject: None,
                default: json!({ "s3Bucket": bucket, "s3ObjectKey": keys }).to_string(),
                email: None,
                sms: None,
                group: None,
            })
            .is_err();
        let now = self.now;
        if let Some(status) = self.status_mut(&trail.trail_arn) {
            if refused {
                status.latest_notification_error = Some("AuthorizationError".to_owned());
            } else {
                status.latest_notification_time = Some(now);
                status.latest_notification_error = None;
            }
        }
    }

    pub(super) fn status_mut(&mut self, arn: &Arn) -> Option<&mut TrailStatus> {
        match &mut self.trail_mut(arn)?.trail.status {
            Observed::Seen(status) => Some(status),
            _ => None,
        }
    }
}

/// Keeps an event, and now and then forgets the oldest.
fn keep(events: &mut Vec<Recorded>, event: Recorded) {
    events.push(event);
    if events.len() > UNDELIVERED + UNDELIVERED / 10 {
        events.drain(..events.len() - UNDELIVERED);
    }
}

pub(super) const NO_GROUP: &str =
    "Access denied. Verify in IAM that the role has adequate permissions.";
pub(super) const NO_KEY: &str = "The log group's KMS key cannot be used.";

/// The number at the end of the stream that gets the events. The stream without one, made when the
/// group is set, stays empty (captured 2026-09-13, where it was 3).
pub(super) const STREAM: u32 = 3;

/// `ACCOUNT_CloudTrail_REGION`, of an organisation `o-…_ACCOUNT_CloudTrail_REGION`.
pub(super) fn stream_name(
    organisation: Option<&str>,
    account: &secmon_core::snapshot::AccountId,
    trail: &Trail,
) -> String {
    let prefix = organisation.map_or_else(String::new, |id| format!("{id}_"));
    format!("{prefix}{account}_CloudTrail_{}", trail.home_region)
}
