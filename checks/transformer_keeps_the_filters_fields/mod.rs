//! transformer keeps the filter's fields

use secmon_core::baseline::Expect;
use secmon_core::engines::{Engines, Own};
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Unseen};
use secmon_core::pattern::Match;
use secmon_core::plan::FilterSetting;
use secmon_core::route::{Context, Link};
use secmon_core::snapshot::MetricFilter;
use secmon_core::transformer::Transformation;

use crate::Check;
use crate::pattern_answers::set_filter;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "transformer-keeps-the-filters-fields",
    stage: Stage::Filter,
    title: "transformer keeps the filter's fields",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::LogGroup, Link::Filter],
    changed_by: &["PutMetricFilter", "PutTransformer", "PutAccountPolicy"],
    failures: &["L10"],
    page: include_str!("README.md"),
    run,
};

const HINT: &str = "If the fields that the pattern asks for have other names then, no read is \
                    counted. With applyOnTransformedLogs false, the filter sees events as \
                    CloudTrail wrote them.";

fn run(context: &Context<'_>) -> Judged {
    let (filter, group) = (context.filter()?, context.log_group_id()?);
    if !filter.apply_on_transformed_logs {
        let reason = format!("filter {} sees events as they came", filter.filter_name);
        return Ok(Outcome::NotApplicable(reason));
    }
    let transformation = context.log_transformation().map_err(|stop| stop.hint(HINT))?;
    if transformation == Transformation::None {
        return Ok(Outcome::Pass);
    }
    let unknown = |reason: String| {
        let what = format!("what filter {} sees of an event", filter.filter_name);
        Ok(Outcome::Unknown(Unseen::because(what, reason).hint(HINT)))
    };
    let engines = Engines::of(context.snapshot, &filter.filter_pattern);
    let Ok(pattern) = engines.own() else {
        return unknown("secmon cannot read its pattern".to_owned());
    };
    let reads = context.messages.iter().filter(|message| message.expect == Expect::Must);
    for (read, answer) in engines.answers(reads) {
        // What does not match even before is another check's finding.
        if answer.believed() != Some(true) {
            continue;
        }
        if let Transformation::Unclear(policy) = &transformation {
            return unknown(format!(
                "secmon cannot read which log groups the account's transformer {policy} selects"
            ));
        }
        // AWS was asked about the event as it came. What becomes of it is secmon's word alone, and
        // only a change of that word is the transformer's.
        if answer.own != Own::Certain(true) {
            return unknown(format!(
                "AWS says that the pattern matches {}, and secmon does not",
                read.says
            ));
        }
        let Some(text) = transformation.apply(&read.text) else {
            return unknown(format!(
                "log group {} has a transformer, which secmon does not compute",
                group.name
            ));
        };
        match pattern.test(&text) {
            Match::Yes => {}
            Match::No => {
                let wish = set_filter(context, FilterSetting::EventsAsTheyCame)?;
                let finding = rewritten(filter, &group.name, &read.says).change(wish);
                return Ok(Outcome::fail(finding));
            }
            Match::Uncertain(_) => {
                return unknown("the pattern is in doubt on a transformed event".to_owned());
            }
        }
    }
    Ok(Outcome::Pass)
}

fn rewritten(filter: &MetricFilter, group: &str, read: &str) -> Finding {
    let name = &filter.filter_name;
    let message = format!(
        "The transformer of log group {group} rewrites events before filter {name} sees them: {read} \
         no longer matches."
    );
    Finding::new(name, message).field("applyOnTransformedLogs", true, false)
}
