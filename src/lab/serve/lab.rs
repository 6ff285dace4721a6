//! The world behind the server: one at a time, with a log of calls and what goes wrong.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::http::request::Parts;
use jiff::Timestamp;
use secmon_core::snapshot::{AccountId, Arn, Region, Target};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::asked::{self, Asked, Credential, Manner};
use super::faults::{Damage, Faults, Kind};
use super::pages::Paging;
use super::reply::{Reply, RequestId};
use super::s3::Resource;
use crate::world::{ApiError, Call, Caller, Service, World};

/// How many calls are remembered.
const REMEMBERED: usize = 10_000;

/// What makes simulated time pass.
pub enum Clock {
    /// Nothing but `/_lab/advance`.
    Still,
    /// The wall clock, as the caller reads it; `/_lab/advance` jumps ahead of it.
    Live(Box<dyn Fn() -> Timestamp + Send + Sync>),
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Still => "Still",
            Self::Live(_) => "Live",
        })
    }
}

/// One call, as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    /// The simulated time.
    pub time: Timestamp,
    /// The service; absent where it is none of the lab's.
    pub service: Option<Service>,
    /// The operation; absent where nobody knows it.
    pub operation: Option<String>,
    /// The Region that was signed for.
    pub region: Option<String>,
    /// The account whose key signed.
    pub account: Option<AccountId>,
    /// The HTTP status.
    pub status: u16,
    /// The error's code, if it was one.
    pub error: Option<String>,
}

/// What is served.
#[derive(Debug)]
pub(super) struct Lab {
    clock: Clock,
    state: Mutex<State>,
}

/// Everything that changes.
#[derive(Debug)]
pub(super) struct State {
    pub(super) world: World,
    pub(super) faults: Faults,
    pub(super) requests: VecDeque<Logged>,
    /// As it was in the beginning.
    first: World,
    pub(super) count: u64,
    /// After so many calls none is answered any more, and none has an effect.
    pub(super) silent_after: Option<u64>,
    /// How many calls were not answered because of it.
    pub(super) in_vain: u64,
    /// What the wall clock showed last.
    wall: Option<Timestamp>,
}

/// What is to be done for one request.
#[derive(Debug)]
pub(super) struct Answer {
    /// `None`: it is never answered.
    pub(super) reply: Option<Reply>,
    pub(super) now: Timestamp,
    pub(super) latency: Duration,
    pub(super) damage: Option<Damage>,
}

impl Lab {
    pub(super) fn new(world: World, clock: Clock) -> Self {
        let wall = match &clock {
            Clock::Still => None,
            Clock::Live(read) => Some(read()),
        };
        let first = world.clone();
        let (faults, requests) = (Faults::default(), VecDeque::new());
        let state = State {
            world,
            faults,
            requests,
            first,
            count: 0,
            silent_after: None,
            in_vain: 0,
            wall,
        };
        Self { clock, state: Mutex::new(state) }
    }

    /// The state, with the time that it is.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Clock::Live(read), Some(before)) = (&self.clock, state.wall) {
            let now = read();
            if now > before {
                state.world.advance(now.duration_since(before));
                state.wall = Some(now);
            }
        }
        state
    }
}

impl State {
    /// Everything as it was in the beginning, and nothing goes wrong.
    pub(super) fn reset(&mut self) {
        self.world = self.first.clone();
        self.faults.clear();
        self.requests.clear();
        self.count = 0;
    }

    /// Answers one request of AWS's protocols.
    pub(super) fn answer(&mut self, parts: &Parts, body: &[u8], peer: &str) -> Answer {
        if self.silent_after.is_some_and(|silent| self.count >= silent) {
            self.in_vain += 1;
            return self.whole(None, 0);
        }
        self.count += 1;
        let id = RequestId::nth(self.count);
        match asked::read(parts, body) {
            Ok((manner, asked)) => self.answer_asked(parts, &manner, &asked, peer, &id),
            Err(refusal) => {
                let asked::Refusal { manner, operation, credential, error } = *refusal;
                let mut logged = self.logged(manner.service, operation, credential.as_ref());
                logged.error = Some(Reply::code(&manner, &error));
                let reply = refusal_reply(parts, &manner, &error, &id);
                self.remember(Logged { status: reply.status, ..logged });
                self.whole(Some(reply), 0)
            }
        }
    }

    /// Refuses a request whose body was not read.
    pub(super) fn refuse(&mut self, parts: &Parts, error: &ApiError) -> Answer {
        self.count += 1;
        let manner = Manner::of(parts);
        let reply = refusal_reply(parts, &manner, error, &RequestId::nth(self.count));
        self.whole(Some(reply), 0)
    }

