//! Reads an account, with a spinner if it takes long, and judges it.

use std::io::{self, IsTerminal};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use secmon_aws::{Connection, PastProgress, Progress, Session};
use secmon_checks::history_to_read;
use secmon_core::baseline::BaselineEntry;
use secmon_core::report::Report;
use secmon_core::route::Pins;
use secmon_core::snapshot::Snapshot;
use secmon_lab::serve::Server;
use tokio::runtime::Runtime;

use super::lab;
use crate::args::{ConnectionArgs, Question, endpoint_url};

/// An account as read and judged, and what that took.
pub(crate) struct Reading {
    pub(crate) snapshot: Snapshot,
    pub(crate) report: Report,
    /// IAM actions that were denied, sorted.
    pub(crate) denied: Vec<String>,
    /// HTTP requests, retries included.
    pub(crate) requests: usize,
    /// Dependent rounds of calls.
    pub(crate) rounds: usize,
}

/// Reads what the question needs, judges it, and looks up who caused what failed.
pub(crate) fn judged(
    connection: &ConnectionArgs,
    question: &Question,
    entry: &BaselineEntry,
    pins: &Pins,
) -> anyhow::Result<Reading> {
    runtime()?.block_on(async {
        let spinner = Spinner::start();
        let Reached { session, lab: _lab } = open(connection, &question.secret).await?;
        read_and_judge(&session, entry, pins, &spinner).await
    })
}

/// What calls run on.
pub(crate) fn runtime() -> anyhow::Result<Runtime> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().context("cannot start")
}

/// A session, and the account it asks where that is simulated.
pub(crate) struct Reached {
    pub(crate) session: Session,
    /// Serves as long as it is kept.
    pub(crate) lab: Option<Server>,
}

/// Opens a session with what the flags lead to: AWS, or a scenario of the lab. Without secrets a
/// scenario's own are asked about.
pub(crate) async fn open(args: &ConnectionArgs, secrets: &[String]) -> anyhow::Result<Reached> {
    let Some(name) = &args.lab else {
        let session = Session::open(&connection(args)?, secrets).await?;
        return Ok(Reached { session, lab: None });
    };
    let scenario = lab::scenario(name)?;
    let timeout = Duration::from_secs(args.timeout);
    let connection = Connection { timeout, ..Connection::default() };
    let (server, connection) = lab::connect(&scenario, connection).await?;
    let mut secrets = secrets.to_vec();
    if secrets.is_empty() {
        secrets.extend(scenario.asked()?.into_iter().filter_map(|asked| asked.secret));
    }
    let session = Session::open(&connection, &secrets).await?;
    Ok(Reached { session, lab: Some(server) })
}

/// The flags as a connection to AWS.
fn connection(args: &ConnectionArgs) -> anyhow::Result<Connection> {
    if args.endpoint_url.is_none()
        && let Some(url) = endpoint_url_of_environment()
    {
        // The SDK panics at an empty one.
        endpoint_url(&url).map_err(|why| anyhow!("AWS_ENDPOINT_URL is `{url}`: {why}"))?;
    }
    Ok(Connection {
        region: args.region.clone(),
        profile: args.profile.clone(),
        endpoint_url: args.endpoint_url.clone(),
        role_arns: args.role_arn.clone(),
        timeout: Duration::from_secs(args.timeout),
        keys: None,
    })
}

/// As [`judged`], with a session that is open.
pub(crate) async fn read_and_judge(
    session: &Session,
    entry: &BaselineEntry,
    pins: &Pins,
    spinner: &Spinner,
) -> anyhow::Result<Reading> {
    let progress = |progress: Progress| spinner.show(progress);
    let (mut snapshot, collection) = session.collect(entry, pins, now(), &progress).await;
    let (mut denied, mut requests, mut rounds) =
        (collection.denied, collection.requests, collection.depth);
    if let Some(reason) = collection.refused {
        bail!(
            "AWS refuses the credentials: {reason}\n\
             Run `aws sso login` or `aws configure`, pass --profile, or set new ones."
        );
    }
    let mut report = secmon_checks::run(&snapshot, entry, pins);
    let reads = history_to_read(&snapshot, &report);
    if !reads.is_empty() {
        let more = session.read_more(&mut snapshot, reads, &progress).await;
        denied.extend(more.denied);
        requests += more.requests;
        rounds += more.depth;
        report = secmon_checks::run(&snapshot, entry, pins);
    }
    denied.sort();
    denied.dedup();
    Ok(Reading { snapshot, report, denied, requests, rounds })
}

#[expect(clippy::disallowed_methods, reason = "the environment is read here and passed on")]
pub(crate) fn endpoint_url_of_environment() -> Option<String> {
    std::env::var("AWS_ENDPOINT_URL").ok()
}

#[expect(clippy::disallowed_methods, reason = "the clock is read here and passed on")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// A spinner on standard error that shows itself after a second, and only on a terminal.
pub(crate) struct Spinner {
    bar: ProgressBar,
    appears: Option<tokio::task::JoinHandle<()>>,
}

impl Spinner {
    pub(crate) fn start() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{spinner} reading AWS, {msg} {elapsed}") {
            bar.set_style(style);
        }
        let appears = io::stderr().is_terminal().then(|| {
            let bar = bar.clone();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(1)).await;
                bar.set_draw_target(ProgressDrawTarget::stderr());
                bar.enable_steady_tick(Duration::from_millis(100));
            })
        });
        Self { bar, appears }
    }

    fn show(&self, progress: Progress) {
        let Progress { wave, answered, known } = progress;
        self.bar.set_message(format!("round {wave}, {answered} of {known} answers,"));
    }

    /// How far the pages of the past are.
    pub(crate) fn show_past(&self, progress: PastProgress) {
        let PastProgress { pages, back_to } = progress;
        let back = back_to.map(|time| format!("back to {},", time.strftime("%Y-%m-%d")));
        self.bar.set_message(format!("page {pages}, {}", back.unwrap_or_default()));
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some(appears) = &self.appears {
            appears.abort();
        }
        self.bar.finish_and_clear();
    }
}
