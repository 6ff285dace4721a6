//! Where output goes: `-o FORMAT[=FILE]`.

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};

use anyhow::bail;

use super::files::NewFile;
use crate::args::{Format, Output};

/// What is printed where: text to standard output, unless something else goes there.
fn outputs(asked: &[Output]) -> anyhow::Result<Vec<Output>> {
    let to_stdout = asked.iter().filter(|output| output.file.is_none()).count();
    if to_stdout > 1 {
        bail!("only one --output can go to standard output: give the others a file, -o json=FILE");
    }
    let mut outputs = asked.to_vec();
    if to_stdout == 0 {
        outputs.push(Output { format: Format::Text, file: None });
    }
    Ok(outputs)
}

/// Standard output, whose reader may go away, as `head` does. The answer is known all the same, so
/// that is no error here.
pub(crate) struct Stdout<'a> {
    /// Where it goes.
    pub(crate) out: &'a mut dyn Write,
    /// Whether nobody reads on.
    pub(crate) is_closed: &'a Cell<bool>,
}

impl Stdout<'_> {
    fn unless_closed<T>(&self, done: io::Result<T>, closed: T) -> io::Result<T> {
        match done {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_closed.set(true);
                Ok(closed)
            }
            done => done,
        }
    }
}

impl Write for Stdout<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_closed.get() {
            return Ok(bytes.len());
        }
        let written = self.out.write(bytes);
        self.unless_closed(written, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.is_closed.get() {
            return Ok(());
        }
        let flushed = self.out.flush();
        self.unless_closed(flushed, ())
    }
}

/// Everything that a command prints into, open until it is finished.
pub(crate) struct Sinks<'a>(Vec<Sink<'a>>);

/// One of them.
pub(crate) struct Sink<'a> {
    /// What is printed into it.
    pub(crate) format: Format,
    /// Whether it is standard output.
    pub(crate) is_stdout: bool,
    target: Target<'a>,
}

enum Target<'a> {
    Stdout(&'a mut dyn Write),
    File(NewFile),
}

impl<'a> Sinks<'a> {
    /// Opens what was asked for. Files get their content when all is finished.
    pub(crate) fn open(asked: &[Output], out: &'a mut dyn Write) -> anyhow::Result<Self> {
        let mut stdout = Some(out);
        let mut sinks = Vec::new();
        for Output { format, file } in outputs(asked)? {
            let target = match file {
                Some(file) => Some(Target::File(NewFile::create(&file)?)),
                None => stdout.take().map(Target::Stdout),
            };
            let is_stdout = matches!(target, Some(Target::Stdout(_)));
            sinks.extend(target.map(|target| Sink { format, is_stdout, target }));
        }
        Ok(Self(sinks))
    }

    /// Prints into each.
    pub(crate) fn each(
        &mut self,
        mut print: impl FnMut(&mut Sink<'a>) -> io::Result<()>,
    ) -> io::Result<()> {
        self.0.iter_mut().try_for_each(&mut print)
    }

    /// Puts the files in their places.
    /// Whether text goes to standard output, and that is a terminal.
    pub(crate) fn show_text_on_terminal(&self) -> bool {
        let text = |sink: &Sink<'_>| sink.is_stdout && sink.format == Format::Text;
        self.0.iter().any(text) && io::stdout().is_terminal()
    }

    pub(crate) fn finish(self) -> anyhow::Result<()> {
        for sink in self.0 {
            match sink.target {
                Target::Stdout(out) => out.flush()?,
                Target::File(file) => file.finish()?,
            }
        }
        Ok(())
    }
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.target {
            Target::Stdout(out) => out.write(bytes),
            Target::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.target {
            Target::Stdout(out) => out.flush(),
            Target::File(file) => file.flush(),
        }
    }
}
