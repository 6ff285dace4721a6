//! `secmon alarm simulate`: the built program on series, files, reads and accounts.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

struct Ran {
    stdout: String,
    stderr: String,
    code: Option<i32>,
}

fn simulate_of(arguments: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_secmon"))
        .args(["alarm", "simulate"])
        .args(arguments)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ran {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code(),
    }
}

fn simulate(arguments: &[&str]) -> Ran {
    simulate_of(arguments, "")
}

fn json(arguments: &[&str]) -> Value {
    let ran = simulate(&[&["-o", "json"], arguments].concat());
    assert!(ran.code != Some(2), "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn a_series_is_drawn_with_its_states_and_reasons() {
    let ran = simulate(&["0 0 1 - - 0"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let expected = "\
simulated: Sum >= 1 in 60 s, missing data is missing

goes to ALARM
  10:00  ▁▁█··▁
         OOAAAO
         O OK, A ALARM, i INSUFFICIENT_DATA, · no datapoint
         datapoints from 0 to 1, the alarm wants Sum >= 1 in 60 s

  2026-01-05 10:03:00 UTC  OK -> ALARM
    Threshold Crossed: 1 datapoint [1.0 (05/01/26 10:02:00)] was greater than or
    equal to the threshold (1.0).

  2026-01-05 10:06:00 UTC  ALARM -> OK
    Threshold Crossed: 1 datapoint [0.0 (05/01/26 10:05:00)] was not greater
    than or equal to the threshold (1.0).
";
    assert_eq!(ran.stdout, expected);
}

/// The tables of AWS's page on missing data: the state after the last of five periods.
#[test]
fn the_tables_of_awss_page_come_out() {
    let mut rows = 0;
    for line in include_str!("../../src/core/alarm/answers/alarm-evaluation.jsonl").lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        if row["kind"] != "doc-table" {
            continue;
        }
        let text = |name: &str| row[name].to_string().trim_matches('"').to_owned();
        for old in ["OK", "ALARM", "INSUFFICIENT_DATA"] {
            let played = json(&[
                "--state",
                old,
                "--evaluation-periods",
                &text("evaluation_periods"),
                "--datapoints-to-alarm",
                &text("datapoints_to_alarm"),
                "--treat-missing-data",
                &text("treat_missing_data"),
                "--",
                &text("datapoints"),
            ]);
            let steps = played["series"][0]["steps"].as_array().unwrap();
            let last = steps.last().unwrap()["state"].as_str().unwrap();
            match row["expect"].as_str().unwrap() {
                "RETAIN" if !text("datapoints").contains(['0', 'X']) => assert_eq!(last, old),
                // What came before the last evaluation may have changed it.
                "RETAIN" => {}
                "NOT_ALARM" => assert!(last != "ALARM" || old == "ALARM", "{row}"),
                expect => assert_eq!(last, expect, "{row} from {old}"),
            }
        }
        rows += 1;
    }
    assert_eq!(rows, 40);
}

#[test]
fn reads_among_other_events_are_played_as_the_doctor_judges_them() {
    let rows: [(&[&str], i32); 7] = [
        (&["--reads", "1"], 0),
        (&["--reads", "1", "--default-value", "0"], 0),
        (&["--reads", "1", "--default-value", "0", "--statistic", "Average"], 1),
        (&["--reads", "1", "--statistic", "Average"], 0),
        (&["--reads", "1", "--threshold", "2"], 1),
        (&["--reads", "2", "--threshold", "2"], 0),
        (&["--reads", "2", "--every", "1", "--threshold", "2"], 1),
    ];
    for (arguments, code) in rows {
        let ran = simulate(arguments);
        assert_eq!(ran.code, Some(code), "{arguments:?}\n{}{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn what_aws_does_not_publish_is_said() {
    // The datapoint that does not breach is five periods old when the other one comes of age.
    let ran = simulate(&[
        "--evaluation-periods",
        "3",
        "--treat-missing-data",
        "missing",
        "0 - X - - - - - - - -",
    ]);
    assert!(ran.stdout.contains("An alarm looks back on two periods more"), "{}", ran.stdout);
}

#[test]
fn files_hold_series_samples_or_alarms() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let series = file("series.txt", "# two\nquiet: 0x5\nread: 0 0 1 0\n\n");
    let ran = simulate(&["--file", &series]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stdout.contains("quiet: does not go to ALARM"), "{}", ran.stdout);
    assert!(ran.stdout.contains("read: goes to ALARM"), "{}", ran.stdout);
    let csv = "timestamp,value,count\n2026-09-14T01:15:51Z,0,39\n2026-09-14T01:15:52Z,1,1\n";
    let samples = file("samples.csv", csv);
    assert_eq!(simulate(&["--file", &samples]).code, Some(0));
    assert_eq!(simulate(&["--file", &samples, "--statistic", "Average"]).code, Some(1));
    let lines = "{\"timestamp\": \"2026-09-14T01:15:51Z\", \"value\": 1}\n";
    assert_eq!(simulate_of(&["--file", "-"], lines).code, Some(0));
    let alarms = file(
        "alarms.json",
        r#"{"MetricAlarms": [{"AlarmName": "reads", "Statistic": "Sum", "Period": 60, "Namespace": "N",
            "MetricName": "M", "EvaluationPeriods": 1, "Threshold": 5.0, "NewField": [],
            "ComparisonOperator": "GreaterThanOrEqualToThreshold", "ActionsEnabled": true,
            "AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:t"]}], "CompositeAlarms": []}"#,
    );
    let ran = simulate(&["--alarm", &alarms, "--alarm-name", "reads", "1 5"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("OK -> ALARM; 1 action runs"), "{}", ran.stdout);
    let ran = simulate(&["--alarm", &alarms, "--alarm-name", "other", "1 5"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("there are: reads"), "{}", ran.stderr);
}

#[test]
fn an_alarm_of_an_account_is_played() {
    let of = |scenario: &str, more: &[&str]| {
        let fixed = ["--lab", scenario, "--alarm-name", "secret-read", "--default-value", "0"];
        simulate(&[&fixed[..], &["--reads", "1"], more].concat())
    };
    assert_eq!(of("healthy", &[]).code, Some(0));
    let ran = of("average-statistic", &[]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    // What would be if one setting were another.
    assert_eq!(of("average-statistic", &["--statistic", "Sum"]).code, Some(0));
    let ran = simulate(&["--lab", "healthy", "--alarm-name", "nothing", "1"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("there are: secret-read"), "{}", ran.stderr);
}

#[test]
fn what_cannot_be_played_is_an_error() {
    let rows: [(&[&str], &str); 7] = [
        (&["1 two 3"], "`two` is no value"),
        (&[""], "an empty series"),
        (&["0x99999999"], "more than"),
        (&["--statistic", "IQM", "1"], "it is one of Sum, Average"),
        (&["--period", "7", "1"], "AWS takes 10, 20, 30 and multiples of 60"),
        (&["--lab", "composite-notifies", "--reads", "41"], "--events-per-minute 41"),
        (&[], "required"),
    ];
    for (arguments, says) in rows {
        let ran = simulate(arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}\n{}", ran.stdout);
        assert!(ran.stderr.contains(says), "{arguments:?}\n{}", ran.stderr);
    }
}
