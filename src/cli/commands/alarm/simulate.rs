//! `secmon alarm simulate`: values or reads, played through an alarm.

use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;
use jiff::Timestamp;
use secmon_core::alarm::{AlarmState, Assumptions, EvaluationRange, Evaluator};
use secmon_core::snapshot::{Metric, MetricAlarm};

use super::input::{Input, inputs};
use super::which;
use crate::args::Simulate;
use crate::commands::output::Sinks;
use crate::exit;
use crate::render::alarm::{Played, Step, Transition, write};
use crate::render::paint::Paint;

/// Plays what was asked for.
pub(crate) fn run(args: &Simulate, color: bool, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let (alarm, default_value) = which::alarm(args)?;
    let inputs = inputs(args, &alarm, args.default_value.or(default_value))?;
    let mut sinks = Sinks::open(&args.output, out)?;
    let old = args.state.as_deref().map(str::parse::<AlarmState>).transpose()?;
    let played = inputs.into_iter().map(|input| play(&alarm, input, old));
    let played: Vec<Played> = played.collect::<anyhow::Result<_>>()?;
    sinks.each(|sink| {
        let (format, color) = (sink.format, color && sink.is_stdout);
        write(sink, format, Paint { color }, &alarm, &played)
    })?;
    sinks.finish()?;
    let all = || played.iter().map(|played| played.alarm);
    let code = if all().any(|alarm| alarm == Some(false)) {
        exit::NO
    } else if all().any(|alarm| alarm.is_none()) {
        exit::CANNOT_TELL
    } else {
        exit::YES
    };
    Ok(ExitCode::from(code))
}

/// Plays one input, in every setting of what is not established.
fn play(alarm: &MetricAlarm, input: Input, old: Option<AlarmState>) -> anyhow::Result<Played> {
    let mut courses = Vec::new();
    for range in EvaluationRange::ALL {
        let assumptions = Assumptions { evaluation_range: *range, ..Assumptions::default() };
        let evaluator = Evaluator::of(alarm, assumptions)?;
        let metrics: Vec<&Metric> = evaluator.metrics().collect();
        if metrics.windows(2).any(|pair| pair[0] != pair[1]) {
            bail!(
                "alarm {} computes its value of several metrics: one series is not enough",
                alarm.alarm_name
            );
        }
        courses.push((*range, course(alarm, &evaluator, &input, old)?));
        if evaluator.window().period < 60 {
            // How far back these look is known.
            break;
        }
    }
    let (_, (steps, transitions)) = courses.remove(0);
    let went =
        |transitions: &[Transition]| transitions.iter().any(|one| one.to == AlarmState::Alarm);
    let first = went(&transitions);
    let differs = courses.iter().find(|(_, (others, _))| {
        let states = |steps: &[Step]| steps.iter().map(|step| step.state).collect::<Vec<_>>();
        states(others) != states(&steps)
    });
    let note = differs.map(|(range, (_, others))| {
        let what = if went(others) { "goes" } else { "does not go" };
        format!("{} So the states differ, and the alarm {what} to ALARM.", range.sentence())
    });
    let agreed = courses.iter().all(|(_, (_, others))| went(others) == first);
    Ok(Played { name: input.name, alarm: agreed.then_some(first), steps, transitions, note })
}

/// One evaluation after the other.
fn course(
    alarm: &MetricAlarm,
    evaluator: &Evaluator,
    input: &Input,
    old: Option<AlarmState>,
) -> anyhow::Result<(Vec<Step>, Vec<Transition>)> {
    let samples = |_: &Metric| Some(&input.samples);
    let query = |end: i64| Timestamp::from_second(end + evaluator.waits());
    let mut state = old.unwrap_or(AlarmState::Ok);
    if let (true, None, Some(first)) = (input.rests_before, old, input.ends.first()) {
        let rest = |state| Ok::<_, jiff::Error>(evaluator.evaluate(samples, query(*first)?, state));
        state = rest(rest(state)?.state)?.state;
    }
    let (mut steps, mut transitions) = (Vec::new(), Vec::new());
    for end in &input.ends {
        let at = query(*end)?;
        let found = evaluator.evaluate(samples, at, state);
        if found.state != state {
            transitions.push(Transition {
                at,
                from: state,
                to: found.state,
                reason: found.why.map(|why| why.reason).unwrap_or_default(),
                actions: actions(alarm, found.state),
            });
        }
        state = found.state;
        let start = Timestamp::from_second(end - i64::from(evaluator.window().period))?;
        steps.push(Step { start, value: evaluator.datapoint(samples, start), state });
    }
    Ok((steps, transitions))
}

/// What runs when the alarm goes to a state.
fn actions(alarm: &MetricAlarm, state: AlarmState) -> Vec<String> {
    if !alarm.actions_enabled {
        return Vec::new();
    }
    match state {
        AlarmState::Alarm => &alarm.alarm_actions,
        AlarmState::Ok => &alarm.ok_actions,
        AlarmState::InsufficientData => &alarm.insufficient_data_actions,
    }
    .clone()
}
