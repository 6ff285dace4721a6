//! `secmon snapshot`: everything the doctor reads, saved.

use std::io::{self, Write};
use std::process::ExitCode;

use secmon_core::baseline::BaselineEntry;

use super::doctor::pins;
use super::{files, read};
use crate::args::SnapshotCommand;
use crate::exit;

/// Collects and saves.
pub(crate) fn run(args: &SnapshotCommand, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let entry = BaselineEntry::secret_access();
    let pins = pins(&args.question, &[]);
    let snapshot = read::judged(&args.connection, &args.question, &entry, &pins)?.snapshot;
    let snapshot = if args.redact { snapshot.redacted() } else { snapshot };
    let json = snapshot.to_json();
    let gaps = json.matches("\": \"denied: ").count() + json.matches("\": \"failed: ").count();
    if gaps > 0 {
        // The snapshot is whole without this line; standard error may be closed.
        let _ = writeln!(
            io::stderr(),
            "note: {gaps} reads were denied or failed; the snapshot says which"
        );
    }
    match &args.file {
        Some(file) if file.as_os_str() != "-" => files::write_atomically(file, json.as_bytes())?,
        _ => out.write_all(json.as_bytes())?,
    }
    Ok(ExitCode::from(exit::YES))
}
