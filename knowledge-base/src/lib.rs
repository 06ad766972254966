//! The knowledge base (知识库): articles in, answers out. Knows nothing of orders, keeps nothing on disk and asks no clock.
//!
//! [`open`] gives two halves: one [`Writer`], and a [`Reader`] that any number of threads may clone and search with while the
//! writer works. Articles are facts that live elsewhere (in the journal); the index in memory is rebuilt from them at start.
//!
//! ```
//! use hotline_knowledge_base::{Article, Day, SearchOptions, open};
//!
//! let (mut writer, reader) = open()?;
//! writer.put(Article::new("water-1", "停水后如何查询恢复时间", "拨打供水热线，报出小区名称即可查询。"))?;
//! writer.commit()?;
//! let answers = reader.search("我们小區停水了", &SearchOptions::on(Day(20_000)))?;
//! assert_eq!(answers[0].id, "water-1");
//! # Ok::<(), hotline_knowledge_base::Error>(())
//! ```
//!
//! A search is one pass over the postings of a question's letters and pairs into one score an article; the best are then put in
//! order. Both read one published state, so a search never sees half a commit. tantivy holds the same articles on the side: it is
//! the index of record, against which the one that answers is held.

mod answer;
mod article;
mod checking;
mod error;
pub mod evaluation;
mod gram;
mod hot;
mod letters;
mod matching;
mod places;
mod question;
mod ranking;
mod reader;
mod record;
mod segment;
mod shelf;
mod snippet;
mod sounds;
mod synonyms;
mod weights;
mod writer;

pub use answer::{ANSWERS_MAX, Answer, ArticleField, Lift, Reason, SearchOptions};
pub use article::{
    ARTICLES_MAX, Article, BODY_CHARACTERS_MAX, Day, ID_BYTES_MAX, LABEL_CHARACTERS_MAX,
    MATTER_BYTES_MAX, TITLE_CHARACTERS_MAX, UNIT_BYTES_MAX,
};
pub use checking::Fact;
pub use error::Error;
pub use question::{QUERY_CHARACTERS_MAX, QUERY_GRAMS_MAX};
pub use reader::{Hit, Reader};
pub use snippet::SNIPPET_CHARACTERS_MAX;
pub use synonyms::{SYNONYM_GROUPS_MAX, Synonyms, SynonymsError};
pub use writer::{Writer, open};
