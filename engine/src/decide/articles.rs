//! Decides on articles of the knowledge base: written, judged, put in force, taken out of it, and spoken of.

use super::full;
use crate::accept::{CONTENT_CHARS_MAX, SHORT_CHARS_MAX, TITLE_CHARS_MAX, within};
use crate::actor::{Actor, Role};
use crate::article::{Article, ArticleDraft, Backing, Source, is_one_line, names_a_folder};
use crate::command::{Action, Command};
use crate::directory::Directory;
use crate::event::Event;
use crate::glossary::ArticleStatus;
use crate::handling::Decision;
use crate::library::{ArticleStep, Life, RATINGS_DAILY_MAX, Remark};
use crate::rejection::Rejection;
use crate::state::State;
use crate::text::{is_blank, mask_identity};
use crate::time::Timestamp;
use crate::transitions::check_article;

/// Articles one hotline may hold: as many as the knowledge base is made for.
pub const ARTICLES_MAX: u64 = 100_000;
/// Articles that a hotline remembers, with those that were removed or never answered.
pub const ARTICLES_EVER_MAX: u64 = 2 * ARTICLES_MAX;
/// An article's id is a short word; the knowledge base holds it in 256 bytes.
pub const ARTICLE_ID_CHARS_MAX: usize = 64;
/// Characters of a link, as browsers take them.
const LINK_CHARS_MAX: usize = 2_000;

/// One request about articles.
#[derive(Clone, Copy)]
struct Asked<'a> {
    state: &'a State,
    at: Timestamp,
    by: &'a Actor,
    /// The word of the action.
    action: &'static str,
}

pub(super) fn decide(
    state: &State,
    at: Timestamp,
    command: &Command,
    events: &mut Vec<Event>,
) -> Result<(), Rejection> {
    if let (Some(seen), Some(id)) = (command.seen, command.action.article()) {
        // One that is not there is at none.
        let current = state.library().life(id).map_or(0, |life| life.newest().number);
        if seen != current {
            return Err(Rejection::StaleArticle { id: id.to_owned(), current });
        }
    }
    let asked = Asked { state, at, by: &command.actor, action: command.action.name() };
    match &command.action {
        Action::PutArticle(draft) => asked.put(draft, events),
        Action::DraftArticle(draft) => asked.draft(draft, events),
        Action::RemoveArticle { id } => {
            asked.standing(id)?;
            events.push(Event::ArticleRemoved { id: id.clone() });
            Ok(())
        }
        Action::BackArticle { id, backing } => {
            let number = asked.standing(id)?.backable().number;
            check_backing(backing)?;
            events.push(moved(id, ArticleStep::Rebacked(number, backing.clone())));
            Ok(())
        }
        Action::ReviewArticle { id, passed, note } => asked.review(id, *passed, note, events),
        Action::PublishArticle { id } => asked.publish(id, events),
        Action::ExpireArticle { id, note } => {
            asked.standing(id)?;
            full("note", note)?;
            events.push(moved(id, ArticleStep::Expired(asked.decision(true, note))));
            Ok(())
        }
        Action::RateArticle { id, useful, note } => asked.rate(id, *useful, note, events),
        _ => unreachable!("it concerns an article"),
    }
}

