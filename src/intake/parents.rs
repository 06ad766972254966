//! The matters above the leaves as labels of a model of their own. A leaf of which the words say little is helped by those of
//! its sisters: what stands above it is often sure where the leaf is not. Knows no units.

/// Labels for the matters one level above, and the one of each matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parents {
    /// Paths, sorted.
    pub(super) labels: Vec<String>,
}

impl Parents {
    /// Of all matters that a district lists.
    pub(super) fn of(matters: &[String]) -> Parents {
        let mut labels: Vec<String> = matters.iter().map(|path| above(path).to_owned()).collect();
        labels.sort_unstable();
        labels.dedup();
        Parents { labels }
    }

    /// The label of what stands above a matter; none where no listed matter stands below it.
    pub(super) fn of_matter(&self, path: &str) -> Option<u16> {
        let at = self.labels.binary_search_by(|label| label.as_str().cmp(above(path))).ok()?;
        Some(u16::try_from(at).expect("a directory has at most 15,000 matters"))
    }
}

/// The path above; a matter of the first level stands above itself.
fn above(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(above, _)| above)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sisters_have_one_parent() {
        let matters = ["水/供水/停水", "水/供水/水质", "水/排水/堵塞", "其他"].map(str::to_owned);
        let parents = Parents::of(&matters);
        assert_eq!(parents.labels, ["其他", "水/供水", "水/排水"]);
        assert_eq!(parents.of_matter("水/供水/停水"), Some(1));
        assert_eq!(parents.of_matter("水/供水/水质"), Some(1));
        assert_eq!(parents.of_matter("其他"), Some(0));
        assert_eq!(parents.of_matter("火/别处/没有"), None);
    }
}
