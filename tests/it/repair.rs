//! Repair over the wire: every scenario mended and taken back, killed after each request, refused
//! call by call.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use secmon_aws::{Applied, Connection, Force, Keys, Outside, Session, TakenBack};
use secmon_core::baseline::BaselineEntry;
use secmon_core::finding::Fix;
use secmon_core::plan::{
    Change, Choices, Intent, JOURNAL_VERSION, Journal, Line, Plan, Planned, Resource, Write,
    commands, plan,
};
use secmon_core::report::{Report, Status, Verdict};
use secmon_core::route::Pins;
use secmon_core::snapshot::{Arn, EventRule, Observed, Snapshot, Target};
use secmon_lab::serve::{Clock, Fault, Kind, Server};
use secmon_lab::world::{Notified, Scenario, World};
use serde_json::{Value, json};

/// How long deliveries and evaluations may take.
const SETTLED: SignedDuration = SignedDuration::from_mins(40);

/// An account being served, and who repairs it.
pub(crate) struct Repairing {
    server: Server,
    session: Session,
    scenario: Scenario,
}

impl Repairing {
    pub(crate) async fn begin(scenario: &Scenario) -> Self {
        Self::on(scenario, scenario.world().unwrap()).await
    }

    async fn on(scenario: &Scenario, world: World) -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Server::bind(world, address, Clock::Still).await.unwrap();
        let session = open(&server, scenario).await;
        Self { server, session, scenario: scenario.clone() }
    }

    /// The account as it is seen now, and what is said of it.
    pub(crate) async fn judged(&self) -> (Snapshot, Report) {
        let (entry, pins) = (BaselineEntry::secret_access(), Pins::default());
        self.session.renew();
        let (mut snapshot, _) =
            self.session.collect(&entry, &pins, Timestamp::UNIX_EPOCH, &|_| ()).await;
        let mut report = secmon_checks::run(&snapshot, &entry, &pins);
        let reads = secmon_checks::history_to_read(&snapshot, &report);
        if !reads.is_empty() {
            self.session.read_more(&mut snapshot, reads, &|_| ()).await;
            report = secmon_checks::run(&snapshot, &entry, &pins);
        }
        (snapshot, report)
    }

    /// The plan as it is made over the wire.
    async fn plan(&self) -> Plan {
        let (mut snapshot, _) = self.judged().await;
        let mut done = BTreeSet::new();
        loop {
            let mut planned = planned(&self.scenario, &snapshot);
            planned.reads.retain(|read| !done.contains(read));
            if planned.reads.is_empty() {
                return planned.plan;
            }
            done.extend(planned.reads.iter().cloned());
            self.session.read_more(&mut snapshot, planned.reads, &|_| ()).await;
        }
    }

    /// The same of the world as it is, which takes less time.
    fn plan_of_world(&self) -> Plan {
        plan_of(&self.scenario, &self.server.with_world(|world| world.clone()))
    }

    /// Where it is served.
    #[cfg(feature = "peer")]
    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// Lets everything arrive that is under way.
    fn settle(&self) {
        self.server.with_world(|world| world.advance(SETTLED));
    }

    /// Follows the link in every confirmation mail to an address.
    fn confirm(&self, address: &str) {
        self.server.with_world(|world| {
            let inboxes = world.inboxes().0.clone();
            let mails = inboxes.iter().filter(|(inbox, _)| inbox.ends_with(address));
            let tokens = mails.flat_map(|(_, mails)| mails).filter_map(|mail| mail.token.clone());
            for token in tokens {
                // One that was used already is no harm.
                let _ = world.confirm_by_link(&token);
            }
        });
    }

    /// Makes the changes of a plan, or stops.
    pub(crate) async fn apply(&self, plan: &Plan) -> Applied {
        let mut notes = Notes::begin(plan);
        self.session.apply(&plan.changes, Timestamp::UNIX_EPOCH, &mut notes).await
    }

    /// The same, ended after so many calls; and whether it was ended.
    async fn apply_until(&self, plan: &Plan, calls: u64) -> (Notes, bool) {
        let mut notes = Notes::begin(plan);
        let ends = self.server.count() + calls;
        self.server.silent_after(Some(calls));
        let ended = async {
            while self.server.count() < ends || !self.server.is_asked_in_vain() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let now = Timestamp::UNIX_EPOCH;
        let ended = tokio::select! {
            _ = self.session.apply(&plan.changes, now, &mut notes) => false,
            () = ended => true,
        };
        (notes, ended)
    }

    async fn take_back(&self, outside: &mut Notes) -> Vec<String> {
        let journal = Journal::parse(&outside.text).unwrap();
        let mut left = Vec::new();
        for step in &journal.open() {
            match self
                .session
                .take_back(step, Force::default(), Timestamp::UNIX_EPOCH, outside)
                .await
            {
                Ok(TakenBack::Undone) => left.extend(step.change.undo.remnant.clone()),
                Ok(TakenBack::AsBefore) => {}
                Ok(TakenBack::Left(why) | TakenBack::Refused(why)) => left.push(why),
                Err(stopped) => left.push(stopped.to_string()),
            }
        }
        left
    }

    /// How many keys that were made are of use, with an alias or without.
    fn keys_in_use(&self) -> usize {
        fn count(value: &Value) -> usize {
            let of_key = value["description"].as_str().is_some_and(|it| it.starts_with("secmon:"))
                && value["metadata"]["KeyState"] == "Enabled";
            let inner: usize = match value {
                Value::Array(items) => items.iter().map(count).sum(),
                Value::Object(fields) => fields.values().map(count).sum(),
                _ => 0,
            };
            inner + usize::from(of_key)
        }
        count(&self.server.with_world(|world| serde_json::to_value(&*world).unwrap()))
    }

    /// How everything is configured, as far as plans change it.
    pub(crate) fn configuration(
        &self,
        resources: &[Resource],
    ) -> BTreeMap<Resource, Observed<Value>> {
        let (entry, pins) = (BaselineEntry::secret_access(), Pins::default());
        let asked = self.scenario.asked().unwrap();
        let view = super::lab::view(&self.scenario);
        let world = self.server.with_world(|world| world.clone());
        let mut snapshot = world.project(&asked, &entry, &pins, &view);
        for resource in resources {
            let mut done = BTreeSet::new();
            loop {
                let mut reads = resource.reads(&snapshot);
                reads.retain(|read| !done.contains(read));
                if reads.is_empty() {
                    break;
                }
                done.extend(reads.iter().cloned());
                world.look_up(&mut snapshot, reads, &view);
            }
        }
        let mut all: Vec<Resource> = every_resource(&snapshot);
        all.extend(resources.iter().cloned());
        let configured = |resource: Resource| {
            let configuration = resource.configuration(&snapshot);
            (resource, configuration)
        };
        all.into_iter().map(configured).collect()
    }
}