impl Asked<'_> {
    fn put(self, draft: &ArticleDraft, events: &mut Vec<Event>) -> Result<(), Rejection> {
        let article = &draft.article;
        self.check(draft)?;
        let before = self.state.articles().get(&article.id);
        if before.is_none() && self.state.articles().len() as u64 >= ARTICLES_MAX {
            return Err(Rejection::Full { what: "articles", max: ARTICLES_MAX });
        }
        let life = self.state.library().life(&article.id);
        if let (true, Some(life)) = (before == Some(article), life) {
            // What stands there is no change, however often a file is imported.
            let version = life.backable();
            let backing = draft.backing.or(&version.backing);
            if backing != version.backing {
                let step = ArticleStep::Rebacked(version.number, backing);
                events.push(moved(&article.id, step));
            }
            return Ok(());
        }
        events.push(Event::ArticlePut(article.clone()));
        self.back(draft, true, events);
        Ok(())
    }

    /// What a new version rests on; what is not said = as the version before.
    fn back(self, draft: &ArticleDraft, at_once: bool, events: &mut Vec<Event>) {
        if draft.backing != Backing::default() {
            let id = &draft.article.id;
            let life = self.state.library().life(id);
            let before = life.map_or_else(Backing::default, |life| life.next_backing(at_once));
            events.push(moved(id, ArticleStep::Backed(draft.backing.or(&before))));
        }
    }

    fn draft(self, draft: &ArticleDraft, events: &mut Vec<Event>) -> Result<(), Rejection> {
        self.check(draft)?;
        self.own(&draft.article.id, draft.article.unit.as_deref())?;
        if self.stands_as_draft(draft) {
            // Sent once more: the first answer was lost on its way.
            return Ok(());
        }
        let step = ArticleStep::Drafted(draft.article.clone());
        events.push(moved(&draft.article.id, step));
        self.back(draft, false, events);
        Ok(())
    }

    /// Whether the newest version is this draft, by the same account and judged by nobody.
    fn stands_as_draft(&self, draft: &ArticleDraft) -> bool {
        let life = self.state.library().life(&draft.article.id);
        life.map(Life::newest).is_some_and(|newest| {
            newest.status == ArticleStatus::Draft
                && newest.review.is_none()
                && newest.by == self.by.name
                && newest.text.as_ref() == Some(&draft.article)
                && draft.backing.or(&newest.backing) == newest.backing
        })
    }

    /// Four eyes see a text before citizens hear it.
    fn review(
        self,
        id: &str,
        passed: bool,
        note: &str,
        events: &mut Vec<Event>,
    ) -> Result<(), Rejection> {
        let life = self.standing(id)?;
        if life.newest().is_by(&self.by.name) {
            return Err(Rejection::OwnVersion { id: id.to_owned() });
        }
        if passed {
            within("note", note, CONTENT_CHARS_MAX)?;
        } else {
            full("note", note)?;
        }
        events.push(moved(id, ArticleStep::Reviewed(self.decision(passed, note))));
        Ok(())
    }

    fn publish(self, id: &str, events: &mut Vec<Event>) -> Result<(), Rejection> {
        let life = self.standing(id)?;
        if let Some(article) = &life.newest().text {
            // Units and matters may have gone since it was written.
            self.check_text(article)?;
        }
        let is_new = !self.state.articles().contains_key(id);
        if is_new && self.state.articles().len() as u64 >= ARTICLES_MAX {
            return Err(Rejection::Full { what: "articles", max: ARTICLES_MAX });
        }
        events.push(moved(id, ArticleStep::Published));
        Ok(())
    }

    /// Whoever reads out an article says whether it helped; numbers and names of callers do not belong there.
    fn rate(
        self,
        id: &str,
        useful: bool,
        note: &str,
        events: &mut Vec<Event>,
    ) -> Result<(), Rejection> {
        self.standing(id)?;
        let article = self.state.articles().get(id);
        if !article.is_some_and(|article| article.is_in_force(self.at.day())) {
            return Err(Rejection::NotInForce { id: id.to_owned() });
        }
        within("note", note, SHORT_CHARS_MAX)?;
        let uses = self.state.library().uses().get(id);
        let so_far = uses.map_or(0, |uses| uses.ratings_of(&self.by.name, self.at.day()));
        if so_far >= RATINGS_DAILY_MAX {
            return Err(Rejection::RatedEnough { id: id.to_owned(), max: RATINGS_DAILY_MAX });
        }
        let note = mask_identity(note).into_owned();
        events.push(moved(id, ArticleStep::Rated(Remark { at: self.at, useful, note })));
        Ok(())
    }

    /// The life of an article that is not over, when its status allows the action, and the article is the actor's.
    fn standing(&self, id: &str) -> Result<&Life, Rejection> {
        let unknown = || Rejection::UnknownArticle { id: id.to_owned() };
        let life = self.state.library().life(id).ok_or_else(unknown)?;
        if life.newest().status == ArticleStatus::Expired && self.action == "remove-article" {
            return Err(unknown());
        }
        self.own(id, None)?;
        check_article(id, life.newest().status, self.action)?;
        Ok(life)
    }

    /// A handler writes for his units, and does not touch what others wrote for theirs.
    fn own(&self, id: &str, next: Option<&str>) -> Result<(), Rejection> {
        if self.by.role != Role::Handler {
            return Ok(());
        }
        let life = self.state.library().life(id);
        let text = life.and_then(|life| life.newest().text.as_ref());
        let text = text.or_else(|| self.state.articles().get(id));
        let his = |unit: &str| {
            self.state.directory().unit_id(unit).is_some_and(|unit| self.by.acts_for(unit))
        };
        let was_his = text.is_none_or(|text| text.unit.as_deref().is_some_and(his));
        let is_his = next.map_or(text.is_some(), his);
        if was_his && is_his {
            return Ok(());
        }
        Err(Rejection::ArticleOfAnother { id: id.to_owned() })
    }

    fn check(&self, draft: &ArticleDraft) -> Result<(), Rejection> {
        let article = &draft.article;
        self.check_text(article)?;
        check_backing(&draft.backing)?;
        match self.state.library().life(&article.id) {
            Some(life) => check_article(&article.id, life.newest().status, self.action),
            None if self.state.library().lives().len() as u64 >= ARTICLES_EVER_MAX => {
                let what = "articles, with those that were";
                Err(Rejection::Full { what, max: ARTICLES_EVER_MAX })
            }
            None => Ok(()),
        }
    }

    fn check_text(&self, article: &Article) -> Result<(), Rejection> {
        first(text_faults(self.state.directory(), article))
    }

    fn decision(&self, granted: bool, note: &str) -> Decision {
        Decision { at: self.at, by: self.by.name.clone(), granted, note: note.to_owned() }
    }
}

