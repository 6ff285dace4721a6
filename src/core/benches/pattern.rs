//! How fast patterns are tried on CloudTrail events, beside reading each event into a
//! `serde_json::Value` first, and beside looking for one word in the same bytes.
//!
//! One core, and where the system says so the time on the processor, so that other work on the
//! machine counts less. The last lines are a table: bytes a second, and how many times as fast as the reading
//! of a `Value`. The comparison is in its favour: it asks the value for its members by hand, without
//! any pattern. Numbers of a run are worth something only beside the others of that run.

#![expect(clippy::print_stdout, reason = "the table is what a bench is for")]
#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up has nothing to say")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::cell::RefCell;
use std::hint::black_box;
use std::io::Read as _;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use secmon_core::baseline::BaselineEntry;
use secmon_core::pattern::{FilterPattern, Match};
use serde_json::Value;

const EVENTS: &[u8] = include_bytes!("cloudtrail-events.jsonl.gz");

/// More than any cache holds.
const BYTES: usize = 200_000_000;

/// Events one after the other.
struct Corpus {
    name: &'static str,
    text: String,
}

/// A pattern, and the same question asked of a value by hand.
struct Question {
    name: &'static str,
    pattern: String,
    by_hand: fn(&Value) -> bool,
    /// How many times as fast as the reading of a value it has to be.
    bar: Option<f64>,
}

/// The fastest pass over a corpus.
struct Figure {
    corpus: &'static str,
    question: &'static str,
    way: &'static str,
    bytes_a_second: f64,
    matching: usize,
}

fn repeated(name: &'static str, events: &[&str], bytes: usize) -> Corpus {
    let mut text = String::new();
    while text.len() < bytes {
        for event in events {
            text.push_str(event);
            text.push('\n');
        }
    }
    Corpus { name, text }
}

fn name_is(event: &Value, name: &str) -> bool {
    event.get("eventName").and_then(Value::as_str) == Some(name)
}

fn is_secret_access(event: &Value) -> bool {
    event.get("eventSource").and_then(Value::as_str) == Some("secretsmanager.amazonaws.com")
        && (name_is(event, "GetSecretValue") || name_is(event, "BatchGetSecretValue"))
}

fn canonical(bar: f64) -> Question {
    Question {
        name: "canonical",
        pattern: BaselineEntry::secret_access().pattern,
        by_hand: is_secret_access,
        bar: Some(bar),
    }
}

fn questions() -> Vec<Question> {
    let question = |name, pattern: &str, by_hand, bar| Question {
        name,
        pattern: pattern.to_owned(),
        by_hand,
        bar,
    };
    vec![
        canonical(15.0),
        question(
            "not-exists",
            "{ $.errorCode NOT EXISTS }",
            |event| event.get("errorCode").is_none(),
            Some(2.5),
        ),
        question(
            "numeric",
            "{ $.additionalEventData.bytesTransferredOut > 1000 }",
            |event| {
                let sent = event.pointer("/additionalEventData/bytesTransferredOut");
                sent.and_then(Value::as_f64).is_some_and(|bytes| bytes > 1000.0)
            },
            Some(2.5),
        ),
        question(
            "numeric-anywhere",
            "{ $.requestParameters.* >= 100 }",
            |event| {
                let parameters = event.get("requestParameters").and_then(Value::as_object);
                let mut numbers = parameters.into_iter().flat_map(|all| all.values());
                numbers.any(|value| value.as_f64().is_some_and(|number| number >= 100.0))
            },
            Some(2.5),
        ),
        question(
            "not-by-service",
            "{ $.userIdentity.invokedBy NOT EXISTS && $.readOnly IS TRUE }",
            |event| {
                let by_service = event.pointer("/userIdentity/invokedBy").is_some();
                !by_service && event.get("readOnly") == Some(&Value::Bool(true))
            },
            None,
        ),
        question(
            "denied",
            "{ ($.errorCode = \"*UnauthorizedOperation\") || ($.errorCode = \"AccessDenied*\") }",
            |event| {
                let code = event.get("errorCode").and_then(Value::as_str);
                code.is_some_and(|code| {
                    code.ends_with("UnauthorizedOperation") || code.starts_with("AccessDenied")
                })
            },
            None,
        ),
    ]
}

/// The time this thread has been on the processor (Linux), or else since the start of the run.
fn clock(start: Instant) -> Duration {
    let on_processor = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = on_processor.as_deref().and_then(|line| line.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| start.elapsed(), Duration::from_nanos)
}

