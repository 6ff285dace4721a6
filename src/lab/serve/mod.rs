//! The edge: AWS's wire protocols on loopback, control, faults.
//!
//! A client of AWS works with it as with AWS: `AWS_ENDPOINT_URL=http://127.0.0.1:4599`, any
//! credentials. An access key id `AKIA` or `ASIA` followed by twelve digits is that account's;
//! any other belongs to the world's first account. Signatures are not verified.
//!
//! The services' own models (`model/*.json`) say how each operation travels; each protocol is one
//! module: `json`, `cbor`, `query`, `s3`. All of them make a [`Call`](crate::world::Call)
//! of a request and a response of what [`World::call`] answers.
//!
//! # Control
//!
//! JSON both ways, from this machine only. What is wrong with a request stands in `error`.
//!
//! | request | does |
//! | --- | --- |
//! | `GET /_lab` | the time, the default account, how much arrived where |
//! | `POST /_lab/advance` `{"seconds": 60}` or `{"to": "2026-09-14T01:49:22Z"}` | lets simulated time pass; answers `now` and what `arrived` |
//! | `GET /_lab/state` | the whole world; `PUT` or `POST` puts it back |
//! | `GET /_lab/inbox` `?endpoint=email:soc@example.org` | what arrived, there or everywhere |
//! | `POST /_lab/confirm` `{"endpoint": …}`, `{"topic": …}` or `{}` | follows the links of confirmation mails |
//! | `GET /_lab/requests` | the calls so far, the last 10,000; `DELETE` forgets them |
//! | `POST /_lab/faults` `{"operation": "DescribeTrails", "kind": "deny"}` | makes something go wrong ([`Fault`]); `GET` lists, `DELETE` clears |
//! | `POST /_lab/reset` | everything as it was in the beginning |

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::world::{ApiError, Service, World};

mod asked;
mod body;
mod cbor;
mod control;
mod faults;
mod json;
mod lab;
mod model;
mod pages;
mod problem;
mod query;
mod reply;
mod s3;
mod shaped;
#[cfg(test)]
mod tests;
mod typed;
mod validate;
mod xml;

use body::Body;
pub use faults::{Fault, Faults, Kind};
use lab::Lab;
pub use lab::{Clock, Logged};
use reply::Reply;

/// What a head may hold, all headers together.
const MAX_HEAD: usize = 64 << 10;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It would be reachable from other machines.
    #[error("{0} is not a loopback address: the lab serves this machine only, such as 127.0.0.1")]
    NotLoopback(SocketAddr),
    /// The address cannot be had.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
}

