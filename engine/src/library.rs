//! What became of each article: its versions, what they rest on, how far the newest is, and what people made of it. No rules
//! and no search; the texts that answer stand in the state's articles.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use crate::article::{Article, Backing};
use crate::glossary::ArticleStatus;
use crate::handling::{Decision, facts};
use crate::order::OrderId;
use crate::time::{Day, Timestamp};

/// Versions that an article keeps beside the one that answers: older ones stand in the journal alone.
pub const VERSIONS_MAX: usize = 50;
/// Changes of what a version rests on that it keeps, the newest.
pub const REBACKINGS_MAX: usize = 20;
/// Remarks that an article keeps, the newest.
pub const REMARKS_MAX: usize = 20;
/// How often an account may rate an article within a day: who takes a hundred calls reads the same one out in a few of them, and
/// nobody should be able to drown what the others say.
pub const RATINGS_DAILY_MAX: u32 = 10;

facts! {
    /// A text of an article, and how it came to be.
    pub struct Version {
        /// From 1, in the order they were written.
        pub number: u32,
        /// When it was written.
        pub at: Timestamp,
        /// The account that wrote it.
        pub by: String,
        /// How far it came.
        pub status: ArticleStatus,
        /// The text; none while it answers: it stands in the state's articles then.
        pub text: Option<Article>,
        /// What it rests on.
        pub backing: Backing,
        /// The last judgement of it.
        pub review: Option<Decision>,
        /// When it began to answer.
        pub published: Option<Timestamp>,
        /// When nothing of the article answered any more, if it was this version that did till then.
        pub ended: Option<Timestamp>,
        /// What it rested on before, oldest first, and who changed that: the newest changes.
        pub rebackings: Vec<Rebacking>,
    }

    /// A change of what a version rests on, its text left as it is.
    pub struct Rebacking {
        /// When.
        pub at: Timestamp,
        /// The account that changed it.
        pub by: String,
        /// What it rested on till then.
        pub before: Backing,
    }

    /// An article from its first version on.
    #[derive(Default)]
    pub struct Life {
        /// Oldest first.
        pub versions: Vec<Version>,
        /// Why nothing of it answers any more, and since when; none while it does, or never did.
        pub expired: Option<Decision>,
        /// Whether more is known of it than that it was put and removed.
        touched: bool,
        /// Whether any of its versions ever answered, also one that is not kept.
        was_in_force: bool,
    }

    /// What somebody said of an article who had used it.
    pub struct Remark {
        /// When.
        pub at: Timestamp,
        /// Whether it helped.
        pub useful: bool,
        /// What is wrong or missing; may be empty.
        pub note: String,
    }

    /// A step in the life of an article, beside being put and removed. New ones are added at the end.
    pub enum ArticleStep {
        /// A version was written.
        Drafted(Article),
        /// What the newest version rests on, said with its text.
        Backed(Backing),
        /// The newest version was judged.
        Reviewed(Decision),
        /// The newest version answers.
        Published,
        /// Nothing of it answers any more.
        Expired(Decision),
        /// Somebody said whether it helped.
        Rated(Remark),
        /// What a version rests on, by its number; one that was reviewed is a draft again if its source is another.
        Rebacked(u32, Backing),
    }

    /// An account that rated an article.
    pub struct Rater {
        /// Its name.
        pub by: String,
        /// On which day.
        pub on: Day,
        /// How often on that day.
        pub times: u32,
    }

    /// What an article was good for.
    #[derive(Default)]
    pub struct Uses {
        /// Contacts that it closed.
        pub answered: u32,
        /// Of these, those that were opened again.
        pub reopened: u32,
        /// Of these, those whose caller came back with a complaint about the same.
        pub complained: u32,
        /// Of these, those that were opened again, or complained of, or both: each once.
        pub came_back: u32,
        /// The last day on which it closed one.
        pub last: Option<Day>,
        /// How often call-takers said that it helped.
        pub useful: u32,
        /// How often they said that it did not.
        pub useless: u32,
        /// What they said last, oldest first.
        pub remarks: Vec<Remark>,
        /// Who rated it on the last day on which somebody did.
        pub raters: Vec<Rater>,
    }
}

