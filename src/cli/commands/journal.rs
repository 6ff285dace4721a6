//! The file of a journal: where it is, and that a kill loses nothing of it.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use jiff::Timestamp;
use secmon_core::plan::{JOURNAL_VERSION, Journal, Line, Plan};
use secmon_core::snapshot::AccountId;

use super::files;

/// A journal being written.
pub(crate) struct JournalFile {
    pub(crate) path: PathBuf,
    file: File,
}

impl JournalFile {
    /// Begins one for a plan; a file that is there already is not touched.
    pub(crate) fn begin(path: PathBuf, plan: &Plan, command: &str) -> anyhow::Result<Self> {
        let cannot = || format!("cannot begin the journal {}", path.display());
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // It holds policies.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path);
        let file = file.with_context(cannot)?;
        let mut journal = Self { path, file };
        let line = Line::Journal {
            version: JOURNAL_VERSION,
            account: plan.account.clone(),
            started: plan.taken_at,
            command: command.to_owned(),
            asked: plan.asked.clone(),
        };
        journal.write(&line).map_err(anyhow::Error::msg)?;
        Ok(journal)
    }

    /// Goes on with one that is there.
    pub(crate) fn go_on(path: PathBuf) -> anyhow::Result<Self> {
        let cannot = || format!("cannot write {}", path.display());
        // A line that a kill has cut would swallow the next one.
        let mut options = OpenOptions::new();
        let mut file = options.read(true).append(true).open(&path).with_context(cannot)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(cannot)?;
        let whole = memchr::memrchr(b'\n', &bytes).map_or(0, |end| end + 1);
        file.set_len(whole as u64).with_context(cannot)?;
        Ok(Self { path, file })
    }

    /// Writes a line, and makes sure that it stays.
    pub(crate) fn write(&mut self, line: &Line) -> Result<(), String> {
        let written = self.file.write_all(line.to_json().as_bytes());
        written.and_then(|()| self.file.sync_data()).map_err(|error| error.to_string())
    }
}

/// Reads a journal.
pub(crate) fn read(path: &Path) -> anyhow::Result<Journal> {
    let text = files::read(path)?;
    Journal::parse(&text).with_context(|| format!("{} is no journal of secmon", path.display()))
}

/// Where the journal of changes made now goes.
pub(crate) fn new_path(account: &AccountId, now: Timestamp) -> anyhow::Result<PathBuf> {
    if is_ci() {
        bail!(
            "CI is set, and what is left in the state folder of a runner is lost with it: pass \
             --journal FILE, and keep that file"
        );
    }
    let folder = folder(account)?;
    let cannot = || format!("cannot make the folder {}", folder.display());
    fs::create_dir_all(&folder).with_context(cannot)?;
    let name = now.strftime("%Y-%m-%dT%H%M%SZ").to_string();
    let mut path = folder.join(format!("{name}.jsonl"));
    let mut number = 2;
    while path.exists() {
        path = folder.join(format!("{name}-{number}.jsonl"));
        number += 1;
    }
    Ok(path)
}

/// The journals of an account with something to take back, newest first: the newest alone, or all
/// since the oldest that a command began.
pub(crate) fn open_journals(
    account: &AccountId,
    since: Option<&str>,
) -> anyhow::Result<Vec<PathBuf>> {
    let folder = folder(account)?;
    let none = || {
        let of = since.map(|command| format!(" of `secmon {command}`")).unwrap_or_default();
        format!("there is no journal{of} of account {account} in {}", folder.display())
    };
    let entries = fs::read_dir(&folder).with_context(none)?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "jsonl")).collect();
    paths.sort();
    let mut open = Vec::new();
    for path in paths {
        let journal = read(&path).context(
            "what it changed is not known: name the journal that is to be taken back, or move this one \
             away",
        )?;
        let begins = since.is_none_or(|command| journal.command == command);
        if !journal.open().is_empty() && (begins || !open.is_empty()) {
            open.push(path);
        }
    }
    if open.is_empty() {
        bail!("{}, with anything to take back", none());
    }
    open.reverse();
    if since.is_none() {
        open.truncate(1);
    }
    Ok(open)
}

fn folder(account: &AccountId) -> anyhow::Result<PathBuf> {
    let Some(state) = state_folder() else {
        bail!("neither XDG_STATE_HOME nor HOME is set: pass --journal FILE");
    };
    Ok(state.join("secmon").join(account.as_str()))
}

#[expect(clippy::disallowed_methods, reason = "the environment is read here and passed on")]
fn state_folder() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let state = named("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    state.or_else(|| Some(PathBuf::from(named("HOME")?).join(".local/state")))
}

#[expect(clippy::disallowed_methods, reason = "the environment is read here and passed on")]
fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty())
}
