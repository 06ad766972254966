//! What the two models of a district are trained on: its orders, and for matters the words that its files give for them;
//! and what the orders of its hotline have taught since.
//!
//! The same files and lessons give the same models; orders held apart are never looked at.

use std::collections::BTreeMap;

use hotline_engine::classifier::{Example, FEATURE_SCHEME, FORMAT_VERSION, TrainOptions};
use hotline_engine::learning::Words;
use hotline_engine::order::Kind;
use sha2::{Digest, Sha256};

use super::parents::Parents;
use super::units::Leads;
use super::urgency;
use crate::district::{District, Exercise, LabelledOrder};

/// Raise it when examples are made in another way: models kept in data folders are then trained anew.
const RECIPE: u32 = 3;

/// A shorter sentence of an article says nothing about its matter.
const SENTENCE_CHARS_MIN: usize = 4;

/// Examples with the names of their labels, and how to learn from them.
#[derive(Debug)]
pub(super) struct Course<'a> {
    pub(super) examples: Vec<Example<'a>>,
    pub(super) labels: Vec<String>,
    pub(super) options: TrainOptions,
    /// How many examples came from where.
    pub(super) sources: BTreeMap<String, u64>,
}

/// A text whose matter the hotline has learnt: masked words and the path of the matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taught {
    /// What was said.
    pub words: Words,
    /// The path of its matter.
    pub matter: String,
    /// By whose word, as a card counts it.
    pub source: &'static str,
}

impl<'a> Course<'a> {
    fn new(examples: Vec<Example<'a>>, labels: Vec<String>, beside: &str) -> Course<'a> {
        let fingerprint = fingerprint(&examples, &labels, beside);
        let trained = format!("by the files of a district, fingerprint {fingerprint}");
        let options = TrainOptions { trained, ..options() };
        Course { examples, labels, options, sources: BTreeMap::new() }
    }

    /// For the matter of an order, by the district's files and what its orders have taught. Lessons of matters that the files
    /// do not list are left out.
    pub(super) fn of_lessons(
        district: &'a District,
        taught: &'a [Taught],
        seed: u64,
    ) -> Course<'a> {
        let Course { mut examples, labels, mut sources, .. } = Course::of_matters(district);
        let numbers: BTreeMap<&str, usize> =
            labels.iter().enumerate().map(|(number, path)| (path.as_str(), number)).collect();
        for lesson in taught {
            let Some(&number) = numbers.get(lesson.matter.as_str()) else { continue };
            let Words { title, content } = &lesson.words;
            examples.push(example(title, content, index_of(Some(number))));
            *sources.entry(lesson.source.to_owned()).or_default() += 1;
        }
        let fingerprint = fingerprint(&examples, &labels, "");
        let trained = format!("by the files and orders of a hotline, fingerprint {fingerprint}");
        let options = TrainOptions { trained, seed, ..options() };
        Course { examples, labels, options, sources }
    }

    /// Examples of each label that has any.
    pub(super) fn by_label(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for example in &self.examples {
            *counts.entry(self.labels[usize::from(example.label)].clone()).or_default() += 1;
        }
        counts
    }

