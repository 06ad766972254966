//! Decides on articles of the knowledge base.

use super::full;
use crate::accept::{TITLE_CHARS_MAX, within};
use crate::article::Article;
use crate::event::Event;
use crate::rejection::Rejection;
use crate::state::State;
use crate::text::is_blank;

/// Articles one hotline may hold: as many as the knowledge base is made for.
pub const ARTICLES_MAX: u64 = 100_000;
/// An article's id is a short word; the knowledge base holds it in 128 bytes.
pub const ARTICLE_ID_CHARS_MAX: usize = 32;

pub(super) fn put(
    state: &State,
    article: &Article,
    events: &mut Vec<Event>,
) -> Result<(), Rejection> {
    for (field, text) in [("id", &article.id), ("title", &article.title)] {
        if is_blank(text) {
            return Err(Rejection::Empty { field });
        }
    }
    within("id", &article.id, ARTICLE_ID_CHARS_MAX)?;
    within("title", &article.title, TITLE_CHARS_MAX)?;
    full("body", &article.body)?;
    if !article.is_forwards() {
        return Err(Rejection::ValidityBackwards);
    }
    let known = |matter: &String| state.directory().matter_id(matter).is_some();
    if !article.matter.as_ref().is_none_or(known) {
        return Err(Rejection::UnknownMatter { field: "matter" });
    }
    let known = |unit: &String| state.directory().unit_id(unit).is_some();
    if !article.unit.as_ref().is_none_or(known) {
        return Err(Rejection::UnknownUnit { field: "unit" });
    }
    let is_new = !state.articles().contains_key(&article.id);
    if is_new && state.articles().len() as u64 >= ARTICLES_MAX {
        return Err(Rejection::Full { what: "articles", max: ARTICLES_MAX });
    }
    events.push(Event::ArticlePut(article.clone()));
    Ok(())
}

pub(super) fn remove(state: &State, id: &str, events: &mut Vec<Event>) -> Result<(), Rejection> {
    if !state.articles().contains_key(id) {
        return Err(Rejection::UnknownArticle { id: id.to_owned() });
    }
    events.push(Event::ArticleRemoved { id: id.to_owned() });
    Ok(())
}
