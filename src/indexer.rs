//! Keeps the knowledge base's index up with the articles, on a thread of its own: the writer only says what changed. Now and then
//! it compares some of the index with the facts, and mends what differs; when nothing has changed for a while, it has rarities
//! counted anew, so that the answers are those that a start from the same facts would give.

mod checking;
mod quiet;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TrySendError};
use hotline_engine::State;
use hotline_engine::article::{Article, ArticleDraft, Backing};
use hotline_engine::directory::Directory;
use hotline_engine::library::Life;
use hotline_knowledge_base as knowledge;
use tracing::error;

use self::checking::{Checking, LOOK_EVERY};
use self::quiet::Quiet;
use crate::views::Views;

/// Ids of articles that changed since the index last looked. Bounded by the number of articles: each id stands once.
#[derive(Debug)]
pub struct Indexer {
    changed: Mutex<BTreeSet<String>>,
    wake: Sender<()>,
}

/// The indexer's end of the wake-up line.
#[derive(Debug)]
pub struct Wakes(Receiver<()>);

impl Indexer {
    /// An indexer with nothing to do.
    pub fn new() -> (Indexer, Wakes) {
        // One wake-up pending is enough: the thread takes all changes at once.
        let (wake, wakes) = crossbeam_channel::bounded(1);
        (Indexer { changed: Mutex::default(), wake }, Wakes(wakes))
    }

    /// Says that an article was put or removed. Never waits for the index.
    pub fn changed(&self, id: &str) {
        self.changed.lock().expect("nothing panics while it holds the set").insert(id.to_owned());
        match self.wake.try_send(()) {
            Ok(()) | Err(TrySendError::Full(())) => {}
            Err(TrySendError::Disconnected(())) => error!("the knowledge index has stopped"),
        }
    }

    fn put_back(&self, changed: BTreeSet<String>) {
        self.changed.lock().expect("nothing panics while it holds the set").extend(changed);
    }

    fn take(&self) -> BTreeSet<String> {
        std::mem::take(&mut *self.changed.lock().expect("nothing panics while it holds the set"))
    }
}

/// Follows changes until `stop` is told or dropped.
pub fn start(
    indexer: Arc<crate::partition::Published>,
    mut writer: knowledge::Writer,
    wakes: Wakes,
    stop: Receiver<()>,
) -> JoinHandle<()> {
    std::thread::Builder::new()
        .name("indexer".into())
        .spawn(move || {
            let (looks, mut checking) = (crossbeam_channel::tick(LOOK_EVERY), Checking::default());
            let mut quiet = Quiet::default();
            loop {
                crossbeam_channel::select! {
                    recv(wakes.0) -> wake => {
                        if wake.is_err() { return }
                        quiet.ends();
                    }
                    recv(looks) -> _ => {
                        look(&mut checking, &mut writer, &indexer.views);
                        quiet.goes_on(&mut writer);
                    }
                    recv(stop) -> _ => return,
                }
                let changed = indexer.indexer.take();
                if let Err(error) = follow(&mut writer, &indexer.views, &changed) {
                    error!(%error, "the knowledge index could not follow {} changes", changed.len());
                    // With the next change they are tried again.
                    indexer.indexer.put_back(changed);
                }
            }
        })
        .expect("the system can start a thread")
}

/// What an article of the index is now: the index follows the facts, and what was taken out of force must not answer meanwhile.
pub(crate) fn now<'a>(
    views: &Views,
    indexed: &'a knowledge::Article,
) -> Option<Cow<'a, knowledge::Article>> {
    let article = views.article(&indexed.id)?;
    let is_same = is_indexed_as(&article, indexed);
    Some(if is_same { Cow::Borrowed(indexed) } else { Cow::Owned(entry_in(views, &article)) })
}

/// Whether the index has an article as it is shown: the names it is also found by are shown from the facts.
fn is_indexed_as(article: &Article, indexed: &knowledge::Article) -> bool {
    let Article { id, title, body, matter, unit, valid_from, valid_to } = article;
    let day = |day: &Option<hotline_engine::time::Day>| day.map(|day| knowledge::Day(day.0));
    (id, title, matter, unit) == (&indexed.id, &indexed.title, &indexed.matter, &indexed.unit)
        && (day(valid_from), day(valid_to)) == (indexed.valid_from, indexed.valid_to)
        && *body == indexed.body
}

/// Puts every article into an empty index.
pub fn fill(
    writer: &mut knowledge::Writer,
    articles: impl Iterator<Item = knowledge::Article>,
) -> Result<(), knowledge::Error> {
    articles.for_each(|article| put(writer, article));
    writer.commit()
}

/// Every article of a state that answers, as the index has it.
pub fn entries_of(state: &State) -> impl Iterator<Item = knowledge::Article> {
    state.articles().values().map(|article| {
        let answering = state.library().life(&article.id).and_then(Life::answering);
        entry(article, answering.map(|it| &it.backing), |code| name_in(state.directory(), code))
    })
}