/// Where nothing is there, all that setup can make is chosen.
fn choices(scenario: &Scenario) -> Choices {
    let all = scenario.name == "empty-without-secret";
    let tag = all.then(|| ("team".to_owned(), "security".to_owned()));
    Choices {
        email: Some("soc@example.org".to_owned()),
        tags: tag.into_iter().collect(),
        dashboard: all,
        kms: all,
        demo_secret: all,
        ..Choices::default()
    }
}

fn planned(scenario: &Scenario, snapshot: &Snapshot) -> Planned {
    let (entry, pins) = (BaselineEntry::secret_access(), Pins::default());
    let choices = choices(scenario);
    let judge = |snapshot: &Snapshot| secmon_checks::run(snapshot, &entry, &pins);
    let planned = plan(snapshot, (&entry, &pins), &judge, &choices);
    planned.unwrap_or_else(|why| panic!("{}: {why}", scenario.name))
}

fn plan_of(scenario: &Scenario, world: &World) -> Plan {
    let (entry, pins) = (BaselineEntry::secret_access(), Pins::default());
    let view = super::lab::view(scenario);
    let mut snapshot = world.project(&scenario.asked().unwrap(), &entry, &pins, &view);
    let mut done = BTreeSet::new();
    loop {
        let mut planned = planned(scenario, &snapshot);
        planned.reads.retain(|read| !done.contains(read));
        if planned.reads.is_empty() {
            return planned.plan;
        }
        done.extend(planned.reads.iter().cloned());
        world.look_up(&mut snapshot, planned.reads, &view);
    }
}

