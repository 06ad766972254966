//! What the knowledge base lacks: clusters of contacts that no article answered, their telling words, the articles that come
//! nearest, and the skeleton of one that somebody could write. Words that fewer than a few contacts share are not shown.

use std::collections::BTreeMap;

use hotline_engine::directory::Directory;
use hotline_engine::duplicates::caller_number;
use hotline_engine::learning::Words;
use hotline_engine::order::{Caller, Kind, Order};
use hotline_engine::text::{Normalised, Normaliser};
use hotline_engine::time::Day;
use itertools::Itertools;
use serde::Serialize;
use utoipa::ToSchema;

use super::clusters::{clusters, middle};
use super::phrases::Background;

/// Contacts that are put together, the newest.
const STORIES_MAX: usize = 5_000;
/// Other contacts that are heard for what everybody says, the newest.
const OTHERS_MAX: usize = 2_000;
/// Fewer contacts than this are no gap, and their words are not shown: they could be one person's.
pub(crate) const ORDERS_MIN: usize = 3;
/// Clusters of a report.
pub(crate) const GAPS_MAX: usize = 100;
/// Texts that begin with the same letters are one.
const SAME_CHARS: usize = 40;
/// Words told of a cluster.
const WORDS_MAX: usize = 8;

/// Which contacts are looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    /// Accepted from then on.
    pub(crate) from: Day,
    /// Up to then.
    pub(crate) to: Day,
    /// Only of this kind; none = of every kind.
    pub(crate) kind: Option<Kind>,
    /// Contacts that make a gap.
    pub(crate) orders_min: usize,
}

/// The contacts that a report is made of.
#[derive(Debug, Default)]
pub(crate) struct Contacts {
    stories: Vec<Story>,
    /// Texts of contacts that are not asked for: what many of them say tells nothing of a gap.
    others: Vec<String>,
}

impl Contacts {
    /// Whether so many are known that no more are looked at.
    pub(crate) fn is_full(&self) -> bool {
        self.stories.len() >= STORIES_MAX
    }

    /// Notes a contact, the newest first.
    pub(crate) fn hear(
        &mut self,
        order: &Order,
        caller: Option<&Caller>,
        directory: &Directory,
        normaliser: &Normaliser,
        question: &Question,
    ) {
        if let Some(story) = Story::of(order, caller, directory, normaliser, question) {
            self.stories.push(story);
        } else if self.others.len() < OTHERS_MAX {
            self.others.push(text_of(order, caller, normaliser));
        }
    }
}

fn text_of(order: &Order, caller: Option<&Caller>, normaliser: &Normaliser) -> String {
    let words = Words::of(order, caller);
    let mut normalised = Normalised::default();
    normaliser.normalise(&format!("{}\n{}", words.title, words.content), &mut normalised);
    normalised.text().to_owned()
}

/// A contact that no article answered, without who called.
#[derive(Clone, Debug)]
struct Story {
    text: String,
    /// By which the contacts of one caller are known; none where he gave no number.
    line: Option<u64>,
    matter: Option<String>,
    unit: Option<String>,
}

impl Story {
    /// What an order says to a question; none when an article answered it, or it is not asked for.
    fn of(
        order: &Order,
        caller: Option<&Caller>,
        directory: &Directory,
        normaliser: &Normaliser,
        question: &Question,
    ) -> Option<Story> {
        let day = order.times.accepted.day();
        let asked = question.from <= day
            && day <= question.to
            && question.kind.is_none_or(|kind| kind == order.kind);
        let by_article = order.answer.as_ref().is_some_and(|answer| answer.article.is_some());
        if !asked || by_article {
            return None;
        }
        let text = text_of(order, caller, normaliser);
        let unit = order.dispatch.as_ref().map(|it| directory.unit(it.lead).code.clone());
        let matter = order.matter.map(|matter| directory.matter(matter).to_owned());
        let line = caller.and_then(caller_number);
        Some(Story { text, line, matter, unit })
    }
}

/// An article that comes near.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Near {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) score: f32,
}

/// What the knowledge base lacks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GapReport {
    from: String,
    to: String,
    /// Contacts that no article answered, as far as they were looked at: the newest 5,000.
    unanswered: usize,
    /// Of these, those that stand in a gap.
    in_gaps: usize,
    /// The largest first; at most 100.
    gaps: Vec<Gap>,
}

/// Contacts about the same that no article answered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Gap {
    /// How many contacts.
    orders: usize,
    /// Words that tell them from all others, each in at least three of them.
    words: Vec<String>,
    /// The matter that most of them have.
    matter: Option<String>,
    /// The unit that most of them went to.
    unit: Option<String>,
    /// Articles in force that come nearest: one of them may only lack a sentence.
    nearest: Vec<Near>,
    /// A draft that somebody could fill in.
    skeleton: Skeleton,
}

/// An article with nothing decided in it.
#[derive(Debug, Serialize, ToSchema)]
struct Skeleton {
    title: String,
    body: String,
    matter: Option<String>,
    unit: Option<String>,
}

