//! How many simple calls a second the server answers over loopback.
//!
//! Server and client share one thread, so the number is that of one core, and holds the client's
//! work too. Connections are kept alive, each call waits for the answer to the one before it.

#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up has nothing to say")]

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use secmon_lab::serve::{Clock, Server};
use secmon_lab::world::{Settings, World};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Mutex;

struct Case {
    name: &'static str,
    service: &'static str,
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static [u8],
}

const GROUP: &[u8] = br#"{"logGroupName": "trail"}"#;

static CASES: &[Case] = &[
    Case {
        name: "json: DescribeLogGroups",
        service: "logs",
        path: "/",
        headers: &[("x-amz-target", "Logs_20140328.DescribeLogGroups")],
        body: b"{}",
    },
    Case {
        name: "query: ListTopics",
        service: "sns",
        path: "/",
        headers: &[],
        body: b"Action=ListTopics&Version=2010-03-31",
    },
    Case {
        name: "cbor: DescribeAlarms",
        service: "monitoring",
        path: "/service/GraniteServiceVersion20100801/operation/DescribeAlarms",
        headers: &[("smithy-protocol", "rpc-v2-cbor")],
        body: &[0xa0],
    },
];

fn request(case: &Case) -> Request<Full<Bytes>> {
    let signature = format!(
        "AWS4-HMAC-SHA256 Credential=AKIA123456789012/20260914/eu-west-1/{}/aws4_request",
        case.service
    );
    let mut builder = Request::post(case.path)
        .header("host", "127.0.0.1")
        .header("user-agent", "bench")
        .header("authorization", signature);
    for (name, value) in case.headers {
        builder = builder.header(*name, *value);
    }
    builder.body(Full::new(Bytes::from_static(case.body))).unwrap()
}

async fn call(sender: &Mutex<SendRequest<Full<Bytes>>>, case: &Case) -> Bytes {
    let mut sender = sender.lock().await;
    sender.ready().await.unwrap();
    let response = sender.send_request(request(case)).await.unwrap();
    response.into_body().collect().await.unwrap().to_bytes()
}

fn start(runtime: &Runtime) -> (Server, Mutex<SendRequest<Full<Bytes>>>) {
    runtime.block_on(async {
        let world = World::new("2026-09-14T01:49:22Z".parse().unwrap(), Settings::default());
        let address = "127.0.0.1:0".parse().unwrap();
        let server = Server::bind(world, address, Clock::Still).await.unwrap();
        let stream = TcpStream::connect(server.address()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        (server, Mutex::new(sender))
    })
}

fn calls(criterion: &mut Criterion) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let (_server, sender) = start(&runtime);
    let make = Case {
        headers: &[("x-amz-target", "Logs_20140328.CreateLogGroup")],
        body: GROUP,
        ..CASES[0]
    };
    runtime.block_on(call(&sender, &make));
    let mut group = criterion.benchmark_group("calls");
    group.throughput(Throughput::Elements(1));
    for case in CASES {
        group.bench_function(case.name, |bencher| {
            bencher.iter(|| runtime.block_on(call(&sender, case)));
        });
    }
    group.finish();
}

criterion_group!(benches, calls);
criterion_main!(benches);
