use aws_sdk_sns::operation::get_topic_attributes::GetTopicAttributesError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;

use super::*;

const PATIENCE: Duration = Duration::from_secs(10);

type SnsError = SdkError<GetTopicAttributesError, HttpResponse>;

fn sort(absent: &[&str], error: SnsError) -> Trouble {
    classify(Call::GetTopicAttributes, absent, PATIENCE, &error)
}

fn answered(status: u16, code: Option<&str>, message: &str) -> SnsError {
    let mut metadata = ErrorMetadata::builder().message(message);
    if let Some(code) = code {
        metadata = metadata.code(code);
    }
    let raw = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
    SdkError::service_error(GetTopicAttributesError::generic(metadata.build()), raw)
}

fn denied() -> Trouble {
    Trouble::Denied { action: "sns:GetTopicAttributes".to_owned() }
}

#[test]
fn a_missing_permission_is_denied_whatever_the_service_calls_it() {
    for (status, code) in [
        (400, "AccessDeniedException"),
        (403, "AccessDenied"),
        (403, "AuthorizationError"),
        (403, "AuthorizationErrorException"),
        (403, "UnauthorizedOperation"),
        (403, "SomethingNew"),
    ] {
        assert_eq!(sort(&[], answered(status, Some(code), "no")), denied(), "{code}");
    }
    assert_eq!(sort(&[], answered(403, None, "")), denied());
}

#[test]
fn bad_credentials_are_no_missing_permission() {
    for (status, code) in [
        (403, "ExpiredToken"),
        (400, "ExpiredTokenException"),
        (400, "UnrecognizedClientException"),
        (403, "InvalidClientTokenId"),
        (403, "SignatureDoesNotMatch"),
    ] {
        let Trouble::Refused { reason } = sort(&[], answered(status, Some(code), "words")) else {
            panic!("{code}")
        };
        assert!(reason.starts_with(&format!("GetTopicAttributes: {code}: words")), "{reason}");
        assert!(reason.contains("expired") && reason.contains("invalid"), "{reason}");
    }
}

#[test]
fn absent_is_only_what_the_reader_says() {
    let error = || answered(404, Some("NotFound"), "Topic does not exist");
    assert_eq!(sort(&["NotFound"], error()), Trouble::Absent);
    let reason = "GetTopicAttributes: NotFound: Topic does not exist".to_owned();
    assert_eq!(sort(&[], error()), Trouble::Failed { reason });
    let missing = answered(403, Some("NotFound"), "");
    assert_eq!(sort(&["NotFound"], missing), Trouble::Absent, "before any look at the status");
}

#[test]
fn other_errors_keep_their_words() {
    let said = |error| match sort(&[], error) {
        Trouble::Failed { reason } => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        said(answered(400, Some("Throttling"), "Rate exceeded")),
        "GetTopicAttributes: Throttling: Rate exceeded"
    );
    assert_eq!(said(answered(500, Some("InternalError"), "")), "GetTopicAttributes: InternalError");
    assert_eq!(said(answered(502, None, "")), "GetTopicAttributes: HTTP 502");
    assert!(said(answered(200, None, "")).contains("could not be read"));
    let slow = SdkError::timeout_error("slow".to_owned());
    assert_eq!(said(slow), "GetTopicAttributes: no answer within 10 s");
    let slow = SdkError::dispatch_failure(ConnectorError::timeout("slow".into()));
    assert_eq!(said(slow), "GetTopicAttributes: no answer within 10 s");
}

#[test]
fn a_server_that_is_not_there_is_told_in_plain_words() {
    let io = |kind| {
        let error = ConnectorError::io(Box::new(io::Error::new(kind, "os words")));
        match sort(&[], SdkError::dispatch_failure(error)) {
            Trouble::Failed { reason } => reason,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(io(io::ErrorKind::ConnectionRefused), "GetTopicAttributes: connection refused");
    assert_eq!(io(io::ErrorKind::ConnectionReset), "GetTopicAttributes: the connection was closed");
    assert_eq!(io(io::ErrorKind::Other), "GetTopicAttributes: no connection: os words");
}

#[test]
fn a_role_that_may_not_be_taken_on_is_denied() {
    let refusal = |code: &str| {
        let metadata = ErrorMetadata::builder().code(code).message("not authorized").build();
        let raw = HttpResponse::new(403.try_into().unwrap(), SdkBody::empty());
        let refused = SdkError::service_error(AssumeRoleError::generic(metadata), raw);
        let error = CredentialsError::provider_error(refused);
        sort(&[], SdkError::dispatch_failure(ConnectorError::other(error.into(), None)))
    };
    let denied = Trouble::Denied { action: "sts:AssumeRole".to_owned() };
    assert_eq!(refusal("AccessDenied"), denied);
    let reason = "no credentials: AssumeRole: ExpiredToken: not authorized".to_owned();
    assert_eq!(refusal("ExpiredToken"), Trouble::Failed { reason });
}

#[test]
fn a_read_is_never_not_asked() {
    assert_eq!(observed(Ok::<_, Trouble>(1)), Observed::Seen(1));
    assert_eq!(observed::<u8>(Err(Trouble::Absent)), Observed::Absent);
    let action = "sns:GetTopicAttributes".to_owned();
    assert_eq!(observed::<u8>(Err(denied())), Observed::Denied { action });
    assert_eq!(
        observed::<u8>(Err(Trouble::lacks(Call::DescribeKey, "Arn"))),
        Observed::Failed { reason: "DescribeKey: the answer lacks Arn".to_owned() }
    );
}

#[test]
fn a_clock_that_is_wrong_is_no_missing_permission() {
    for code in ["RequestTimeTooSkewed", "RequestExpired", "OptInRequired"] {
        let trouble = sort(&[], answered(403, Some(code), "words"));
        assert!(matches!(trouble, Trouble::Failed { .. }), "{code}: {trouble:?}");
    }
}