/// A running server; it stops when dropped, and all open connections with it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    lab: Arc<Lab>,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Serves a world on a loopback address; port 0 is a free one. Must be called in a Tokio
    /// runtime with I/O and time.
    pub async fn bind(world: World, address: SocketAddr, clock: Clock) -> Result<Self, ServeError> {
        if !address.ip().is_loopback() {
            return Err(ServeError::NotLoopback(address));
        }
        let failed = |error| ServeError::Listen(address, error);
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let lab = Arc::new(Lab::new(world, clock));
        let accepting = tokio::spawn(accept(listener, Arc::clone(&lab)));
        Ok(Self { address, lab, accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What to give to `--endpoint-url`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Looks at the world, or changes it, between two calls.
    pub fn with_world<R>(&self, act: impl FnOnce(&mut World) -> R) -> R {
        act(&mut self.lab.state().world)
    }

    /// Looks at what goes wrong, or changes it.
    pub fn with_faults<R>(&self, act: impl FnOnce(&mut Faults) -> R) -> R {
        act(&mut self.lab.state().faults)
    }

    /// How many calls were answered so far.
    pub fn count(&self) -> u64 {
        self.lab.state().count
    }

    /// Answers so many more calls and then none, as if whoever asks had been ended after the last;
    /// `None`: all.
    pub fn silent_after(&self, calls: Option<u64>) {
        let mut state = self.lab.state();
        state.silent_after = calls.map(|calls| state.count + calls);
        state.in_vain = 0;
    }

    /// Whether somebody has asked since it became silent.
    pub fn is_asked_in_vain(&self) -> bool {
        self.lab.state().in_vain > 0
    }

    /// The calls so far, oldest first; the last 10,000 of them.
    pub fn requests(&self) -> Vec<Logged> {
        self.lab.state().requests.iter().cloned().collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, lab: Arc<Lab>) {
    // Dropped with this task, and all open connections with it.
    let mut connections = JoinSet::new();
    loop {
        // What accept() refuses is one connection's failure, or descriptors that come back.
        let Ok((stream, peer)) = listener.accept().await else {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        connections.spawn(connection(stream, peer, Arc::clone(&lab)));
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, lab: Arc<Lab>) {
    // Small answers go out at once.
    let _ = stream.set_nodelay(true);
    let peer = peer.ip().to_string();
    let service = service_fn(|request| answer(&lab, request, &peer));
    let mut http = http1::Builder::new();
    http.max_buf_size(MAX_HEAD);
    // A client that goes away is not the server's concern.
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    lab: &Lab,
    request: Request<Incoming>,
    peer: &str,
) -> Result<Response<Body>, Infallible> {
    let (parts, body) = request.into_parts();
    let is_head = parts.method == Method::HEAD;
    let own = control::is_control(parts.uri.path());
    let limit = if own { control::MAX_BODY } else { asked::MAX_BODY };
    let refused = |status, why: &str| {
        let reply = Reply::control(status, &json!({ "error": why }));
        Ok(reply.into_response(lab.state().world.now(), None, is_head))
    };
    if !is_from_here(&parts) {
        return refused(403, NOT_FROM_HERE);
    }
    let answer = match Limited::new(body, limit).collect().await {
        Ok(body) => {
            let bytes = body.to_bytes();
            if own {
                let reply = control::answer(lab, &parts, &bytes);
                return Ok(reply.into_response(lab.state().world.now(), None, is_head));
            }
            lab.state().answer(&parts, &bytes, peer)
        }
        Err(_) if own => return refused(413, "a body of more than 512 MiB, or one that broke off"),
        Err(error) => {
            let error = match error.downcast::<LengthLimitError>() {
                Ok(_) => asked::too_large(),
                Err(_) => typed::unreadable(""),
            };
            lab.state().refuse(&parts, &error)
        }
    };
    if !answer.latency.is_zero() {
        tokio::time::sleep(answer.latency).await;
    }
    match answer.reply {
        Some(reply) => Ok(reply.into_response(answer.now, answer.damage, is_head)),
        None => std::future::pending().await,
    }
}

const NOT_FROM_HERE: &str = "the lab answers programs on this machine only: no web pages, and no \
                             names but localhost, 127.0.0.1 and AWS's own";

/// A page in a browser must not play with the lab: neither from another site nor through a name
/// that its owner points to this machine.
fn is_from_here(parts: &hyper::http::request::Parts) -> bool {
    let host = parts.headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    let local = name.is_empty()
        || name == "localhost"
        || [".localhost", ".amazonaws.com", ".amazonaws.com.cn"]
            .iter()
            .any(|end| name.ends_with(end))
        || address.is_ok_and(|address| address.is_loopback());
    local && !parts.headers.contains_key("origin")
}

/// What a request asks for: service, operation and input, or why it is refused. This is what the
/// server itself reads with, for whoever wants to try it on strange requests.
pub fn understand(request: Request<Bytes>) -> Result<(Service, &'static str, Value), ApiError> {
    let (parts, body) = request.into_parts();
    match asked::read(&parts, &body) {
        Ok((_, asked)) => Ok((asked.service, asked.operation, asked.input)),
        Err(refusal) => Err(refusal.error),
    }
}
