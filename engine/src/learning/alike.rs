//! Texts that are about the same: for keeping near-duplicates on one side of a split. Judges by how texts begin and by
//! their sketches; keeps no text.

use std::collections::{BTreeMap, BTreeSet};

use xxhash_rust::xxh3::xxh3_128;

use crate::text::Sketch;

/// Letters of a story that make its beginning, as in the folds of [`crate::classifier::evaluation`].
const BEGINNING_LETTERS: usize = 60;

/// Texts that share so many of their shingles, in percent, are near-duplicates.
pub const NEAR_PERCENT: u8 = 70;

/// Texts seen so far.
#[derive(Clone, Debug, Default)]
pub struct Alike {
    beginnings: BTreeSet<u128>,
    sketches: Vec<Sketch>,
    by_band: BTreeMap<u32, Vec<u32>>,
}

impl Alike {
    /// None.
    #[must_use]
    pub fn new() -> Alike {
        Alike::default()
    }

    /// Whether a text like this one was seen. The sketch is of its normalised words; short ones have none.
    #[must_use]
    pub fn has_one_like(&self, content: &str, sketch: Option<&Sketch>) -> bool {
        self.beginnings.contains(&beginning(content))
            || sketch.is_some_and(|sketch| self.has_near(sketch))
    }

    /// Remembers a text.
    pub fn add(&mut self, content: &str, sketch: Option<&Sketch>) {
        self.beginnings.insert(beginning(content));
        let Some(sketch) = sketch else { return };
        let at = u32::try_from(self.sketches.len()).expect("lessons are fewer than 4 billion");
        self.sketches.push(*sketch);
        for band in sketch.bands() {
            self.by_band.entry(band).or_default().push(at);
        }
    }

    fn has_near(&self, sketch: &Sketch) -> bool {
        let met = sketch.bands().into_iter().filter_map(|band| self.by_band.get(&band));
        met.flatten().any(|&at| self.sketches[at as usize].similarity(sketch) >= NEAR_PERCENT)
    }
}

fn beginning(content: &str) -> u128 {
    let letters = content.chars().filter(|c| c.is_alphanumeric());
    let beginning: String = letters.take(BEGINNING_LETTERS).collect();
    xxh3_128(beginning.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORY: &str = "韩江路夜晚走不过去，每晚六点过后一整排推车出来，烤生蚝、炒粿条、卖手机壳的都有，人行道全部霸满，\
        我推婴儿车只好走机动车道，公交车从身边擦过去吓死人。你们的车来一趟他们收一下，车一走又摆回来，跟捉迷藏一样。";

    fn sketch(text: &str) -> Option<Sketch> {
        Sketch::of(&[text])
    }

    fn knows(text: &str) -> bool {
        let mut alike = Alike::new();
        alike.add(STORY, sketch(STORY).as_ref());
        alike.has_one_like(text, sketch(text).as_ref())
    }

    #[test]
    fn near_duplicates_are_known_by_beginning_or_by_sketch() {
        assert!(knows(STORY));
        let beginning: String = STORY.chars().take(BEGINNING_LETTERS + 15).collect();
        let end =
            format!("{beginning}——另附照片三张，请于十日内答复，否则向上级反映，谢谢各位领导。");
        assert!(knows(&end), "begins alike");
        let start = format!("领导好，打扰了！{STORY}谢谢");
        assert!(knows(&start), "begins otherwise");
        assert!(!knows(
            "小区三号楼的路灯坏了半个月，老人晚上下楼摔了一跤，物业说不归他们管，请问归谁管。"
        ));
    }

    #[test]
    fn a_text_without_a_sketch_is_known_by_its_letters() {
        let mut alike = Alike::new();
        alike.add("停水", None);
        assert!(alike.has_one_like("停水。", None));
        assert!(!alike.has_one_like("停电", None));
    }
}