facts! {
    /// How many articles were changed, and how.
    #[derive(Copy, Default)]
    pub struct Changes {
        /// First versions that were put in force.
        pub added: u64,
        /// Later versions that were.
        pub changed: u64,
        /// Articles of which nothing answers any more.
        pub ended: u64,
    }
}

impl Version {
    /// Whether an account wrote a part of it: its text, or the source that it rests on.
    pub(crate) fn is_by(&self, account: &str) -> bool {
        let after = self.rebackings.iter().skip(1).map(|it| &it.before).chain([&self.backing]);
        let mut changes = self.rebackings.iter().zip(after);
        self.by == account
            || changes.any(|(it, after)| it.by == account && it.before.source != after.source)
    }
}

impl Life {
    /// The newest version.
    ///
    /// # Panics
    /// Never: a life begins with a version.
    pub fn newest(&self) -> &Version {
        self.versions.last().expect("a life begins with a version")
    }

    /// The version that answers, if one does.
    pub fn answering(&self) -> Option<&Version> {
        self.versions.iter().rev().find(|it| it.status == ArticleStatus::Published)
    }

    /// The version with this number.
    pub fn version(&self, number: u32) -> Option<&Version> {
        self.versions.iter().find(|it| it.number == number)
    }

    /// The version whose backing can be changed: the one that answers, else the newest.
    pub(crate) fn backable(&self) -> &Version {
        self.answering().unwrap_or_else(|| self.newest())
    }

    /// What a new version rests on as long as nothing is said of it: who writes a text anew does not say that each time. One that
    /// answers at once, without a review, does not rest on what stood in a draft alone.
    pub(crate) fn next_backing(&self, at_once: bool) -> Backing {
        let mut before = self.versions.iter().rev();
        let before = before.find(|it| !at_once || it.published.is_some());
        before.map_or_else(Backing::default, |it| it.backing.clone())
    }

    /// A new version. What was being written before is not gone on with; what answers goes on answering.
    fn begin(&mut self, at: Timestamp, by: &str, status: ArticleStatus) -> &mut Version {
        let number = self.versions.last().map_or(1, |last| last.number.saturating_add(1));
        let backing = self.next_backing(status == ArticleStatus::Published);
        for version in &mut self.versions {
            if matches!(version.status, ArticleStatus::Draft | ArticleStatus::Reviewed) {
                version.status = ArticleStatus::Replaced;
            }
        }
        if self.versions.len() > VERSIONS_MAX {
            let oldest = self.versions.iter().position(|it| it.text.is_some());
            oldest.map(|at| self.versions.remove(at));
        }
        self.expired = None;
        self.versions.push(Version {
            number,
            at,
            by: by.to_owned(),
            status,
            text: None,
            backing,
            review: None,
            published: None,
            ended: None,
            rebackings: Vec::new(),
        });
        self.versions.last_mut().expect("it was pushed")
    }

    /// What answered does so no more.
    fn replace(&mut self, before: Option<Article>, status: ArticleStatus) {
        let mut versions = self.versions.iter_mut();
        if let Some(version) = versions.find(|it| it.status == ArticleStatus::Published) {
            version.status = status;
            version.text = before;
        }
    }
}

/// Every article that was ever written, and its uses.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize,
)]
pub struct Library {
    lives: BTreeMap<String, Life>,
    uses: BTreeMap<String, Uses>,
    /// By day and by the unit of then, empty for none: of versions that are not kept too. A row for a day on which something
    /// of a unit changed.
    changes: BTreeMap<(Day, String), Changes>,
    /// Contacts whose answer was complained of and has not been opened again since.
    complained_of: BTreeSet<OrderId>,
}

