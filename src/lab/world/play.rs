//! The truth about an account: somebody reads the secret, time passes, and the inboxes show who was
//! told, in every setting of the hypotheses that mattered on the way.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use secmon_core::alarm::{AlarmState, Assumptions, Evaluator, TreatMissingData};
use secmon_core::snapshot::{Arn, Asked};
use serde_json::json;

use super::call::{Call, Caller, Service};
use super::cloudwatch::StoredAlarm;
use super::scenario::Notified;
use super::{HYPOTHESES, Hypotheses, Mail, World};

/// How long a read may take to be told, beside what an alarm's own settings take. Delivery to the
/// log group takes two minutes of it.
const WITHIN: SignedDuration = SignedDuration::from_mins(8);

/// A period may have to end first; longer ones end in the meantime, because they slide.
const PERIOD: i64 = 900;

/// How often somebody looks whether it was.
const STEP: SignedDuration = SignedDuration::from_mins(1);

/// How far the news of a read got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Nothing arrived anywhere.
    Nobody,
    /// A queue, a function or a stream got it: whether a human is told is up to a program.
    Machine,
    /// An address of a human got it.
    Human,
}

/// The ways in which a secret is read, and by whom.
const WAYS: [(Way, &str); 4] = [
    (Way::ByArn, "sts::{account}:assumed-role/deploy/alice"),
    (Way::ByName, "iam::{account}:user/alice"),
    (Way::ByArn, "iam::{account}:root"),
    (Way::InBatch, "sts::{account}:assumed-role/deploy/alice"),
];

#[derive(Debug, Clone, Copy)]
enum Way {
    ByArn,
    ByName,
    InBatch,
}

impl World {
    /// Whether a read of what is asked about is told, however it is read: in every setting of the
    /// hypotheses, in none, or in some.
    pub fn notified(&self, asked: &Asked) -> Notified {
        let mut reached = Vec::new();
        let mut open = vec![Hypotheses::default()];
        while let Some(hypotheses) = open.pop() {
            let (reach, consulted) = self.reached_if(asked, &hypotheses);
            let undecided = HYPOTHESES.iter().find(|hypothesis| {
                consulted.contains(hypothesis.id) && !hypotheses.set.contains_key(hypothesis.id)
            });
            match undecided {
                None => reached.push(reach),
                Some(hypothesis) => open.extend(hypothesis.settings.iter().map(|(setting, _)| {
                    let mut next = hypotheses.clone();
                    next.set.insert(hypothesis.id.to_owned(), (*setting).to_owned());
                    next
                })),
            }
            // More settings cannot make it agree again.
            if reached.contains(&Reach::Human) && reached.iter().any(|r| *r != Reach::Human) {
                return Notified::CannotTell;
            }
        }
        match (reached.iter().min(), reached.iter().max()) {
            (Some(Reach::Human), _) => Notified::Yes,
            (_, Some(Reach::Nobody)) | (None, _) => Notified::No,
            _ => Notified::CannotTell,
        }
    }

    /// The hypotheses that matter to a read, with their first settings.
    pub fn decided_by(&self, asked: &Asked) -> BTreeSet<String> {
        self.reached_if(asked, &Hypotheses::default()).1
    }

    /// How far the worst of the ways gets in one setting, and what was consulted.
    fn reached_if(&self, asked: &Asked, hypotheses: &Hypotheses) -> (Reach, BTreeSet<String>) {
        let mut open = self.clone();
        open.denials.clear();
        open.hypotheses = hypotheses.clone();
        // Log files tell nobody of a read, and packing them takes time.
        let within = self.within();
        open.settings.log_file_delivery = 2.0 * within.as_secs_f64();
        let mut consulted = BTreeSet::new();
        let mut worst = Reach::Human;
        let mut quiet = None;
        for (way, who) in WAYS {
            let mut world = open.clone();
            let was_read = world.read(asked, way, who);
            let mut reach = Reach::Nobody;
            let mut passed = SignedDuration::ZERO;
            while was_read && passed < within && reach != Reach::Human {
                world.advance(STEP);
                passed += STEP;
                if world.notifications(&BTreeSet::new()).is_empty() {
                    continue;
                }
                // What arrives without any read tells nobody of one, nor does an alarm that is in
                // ALARM all the time and leaves it for a moment.
                let (before, resting) = quiet.get_or_insert_with(|| {
                    let half = open.without_reads(within / 2, &mut consulted);
                    let quiet = half.without_reads(within / 2, &mut consulted);
                    let resting = &half.in_alarm() & &quiet.in_alarm();
                    (quiet.notifications(&resting), resting)
                });
                let told = world.notifications(resting);
                let news = told.into_iter().filter(|(endpoint, count)| {
                    *count > before.get(endpoint).copied().unwrap_or_default()
                });
                reach = news.map(|(endpoint, _)| reach_of(&endpoint)).max().unwrap_or(reach);
            }
            worst = worst.min(reach);
            consulted.append(&mut world.hypotheses.consulted);
            if worst == Reach::Nobody {
                break;
            }
        }
        (worst, consulted)
    }

