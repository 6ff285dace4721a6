//! What the filter's pattern makes of the events to try it on, as AWS says or as secmon reads it.

use secmon_core::baseline::{Expect, Message};
use secmon_core::engines::{Answer, Engines, Own};
use secmon_core::finding::{Finding, Judged, Outcome, Stop, Unseen, look};
use secmon_core::plan::{FilterSetting, Intent};
use secmon_core::route::Context;
use secmon_core::snapshot::MetricFilter;

/// The events of one kind, by what the pattern makes of them.
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
    /// What is known of the events that must, should or must not match.
    pub(crate) fn about(context: &Context<'a>, expect: Expect) -> Result<Self, Stop> {
        let filter = context.filter()?;
        let mut answers = Self { filter, matched: Vec::new(), missed: Vec::new(), unseen: None };
        let engines = Engines::of(context.snapshot, &filter.filter_pattern);
        let messages = context.messages.iter().filter(|message| message.expect == expect);
        for (message, answer) in engines.answers(messages) {
            answers.note(&engines, message, &answer);
        }
        Ok(answers)
    }

    fn note(&mut self, engines: &Engines<'_>, message: &'a Message, answer: &Answer) {
        match answer.believed() {
            Some(true) => self.matched.push(&message.says),
            Some(false) => self.missed.push(&message.says),
            None => {
                let unseen = unanswered(self.filter, engines, answer);
                self.unseen.get_or_insert(Stop::Unseen(unseen));
            }
        }
    }

    /// Stops here if an answer is missing.
    pub(crate) fn complete(self) -> Result<(), Stop> {
        self.unseen.map_or(Ok(()), Err)
    }

    /// How many events there is an answer about.
    pub(crate) fn tried(&self) -> usize {
        self.matched.len() + self.missed.len()
    }
}

/// Why neither AWS nor secmon says what the pattern makes of an event.
pub(crate) fn unanswered(filter: &MetricFilter, engines: &Engines<'_>, answer: &Answer) -> Unseen {
    let what = format!("what the pattern of filter {} matches", filter.filter_name);
    let mut unseen = match look(&answer.aws, what.clone()) {
        Err(Stop::Unseen(unseen)) => unseen,
        Ok(_) | Err(Stop::Skipped(_)) => Unseen::because(what, "AWS gave no answer"),
    };
    if answer.aws.is_not_asked() {
        unseen.reason = "AWS was not asked".to_owned();
    }
    let own = match (answer.own, engines.own()) {
        (Own::Uncertain(doubt), _) => Some(doubt.says().to_owned()),
        (Own::Refused, Err(error)) => {
            Some(format!("secmon cannot read this pattern: {}", error.message))
        }
        _ => None,
    };
    if let Some(own) = own {
        unseen.reason = format!("{}. {}", unseen.reason, own.trim_end_matches('.'));
    }
    unseen.hint("A pattern that misses reads shows no error anywhere.")
}

/// A filter whose pattern is not what the entry asks for; `says` is what it does instead.
pub(crate) fn wrong_pattern(context: &Context<'_>, filter: &MetricFilter, says: &str) -> Judged {
    let (name, pattern) = (&filter.filter_name, &filter.filter_pattern);
    let wanted = &context.entry.pattern;
    let message = format!("Filter {name} {says}. Its pattern is `{pattern}`.");
    let finding = Finding::new(name, message).field("filterPattern", pattern, wanted);
    Ok(Outcome::fail(finding.change(set_pattern(context, wanted)?)))
}

/// The wish that the filter has another pattern.
pub(crate) fn set_pattern(context: &Context<'_>, pattern: &str) -> Result<Intent, Stop> {
    set_filter(context, FilterSetting::Pattern(pattern.to_owned()))
}

/// The wish for a setting of the chain's filter.
pub(crate) fn set_filter(context: &Context<'_>, set: FilterSetting) -> Result<Intent, Stop> {
    let id = context.filter_id()?;
    Ok(Intent::SetMetricFilter {
        target: id.target.clone(),
        log_group: id.log_group.clone(),
        filter: id.name.clone(),
        set,
    })
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
