//! Rule profiles and the calendar of a district: those inside the program, and those beside the district's settings.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use hotline_engine::calendar::Calendar;
use hotline_engine::directory::Directory;
use hotline_engine::profile::{Place, Profile, ProfileError};
use hotline_engine::score::ScoreProfile;

use super::error::DistrictError;
use super::{SETTINGS, read_text, toml_text};
use crate::sample;

/// Notices beside the settings: later years, or a year that was announced anew.
const HOLIDAYS: &str = "holidays.csv";

/// The names of the profiles inside the program.
pub fn built_in() -> Vec<&'static str> {
    sample::PROFILES.iter().map(|(name, _)| *name).collect()
}

/// A profile with the text it was read from: a mistake that shows later can still be found in it.
#[derive(Clone, Debug)]
pub struct ProfileFile {
    /// What it says.
    pub profile: Profile,
    file: String,
    text: Cow<'static, str>,
}

impl ProfileFile {
    /// A profile from the district's folder, else a built-in one; checked by itself.
    ///
    /// # Errors
    /// Names the file, the line, the key and what stands against it.
    pub fn read(name: &str, folder: Option<&Path>) -> Result<ProfileFile, DistrictError> {
        let file = format!("{name}.toml");
        // Only a plain word can name a file beside the settings.
        let is_word = name.chars().all(|c| c.is_alphanumeric() || c == '-') && file != SETTINGS;
        let own = folder.map(|folder| folder.join(&file)).filter(|path| is_word && path.exists());
        let (file, text): (_, Cow<'static, str>) = if let Some(path) = own {
            let text = read_text(&path, &file)?;
            (file, text.into())
        } else {
            let known = sample::PROFILES.iter().find(|(known, _)| *known == name);
            let unknown =
                || DistrictError::UnknownProfile { name: name.to_owned(), known: built_in() };
            (format!("{file} (built in)"), known.ok_or_else(unknown)?.1.into())
        };
        ProfileFile::parse(file, text)
    }

    /// A profile from the text of a file; checked by itself.
    ///
    /// # Errors
    /// Names the file, the line, the key and what stands against it.
    pub(crate) fn parse(
        file: String,
        text: Cow<'static, str>,
    ) -> Result<ProfileFile, DistrictError> {
        let read = ProfileFile { profile: toml_text::read(&file, &text)?, file, text };
        read.profile.check().map_err(|source| read.wrong(source))?;
        Ok(read)
    }

    /// Refuses a profile that names units or matters which the directory does not have.
    ///
    /// # Errors
    /// Names the file, the line, the key and what stands against it.
    pub fn check_names(&self, directory: &Directory) -> Result<(), DistrictError> {
        self.profile.check_names(directory).map_err(|source| self.wrong(source))
    }

    fn wrong(&self, source: ProfileError) -> DistrictError {
        let place = source.fault.place().unwrap_or_default();
        let line = toml_text::line_of(&self.text, place);
        DistrictError::Profile { file: self.file.clone(), line, source: Box::new(source) }
    }
}

/// Refuses versions of a profile that begin on one day: which of them counts would be chance.
pub(super) fn check_days(profiles: &[ProfileFile]) -> Result<(), DistrictError> {
    for (at, later) in profiles.iter().enumerate() {
        let day = later.profile.effective_from;
        if let Some(first) = profiles[..at].iter().find(|other| other.profile.effective_from == day)
        {
            let key = Place { key: Some("effective_from"), ..Place::default() };
            let line = toml_text::line_of(&later.text, key);
            let (file, first) = (later.file.clone(), first.file.clone());
            return Err(DistrictError::SameDay { file, line, day, first });
        }
    }
    Ok(())
}

/// The notices inside the program, and after them those of the district's folder.
///
/// # Errors
/// Names the file and the line.
pub fn calendar(folder: Option<&Path>) -> Result<Calendar, DistrictError> {
    if let Some(folder) = folder {
        let unreadable = |source| DistrictError::Read { file: folder.to_owned(), source };
        fs::read_dir(folder).map_err(unreadable)?;
    }
    let own = folder.map(|folder| folder.join(HOLIDAYS)).filter(|path| path.exists());
    let read = match own {
        Some(path) => Calendar::parse_with(sample::CALENDAR, &read_text(&path, HOLIDAYS)?),
        None => Calendar::parse(sample::CALENDAR),
    };
    read.map_err(|source| DistrictError::Calendar { file: HOLIDAYS, source })
}

/// A scoring rule inside the program, or a file of one's own; checked.
///
/// # Errors
/// Names the file, the key and what stands against it.
pub fn score(name: &str) -> Result<ScoreProfile, DistrictError> {
    let known = sample::SCORES.iter().find(|(known, _)| *known == name);
    match known {
        Some((_, text)) => score_of(name, text),
        None => score_of(name, &read_text(Path::new(name), name)?),
    }
}

/// A scoring rule from the text of a file; checked.
///
/// # Errors
/// Names the file, the key and what stands against it.
pub(crate) fn score_of(name: &str, text: &str) -> Result<ScoreProfile, DistrictError> {
    let profile: ScoreProfile = toml_text::read(name, text)?;
    let file = name.to_owned();
    profile.check().map_err(|source| DistrictError::Score { file, source })?;
    Ok(profile)
}