    fn counting(mut self, sources: &[(&str, usize)]) -> Course<'a> {
        self.sources =
            sources.iter().map(|&(name, count)| (name.to_owned(), count as u64)).collect();
        self
    }

    /// For the kind of an order, beside the model for matters with the name `matter`. No examples where the district has no
    /// orders.
    pub(super) fn of_kinds(district: &'a District, matter: &str) -> Course<'a> {
        let label = |kind: Kind| index_of(Kind::ALL.iter().position(|&other| other == kind));
        let mut examples: Vec<Example<'_>> = orders(district)
            .map(|order| example(&order.title, &order.content, label(order.kind)))
            .collect();
        let orders = examples.len();
        let exercise = |it: &'a Exercise| example(&it.title, &it.content, label(it.kind));
        examples.extend(district.exercises.iter().map(exercise));
        let labels = Kind::ALL.iter().map(|kind| kind.code().to_owned()).collect();
        let counts =
            [("district-orders", orders), ("district-exercises", district.exercises.len())];
        Course::new(examples, labels, matter).counting(&counts)
    }

    /// For the urgency of an order, beside the model for matters with the name `matter`: of its orders alone, since nothing
    /// else has one. No examples where all are alike.
    pub(super) fn of_urgency(district: &'a District, matter: &str) -> Course<'a> {
        let label = |order: &LabelledOrder| urgency::label_of(order.urgency);
        let of_order =
            |order: &'a LabelledOrder| example(&order.title, &order.content, label(order));
        let mut examples: Vec<Example<'_>> = orders(district).map(of_order).collect();
        if !examples.iter().any(|it| it.label != examples[0].label) {
            examples.clear();
        }
        let counts = [("district-orders", examples.len())];
        let labels = urgency::LABELS.map(str::to_owned).to_vec();
        Course::new(examples, labels, matter).counting(&counts)
    }

    /// For the matter of an order. Hints and sentences of articles are examples each by itself, not one long text a matter:
    /// on the sample's training orders (five folds) that lifts the right unit from 0.44 to 0.69 of all orders. A hint counts
    /// as a title too, where a word says most.
    pub(super) fn of_matters(district: &'a District) -> Course<'a> {
        let labels: Vec<String> = district.draft.matters.clone();
        let label = |path: &str| index_of(labels.iter().position(|other| other == path));
        let mut examples: Vec<Example<'_>> = orders(district)
            .map(|order| example(&order.title, &order.content, label(&order.matter)))
            .collect();
        let orders = examples.len();
        let [exercises, hints, articles] = written(district, |path| Some(label(path)));
        let counts = [
            ("district-orders", orders),
            ("district-exercises", exercises.len()),
            ("district-hints", hints.len()),
            ("district-articles", articles.len()),
        ];
        examples.extend([exercises, hints, articles].into_iter().flatten());
        Course::new(examples, labels, "").counting(&counts)
    }

    /// For the unit of an order, beside the model for matters with the name `matter`: from the same texts, each for the lead
    /// that its order had or that the duty list gives for its matter.
    pub(super) fn of_units(
        district: &'a District,
        leads: &Leads,
        taught: &'a [Taught],
        matter: &str,
    ) -> Course<'a> {
        let of_order = |order: &LabelledOrder| leads.of_order(district, order);
        let examples = of_groups(district, taught, of_order, |path| leads.of_matter(path));
        Course::new(examples, leads.labels.clone(), matter)
    }

    /// For the matter above that of an order, in the same way.
    pub(super) fn of_parents(
        district: &'a District,
        parents: &Parents,
        taught: &'a [Taught],
        matter: &str,
    ) -> Course<'a> {
        let label = |path: &str| parents.of_matter(path);
        let examples = of_groups(district, taught, |order| label(&order.matter), label);
        Course::new(examples, parents.labels.clone(), matter)
    }
}

/// What orders, written texts and lessons teach of groups of matters; what is in no group teaches nothing.
fn of_groups<'a>(
    district: &'a District,
    taught: &'a [Taught],
    of_order: impl Fn(&LabelledOrder) -> Option<u16>,
    of_matter: impl Fn(&str) -> Option<u16> + Copy,
) -> Vec<Example<'a>> {
    let order =
        |order: &'a LabelledOrder| Some(example(&order.title, &order.content, of_order(order)?));
    let mut examples: Vec<Example<'_>> = orders(district).filter_map(order).collect();
    examples.extend(written(district, of_matter).into_iter().flatten());
    examples.extend(lessons(taught, of_matter));
    examples
}

/// Some twenty short texts a matter are fitted less closely than long ones are, and what stands above a matter has a model of its
/// own.
fn options() -> TrainOptions {
    TrainOptions { cost: 2.0, kin_chars: 0, ..TrainOptions::default() }
}

/// What the orders of a hotline taught, for groups of matters.
fn lessons<'a>(
    taught: &'a [Taught],
    label: impl Fn(&str) -> Option<u16>,
) -> impl Iterator<Item = Example<'a>> {
    taught.iter().filter_map(move |lesson| {
        let Words { title, content } = &lesson.words;
        Some(example(title, content, label(&lesson.matter)?))
    })
}

/// All that a district's files say about matters beside its orders: exercises, hints and articles.
fn written<'a>(
    district: &'a District,
    label: impl Fn(&str) -> Option<u16>,
) -> [Vec<Example<'a>>; 3] {
    let exercise = |it: &'a Exercise| Some(example(&it.title, &it.content, label(&it.matter)?));
    let exercises = district.exercises.iter().filter_map(exercise).collect();
    let (mut hints, mut articles) = (Vec::new(), Vec::new());
    for matter in &district.matters {
        let Some(label) = label(&matter.path) else { continue };
        for hint in &matter.hints {
            hints.extend([example(hint, "", label), example("", hint, label)]);
        }
    }
    for article in district.articles.iter().map(|draft| &draft.article) {
        let Some(label) = article.matter.as_deref().and_then(&label) else { continue };
        articles.push(example(&article.title, "", label));
        articles.extend(sentences(&article.body).map(|sentence| example("", sentence, label)));
    }
    [exercises, hints, articles]
}

fn orders(district: &District) -> impl Iterator<Item = &LabelledOrder> {
    district.orders.iter().filter(|order| !order.held_apart)
}

