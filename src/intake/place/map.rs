//! The borders of a district's regions, and which of them a point lies in. Points come in the systems of Chinese maps; borders
//! are WGS-84.

use std::f64::consts::PI;
use std::ops::RangeInclusive;

use geo::{Area, BoundingRect, Intersects, MultiPolygon, Point, Rect};
use hotline_engine::directory::{Directory, UnitId};
use rstar::RTree;
use rstar::primitives::{GeomWithData, Rectangle};
use serde::de::{self, Error as _, IntoDeserializer};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::district::RegionShape;

/// What the degrees of a point refer to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Datum {
    /// What receivers give, and CGCS2000, which is the same to a few centimetres.
    #[default]
    Wgs84,
    /// Amap, Tencent: shifted by up to 700 m.
    Gcj02,
    /// Baidu: shifted once more.
    Bd09,
}

/// Degrees east in which China lies.
const LONGITUDES: RangeInclusive<f64> = 73.0..=136.0;
/// Degrees north in which it lies.
const LATITUDES: RangeInclusive<f64> = 3.0..=54.0;

/// A point on the map as a channel sends it.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLocation {
    /// Degrees east.
    #[serde(deserialize_with = "longitude")]
    #[schema(example = 116.7203)]
    longitude: f64,
    /// Degrees north.
    #[serde(deserialize_with = "latitude")]
    #[schema(example = 23.3712)]
    latitude: f64,
    /// wgs84 (if left out), gcj02 (Amap, Tencent) or bd09 (Baidu).
    #[serde(default, deserialize_with = "datum")]
    #[schema(inline)]
    datum: Datum,
}

/// Refused here, so that the error is the field's.
fn longitude<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let degrees = f64::deserialize(from)?;
    LONGITUDES
        .contains(&degrees)
        .then_some(degrees)
        .ok_or_else(|| D::Error::custom(LocationError::Longitude))
}

fn latitude<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let degrees = f64::deserialize(from)?;
    LATITUDES
        .contains(&degrees)
        .then_some(degrees)
        .ok_or_else(|| D::Error::custom(LocationError::Latitude))
}

/// Says what it may be, and not what it was.
fn datum<'de, D: Deserializer<'de>>(from: D) -> Result<Datum, D::Error> {
    let word = String::deserialize(from)?;
    let known = Datum::deserialize(word.as_str().into_deserializer());
    known.map_err(|_: de::value::Error| D::Error::custom("is not one of wgs84, gcj02, bd09"))
}

impl TryFrom<NewLocation> for Location {
    type Error = LocationError;

    fn try_from(new: NewLocation) -> Result<Location, LocationError> {
        Location::new(new.longitude, new.latitude, new.datum)
    }
}

/// A point on the map, in degrees.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "NewLocation")]
pub struct Location {
    longitude: f64,
    latitude: f64,
    datum: Datum,
}

/// What is wrong with a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// It is no longitude of China.
    #[error("is not between 73 and 136 degrees; are longitude and latitude swapped?")]
    Longitude,
    /// It is no latitude of China.
    #[error("is not between 3 and 54 degrees; are longitude and latitude swapped?")]
    Latitude,
}

impl Location {
    /// A point in China.
    ///
    /// # Errors
    /// [`LocationError`] where it cannot be one; also for what is no number.
    pub fn new(longitude: f64, latitude: f64, datum: Datum) -> Result<Location, LocationError> {
        if !LONGITUDES.contains(&longitude) {
            return Err(LocationError::Longitude);
        }
        if !LATITUDES.contains(&latitude) {
            return Err(LocationError::Latitude);
        }
        Ok(Location { longitude, latitude, datum })
    }

    fn wgs84(self) -> Point {
        let here = (self.longitude, self.latitude);
        let (longitude, latitude) = match self.datum {
            Datum::Wgs84 => here,
            Datum::Gcj02 => from_gcj02(here),
            Datum::Bd09 => from_gcj02(from_bd09(here)),
        };
        Point::new(longitude, latitude)
    }
}

type Entry = GeomWithData<Rectangle<[f64; 2]>, usize>;

/// Regions by their borders.
#[derive(Debug)]
pub(super) struct Map {
    tree: RTree<Entry>,
    regions: Vec<Region>,
}

#[derive(Debug)]
struct Region {
    unit: UnitId,
    shape: MultiPolygon,
    area: f64,
}

impl Map {
    pub(super) fn new(shapes: &[RegionShape], directory: &Directory) -> Map {
        let known = shapes.iter().filter_map(|shape| {
            let unit = directory.unit_id(&shape.unit).filter(|&unit| directory.is_active(unit))?;
            let area = shape.borders.unsigned_area();
            Some(Region { unit, shape: shape.borders.clone(), area })
        });
        let regions: Vec<Region> = known.collect();
        let entry = |(at, region): (usize, &Region)| {
            let bounds: Rect = region.shape.bounding_rect()?;
            let corners = Rectangle::from_corners(bounds.min().into(), bounds.max().into());
            Some(Entry::new(corners, at))
        };
        let tree = RTree::bulk_load(regions.iter().enumerate().filter_map(entry).collect());
        Map { tree, regions }
    }

