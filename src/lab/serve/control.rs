//! `/_lab`: what a person or a test does to the lab itself. JSON both ways; the module
//! documentation of `serve` lists it.

use hyper::Method;
use hyper::http::request::Parts;
use jiff::{SignedDuration, Timestamp};
use secmon_core::snapshot::Arn;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::faults::Fault;
use super::lab::{Lab, State};
use super::query::{form, parameter};
use super::reply::Reply;
use crate::world::{Inboxes, Mail, Service, World};

/// The longest that time may jump at once: past everything that AWS waits days for, and no longer
/// than a minute or two to play.
const MAX_ADVANCE: SignedDuration = SignedDuration::from_hours(24 * 4);

/// What a body may hold: a saved state has everything in it.
pub(super) const MAX_BODY: usize = 512 << 20;

/// Why a control request was not done.
struct Refused(u16, String);

type Outcome = Result<Value, Refused>;

/// Whether a path is the lab's own.
pub(super) fn is_control(path: &str) -> bool {
    path == "/_lab" || path.starts_with("/_lab/")
}

/// Answers a request to the lab itself.
pub(super) fn answer(lab: &Lab, parts: &Parts, body: &[u8]) -> Reply {
    match act(lab, parts, body) {
        Ok(answer) => Reply::control(200, &answer),
        Err(Refused(status, why)) => Reply::control(status, &json!({ "error": why })),
    }
}

fn act(lab: &Lab, parts: &Parts, body: &[u8]) -> Outcome {
    let path = parts.uri.path().trim_end_matches('/');
    let state = &mut *lab.state();
    match (&parts.method, path) {
        (&Method::GET, "/_lab") => Ok(overview(state)),
        (&Method::POST, "/_lab/advance") => advance(state, body),
        (&Method::GET, "/_lab/state") => serde_json::to_value(&state.world).map_err(failed),
        (&Method::PUT | &Method::POST, "/_lab/state") => load(state, body),
        (&Method::GET, "/_lab/inbox") => inbox(state, parts),
        (&Method::POST, "/_lab/confirm") => confirm(state, body),
        (&Method::GET, "/_lab/requests") => Ok(json!({ "requests": state.requests })),
        (&Method::DELETE, "/_lab/requests") => {
            state.requests.clear();
            Ok(json!({ "requests": [] }))
        }
        (&Method::GET, "/_lab/faults") => Ok(json!({ "faults": state.faults })),
        (&Method::POST, "/_lab/faults") => put_fault(state, body),
        (&Method::DELETE, "/_lab/faults") => {
            state.faults.clear();
            Ok(json!({ "faults": [] }))
        }
        (&Method::POST, "/_lab/reset") => {
            if !body.is_empty() {
                let why = "reset takes no body: it goes back to how this lab began";
                return Err(Refused(400, why.to_owned()));
            }
            state.reset();
            Ok(overview(state))
        }
        (method, path) => Err(Refused(404, format!("no {method} {path}; {ENDPOINTS}"))),
    }
}

const ENDPOINTS: &str = "there are GET /_lab, POST /_lab/advance, GET and PUT /_lab/state, GET \
                         /_lab/inbox, POST /_lab/confirm, GET and DELETE /_lab/requests, GET, POST \
                         and DELETE /_lab/faults, POST /_lab/reset";

