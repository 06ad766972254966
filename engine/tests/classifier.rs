//! What the classifier promises: it learns, it is the same for the same seed, it says why, it means its
//! probabilities, and its bytes are judged before they are believed.

#![expect(clippy::disallowed_types, reason = "a test trains its model once")]

use std::sync::OnceLock;

use hotline_engine::classifier::evaluation::{
    Confusion, Measures, Outcome, PerLabel, confusions, fold_of,
};
use hotline_engine::classifier::intervals::Drawn;
use hotline_engine::classifier::{
    CHOICES, Choice, Document, EVIDENCE_MAX, Example, LABELS_MAX, Model, ModelError, Part,
    Prediction, Scratch, TrainError, TrainOptions,
};
use hotline_engine::text::{Normalised, Normaliser};
use proptest::prelude::*;
use xxhash_rust::xxh3::xxh3_128;

const LABELS: [&str; 4] = ["道路", "噪音", "供水", "工资"];
const WORDS: [[&str; 6]; 4] = [
    ["路面坑洼", "红绿灯坏了", "井盖缺失", "公交改线", "占道停车", "人行道破损"],
    ["夜里施工", "广场舞扰民", "工地打桩", "喇叭太响", "装修吵闹", "狗叫不停"],
    ["自来水发黄", "停水三天", "水压太低", "水管爆裂", "水表不准", "二次供水"],
    ["拖欠工资", "加班费不给", "没有合同", "克扣奖金", "不交社保", "老板跑路"],
];
const FRAMES: [&str; 5] =
    ["尊敬的领导,我要反映", "请问有关部门", "投诉,", "我是居民,小区这里", "多次打电话都没有人管,"];

fn normaliser() -> &'static Normaliser {
    static NORMALISER: OnceLock<Normaliser> = OnceLock::new();
    NORMALISER.get_or_init(Normaliser::new)
}

/// Texts with two words of their label and, one time in eight, a word of another: not always right.
fn texts(count: usize) -> Vec<(String, String, u16)> {
    let mut random = 7u64;
    let mut draw = move |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
        (random >> 33) as usize % below
    };
    let mut text = |i: usize| {
        let label = i % LABELS.len();
        let other = if draw(8) == 0 { draw(LABELS.len()) } else { label };
        let title = WORDS[other][draw(6)];
        let (frame, first, second) =
            (FRAMES[draw(5)], WORDS[label][draw(6)], WORDS[other][draw(6)]);
        (title.to_owned(), format!("{i}号楼{frame}{first},{second},请尽快处理"), label as u16)
    };
    (0..count).map(&mut text).collect()
}

fn train(count: usize, options: &TrainOptions) -> Model {
    let texts = texts(count);
    let examples: Vec<Example<'_>> = texts
        .iter()
        .map(|(title, body, label)| Example { title, body, label: *label, weight: 1.0 })
        .collect();
    Model::train(normaliser(), &examples, labels(), options).expect("the examples are sound")
}

fn labels() -> Vec<String> {
    LABELS.iter().map(|l| (*l).to_owned()).collect()
}

fn model() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| {
        train(400, &TrainOptions { trained: "for a test".into(), ..Default::default() })
    })
}

fn normalised(text: &str) -> Normalised {
    let mut out = Normalised::new();
    normaliser().normalise(text, &mut out);
    out
}

fn predict(model: &Model, title: &str, body: &str) -> Prediction {
    let (title, body) = (normalised(title), normalised(body));
    model.predict(Document::whole(&title, &body), &mut Scratch::new())
}

#[test]
fn texts_never_seen_get_the_label_of_their_words() {
    for (title, body, label) in [
        ("", "门口的路面有坑洼,井盖也坏了", "道路"),
        ("广场舞", "夜里喇叭太响,吵得睡不着", "噪音"),
        ("停水", "自來水發黃,水壓太低", "供水"),
        ("老板不给工资", "干了三个月没有合同,拖欠加班费", "工资"),
    ] {
        let prediction = predict(model(), title, body);
        assert_eq!(model().labels()[usize::from(prediction.first().label)], label, "{body}");
        assert!(prediction.confidence() > 0.5, "{body}: {prediction:?}");
    }
}

