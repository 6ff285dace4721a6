//! The account itself: what it holds, and what happens in it.
//!
//! Nothing here does I/O or asks for the time. [`World::call`] makes an API call as a client would,
//! [`World::advance`] lets simulated time pass; both are functions of the state.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use secmon_core::snapshot::{AccountId, Region, Target};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

mod agenda;
mod call;
pub mod chance;
mod cloudtrail;
mod cloudwatch;
mod crowd;
mod events;
mod hypothesis;
mod iam;
mod inbox;
mod kms;
mod load;
mod logs;
mod organizations;
mod page;
mod play;
mod project;
mod s3;
mod scenario;
mod secretsmanager;
mod settings;
mod sight;
mod sns;
mod sqs;
#[cfg(test)]
mod stage;
mod sts;
mod tags;
mod trace;

use agenda::{Agenda, Due};
pub use call::{ApiError, Call, Caller, Denial, Service};
pub use hypothesis::{HYPOTHESES, Hypotheses, Hypothesis};
pub use inbox::{Inboxes, Mail};
pub use play::Reach;
pub use project::View;
pub use scenario::{Notified, Scenario, ScenarioError};
pub use settings::Settings;

/// Several accounts in several Regions, and the time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct World {
    now: Timestamp,
    settings: Settings,
    hypotheses: Hypotheses,
    accounts: BTreeMap<AccountId, Account>,
    organization: Option<organizations::Organization>,
    agenda: Agenda,
    inboxes: Inboxes,
    denials: Vec<Denial>,
    /// How many ids were given out.
    ids: u64,
}

/// No answer to an open question.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct UnknownSetting {
    /// The hypothesis.
    pub hypothesis: String,
    /// The settings that it has; none: there is no such hypothesis.
    pub settings: Vec<&'static str>,
}

impl std::fmt::Display for UnknownSetting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.settings.is_empty() {
            true => write!(
                f,
                "there is no hypothesis {}: `secmon lab hypotheses` lists them",
                self.hypothesis
            ),
            false => {
                write!(f, "the settings of {} are {}", self.hypothesis, self.settings.join(" and "))
            }
        }
    }
}

/// One account: what is global in it, and its Regions.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    iam: iam::Iam,
    /// By name; each knows its Region.
    buckets: BTreeMap<String, s3::Bucket>,
    regions: BTreeMap<Region, Place>,
}

/// What one account has in one Region, service by service.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Place {
    cloudtrail: cloudtrail::CloudTrail,
    cloudwatch: cloudwatch::CloudWatch,
    events: events::Events,
    kms: kms::Kms,
    logs: logs::Logs,
    secretsmanager: secretsmanager::SecretsManager,
    sns: sns::Sns,
    sqs: sqs::Sqs,
}

impl World {
    /// An empty world at a moment.
    pub fn new(now: Timestamp, settings: Settings) -> Self {
        Self {
            now,
            settings,
            hypotheses: Hypotheses::default(),
            accounts: BTreeMap::new(),
            organization: None,
            agenda: Agenda::default(),
            inboxes: Inboxes::default(),
            denials: Vec::new(),
            ids: 0,
        }
    }

    /// The simulated time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Plays an answer to an open question.
    pub fn assume(&mut self, hypothesis: &str, setting: &str) -> Result<(), UnknownSetting> {
        let known = HYPOTHESES.iter().find(|known| known.id == hypothesis);
        let settings = known.map(|known| known.settings).unwrap_or_default();
        if !settings.iter().any(|(name, _)| *name == setting) {
            let settings = settings.iter().map(|(name, _)| *name).collect();
            return Err(UnknownSetting { hypothesis: hypothesis.to_owned(), settings });
        }
        self.hypotheses.set.insert(hypothesis.to_owned(), setting.to_owned());
        Ok(())
    }

    /// Whether the caller is denied anything.
    pub fn hides_anything(&self) -> bool {
        !self.denials.is_empty()
    }

