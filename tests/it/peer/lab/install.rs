//! Installs botocore, boto3 and the AWS CLI into the target directory, once.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The botocore whose models the lab's are condensed from, its boto3, the AWS CLI of that week, and
/// what reads exported plans.
const PACKAGES: [(&str, &str); 5] = [
    ("botocore", "1.44.8"),
    ("boto3", "1.44.8"),
    ("awscli", "1.46.3"),
    ("cfn-lint", "1.58.0"),
    ("python-hcl2", "8.1.4"),
];

static PYTHON: LazyLock<Result<PathBuf, String>> = LazyLock::new(install);

/// The Python interpreter of the virtual environment that has them; `aws` lies beside it.
pub(super) fn python() -> &'static Path {
    match &*PYTHON {
        Ok(python) => python,
        Err(why) => panic!("{why}"),
    }
}

fn install() -> Result<PathBuf, String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("Cargo's tmp lies in the target directory");
    fs::create_dir_all(target).expect("the target directory");
    // Held until this function returns: several test binaries may run at once.
    let lock = File::create(target.join("lab-venv.lock")).expect("a lock file");
    lock.lock().expect("the lock");
    let venv = target.join("lab-venv");
    let python = venv.join("bin/python");
    if has_packages(&python) {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))
        .map_err(|why| format!("needs python3 with venv (apt-get install python3-venv): {why}"))?;
    let packages = PACKAGES.map(|(name, version)| format!("{name}=={version}"));
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--disable-pip-version-check"])
        .args(&packages))
    .map_err(|why| format!("cannot install {}: {why}", packages.join(" ")))?;
    match has_packages(&python) {
        true => Ok(python),
        false => Err(format!("{} are not there", packages.join(" "))),
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let texts = [&output.stdout, &output.stderr];
    Err(texts.map(|text| String::from_utf8_lossy(text)).concat())
}

fn has_packages(python: &Path) -> bool {
    let names = PACKAGES.map(|(name, _)| format!("version({name:?})")).join(", ");
    let versions = format!("from importlib.metadata import version; print({names})");
    let output = Command::new(python).args(["-c", &versions]).output();
    let wanted = PACKAGES.map(|(_, version)| version).join(" ");
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == wanted)
}
