use crate::one_read::tests::chain;
use crate::tests::findings;

const ID: &str = "alarm-statistic-counts-events";

#[test]
fn a_sample_count_knows_no_value() {
    assert_eq!(
        findings(ID, &chain("Statistic = \"SampleCount\"\nThreshold = 5.0", "5", None)),
        [
            "Alarm secret-read uses SampleCount. One read: 1 sample, whatever its value, never >= 5. \
          Two reads a minute apart do not fire it either, 10 in one minute do. Sum would be 5."
        ]
    );
}

#[test]
fn a_percentile_that_needs_more_samples_than_there_are_keeps_the_state() {
    let scenario = "remove = [\"/targets/123456789012~1eu-west-1/alarms/seen/MetricAlarms/secret-read/Statistic\"]\n"
        .to_owned()
        + &chain(
            "ExtendedStatistic = \"p95\"\nEvaluateLowSampleCountPercentile = \"ignore\"",
            "1",
            None,
        );
    assert_eq!(
        findings(ID, &scenario),
        ["Alarm secret-read uses p95. One read makes 1 samples, and \
          EvaluateLowSampleCountPercentile=ignore keeps the state where p95 has fewer than 200. \
          Sum would be 1."]
    );
}