    /// Denies the caller something from now on.
    pub fn deny(&mut self, denial: Denial) {
        self.denials.push(denial);
    }

    /// What arrived where.
    pub fn inboxes(&self) -> &Inboxes {
        &self.inboxes
    }

    /// Lets time pass. Whatever falls due happens in order, each at its own moment.
    pub fn advance(&mut self, duration: SignedDuration) {
        let until = self.now.checked_add(duration).unwrap_or(Timestamp::MAX);
        while let Some((at, due)) = self.agenda.next_until(until) {
            self.now = self.now.max(at);
            self.happen(due);
        }
        self.now = self.now.max(until);
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::DeliverEvents { trail } => self.deliver_events(&trail),
            Due::DeliverLogFile { trail } => self.deliver_log_file(&trail),
            Due::Traffic { target } => self.background_traffic(&target),
            Due::EvaluateAlarm { target, alarm } => self.evaluate_alarm(&target, &alarm),
            Due::RunActions { target, alarm } => self.run_actions(&target, &alarm),
            Due::PublishSample { target, metric, at, unit, value } => {
                self.put_sample(&target, &metric, at, &unit, value);
            }
            Due::ReleaseActions { target, alarm } => self.release_actions(&target, &alarm),
            Due::ExpireSubscription { topic, subscription } => {
                self.expire_subscription(&topic, &subscription);
            }
        }
    }

    /// Puts something on the agenda.
    fn after(&mut self, seconds: f64, due: Due) {
        let at = self.now.checked_add(span(seconds)).unwrap_or(Timestamp::MAX);
        self.agenda.put(at, due);
    }

    fn account(&self, account: &AccountId) -> Option<&Account> {
        self.accounts.get(account)
    }

    fn account_mut(&mut self, account: &AccountId) -> &mut Account {
        self.accounts.entry(account.clone()).or_default()
    }

    /// What an account has in a Region; empty where nothing was made.
    fn place(&self, target: &Target) -> &Place {
        static NOTHING: std::sync::LazyLock<Place> = std::sync::LazyLock::new(Place::default);
        let account = self.accounts.get(&target.account);
        account.and_then(|account| account.regions.get(&target.region)).unwrap_or(&NOTHING)
    }

    fn place_mut(&mut self, target: &Target) -> &mut Place {
        self.account_mut(&target.account).regions.entry(target.region.clone()).or_default()
    }

    /// The next id that AWS would choose at random. Same world, same ids.
    fn next_uuid(&mut self) -> Uuid {
        self.ids += 1;
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&mixed(self.ids).to_be_bytes());
        bytes[8..].copy_from_slice(&mixed(!self.ids).to_be_bytes());
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// The next hexadecimal digits that AWS would choose at random.
    fn next_hex(&mut self, count: usize) -> String {
        let mut digits = String::new();
        while digits.len() < count {
            digits.push_str(&self.next_uuid().simple().to_string());
        }
        digits.truncate(count);
        digits
    }

    /// The next characters that AWS would choose at random: letters and digits.
    fn next_letters(&mut self, count: usize) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        self.ids += 1;
        let mut state = mixed(self.ids);
        let mut letters = String::new();
        for _ in 0..count {
            state = mixed(state);
            letters.push(char::from(LETTERS[(state % LETTERS.len() as u64) as usize]));
        }
        letters
    }
}

/// So many seconds, to the millisecond.
fn span(seconds: f64) -> SignedDuration {
    SignedDuration::from_millis((seconds * 1000.0) as i64)
}

/// An id that follows from a name.
fn uuid_of(name: &str) -> Uuid {
    let mut state = 0;
    for byte in name.bytes() {
        state = mixed(state ^ u64::from(byte));
    }
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&state.to_be_bytes());
    bytes[8..].copy_from_slice(&mixed(!state).to_be_bytes());
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// splitmix64: spreads a counter over 64 bits.
fn mixed(counter: u64) -> u64 {
    let mut z = counter.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
