use super::*;

#[test]
fn an_age_is_told_in_the_unit_people_use() {
    let now: Timestamp = "2026-01-05T10:12:00Z".parse().unwrap();
    let told = |then: &str| ago(then.parse().unwrap(), now);
    assert_eq!(told("2026-01-05T10:11:20Z"), "40 s ago");
    assert_eq!(told("2026-01-05T10:10:03Z"), "1 min ago");
    assert_eq!(told("2026-01-05T04:12:00Z"), "6 h ago");
    assert_eq!(told("2025-12-24T10:12:00Z"), "12 days ago");
    assert_eq!(told("2026-01-05T10:13:00Z"), "just now");
}