#[test]
fn choices_are_distinct_and_ordered_by_probability() {
    let prediction = predict(model(), "水管", "工地打桩把水管打爆裂了,老板跑路");
    let top = prediction.top();
    assert_eq!(top.len(), CHOICES);
    assert!(top.is_sorted_by(|a, b| a.probability >= b.probability && a.label != b.label));
    assert!(top.iter().map(|c| c.probability).sum::<f32>() <= 1.0 + 1e-5);
    assert_eq!(prediction.confidence(), top[0].probability);
}

#[test]
fn a_text_that_says_nothing_is_not_believed() {
    let certain = predict(model(), "", "拖欠工资,不交社保").confidence();
    for text in ["", "???", "xyz", "88888888"] {
        let confidence = predict(model(), "", text).confidence();
        assert!(confidence < 0.6 && confidence < certain, "{text:?}: {confidence}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let options = TrainOptions { seed: 5, ..Default::default() };
    let bytes = train(120, &options).to_bytes();
    assert_eq!(train(120, &options).to_bytes(), bytes);
    assert_ne!(train(120, &TrainOptions { seed: 6, ..options }).to_bytes(), bytes);
}

#[test]
fn one_scratch_serves_many_texts_and_models() {
    let small = train(40, &TrainOptions::default());
    let mut scratch = Scratch::new();
    let (title, body) = (normalised("水压"), normalised("水压太低,水压太低,停水三天"));
    let document = Document::whole(&title, &body);
    let fresh = model().predict(document, &mut Scratch::new());
    for _ in 0..3 {
        assert_eq!(model().predict(document, &mut scratch), fresh);
        assert_eq!(
            small.predict(document, &mut scratch),
            small.predict(document, &mut Scratch::new())
        );
    }
}

#[test]
fn models_that_are_joined_answer_and_are_written_as_they_were_apart() {
    let texts = texts(120);
    // Of seven labels, of twenty-one and of seventy: rows that stay in registers, and wider ones.
    let beside = |count: u16| {
        let label = |i: usize, own: u16| (i as u16 * 4 + own) % count;
        let examples = texts.iter().enumerate().map(|(i, (title, body, own))| Example {
            title,
            body,
            label: label(i, *own),
            weight: 1.0,
        });
        let labels = (0..count).map(|label| label.to_string()).collect();
        let examples: Vec<Example<'_>> = examples.collect();
        let trained =
            model().train_beside(normaliser(), &examples, labels, &TrainOptions::default());
        trained.expect("the examples are sound")
    };
    let apart = [model().clone(), beside(7), beside(21), beside(70)];
    let mut joined = apart.clone();
    let mut stranger = train(40, &TrainOptions::default());
    let mut all: Vec<&mut Model> = joined.iter_mut().collect();
    all.push(&mut stranger);
    Model::join(&mut all);
    assert_eq!(stranger, train(40, &TrainOptions::default()), "it knows other n-grams");
    let mut scratch = Scratch::new();
    for (title, body, _) in &texts {
        let (title, body) = (normalised(title), normalised(body));
        let document = Document::whole(&title, &body);
        let mut counted = joined[0].count(document, &mut scratch);
        let answers: Vec<_> =
            joined.iter().map(|model| model.predict_counted(&mut counted)).collect();
        let evidence = joined[3].evidence_counted(&mut counted, answers[3].first().label);
        for ((answer, model), other) in answers.iter().zip(&apart).zip(&joined) {
            let own = model.predict(document, &mut scratch);
            assert_eq!(own.first().label, answer.first().label);
            // Few lanes are summed up in another order.
            assert!((own.confidence() - answer.confidence()).abs() < 1e-4, "{own:?} {answer:?}");
            assert_eq!(model.labels(), other.labels());
        }
        assert_eq!(
            answers[3],
            apart[3].predict(document, &mut scratch),
            "wide rows to the last bit"
        );
        let own = apart[3].evidence(document, answers[3].first().label, &mut scratch);
        assert_eq!(own, evidence);
    }
    for (apart, joined) in apart.iter().zip(&joined) {
        assert_eq!(apart.to_bytes(), joined.to_bytes());
    }
}

#[test]
fn many_labels_are_told_apart_as_few_are() {
    let names: Vec<String> = (0..40).map(|i| format!("单位{}", WORDS[i % 4][i / 4 % 6])).collect();
    let bodies: Vec<String> = (0..40)
        .map(|i| {
            let own = char::from_u32(0x4E00 + i * 7).expect("an ideograph");
            format!("{own}{own}{own}的事,{own}怎么办")
        })
        .collect();
    let examples: Vec<Example<'_>> = (0..80)
        .map(|i| Example { title: "", body: &bodies[i % 40], label: (i % 40) as u16, weight: 1.0 })
        .collect();
    let options = TrainOptions { name_weight: 0.0, ..Default::default() };
    let model = Model::train(normaliser(), &examples, names, &options).expect("sound examples");
    for (label, body) in bodies.iter().enumerate() {
        assert_eq!(usize::from(predict(&model, "", body).first().label), label);
    }
}

#[test]
fn the_name_of_a_label_counts_as_an_example_of_it() {
    let body = "今天天气";
    let examples = [Example { title: "", body, label: 0, weight: 1.0 }];
    let names = vec!["其他".to_owned(), "停车收费".to_owned()];
    let learn = |name_weight| {
        let options = TrainOptions { name_weight, ..Default::default() };
        let model = Model::train(normaliser(), &examples, names.clone(), &options);
        predict(&model.expect("sound examples"), "", "停车收费太贵").first().label
    };
    assert_eq!((learn(1.0), learn(0.0)), (1, 0));
}

#[test]
fn evidence_points_at_the_words_that_decided() {
    let original = "尊敬的领导，臺下的人都說：ＯＫ，但是自來水發黃，請處理。";
    let (title, body) = (normalised("停水三天"), normalised(original));
    let document = Document::whole(&title, &body);
    let evidence = model().evidence(document, 2, &mut Scratch::new());
    assert!(!evidence.is_empty() && evidence.len() <= EVIDENCE_MAX);
    assert!(evidence.is_sorted_by(|a, b| a.weight >= b.weight && b.weight > 0.0));
    let shown: Vec<&str> = evidence
        .iter()
        .map(|e| match e.part {
            Part::Title => &"停水三天"[e.range.clone()],
            Part::Body => &original[e.range.clone()],
        })
        .collect();
    assert!(shown.iter().any(|s| s.contains("水三天")), "{shown:?}");
    assert!(shown.iter().any(|s| s.contains('水') && s.contains('黃')), "{shown:?}");
    assert!(!shown.iter().any(|s| s.contains("領導") || s.contains("ＯＫ")), "{shown:?}");
}

#[test]
fn there_is_no_evidence_for_a_label_that_does_not_exist_or_in_an_unknown_text() {
    let (title, body) = (normalised(""), normalised("自来水发黄"));
    let document = Document::whole(&title, &body);
    assert!(model().evidence(document, 4, &mut Scratch::new()).is_empty());
    let foreign = normalised("xyzzy");
    let document = Document::whole(&title, &foreign);
    assert!(model().evidence(document, 2, &mut Scratch::new()).is_empty());
}

#[test]
fn examples_that_contradict_themselves_are_refused() {
    let example = Example { title: "", body: "停水", label: 0, weight: 1.0 };
    let train = |examples: &[Example<'_>], labels: usize, options: TrainOptions| {
        let labels = (0..labels).map(|l| l.to_string()).collect();
        Model::train(normaliser(), examples, labels, &options).expect_err("nothing to learn")
    };
    let options = TrainOptions::default;
    assert_eq!(train(&[], 1, options()), TrainError::NoExamples);
    assert_eq!(train(&[example], 0, options()), TrainError::LabelsCount(0));
    let many = LABELS_MAX + 1;
    assert_eq!(train(&[example], many, options()), TrainError::LabelsCount(many));
    assert_eq!(
        train(&[example, Example { label: 2, ..example }], 2, options()),
        TrainError::UnknownLabel { example: 1, label: 2, labels_count: 2 }
    );
    let light = Example { weight: 0.0, ..example };
    assert_eq!(train(&[light], 1, options()), TrainError::Weight { example: 0, weight: 0.0 });
    for (options, name) in [
        (TrainOptions { cost: -1.0, ..options() }, "cost"),
        (TrainOptions { features_max: 0, ..options() }, "features_max"),
        (TrainOptions { inner_folds: 1, ..options() }, "inner_folds"),
        (TrainOptions { name_weight: f32::NAN, ..options() }, "name_weight"),
    ] {
        assert_eq!(train(&[example], 1, options), TrainError::Option(name));
    }
}

#[test]
fn a_single_label_is_always_chosen() {
    let example = Example { title: "", body: "停水", label: 0, weight: 1.0 };
    let only = vec!["供水".to_owned()];
    let model = Model::train(normaliser(), &[example], only, &TrainOptions::default());
    let prediction = predict(&model.expect("one label is enough"), "", "停水三天");
    assert_eq!((prediction.top().len(), prediction.first().label), (1, 0));
    assert!((0.0..=1.0).contains(&prediction.confidence()));
}

#[test]
fn a_model_survives_its_bytes() {
    let again = Model::from_bytes(&model().to_bytes()).expect("our own bytes");
    assert_eq!(&again, model());
    assert_eq!(again.labels(), LABELS);
    assert_eq!((again.facts().examples_count, again.facts().seed), (400, 1));
    assert_eq!(again.facts().trained, "for a test");
}

/// The bytes with a checksum that fits them.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let checksum = xxh3_128(&bytes[24..]).to_le_bytes();
    bytes[8..24].copy_from_slice(&checksum);
    bytes
}

#[test]
fn bytes_that_are_no_model_are_refused_with_the_reason() {
    let bytes = model().to_bytes();
    let refused = |bytes: &[u8]| Model::from_bytes(bytes).expect_err("not a model");
    assert_eq!(refused(b""), ModelError::NotAModel);
    assert_eq!(refused(b"PK\x03\x04 some zip"), ModelError::NotAModel);
    assert_eq!(refused(&bytes[..20]), ModelError::Checksum);
    assert_eq!(refused(&bytes[..bytes.len() - 1]), ModelError::Checksum);
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    assert_eq!(refused(&flipped), ModelError::Checksum);
    let mut later = bytes.clone();
    later[24] = 9;
    assert_eq!(refused(&sealed(later)), ModelError::Version { found: 9 });
    let mut foreign = bytes.clone();
    foreign[28] = 7;
    assert_eq!(refused(&sealed(foreign)), ModelError::Scheme { found: 7 });
    let mut longer = bytes;
    longer.push(0);
    assert_eq!(refused(&sealed(longer)), ModelError::Damaged("end"));
}

fn small_bytes() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| train(20, &TrainOptions::default()).to_bytes())
}

