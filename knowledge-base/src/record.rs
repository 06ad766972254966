//! The index of record: the same articles in tantivy, in memory, against which the index that answers is held. It follows on a
//! thread of its own and may be some changes behind; nobody waits for it but who asks to.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;

use tantivy::collector::TopDocs;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{
    Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value,
};
use tantivy::tokenizer::{TokenStream, Tokenizer};
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, Term};

use crate::Error;
use crate::gram::GramTokenizer;
use crate::hot::Hot;
use crate::letters::Letters;
use crate::question::{QUERY_CHARACTERS_MAX, Question};
use crate::reader::Hit;
use crate::shelf::{Shelf, Shelved, TITLE_TIMES};

const TOKENIZER: &str = "grams";
/// Memory for documents not yet committed: ten thousand articles fit, so that filling a knowledge base makes few segments.
const WRITER_BYTES: usize = 128 << 20;
/// One indexing thread: articles change rarely, and searching should get the cores.
const WRITER_THREADS: usize = 1;
/// Changes that the record may be behind before it follows unasked: a commit costs it milliseconds, whatever their number.
const BEHIND_MAX: usize = 256;
/// The usual constants of BM25, which tantivy does not let one choose.
const K1: f32 = 1.2;
const B: f32 = 0.75;

/// Changes on their way to the record, and the record as it stands.
pub(crate) struct Record {
    id: Field,
    text: Field,
    reader: IndexReader,
    state: Mutex<State>,
    changed: Condvar,
}

/// What the record has yet to do. Bounded by the number of articles: each id stands once.
#[derive(Default)]
struct State {
    changes: BTreeMap<String, Option<Arc<Shelved>>>,
    /// Somebody waits until nothing is left.
    wanted: bool,
    working: bool,
    closed: bool,
    failure: Option<tantivy::TantivyError>,
}

/// The thread that follows; ends when dropped.
pub(crate) struct Follower {
    record: Arc<Record>,
    thread: Option<JoinHandle<()>>,
}

impl Record {
    /// An empty index and the thread that fills it.
    pub(crate) fn open() -> Result<(Arc<Self>, Follower), Error> {
        let mut schema = Schema::builder();
        let grams = TextFieldIndexing::default()
            .set_tokenizer(TOKENIZER)
            .set_index_option(IndexRecordOption::WithFreqs);
        let id = schema.add_text_field("id", STRING | STORED);
        let text =
            schema.add_text_field("text", TextOptions::default().set_indexing_options(grams));
        let index = Index::create_in_ram(schema.build());
        index.tokenizers().register(TOKENIZER, GramTokenizer);
        let mut writer = index
            .writer_with_num_threads(WRITER_THREADS, WRITER_BYTES)
            .map_err(Error::index("opening its writer"))?;
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()
            .map_err(Error::index("opening its reader"))?;
        let (state, changed) = (Mutex::default(), Condvar::new());
        let record = Arc::new(Self { id, text, reader, state, changed });
        let followed = Arc::clone(&record);
        let thread = std::thread::Builder::new()
            .name("knowledge-record".into())
            .spawn(move || followed.follow(&mut writer))
            .map_err(Error::index("starting the thread of its record"))?;
        Ok((Arc::clone(&record), Follower { record, thread: Some(thread) }))
    }

    /// Says that an article is now this one, or gone.
    pub(crate) fn change(&self, id: &str, now: Option<Arc<Shelved>>) {
        let mut state = self.state();
        state.changes.insert(id.to_owned(), now);
        if state.changes.len() >= BEHIND_MAX {
            self.changed.notify_all();
        }
    }

    /// Waits until every change is in the record.
    pub(crate) fn settle(&self) -> Result<(), Error> {
        let mut state = self.state();
        state.wanted = true;
        self.changed.notify_all();
        while state.working || !state.changes.is_empty() {
            if let Some(failure) = state.failure.clone() {
                return Err(Error::index("following in the index of record")(failure));
            }
            state = self.changed.wait(state).expect("nothing panics while it holds the state");
        }
        state.wanted = false;
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds the state")
    }

    fn follow(&self, writer: &mut IndexWriter) {
        loop {
            let mut state = self.state();
            while !state.closed && (state.changes.is_empty() || !state.due()) {
                state = self.changed.wait(state).expect("nothing panics while it holds the state");
            }
            if state.closed {
                return;
            }
            let changes = std::mem::take(&mut state.changes);
            state.working = true;
            drop(state);
            let done = self.take(writer, changes);
            let mut state = self.state();
            state.working = false;
            let failed = done.is_err();
            state.failure = done.err();
            self.changed.notify_all();
            if failed {
                return;
            }
        }
    }

    fn take(
        &self,
        writer: &mut IndexWriter,
        changes: BTreeMap<String, Option<Arc<Shelved>>>,
    ) -> tantivy::Result<()> {
        for (id, now) in changes {
            writer.delete_term(Term::from_field_text(self.id, &id));
            if let Some(shelved) = now {
                let mut document = TantivyDocument::default();
                document.add_text(self.id, &id);
                document.add_text(self.text, text(&shelved));
                writer.add_document(document)?;
            }
        }
        writer.commit()?;
        self.reader.reload()
    }

