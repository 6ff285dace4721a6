//! The log streams that CloudTrail writes to.

use std::collections::BTreeSet;

use secmon_core::policy::PolicyDocument;
use secmon_core::route::LogGroupId;
use secmon_core::snapshot::{Observed, Organization, Region, Target, Trail};

/// Where CloudTrail puts the events of the account that is asked about.
pub(super) struct Streams {
    /// The log group's name.
    pub(super) group: String,
    /// The log group's Region.
    pub(super) region: Region,
    group_arn: String,
    /// `ACCOUNT_CloudTrail_REGION`, of the trail's Region.
    name: String,
    /// Ids of the organisation that the streams may begin with; none for a trail of one account.
    organisations: Vec<String>,
}

impl Streams {
    pub(super) fn of(
        trail: &Trail,
        group: &LogGroupId,
        asked: &Target,
        documents: &[(String, PolicyDocument)],
        organization: &Observed<Organization>,
    ) -> Self {
        let LogGroupId { target, name } = group;
        let partition = trail.trail_arn.partition();
        // An organisation trail keeps one stream per account, a trail of one account its own.
        let account = match trail.is_organization_trail {
            true => asked.account.as_str(),
            false => trail.trail_arn.account(),
        };
        Self {
            group: name.clone(),
            region: target.region.clone(),
            group_arn: format!(
                "arn:{partition}:logs:{}:{}:log-group:{name}",
                target.region, target.account
            ),
            name: format!("{account}_CloudTrail_{}", trail.home_region),
            organisations: match trail.is_organization_trail {
                true => organisations(documents, organization),
                false => Vec::new(),
            },
        }
    }

    /// For each organisation that may be meant, the streams that have to be writable: with and
    /// without the number that CloudTrail appends when there is much to write. AWS was captured
    /// writing to a numbered stream in a group that held nothing yet.
    pub(super) fn candidates(&self) -> impl Iterator<Item = Vec<String>> {
        let prefixes: Vec<String> = match self.organisations.is_empty() {
            true => vec![String::new()],
            false => self.organisations.iter().map(|id| format!("{id}_")).collect(),
        };
        prefixes.into_iter().map(|prefix| {
            let plain = format!("{prefix}{}", self.name);
            let numbered = format!("{plain}_3");
            vec![plain, numbered]
        })
    }

    /// The ARN of a stream.
    pub(super) fn arn(&self, stream: &str) -> String {
        format!("{}:log-stream:{stream}", self.group_arn)
    }

    /// What a policy has to allow, as AWS's own example does.
    pub(super) fn pattern(&self) -> String {
        match self.organisations.first() {
            None => self.arn(&format!("{}*", self.name)),
            Some(id) if id == NO_ORGANISATION => self.arn("o-*"),
            Some(id) => self.arn(&format!("{id}_*")),
        }
    }
}

/// Stands for the id of an organisation that is not known; AWS's pages write it too.
const NO_ORGANISATION: &str = "o-exampleorgid";

/// The trail's organisation; where it is not known, those that the policies name, and any other.
fn organisations(
    documents: &[(String, PolicyDocument)],
    organization: &Observed<Organization>,
) -> Vec<String> {
    if let Observed::Seen(organization) = organization {
        return vec![organization.id.clone()];
    }
    let mut ids = BTreeSet::new();
    for (_, document) in documents {
        let text = document.json().to_string();
        for rest in text.split("log-stream:").skip(1) {
            let is_id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            let id: String = rest.chars().take_while(|c| is_id(*c)).collect();
            // o- and 10 to 32 letters and digits.
            if id.starts_with("o-") && (12..=34).contains(&id.len()) {
                ids.insert(id);
            }
        }
    }
    let mut ids: Vec<String> = ids.into_iter().collect();
    if ids.is_empty() || !matches!(organization, Observed::Absent) {
        ids.push(NO_ORGANISATION.to_owned());
    }
    ids
}
