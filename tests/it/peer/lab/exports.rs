//! Exported plans: the script run by the AWS CLI against what secmon makes itself, the template read
//! by cfn-lint, the configuration for Terraform by an HCL parser.

use std::fs;
use std::process::Command;

use secmon_core::plan::{Export, Plan, Resource, export};
use tempfile::TempDir;

use super::install;
use crate::repair::{Repairing, differences, different_plans, run};

/// What the script does and what secmon does itself leave the same configuration.
#[test]
fn the_script_does_what_apply_does() {
    let aws = install::python().parent().expect("a folder of programs");
    let folder = TempDir::new().expect("a folder");
    let mut wrong = Vec::new();
    // What belongs to another account is told in the script, not run.
    let is_here = |plan: &Plan| {
        plan.changes.iter().all(|change| change.resource.target().account == plan.account)
    };
    for (scenario, plan) in different_plans().iter().filter(|(_, plan)| is_here(plan)) {
        let resources: Vec<Resource> = plan.changes.iter().map(|it| it.resource.clone()).collect();
        let applied = run(async {
            let repairing = Repairing::begin(scenario).await;
            repairing.judged().await;
            repairing.apply(plan).await;
            repairing.configuration(&resources)
        });
        let script = folder.path().join(format!("{}.sh", scenario.name));
        let text = export(plan, Export::Cli).expect("a script");
        fs::write(&script, text).expect("a file");
        let by_script = run(async {
            let repairing = Repairing::begin(scenario).await;
            let output = Command::new("sh")
                .arg(&script)
                .env_clear()
                .env("PATH", format!("{}:/usr/bin:/bin", aws.display()))
                .env("AWS_ENDPOINT_URL", repairing.url())
                .env("AWS_ACCESS_KEY_ID", format!("AKIA{}LABS", plan.account))
                .env("AWS_SECRET_ACCESS_KEY", "lab")
                .env("AWS_DEFAULT_REGION", "ap-south-1")
                .env("AWS_CONFIG_FILE", "/dev/null")
                .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
                .env("AWS_EC2_METADATA_DISABLED", "true")
                .output()
                .expect("there is sh");
            let why = String::from_utf8_lossy(&output.stderr).into_owned();
            (output.status.success().then(|| repairing.configuration(&resources)), why)
        });
        match by_script {
            (Some(configuration), _) => {
                let lines = differences(&applied, &configuration, &[]);
                wrong.extend(lines.into_iter().map(|line| format!("{}: {line}", scenario.name)));
            }
            (None, why) => wrong.push(format!("{}: {why}", scenario.name)),
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn cfn_lint_and_an_hcl_parser_read_what_is_exported() {
    let python = install::python();
    let folder = TempDir::new().expect("a folder");
    let (mut templates, mut configurations) = (Vec::new(), Vec::new());
    for (scenario, plan) in different_plans() {
        let write = |form: Export, end: &str| {
            let text = export_or_nothing(plan, form)?;
            let path = folder.path().join(format!("{}.{end}", scenario.name));
            fs::write(&path, text).expect("a file");
            Some(path)
        };
        templates.extend(write(Export::Cloudformation, "json"));
        configurations.extend(write(Export::Terraform, "tf"));
    }
    assert!(templates.len() > 4 && configurations.len() > 9, "{templates:?} {configurations:?}");
    let lint = python.with_file_name("cfn-lint");
    let mut lint = Command::new(lint);
    // The policy that SNS gives a new topic is of 2008-10-17, and statements are added to it.
    lint.args(["--regions", "eu-west-1", "--ignore-checks", "W2511", "--"]).args(&templates);
    passes(&mut lint);
    let parse =
        "import hcl2, sys\nfor name in sys.argv[1:]:\n    with open(name) as file: hcl2.load(file)";
    passes(Command::new(python).args(["-c", parse]).args(&configurations));
}

fn export_or_nothing(plan: &Plan, form: Export) -> Option<String> {
    export(plan, form).ok()
}

fn passes(command: &mut Command) {
    let output = command.output().expect("it is installed");
    let texts = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(output.status.success(), "{}", texts.concat());
}
