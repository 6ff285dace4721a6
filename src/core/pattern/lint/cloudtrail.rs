//! What is known of the fields of a CloudTrail event.
//!
//! Names, kinds and presence are those of the pages "CloudTrail record contents" and "CloudTrail
//! userIdentity element", and of 4,834 real events where the pages are silent.

use super::near::{distance, same_but_for_case};
use crate::pattern::{Path, Step};

/// What a field holds where it is present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pattern) enum Kind {
    /// Text.
    Text,
    /// `true` or `false`.
    Boolean,
    /// The text `"true"` or `"false"`.
    BooleanText,
    /// An object, or an array: no comparison ever holds.
    Container,
    /// An object whose members depend on the call.
    Open,
}

/// One field.
#[derive(Debug, Clone, Copy)]
pub(in crate::pattern) struct Known {
    /// The names after `$`.
    pub(in crate::pattern) names: &'static [&'static str],
    /// What it holds.
    pub(in crate::pattern) kind: Kind,
    /// Whether every event has it.
    pub(in crate::pattern) always: bool,
}

const fn known(names: &'static [&'static str], kind: Kind, always: bool) -> Known {
    Known { names, kind, always }
}

/// The fields, each parent before its members.
pub(in crate::pattern) static FIELDS: &[Known] = &[
    known(&["eventVersion"], Kind::Text, true),
    known(&["userIdentity"], Kind::Container, true),
    known(&["userIdentity", "type"], Kind::Text, true),
    known(&["userIdentity", "principalId"], Kind::Text, false),
    known(&["userIdentity", "arn"], Kind::Text, false),
    known(&["userIdentity", "accountId"], Kind::Text, false),
    known(&["userIdentity", "accessKeyId"], Kind::Text, false),
    known(&["userIdentity", "userName"], Kind::Text, false),
    known(&["userIdentity", "invokedBy"], Kind::Text, false),
    known(&["userIdentity", "identityProvider"], Kind::Text, false),
    known(&["userIdentity", "credentialId"], Kind::Text, false),
    known(&["userIdentity", "onBehalfOf"], Kind::Container, false),
    known(&["userIdentity", "onBehalfOf", "userId"], Kind::Text, false),
    known(&["userIdentity", "onBehalfOf", "identityStoreArn"], Kind::Text, false),
    known(&["userIdentity", "inScopeOf"], Kind::Open, false),
    known(&["userIdentity", "sessionContext"], Kind::Container, false),
    known(&["userIdentity", "sessionContext", "sourceIdentity"], Kind::Text, false),
    known(&["userIdentity", "sessionContext", "ec2RoleDelivery"], Kind::Text, false),
    known(&["userIdentity", "sessionContext", "assumedRoot"], Kind::BooleanText, false),
    known(&["userIdentity", "sessionContext", "webIdFederationData"], Kind::Open, false),
    known(&["userIdentity", "sessionContext", "attributes"], Kind::Container, false),
    known(&["userIdentity", "sessionContext", "attributes", "creationDate"], Kind::Text, false),
    known(
        &["userIdentity", "sessionContext", "attributes", "mfaAuthenticated"],
        Kind::BooleanText,
        false,
    ),
    known(&["userIdentity", "sessionContext", "sessionIssuer"], Kind::Container, false),
    known(&["userIdentity", "sessionContext", "sessionIssuer", "type"], Kind::Text, false),
    known(&["userIdentity", "sessionContext", "sessionIssuer", "principalId"], Kind::Text, false),
    known(&["userIdentity", "sessionContext", "sessionIssuer", "arn"], Kind::Text, false),
    known(&["userIdentity", "sessionContext", "sessionIssuer", "accountId"], Kind::Text, false),
    known(&["userIdentity", "sessionContext", "sessionIssuer", "userName"], Kind::Text, false),
    known(&["eventTime"], Kind::Text, true),
    known(&["eventSource"], Kind::Text, true),
    known(&["eventName"], Kind::Text, true),
    known(&["awsRegion"], Kind::Text, true),
    known(&["sourceIPAddress"], Kind::Text, true),
    known(&["userAgent"], Kind::Text, false),
    known(&["errorCode"], Kind::Text, false),
    known(&["errorMessage"], Kind::Text, false),
    known(&["requestParameters"], Kind::Open, false),
    known(&["requestParameters", "secretId"], Kind::Text, false),
    known(&["requestParameters", "secretIdList"], Kind::Container, false),
    known(&["responseElements"], Kind::Open, false),
    known(&["responseElements", "ConsoleLogin"], Kind::Text, false),
    known(&["additionalEventData"], Kind::Open, false),
    known(&["additionalEventData", "MFAUsed"], Kind::Text, false),
    known(&["additionalEventData", "LoginTo"], Kind::Text, false),
    known(&["additionalEventData", "MobileVersion"], Kind::Text, false),
    known(&["additionalEventData", "SamlProviderArn"], Kind::Text, false),
    known(&["requestID"], Kind::Text, false),
    known(&["eventID"], Kind::Text, true),
    known(&["eventType"], Kind::Text, true),
    known(&["apiVersion"], Kind::Text, false),
    known(&["managementEvent"], Kind::Boolean, false),
    known(&["readOnly"], Kind::Boolean, false),
    known(&["resources"], Kind::Open, false),
    known(&["recipientAccountId"], Kind::Text, true),
    known(&["serviceEventDetails"], Kind::Open, false),
    known(&["sharedEventID"], Kind::Text, false),
    known(&["vpcEndpointId"], Kind::Text, false),
    known(&["vpcEndpointAccountId"], Kind::Text, false),
    known(&["eventCategory"], Kind::Text, false),
    known(&["addendum"], Kind::Open, false),
    known(&["eventContext"], Kind::Open, false),
    known(&["edgeDeviceDetails"], Kind::Open, false),
    known(&["insightDetails"], Kind::Open, false),
    known(&["sessionCredentialFromConsole"], Kind::BooleanText, false),
    known(&["tlsDetails"], Kind::Container, false),
    known(&["tlsDetails", "tlsVersion"], Kind::Text, false),
    known(&["tlsDetails", "cipherSuite"], Kind::Text, false),
    known(&["tlsDetails", "clientProvidedHostHeader"], Kind::Text, false),
];

