//! Lines on the screen and in `amct_log/amct_tensorflow.log`.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::failure::{Failure, Result};
use crate::files;

/// The log of a run: the file begins anew.
pub struct Log {
    file: Option<File>,
    folder: PathBuf,
}

impl Log {
    /// Folder of the log, where the command was started.
    pub const FOLDER: &'static str = "amct_log";

    /// Opens the log in a folder.
    pub fn open(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|error| Failure::io(folder, &error))?;
        let path = folder.join("amct_tensorflow.log");
        let file = File::create(&path).map_err(|error| Failure::io(&path, &error))?;
        Ok(Self {
            file: Some(file),
            folder: folder.to_owned(),
        })
    }

    /// A log on the screen alone.
    pub fn screen() -> Self {
        Self {
            file: None,
            folder: PathBuf::new(),
        }
    }

    /// The folder that files of a search go to; `None` on the screen alone.
    pub fn folder(&self) -> Option<&Path> {
        self.file.is_some().then_some(self.folder.as_path())
    }

    /// Something that was done.
    pub fn info(&mut self, module: &str, message: &str) -> Result {
        self.line("INFO", module, message)
    }

    /// Something to look at.
    pub fn warning(&mut self, module: &str, message: &str) -> Result {
        self.line("WARNING", module, message)
    }

    fn line(&mut self, level: &str, module: &str, message: &str) -> Result {
        let line = format!("{level} - [AMCT]:[{module}]: {message}\n");
        if level == "INFO" {
            files::print(&line)?;
        } else {
            anstream::eprint!("{line}");
        }
        if let Some(file) = &mut self.file {
            let written = write!(file, "{} - {line}", now());
            written.map_err(|error| Failure::io(&self.folder.join("amct_tensorflow.log"), &error))?;
        }
        Ok(())
    }
}

/// The time as `2021-03-01 12:00:00,123`, UTC.
fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    stamp(since.as_secs(), since.subsec_millis())
}

/// Seconds since 1970 as a date and a time (the days of civil years, counted from March).
fn stamp(seconds: u64, millis: u32) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02},{millis:03}")
}

#[cfg(test)]
mod tests {
    use super::stamp;

    #[test]
    fn dates() {
        assert_eq!(stamp(0, 0), "1970-01-01 00:00:00,000");
        assert_eq!(stamp(1_614_600_000, 123), "2021-03-01 12:00:00,123");
        assert_eq!(stamp(951_868_799, 7), "2000-02-29 23:59:59,007");
    }
}