/// Runs something over a corpus as often as criterion wants and keeps the fastest pass.
fn measure(
    criterion: &mut Criterion,
    figures: &RefCell<Vec<Figure>>,
    corpus: &Corpus,
    (question, way): (&'static str, &'static str),
    mut pass: impl FnMut(&str) -> usize,
) {
    let mut group = criterion.benchmark_group(corpus.name);
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    group.throughput(Throughput::Bytes(corpus.text.len() as u64));
    let fastest = RefCell::new((Duration::MAX, 0));
    group.bench_function(BenchmarkId::new(question, way), |bencher| {
        bencher.iter_custom(|passes| {
            let mut all = Duration::ZERO;
            let start = Instant::now();
            for _ in 0..passes {
                let before = clock(start);
                let matching = black_box(pass(black_box(&corpus.text)));
                let took = clock(start) - before;
                all += took;
                if took < fastest.borrow().0 {
                    *fastest.borrow_mut() = (took, matching);
                }
            }
            all
        });
    });
    group.finish();
    let (took, matching) = fastest.into_inner();
    if took < Duration::MAX {
        figures.borrow_mut().push(Figure {
            corpus: corpus.name,
            question,
            way,
            bytes_a_second: corpus.text.len() as f64 / took.as_secs_f64(),
            matching,
        });
    }
}

fn compare(
    criterion: &mut Criterion,
    figures: &RefCell<Vec<Figure>>,
    corpus: &Corpus,
    questions: &[Question],
) {
    measure(criterion, figures, corpus, ("word", "memmem"), |text| {
        let finder = memchr::memmem::Finder::new("\"BatchGetSecretValue\"");
        finder.find_iter(text.as_bytes()).count()
    });
    for question in questions {
        let pattern = FilterPattern::parse(&question.pattern).unwrap();
        measure(criterion, figures, corpus, (question.name, "pattern"), |text| {
            let mut matcher = pattern.matcher();
            text.lines().filter(|line| matcher.test(line) == Match::Yes).count()
        });
        measure(criterion, figures, corpus, (question.name, "value"), |text| {
            let values = text.lines().map(|line| serde_json::from_str(line).unwrap());
            values.filter(|value: &Value| (question.by_hand)(value)).count()
        });
    }
}

/// The table, and whether a bar was missed.
fn report(figures: &[Figure], corpus: &Corpus, questions: &[Question]) {
    let figure = |question: &str, way: &str| {
        figures.iter().find(|figure| {
            figure.corpus == corpus.name && figure.question == question && figure.way == way
        })
    };
    let Some(word) = figure("word", "memmem") else {
        return;
    };
    let giga = |figure: &Figure| figure.bytes_a_second / 1e9;
    println!(
        "\n{}: {} MB, memmem {:.2} GB/s",
        corpus.name,
        corpus.text.len() / 1_000_000,
        giga(word)
    );
    println!("  question          matching   pattern     value   ratio     bar  of memmem");
    for question in questions {
        let (Some(ours), Some(theirs)) =
            (figure(question.name, "pattern"), figure(question.name, "value"))
        else {
            continue;
        };
        assert_eq!(ours.matching, theirs.matching, "{} matches other events", question.name);
        let ratio = ours.bytes_a_second / theirs.bytes_a_second;
        let bar = question.bar.map_or_else(String::new, |bar| {
            format!("{bar:.1} {}", if ratio < bar { "✗" } else { "✓" })
        });
        println!(
            "  {:<17} {:>8}  {:>4.2} GB/s {:>4.2} GB/s  {ratio:>5.1}x {bar:>7}  {:>5.2}",
            question.name,
            ours.matching,
            giga(ours),
            giga(theirs),
            ours.bytes_a_second / word.bytes_a_second,
        );
    }
}

fn main() {
    let mut events = String::new();
    flate2::read::GzDecoder::new(EVENTS).read_to_string(&mut events).unwrap();
    let lines: Vec<&str> = events.lines().collect();
    let reads: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|line| is_secret_access(&serde_json::from_str(line).unwrap()))
        .collect();
    // `cargo test --benches` only wants to know that it runs.
    let bytes = if std::env::args().any(|argument| argument == "--test") { 1 } else { BYTES };
    let all = repeated("all-events", &lines, bytes);
    let matching = repeated("matching-events", &reads, bytes);

    let mut criterion = Criterion::default().configure_from_args();
    let figures = RefCell::new(Vec::new());
    let (questions, of_matching) = (questions(), [canonical(2.5)]);
    compare(&mut criterion, &figures, &all, &questions);
    compare(&mut criterion, &figures, &matching, &of_matching);
    criterion.final_summary();
    let figures = figures.into_inner();
    report(&figures, &all, &questions);
    report(&figures, &matching, &of_matching);
}
