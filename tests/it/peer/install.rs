//! Installs ministack into the target directory, once.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

const MINISTACK: &str = "1.5.33";

/// Prints the installed versions, or fails.
const VERSIONS: &str = "from importlib.metadata import version; \
                        print(version('ministack'), version('cbor2'))";

/// Every test says why it cannot run, not only the first.
static PYTHON: LazyLock<Result<PathBuf, String>> = LazyLock::new(install);

const NEEDS_PYTHON: &str =
    "the peer suite needs python3 with venv: apt-get install python3 python3-venv";

/// The Python interpreter of the virtual environment that has ministack.
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
    let lock = File::create(target.join("peer-venv.lock")).expect("a lock file");
    lock.lock().expect("the lock");
    let venv = target.join("peer-venv");
    let python = venv.join("bin/python");
    if has_ministack(&python) {
        return Ok(python);
    }
    let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv).output();
    match made {
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(NEEDS_PYTHON.to_owned()),
        Err(error) => return Err(format!("python3 cannot be run: {error}")),
        Ok(output) if !output.status.success() => {
            let said = said(&output);
            return Err(format!("{NEEDS_PYTHON}\npython3 -m venv says:\n{said}"));
        }
        Ok(_) => {}
    }
    let output = Command::new(&python)
        .args(["-m", "pip", "install", "--disable-pip-version-check"])
        .args([&format!("ministack=={MINISTACK}"), "cbor2"])
        .output()
        .expect("the virtual environment has an interpreter");
    if output.status.success() && has_ministack(&python) {
        return Ok(python);
    }
    let said = said(&output);
    Err(format!("the peer suite cannot install ministack {MINISTACK}; pip says:\n{said}"))
}

fn has_ministack(python: &Path) -> bool {
    let output = Command::new(python).args(["-c", VERSIONS]).output();
    output.is_ok_and(|output| {
        let versions = String::from_utf8_lossy(&output.stdout).into_owned();
        output.status.success() && versions.split(' ').next() == Some(MINISTACK)
    })
}

fn said(output: &std::process::Output) -> String {
    let texts = [&output.stdout, &output.stderr];
    texts.map(|text| String::from_utf8_lossy(text)).concat()
}