fn overview(state: &State) -> Value {
    json!({
        "now": state.world.now(),
        "default_account": state.world.default_account(),
        "requests": state.requests.len(),
        "faults": state.faults,
        "inboxes": state.world.inboxes().0.iter().map(|(endpoint, mails)| (endpoint, mails.len()))
            .collect::<std::collections::BTreeMap<_, _>>(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: Option<f64>,
    to: Option<Timestamp>,
}

fn advance(state: &mut State, body: &[u8]) -> Outcome {
    const HINT: &str = r#"send {"seconds": 60} or {"to": "2026-09-14T01:49:22Z"}"#;
    let wanted: Advance = parsed(body, HINT)?;
    let now = state.world.now();
    let duration = match (wanted.seconds, wanted.to) {
        (Some(seconds), None) => SignedDuration::try_from_secs_f64(seconds)
            .map_err(|error| Refused(400, format!("{error}; {HINT}")))?,
        (None, Some(to)) => to.duration_since(now),
        _ => return Err(Refused(400, HINT.to_owned())),
    };
    if duration.is_negative() {
        return Err(Refused(400, format!("it is {now}: time does not go back")));
    }
    if duration > MAX_ADVANCE {
        return Err(Refused(
            400,
            "at most 4 days at once: every minute of them is played".to_owned(),
        ));
    }
    let before = state.world.inboxes().clone();
    state.world.advance(duration);
    let arrived = arrived(&before, state.world.inboxes());
    Ok(json!({ "now": state.world.now(), "arrived": arrived }))
}

/// What an inbox has that it had not before, by the time of arrival.
fn arrived(before: &Inboxes, after: &Inboxes) -> Vec<Value> {
    let mut mails: Vec<(&String, &Mail)> = Vec::new();
    for (endpoint, now) in &after.0 {
        let known = before.0.get(endpoint).map_or(0, Vec::len);
        mails.extend(now.iter().skip(known).map(|mail| (endpoint, mail)));
    }
    mails.sort_by_key(|(_, mail)| mail.at);
    mails
        .into_iter()
        .map(|(endpoint, mail)| json!({ "endpoint": endpoint, "mail": mail }))
        .collect()
}

fn load(state: &mut State, body: &[u8]) -> Outcome {
    state.world = parsed::<World>(body, "send what GET /_lab/state answered")?;
    Ok(overview(state))
}

fn inbox(state: &State, parts: &Parts) -> Outcome {
    let query = form(parts.uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
    let inboxes = state.world.inboxes();
    Ok(match parameter(&query, "endpoint") {
        None => json!({ "inboxes": inboxes }),
        Some(endpoint) => {
            json!({ "endpoint": endpoint, "mails": inboxes.0.get(endpoint).map_or(&[][..], |m| m) })
        }
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirm {
    endpoint: Option<String>,
    topic: Option<Arn>,
}

/// Follows the links of confirmation mails, as people at those endpoints would.
fn confirm(state: &mut State, body: &[u8]) -> Outcome {
    const HINT: &str =
        r#"send {"endpoint": "email:soc@example.org"}, {"topic": "arn:…"} or {} for all"#;
    let wanted: Confirm =
        if body.is_empty() { Confirm { endpoint: None, topic: None } } else { parsed(body, HINT)? };
    let asked = |endpoint: &str, mail: &Mail| {
        // As AWS shows it, or with its protocol.
        let bare = endpoint.split_once(':').map_or(endpoint, |(_, bare)| bare);
        wanted.endpoint.as_ref().is_none_or(|wanted| wanted == endpoint || wanted == bare)
            && wanted.topic.as_ref().is_none_or(|wanted| *wanted == mail.topic)
    };
    let inboxes = state.world.inboxes().0.iter();
    let mails = inboxes.flat_map(|(endpoint, mails)| mails.iter().map(move |m| (endpoint, m)));
    let tokens: Vec<(String, Arn, String)> = mails
        .filter(|(endpoint, mail)| asked(endpoint, mail))
        // Who left is told how to come back; that link is another.
        .filter(|(_, mail)| mail.kind == "SubscriptionConfirmation")
        .filter_map(|(endpoint, mail)| {
            Some((endpoint.clone(), mail.topic.clone(), mail.token.clone()?))
        })
        .collect();
    if tokens.is_empty() {
        let whom = wanted.endpoint.as_deref().unwrap_or("anybody");
        return Err(Refused(404, format!("no confirmation mail for {whom}; {HINT}")));
    }
    let mut confirmed = Vec::new();
    let mut refused = Vec::new();
    for (endpoint, topic, token) in tokens {
        match state.world.confirm_by_link(&token) {
            Ok(arn) => confirmed.push(json!({
                "endpoint": endpoint,
                "topic": topic,
                "subscription": arn,
            })),
            Err(error) => refused.push(json!({
                "endpoint": endpoint,
                "topic": topic,
                "error": error.to_string(),
            })),
        }
    }
    Ok(json!({ "confirmed": confirmed, "refused": refused }))
}

fn put_fault(state: &mut State, body: &[u8]) -> Outcome {
    const HINT: &str = r#"send {"operation": "DescribeTrails", "kind": "deny"}; kinds are none, deny, throttle, error, timeout, malformed, truncate, halve, pages-of-one, repeated-token; "service", "times" and "latency_ms" may be added, and "*" is every operation"#;
    let fault: Fault = parsed(body, HINT)?;
    let known = |service: &Service| {
        super::model::Model::of(*service).operations.contains_key(&fault.operation)
    };
    let mut meant = Service::ALL.iter().filter(|s| fault.service.is_none_or(|only| only == **s));
    if fault.operation != "*" && !meant.any(known) {
        return Err(Refused(400, format!("the lab serves no operation {}", fault.operation)));
    }
    state.faults.put(fault);
    Ok(json!({ "faults": state.faults }))
}

fn parsed<T: DeserializeOwned>(body: &[u8], hint: &str) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|error| Refused(400, format!("{error}; {hint}")))
}

#[expect(clippy::needless_pass_by_value, reason = "as map_err gives it")]
fn failed(error: serde_json::Error) -> Refused {
    Refused(500, error.to_string())
}
