use std::collections::BTreeSet;

use super::model::Model;
use super::problem::Problem;
use super::*;

mod envelopes;
mod faulty;
mod garbage;
mod generate;
mod objects;
mod requests;
mod round_trips;
mod running;

#[test]
fn every_model_is_read_and_whole() {
    let mut played = 0;
    for service in Service::ALL {
        let model = Model::of(*service);
        assert!(!model.operations.is_empty(), "{service:?}");
        played += model.operations.len();
        let mut referred = BTreeSet::new();
        for operation in model.operations.values() {
            referred.extend(operation.input.iter().chain(&operation.output));
        }
        for shape in model.shapes().values() {
            referred.extend(shape.members.iter().map(|member| &member.shape));
            let items = [&shape.member, &shape.key, &shape.value];
            referred.extend(items.into_iter().flatten().map(|item| &item.shape));
        }
        for name in referred {
            assert!(model.shapes().contains_key(name), "{service:?} has no shape {name}");
        }
        for name in model.operations.keys() {
            assert!(!model.others.contains_key(name), "{service:?}: {name} twice");
        }
    }
    assert_eq!(played, 233);
}

#[test]
fn most_patterns_compile() {
    let mut left = BTreeSet::new();
    for service in Service::ALL {
        for (name, shape) in Model::of(*service).shapes() {
            // What no pattern of a name or id matches.
            if shape.has_pattern() && shape.mismatched("\n\u{0}").is_none() {
                left.insert(name.clone());
            }
        }
    }
    // Lookaround, classes of Unicode, and what admits everything.
    assert!(left.len() < 40, "{left:?}");
    assert!(!left.contains("LogGroupName") && !left.contains("AliasNameType"));
}

#[test]
fn every_error_of_a_model_has_a_status_of_its_kind() {
    for service in Service::ALL {
        for (name, error) in &Model::of(*service).errors {
            assert!((300..600).contains(&error.status), "{service:?} {name}");
        }
    }
    let problem = Problem::of(
        &envelopes::manner(asked::Protocol::Query, Service::Sns),
        &ApiError::new("NotFoundException", "Topic does not exist"),
    );
    assert_eq!((problem.status, problem.code.as_str()), (404, "NotFound"));
}

/// Neither another site's page nor a name that its owner points to this machine is answered, the
/// operations of AWS as little as the control.
#[test]
fn only_programs_on_this_machine_are_answered() {
    let from_here = |host: &str, origin: Option<&str>| {
        let mut request = hyper::Request::builder().uri("/").header("host", host);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        super::is_from_here(&request.body(()).unwrap().into_parts().0)
    };
    for host in [
        "127.0.0.1:4600",
        "127.0.0.1",
        "[::1]:4600",
        "localhost:4600",
        "trail-logs.localhost:4600",
        "trail-logs.s3.eu-west-1.amazonaws.com",
    ] {
        assert!(from_here(host, None), "{host}");
        assert!(!from_here(host, Some("http://evil.example")), "{host} from a page");
    }
    for host in ["evil.example", "127.evil.example", "localhost.evil.example:4600", "192.0.2.1"] {
        assert!(!from_here(host, None), "{host}");
    }
}
