//! `secmon lab`: the simulated accounts, listed, served, and the session of `--lab`.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use secmon_aws::{Connection, Keys};
use secmon_lab::serve::{Clock, Server};
use secmon_lab::world::{HYPOTHESES, Scenario, ScenarioError};

use super::output::Sinks;
use super::read;
use crate::args::{Format, LabCommand, Serve};
use crate::exit;
use crate::render;

/// Runs one of the lab's commands.
pub(crate) fn run(command: &LabCommand, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    match command {
        LabCommand::List { output } => {
            let scenarios = Scenario::all()?;
            let mut sinks = Sinks::open(output, out)?;
            sinks.each(|sink| match sink.format {
                Format::Text => render::lab::scenarios(sink, &scenarios),
                Format::Json => render::lab::scenarios_json(sink, &scenarios),
            })?;
            sinks.finish()?;
        }
        LabCommand::Hypotheses { output } => {
            let mut sinks = Sinks::open(output, out)?;
            sinks.each(|sink| match sink.format {
                Format::Text => render::lab::hypotheses(sink, HYPOTHESES),
                Format::Json => render::lab::hypotheses_json(sink, HYPOTHESES),
            })?;
            sinks.finish()?;
        }
        LabCommand::Serve(args) => serve(args, out)?,
    }
    Ok(ExitCode::from(exit::YES))
}

/// The scenario of this name, or an error that says what is there.
pub(crate) fn scenario(name: &str) -> anyhow::Result<Scenario> {
    let plain = name.trim().to_lowercase().replace(['_', ' '], "-");
    Scenario::named(&plain).map_err(|error| match error {
        ScenarioError::Unknown { .. } => {
            let likely = super::nearest(&plain, Scenario::names());
            let hint = match likely.as_slice() {
                [] => String::new(),
                likely => format!(": is it {}?", likely.join(" or ")),
            };
            anyhow!("there is no scenario `{name}`{hint}; `secmon lab list` lists all")
        }
        error => anyhow!(error),
    })
}

/// An account on loopback, and how to ask it: with made-up keys, nothing of the environment.
pub(crate) async fn connect(
    scenario: &Scenario,
    connection: Connection,
) -> anyhow::Result<(Server, Connection)> {
    let asked = scenario.asked()?;
    let Some(target) = asked.first().map(|asked| asked.target.clone()) else {
        bail!("scenario {} asks about nothing", scenario.name);
    };
    let world = scenario.world()?;
    let server = Server::bind(world, address(None), Clock::Still).await?;
    let connection = Connection {
        region: Some(target.region.to_string()),
        endpoint_url: Some(server.url()),
        role_arns: scenario.roles.clone(),
        keys: Some(keys(target.account.as_str())),
        ..connection
    };
    Ok((server, connection))
}

/// Any key is taken; one with an account's number in it is a key of that account.
fn keys(account: &str) -> Keys {
    Keys { access_key_id: format!("AKIA{account}LABS"), secret_access_key: "lab".to_owned() }
}

fn address(port: Option<u16>) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port.unwrap_or(0)))
}

fn serve(args: &Serve, out: &mut dyn Write) -> anyhow::Result<()> {
    let scenario = scenario(&args.scenario)?;
    let asked = scenario.asked()?;
    let mut world = scenario.world()?;
    for (hypothesis, setting) in &args.assume {
        world.assume(hypothesis, setting)?;
    }
    let now = world.now();
    // Time that is being played must not keep Ctrl-C from ending it: two runtimes, of which the
    // second only waits.
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let serving = builder.worker_threads(1).enable_all().build().context("cannot start")?;
    let clock = if args.live { Clock::Live(Box::new(read::now)) } else { Clock::Still };
    let server = serving.block_on(Server::bind(world, address(args.port), clock));
    let server = server.with_context(|| match args.port {
        Some(port) => format!("cannot serve on port {port}: another --port may be free"),
        None => "cannot serve".to_owned(),
    })?;
    let target = asked.first().map(|asked| &asked.target);
    let account = target.map_or("123456789012", |target| target.account.as_str());
    let region = target.map_or("eu-west-1", |target| target.region.as_str());
    let Keys { access_key_id, secret_access_key } = keys(account);
    writeln!(out, "# {}: {}", scenario.name, scenario.title)?;
    let clock = if args.live { "the clock runs" } else { "the clock stands still" };
    writeln!(out, "# account {account} · {region} · {} · {clock}", render::minute(now))?;
    for (hypothesis, setting) in &args.assume {
        writeln!(out, "# assuming {hypothesis} = {setting}")?;
    }
    writeln!(out, "export AWS_ENDPOINT_URL={}", server.url())?;
    writeln!(out, "export AWS_ACCESS_KEY_ID={access_key_id}")?;
    writeln!(out, "export AWS_SECRET_ACCESS_KEY={secret_access_key}")?;
    writeln!(out, "export AWS_REGION={region} AWS_DEFAULT_REGION={region}")?;
    writeln!(out, "unset AWS_PROFILE AWS_SESSION_TOKEN")?;
    writeln!(out, "# Ctrl-C ends it")?;
    out.flush()?;
    let interrupted = read::runtime()?.block_on(tokio::signal::ctrl_c());
    drop(server);
    serving.shutdown_background();
    interrupted.context("cannot wait for Ctrl-C")
}
