//! `secmon plan`: what repair would do.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;
use secmon_aws::Session;
use secmon_core::baseline::BaselineEntry;
use secmon_core::plan::{Choices, Planned};
use secmon_core::route::{Pins, Read, What};
use secmon_core::snapshot::{Arn, Observed, Snapshot};

use super::output::Sinks;
use super::{doctor, files, read};
use crate::args::{ChoiceArgs, Format, PlanCommand, Question};
use crate::exit;
use crate::render;
use crate::render::lines::shown;
use crate::render::paint::Paint;

/// Runs the command.
pub(crate) fn run(
    args: &PlanCommand,
    color: bool,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let mut sinks = Sinks::open(&args.output, out)?;
    let wanted = Wanted::of(&args.question, &args.choices);
    let planned = read::runtime()?.block_on(async {
        let spinner = read::Spinner::start();
        let reached = read::open(&args.connection, &args.question.secret).await?;
        let reading = read::read_and_judge(&reached.session, &wanted.entry, &wanted.pins, &spinner);
        let mut snapshot = reading.await?.snapshot;
        plan(&reached.session, &mut snapshot, &wanted).await
    })?;
    if let Some(path) = &args.out {
        files::write_atomically(path, planned.plan.to_json().as_bytes())?;
    }
    if let Some(form) = args.export {
        if planned.plan.changes.is_empty() {
            let mut err = std::io::stderr();
            writeln!(err, "there is nothing to change, so that nothing is exported")?;
            for step in &planned.plan.by_hand {
                writeln!(err, "left to you: {}", shown(step))?;
            }
            return Ok(ExitCode::from(exit::YES));
        }
        let text = secmon_core::plan::export(&planned.plan, form)?;
        sinks.each(|sink| sink.write_all(text.as_bytes()))?;
        sinks.finish()?;
        return Ok(ExitCode::from(exit::YES));
    }
    sinks.each(|sink| match sink.format {
        Format::Json => sink.write_all(planned.plan.to_json().as_bytes()),
        Format::Text => {
            let paint = Paint { color: color && sink.is_stdout };
            render::plan::write(sink, &planned.plan, paint)
        }
    })?;
    sinks.finish()?;
    if let Some(path) = args.out.as_ref().filter(|_| !planned.plan.changes.is_empty()) {
        let path = path.display();
        writeln!(std::io::stderr(), "saved in {path}: `secmon apply {path}` makes these changes")?;
    }
    Ok(ExitCode::from(exit::YES))
}

/// How often a plan is made again with what it lacked.
const ROUNDS: usize = 10;

/// What is planned for.
pub(crate) struct Wanted {
    /// The command that wants it.
    pub(crate) command: &'static str,
    pub(crate) entry: BaselineEntry,
    pub(crate) pins: Pins,
    pub(crate) choices: Choices,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            command: "apply",
            entry: BaselineEntry::secret_access(),
            pins: Pins::default(),
            choices: Choices::default(),
        }
    }
}

impl Wanted {
    /// A topic that is named is the one to notify, whether something notifies it yet or not.
    pub(crate) fn of(question: &Question, choices: &ChoiceArgs) -> Self {
        let pins = Pins { topic: None, ..doctor::pins(question, &[]) };
        Self {
            command: "repair",
            entry: BaselineEntry::secret_access(),
            pins,
            choices: Choices {
                email: choices.email.clone(),
                topic: question.topic.clone(),
                prefix: choices.prefix.clone(),
                tags: choices.tag.iter().cloned().collect(),
                separate_topics: choices.separate_topics,
                permissions_boundary: choices.permissions_boundary.clone(),
                ..Choices::default()
            },
        }
    }
}

/// Plans, and reads what the plan lacks until it lacks nothing.
pub(crate) async fn plan(
    session: &Session,
    snapshot: &mut Snapshot,
    wanted: &Wanted,
) -> anyhow::Result<Planned> {
    let Wanted { entry, pins, choices, .. } = wanted;
    let missing = pins.missing(snapshot);
    if !missing.is_empty() {
        bail!("{}", missing.join("\n"));
    }
    if let Some(topic) = &choices.topic {
        topic_is_there(session, snapshot, topic).await?;
    }
    let judge = |snapshot: &Snapshot| secmon_checks::run(snapshot, entry, pins);
    let mut done = BTreeSet::new();
    for _ in 0..ROUNDS {
        let planned = secmon_core::plan::plan(snapshot, (entry, pins), &judge, choices)?;
        let mut reads = planned.reads.clone();
        reads.retain(|read| !done.contains(read));
        if reads.is_empty() {
            return Ok(planned);
        }
        done.extend(reads.iter().cloned());
        session.read_more(snapshot, reads, &|_| ()).await;
    }
    bail!("no plan can be made: after {ROUNDS} rounds there is still something to be read for it")
}

/// That the topic that is named, by name or ARN, is not known to be missing.
async fn topic_is_there(
    session: &Session,
    snapshot: &mut Snapshot,
    named: &str,
) -> anyhow::Result<()> {
    let Some(asked) = snapshot.asked.first() else { return Ok(()) };
    let topic: Arn = match named.parse() {
        Ok(topic) => topic,
        Err(_) => Arn::of_resource("sns", &asked.target, named),
    };
    let Some(target) = topic.target() else { return Ok(()) };
    let what = What::GetTopicAttributes { topic: topic.clone() };
    session.read_more(snapshot, [Read { target: target.clone(), what }].into(), &|_| ()).await;
    let there = snapshot.at(&target).topics.get(&topic).map(|topic| &topic.attributes);
    if there == Some(&Observed::Absent) {
        bail!(
            "there is no topic {named} in {target}: name one that is there, or pass --email ADDR and no \
             --topic, so that one is made"
        );
    }
    Ok(())
}
