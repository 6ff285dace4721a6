//! The lab, called by botocore, boto3 and the AWS CLI: Amazon's own reading of its protocols and
//! models.
//!
//! [`chain`]: boto3 builds the whole chain and breaks it. [`fixes`]: the AWS CLI runs every command
//! that the doctor prints. `conformance.py` calls every operation of the lab and checks each answer, as botocore read it,
//! against botocore's model. CloudWatch is called in each of its three protocols.

use std::path::Path;
use std::process::Command;

use secmon_lab::serve::{Clock, Server};
use secmon_lab::world::{Settings, World};
use tokio::runtime::Runtime;

mod chain;
mod exports;
mod fixes;
mod install;

#[test]
fn botocore_understands_every_operation() {
    let runtime = Runtime::new().expect("a runtime for the server");
    let now = "2026-09-14T01:49:22Z".parse().expect("a time");
    let world = World::new(now, Settings::default());
    let address = "127.0.0.1:0".parse().expect("a loopback address");
    let server = runtime.block_on(Server::bind(world, address, Clock::Still)).expect("a server");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(install::python())
        .arg(root.join("tests/it/peer/lab/conformance.py"))
        .arg(root.join("src/lab/serve/model"))
        .env_clear()
        .env("AWS_ENDPOINT_URL", server.url())
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("the virtual environment has an interpreter");
    let said = String::from_utf8_lossy(&output.stdout);
    let wrong: Vec<&str> = said.lines().filter(|line| !line.starts_with("ok ")).collect();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{stderr}", wrong.join("\n"));
}
