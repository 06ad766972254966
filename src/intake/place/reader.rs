//! Reads the place of a message: what was given for it first, then what its words tell.

use hotline_engine::directory::Directory;
use hotline_engine::text::Normaliser;

use super::{Found, Places, Texts};
use crate::district::District;
use crate::intake::{IntakeError, Message, Workspace};

/// Reads the place of messages and nothing else: ready at once, as nothing is trained for it.
#[derive(Debug)]
pub struct PlaceReader {
    normaliser: Normaliser,
    places: Places,
}

impl PlaceReader {
    /// Reads by the names and borders of these files.
    ///
    /// # Errors
    /// [`IntakeError::Places`] for names that cannot be used.
    pub fn new(
        normaliser: &Normaliser,
        district: &District,
        directory: &Directory,
    ) -> Result<PlaceReader, IntakeError> {
        let places = Places::new(normaliser, district, directory)?;
        Ok(PlaceReader { normaliser: *normaliser, places })
    }

    /// Where a message is about. What was given as its place counts before what the story names: a code, then the point
    /// on the map, then words.
    pub fn place(&self, message: Message<'_>, workspace: &mut Workspace) -> Option<Found> {
        self.normaliser.normalise(message.title, &mut workspace.title);
        self.normaliser.normalise(message.content, &mut workspace.body);
        self.find(message, workspace)
    }

    /// The same of a message whose title and story are normalised.
    pub(in crate::intake) fn find(
        &self,
        message: Message<'_>,
        workspace: &mut Workspace,
    ) -> Option<Found> {
        let Workspace { title, body, place: normalised, mentions, .. } = workspace;
        let given = message.place.map(str::trim).filter(|place| !place.is_empty());
        let of_words = |given: &str| {
            self.normaliser.normalise(given, normalised);
            self.places.given((normalised, given), mentions)
        };
        given
            .and_then(|given| self.places.coded(given))
            .or_else(|| self.places.at(message.location?))
            .or_else(|| given.and_then(of_words))
            .or_else(|| {
                let texts = Texts { title: (title, message.title), story: (body, message.content) };
                self.places.told(texts, mentions)
            })
    }
}
