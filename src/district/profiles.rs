//! Rule profiles and the calendar of a district: those inside the program, and those beside the district's settings.

use std::path::Path;

use hotline_engine::calendar::Calendar;
use hotline_engine::profile::Profile;
use hotline_engine::score::ScoreProfile;

use super::error::DistrictError;
use super::{SETTINGS, read_text, toml_of};
use crate::sample;

/// Notices beside the settings: later years, or a year that was announced anew.
const HOLIDAYS: &str = "holidays.csv";

/// The names of the profiles inside the program.
pub fn built_in() -> Vec<&'static str> {
    sample::PROFILES.iter().map(|(name, _)| *name).collect()
}

/// A profile from the district's folder, else a built-in one; checked.
///
/// # Errors
/// Names the file, the key and what stands against it.
pub fn named(name: &str, folder: Option<&Path>) -> Result<Profile, DistrictError> {
    let file = format!("{name}.toml");
    // Only a plain word can name a file beside the settings.
    let is_word = name.chars().all(|c| c.is_alphanumeric() || c == '-') && file != SETTINGS;
    let own = folder.map(|folder| folder.join(&file)).filter(|path| is_word && path.exists());
    let profile: Profile = if let Some(path) = own {
        toml_of(&file, &read_text(&path, &file)?)?
    } else {
        let known = sample::PROFILES.iter().find(|(known, _)| *known == name);
        let unknown = || DistrictError::UnknownProfile { name: name.to_owned(), known: built_in() };
        toml_of(&file, known.ok_or_else(unknown)?.1)?
    };
    profile.check().map_err(|source| DistrictError::Profile { file, source })?;
    Ok(profile)
}

/// The notices inside the program, and after them those of the district's folder.
///
/// # Errors
/// Names the file and the line.
pub fn calendar(folder: Option<&Path>) -> Result<Calendar, DistrictError> {
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
    let profile: ScoreProfile = match known {
        Some((_, text)) => toml_of(name, text)?,
        None => toml_of(name, &read_text(Path::new(name), name)?)?,
    };
    let file = name.to_owned();
    profile.check().map_err(|source| DistrictError::Score { file, source })?;
    Ok(profile)
}
