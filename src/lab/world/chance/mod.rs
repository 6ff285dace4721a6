//! Accounts made by chance: a healthy chain in one of many forms, and up to four faults.
//!
//! A [`Recipe`] is what a seed decides; its variations and faults can be left out one by one, and
//! what remains stays as it was. Whether a human is told is nowhere written down: the inboxes of the
//! [`Account`]'s world decide.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use secmon_core::snapshot::{AccountId, Arn, Asked, Caller, Observed, Role, RoleDetail};
use serde_json::json;

mod draft;
mod draw;
mod faults;
mod variations;

use draft::{Draft, PLAIN};
use draw::Draw;
pub use faults::{FAULTS, Fault};
use variations::{Edit, last_minutes};
pub use variations::{VARIATIONS, Variation};

use super::{Notified, View, World};

/// What an account is made of.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// What decides the details.
    pub seed: u64,
    /// How it differs from the plain healthy account; in the table's order, one about each thing.
    pub variations: Vec<&'static Variation>,
    /// What is wrong with it; in the table's order, one about each thing.
    pub faults: Vec<&'static Fault>,
}

/// With so many events in a minute, it is known how many there are.
const FEW: u32 = 2;

/// Events in a minute of an account that is quiet no more.
const BUSY: u32 = 12;

/// An account that was made.
#[derive(Debug, Clone)]
pub struct Account {
    /// What is asked about.
    pub asked: Vec<Asked>,
    /// The account itself.
    pub world: World,
    /// The same with other things beneath each denied read: who looks sees no difference.
    pub twins: Vec<World>,
    /// Who looks at it.
    pub view: View,
    /// The roles with which he does, should one account not see all.
    pub roles: Vec<String>,
}

impl Recipe {
    /// What a seed decides.
    pub fn drawn(seed: u64) -> Self {
        let mut draw = Draw::of(seed, "recipe");
        let mut about = BTreeSet::new();
        let mut kinds: Vec<&str> = VARIATIONS.iter().map(|variation| variation.about).collect();
        kinds.dedup();
        let mut variations = Vec::new();
        for kind in kinds {
            let all: Vec<_> = VARIATIONS.iter().filter(|it| it.about == kind).collect();
            if draw.percent(35) {
                variations.push(draw.pick(&all));
            }
        }
        let mut faults: Vec<&'static Fault> = Vec::new();
        let count = draw.pick(&[0, 0, 1, 1, 1, 2, 2, 3, 4]);
        for _ in 0..count {
            let fault = &FAULTS[draw.below(FAULTS.len())];
            let goes = faults.iter().all(|other| fault.goes_with(other));
            if goes && about.insert(fault.name) {
                faults.push(fault);
            }
        }
        let place = |fault: &&'static Fault| FAULTS.iter().position(|it| it.name == fault.name);
        faults.sort_by_key(place);
        Self { seed, variations, faults }
    }

    /// The plain healthy account with these faults.
    pub fn of(variations: Vec<&'static Variation>, faults: Vec<&'static Fault>) -> Self {
        Self { seed: 0, variations, faults }
    }

