//! Finds which street, town, village or community a message is about: by a point on the map, a code, or the names that
//! citizens use, and says why. Knows neither matters nor duties.

mod cue;
mod map;
mod names;
mod reader;

use std::collections::BTreeMap;
use std::ops::Range;

use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::text::{Gazetteer, GazetteerError, Normalised, Normaliser};

use crate::district::District;
use cue::{Sense, sense_of};
pub(crate) use map::NewLocation;
pub use map::{Datum, Location, LocationError};
pub use reader::PlaceReader;

/// Mentions that one text is read for: a story that names more is about none of the later ones.
const MENTIONS_MAX: usize = 32;
/// What a mention in the headline counts more than one in the story.
const TITLE_POINTS: u8 = 2;

/// Where a message is about, and how that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The street, town, village or community.
    pub region: UnitId,
    /// The words that name it, as written; empty where no words did.
    pub words: String,
    /// What decided.
    pub why: Why,
}

/// What decided on a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Its code was given.
    Code,
    /// The point that was sent lies in it.
    Point,
    /// The place that was given names it.
    Given,
    /// The only place named.
    Only,
    /// Two roads that cross there.
    Crossing,
    /// Words beside it say that it happens there, or it stands in the headline; other places are named too.
    Spot,
    /// Several are named alike: the first.
    First,
    /// A name of several places, and the street named elsewhere decides.
    Context,
    /// A name of several places of one street: the street alone is known.
    Street,
    /// Only where the caller lives is named.
    Home,
    /// Only an office of it is named.
    Office,
}

impl Why {
    /// The word in answers.
    pub fn code(self) -> &'static str {
        match self {
            Why::Code => "code",
            Why::Point => "point",
            Why::Given => "given",
            Why::Only => "only",
            Why::Crossing => "crossing",
            Why::Spot => "spot",
            Why::First => "first",
            Why::Context => "context",
            Why::Street => "street",
            Why::Home => "home",
            Why::Office => "office",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Why::Code => "填报了地点编码",
            Why::Point => "坐标落在该辖区",
            Why::Given => "填报的地点写明",
            Why::Only => "文中唯一的地点",
            Why::Crossing => "两路交界处",
            Why::Spot => "文中指明发生地",
            Why::First => "文中先提到",
            Why::Context => "多处同名,由文中所提街道确定",
            Why::Street => "同一街道内多处同名,只确定到街道",
            Why::Home => "只提到来电人住处",
            Why::Office => "只提到当地机构",
        }
    }
}

/// Which text of a message a mention stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Title,
    Story,
}

/// A name that stands in a text.
#[derive(Clone, Debug)]
struct Mention {
    part: Part,
    range: Range<usize>,
    /// What it may stand for: those still possible.
    owners: Vec<UnitId>,
    sense: Sense,
    /// How its owners were narrowed down, if they were.
    narrowed: Option<Why>,
}

/// Buffers of one reading thread.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    found: Vec<Mention>,
}

/// A district's places: their names and their borders.
#[derive(Debug)]
pub(super) struct Places {
    names: Gazetteer,
    /// Those that are names only beside some words.
    weak: BTreeMap<String, names::Weakness>,
    map: map::Map,
    /// The street or town of each unit, by unit id; none for departments.
    streets: Vec<Option<UnitId>>,
    /// For places given by their code: streets, towns, villages and communities in force, sorted.
    codes: Vec<(String, UnitId)>,
}

/// The words of a message that may name a place, normalised.
#[derive(Clone, Copy)]
pub(super) struct Texts<'a> {
    pub(super) title: (&'a Normalised, &'a str),
    pub(super) story: (&'a Normalised, &'a str),
}

