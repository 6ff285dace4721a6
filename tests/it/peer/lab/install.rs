//! Installs botocore into the target directory, once.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The version whose models the lab's are condensed from.
const BOTOCORE: &str = "1.44.8";

static PYTHON: LazyLock<Result<PathBuf, String>> = LazyLock::new(install);

/// The Python interpreter of the virtual environment that has botocore.
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
    if has_botocore(&python) {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))
        .map_err(|why| format!("needs python3 with venv (apt-get install python3-venv): {why}"))?;
    let package = format!("botocore=={BOTOCORE}");
    run(Command::new(&python).args([
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        &package,
    ]))
    .map_err(|why| format!("cannot install {package}: {why}"))?;
    if has_botocore(&python) { Ok(python) } else { Err(format!("{package} is not there")) }
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let texts = [&output.stdout, &output.stderr];
    Err(texts.map(|text| String::from_utf8_lossy(text)).concat())
}

fn has_botocore(python: &Path) -> bool {
    let version = "import botocore; print(botocore.__version__)";
    let output = Command::new(python).args(["-c", version]).output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == BOTOCORE)
}
