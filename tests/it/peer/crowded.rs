//! An account with more of everything than one page holds: the chain is on the last pages.

use aws_sdk_cloudwatchlogs::types::MetricTransformation;

use super::account::{Account, GROUP};
use super::server::{Iam, Server};
use super::set_up::{SetUp, differences, doctor};

/// ministack gives 50 groups, filters and alarms a page.
const MORE: usize = 120;

/// Sorts before the names of the chain.
fn name(number: usize) -> String {
    format!("0-noise-{number:03}")
}

async fn crowd(account: &Account) {
    for number in 0..MORE {
        let group = account.logs.create_log_group().log_group_name(name(number));
        group.send().await.expect("CreateLogGroup");
        let metric = MetricTransformation::builder()
            .metric_namespace("Noise")
            .metric_name(name(number))
            .metric_value("1")
            .build()
            .expect("a transformation");
        account
            .logs
            .put_metric_filter()
            .log_group_name(name(number))
            .filter_name(name(number))
            .filter_pattern("ERROR")
            .metric_transformations(metric)
            .send()
            .await
            .expect("PutMetricFilter");
        let alarm = account.alarm(&name(number)).namespace("Noise");
        let alarm = alarm.metric_name(name(number));
        alarm.send().await.expect("PutMetricAlarm");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_is_found_on_the_last_page() {
    let server = Server::start(Iam::Ignored);
    let account = Account::new(&server.url(), 400_000_000_001);
    crowd(&account).await;
    account.build().await;
    let first = account.logs.describe_log_groups().send().await;
    let first = first.expect("DescribeLogGroups");
    let on_first = |group: &aws_sdk_cloudwatchlogs::types::LogGroup| {
        group.log_group_name.as_deref() == Some(GROUP)
    };
    assert!(!first.log_groups().iter().any(on_first));
    let whole =
        SetUp { what: "a crowded account", then: |_| Box::pin(async {}), code: 3, but: &[] };
    assert_eq!(differences(&whole, &doctor(&account, &[]).await), None);
}