async fn open(server: &Server, scenario: &Scenario) -> Session {
    let asked = scenario.asked().unwrap();
    let target = &asked[0].target;
    let connection = Connection {
        region: Some(target.region.to_string()),
        endpoint_url: Some(server.url()),
        role_arns: scenario.roles.clone(),
        keys: Some(Keys {
            access_key_id: format!("AKIA{}LABS", target.account),
            secret_access_key: "lab".to_owned(),
        }),
        ..Connection::default()
    };
    let secrets: Vec<String> = asked.iter().filter_map(|asked| asked.secret.clone()).collect();
    Session::open(&connection, &secrets).await.unwrap()
}

fn every_resource(snapshot: &Snapshot) -> Vec<Resource> {
    let mut all = Vec::new();
    for (target, at) in &snapshot.targets {
        let target = || target.clone();
        let trails = at.trails.seen().into_iter().flat_map(|trails| trails.keys());
        for trail in trails {
            let home: Target = trail.target().unwrap();
            all.push(Resource::Trail { target: home, trail: trail.clone() });
        }
        for name in at.log_groups.seen().into_iter().flat_map(|groups| groups.keys()) {
            all.push(Resource::LogGroup { target: target(), name: name.clone() });
        }
        for (group, filters) in at.metric_filters.seen().into_iter().flatten() {
            for name in filters.keys() {
                let (log_group, name) = (group.clone(), name.clone());
                all.push(Resource::MetricFilter { target: target(), log_group, name });
            }
        }
        if let Some(alarms) = at.alarms.seen() {
            let names = alarms.metric_alarms.keys().chain(alarms.composite_alarms.keys());
            for name in names.chain(alarms.log_alarms.keys()) {
                all.push(Resource::Alarm { target: target(), name: name.clone() });
            }
        }
        for name in at.alarm_mute_rules.seen().into_iter().flat_map(|rules| rules.keys()) {
            all.push(Resource::AlarmMuteRule { target: target(), name: name.clone() });
        }
        for name in at.event_rules.seen().into_iter().flat_map(|rules| rules.keys()) {
            all.push(Resource::EventRule { target: target(), name: name.clone() });
        }
        for (topic, seen) in &at.topics {
            all.push(Resource::Topic { target: target(), topic: topic.clone() });
            for one in seen.subscriptions.seen().into_iter().flat_map(|all| all.values()) {
                let endpoint = match one.subscription_arn.parse::<Arn>() {
                    Ok(arn) => arn.to_string(),
                    Err(_) => format!("{} {}", one.protocol, one.endpoint),
                };
                all.push(Resource::Subscription {
                    target: target(),
                    topic: topic.clone(),
                    endpoint,
                });
            }
        }
        all.extend(at.keys.keys().map(|key| Resource::Key { target: target(), key: key.clone() }));
        all.extend(
            at.roles.keys().map(|role| Resource::Role { target: target(), role: role.clone() }),
        );
        all.extend(
            at.buckets.keys().map(|name| Resource::Bucket { target: target(), name: name.clone() }),
        );
        let secrets = at.secrets.values().filter_map(|secret| secret.seen());
        // The six characters at its end are another six each time.
        all.extend(secrets.map(|secret| {
            let resource = format!("secret:{}", secret.name);
            let secret = Arn::of_resource("secretsmanager", &target(), &resource);
            Resource::Secret { target: target(), secret }
        }));
    }
    all
}

/// A journal in memory.
struct Notes {
    text: String,
}

