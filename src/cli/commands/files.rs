//! Files: read with a limit, written whole or not at all.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use anyhow::{Context, bail};

/// Larger than any snapshot; a larger file is refused before it fills the memory.
const LIMIT: u64 = 256 * 1024 * 1024;

/// The text of a file, or of standard input for `-`.
#[expect(clippy::disallowed_methods, reason = "this is where files are read")]
pub(crate) fn read(path: &Path) -> anyhow::Result<String> {
    let mut text = Vec::new();
    let shown = path.display();
    let reader: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).with_context(|| format!("cannot open {shown}"))?)
    };
    reader
        .take(LIMIT + 1)
        .read_to_end(&mut text)
        .with_context(|| format!("cannot read {shown}"))?;
    if text.len() as u64 > LIMIT {
        bail!("{shown} is larger than {} MiB: no snapshot is", LIMIT / 1024 / 1024);
    }
    String::from_utf8(text).with_context(|| format!("{shown} is not UTF-8 text"))
}

/// Writes a file beside its place and moves it there, so that nobody ever sees half of it. What is
/// no regular file, such as a pipe or a device, is written into; a link is followed.
pub(crate) fn write_atomically(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let shown = path.display();
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if path.metadata().is_ok_and(|about| !about.is_file()) {
        let mut file = File::options().write(true).open(path);
        let written = file.as_mut().map_err(|error| io::Error::from(error.kind()));
        return written
            .and_then(|file| file.write_all(content))
            .with_context(|| format!("cannot write into {shown}"));
    }
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder)
        .with_context(|| format!("cannot write into {}", folder.display()))?;
    file.write_all(content).with_context(|| format!("cannot write {shown}"))?;
    file.as_file().sync_all().with_context(|| format!("cannot write {shown}"))?;
    file.persist(path).with_context(|| format!("cannot write {shown}"))?;
    Ok(())
}
