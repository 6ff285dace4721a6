//! One client per service, made when first needed.

use std::sync::OnceLock;

use aws_config::SdkConfig;

use crate::wire::Wire;

macro_rules! clients {
    ($($name:ident: $sdk:ident,)*) => {
        /// The clients of one set of credentials in one Region.
        pub(crate) struct Clients {
            config: SdkConfig,
            wire: Wire,
            $($name: OnceLock<$sdk::Client>,)*
            s3: OnceLock<aws_sdk_s3::Client>,
        }

        impl Clients {
            pub(crate) fn new(config: SdkConfig, wire: Wire) -> Self {
                Self { config, wire, $($name: OnceLock::new(),)* s3: OnceLock::new() }
            }

            $(
                pub(crate) fn $name(&self) -> &$sdk::Client {
                    self.$name.get_or_init(|| {
                        let config = $sdk::config::Builder::from(&self.config);
                        $sdk::Client::from_conf(config.interceptor(self.wire.clone()).build())
                    })
                }
            )*
        }
    };
}

clients! {
    cloudtrail: aws_sdk_cloudtrail,
    cloudwatch: aws_sdk_cloudwatch,
    eventbridge: aws_sdk_eventbridge,
    iam: aws_sdk_iam,
    kms: aws_sdk_kms,
    logs: aws_sdk_cloudwatchlogs,
    organizations: aws_sdk_organizations,
    secretsmanager: aws_sdk_secretsmanager,
    sns: aws_sdk_sns,
    sts: aws_sdk_sts,
}

impl Clients {
    pub(crate) fn s3(&self) -> &aws_sdk_s3::Client {
        self.s3.get_or_init(|| {
            let config = aws_sdk_s3::config::Builder::from(&self.config)
                // Servers on one address have no name per bucket.
                .force_path_style(self.config.endpoint_url().is_some())
                .interceptor(self.wire.clone());
            aws_sdk_s3::Client::from_conf(config.build())
        })
    }
}