proptest! {
    #[test]
    fn hostile_bytes_are_refused_or_harmless(
        changes in prop::collection::vec((0usize..4096, any::<u8>()), 1..6),
        cut in prop::option::of(24usize..4096),
        text in "\\PC{0,20}",
    ) {
        let mut bytes = small_bytes().to_vec();
        for (at, value) in changes {
            let at = 24 + at % (bytes.len() - 24);
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.min(bytes.len()));
        }
        if let Ok(model) = Model::from_bytes(&sealed(bytes)) {
            let prediction = predict(&model, "停水", &text);
            prop_assert!((0.0..=1.0).contains(&prediction.confidence()));
            let (title, body) = (normalised("停水"), normalised(&text));
            let document = Document::whole(&title, &body);
            let evidence = model.evidence(document, 0, &mut Scratch::new());
            prop_assert!(evidence.len() <= EVIDENCE_MAX);
        }
    }

    #[test]
    fn noise_is_refused(noise in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut bytes = b"hotlineM".to_vec();
        bytes.extend([0; 16]);
        bytes.extend(noise);
        prop_assert!(Model::from_bytes(&sealed(bytes)).is_err());
    }

    #[test]
    fn any_text_gets_choices_and_evidence_inside_it(title in "\\PC{0,20}", body in "\\PC{0,60}") {
        let prediction = predict(model(), &title, &body);
        prop_assert!(prediction.top().iter().all(|c| (0.0..=1.0).contains(&c.probability)));
        let (normal_title, normal_body) = (normalised(&title), normalised(&body));
        let document = Document::whole(&normal_title, &normal_body);
        let label = prediction.first().label;
        for e in model().evidence(document, label, &mut Scratch::new()) {
            let original = if e.part == Part::Title { &title } else { &body };
            prop_assert!(original.get(e.range).is_some_and(|s| !s.is_empty()));
        }
    }
}