impl Notes {
    fn begin(plan: &Plan) -> Self {
        let line = Line::Journal {
            version: JOURNAL_VERSION,
            account: plan.account.clone(),
            started: plan.taken_at,
            command: "repair".to_owned(),
            asked: plan.asked.clone(),
        };
        Self { text: line.to_json() }
    }
}

impl Outside for Notes {
    fn journal(&mut self, line: &Line) -> Result<(), String> {
        self.text += &line.to_json();
        Ok(())
    }

    fn progress(&mut self, _: &str) {}

    async fn wait(&mut self, _: Duration) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}

/// What is told of each scenario, several at a time.
fn each(tell: impl Fn(&Scenario) -> Vec<String> + Sync) -> Vec<String> {
    let scenarios = Scenario::all().unwrap();
    let (next, told) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(scenario) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let lines = tell(scenario);
                    told.lock().unwrap().extend(lines);
                }
            });
        }
    });
    told.into_inner().unwrap()
}

pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().unwrap().block_on(future)
}

#[test]
fn every_scenario_is_mended_and_taken_back() {
    let wrong = each(|scenario| run(mended_and_taken_back(scenario)));
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

async fn mended_and_taken_back(scenario: &Scenario) -> Vec<String> {
    let name = &scenario.name;
    let mut wrong = Vec::new();
    // What needs no plan is in tests/repair-plans.md.
    if scenario.notified == Notified::Yes {
        return wrong;
    }
    let repairing = Repairing::begin(scenario).await;
    let plan = repairing.plan().await;
    let writes = |plan: &Plan| plan.changes.iter().map(|it| it.write.clone()).collect::<Vec<_>>();
    assert_eq!(writes(&plan), writes(&repairing.plan_of_world()), "{name}");
    if plan.changes.is_empty() {
        return wrong;
    }
    let resources: Vec<Resource> =
        plan.changes.iter().map(|change| change.resource.clone()).collect();
    let before = repairing.configuration(&resources);
    let mut notes = Notes::begin(&plan);
    let now = Timestamp::UNIX_EPOCH;
    let applied = repairing.session.apply(&plan.changes, now, &mut notes).await;
    if let Some(stopped) = applied.stopped {
        return vec![format!("{name}: {stopped}, after {} changes", applied.made)];
    }
    let again = repairing.plan_of_world();
    if !again.changes.is_empty() {
        let calls: Vec<&str> =
            again.changes.iter().map(|change| change.write.operation()).collect();
        wrong.push(format!("{name}: planned a second time: {calls:?}"));
    }
    repairing.settle();
    repairing.confirm("soc@example.org");
    repairing.settle();
    let (_, report) = repairing.judged().await;
    let confirmed = plan.by_hand.iter().all(|step| step.starts_with("Follow the link"));
    if confirmed {
        if report.verdict() != Verdict::Yes {
            wrong.push(format!("{name}: {} once mended and confirmed", report.verdict()));
        }
        for asked in scenario.asked().unwrap() {
            let told = repairing.server.with_world(|world| world.notified(&asked));
            if told != Notified::Yes {
                wrong.push(format!("{name}: the inboxes say {told:?} once mended and confirmed"));
            }
        }
    } else if report.verdict() == Verdict::Yes {
        wrong.push(format!("{name}: YES, and yet by hand: {:?}", plan.by_hand));
    }
    let left = repairing.take_back(&mut notes).await;
    repairing.settle();
    let after = repairing.configuration(&resources);
    let lines = differences(&before, &after, &left);
    wrong.extend(lines.into_iter().map(|line| format!("{name}: {line}")));
    wrong
}

fn resource_name(resource: &Resource) -> &str {
    match resource {
        Resource::Secret { secret, .. } => secret.name(),
        Resource::Key { key, .. } => key,
        Resource::Bucket { name, .. } | Resource::LogGroup { name, .. } => name,
        Resource::Subscription { topic, .. } | Resource::Topic { topic, .. } => topic.name(),
        _ => "\u{0}",
    }
}

/// The scenarios whose plans are made of different calls; with the variable EVERY all that have
/// plans.
pub(crate) fn different_plans() -> &'static [(Scenario, Plan)] {
    static PLANS: OnceLock<Vec<(Scenario, Plan)>> = OnceLock::new();
    PLANS.get_or_init(|| {
        let mut plans: BTreeMap<Vec<String>, (Scenario, Plan)> = BTreeMap::new();
        let all = std::env::var_os("EVERY").is_some();
        for scenario in Scenario::all().unwrap() {
            if scenario.notified == Notified::Yes {
                continue;
            }
            let plan = plan_of(&scenario, &scenario.world().unwrap());
            let calls = plan.changes.iter().map(|it| it.write.operation().to_owned());
            let mut calls: Vec<String> = calls.collect();
            if all {
                calls.push(scenario.name.to_string());
            }
            if !plan.changes.is_empty() {
                plans.entry(calls).or_insert((scenario, plan));
            }
        }
        plans.into_values().collect()
    })
}

