//! The tantivy index in memory: its fields, how an article becomes a document of it, and the writer's settings. The only fact it
//! stores is the article's slot on the shelf; texts stay on the shelf.

use tantivy::schema::{
    FAST, Field, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument};

use crate::Error;
use crate::gram::GramTokenizer;

/// Name of the column that holds the slot.
pub(crate) const SLOT: &str = "slot";
const TOKENIZER: &str = "grams";
/// Memory for documents not yet committed: ten thousand articles fit, so that filling a knowledge base makes few segments.
const WRITER_BYTES: usize = 128 << 20;
/// One indexing thread: articles change rarely, and searching should get the cores.
const WRITER_THREADS: usize = 1;

/// The fields of the index.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields {
    pub(crate) id: Field,
    pub(crate) slot: Field,
    pub(crate) title: Field,
    pub(crate) body: Field,
}

impl Fields {
    fn declare() -> (Schema, Self) {
        let mut schema = Schema::builder();
        let grams = TextFieldIndexing::default()
            .set_tokenizer(TOKENIZER)
            .set_index_option(IndexRecordOption::WithFreqs);
        let text = TextOptions::default().set_indexing_options(grams);
        let fields = Self {
            id: schema.add_text_field("id", STRING),
            slot: schema.add_u64_field(SLOT, FAST),
            title: schema.add_text_field("title", text.clone()),
            body: schema.add_text_field("body", text),
        };
        (schema.build(), fields)
    }

    /// The document of an article; title and body are folded already.
    pub(crate) fn document(&self, id: &str, slot: u32, title: &str, body: &str) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        document.add_text(self.id, id);
        document.add_u64(self.slot, u64::from(slot));
        document.add_text(self.title, title);
        document.add_text(self.body, body);
        document
    }
}

/// Creates an empty index with its one writer and a reader that reloads only when told to.
pub(crate) fn create() -> Result<(Fields, IndexWriter, IndexReader), Error> {
    let (schema, fields) = Fields::declare();
    let index = Index::create_in_ram(schema);
    index.tokenizers().register(TOKENIZER, GramTokenizer);
    let writer = index
        .writer_with_num_threads(WRITER_THREADS, WRITER_BYTES)
        .map_err(Error::index("opening its writer"))?;
    let reader = index
        .reader_builder()
        .reload_policy(ReloadPolicy::Manual)
        .try_into()
        .map_err(Error::index("opening its reader"))?;
    Ok((fields, writer, reader))
}