#[test]
fn folds_are_those_of_the_reference() {
    // hashlib.sha256(re.sub(r"[^\w]", "", text)[:60].encode()).hexdigest()[:8], as a number, modulo 5.
    for (text, fold) in FOLDS {
        assert_eq!(fold_of(text, 5), fold, "{text:?}");
    }
    let long = "路灯不亮,".repeat(20);
    assert_eq!(fold_of(&long, 5), fold_of(&format!("{long}又一句"), 5));
}

const FOLDS: [(&str, u32); 4] =
    [("", 0), ("路灯，不亮！", 1), ("The 3rd lamp_post", 4), ("臺北市 2018 藝術節FAQ", 0)];

fn outcome(gold: u16, choices: &[(u16, f32)]) -> Outcome {
    let choices: Vec<Choice> =
        choices.iter().map(|&(label, probability)| Choice { label, probability }).collect();
    Outcome { gold, prediction: Prediction::new(&choices, 0.0) }
}

#[test]
fn measures_are_what_they_say() {
    // Ranked by confidence: right, right, wrong, right.
    let outcomes = [
        outcome(0, &[(0, 0.95), (1, 0.05)]),
        outcome(1, &[(1, 0.85), (0, 0.1)]),
        outcome(0, &[(1, 0.75), (0, 0.2)]),
        outcome(2, &[(2, 0.55), (1, 0.2), (0, 0.1)]),
    ];
    let m = Measures::of(&outcomes).expect("there are outcomes");
    let near = |a: f64, b: f64| (a - b).abs() < 1e-6;
    assert!(near(m.accuracy, 0.75) && near(m.top3, 1.0), "{m:?}");
    // F1 of the labels: 2/3, 2/3, 1.
    assert!(near(m.macro_f1, 7.0 / 9.0), "{m:?}");
    assert!(near(m.coverage_at_95, 0.5) && near(m.coverage_at_98, 0.5), "{m:?}");
    // 87.9 % of four are three.
    assert!(near(m.precision_at_879, 2.0 / 3.0), "{m:?}");
    // Gaps in four bins: 0.05, 0.15, 0.75, 0.45.
    assert!(near(m.ece, 1.4 / 4.0), "{m:?}");
    assert_eq!(Measures::of(&[]), None);
}

