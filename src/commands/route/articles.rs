//! The articles that are offered with a decision: the district's, found by what a message says. Decides nothing.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use hotline_engine::command::Acceptance;
use hotline_engine::text::is_blank;
use hotline_knowledge_base as knowledge;
use serde::Serialize;

use crate::district::District;
use crate::indexer;

/// Articles offered with a decision.
const ANSWERS: usize = 3;

/// What of a message is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum LookUp {
    /// Its title and all that it tells.
    Story,
    /// Its title alone, which takes a fraction of the time; its story where it has none.
    Title,
}

/// An article that may answer a message.
#[derive(Debug, Serialize)]
pub(super) struct Offered<'a> {
    id: String,
    title: &'a str,
    score: f32,
}

/// The district's articles; shared by the threads.
pub(super) struct Library {
    reader: knowledge::Reader,
    /// By id.
    titles: HashMap<String, String>,
    look_up: LookUp,
}

impl Library {
    pub(super) fn of(district: &District, look_up: LookUp) -> Result<Library, knowledge::Error> {
        let (mut writer, reader) = knowledge::open()?;
        let articles = indexer::entries(district.articles.iter(), |code| district.name_of(code));
        indexer::fill(&mut writer, articles)?;
        let articles = district.articles.iter().map(|draft| &draft.article);
        let titles = articles.map(|it| (it.id.clone(), it.title.clone())).collect();
        let reader = reader.with_synonyms(Arc::clone(&district.synonyms));
        Ok(Library { reader, titles, look_up })
    }

    /// The best articles for a message that is likeliest about `matter`.
    pub(super) fn offers(
        &self,
        message: &Acceptance,
        matter: Option<&str>,
        on: knowledge::Day,
    ) -> Vec<Offered<'_>> {
        let title = &message.title;
        let options = knowledge::SearchOptions {
            limit: ANSWERS,
            matter,
            heading: Some(title),
            ..knowledge::SearchOptions::on(on)
        };
        let question = match self.look_up {
            LookUp::Title if !is_blank(title) => Cow::Borrowed(title.as_str()),
            LookUp::Title | LookUp::Story => Cow::Owned(format!("{title} {}", message.content)),
        };
        let offered = |hit: knowledge::Hit| {
            let title = self.titles.get(&hit.id).map_or("", String::as_str);
            Offered { id: hit.id, title, score: hit.score }
        };
        self.reader.rank(&question, &options).into_iter().map(offered).collect()
    }
}
