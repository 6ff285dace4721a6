//! Reads, deliveries and an alarm that are made up, and what is known of them is true.

use proptest::prelude::*;

use super::*;

/// Seconds from a read to its delivery.
fn delays() -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((0_i64..7200, 20_i64..900), 0..25)
}

const BEGIN: i64 = 1_767_430_800; // 2026-01-03T09:00:00Z

fn second(offset: i64) -> Timestamp {
    Timestamp::from_second(BEGIN + offset).unwrap()
}

/// Plays `Sum >= 1` in one of one minutes, missing data not breaching: the minutes for which it went
/// off, each with the number of reads in it.
fn play(account: &mut Account, reads: &[(i64, i64)]) -> usize {
    let mut minutes: BTreeMap<i64, usize> = BTreeMap::new();
    for (read, delay) in reads {
        *minutes.entry((read + delay).div_euclid(60)).or_default() += 1;
    }
    let mut told = 0;
    for (minute, count) in &minutes {
        // Without a break between two minutes the alarm stays in ALARM.
        if minutes.contains_key(&(minute - 1)) {
            continue;
        }
        told += count;
        let last = (*minute..).take_while(|next| minutes.contains_key(next)).last().unwrap();
        let sum = u32::try_from(*count).unwrap();
        let minute = second(minute * 60).to_string();
        let until = second((last + 2) * 60 + 17).to_string();
        account.alert(&minute, f64::from(sum), &until);
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// As many reads are told as were in the datapoints that set the alarm off, and every other one
    /// met an alarm that was in ALARM.
    #[test]
    fn as_many_reads_are_told_as_set_the_alarm_off(reads in delays()) {
        let mut account = Account::healthy();
        for (index, (read, _)) in reads.iter().enumerate() {
            let whole = json!({
                "eventSource": "secretsmanager.amazonaws.com", "eventName": "GetSecretValue",
                "requestID": index.to_string(),
                "requestParameters": { "secretId": "TopSecretInfo" },
            });
            account.event("GetSecretValue", &second(*read).to_string(), whole);
        }
        let told = play(&mut account, &reads);
        let fates = account.fates();
        prop_assert_eq!(fates.len(), reads.len());
        let said = fates.iter().filter(|fate| matches!(fate, Fate::Told { .. })).count();
        prop_assert_eq!(said, told, "{:?}", fates);
        for fate in fates {
            let in_alarm = matches!(fate, Fate::Missed(Cause::InAlarm { .. }));
            prop_assert!(in_alarm || matches!(fate, Fate::Told { .. }), "{:?}", fate);
        }
    }

    /// Whatever stands in events and history, nothing panics, and every read has a fate.
    #[test]
    fn garbage_is_survived(texts in prop::collection::vec(".{0,40}|[{}\\[\\]\":a-z0-9]{0,40}", 1..8)) {
        let mut account = Account::healthy();
        for text in &texts {
            account.change("PutMetricFilter", "2026-01-03T08:00:00Z", json!({
                "logGroupName": "audit-trail", "filterName": text, "filterPattern": text,
                "metricTransformations": text,
            }));
            account.change("PutMetricAlarm", "2026-01-03T08:00:00Z", json!({
                "alarmName": "secret-read", "evaluationPeriods": text, "statistic": text,
            }));
            account.read("2026-01-03T09:00:00Z");
            let mut item = state(at("2026-01-03T09:05:00Z"), text, "ALARM", json!(text));
            item.history_summary = format!("Alarm updated from {text}");
            account.items("secret-read", vec![item]);
        }
        prop_assert!(!account.fates().is_empty());
    }
}
