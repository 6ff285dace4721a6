//! filter pattern says what it means

use secmon_core::baseline::{Expect, Message};
use secmon_core::engines::Engines;
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage};
use secmon_core::pattern::lint::{About, Lint, LogGroup, Weight, lint};
use secmon_core::pattern::meaning::{Extent, extent_of_cloudtrail};
use secmon_core::pattern::{FilterPattern, Match};
use secmon_core::route::{Context, Link};

use crate::Check;
use crate::pattern_answers::set_pattern;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "filter-pattern-says-what-it-means",
    stage: Stage::Filter,
    title: "filter pattern says what it means",
    severity: Severity::Medium,
    effect: Effect::Degrades,
    needs: &[Link::LogGroup, Link::Filter],
    changed_by: &["PutMetricFilter"],
    failures: &["L4"],
    page: include_str!("README.md"),
    run,
};

/// Lints that say which reads are missed: moot where none is known to be missed.
const MISSED_READS: [&str; 3] =
    ["secret-by-name-only", "secret-by-arn-only", "service-invoked-excluded"];

/// Lints of what AWS alone can tell: moot where it told.
const NOT_ESTABLISHED: [&str; 1] = ["inner-wildcard"];

fn run(context: &Context<'_>) -> Judged {
    let filter = context.filter()?;
    let engines = Engines::of(context.snapshot, &filter.filter_pattern);
    let Ok(pattern) = engines.own() else {
        return Ok(Outcome::NotApplicable("secmon cannot read the pattern".to_owned()));
    };
    // What AWS says of the events: whether the pattern does what is asked of it.
    let known: Vec<(&Message, Option<bool>)> = engines
        .answers(context.messages)
        .map(|(message, answer)| (message, answer.believed()))
        .collect();
    let misses_reads = known
        .iter()
        .any(|(message, matches)| message.expect == Expect::Must && *matches == Some(false));
    let hits_others = known
        .iter()
        .any(|(message, matches)| message.expect == Expect::MustNot && *matches == Some(true));
    let wrong = known.iter().any(|(message, matches)| {
        matches.is_some_and(|matches| matches == (message.expect == Expect::MustNot))
    });
    let joined = context.chain.log_group.is_joined();
    let about = About { log_group: if joined { LogGroup::CloudTrail } else { LogGroup::Unknown } };
    let moot = |lint: &Lint| match lint.id.id {
        id if MISSED_READS.contains(&id) => !misses_reads,
        id if NOT_ESTABLISHED.contains(&id) => known.iter().all(|(_, matches)| matches.is_some()),
        // The checks of what the pattern matches say the same.
        "never-matches" => matches!(extent_of_cloudtrail(pattern), Extent::Never { .. }),
        "matches-everything" => hits_others,
        _ => false,
    };
    let lints: Vec<Lint> = told(pattern, &about).filter(|lint| !moot(lint)).collect();
    // A pattern that another check replaces is replaced whole.
    let better = if wrong {
        Some(context.entry.pattern.clone())
    } else {
        rewritten(pattern, &about, &lints).filter(|text| does_its_work(text, context.messages))
    };
    let mut findings = Vec::new();
    for lint in lints {
        let message =
            format!("Filter {}: {} (lint {})", filter.filter_name, lint.reason, lint.id.id);
        let mut finding = Finding::new(&filter.filter_name, message).severity(severity(&lint));
        if let (Some(better), true) = (&better, wrong || lint.rewrite.is_some()) {
            finding = finding
                .field("filterPattern", &filter.filter_pattern, better)
                .change(set_pattern(context, better)?);
        } else {
            let part = lint.span.of(&filter.filter_pattern);
            finding = finding.manual(format!("Write this part of the pattern anew: `{part}`"));
        }
        findings.push(finding);
    }
    Ok(if findings.is_empty() { Outcome::Pass } else { Outcome::Fail(findings) })
}

/// What is said of a pattern here: what is only good to know, and how the same pattern could be
/// written more clearly, stays with `secmon pattern lint`.
fn told(pattern: &FilterPattern, about: &About) -> impl Iterator<Item = Lint> {
    let same = |text: &String| {
        FilterPattern::parse(text).is_ok_and(|rewrite| rewrite.pattern() == pattern.pattern())
    };
    lint(pattern, about).into_iter().filter(move |lint| {
        lint.id.weight != Weight::Note && !lint.rewrite.as_ref().is_some_and(same)
    })
}

fn severity(lint: &Lint) -> Severity {
    match lint.id.weight {
        Weight::Error => Severity::Medium,
        Weight::Warning | Weight::Note => Severity::Low,
    }
}

/// The pattern with every rewrite of these lints made, one after the other.
fn rewritten(pattern: &FilterPattern, about: &About, lints: &[Lint]) -> Option<String> {
    /// More than a pattern has clauses, so that rewrites that undo one another come to an end.
    const ROUNDS: usize = 32;
    let mut pattern = pattern.clone();
    let mut text = None;
    for _ in 0..ROUNDS {
        let wanted = |lint: &Lint| lints.iter().any(|wanted| wanted.id == lint.id);
        let Some(next) = told(&pattern, about).filter(wanted).find_map(|lint| lint.rewrite) else {
            break;
        };
        pattern = FilterPattern::parse(&next).ok()?;
        text = Some(next);
    }
    text
}

/// Whether a pattern about which nobody asked AWS certainly matches what it must and should, and
/// nothing else.
fn does_its_work(text: &str, messages: &[Message]) -> bool {
    let Ok(pattern) = FilterPattern::parse(text) else { return false };
    let mut matcher = pattern.matcher();
    messages.iter().all(|message| {
        matcher.test(&message.text)
            == match message.expect {
                Expect::Must | Expect::Should => Match::Yes,
                Expect::MustNot => Match::No,
            }
    })
}