    /// Best articles by tantivy's own scorer.
    pub(crate) fn search(&self, question: &str, limit: usize) -> Result<Vec<Hit>, Error> {
        let found = self.best(question, limit).map_err(Error::index("searching its record"))?;
        Ok(found)
    }

    fn best(&self, question: &str, limit: usize) -> tantivy::Result<Vec<Hit>> {
        let searcher = self.reader.searcher();
        let query = self.query(question);
        let mut hits = Vec::new();
        for (score, address) in
            searcher.search(&query, &TopDocs::with_limit(limit.max(1)).order_by_score())?
        {
            let document: TantivyDocument = searcher.doc(address)?;
            let id = document.get_first(self.id).and_then(|id| id.as_str().map(str::to_owned));
            hits.extend(id.map(|id| Hit { id, score }));
        }
        Ok(hits)
    }

    fn query(&self, question: &str) -> BooleanQuery {
        let end = question
            .char_indices()
            .nth(QUERY_CHARACTERS_MAX)
            .map_or(question.len(), |(end, _)| end);
        let text = Letters::of(&question[..end]).text();
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        GramTokenizer.token_stream(&text).process(&mut |token| {
            *counts.entry(token.text.clone()).or_default() += 1;
        });
        let clause = |(term, count): (String, u32)| -> (Occur, Box<dyn Query>) {
            let term = Term::from_field_text(self.text, &term);
            let term = TermQuery::new(term, IndexRecordOption::WithFreqs);
            (Occur::Should, Box::new(BoostQuery::new(Box::new(term), count as f32)))
        };
        BooleanQuery::new(counts.into_iter().map(clause).collect())
    }
}

impl State {
    fn due(&self) -> bool {
        self.wanted || self.changes.len() >= BEHIND_MAX
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.record.state().closed = true;
        self.record.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            assert!(
                thread.join().is_ok() || std::thread::panicking(),
                "the record's thread panicked"
            );
        }
    }
}

/// What tantivy reads of an article: its title as often as it counts, then the body and what else it is found by.
fn text(shelved: &Shelved) -> String {
    let title = Letters::of(&shelved.article.title).text();
    let mut text = String::new();
    for _ in 0..TITLE_TIMES {
        text.push_str(&title);
        text.push(' ');
    }
    text.push_str(&Letters::of(&shelved.article.body).text());
    for (_, label) in shelved.article.labels() {
        text.push(' ');
        text.push_str(&Letters::of(label).text());
    }
    text
}

/// BM25 as tantivy computes it, with its lengths in 256 steps, from the postings of the index that answers.
pub(crate) fn bm25(hot: &Hot, shelf: &Shelf, question: &Question, limit: usize) -> Vec<Hit> {
    let (mut all, mut grams) = (0_u64, 0_u64);
    for lodged in hot.segments().flat_map(|measured| &measured.segment.articles) {
        all += 1;
        grams += u64::from(lodged.length);
    }
    let mean = grams as f32 / all as f32;
    let mut hits = Vec::new();
    let rarity = |having: u32| {
        let (all, having) = (all as f32, having as f32);
        (1.0 + (all - having + 0.5) / (having + 0.5)).ln()
    };
    let having: Vec<u32> = question
        .grams
        .iter()
        .map(|asked| hot.segments().map(|measured| measured.segment.holding(asked.gram)).sum())
        .collect();
    for measured in hot.segments() {
        let segment = &measured.segment;
        let norms: Vec<f32> = segment
            .articles
            .iter()
            .map(|lodged| {
                let id = FieldNormReader::fieldnorm_to_id(lodged.length);
                let length = FieldNormReader::id_to_fieldnorm(id) as f32;
                K1 * (1.0 - B + B * length / mean)
            })
            .collect();
        let mut scores = vec![0.0_f32; norms.len()];
        let recorded =
            question.grams.iter().zip(&having).filter(|(asked, _)| !asked.gram.is_whole());
        for (asked, having) in recorded {
            let weight = asked.times as f32 * rarity(*having) * (1.0 + K1);
            for group in
                segment.find(asked.gram).into_iter().flat_map(|start| segment.groups(start))
            {
                let times = f32::from(group.times.all());
                for article in group.articles {
                    let article = usize::from(*article);
                    scores[article] += weight * times / (times + norms[article]);
                }
            }
        }
        let found = scores.into_iter().zip(&segment.articles).filter(|(score, _)| *score > 0.0);
        hits.extend(found.filter_map(|(score, lodged)| {
            let shelved = shelf.get(lodged.slot).filter(|shelved| shelved.stamp == lodged.stamp)?;
            Some((score, shelved))
        }));
    }
    hits.sort_by(|one: &(f32, &Shelved), other| {
        other.0.total_cmp(&one.0).then_with(|| one.1.article.id.cmp(&other.1.article.id))
    });
    hits.truncate(limit);
    let hit = |(score, shelved): (f32, &Shelved)| Hit { id: shelved.article.id.clone(), score };
    hits.into_iter().map(hit).collect()
}
