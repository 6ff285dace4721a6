use super::*;

fn target(region: &str) -> Target {
    Target::try_from(format!("123456789012/{region}")).unwrap()
}

#[test]
fn no_window_holds_more_calls_than_allowed() {
    for (call, limit) in [(Call::LookupEvents, 2), (Call::TestMetricFilter, 5)] {
        assert_eq!(per_second(call), Some(limit));
        let gate = Gate::before(None);
        let begin = Instant::now();
        let turns: Vec<Instant> =
            (0..20).map(|_| gate.turn(call, &target("eu-west-1"), limit)).collect();
        assert!(turns[limit - 1] < begin + WINDOW, "the first ones go at once");
        for (index, turn) in turns.iter().enumerate().skip(limit) {
            assert!(*turn >= turns[index - limit] + WINDOW, "{call:?} {index}");
        }
        let last = turns.last().unwrap().duration_since(begin).as_secs();
        assert_eq!(last as usize, 19 / limit, "and no slower than need be");
    }
}

#[test]
fn places_and_calls_do_not_wait_for_each_other() {
    let gate = Gate::before(None);
    let begin = Instant::now();
    for region in ["eu-west-1", "us-east-1"] {
        for call in [Call::LookupEvents, Call::TestMetricFilter] {
            for _ in 0..2 {
                assert!(gate.turn(call, &target(region), 2) < begin + WINDOW);
            }
        }
    }
}

#[tokio::test]
async fn only_so_many_are_under_way() {
    let gate = Gate::before(None);
    let here = target("eu-west-1");
    let mut permits = Vec::new();
    for _ in 0..AT_ONCE {
        permits.push(gate.pass(Call::GetRole, &here).await.unwrap());
    }
    let short = Duration::from_millis(20);
    assert!(tokio::time::timeout(short, gate.pass(Call::GetRole, &here)).await.is_err());
    permits.pop();
    assert!(tokio::time::timeout(short, gate.pass(Call::GetRole, &here)).await.is_ok());
}

#[test]
fn only_a_server_on_this_machine_is_asked_as_fast_as_it_answers() {
    for url in
        ["http://127.0.0.1:4599", "http://localhost:1/", "http://[::1]:4599", "http://127.9.9.9"]
    {
        assert!(!Gate::before(Some(url)).paced, "{url}");
    }
    for url in [
        "https://vpce-1.cloudtrail.eu-west-1.vpce.amazonaws.com",
        "http://192.0.2.1:80",
        "http://localhost.example.org",
    ] {
        assert!(Gate::before(Some(url)).paced, "{url}");
    }
    assert!(Gate::before(None).paced);
}