/// What is known of the values of a field.
pub(super) struct Values {
    pub(super) names: &'static [&'static str],
    pub(super) values: &'static [&'static str],
    /// Whether the list is complete, so that any other value never matches.
    pub(super) complete: bool,
}

/// Values of fields that patterns compare with.
pub(super) static VALUES: &[Values] = &[
    Values {
        names: &["userIdentity", "type"],
        values: &[
            "Root",
            "IAMUser",
            "AssumedRole",
            "Role",
            "FederatedUser",
            "Directory",
            "AWSAccount",
            "AWSService",
            "IdentityCenterUser",
            "SAMLUser",
            "WebIdentityUser",
            "Unknown",
        ],
        complete: true,
    },
    Values {
        names: &["eventType"],
        values: &[
            "AwsApiCall",
            "AwsServiceEvent",
            "AwsConsoleAction",
            "AwsConsoleSignIn",
            "AwsVpceEvent",
            "AwsVpceEvents",
            "AwsCloudTrailInsight",
        ],
        complete: false,
    },
    Values {
        names: &["eventCategory"],
        values: &["Management", "Data", "Insight", "NetworkActivity"],
        complete: false,
    },
    Values {
        names: &["errorMessage"],
        values: &["Failed authentication", "No username found in supplied account"],
        complete: false,
    },
    Values { names: &["errorCode"], values: &["AccessDenied"], complete: false },
    Values {
        names: &["responseElements", "ConsoleLogin"],
        values: &["Success", "Failure"],
        complete: true,
    },
    Values { names: &["additionalEventData", "MFAUsed"], values: &["Yes", "No"], complete: true },
    Values { names: &["eventName"], values: SECRETS_MANAGER, complete: false },
];

/// The events of Secrets Manager, by the name of the operation, and those without a call.
pub(in crate::pattern) const SECRETS_MANAGER: &[&str] = &[
    "BatchGetSecretValue",
    "CancelRotateSecret",
    "CreateSecret",
    "DeleteResourcePolicy",
    "DeleteSecret",
    "DescribeSecret",
    "GetRandomPassword",
    "GetResourcePolicy",
    "GetSecretValue",
    "ListSecretVersionIds",
    "ListSecrets",
    "PutResourcePolicy",
    "PutSecretValue",
    "RemoveRegionsFromReplication",
    "ReplicateSecretToRegions",
    "RestoreSecret",
    "RotateSecret",
    "StopReplicationToReplica",
    "TagResource",
    "UntagResource",
    "UpdateSecret",
    "UpdateSecretVersionStage",
    "ValidateResourcePolicy",
    "CancelSecretVersionDelete",
    "EndSecretVersionDelete",
    "ReplicationFailed",
    "ReplicationSucceeded",
    "RotationAbandoned",
    "RotationFailed",
    "RotationStarted",
    "RotationSucceeded",
    "SecretVersionDeletion",
    "StartSecretVersionDelete",
    "TestRotationFailed",
    "TestRotationStarted",
    "TestRotationSucceeded",
];

/// Fields that an event has whenever another field has a certain value.
pub(super) struct Company {
    pub(super) when: &'static [&'static str],
    pub(super) is: &'static str,
    /// The fields, or what they begin with.
    pub(super) has: &'static [&'static [&'static str]],
}