impl Places {
    pub(super) fn new(
        normaliser: &Normaliser,
        district: &District,
        directory: &Directory,
    ) -> Result<Places, GazetteerError> {
        let articles: Vec<&str> =
            district.articles.iter().map(|draft| draft.article.body.as_str()).collect();
        let names::Names { all: names, weak } =
            names::all(normaliser, &district.places, &articles, directory);
        let streets = directory.units().map(|(id, _)| directory.street_of(id)).collect();
        let names = names.iter().map(|(name, unit)| (name.as_str(), unit.0));
        Ok(Places {
            names: Gazetteer::new(normaliser, names)?,
            weak,
            map: map::Map::new(&district.shapes, directory),
            streets,
            codes: codes_of(directory),
        })
    }

    /// The region that a point lies in.
    pub(super) fn at(&self, location: Location) -> Option<Found> {
        let region = self.map.region_at(location)?;
        Some(Found { region, words: String::new(), why: Why::Point })
    }

    /// The region with this code.
    pub(super) fn coded(&self, code: &str) -> Option<Found> {
        let at = self.codes.binary_search_by(|(other, _)| other.as_str().cmp(code)).ok()?;
        Some(Found { region: self.codes[at].1, words: code.to_owned(), why: Why::Code })
    }

    /// The region that a field for the place names.
    pub(super) fn given(
        &self,
        (normalised, text): (&Normalised, &str),
        mentions: &mut Mentions,
    ) -> Option<Found> {
        mentions.found.clear();
        self.find(Part::Title, normalised.text(), mentions);
        let (region, mention, why) = self.choose(&mut mentions.found)?;
        let words = text[normalised.original_range(mention.range.clone())].to_owned();
        // A field that says nothing but a place says it on purpose.
        let why = if matches!(why, Why::Crossing | Why::Street) { why } else { Why::Given };
        Some(Found { region, words, why })
    }

    /// The region that title and story are about.
    pub(super) fn told(&self, texts: Texts<'_>, mentions: &mut Mentions) -> Option<Found> {
        mentions.found.clear();
        self.find(Part::Title, texts.title.0.text(), mentions);
        self.find(Part::Story, texts.story.0.text(), mentions);
        let (region, mention, why) = self.choose(&mut mentions.found)?;
        let (normalised, text) = match mention.part {
            Part::Title => texts.title,
            Part::Story => texts.story,
        };
        let words = text[normalised.original_range(mention.range.clone())].to_owned();
        Some(Found { region, words, why })
    }

    fn find(&self, part: Part, normalised: &str, mentions: &mut Mentions) {
        for place in self.names.find(normalised) {
            if mentions.found.len() == MENTIONS_MAX {
                return;
            }
            let weakness = self.weak.get(&normalised[place.range.clone()]);
            if weakness
                .is_some_and(|&weakness| !cue::is_place(normalised, place.range.clone(), weakness))
            {
                continue;
            }
            let Some(sense) = sense_of(normalised, place.range.clone()) else { continue };
            let owners = place.numbers.iter().map(|&number| UnitId(number)).collect();
            let mention = Mention { part, range: place.range, owners, sense, narrowed: None };
            mentions.found.push(mention);
        }
        self.cross(part, normalised, &mut mentions.found);
    }

    /// 甲路与乙路交界: where both run through.
    fn cross(&self, part: Part, normalised: &str, mentions: &mut [Mention]) {
        for at in 1..mentions.len() {
            let [first, second] = [&mentions[at - 1], &mentions[at]];
            let apart = first.part != part || second.part != part;
            if apart || !cue::is_crossing(normalised, &first.range, &second.range) {
                continue;
            }
            let common: Vec<UnitId> =
                first.owners.iter().copied().filter(|unit| second.owners.contains(unit)).collect();
            let common = if common.is_empty() { self.common_street(first, second) } else { common };
            if !common.is_empty() {
                for mention in &mut mentions[at - 1..=at] {
                    mention.owners.clone_from(&common);
                    (mention.sense, mention.narrowed) = (Sense::Spot, Some(Why::Crossing));
                }
            }
        }
    }

