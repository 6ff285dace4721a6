//! Does a trail look at this Region of this account at all?
//!
//! Sources: [multi-Region trails](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-multi-region-trails.html),
//! [organization trails](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-trail-organization.html),
//! [troubleshooting](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-troubleshooting.html).

use crate::snapshot::Trail;

/// Where a trail looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailScope {
    /// The Region it was created in.
    pub home_region: String,
    /// Whether it takes events of all enabled Regions.
    pub is_multi_region: bool,
    /// Whether it takes events of all accounts of the organization.
    pub is_organization: bool,
    /// The account that owns it: the fifth part of its ARN.
    pub trail_account: String,
}

impl TrailScope {
    /// The scope of a trail as it was described.
    pub fn of(trail: &Trail) -> Self {
        Self {
            home_region: trail.home_region.clone(),
            is_multi_region: trail.is_multi_region_trail,
            is_organization: trail.is_organization_trail,
            trail_account: trail.trail_arn.account().to_owned(),
        }
    }
}

/// Whether a trail looks at a Region of an account.
///
/// Every reason is a sentence without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coverage {
    /// It does.
    Yes {
        /// Why.
        reason: String,
    },
    /// It does not.
    No {
        /// Why not.
        reason: String,
    },
    /// Not to be told.
    Unknown {
        /// What is in doubt.
        reason: String,
    },
}

/// The Regions every account has enabled. All others need opting in; so do new ones, which is why
/// this list does not grow. China and GovCloud accounts opt in to nothing.
/// Source: <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html>
const ENABLED_BY_DEFAULT: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// How many Regions every account of a partition has enabled; `None` where nobody knows.
/// <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html>,
/// <https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json>
pub fn regions_of_every_account(partition: &str) -> Option<i64> {
    match partition {
        "aws" => i64::try_from(ENABLED_BY_DEFAULT.len()).ok(),
        "aws-cn" | "aws-us-gov" => Some(2),
        _ => None,
    }
}

/// Does the trail look at this Region of this account?
///
/// An organization trail is taken to cover every other account it is asked about: a trail that
/// `DescribeTrails` shows in a member account covers that account.
///
/// ```
/// use secmon_core::selector::{Coverage, TrailScope, covers};
///
/// let trail = TrailScope {
///     home_region: "eu-west-1".to_owned(),
///     is_multi_region: false,
///     is_organization: false,
///     trail_account: "123456789012".to_owned(),
/// };
/// assert_eq!(
///     covers(&trail, "us-east-1", "123456789012"),
///     Coverage::No {
///         reason: "the trail takes events of its home Region eu-west-1 only, not of us-east-1"
///             .to_owned()
///     },
/// );
/// ```
pub fn covers(trail: &TrailScope, region: &str, account: &str) -> Coverage {
    let TrailScope { home_region, is_multi_region, is_organization, trail_account } = trail;
    let is_own = account == trail_account;
    if !is_own && !is_organization {
        let reason = format!(
            "the trail takes events of its own account {trail_account} only, not of {account}"
        );
        return Coverage::No { reason };
    }
    if region != home_region && !is_multi_region {
        let reason = format!(
            "the trail takes events of its home Region {home_region} only, not of {region}"
        );
        return Coverage::No { reason };
    }
    // A secret in the home Region proves that its account has opted in to it.
    if !is_own && region != home_region && needs_opt_in(home_region) {
        let reason = format!(
            "the organization trail's home Region {home_region} needs opting in, and account \
             {account} sends it nothing unless it has opted in"
        );
        return Coverage::Unknown { reason };
    }
    let regions = if *is_multi_region { "all enabled Regions" } else { home_region };
    let accounts = if is_own {
        format!("account {account}")
    } else {
        format!("the member accounts of the organization of {trail_account}")
    };
    Coverage::Yes { reason: format!("the trail takes events of {regions} in {accounts}") }
}

/// Whether an account has to opt in to a Region, which was launched after March 20, 2019.
/// <https://docs.aws.amazon.com/general/latest/gr/rande-manage.html>
pub fn needs_opt_in(region: &str) -> bool {
    !ENABLED_BY_DEFAULT.contains(&region)
        && !region.starts_with("cn-")
        && !region.starts_with("us-gov-")
}