    fn answer_asked(
        &mut self,
        parts: &Parts,
        manner: &Manner,
        asked: &Asked,
        peer: &str,
        id: &RequestId,
    ) -> Answer {
        let (kind, latency) = self.faults.next(asked.service, asked.operation);
        let credential = asked.credential.as_ref();
        let mut logged = self.logged(Some(asked.service), Some(asked.operation), credential);
        let answer = self.call(parts, asked, peer).and_then(|call| self.play(kind, asked, call));
        let resource = || Resource::of(parts).ok();
        let reply = match &answer {
            Ok(output) => Reply::success(manner, asked, output, id),
            Err(error) => {
                logged.error = Some(Reply::code(manner, error));
                Reply::error(manner, resource().as_ref(), error, id)
            }
        };
        self.remember(Logged { status: reply.status, ..logged });
        let damage = match kind {
            Kind::Malformed => Some(Damage::Malformed),
            Kind::Truncate => Some(Damage::Truncated),
            Kind::Halve => Some(Damage::Halved),
            _ => None,
        };
        let reply = (kind != Kind::Timeout).then_some(reply);
        Answer { damage, ..self.whole(reply, latency) }
    }

    /// Makes the call, unless it goes wrong before.
    fn play(&mut self, kind: Kind, asked: &Asked, call: Call) -> Result<Value, ApiError> {
        let model = asked.model;
        let shape = |name: &Option<String>| model.shape(name.as_deref().unwrap_or_default());
        let paging =
            || Paging::of(model, shape(&asked.details.input), shape(&asked.details.output));
        let mut with = |params| self.world.call(&Call { params, ..call.clone() });
        match kind {
            Kind::Deny => {
                let action = format!("{}:{}", call.service.iam_prefix(), call.operation);
                Err(ApiError::access_denied(&call, &action))
            }
            Kind::Throttle => Err(ApiError::new(
                "ThrottlingException",
                match asked.service {
                    Service::S3 => "Please reduce your request rate.",
                    _ => "Rate exceeded",
                },
            )),
            Kind::Error => {
                let message = "We encountered an internal error. Please try again.";
                Err(ApiError::new("InternalFailure", message))
            }
            // It is never answered, and did not happen.
            Kind::Timeout => Ok(Value::Null),
            Kind::PagesOfOne => match paging() {
                Some(paging) => paging.of_one(&call.params, with),
                None => self.world.call(&call),
            },
            Kind::RepeatedToken => match paging() {
                Some(paging) => paging.repeated(&call.params, &mut with),
                None => self.world.call(&call),
            },
            Kind::None | Kind::Malformed | Kind::Truncate | Kind::Halve => self.world.call(&call),
        }
    }

    /// The call that a request makes.
    fn call(&self, parts: &Parts, asked: &Asked, peer: &str) -> Result<Call, ApiError> {
        let user_agent = asked::header(parts, "user-agent").to_owned();
        let (target, arn, access_key_id) = match &asked.credential {
            Some(credential) => {
                let region = credential.region.parse::<Region>().map_err(|_| {
                    let message = "Credential should be scoped to a valid region.";
                    ApiError::new("InvalidSignatureException", message)
                })?;
                let caller = self.world.caller(&credential.access_key_id);
                let (account, arn) =
                    caller.ok_or_else(|| unknown_key(&credential.access_key_id))?;
                (Target { account, region }, arn, credential.access_key_id.clone())
            }
            None => {
                let unnamed = || {
                    let message = "Invalid parameter: TopicArn";
                    ApiError::new("InvalidParameterException", message)
                };
                let target = asked.named_place().ok_or_else(unnamed)?;
                (target, anonymous().ok_or_else(unnamed)?, String::new())
            }
        };
        Ok(Call {
            service: asked.service,
            operation: asked.operation.to_owned(),
            target,
            caller: Caller { arn, access_key_id, source_ip: peer.to_owned(), user_agent },
            params: asked.input.clone(),
        })
    }

    fn logged(
        &self,
        service: Option<Service>,
        operation: Option<&str>,
        credential: Option<&Credential>,
    ) -> Logged {
        let key = credential.map(|credential| credential.access_key_id.as_str());
        Logged {
            time: self.world.now(),
            service,
            operation: operation.map(str::to_owned),
            region: credential.map(|credential| credential.region.clone()),
            account: key.and_then(|key| self.world.caller(key)).map(|(account, _)| account),
            status: 0,
            error: None,
        }
    }

    fn remember(&mut self, logged: Logged) {
        if self.requests.len() >= REMEMBERED {
            self.requests.pop_front();
        }
        self.requests.push_back(logged);
    }

    fn whole(&self, reply: Option<Reply>, latency_ms: u64) -> Answer {
        let latency = Duration::from_millis(latency_ms);
        Answer { reply, now: self.world.now(), latency, damage: None }
    }
}

fn refusal_reply(parts: &Parts, manner: &Manner, error: &ApiError, id: &RequestId) -> Reply {
    let resource = Resource::of(parts).ok();
    Reply::error(manner, resource.as_ref(), error, id)
}

/// A session that has expired, or a key in a world that has no account to give it to.
fn unknown_key(access_key_id: &str) -> ApiError {
    if access_key_id.starts_with("ASIA") {
        let message = "The security token included in the request is expired";
        return ApiError::new("ExpiredTokenException", message);
    }
    let message = "The security token included in the request is invalid.";
    ApiError::new("UnrecognizedClientException", message)
}

/// Whoever followed a link in a mail.
pub(super) fn anonymous() -> Option<Arn> {
    "arn:aws:iam::000000000000:user/anonymous".parse().ok()
}