/// Journals of versions that knew no lives keep the digest that they had: what follows from their facts alone is not hashed
/// again. Counts of uses follow from orders, which are hashed.
impl Hash for Library {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.lives.iter().filter(|(_, life)| life.touched).for_each(|it| it.hash(hasher));
        for (id, uses) in &self.uses {
            if !uses.remarks.is_empty() {
                (id, uses.useful, uses.useless, &uses.remarks).hash(hasher);
            }
        }
    }
}

impl Library {
    /// The life of an article, also of one that answers no more.
    pub fn life(&self, id: &str) -> Option<&Life> {
        self.lives.get(id)
    }

    /// Every life, by the article's id.
    pub fn lives(&self) -> &BTreeMap<String, Life> {
        &self.lives
    }

    /// What the articles were good for, by their ids; those that were never used are not listed.
    pub fn uses(&self) -> &BTreeMap<String, Uses> {
        &self.uses
    }

    /// Changes of articles by day and unit, the earliest first.
    pub fn changes(&self) -> &BTreeMap<(Day, String), Changes> {
        &self.changes
    }

    /// The same of one day.
    pub fn changes_on(&self, day: Day) -> impl Iterator<Item = (&str, Changes)> {
        let rows =
            self.changes.range((day, String::new())..(Day(day.0.saturating_add(1)), String::new()));
        rows.map(|((_, unit), changes)| (unit.as_str(), *changes))
    }

    /// Written and put in force at once; `before` is the text that answered until now.
    pub(crate) fn put(
        &mut self,
        at: Timestamp,
        by: &str,
        article: &Article,
        before: Option<Article>,
    ) {
        let life = self.lives.entry(article.id.clone()).or_default();
        life.replace(before, ArticleStatus::Replaced);
        life.begin(at, by, ArticleStatus::Published).published = Some(at);
        self.count_in_force(at, article);
    }

    /// Nothing of it answers any more.
    pub(crate) fn removed(&mut self, at: Timestamp, by: &str, id: &str, before: Option<Article>) {
        let Some(life) = self.lives.get_mut(id) else { return };
        let (by, note) = (by.to_owned(), String::new());
        let unit = life.end(before, Decision { at, by, granted: true, note });
        self.changes_of(at, unit).ended += 1;
    }

    pub(crate) fn drafted(&mut self, at: Timestamp, by: &str, article: &Article) {
        let life = self.touch(&article.id);
        life.begin(at, by, ArticleStatus::Draft).text = Some(article.clone());
    }

    pub(crate) fn backed(&mut self, id: &str, backing: &Backing) {
        if let Some(version) = self.touch(id).versions.last_mut() {
            version.backing = backing.clone();
        }
    }

    pub(crate) fn rebacked(
        &mut self,
        at: Timestamp,
        by: &str,
        id: &str,
        number: u32,
        backing: &Backing,
    ) {
        let versions = &mut self.touch(id).versions;
        let Some(version) = versions.iter_mut().find(|it| it.number == number) else { return };
        // Whoever reviewed it saw another source.
        if version.status == ArticleStatus::Reviewed && version.backing.source != backing.source {
            version.status = ArticleStatus::Draft;
        }
        let before = std::mem::replace(&mut version.backing, backing.clone());
        if version.rebackings.len() == REBACKINGS_MAX {
            version.rebackings.remove(0);
        }
        version.rebackings.push(Rebacking { at, by: by.to_owned(), before });
    }

    pub(crate) fn reviewed(&mut self, id: &str, review: &Decision) {
        let Some(version) = self.touch(id).versions.last_mut() else { return };
        version.review = Some(review.clone());
        version.status =
            if review.granted { ArticleStatus::Reviewed } else { ArticleStatus::Draft };
    }

