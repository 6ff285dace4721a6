//! A loopback server that answers one account's state in AWS's own protocols.
//!
//! The state is a [`Snapshot`]: each operation is answered from the slots that the collector fills
//! from it, so that collecting from the server gives the snapshot back. What the snapshot does not
//! know is refused with a 500 and noted in [`Server::unexpected`].

use std::convert::Infallible;
use std::net::TcpListener as StdListener;
use std::sync::{Arc, LazyLock, Mutex};

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use secmon_core::snapshot::Snapshot;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::{JoinHandle, JoinSet};

mod account;
mod answer;
mod body;
mod call;
mod cbor;
mod faults;
mod json;
mod query;
mod reply;
mod s3;
#[cfg(test)]
mod tests;

pub(crate) use account::OPERATIONS;
use answer::Answer;
use body::Body;
pub(crate) use faults::{Fault, Faults};
use reply::Reply;

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Runtime::new().expect("a runtime for the servers"));

/// One request as the server understood it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Asked {
    /// The service by its signing name, such as `monitoring`.
    pub(crate) service: String,
    /// The operation.
    pub(crate) operation: String,
    /// The Region it was signed for.
    pub(crate) region: String,
}

/// A running server; it stops when dropped.
pub(crate) struct Server {
    port: u16,
    state: Arc<State>,
    accepting: JoinHandle<()>,
}

struct State {
    snapshot: Snapshot,
    faults: Faults,
    asked: Mutex<Vec<Asked>>,
    unexpected: Mutex<Vec<String>>,
}

impl Server {
    /// Serves a snapshot on a free port of 127.0.0.1.
    pub(crate) fn start(snapshot: Snapshot, faults: Faults) -> Self {
        let listener = StdListener::bind("127.0.0.1:0").expect("a loopback port");
        listener.set_nonblocking(true).expect("a non-blocking listener");
        let port = listener.local_addr().expect("its address").port();
        let state = Arc::new(State {
            snapshot,
            faults,
            asked: Mutex::default(),
            unexpected: Mutex::default(),
        });
        let accepting = RUNTIME.spawn(accept(listener, Arc::clone(&state)));
        Self { port, state, accepting }
    }

    /// What to give to `--endpoint-url`.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Every request so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.state.asked.lock().expect("the log").clone()
    }

    /// Requests that nothing in the snapshot answers, or that nobody should make.
    pub(crate) fn unexpected(&self) -> Vec<String> {
        self.state.unexpected.lock().expect("the log").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: StdListener, state: Arc<State>) {
    let listener = TcpListener::from_std(listener).expect("a listener of the runtime");
    // Dropped with this task, and all open connections with it.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        connections.spawn(async move {
            let service = service_fn(move |request| answer(Arc::clone(&state), request));
            // A client that goes away is not the server's concern.
            drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

async fn answer(
    state: Arc<State>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let bytes = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return Ok(state.refuse(format!("a broken request: {error}"))),
    };
    let call = match call::read(&head, &bytes) {
        Ok(call) => call,
        Err(problem) => return Ok(state.refuse(problem)),
    };
    state.asked.lock().expect("the log").push(Asked {
        service: call.service.name.to_owned(),
        operation: call.operation.clone(),
        region: call.region.clone(),
    });
    let fault = state.faults.next(&call.operation);
    if fault == Some(Fault::Timeout) {
        return Ok(std::future::pending().await);
    }
    let truth = || account::answer(&state.snapshot, &call);
    let answer = match fault {
        Some(Fault::Deny) => Answer::Denied,
        Some(Fault::ServerError) => Answer::Failed("We encountered an internal error.".to_owned()),
        Some(Fault::ThrottleThenOk(_)) => Answer::Throttled,
        Some(Fault::PagesOfOne) => truth().in_pages_of_one(),
        Some(Fault::RepeatedToken) => truth().with_the_same_token_for_ever(),
        _ => truth(),
    };
    let reply = match Reply::to(&call, answer) {
        Ok(reply) => reply,
        Err(problem) => return Ok(state.refuse(format!("{call}: {problem}"))),
    };
    Ok(reply.into_response(state.snapshot.taken_at, fault.as_ref()))
}

impl State {
    fn refuse(&self, problem: String) -> Response<Body> {
        let body = Body::whole(format!("secmon's test server: {problem}"));
        self.unexpected.lock().expect("the log").push(problem);
        let mut response = Response::new(body);
        *response.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        response
    }
}
