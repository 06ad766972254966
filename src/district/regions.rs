//! Reads the borders of a district's regions: GeoJSON (RFC 7946), a feature a region, `unit` among its properties. Checks
//! rings and bounds; whether borders meet or overlap is the district's affair: of several regions the smallest counts.

use geo::{Coord, LineString, MultiPolygon, Polygon};
use serde::Deserialize;

use super::REGIONS;
use super::error::{DistrictError, ShapeFault};

/// Features in a file: a province's streets and villages are fewer.
const FEATURES_MAX: usize = 50_000;
/// Corners of all borders together; some 50 MB of text.
const CORNERS_MAX: usize = 2_000_000;

/// The borders of a region.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionShape {
    /// Code of the street, town, village or community.
    pub unit: String,
    /// In degrees, WGS-84.
    pub borders: MultiPolygon,
}

#[derive(Deserialize)]
struct Collection {
    #[serde(rename = "type")]
    kind: String,
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    properties: Properties,
    geometry: Geometry,
}

#[derive(Deserialize)]
struct Properties {
    unit: String,
}

type Ring = Vec<[f64; 2]>;

#[derive(Deserialize)]
#[serde(tag = "type", content = "coordinates")]
enum Geometry {
    Polygon(Vec<Ring>),
    MultiPolygon(Vec<Vec<Ring>>),
}

/// The shapes of a file; none of an empty one.
pub(super) fn shapes(text: &str) -> Result<Vec<RegionShape>, DistrictError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let collection: Collection = serde_path_to_error::deserialize(&mut json).map_err(|source| {
        let line = source.inner().line() as u64;
        DistrictError::Json { file: REGIONS.to_owned(), line, source }
    })?;
    let wrong = |feature, fault| DistrictError::Shape { file: REGIONS, feature, fault };
    if collection.kind != "FeatureCollection" {
        return Err(wrong(0, ShapeFault::NoCollection { kind: collection.kind }));
    }
    let count = collection.features.len();
    if count > FEATURES_MAX {
        return Err(wrong(count, ShapeFault::TooMany { what: "features", max: FEATURES_MAX }));
    }
    let mut corners = 0;
    let mut shapes = Vec::with_capacity(count);
    for (number, feature) in (1..).zip(collection.features) {
        let rings = match feature.geometry {
            Geometry::Polygon(rings) => vec![rings],
            Geometry::MultiPolygon(polygons) => polygons,
        };
        let polygons = rings.into_iter().map(|rings| polygon(rings, &mut corners));
        let polygons = polygons.collect::<Result<Vec<_>, _>>();
        let borders = MultiPolygon::new(polygons.map_err(|fault| wrong(number, fault))?);
        shapes.push(RegionShape { unit: feature.properties.unit, borders });
    }
    Ok(shapes)
}

fn polygon(rings: Vec<Ring>, corners: &mut usize) -> Result<Polygon, ShapeFault> {
    let mut lines = rings.into_iter().map(|ring| line(ring, corners));
    let outer = lines.next().ok_or(ShapeFault::NoRing)??;
    Ok(Polygon::new(outer, lines.collect::<Result<_, _>>()?))
}

fn line(ring: Ring, corners: &mut usize) -> Result<LineString, ShapeFault> {
    *corners += ring.len();
    if *corners > CORNERS_MAX {
        return Err(ShapeFault::TooMany { what: "corners", max: CORNERS_MAX });
    }
    if ring.len() < 4 || ring.first() != ring.last() {
        return Err(ShapeFault::OpenRing);
    }
    let outside = |[x, y]: &&[f64; 2]| !(73.0..=136.0).contains(x) || !(3.0..=54.0).contains(y);
    if let Some(&[x, y]) = ring.iter().find(outside) {
        return Err(ShapeFault::OutsideChina { longitude: x, latitude: y });
    }
    Ok(ring.into_iter().map(|[x, y]| Coord { x, y }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(unit: &str, ring: &str) -> String {
        format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"unit":"{unit}"}},
            "geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}]}}"#
        )
    }

    #[track_caller]
    fn refused(text: &str) -> String {
        shapes(text).expect_err("the file has a mistake").to_string()
    }

    #[test]
    fn a_polygon_is_read_with_its_unit() {
        let text = file("waisha", "[[116.7,23.4],[116.8,23.4],[116.8,23.5],[116.7,23.4]]");
        let read = shapes(&text).expect("the file is right");
        assert_eq!(read[0].unit, "waisha");
        assert_eq!(read[0].borders.0[0].exterior().0.len(), 4);
        assert_eq!(shapes("").expect("none is right"), []);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_feature() {
        let open = file("a", "[[116.7,23.4],[116.8,23.4],[116.8,23.5],[116.7,23.5]]");
        assert_eq!(
            refused(&open),
            "regions.geojson feature 1: a ring has fewer than 4 corners or does not end where it began"
        );
        let swapped = file("a", "[[23.4,116.7],[23.4,116.8],[23.5,116.8],[23.4,116.7]]");
        assert!(
            refused(&swapped).contains("(23.4, 116.7) lies outside China"),
            "{}",
            refused(&swapped)
        );
        let point = r#"{"type":"FeatureCollection","features":[{"properties":{"unit":"a"},"geometry":{"type":"Point","coordinates":[1,2]}}]}"#;
        assert!(
            refused(point).starts_with("regions.geojson line 1: features[0].geometry"),
            "{}",
            refused(point)
        );
        assert!(
            refused(r#"{"type":"Feature","features":[]}"#)
                .contains("`Feature` is no FeatureCollection")
        );
    }
}