fn example<'a>(title: &'a str, body: &'a str, label: u16) -> Example<'a> {
    Example { title, body, label, weight: 1.0 }
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split(['。', '；', '！', '？', ';', '!', '?', '\n'])
        .filter(|sentence| sentence.chars().count() >= SENTENCE_CHARS_MIN)
}

/// A place in a list of labels, which the district's check has bounded.
fn index_of(place: Option<usize>) -> u16 {
    let place = place.expect("a checked district names listed matters only");
    u16::try_from(place).expect("a directory has at most 15,000 matters")
}

/// Names everything that the model depends on; `beside` is the model whose n-grams it shares, if it shares any.
fn fingerprint(examples: &[Example<'_>], labels: &[String], beside: &str) -> String {
    let mut hash = Sha256::new();
    for number in [RECIPE, u32::from(FEATURE_SCHEME), FORMAT_VERSION] {
        hash.update(number.to_le_bytes());
    }
    let mut text = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    text(beside);
    labels.iter().for_each(|label| text(label));
    for example in examples {
        text(example.title);
        text(example.body);
        text(&format!("{} {}", example.label, example.weight));
    }
    hex::encode(&hash.finalize()[..16])
}

#[cfg(test)]
mod tests {
    use hotline_engine::order::Urgency;

    use super::*;

    fn name(course: &Course<'_>) -> String {
        course.options.trained.clone()
    }

    #[test]
    fn orders_held_apart_are_never_looked_at() {
        let mut district = District::sample().expect("the sample is right");
        let (matters, kinds) =
            (name(&Course::of_matters(&district)), name(&Course::of_kinds(&district, "m")));
        let order = district.orders.iter_mut().find(|order| order.held_apart).expect("one");
        order.content.push_str("另一句");
        assert_eq!(name(&Course::of_matters(&district)), matters);
        assert_eq!(name(&Course::of_kinds(&district, "m")), kinds);
        let order = district.orders.iter_mut().find(|order| !order.held_apart).expect("one");
        order.content.push_str("另一句");
        assert_ne!(name(&Course::of_matters(&district)), matters);
        assert_ne!(name(&Course::of_kinds(&district, "m")), kinds);
    }

    #[test]
    fn another_model_for_matters_asks_for_another_one_for_kinds() {
        let district = District::sample().expect("the sample is right");
        assert_ne!(
            name(&Course::of_kinds(&district, "a")),
            name(&Course::of_kinds(&district, "b"))
        );
    }

    #[test]
    fn lessons_teach_the_models_of_groups_of_matters() {
        let district = District::sample().expect("the sample is right");
        let (leads, parents) = (Leads::of(&district), Parents::of(&district.draft.matters));
        let lesson = |matter: &str| Taught {
            words: Words { title: String::new(), content: "灯杆歪了".to_owned() },
            matter: matter.to_owned(),
            source: "triage",
        };
        let taught = [lesson("城市管理/市政设施/路灯照明"), lesson("没有/这个/事项")];
        for (course, group) in [
            (Course::of_units(&district, &leads, &taught, "m"), "urban-management"),
            (Course::of_parents(&district, &parents, &taught, "m"), "城市管理/市政设施"),
        ] {
            let of_lessons: Vec<&Example<'_>> =
                course.examples.iter().filter(|it| it.body == "灯杆歪了").collect();
            assert_eq!(of_lessons.len(), 1, "the other one's matter is not listed");
            assert_eq!(course.labels[usize::from(of_lessons[0].label)], group);
        }
        let untaught = Course::of_units(&district, &leads, &[], "m");
        assert_ne!(name(&untaught), name(&Course::of_units(&district, &leads, &taught, "m")));
    }

    #[test]
    fn urgency_is_learnt_from_orders_and_from_no_others_than_differ() {
        let mut district = District::sample().expect("the sample is right");
        let course = Course::of_urgency(&district, "m");
        let urgent = course.examples.iter().filter(|it| it.label == 1).count();
        let is_urgent = |order: &&LabelledOrder| order.urgency != Urgency::Normal;
        assert_eq!(urgent, orders(&district).filter(is_urgent).count());
        assert_eq!(course.examples.len(), orders(&district).count());
        district.orders.retain(|order| order.urgency == Urgency::Normal);
        assert!(Course::of_urgency(&district, "m").examples.is_empty());
        district.orders.clear();
        assert!(Course::of_urgency(&district, "m").examples.is_empty());
    }

    #[test]
    fn hints_and_sentences_are_examples_each_by_itself() {
        let district = District::sample().expect("the sample is right");
        let course = Course::of_matters(&district);
        let stands = |title: &str, body: &str| {
            course.examples.iter().any(|example| (example.title, example.body) == (title, body))
        };
        assert!(stands("走鬼", "") && stands("", "走鬼"));
        assert!(stands("哪些地方可以摆摊，怎么申请", ""));
        assert!(stands("", "收摊要清走垃圾油污"));
    }
}