    /// How long a read may take to be told by the slowest of the alarms.
    fn within(&self) -> SignedDuration {
        let places = self.accounts.values().flat_map(|account| account.regions.values());
        let alarms = places.flat_map(|place| place.cloudwatch.alarms.values());
        let evaluators = alarms.filter_map(|alarm| match alarm {
            StoredAlarm::Metric(alarm) => Evaluator::of(alarm, Assumptions::default()).ok(),
            _ => None,
        });
        let late = evaluators.map(|evaluator| {
            let window = evaluator.window();
            // Where missing data is missing, the only datapoint may have to grow old.
            let ages = match window.treat_missing_data {
                TreatMissingData::Missing => {
                    i64::from(window.datapoints_to_alarm - 1) * i64::from(window.period)
                }
                _ => 0,
            };
            ages + 2 * (evaluator.clock() - 60) + i64::from(window.period).min(PERIOD)
        });
        // What comes days later is told to nobody.
        let late = SignedDuration::from_secs(late.max().unwrap_or(0).min(2 * 86_400));
        WITHIN.saturating_add(late)
    }

    /// The same some time later, if nobody reads.
    fn without_reads(&self, within: SignedDuration, consulted: &mut BTreeSet<String>) -> Self {
        let mut quiet = self.clone();
        quiet.advance(within);
        consulted.append(&mut quiet.hypotheses.consulted);
        quiet
    }

    /// The alarms that are in ALARM.
    fn in_alarm(&self) -> BTreeSet<Arn> {
        let places = self.accounts.values().flat_map(|account| account.regions.values());
        let alarms = places.flat_map(|place| place.cloudwatch.alarms.values());
        let in_alarm = alarms.filter(|alarm| alarm.state() == AlarmState::Alarm);
        in_alarm.map(|alarm| alarm.arn().clone()).collect()
    }

    /// How many alarms and rules each endpoint was told about, but for some alarms.
    fn notifications(&self, but: &BTreeSet<Arn>) -> BTreeMap<String, usize> {
        let of_chain = |mail: &&Mail| {
            mail.source.as_ref().is_some_and(|source| match source.service() {
                "events" => true,
                // That an alarm is over is no news of a read.
                "cloudwatch" => says_alarm(mail) && !but.contains(source),
                _ => false,
            })
        };
        let inboxes = self.inboxes().0.iter();
        let counts = inboxes
            .map(|(endpoint, mails)| (endpoint.clone(), mails.iter().filter(of_chain).count()));
        counts.filter(|(_, count)| *count > 0).collect()
    }

    /// Somebody reads the secret; whether he got it. Of what cannot be read nobody can be told.
    fn read(&mut self, asked: &Asked, way: Way, who: &str) -> bool {
        let secrets = &self.place(&asked.target).secretsmanager.secrets;
        let secret = match &asked.secret {
            Some(id) => self.described_secret(&asked.target, id),
            None => secrets.values().next().map(|secret| secret.secret.clone()),
        };
        let Some(secret) = secret else { return false };
        let (operation, params) = match way {
            Way::ByArn => ("GetSecretValue", json!({ "SecretId": secret.arn })),
            Way::ByName => ("GetSecretValue", json!({ "SecretId": secret.name })),
            Way::InBatch => ("BatchGetSecretValue", json!({ "SecretIdList": [secret.arn] })),
        };
        let Ok(caller) = reader(asked, who) else { return false };
        let answer = self.call(&Call {
            service: Service::SecretsManager,
            operation: operation.to_owned(),
            target: asked.target.clone(),
            caller,
            params,
        });
        answer.is_ok_and(|answer| answer["SecretValues"] != json!([]))
    }
}

/// Whether a message says that an alarm goes off, whatever the protocol made of it. A mail names
/// every state in its text, but one in its subject.
fn says_alarm(mail: &Mail) -> bool {
    match &mail.subject {
        Some(subject) => subject.starts_with("ALARM: "),
        None => {
            mail.body.contains("ALARM: \"")
                || mail.body.contains("\"Subject\":\"ALARM: ")
                || mail.body.contains("\"NewStateValue\":\"ALARM\"")
        }
    }
}

fn reach_of(endpoint: &str) -> Reach {
    match endpoint.split(':').next() {
        Some("email" | "email-json" | "sms" | "http" | "https") => Reach::Human,
        _ => Reach::Machine,
    }
}

fn reader(asked: &Asked, who: &str) -> Result<Caller, secmon_core::snapshot::IdError> {
    Ok(Caller {
        arn: format!("arn:aws:{}", who.replace("{account}", asked.target.account.as_str()))
            .parse()?,
        access_key_id: "ASIAEXAMPLEROLE00001".to_owned(),
        source_ip: "192.0.2.10".to_owned(),
        user_agent: "aws-cli/2.36.28".to_owned(),
    })
}