/// Ended after each single call, repair goes on from there, and undo brings back what was.
#[test]
fn killed_after_any_call_it_goes_on_or_is_taken_back() {
    let plans = different_plans();
    let (next, wrong, points) = (AtomicUsize::new(0), Mutex::new(Vec::new()), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some((scenario, plan)) = plans.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (count, lines) = run(killed_everywhere(scenario, plan));
                    points.fetch_add(count, Ordering::Relaxed);
                    wrong.lock().unwrap().extend(lines);
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    println!("{} plans, ended at {} points", plans.len(), points.into_inner());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

async fn killed_everywhere(scenario: &Scenario, plan: &Plan) -> (usize, Vec<String>) {
    let name = &scenario.name;
    let mut wrong = Vec::new();
    let repairing = Repairing::begin(scenario).await;
    // So that the session knows whose it is.
    repairing.judged().await;
    let first = repairing.server.with_world(|world| world.clone());
    let resources: Vec<Resource> = plan.changes.iter().map(|it| it.resource.clone()).collect();
    let before = repairing.configuration(&resources);
    repairing.apply(plan).await;
    let whole = repairing.plan_of_world();
    let keys = repairing.keys_in_use();
    let makes_key = plan.changes.iter().any(|it| it.write.operation() == "CreateKey");
    assert_eq!(keys, usize::from(makes_key), "{name}");
    for point in 0.. {
        repairing.server.with_world(|world| *world = first.clone());
        let (mut notes, ended) = repairing.apply_until(plan, point).await;
        repairing.server.silent_after(None);
        let killed = repairing.server.with_world(|world| world.clone());
        // It goes on.
        let rest = repairing.plan_of_world();
        let applied = repairing.apply(&rest).await;
        let again = repairing.plan_of_world();
        if !again.changes.is_empty() || again.after != whole.after || again.by_hand != whole.by_hand
        {
            let calls: Vec<&str> = again.changes.iter().map(|it| it.write.operation()).collect();
            wrong.push(format!(
                "{name}, ended after {point} calls: then {calls:?}, {:?} instead of {:?}, by hand {:?}, \
                 {applied:?}",
                again.after, whole.after, again.by_hand
            ));
        }
        if repairing.keys_in_use() != keys {
            wrong.push(format!(
                "{name}, ended after {point} calls: {} keys",
                repairing.keys_in_use()
            ));
        }
        // Or it is taken back.
        repairing.server.with_world(|world| *world = killed);
        let left = repairing.take_back(&mut notes).await;
        repairing.settle();
        if repairing.keys_in_use() != 0 {
            wrong.push(format!("{name}, ended after {point} calls and taken back: a key stays"));
        }
        let after = repairing.configuration(&resources);
        wrong.extend(
            differences(&before, &after, &left)
                .into_iter()
                .map(|line| format!("{name}, ended after {point} calls and taken back: {line}")),
        );
        if !ended {
            return (point as usize, wrong);
        }
    }
    (0, wrong)
}

/// What is not as it was, and is not told to stay.
pub(crate) fn differences(
    before: &BTreeMap<Resource, Observed<Value>>,
    after: &BTreeMap<Resource, Observed<Value>>,
    left: &[String],
) -> Vec<String> {
    let mut lines = Vec::new();
    for (resource, was) in before {
        let is = after.get(resource).cloned().unwrap_or(Observed::Absent);
        let name = resource.to_string();
        let is_told =
            left.iter().any(|why| why.contains(&name) || why.contains(resource_name(resource)));
        if is != *was && !is_told {
            lines.push(format!("{resource} was {was:?}, is {is:?}; left: {left:?}"));
        }
    }
    lines
}

/// Each call of a plan denied: nothing is lost, and what is lacking is named.
#[test]
fn each_denied_write_is_named_and_nothing_is_lost() {
    let plans = different_plans();
    let mut wrong = Vec::new();
    for (scenario, plan) in plans {
        wrong.extend(run(denied_everywhere(scenario, plan)));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

async fn denied_everywhere(scenario: &Scenario, plan: &Plan) -> Vec<String> {
    let mut wrong = Vec::new();
    let repairing = Repairing::begin(scenario).await;
    repairing.judged().await;
    let first = repairing.server.with_world(|world| world.clone());
    let resources: Vec<Resource> = plan.changes.iter().map(|it| it.resource.clone()).collect();
    let before = repairing.configuration(&resources);
    for (index, change) in plan.changes.iter().enumerate() {
        for kind in [Kind::Deny, Kind::Error] {
            let name = format!("{}, {} {kind:?}", scenario.name, change.write.operation());
            repairing.server.with_world(|world| *world = first.clone());
            let fault = Fault::new(change.write.operation(), kind);
            repairing.server.with_faults(|faults| faults.put(fault));
            let mut notes = Notes::begin(plan);
            let now = Timestamp::UNIX_EPOCH;
            let applied = repairing.session.apply(&plan.changes, now, &mut notes).await;
            repairing.server.with_faults(|faults| faults.clear());
            let Some(stopped) = applied.stopped else {
                wrong.push(format!("{name}: made all the same"));
                continue;
            };
            let says = stopped.to_string();
            let what =
                plan.changes.iter().find(|it| it.write.operation() == change.write.operation());
            let resource = what.map(|it| it.resource.to_string()).unwrap_or_default();
            let action = match kind {
                Kind::Deny => change.write.action(),
                _ => change.write.operation(),
            };
            if !says.contains(action) || !says.contains(&resource) || applied.made > index {
                wrong.push(format!("{name}: {says}, {} made", applied.made));
            }
            let left = repairing.take_back(&mut notes).await;
            let after = repairing.configuration(&resources);
            wrong.extend(
                differences(&before, &after, &left)
                    .into_iter()
                    .map(|line| format!("{name}: {line}")),
            );
        }
    }
    wrong
}

/// Two at once: one of them mends, the other finds it mended or stops.
#[test]
fn two_repairs_at_once_leave_one_result() {
    let plans = different_plans();
    for (scenario, plan) in plans {
        run(async {
            let repairing = Repairing::begin(scenario).await;
            repairing.judged().await;
            let other = open(&repairing.server, scenario).await;
            let (entry, pins) = (BaselineEntry::secret_access(), Pins::default());
            other.collect(&entry, &pins, Timestamp::UNIX_EPOCH, &|_| ()).await;
            let (mut one, mut two) = (Notes::begin(plan), Notes::begin(plan));
            let now = Timestamp::UNIX_EPOCH;
            let (first, second) = tokio::join!(
                repairing.session.apply(&plan.changes, now, &mut one),
                other.apply(&plan.changes, now, &mut two),
            );
            let rest = repairing.plan_of_world();
            repairing.apply(&rest).await;
            let again = repairing.plan_of_world();
            let name = &scenario.name;
            assert!(again.changes.is_empty(), "{name}: {first:?} {second:?}");
            assert_eq!(again.by_hand, plan.by_hand, "{name}: {first:?} {second:?}");
        });
    }
}

/// The bucket of a trail may be in any Region, and S3 takes its policy there alone.
#[test]
fn a_bucket_of_another_region_is_written_where_it_is() {
    run(async {
        let scenario = Scenario::named("bucket-in-another-region").unwrap();
        let repairing = Repairing::begin(&scenario).await;
        let (snapshot, report) = repairing.judged().await;
        let findings = report.entries[0].checks.iter().flat_map(|check| &check.findings);
        let wishes: Vec<Intent> = findings
            .flat_map(|finding| &finding.fix)
            .filter_map(|fix| match fix {
                Fix::Change(wish) => Some(wish.clone()),
                Fix::Manual(_) => None,
            })
            .collect();
        let steps = commands(&wishes, &snapshot);
        let [write] = &steps[0].writes[..] else { panic!("{steps:?}") };
        let command = write.command().to_string();
        assert!(command.starts_with("aws s3api put-bucket-policy --region eu-central-1 "));

        let (mut after, mut plan) = (snapshot.clone(), repairing.plan().await);
        write.apply_to(&mut after);
        let change = Change::of(write.clone(), steps[0].says.clone(), &snapshot, &after).unwrap();
        let resources = vec![change.resource.clone()];
        plan.changes = vec![change];
        let before = repairing.configuration(&resources);
        let mut notes = Notes::begin(&plan);
        let applied =
            repairing.session.apply(&plan.changes, Timestamp::UNIX_EPOCH, &mut notes).await;
        assert_eq!(applied.stopped, None);
        let (snapshot, report) = repairing.judged().await;
        let check = report.entries[0].checks.iter().find(|it| it.id == "trail-delivers-to-bucket");
        assert_eq!(check.unwrap().status, Status::Pass, "{check:?}");
        assert_eq!(snapshot.targets.len(), 1);
        assert_eq!(repairing.take_back(&mut notes).await, Vec::<String>::new());
        assert_eq!(repairing.configuration(&resources), before);

        let Write::PutBucketPolicy { bucket, policy, .. } = write.clone() else { panic!() };
        let target = scenario.asked().unwrap()[0].target.clone();
        let elsewhere = Write::PutBucketPolicy { target, bucket, policy };
        let refused = repairing.session.write(&elsewhere).await.unwrap_err().to_string();
        assert!(refused.contains("PermanentRedirect"), "{refused}");
        assert_eq!(repairing.configuration(&resources), before);
    });
}

/// Somebody lets a rule notify the topic that repair made: it is not taken away from them.
#[test]
fn a_topic_that_a_rule_notifies_stays() {
    run(async {
        let scenario = Scenario::named("no-alarm-action").unwrap();
        let repairing = Repairing::begin(&scenario).await;
        let plan = repairing.plan().await;
        let mut notes = Notes::begin(&plan);
        let applied =
            repairing.session.apply(&plan.changes, Timestamp::UNIX_EPOCH, &mut notes).await;
        assert_eq!(applied.stopped, None);
        let made = plan.changes.iter().find_map(|change| match &change.write {
            Write::CreateTopic { topic, .. } => Some(topic.clone()),
            _ => None,
        });
        let topic = made.unwrap();
        let (target, rule) = (topic.target().unwrap(), "theirs".to_owned());
        let theirs: EventRule = serde_json::from_value(json!({
            "Name": rule,
            "Arn": format!("arn:aws:events:{}:{}:rule/{rule}", target.region, target.account),
            "EventPattern": r#"{"source":["aws.kms"]}"#,
        }))
        .unwrap();
        let put = Write::PutRule { target: target.clone(), rule: theirs };
        repairing.session.write(&put).await.unwrap();
        let (id, arn) = ("1".to_owned(), topic.to_string());
        let put = Write::PutTargets { target, rule, id, arn };
        repairing.session.write(&put).await.unwrap();
        let left = repairing.take_back(&mut notes).await.join("; ");
        let says = format!("topic {} is notified by event rule theirs: it stays", topic.name());
        assert!(left.contains(&says), "{left}");
    });
}