/// So that CIS 3.3 as it stands and `type != "AssumedRole" || sessionIssuer… != "x"` pass.
pub(super) static COMPANY: &[Company] = &[
    Company {
        when: &["eventName"],
        is: "ConsoleLogin",
        has: &[
            &["additionalEventData", "MFAUsed"],
            &["additionalEventData", "LoginTo"],
            &["responseElements", "ConsoleLogin"],
        ],
    },
    Company {
        when: &["userIdentity", "type"],
        is: "AssumedRole",
        has: &[
            &["userIdentity", "sessionContext"],
            &["userIdentity", "arn"],
            &["userIdentity", "principalId"],
            &["userIdentity", "accountId"],
        ],
    },
    Company {
        when: &["userIdentity", "type"],
        is: "IAMUser",
        has: &[
            &["userIdentity", "userName"],
            &["userIdentity", "arn"],
            &["userIdentity", "principalId"],
            &["userIdentity", "accountId"],
        ],
    },
];

/// The names of a path without indexes and wildcards; `None` where it has them.
pub(in crate::pattern) fn names(path: &Path) -> Option<Vec<&str>> {
    path.0
        .iter()
        .map(|step| match step {
            Step::Name(name) => Some(name.as_str()),
            _ => None,
        })
        .collect()
}

/// A path of names.
pub(in crate::pattern) fn path(names: &[&str]) -> Path {
    Path(names.iter().map(|name| Step::Name((*name).to_owned())).collect())
}

/// The field at a path.
pub(in crate::pattern) fn field(path: &Path) -> Option<&'static Known> {
    let names = names(path)?;
    FIELDS.iter().find(|field| field.names == names)
}

/// Whether a path leads to a certain field.
pub(in crate::pattern) fn is(path: &Path, field: &[&str]) -> bool {
    names(path).is_some_and(|names| names == field)
}

/// Whether an event can do without the field: it is known as optional, or stands in one that is.
pub(super) fn may_be_absent(path: &Path) -> bool {
    if let Some(field) = field(path) {
        return !field.always;
    }
    let Some(Step::Name(first)) = path.0.first() else {
        return false;
    };
    path.0.len() > 1 && FIELDS.iter().any(|field| !field.always && field.names == [first.as_str()])
}

/// The field that was meant by a path which leads to none, and why it is thought so.
pub(super) fn meant(path: &Path) -> Option<Meant> {
    let given = names(path)?;
    let exact = FIELDS.iter().any(|field| field.names == given);
    let under_open = FIELDS.iter().any(|field| {
        field.kind == Kind::Open
            && given.len() > field.names.len()
            && given.starts_with(field.names)
    });
    if exact || under_open {
        return None;
    }
    let same_case = |field: &&Known| {
        field.names.len() == given.len()
            && same_but_for_case(&field.names.join("."), &given.join("."))
    };
    if let Some(field) = FIELDS.iter().find(same_case) {
        return Some(Meant::Case(field.names.to_vec()));
    }
    // The members of an open field are not known, its own name is.
    let cased_parent = FIELDS.iter().find(|field| {
        field.names.len() == 1
            && field.kind == Kind::Open
            && given.len() > 1
            && same_but_for_case(field.names[0], given[0])
    });
    if let Some(parent) = cased_parent {
        let mut names: Vec<&'static str> = Vec::new();
        names.extend(parent.names);
        return Some(Meant::Parent(names));
    }
    // `$.detail.eventName`, `$.Records[0].eventName`: how EventBridge and files in S3 wrap an event.
    if ["detail", "Records", "records"].contains(&given[0]) {
        let rest = &given[1..];
        if let Some(field) = FIELDS.iter().find(|field| field.names == rest) {
            return Some(Meant::Unwrapped(field.names.to_vec()));
        }
    }
    if let [leaf] = given[..] {
        let mut with_leaf = FIELDS.iter().filter(|field| {
            field.names.len() > 1
                && field.names.last().is_some_and(|last| last.eq_ignore_ascii_case(leaf))
        });
        if let Some(field) = with_leaf.next() {
            return Some(Meant::Parentless(field.names.to_vec()));
        }
    }
    let near = FIELDS.iter().filter_map(|field| {
        let ((last, above), (given, parents)) = (field.names.split_last()?, given.split_last()?);
        let distance = distance(&last.to_lowercase(), &given.to_lowercase());
        (above == parents && last.len() > 4 && distance <= 2).then_some((distance, field))
    });
    let nearest = near.min_by_key(|(distance, _)| *distance);
    nearest.map(|(_, field)| Meant::Misspelled(field.names.to_vec()))
}

/// How a selector misses the field that was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meant {
    /// `$.eventname`
    Case(Vec<&'static str>),
    /// `$.requestparameters.secretId`: the first name is meant to be this one.
    Parent(Vec<&'static str>),
    /// `$.detail.eventName`
    Unwrapped(Vec<&'static str>),
    /// `$.invokedBy`
    Parentless(Vec<&'static str>),
    /// `$.eventNme`
    Misspelled(Vec<&'static str>),
}
