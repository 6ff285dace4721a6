//! Who read the secret: from the events of Event history to reads.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::Past;
use crate::baseline::BaselineEntry;
use crate::report::actor;
use crate::snapshot::{Asked, Event, Observed, Secret, Snapshot, Target, secret_name};

/// One read of a secret, or of several in one batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRead {
    /// When.
    pub time: Timestamp,
    /// `GetSecretValue` or `BatchGetSecretValue`.
    pub event_name: String,
    /// The id that all events of the call share.
    pub request_id: String,
    /// Who, in words: "role deploy (alice)".
    pub principal: String,
    /// Who, by ARN, where the event says.
    pub principal_arn: Option<String>,
    /// From where: an IP address, or the service that called.
    pub address: String,
    /// The secrets as the caller named them, sorted; none where the event does not say.
    pub secrets: Vec<String>,
    /// The error code of a call that got nothing.
    pub refused: Option<String>,
    /// The events as logged, those that could be read.
    pub(super) texts: Vec<String>,
    /// Error codes by secret, of those that the caller did not get.
    not_got: BTreeMap<String, String>,
}

/// An event with its members.
struct Logged<'a> {
    event: &'a Event,
    whole: Value,
}

impl Logged<'_> {
    fn text(&self, pointer: &str) -> Option<&str> {
        self.whole.pointer(pointer).and_then(Value::as_str)
    }

    /// The id of the call: the events of a batch carry the secret's id after it (captured).
    fn request_id(&self) -> &str {
        let id = self.text("/requestID").unwrap_or(&self.event.event_id);
        id.split_once(':').map_or(id, |(id, _)| id)
    }

    /// Whether Secrets Manager wrote it about one secret of a batch.
    fn is_of_batch(&self) -> bool {
        self.text("/requestID").is_some_and(|id| id.contains(':'))
    }
}

/// The reads of all secrets of a place, oldest first.
pub(super) fn reads(past: &Past, entry: &BaselineEntry, target: &Target) -> Vec<SecretRead> {
    let mut calls: BTreeMap<String, BTreeMap<&str, Logged<'_>>> = BTreeMap::new();
    for name in &entry.event_names {
        let events = past.events.get(&(target.clone(), name.clone()));
        for event in events.and_then(Observed::seen).into_iter().flatten() {
            let text = event.cloud_trail_event.as_deref().unwrap_or_default();
            let logged = Logged { event, whole: serde_json::from_str(text).unwrap_or_default() };
            let call = calls.entry(logged.request_id().to_owned()).or_default();
            // Pages may overlap where events come in meanwhile.
            call.insert(&event.event_id, logged);
        }
    }
    let mut reads: Vec<SecretRead> = calls
        .into_iter()
        .filter_map(|(request_id, events)| read(request_id, events.into_values().collect()))
        .collect();
    reads.sort_by(|a, b| (a.time, &a.request_id).cmp(&(b.time, &b.request_id)));
    reads
}

/// The events of one call. Who and from where stands in the event of the call itself: in those of a
/// batch's secrets the address is Secrets Manager's.
fn read(request_id: String, events: Vec<Logged<'_>>) -> Option<SecretRead> {
    let of_call = events.iter().find(|event| !event.is_of_batch()).or_else(|| events.first())?;
    let each: Vec<&Logged<'_>> = match events.iter().filter(|event| event.is_of_batch()).count() {
        0 => events.iter().collect(),
        _ => events.iter().filter(|event| event.is_of_batch()).collect(),
    };
    let refused = |event: &&Logged<'_>| event.text("/errorCode").map(str::to_owned);
    let got_something = each.iter().any(|event| refused(event).is_none());
    let not_got = each.iter().filter_map(|event| Some((named(event).pop()?, refused(event)?)));
    let not_got = not_got.collect();
    let mut secrets: Vec<String> = each.iter().flat_map(|event| named(event)).collect();
    secrets.sort();
    secrets.dedup();
    let arn = of_call.text("/userIdentity/arn");
    Some(SecretRead {
        time: events.iter().map(|event| event.event.event_time).min()?,
        event_name: of_call.event.event_name.clone(),
        request_id,
        principal: principal(of_call),
        principal_arn: arn.map(str::to_owned),
        address: of_call.text("/sourceIPAddress").unwrap_or("not told").to_owned(),
        secrets,
        refused: if got_something { None } else { each.iter().find_map(refused) },
        texts: events.iter().filter_map(|event| event.event.cloud_trail_event.clone()).collect(),
        not_got,
    })
}

/// "role deploy (alice)": the role, and the name of the session.
fn principal(event: &Logged<'_>) -> String {
    let who = actor(&event.whole, event.event.username.as_deref());
    let session = event.text("/userIdentity/arn").and_then(|arn| {
        let (_, rest) = arn.split_once(":assumed-role/")?;
        rest.rsplit_once('/').map(|(_, session)| session)
    });
    match session {
        Some(session) if who.starts_with("role ") => format!("{who} ({session})"),
        _ => who,
    }
}

/// The secrets that an event names. A denial by IAM leaves the parameters out, and names the ARN in
/// its text.
fn named(event: &Logged<'_>) -> Vec<String> {
    if let Some(id) = event.text("/requestParameters/secretId") {
        return vec![id.to_owned()];
    }
    let list = event.whole.pointer("/requestParameters/secretIdList").and_then(Value::as_array);
    if let Some(list) = list {
        return list.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    }
    let message = event.text("/errorMessage").unwrap_or_default();
    let arn = message.split_whitespace().find(|word| word.contains(":secret:"));
    arn.map(|arn| arn.trim_end_matches(['.', ',']).to_owned()).into_iter().collect()
}

impl SecretRead {
    /// How many events it wrote, as a sum counts them.
    pub(super) fn events(&self) -> f64 {
        u32::try_from(self.texts.len()).unwrap_or(u32::MAX).into()
    }

    /// This read, if it is about what was asked: by name, by ARN, or by ARN without the last letters.
    ///
    /// Of a batch that got other secrets but not this one, the error stands in `refused` then.
    pub(super) fn about(mut self, snapshot: &Snapshot, asked: &Asked) -> Option<Self> {
        let Some(id) = &asked.secret else { return Some(self) };
        let described = snapshot.at(&asked.target).secrets.get(id).and_then(Observed::seen);
        let is_it = |named: &&String| *named == id || described.is_some_and(|s| is(s, named));
        let named: Vec<&String> = self.secrets.iter().filter(is_it).collect();
        let got = named.iter().any(|named| !self.not_got.contains_key(*named));
        let error = named.first().and_then(|named| self.not_got.get(*named)).cloned();
        if named.is_empty() {
            return None;
        }
        if !got && self.refused.is_none() {
            self.refused = error;
        }
        Some(self)
    }
}

fn is(secret: &Secret, named: &str) -> bool {
    let arn = secret.arn.as_str();
    let short = arn
        .split_once(":secret:")
        .map(|(place, resource)| format!("{place}:secret:{}", secret_name(resource)));
    named == arn || named == secret.name || short.as_deref() == Some(named)
}
