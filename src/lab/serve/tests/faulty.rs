//! What goes wrong on the way.

use std::time::Duration;

use hyper::StatusCode;
use serde_json::{Value, json};

use super::super::model::Model;
use super::super::pages::Paging;
use super::super::{Fault, Kind};
use super::running::{Client, started};
use crate::world::Service;

#[tokio::test]
async fn faults_happen() {
    let (server, mut client) = started().await;
    for name in ["a", "b", "c"] {
        client.call(Service::Logs, "CreateLogGroup", json!({ "logGroupName": name })).await;
    }
    let put = |fault| {
        server.with_faults(|faults| {
            faults.clear();
            faults.put(fault);
        })
    };
    let name = "DescribeLogGroups";
    put(Fault::new(name, Kind::Deny));
    let answer = client.call(Service::Logs, name, json!({})).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let answer = answer.json();
    assert_eq!(answer["__type"], "AccessDeniedException");
    assert!(answer["message"].as_str().unwrap().contains("logs:DescribeLogGroups"));
    put(Fault::new("*", Kind::Throttle).times(2));
    for expected in [400, 400, 200] {
        let answer = client.call(Service::Logs, name, json!({})).await;
        assert_eq!(answer.status, expected);
    }
    put(Fault::new(name, Kind::Error));
    let answer = client.call(Service::Logs, name, json!({})).await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()["__type"].clone()),
        (500, json!("InternalFailure"))
    );
    put(Fault::new(name, Kind::Malformed));
    let answer = client.call(Service::Logs, name, json!({})).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(serde_json::from_slice::<Value>(&answer.body.unwrap()).is_err());
    put(Fault::new(name, Kind::Halve));
    let answer = client.call(Service::Logs, name, json!({})).await;
    let halved = answer.body.unwrap();
    assert!(halved.starts_with(b"{\"logGroups\"") && !halved.ends_with(b"}"));
    put(Fault::new("*", Kind::Error));
    server.with_faults(|faults| faults.put(Fault::new(name, Kind::None).latency_ms(30)));
    let answer = tokio::time::timeout(
        Duration::from_millis(20),
        client.call(Service::Logs, name, json!({})),
    );
    assert!(answer.await.is_err(), "it takes longer");
    let mut client = Client::of(&server).await;
    let answer = client.call(Service::Logs, name, json!({})).await;
    assert_eq!(answer.status, StatusCode::OK);
    put(Fault::new(name, Kind::Truncate));
    let answer = client.call(Service::Logs, name, json!({})).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.is_err(), "the connection breaks");
    put(Fault::new(name, Kind::Timeout));
    let mut client = Client::of(&server).await;
    let call = client.call(Service::Logs, name, json!({}));
    assert!(tokio::time::timeout(Duration::from_millis(30), call).await.is_err());
}

#[tokio::test]
async fn pages_of_one_and_pages_that_never_end() {
    let (server, mut client) = started().await;
    for name in ["a", "b"] {
        client.call(Service::Logs, "CreateLogGroup", json!({ "logGroupName": name })).await;
    }
    let name = "DescribeLogGroups";
    server.with_faults(|faults| faults.put(Fault::new(name, Kind::PagesOfOne)));
    let mut pages = Vec::new();
    let mut input = json!({});
    loop {
        let page = client.call(Service::Logs, name, input).await.json();
        let groups = page["logGroups"].as_array().unwrap();
        pages.push(groups.iter().map(|group| group["logGroupName"].clone()).collect::<Vec<_>>());
        match page.get("nextToken") {
            Some(token) => input = json!({ "nextToken": token }),
            None => break,
        }
    }
    assert_eq!(pages, [vec![], vec![json!("a")], vec![json!("b")]]);
    server.with_faults(|faults| faults.put(Fault::new(name, Kind::RepeatedToken)));
    for input in [json!({}), json!({ "nextToken": "again" })] {
        let page = client.call(Service::Logs, name, input).await.json();
        assert_eq!(page["nextToken"], "again");
        assert_eq!(page["logGroups"].as_array().unwrap().len(), 2);
    }
}

#[test]
fn the_pages_of_several_lists_are_one_sequence() {
    let model = Model::of(Service::Monitoring);
    let operation = &model.operations["DescribeAlarms"];
    let shape = |name: &Option<String>| model.shape(name.as_deref().unwrap());
    let paging = Paging::of(model, shape(&operation.input), shape(&operation.output)).unwrap();
    let call = |input: Value| {
        Ok(match input["NextToken"].as_str() {
            None => json!({ "MetricAlarms": ["m"], "CompositeAlarms": [], "NextToken": "2" }),
            Some(_) => json!({ "CompositeAlarms": ["c"] }),
        })
    };
    let page = |token: Value| paging.of_one(&json!({ "NextToken": token }), call).unwrap();
    let first = page(Value::Null);
    assert_eq!((&first["MetricAlarms"], &first["NextToken"]), (&json!([]), &json!("item-0")));
    let second = page(json!("item-0"));
    assert_eq!((&second["MetricAlarms"], &second["NextToken"]), (&json!(["m"]), &json!("item-1")));
    let last = page(json!("item-1"));
    assert_eq!((&last["CompositeAlarms"], &last["NextToken"]), (&json!(["c"]), &Value::Null));
}

#[tokio::test]
async fn faults_are_put_over_http() {
    let (_server, mut client) = started().await;
    let body = r#"{"operation": "DescribeTrails", "kind": "throttle", "times": 2}"#;
    let answer = client.control("POST", "/_lab/faults", body).await.json();
    let fault =
        json!({ "operation": "DescribeTrails", "kind": "throttle", "times": 2, "latency_ms": 0 });
    assert_eq!(answer, json!({ "faults": [fault] }));
    client.call(Service::CloudTrail, "DescribeTrails", json!({})).await;
    let mut client = Client::of(&_server).await;
    let left = client.control("GET", "/_lab/faults", "").await.json();
    assert_eq!(left["faults"][0]["times"], 1);
    for (body, says) in [
        (r#"{"operation": "DescribeTrail", "kind": "deny"}"#, "no operation DescribeTrail"),
        (r#"{"operation": "ListTopics", "service": "kms", "kind": "deny"}"#, "no operation"),
        (r#"{"operation": "ListTopics", "kind": "forget"}"#, "unknown variant `forget`"),
        (r#"{"kind": "deny"}"#, "missing field `operation`"),
    ] {
        let answer = client.control("POST", "/_lab/faults", body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.json()["error"].as_str().unwrap().contains(says), "{body}");
    }
    client.control("DELETE", "/_lab/faults", "").await;
    assert_eq!(client.control("GET", "/_lab/faults", "").await.json()["faults"], json!([]));
}
