//! A running server, called over loopback.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::http::HeaderMap;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use super::super::asked::Protocol;
use super::super::{Clock, ServeError, Server};
use super::requests::{request, signed};
use crate::world::{Service, Settings, World};

const START: &str = "2026-09-14T01:49:22Z";

pub(super) struct Client {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    headers: HeaderMap,
    pub(super) body: Result<Vec<u8>, hyper::Error>,
}

impl Answer {
    fn text(self) -> String {
        String::from_utf8(self.body.unwrap()).unwrap()
    }

    pub(super) fn json(self) -> Value {
        serde_json::from_slice(&self.body.unwrap()).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Client {
    pub(super) async fn of(server: &Server) -> Self {
        let stream = TcpStream::connect(server.address()).await.unwrap();
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self { sender, host: server.address().to_string() }
    }

    async fn send(&mut self, request: Request<Bytes>) -> Answer {
        let (mut parts, body) = request.into_parts();
        let host = self.host.parse().unwrap();
        parts.headers.entry("host").or_insert(host);
        self.sender.ready().await.unwrap();
        let request = Request::from_parts(parts, Full::new(body));
        let response = self.sender.send_request(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map(|body| body.to_bytes().to_vec());
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(super) async fn call(&mut self, service: Service, name: &str, input: Value) -> Answer {
        let protocol = match service {
            Service::Sns => Protocol::Query,
            _ => Protocol::Json,
        };
        self.send(request(service, protocol, name, &input)).await
    }

    pub(super) async fn control(
        &mut self,
        method: &str,
        path: &str,
        body: impl Into<Bytes>,
    ) -> Answer {
        let request = Request::builder().method(method).uri(path).body(body.into()).unwrap();
        self.send(request).await
    }
}

async fn server() -> Server {
    let world = World::new(START.parse().unwrap(), Settings::default());
    Server::bind(world, "127.0.0.1:0".parse().unwrap(), Clock::Still).await.unwrap()
}

pub(super) async fn started() -> (Server, Client) {
    let server = server().await;
    let client = Client::of(&server).await;
    (server, client)
}

#[tokio::test]
async fn only_on_loopback() {
    let world = World::new(START.parse().unwrap(), Settings::default());
    for address in ["0.0.0.0:0", "192.0.2.1:80", "[::]:0"] {
        let bound = Server::bind(world.clone(), address.parse().unwrap(), Clock::Still).await;
        assert!(matches!(bound, Err(ServeError::NotLoopback(_))), "{address}");
    }
    let (server, _) = started().await;
    let taken = Server::bind(world, server.address(), Clock::Still).await;
    assert!(matches!(taken, Err(ServeError::Listen(..))));
}

#[tokio::test]
async fn calls_change_the_world_of_the_account_that_signed() {
    let (server, mut client) = started().await;
    let group = json!({ "logGroupName": "trail" });
    let made = client.call(Service::Logs, "CreateLogGroup", group).await;
    assert_eq!((made.status, made.header("content-length")), (StatusCode::OK, "0"));
    assert_eq!(made.header("date"), "Mon, 14 Sep 2026 01:49:22 GMT");
    assert_eq!(made.header("content-type"), "application/x-amz-json-1.1");
    let listed = client.call(Service::Logs, "DescribeLogGroups", json!({})).await.json();
    let arn = "arn:aws:logs:eu-west-1:111122223333:log-group:trail:*";
    assert_eq!(listed["logGroups"][0]["arn"], arn);
    let requests = server.requests();
    let last = requests.last().unwrap();
    assert_eq!(requests.len(), 2);
    assert_eq!(last.operation.as_deref(), Some("DescribeLogGroups"));
    assert_eq!((last.service, last.status), (Some(Service::Logs), 200));
    assert_eq!(last.region.as_deref(), Some("eu-west-1"));
    assert_eq!(last.account.as_ref().unwrap().as_str(), "111122223333");
    let other = client.control("GET", "/_lab", "").await.json();
    assert_eq!(other["default_account"], "111122223333");
}

#[tokio::test]
async fn what_nobody_knows_is_told_from_what_the_lab_does_not_play() {
    let (_server, mut client) = started().await;
    let target = |name: &str| {
        signed(Service::CloudTrail).header("x-amz-target", format!("CloudTrail_20131101.{name}"))
    };
    let request = target("StartQuery").body("{}".into()).unwrap();
    let answer = client.send(request).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        answer.text(),
        r#"{"__type":"UnknownOperationException","message":"the lab does not serve cloudtrail:StartQuery"}"#
    );
    // CloudTrail closes after errors.
    let mut client = Client::of(&_server).await;
    let answer = client.send(target("MakeTrail").body("{}".into()).unwrap()).await;
    assert_eq!(answer.text(), r#"{"__type":"UnknownOperationException"}"#);
    let mut client = Client::of(&_server).await;
    let form = |action: &str| {
        let body = format!("Action={action}&Version=2010-03-31");
        signed(Service::Sns).body(body.into()).unwrap()
    };
    let unknown = client.send(form("MakeTopic")).await.text();
    assert!(unknown.contains("Could not find operation MakeTopic for version 2010-03-31"));
    let unplayed = client.send(form("ListPlatformApplications")).await.text();
    assert!(unplayed.contains("the lab does not serve sns:ListPlatformApplications"));
    let cors = signed(Service::S3).method("GET").uri("/bucket?cors").body(Bytes::new());
    let answer = client.send(cors.unwrap()).await;
    assert_eq!(answer.status, StatusCode::NOT_IMPLEMENTED);
    assert!(answer.text().contains("the lab does not serve s3:GetBucketCors"));
    let ec2 = Request::builder().method("POST").header(
        "authorization",
        "AWS4-HMAC-SHA256 Credential=AKIA/20260914/eu-west-1/ec2/aws4_request",
    );
    let answer = client.send(ec2.body(Bytes::new()).unwrap()).await.text();
    assert!(answer.contains("the lab does not serve ec2"), "{answer}");
}

#[tokio::test]
async fn without_credentials_there_is_only_confirming() {
    let (_server, mut client) = started().await;
    let unsigned = |body: &str| {
        Request::builder().method("POST").uri("/").body(Bytes::from(body.to_owned())).unwrap()
    };
    let answer = client.send(unsigned("Action=ListTopics&Version=2010-03-31")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.text().contains("<Code>MissingAuthenticationToken</Code>"));
    let answer = client.send(unsigned("")).await;
    assert!(answer.text().contains("<Code>AccessDenied</Code>"));
    let mut request = unsigned("{}");
    request
        .headers_mut()
        .insert("x-amz-target", "Logs_20140328.DescribeLogGroups".parse().unwrap());
    let answer = client.send(request).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.json()["__type"], "MissingAuthenticationTokenException");
    let mut request = unsigned("{}");
    request.headers_mut().insert("authorization", "AWS4-HMAC-SHA256 nothing".parse().unwrap());
    let answer = client.send(request).await;
    assert!(answer.text().contains("IncompleteSignature"));
    let link = "/?Action=ConfirmSubscription&Version=2010-03-31&Token=none&TopicArn=\
                arn:aws:sns:eu-west-1:111122223333:alerts";
    let request = Request::builder().uri(link).body(Bytes::new()).unwrap();
    let answer = client.send(request).await.text();
    assert!(!answer.contains("MissingAuthenticationToken"), "{answer}");
}

#[tokio::test]
async fn time_passes_when_it_is_told_to() {
    let (server, mut client) = started().await;
    let answer = client.control("POST", "/_lab/advance", r#"{"seconds": 90}"#).await.json();
    assert_eq!(answer, json!({ "now": "2026-09-14T01:50:52Z", "arrived": [] }));
    let body = r#"{"to": "2026-09-15T00:00:00Z"}"#;
    let answer = client.control("POST", "/_lab/advance", body).await.json();
    assert_eq!(answer["now"], "2026-09-15T00:00:00Z");
    for (body, says) in [
        (r#"{"to": "2026-09-14T00:00:00Z"}"#, "time does not go back"),
        (r#"{"seconds": -1}"#, "time does not go back"),
        (r#"{"seconds": 1e300}"#, r#"send {"seconds": 60}"#),
        (r#"{"seconds": 1e9}"#, "at most 4 days"),
        (r#"{"minutes": 1}"#, "unknown field `minutes`"),
        ("{}", r#"send {"seconds": 60}"#),
        ("", r#"send {"seconds": 60}"#),
    ] {
        let answer = client.control("POST", "/_lab/advance", body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        let answer = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(answer.contains(says), "{body}: {answer}");
    }
    let now = server.with_world(|world| world.now());
    assert_eq!(now.to_string(), "2026-09-15T00:00:00Z");
    let answer = client.control("POST", "/_lab/reset", "").await.json();
    assert_eq!(answer["now"], START);
}

#[tokio::test]
async fn live_time_follows_a_clock() {
    use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
    static WALL: AtomicI64 = AtomicI64::new(1_000_000);
    let read = || jiff::Timestamp::from_second(WALL.load(Relaxed)).unwrap();
    let world = World::new(START.parse().unwrap(), Settings::default());
    let address = "127.0.0.1:0".parse().unwrap();
    let server = Server::bind(world, address, Clock::Live(Box::new(read))).await.unwrap();
    let mut client = Client::of(&server).await;
    WALL.fetch_add(38, Relaxed);
    let now = client.control("GET", "/_lab", "").await.json()["now"].clone();
    assert_eq!(now, "2026-09-14T01:50:00Z");
    client.control("POST", "/_lab/advance", r#"{"seconds": 60}"#).await;
    WALL.fetch_add(1, Relaxed);
    let now = client.control("GET", "/_lab", "").await.json()["now"].clone();
    assert_eq!(now, "2026-09-14T01:51:01Z");
}

#[tokio::test]
async fn state_is_saved_and_put_back() {
    let (_server, mut client) = started().await;
    client.call(Service::Logs, "CreateLogGroup", json!({ "logGroupName": "trail" })).await;
    let saved = client.control("GET", "/_lab/state", "").await.text();
    client.call(Service::Logs, "DeleteLogGroup", json!({ "logGroupName": "trail" })).await;
    let changed = client.control("GET", "/_lab/state", "").await.text();
    assert_ne!(changed, saved);
    let answer = client.control("PUT", "/_lab/state", saved.clone()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(client.control("GET", "/_lab/state", "").await.text(), saved);
    let damaged = saved.replacen("\"now\": \"2026", "\"now\": \"x2026", 1);
    let answer = client.control("PUT", "/_lab/state", damaged).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let why = answer.json()["error"].as_str().unwrap().to_owned();
    assert!(why.contains("at line 2 column"), "{why}");
    let answer = client.control("PUT", "/_lab/state", saved[..saved.len() / 2].to_owned()).await;
    assert!(answer.json()["error"].as_str().unwrap().contains("EOF while parsing"));
    assert_eq!(client.control("GET", "/_lab/state", "").await.text(), saved);
}

#[tokio::test]
async fn only_this_machine_controls() {
    let (_server, mut client) = started().await;
    for (name, value) in [("host", "lab.example.org:4599"), ("origin", "https://example.org")] {
        let request = Request::builder().method("POST").uri("/_lab/reset").header(name, value);
        let answer = client.send(request.body(Bytes::new()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    let answer = client.control("GET", "/_lab/nothing", "").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.json()["error"].as_str().unwrap().contains("POST /_lab/advance"));
}

#[tokio::test]
async fn bodies_have_a_limit() {
    let (server, mut client) = started().await;
    let request = signed(Service::Sns).body(Bytes::from(vec![b'a'; (16 << 20) + 1])).unwrap();
    let answer = client.send(request).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let mut client = Client::of(&server).await;
    // A small body may unpack to a large one.
    let mut packed = Vec::new();
    let zeros = std::io::Read::take(std::io::repeat(b' '), (16 << 20) + 1);
    let mut encoder = flate2::read::GzEncoder::new(zeros, flate2::Compression::fast());
    std::io::Read::read_to_end(&mut encoder, &mut packed).unwrap();
    let target = "Logs_20140328.DescribeLogGroups";
    let bomb =
        signed(Service::Logs).header("content-encoding", "gzip").header("x-amz-target", target);
    let answer = client.send(bomb.body(packed.into()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn dropping_it_ends_it() {
    let (server, mut client) = started().await;
    let address = server.address();
    client.control("GET", "/_lab", "").await;
    drop(server);
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(TcpStream::connect(address).await.is_err());
    assert!(client.sender.ready().await.is_err());
}
