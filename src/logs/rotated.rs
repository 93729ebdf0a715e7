//! A log file that is opened anew when its name is another file's, or nobody's: after rotation.

use std::{
    fs::{File, Metadata, OpenOptions},
    io::{self, Write},
    mem,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::clock;

/// How long a file's name is taken for granted while lines are written.
const INTERVAL: Duration = Duration::from_millis(100);

/// How many bytes are written before the name is looked up sooner than that.
const MOST: usize = 1 << 20;

/// A file that lines are appended to, whichever file has its name.
///
/// Whoever rotates logs renames or removes the file, and what is written to it then goes where
/// nobody looks. What was written since the name was last looked up is kept, and written again if
/// the file is removed by then.
pub(super) struct LogFile {
    path: PathBuf,
    file: File,
    /// `None` for what is no regular file.
    identity: Option<Identity>,
    looked: Instant,
    /// What was written since then.
    recent: Vec<u8>,
    /// What was written to a removed file.
    unwritten: Vec<u8>,
    /// Whether the last write ended inside a line.
    is_inside: bool,
    /// Whether the file is removed and there is no new one.
    is_gone: bool,
}

impl LogFile {
    /// Opens the file, and creates it if there is none.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        // The process may change its directory.
        let path = std::path::absolute(path)?;
        let (file, identity) = append(&path)?;
        Ok(Self {
            path,
            file,
            identity,
            looked: clock::now(),
            recent: Vec::new(),
            unwritten: Vec::new(),
            is_inside: false,
            is_gone: false,
        })
    }

    /// Looks the name up, and writes again what a removed file took with it.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        if !self.recent.is_empty() {
            self.look()?;
        }
        self.write_rest()
    }

    fn look_if_due(&mut self) -> io::Result<()> {
        let is_long_ago = || clock::now().saturating_duration_since(self.looked) >= INTERVAL;
        let is_much = self.recent.len() >= MOST && !self.is_gone;
        match self.is_inside || !(is_much || is_long_ago()) {
            true => Ok(()),
            false => self.look(),
        }
    }

    /// Opens the file anew if it does not have its name any more.
    fn look(&mut self) -> io::Result<()> {
        let Some(identity) = &self.identity else {
            self.recent.clear();
            return Ok(());
        };
        self.looked = clock::now();
        let named = std::fs::metadata(&self.path);
        if named.is_ok_and(|named| identity.is_of(&named)) {
            self.recent.clear();
            return Ok(());
        }
        let is_removed = identity.is_removed(&self.file);
        match append(&self.path) {
            Ok((file, identity)) => {
                (self.file, self.identity) = (file, identity);
                self.is_gone = false;
            }
            Err(error) if is_removed => {
                self.is_gone = true;
                return Err(error);
            }
            // Under another name nothing is lost.
            Err(_) => {}
        }
        let recent = mem::take(&mut self.recent);
        if is_removed {
            self.unwritten.extend(recent);
        }
        Ok(())
    }

    /// Writes again what a removed file took with it.
    fn write_rest(&mut self) -> io::Result<()> {
        while !self.unwritten.is_empty() {
            match self.file.write(&self.unwritten) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => self.recent.extend(self.unwritten.drain(..written)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Write for LogFile {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        self.look_if_due()?;
        if self.is_gone {
            return Err(io::ErrorKind::NotFound.into());
        }
        self.write_rest()?;
        let written = self.file.write(lines);
        self.is_inside = matches!(written, Ok(written) if written < lines.len());
        if let (Ok(written), Some(_)) = (&written, &self.identity) {
            self.recent.extend_from_slice(&lines[..*written]);
        }
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        self.look_if_due()?;
        self.write_rest()
    }
}

/// Opens a file at its end.
fn append(path: &Path) -> io::Result<(File, Option<Identity>)> {
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    let identity = Identity::of(&file.metadata()?);
    Ok((file, identity))
}

/// What tells a file from others.
#[cfg(unix)]
struct Identity {
    device: u64,
    inode: u64,
    /// Some file systems don't count the names of a file.
    counts_names: bool,
}

#[cfg(unix)]
impl Identity {
    fn of(metadata: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        metadata.is_file().then(|| Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            counts_names: metadata.nlink() > 0,
        })
    }

    fn is_of(&self, metadata: &Metadata) -> bool {
        use std::os::unix::fs::MetadataExt as _;
        (metadata.dev(), metadata.ino()) == (self.device, self.inode)
    }

    /// Returns whether the file has no name any more.
    fn is_removed(&self, file: &File) -> bool {
        use std::os::unix::fs::MetadataExt as _;
        self.counts_names && file.metadata().is_ok_and(|now| now.nlink() == 0)
    }
}

/// Elsewhere a file is known by its name alone.
#[cfg(not(unix))]
struct Identity;

#[cfg(not(unix))]
impl Identity {
    fn of(metadata: &Metadata) -> Option<Self> {
        metadata.is_file().then_some(Self)
    }

    fn is_of(&self, metadata: &Metadata) -> bool {
        metadata.is_file()
    }

    fn is_removed(&self, _: &File) -> bool {
        false
    }
}