    /// The smallest region that a point lies in or on the border of; of equals the first listed.
    pub(super) fn region_at(&self, location: Location) -> Option<UnitId> {
        let point = location.wgs84();
        let near = self.tree.locate_all_at_point(&[point.x(), point.y()]);
        let holding =
            near.map(|entry| entry.data).filter(|&at| self.regions[at].shape.intersects(&point));
        let smallest = holding
            .min_by(|&a, &b| self.regions[a].area.total_cmp(&self.regions[b].area).then(a.cmp(&b)));
        smallest.map(|at| self.regions[at].unit)
    }
}

/// Half the long axis of the ellipsoid that GCJ-02 is reckoned on (Krasovsky 1940), in metres.
const AXIS: f64 = 6_378_245.0;
/// Square of its eccentricity.
const ECCENTRICITY: f64 = 0.006_693_421_622_965_943;
/// Steps back from GCJ-02: each brings the rest down to a thousandth or less.
const BACK_STEPS: usize = 4;
const BD_TURN: f64 = PI * 3000.0 / 180.0;

/// By the published formula of the shift, turned round step by step.
fn from_gcj02(shifted: (f64, f64)) -> (f64, f64) {
    let mut guess = shifted;
    for _ in 0..BACK_STEPS {
        let (east, north) = shift(guess);
        guess = (shifted.0 - east, shifted.1 - north);
    }
    guess
}

/// How far GCJ-02 lies east and north of WGS-84, in degrees.
fn shift((longitude, latitude): (f64, f64)) -> (f64, f64) {
    let (x, y) = (longitude - 105.0, latitude - 35.0);
    let wave = |x: f64, size: f64, turn: f64| size * (x * PI / turn).sin();
    let short = wave(x, 20.0, 1.0 / 6.0) + wave(x, 20.0, 0.5);
    let long_y =
        wave(y, 20.0, 1.0) + wave(y, 40.0, 3.0) + wave(y, 160.0, 12.0) + wave(y, 320.0, 30.0);
    let long_x =
        wave(x, 20.0, 1.0) + wave(x, 40.0, 3.0) + wave(x, 150.0, 12.0) + wave(x, 300.0, 30.0);
    let root = x.abs().sqrt();
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * root
        + (short + long_y) * 2.0 / 3.0;
    let east =
        300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + (short + long_x) * 2.0 / 3.0;
    let sine = latitude.to_radians().sin();
    let bend = 1.0 - ECCENTRICITY * sine * sine;
    let meridian = AXIS * (1.0 - ECCENTRICITY) / (bend * bend.sqrt());
    let parallel = AXIS / bend.sqrt() * latitude.to_radians().cos();
    ((east / parallel).to_degrees(), (north / meridian).to_degrees())
}

/// By the published formula; good to a metre.
fn from_bd09((longitude, latitude): (f64, f64)) -> (f64, f64) {
    let (x, y) = (longitude - 0.0065, latitude - 0.006);
    let far = x.hypot(y) - 0.000_02 * (y * BD_TURN).sin();
    let angle = y.atan2(x) - 0.000_003 * (x * BD_TURN).cos();
    (far * angle.cos(), far * angle.sin())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Degrees that are a metre and a half.
    const NEAR: f64 = 0.000_015;

    #[track_caller]
    fn check(longitude: f64, latitude: f64, datum: Datum, wanted: (f64, f64)) {
        let point = Location::new(longitude, latitude, datum).expect("in China").wgs84();
        let off = ((point.x() - wanted.0).abs(), (point.y() - wanted.1).abs());
        assert!(off.0 < NEAR && off.1 < NEAR, "{datum:?}: {point:?} is not {wanted:?}");
    }

    #[test]
    fn points_of_chinese_maps_come_to_where_they_are() {
        // Tian'anmen: the pairs that the published formulas give.
        check(116.404, 39.915, Datum::Wgs84, (116.404, 39.915));
        check(116.410_244_499_169_38, 39.916_404_281_501_64, Datum::Gcj02, (116.404, 39.915));
        check(116.416_627_243_787_4, 39.922_699_552_216_216, Datum::Bd09, (116.404, 39.915));
    }

    #[test]
    fn what_cannot_lie_in_china_is_refused() {
        let point = |x, y| Location::new(x, y, Datum::Wgs84);
        assert_eq!(point(23.4, 116.7), Err(LocationError::Longitude));
        assert_eq!(point(f64::NAN, 23.4), Err(LocationError::Longitude));
        assert_eq!(point(116.7, 60.0), Err(LocationError::Latitude));
        assert_eq!(point(116.7, f64::INFINITY), Err(LocationError::Latitude));
    }
}