/// Everything that stands against a text and what it rests on, as far as it can be said without knowing what became of the article:
/// at most one fault a field.
#[must_use]
pub fn article_faults(directory: &Directory, draft: &ArticleDraft) -> Vec<Rejection> {
    let mut faults: Vec<Rejection> = Vec::new();
    for fault in text_faults(directory, &draft.article).chain(backing_faults(&draft.backing)) {
        if faults.iter().all(|known| known.field() != fault.field()) {
            faults.push(fault);
        }
    }
    faults
}

fn first(mut faults: impl Iterator<Item = Rejection>) -> Result<(), Rejection> {
    faults.next().map_or(Ok(()), Err)
}

/// The faults of some checks, in their order.
fn faults_of<const N: usize>(
    checks: [Result<(), Rejection>; N],
) -> impl Iterator<Item = Rejection> {
    checks.into_iter().filter_map(Result::err)
}

fn text_faults(directory: &Directory, article: &Article) -> impl Iterator<Item = Rejection> {
    let Article { id, title, body, matter, unit, .. } = article;
    let has = |holds: bool, fault: Rejection| if holds { Ok(()) } else { Err(fault) };
    let known_matter = matter.as_ref().is_none_or(|it| directory.matter_id(it).is_some());
    let known_unit = unit.as_ref().is_none_or(|it| directory.unit_id(it).is_some());
    faults_of([
        has(!is_blank(id), Rejection::Empty { field: "id" }),
        has(!is_blank(title), Rejection::Empty { field: "title" }),
        has(is_one_line(id), Rejection::NotOneLine { field: "id" }),
        has(is_one_line(title), Rejection::NotOneLine { field: "title" }),
        has(!names_a_folder(id), Rejection::NoName { field: "id" }),
        within("id", id, ARTICLE_ID_CHARS_MAX),
        within("title", title, TITLE_CHARS_MAX),
        full("body", body),
        has(article.is_forwards(), Rejection::ValidityBackwards),
        has(known_matter, Rejection::UnknownMatter { field: "matter" }),
        has(known_unit, Rejection::UnknownUnit { field: "unit" }),
    ])
}

fn check_backing(backing: &Backing) -> Result<(), Rejection> {
    first(backing_faults(backing))
}

fn backing_faults(backing: &Backing) -> impl Iterator<Item = Rejection> {
    backing.source.iter().flat_map(|Source { document, number, link }| {
        let is_link = |it: &String| it.starts_with("https://") || it.starts_with("http://");
        let blank = Err(Rejection::Empty { field: "source.document" });
        let nowhere = Err(Rejection::NoLink { field: "source.link" });
        faults_of([
            if is_blank(document) { blank } else { Ok(()) },
            within("source.document", document, SHORT_CHARS_MAX),
            within("source.number", number.as_deref().unwrap_or_default(), SHORT_CHARS_MAX),
            within("source.link", link.as_deref().unwrap_or_default(), LINK_CHARS_MAX),
            if link.as_ref().is_none_or(is_link) { Ok(()) } else { nowhere },
        ])
    })
}

fn moved(id: &str, step: ArticleStep) -> Event {
    Event::ArticleMoved { id: id.to_owned(), step: Box::new(step) }
}