    /// The newest version answers from now on; gives its text.
    pub(crate) fn published(
        &mut self,
        at: Timestamp,
        id: &str,
        before: Option<Article>,
    ) -> Option<Article> {
        let life = self.touch(id);
        life.replace(before, ArticleStatus::Replaced);
        let version = life.versions.last_mut()?;
        version.status = ArticleStatus::Published;
        version.published = Some(at);
        let text = version.text.take()?;
        self.count_in_force(at, &text);
        Some(text)
    }

    pub(crate) fn expired(&mut self, id: &str, before: Option<Article>, decision: &Decision) {
        let unit = self.touch(id).end(before, decision.clone());
        self.changes_of(decision.at, unit).ended += 1;
    }

    pub(crate) fn rated(&mut self, by: &str, id: &str, remark: &Remark) {
        let uses = self.uses.entry(id.to_owned()).or_default();
        uses.count_rater(by, remark.at.day());
        let count = if remark.useful { &mut uses.useful } else { &mut uses.useless };
        *count = count.saturating_add(1);
        if uses.remarks.len() == REMARKS_MAX {
            uses.remarks.remove(0);
        }
        uses.remarks.push(remark.clone());
    }

    /// A contact that an article closed was complained of, and has not been opened again since.
    pub(crate) fn complained(&mut self, order: OrderId, id: &str) {
        let is_new = self.complained_of.insert(order);
        self.count(id, |uses| uses.came_back = uses.came_back.saturating_add(u32::from(is_new)));
    }

    /// A contact that an article closed was opened again.
    pub(crate) fn reopened(&mut self, order: OrderId, id: &str) {
        let is_known = self.complained_of.remove(&order);
        self.count(id, |uses| {
            uses.reopened = uses.reopened.saturating_add(1);
            uses.came_back = uses.came_back.saturating_add(u32::from(!is_known));
        });
    }

    /// A version answers from now on.
    fn count_in_force(&mut self, at: Timestamp, article: &Article) {
        let life = self.lives.entry(article.id.clone()).or_default();
        let is_first = !std::mem::replace(&mut life.was_in_force, true);
        let changes = self.changes_of(at, article.unit.clone().unwrap_or_default());
        let count = if is_first { &mut changes.added } else { &mut changes.changed };
        *count += 1;
    }

    fn changes_of(&mut self, at: Timestamp, unit: String) -> &mut Changes {
        self.changes.entry((at.day(), unit)).or_default()
    }

    /// Counts what an article was good for.
    pub(crate) fn count(&mut self, id: &str, add: impl FnOnce(&mut Uses)) {
        add(self.uses.entry(id.to_owned()).or_default());
    }

    fn touch(&mut self, id: &str) -> &mut Life {
        let life = self.lives.entry(id.to_owned()).or_default();
        life.touched = true;
        life
    }
}

impl Uses {
    /// How often an account has rated the article on this day.
    pub(crate) fn ratings_of(&self, by: &str, on: Day) -> u32 {
        let same = self.raters.iter().find(|it| it.by == by && it.on == on);
        same.map_or(0, |it| it.times)
    }

    fn count_rater(&mut self, by: &str, on: Day) {
        let times = self.ratings_of(by, on).saturating_add(1);
        self.raters.retain(|it| it.on == on && it.by != by);
        self.raters.push(Rater { by: by.to_owned(), on, times });
    }
}

impl Life {
    /// Nothing of it answers any more; gives the unit that it was of, empty for none.
    fn end(&mut self, before: Option<Article>, decision: Decision) -> String {
        let text = before.as_ref().or(self.newest().text.as_ref());
        let unit = text.and_then(|text| text.unit.clone()).unwrap_or_default();
        let ended = self.answering().or(self.versions.last()).map(|it| it.number);
        if let Some(version) = self.versions.iter_mut().find(|it| Some(it.number) == ended) {
            version.ended = Some(decision.at);
        }
        self.replace(before, ArticleStatus::Expired);
        if let Some(newest) = self.versions.last_mut() {
            newest.status = ArticleStatus::Expired;
        }
        self.expired = Some(decision);
        unit
    }
}