/// `right` outcomes that are right and as many as make `count` that are wrong.
fn outcomes(right: usize, count: usize) -> Vec<Outcome> {
    (0..count).map(|i| outcome(u16::from(i >= right), &[(0, 0.8), (1, 0.2)])).collect()
}

#[test]
fn intervals_hold_the_figure_and_narrow_with_the_number_of_texts() {
    let interval = |count: usize| {
        let drawn = Drawn::from(&outcomes(count * 4 / 5, count), 1).expect("there are outcomes");
        drawn.interval(|it| it.accuracy)
    };
    // Two standard errors of a share of 0.8 are 0.08 for 100 texts and 0.025 for 1,024.
    let (few, many) = (interval(100), interval(1_024));
    for (interval, error) in [(few, 0.08), (many, 0.025)] {
        let near = |end: f64, wanted: f64| (end - wanted).abs() < error / 2.0;
        assert!(
            near(interval.low, 0.8 - error) && near(interval.high, 0.8 + error),
            "{interval:?}"
        );
    }
    assert_eq!(interval(100), few, "the same seed draws the same");
    let certain = Drawn::from(&outcomes(30, 30), 1).expect("there are outcomes");
    let certain = certain.interval(|it| it.accuracy);
    assert_eq!((certain.low, certain.high), (1.0, 1.0));
    assert!(Drawn::from(&[], 1).is_none());
}

#[test]
fn confusions_and_the_table_of_labels_count_every_outcome() {
    let outcomes = [
        outcome(0, &[(0, 0.9)]),
        outcome(0, &[(3, 0.8)]),
        outcome(3, &[(3, 0.8)]),
        outcome(0, &[(3, 0.7)]),
    ];
    let confusion = |gold, predicted, count| Confusion { gold, predicted, count };
    assert_eq!(confusions(&outcomes), [confusion(0, 0, 1), confusion(0, 3, 2), confusion(3, 3, 1)]);
    let table = PerLabel::of(&outcomes);
    let row = |label, gold_count, predicted_count, right_count| PerLabel {
        label,
        gold_count,
        predicted_count,
        right_count,
    };
    assert_eq!(table, [row(0, 3, 1, 1), row(3, 1, 3, 1)]);
    assert_eq!((table[0].precision(), table[1].recall()), (1.0, 1.0));
    assert_eq!((table[0].f1(), table[1].f1()), (0.5, 0.5));
}