/// Articles that were never in a hotline, as the index would have them there; `name` gives a unit's by its code.
pub(crate) fn entries<'a>(
    drafts: impl Iterator<Item = &'a ArticleDraft>,
    name: impl Fn(&str) -> Option<String>,
) -> impl Iterator<Item = knowledge::Article> {
    drafts.map(move |draft| entry(&draft.article, Some(&draft.backing), &name))
}

fn look(checking: &mut Checking, writer: &mut knowledge::Writer, views: &Views) {
    let facts = |id: &str| views.article(id).map(|article| entry_in(views, &article));
    if let Err(error) = checking.look(writer, || views.article_ids(), facts) {
        error!(%error, "the knowledge index could not be mended");
    }
}

fn follow(
    writer: &mut knowledge::Writer,
    views: &Views,
    changed: &BTreeSet<String>,
) -> Result<(), knowledge::Error> {
    for id in changed {
        match views.article(id) {
            Some(article) => put(writer, entry_in(views, &article)),
            None => {
                writer.remove(id);
            }
        }
    }
    writer.commit()
}

/// An article that the index refuses is passed over and told about: one must not keep all others from being found.
fn put(writer: &mut knowledge::Writer, article: knowledge::Article) {
    let id = article.id.clone();
    if let Err(error) = writer.put(article) {
        error!(%error, article = id, "an article cannot be found by search");
    }
}

/// The entry of an article that readers see.
fn entry_in(views: &Views, article: &Article) -> knowledge::Article {
    let (life, directory) = (views.life(&article.id), views.directory());
    let answering = life.as_ref().and_then(|life| life.answering());
    entry(article, answering.map(|it| &it.backing), |code| name_in(&directory, code))
}

fn name_in(directory: &Directory, code: &str) -> Option<String> {
    directory.unit_id(code).map(|unit| directory.unit(unit).name.clone())
}

/// The knowledge base's own form of an article: it does not know the engine.
fn entry(
    article: &Article,
    backing: Option<&Backing>,
    name: impl Fn(&str) -> Option<String>,
) -> knowledge::Article {
    let day = |day: hotline_engine::time::Day| knowledge::Day(day.0);
    let mut entry = knowledge::Article::new(&article.id, &article.title, &article.body);
    entry.matter.clone_from(&article.matter);
    entry.unit.clone_from(&article.unit);
    entry.unit_name = article.unit.as_deref().and_then(name);
    entry.source = backing.and_then(|backing| backing.source.as_ref()).map(|source| {
        let number = source.number.as_deref().unwrap_or_default();
        format!("{} {number}", source.document)
    });
    entry.valid_from = article.valid_from.map(day);
    entry.valid_to = article.valid_to.map(day);
    entry
}

#[cfg(test)]
mod tests {
    use hotline_engine::time::Day;
    use hotline_knowledge_base::{Reader, SearchOptions};

    use super::*;

    const TODAY: knowledge::Day = knowledge::Day(20_600);

    fn article(id: &str) -> Article {
        Article {
            id: id.to_owned(),
            title: "停水后多久恢复供水".to_owned(),
            body: "拨打供水热线即可查询。".to_owned(),
            matter: None,
            unit: Some("water".to_owned()),
            valid_from: None,
            valid_to: None,
        }
    }

    fn told(reader: &Reader, views: &Views, unit: Option<&str>) -> Vec<(String, String)> {
        let options = SearchOptions { limit: 2, unit, ..SearchOptions::on(TODAY) };
        let answers = reader.search_now("停水多久恢复供水", &options, |it| now(views, it));
        answers.into_iter().map(|answer| (answer.id, answer.snippet)).collect()
    }

    /// The index is held back: it is filled once, and then the facts go on without it.
    #[test]
    fn what_the_index_has_not_followed_yet_is_not_told_as_it_was() {
        let views = Views::of(&hotline_engine::State::default(), crate::shelf::Shelves::default());
        let (mut writer, reader) = knowledge::open().unwrap();
        let ids = ["a", "b", "c", "d"];
        ids.iter().for_each(|id| views.put_article(&article(id)));
        let none = |_: &str| None;
        fill(&mut writer, ids.iter().map(|id| entry(&article(id), None, none))).unwrap();
        let named = |unit: Option<&str>| -> Vec<String> {
            told(&reader, &views, unit).into_iter().map(|(id, _)| id).collect()
        };
        assert_eq!(named(None), ["a", "b"]);

        views.remove_article("a");
        assert_eq!(named(None), ["b", "c"], "those behind it come up");
        let over = Article { valid_to: Some(Day(TODAY.0 - 1)), ..article("b") };
        views.put_article(&over);
        assert_eq!(named(None), ["c", "d"]);
        let text = "停水恢复时间看公告。".to_owned();
        views.put_article(&Article { body: text.clone(), ..article("c") });
        assert_eq!(told(&reader, &views, None)[0], ("c".to_owned(), text));
        views.put_article(&Article { unit: None, ..article("c") });
        assert_eq!(named(Some("water")), ["d"], "it is another unit's now");
        let other = ("路灯不亮找谁".to_owned(), "报出灯杆编号。".to_owned());
        views.put_article(&Article { title: other.0, body: other.1, ..article("c") });
        assert_eq!(named(None), ["d"], "nothing of what was asked stands in it");
    }
}