    fn common_street(&self, first: &Mention, second: &Mention) -> Vec<UnitId> {
        let streets = |mention: &Mention| -> Vec<UnitId> {
            mention.owners.iter().filter_map(|&unit| self.street_of(unit)).collect()
        };
        let (mut of_first, of_second) = (streets(first), streets(second));
        of_first.retain(|street| of_second.contains(street));
        of_first.dedup();
        of_first
    }

    /// The one place meant. The mention with the most points wins, the first among equals; a community beats its own
    /// street, because people go from the large to the small.
    fn choose<'m>(&self, mentions: &'m mut Vec<Mention>) -> Option<(UnitId, &'m Mention, Why)> {
        self.settle(mentions);
        let best = strongest(mentions.iter())?;
        let street = self.street_of(best.owners[0])?;
        let within = |mention: &&Mention| {
            let unit = mention.owners[0];
            self.street_of(unit) == Some(street) && unit != street
        };
        let inner = strongest(mentions.iter().filter(within));
        let chosen = if best.owners[0] == street { inner.unwrap_or(best) } else { best };
        let why = self.why(chosen, best, mentions);
        Some((chosen.owners[0], chosen, why))
    }

    /// Leaves each mention one owner: of several those in a street that another mention names, else their common street.
    /// What stays open is no mention.
    fn settle(&self, mentions: &mut Vec<Mention>) {
        let mut named: Vec<UnitId> = mentions
            .iter()
            .filter(|mention| mention.owners.len() == 1)
            .filter_map(|mention| self.street_of(mention.owners[0]))
            .collect();
        named.sort_unstable();
        for mention in mentions.iter_mut().filter(|mention| mention.owners.len() > 1) {
            let in_named = |unit: &UnitId| {
                self.street_of(*unit).is_some_and(|street| named.binary_search(&street).is_ok())
            };
            if mention.owners.iter().any(in_named) && !mention.owners.iter().all(in_named) {
                mention.owners.retain(|unit| in_named(unit));
                mention.narrowed = mention.narrowed.or(Some(Why::Context));
            }
            if mention.owners.len() > 1
                && let Some(street) = self.street_of(mention.owners[0])
                && mention.owners.iter().all(|&unit| self.street_of(unit) == Some(street))
            {
                mention.owners = vec![street];
                mention.narrowed = mention.narrowed.or(Some(Why::Street));
            }
        }
        mentions.retain(|mention| mention.owners.len() == 1);
    }

    fn why(&self, chosen: &Mention, best: &Mention, mentions: &[Mention]) -> Why {
        if let Some(why) = chosen.narrowed {
            return why;
        }
        let street = self.street_of(chosen.owners[0]);
        let others = mentions.iter().filter(|mention| self.street_of(mention.owners[0]) != street);
        match (strongest(others), best.sense) {
            (None, Sense::Home) => Why::Home,
            (None, Sense::Office) => Why::Office,
            (None, _) => Why::Only,
            (Some(other), _) if points(other) < points(best) => Why::Spot,
            (Some(_), _) => Why::First,
        }
    }

    fn street_of(&self, unit: UnitId) -> Option<UnitId> {
        self.streets.get(usize::from(unit.0)).copied().flatten()
    }
}

fn points(mention: &Mention) -> u8 {
    mention.sense as u8 * 2 + if mention.part == Part::Title { TITLE_POINTS } else { 0 }
}

/// The mention with the most points, the first among equals.
fn strongest<'m>(mentions: impl Iterator<Item = &'m Mention>) -> Option<&'m Mention> {
    mentions.reduce(|best, other| if points(other) > points(best) { other } else { best })
}

fn codes_of(directory: &Directory) -> Vec<(String, UnitId)> {
    let mut codes: Vec<_> = directory
        .units()
        .filter(|(_, unit)| unit.active && (unit.level.is_street() || unit.level.is_community()))
        .map(|(id, unit)| (unit.code.clone(), id))
        .collect();
    codes.sort_unstable();
    codes
}

#[cfg(test)]
mod tests;