/// Finds the gaps among contacts; `nearest` searches the articles in force.
pub(crate) fn gaps<E>(
    contacts: &Contacts,
    directory: &Directory,
    question: &Question,
    nearest: impl Fn(&str) -> Result<Vec<Near>, E>,
) -> Result<GapReport, E> {
    let Contacts { stories, others } = contacts;
    let texts: Vec<String> = stories.iter().map(|story| story.text.clone()).collect();
    let background = Background::of(&texts);
    let least = question.orders_min.max(ORDERS_MIN);
    let mut gaps = Vec::new();
    let mut in_gaps = 0;
    for cluster in clusters(&texts, others).iter().filter(|cluster| cluster.len() >= least) {
        // What somebody sends three times, or says in three calls, is his story still.
        let begins = |at: &&usize| texts[**at].chars().take(SAME_CHARS).collect::<String>();
        let caller = |at: &&usize| stories[**at].line.ok_or(**at);
        let of_cluster = cluster.iter().unique_by(begins).unique_by(caller).map(|&at| &texts[at]);
        let of_cluster: Vec<&String> = of_cluster.collect();
        if of_cluster.len() < least {
            continue;
        }
        // A word of a large cluster is one that a part of it shares.
        let shared = ORDERS_MIN.max(of_cluster.len() / 5);
        let words = background.telling(&of_cluster, shared, WORDS_MAX);
        if words.is_empty() {
            continue;
        }
        in_gaps += cluster.len();
        if gaps.len() < GAPS_MAX {
            let most = |of: fn(&Story) -> Option<&String>| {
                most_frequent(cluster.iter().filter_map(|&at| of(&stories[at])))
            };
            let (matter, unit) = (most(|it| it.matter.as_ref()), most(|it| it.unit.as_ref()));
            let nearest = nearest(&texts[middle(&texts, cluster)])?;
            let skeleton = skeleton(directory, &words, matter.clone(), unit.clone());
            gaps.push(Gap { orders: cluster.len(), words, matter, unit, nearest, skeleton });
        }
    }
    let (from, to) = (question.from.to_string(), question.to.to_string());
    Ok(GapReport { from, to, unanswered: stories.len(), in_gaps, gaps })
}

fn most_frequent<'a>(names: impl Iterator<Item = &'a String>) -> Option<String> {
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    names.for_each(|name| *counts.entry(name).or_default() += 1);
    let best = counts.into_iter().reduce(|best, it| if it.1 > best.1 { it } else { best });
    best.map(|(name, _)| name.clone())
}

fn skeleton(
    directory: &Directory,
    words: &[String],
    matter: Option<String>,
    unit: Option<String>,
) -> Skeleton {
    let named = words.iter().take(3).map(String::as_str).collect::<Vec<_>>().join("、");
    let about = if named.is_empty() { matter.clone().unwrap_or_default() } else { named };
    let of_unit = unit.as_ref().and_then(|code| directory.unit_id(code));
    let office = of_unit.map_or("(待定)", |unit| directory.unit(unit).name.as_str());
    let body = format!(
        "【适用情形】市民问及:{}。\n【答复口径】(待{office}填写)\n【办理条件与材料】(待填写)\n【办理渠道与时限】(待填写)\n\
         【承办单位】{office}\n【政策依据】(文件名称、文号、链接,待填写)\n【生效与失效日期】(待填写)",
        words.join("、")
    );
    Skeleton { title: format!("关于{about}的答复口径"), body, matter, unit }
}

impl std::fmt::Display for GapReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let GapReport { from, to, unanswered, in_gaps, gaps } = self;
        writeln!(
            f,
            "{from} to {to}: {unanswered} contacts without an article, {in_gaps} of them in gaps"
        )?;
        for gap in gaps {
            let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "-".into());
            writeln!(f, "\n{} contacts: {}", gap.orders, gap.words.join("、"))?;
            writeln!(f, "  {} · {}", name(&gap.matter), name(&gap.unit))?;
            for Near { id, title, score } in &gap.nearest {
                writeln!(f, "  near: {score:.3}  {id}  {title}")?;
            }
            writeln!(f, "  {}", gap.skeleton.title)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn story(text: &str, matter: &str) -> Story {
        Story { text: text.to_owned(), line: None, matter: Some(matter.to_owned()), unit: None }
    }

    #[test]
    fn a_gap_names_what_its_contacts_share_and_nothing_that_one_alone_says() {
        let mut stories: Vec<Story> = (0..4)
            .map(|number| {
                story(
                    &format!(
                        "我住{number}栋,{}电动车上牌要什么材料",
                        ["请问", "想问", "打听", ""][number]
                    ),
                    "交通/上牌",
                )
            })
            .collect();
        stories.push(story("家里停水", "供水/停水"));
        stories[3].matter = Some("交通/其他".to_owned());
        let day = Day::parse("2026-03-09").unwrap();
        let question = Question { from: day, to: day, kind: None, orders_min: 3 };
        let near = |text: &str| {
            assert!(text.contains("电动车上牌"));
            Ok::<_, ()>(Vec::new())
        };
        let contacts = Contacts { stories, others: Vec::new() };
        let report = gaps(&contacts, &Directory::default(), &question, near).unwrap();
        assert_eq!((report.unanswered, report.in_gaps, report.gaps.len()), (5, 4, 1));
        let gap = &report.gaps[0];
        assert_eq!((gap.orders, gap.matter.as_deref()), (4, Some("交通/上牌")));
        assert!(gap.words.iter().any(|word| word.contains("上牌")), "{:?}", gap.words);
        assert!(gap.skeleton.body.contains("【政策依据】"));
        // Three of the four are one caller's.
        let mut contacts = contacts;
        contacts.stories[..3].iter_mut().for_each(|story| story.line = Some(13_800_000_000));
        let report = gaps(&contacts, &Directory::default(), &question, near).unwrap();
        assert_eq!((report.in_gaps, report.gaps.len()), (0, 0));
    }
}
