use super::*;

#[test]
fn an_attempt_is_shorter_than_the_run() {
    for (total, attempt) in [(60, 15), (30, 10), (9, 3)] {
        let total = Duration::from_secs(total);
        assert_eq!(attempt_timeout(total), Duration::from_secs(attempt));
    }
    let tiny = Duration::from_millis(100);
    assert_eq!(attempt_timeout(tiny), tiny);
}

#[tokio::test]
async fn the_first_credentials_are_not_asked_for_twice() {
    let first = Credentials::new("FIRST", "s", None, None, "test");
    let then = Credentials::new("THEN", "s", None, None, "test");
    let provider =
        FirstThen { first: Mutex::new(Some(first)), then: SharedCredentialsProvider::new(then) };
    let mut keys = Vec::new();
    for _ in 0..3 {
        let credentials = provider.provide_credentials().await.unwrap();
        keys.push(credentials.access_key_id().to_owned());
    }
    assert_eq!(keys, ["FIRST", "THEN", "THEN"]);
}
