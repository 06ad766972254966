//! What the two models of a district are trained on: its orders, and for matters the words that its files give for them.
//!
//! The same files give the same models; orders held apart are never looked at.

use hotline_engine::classifier::{Example, FEATURE_SCHEME, FORMAT_VERSION, TrainOptions};
use hotline_engine::order::Kind;
use sha2::{Digest, Sha256};

use crate::district::{District, LabelledOrder};

/// Raise it when examples are made in another way: models kept in data folders are then trained anew.
const RECIPE: u32 = 1;

/// How much an error on a matter's hints, or on the title of one of its articles, costs against one on an order.
const HINTS_WEIGHT: f32 = 0.5;
const ARTICLE_WEIGHT: f32 = 0.5;

/// Examples with the names of their labels, and how to learn from them.
#[derive(Debug)]
pub(super) struct Course<'a> {
    pub(super) examples: Vec<Example<'a>>,
    pub(super) labels: Vec<String>,
    pub(super) options: TrainOptions,
}

impl<'a> Course<'a> {
    fn new(examples: Vec<Example<'a>>, labels: Vec<String>) -> Course<'a> {
        let trained =
            format!("by the files of a district, fingerprint {}", fingerprint(&examples, &labels));
        Course { examples, labels, options: TrainOptions { trained, ..TrainOptions::default() } }
    }

    /// For the kind of an order. No examples where the district has no orders.
    pub(super) fn of_kinds(district: &'a District) -> Course<'a> {
        let label = |kind: Kind| index_of(Kind::ALL.iter().position(|&other| other == kind));
        let examples = orders(district)
            .map(|order| example(&order.title, &order.content, label(order.kind), 1.0))
            .collect();
        let labels = Kind::ALL.iter().map(|kind| kind.code().to_owned()).collect();
        Course::new(examples, labels)
    }

    /// For the matter of an order: from `words` besides orders.
    pub(super) fn of_matters(district: &'a District, words: &'a [MatterWords]) -> Course<'a> {
        let labels: Vec<String> = district.draft.matters.clone();
        let label = |path: &str| index_of(labels.iter().position(|other| other == path));
        let mut examples: Vec<Example<'_>> = orders(district)
            .map(|order| example(&order.title, &order.content, label(&order.matter), 1.0))
            .collect();
        for (index, words) in words.iter().enumerate() {
            let label = index_of(Some(index));
            examples.push(example("", &words.hints, label, HINTS_WEIGHT));
        }
        for article in &district.articles {
            if let Some(matter) = &article.matter {
                examples.push(example("", &article.title, label(matter), ARTICLE_WEIGHT));
            }
        }
        Course::new(examples, labels)
    }
}

/// The words that a district's files give for a matter, as one text.
#[derive(Debug)]
pub(super) struct MatterWords {
    hints: String,
}

impl MatterWords {
    /// One entry a matter, in the order of the district's matters.
    pub(super) fn of(district: &District) -> Vec<MatterWords> {
        let words = |matter: &crate::district::MatterHints| {
            let leaf = matter.path.rsplit('/').next().unwrap_or(&matter.path);
            let words: Vec<&str> =
                std::iter::once(leaf).chain(matter.hints.iter().map(String::as_str)).collect();
            MatterWords { hints: words.join("，") }
        };
        district.matters.iter().map(words).collect()
    }
}

fn orders(district: &District) -> impl Iterator<Item = &LabelledOrder> {
    district.orders.iter().filter(|order| !order.held_apart)
}

fn example<'a>(title: &'a str, body: &'a str, label: u16, weight: f32) -> Example<'a> {
    Example { title, body, label, weight }
}

/// A place in a list of labels, which the district's check has bounded.
fn index_of(place: Option<usize>) -> u16 {
    let place = place.expect("a checked district names listed matters only");
    u16::try_from(place).expect("a directory has at most 15,000 matters")
}

/// Names everything that the model depends on.
fn fingerprint(examples: &[Example<'_>], labels: &[String]) -> String {
    let mut hash = Sha256::new();
    for number in [RECIPE, u32::from(FEATURE_SCHEME), FORMAT_VERSION] {
        hash.update(number.to_le_bytes());
    }
    let mut text = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    labels.iter().for_each(|label| text(label));
    for example in examples {
        text(example.title);
        text(example.body);
        text(&format!("{} {}", example.label, example.weight));
    }
    hex::encode(&hash.finalize()[..16])
}
