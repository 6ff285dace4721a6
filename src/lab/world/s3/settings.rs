//! What is set on buckets and only given back.

use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};

/// One kind of setting.
struct Setting {
    /// The end of its operations' names.
    name: &'static str,
    /// The end of the deleting operation's name, where there is one.
    delete: Option<&'static str>,
    /// The member that PutX brings it in.
    input: &'static str,
    /// The member that GetX answers it in; the answer itself, where there is none.
    output: Option<&'static str>,
    /// What GetX answers where it is not set: an error, or this.
    missing: Missing,
}

enum Missing {
    Error(&'static str, &'static str),
    Answer(fn() -> Value),
}

/// The errors are those of <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.
static SETTINGS: [Setting; 7] = [
    Setting {
        name: "PublicAccessBlock",
        delete: Some("PublicAccessBlock"),
        input: "PublicAccessBlockConfiguration",
        output: Some("PublicAccessBlockConfiguration"),
        missing: Missing::Error(
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found",
        ),
    },
    Setting {
        name: "BucketEncryption",
        delete: None,
        input: "ServerSideEncryptionConfiguration",
        output: Some("ServerSideEncryptionConfiguration"),
        missing: Missing::Error(
            "ServerSideEncryptionConfigurationNotFoundError",
            "The server side encryption configuration was not found",
        ),
    },
    Setting {
        name: "BucketVersioning",
        delete: None,
        input: "VersioningConfiguration",
        output: None,
        missing: Missing::Answer(|| json!({})),
    },
    Setting {
        name: "BucketLifecycleConfiguration",
        delete: Some("BucketLifecycle"),
        input: "LifecycleConfiguration",
        output: None,
        missing: Missing::Error(
            "NoSuchLifecycleConfiguration",
            "The lifecycle configuration does not exist",
        ),
    },
    Setting {
        name: "BucketTagging",
        delete: Some("BucketTagging"),
        input: "Tagging",
        output: None,
        missing: Missing::Error("NoSuchTagSet", "The TagSet does not exist"),
    },
    Setting {
        name: "BucketOwnershipControls",
        delete: Some("BucketOwnershipControls"),
        input: "OwnershipControls",
        output: Some("OwnershipControls"),
        missing: Missing::Error(
            "OwnershipControlsNotFoundError",
            "The bucket ownership controls were not found",
        ),
    },
    Setting {
        name: "BucketRequestPayment",
        delete: None,
        input: "RequestPaymentConfiguration",
        output: None,
        missing: Missing::Answer(|| json!({ "Payer": "BucketOwner" })),
    },
];

impl World {
    pub(super) fn bucket_setting(&mut self, call: &Call) -> Result<Value, ApiError> {
        let operation = call.operation.as_str();
        let named = |verb: &str, name: &str| operation.strip_prefix(verb) == Some(name);
        for setting in &SETTINGS {
            if named("Get", setting.name) {
                return setting.answer(self.called_bucket(call)?.settings.get(setting.name));
            }
            if named("Put", setting.name) {
                let mut given = call.params[setting.input].clone();
                let size = &call.params["TransitionDefaultMinimumObjectSize"];
                if !size.is_null() {
                    given["TransitionDefaultMinimumObjectSize"] = size.clone();
                }
                let settings = &mut self.called_bucket_mut(call)?.settings;
                settings.insert(setting.name.to_owned(), given);
                return Ok(json!({}));
            }
            if setting.delete.is_some_and(|name| named("Delete", name)) {
                self.called_bucket_mut(call)?.settings.remove(setting.name);
                return Ok(json!({}));
            }
        }
        Err(ApiError::not_served(call))
    }
}

impl Setting {
    fn answer(&self, set: Option<&Value>) -> Result<Value, ApiError> {
        let Some(set) = set else {
            return match self.missing {
                Missing::Error(code, message) => Err(ApiError::new(code, message)),
                Missing::Answer(answer) => Ok(answer()),
            };
        };
        Ok(match self.output {
            Some(member) => json!({ member: set }),
            None => set.clone(),
        })
    }
}