    /// The account.
    pub fn account(&self) -> Result<Account, serde_json::Error> {
        let draft = self.draft(None)?;
        let asked = draft.asked().to_vec();
        let (here, there) = (draft.names.secret_at.0, draft.names.home.0);
        let mut twins = Vec::new();
        for beneath in self.faults.iter().flat_map(|fault| fault.beneath) {
            twins.push(world(self.draft(Some(*beneath))?));
        }
        // That few events came in the last hour says nothing of the next.
        if draft.traffic < FEW {
            let mut busy = draft.clone();
            busy.traffic = BUSY;
            twins.push(world(busy));
        }
        let mut accounts = BTreeSet::new();
        for account in [here, there] {
            accounts.extend(account.parse::<AccountId>());
        }
        let roles: Vec<String> = match here == there {
            true => Vec::new(),
            false => [here, there].map(|id| format!("arn:aws:iam::{id}:role/secmon-read")).into(),
        };
        let caller = match roles.is_empty() {
            true => draft.snapshot.caller.seen().cloned(),
            false => format!("arn:aws:sts::{here}:assumed-role/secmon-read/secmon")
                .parse()
                .ok()
                .zip(here.parse().ok())
                .map(|(arn, account)| Caller { account, arn }),
        };
        let caller = caller.ok_or_else(|| serde::de::Error::custom("no caller"))?;
        let view = View { caller, accounts };
        let mut world = world(draft);
        for role in roles.iter().filter_map(|arn| arn.parse::<Arn>().ok()) {
            let trust = json!({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow",
                "Principal": {"AWS": format!("arn:aws:iam::{here}:root")},
                "Action": "sts:AssumeRole",
            }]});
            let detail = RoleDetail {
                arn: role.clone(),
                assume_role_policy_document: trust.to_string(),
                permissions_boundary_arn: None,
            };
            world.load_role(&role, &Role { role: Observed::Seen(detail), ..Role::default() });
        }
        Ok(Account { asked, world, twins, view, roles })
    }

    /// The account while it is made; with another look beneath a denied read.
    fn draft(&self, beneath: Option<fn(&mut Draft)>) -> Result<Draft, serde_json::Error> {
        let mut names = PLAIN;
        let variations = self.variations.iter().map(|it| (&it.edit, it.name));
        let faults = self.faults.iter().map(|it| (&it.edit, it.name));
        for (edit, name) in variations.clone().chain(faults.clone()) {
            if let Edit::Names(edit) = edit {
                edit(&mut names, &mut Draw::of(self.seed, name));
            }
        }
        let mut draft = Draft::new(names)?;
        // A denied read comes last: it is of the place where everything ended up.
        for (edit, name) in variations.chain(faults) {
            if let Edit::Account(edit) = edit {
                edit(&mut draft, &mut Draw::of(self.seed, name));
            }
        }
        if let Some(beneath) = beneath {
            beneath(&mut draft);
        }
        // Where something is in doubt, that it went well last night would settle it: a world that is
        // otherwise would contradict what it recorded.
        let varies = |about: &str| self.variations.iter().any(|it| it.about == about);
        // Names that policies may take for something else.
        let odd = varies("names") && (varies("topic policy") || varies("topic key"));
        if (odd || self.faults.iter().any(|fault| fault.named_by.is_empty()))
            && let Some(home) = draft.home()
        {
            home.alarm_histories.clear();
        }
        last_minutes(&mut draft);
        Ok(draft)
    }
}

impl fmt::Display for Recipe {
    /// What is wrong, and what is different besides, in one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults: Vec<String> =
            self.faults.iter().map(|fault| format!("{} {}", fault.id, fault.name)).collect();
        match faults.as_slice() {
            [] => f.write_str("Nothing is wrong")?,
            faults => f.write_str(&faults.join("; "))?,
        }
        for variation in &self.variations {
            write!(f, "; {}", variation.name)?;
        }
        Ok(())
    }
}

impl Account {
    /// Whether a human is told, as far as anybody can tell who looks.
    pub fn notified(&self) -> Notified {
        let mut all = BTreeSet::new();
        for asked in &self.asked {
            all.insert(self.world.notified(asked));
            for twin in &self.twins {
                if all.len() == 1 {
                    all.insert(twin.notified(asked));
                }
            }
        }
        match (all.len(), all.first()) {
            (1, Some(notified)) => *notified,
            _ => Notified::CannotTell,
        }
    }
}

fn world(draft: Draft) -> World {
    let mut world = World::of_snapshot(&draft.snapshot);
    world.organization = draft.organization();
    let traffic: BTreeMap<_, _> =
        draft.target().map(|target| (target, draft.traffic)).into_iter().collect();
    world.denials = draft.denials;
    world.start(traffic);
    world
}
