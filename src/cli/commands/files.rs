//! Files: read with a limit, written whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use tempfile::NamedTempFile;

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

/// Writes a whole file: see [`NewFile`].
pub(crate) fn write_atomically(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let mut file = NewFile::create(path)?;
    file.write_all(content).with_context(|| format!("cannot write {}", path.display()))?;
    file.finish()
}

/// A file that is written beside its place and moved there when it is finished, so that nobody ever
/// sees half of it. What is no regular file, such as a pipe or a device, is written into; a link is
/// followed.
pub(crate) struct NewFile {
    shown: String,
    place: Place,
}

enum Place {
    Beside(BufWriter<NamedTempFile>, PathBuf),
    Into(BufWriter<File>),
}

impl NewFile {
    /// Opens it.
    pub(crate) fn create(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display().to_string();
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if path.metadata().is_ok_and(|about| !about.is_file()) {
            let file = File::options().write(true).open(path);
            let file = file.with_context(|| format!("cannot write into {shown}"))?;
            return Ok(Self { shown, place: Place::Into(BufWriter::new(file)) });
        }
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let file = NamedTempFile::new_in(folder)
            .with_context(|| format!("cannot write into {}", folder.display()))?;
        Ok(Self { shown, place: Place::Beside(BufWriter::new(file), path) })
    }

    /// Puts it in its place.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        let cannot = || format!("cannot write {}", self.shown);
        match self.place {
            Place::Into(mut file) => file.flush().with_context(cannot),
            Place::Beside(file, path) => {
                let file = file.into_inner().map_err(io::IntoInnerError::into_error);
                let file = file.with_context(cannot)?;
                file.as_file().sync_all().with_context(cannot)?;
                file.persist(path).with_context(cannot)?;
                Ok(())
            }
        }
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.place {
            Place::Beside(file, _) => file.write(bytes),
            Place::Into(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.place {
            Place::Beside(file, _) => file.flush(),
            Place::Into(file) => file.flush(),
        }
    }
}
