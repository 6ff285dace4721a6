//! What AWS said about the filter's pattern and the events to try it on.

use secmon_core::baseline::{Expect, Message};
use secmon_core::finding::{Finding, Judged, Outcome, Stop, look};
use secmon_core::plan::{FilterSetting, Intent};
use secmon_core::route::Context;
use secmon_core::snapshot::MetricFilter;

/// The events of one kind, by what `TestMetricFilter` answered.
pub(crate) struct Answers<'a> {
    /// The filter.
    pub(crate) filter: &'a MetricFilter,
    /// Events that match, in words.
    pub(crate) matched: Vec<&'a str>,
    /// Events that do not.
    pub(crate) missed: Vec<&'a str>,
    /// Why some answers are missing.
    unseen: Option<Stop>,
}

impl<'a> Answers<'a> {
    /// What AWS said about the events that must, should or must not match.
    pub(crate) fn about(context: &Context<'a>, expect: Expect) -> Result<Self, Stop> {
        let filter = context.filter()?;
        let mut answers = Self { filter, matched: Vec::new(), missed: Vec::new(), unseen: None };
        for message in context.messages.iter().filter(|message| message.expect == expect) {
            answers.note(context, message);
        }
        Ok(answers)
    }

    fn note(&mut self, context: &Context<'a>, message: &'a Message) {
        let answer = context.snapshot.pattern_tests.answer(&self.filter.filter_pattern, message);
        let what = format!("what the pattern of filter {} matches", self.filter.filter_name);
        match look(&answer, what) {
            Ok(true) => self.matched.push(&message.says),
            Ok(false) => self.missed.push(&message.says),
            Err(stop) => {
                self.unseen.get_or_insert(
                    stop.hint("A pattern that misses reads shows no error anywhere."),
                );
            }
        }
    }

    /// Stops here if an answer is missing.
    pub(crate) fn complete(self) -> Result<(), Stop> {
        self.unseen.map_or(Ok(()), Err)
    }

    /// How many events AWS answered about.
    pub(crate) fn tried(&self) -> usize {
        self.matched.len() + self.missed.len()
    }
}

/// A filter whose pattern is not what the entry asks for; `says` is what it does instead.
pub(crate) fn wrong_pattern(context: &Context<'_>, filter: &MetricFilter, says: &str) -> Judged {
    let (name, pattern) = (&filter.filter_name, &filter.filter_pattern);
    let wanted = &context.entry.pattern;
    let id = context.filter_id()?;
    let message = format!("Filter {name} {says}. Its pattern is `{pattern}`.");
    Ok(Outcome::fail(Finding::new(name, message).field("filterPattern", pattern, wanted).change(
        Intent::SetMetricFilter {
            target: id.target.clone(),
            log_group: id.log_group.clone(),
            filter: id.name.clone(),
            set: FilterSetting::Pattern(wanted.clone()),
        },
    )))
}

/// "a, b and c".
pub(crate) fn list<S: AsRef<str>>(items: &[S]) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match items.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => (*last).to_owned(),
        None => "nothing".to_owned(),
    }
}
