//! What somebody asks for in a script, in the engine's nouns.

use hotline_engine::article::{Article, ArticleDraft, Backing, Source};
use hotline_engine::command::{Acceptance, Action, IdempotencyKey};
use hotline_engine::draft::HolderDraft;
use hotline_engine::figures::Calls;
use hotline_engine::handling::Answer;
use hotline_engine::order::{
    Callback, Caller, Candidate, Channel, Confidence, Kind, OrderId, PauseReason, ReturnReason,
    ReworkReason, Upstream, Urgency, Verdict,
};
use hotline_engine::rating::{Grade, ServiceReport};
use hotline_engine::text::Sketch;
use hotline_engine::time::{Day, Timestamp};

use super::Desk;
use crate::sample;

impl Desk {
    #[expect(clippy::too_many_lines, reason = "one arm a command")]
    pub(crate) fn action(&self, words: &[&str]) -> Action {
        let order = |word: &str| OrderId(word.parse().unwrap());
        match words {
            ["accept", kind, matter, rest @ ..] => {
                Action::Accept(Box::new(self.acceptance(kind, matter, rest)))
            }
            ["dispatch", id, lead, rest @ ..] => {
                let (mut co_units, mut matter) = (Vec::new(), None);
                for pair in rest.chunks(2) {
                    match pair {
                        ["with", unit] => co_units.push(self.unit(unit)),
                        ["as", path] => matter = Some(self.matter(path)),
                        other => panic!("not a dispatch: {other:?}"),
                    }
                }
                Action::Dispatch { order: order(id), lead: self.unit(lead), co_units, matter }
            }
            ["sign", id] => Action::Sign { order: order(id) },
            ["return", id, reason, rest @ ..] => {
                let (suggested, evidence) = match rest {
                    ["suggest", unit, evidence @ ..] => (Some(self.unit(unit)), evidence),
                    evidence => (None, evidence),
                };
                Action::Return {
                    order: order(id),
                    reason: ReturnReason::parse(reason).unwrap(),
                    suggested,
                    evidence: evidence.join(" "),
                }
            }
            ["reply", id, text @ ..] => Action::Reply {
                order: order(id),
                public_text: text.join(" "),
                internal_text: String::new(),
            },
            ["callback", id, verdict] => {
                Action::CallBack { order: order(id), callback: callback(verdict) }
            }
            ["close", id] => Action::Close { order: order(id) },
            ["contact", id, note @ ..] => {
                Action::Contact { order: order(id), note: note.join(" ") }
            }
            ["extend", id, days, reason @ ..] => Action::RequestExtension {
                order: order(id),
                working_days: days.parse().unwrap(),
                reason: reason.join(" "),
            },
            ["grant", id, note @ ..] => {
                Action::DecideExtension { order: order(id), granted: true, note: note.join(" ") }
            }
            ["deny", id, note @ ..] => {
                Action::DecideExtension { order: order(id), granted: false, note: note.join(" ") }
            }
            ["pause", id, reason, note @ ..] => {
                let reason = PauseReason::parse(reason).unwrap();
                Action::Pause { order: order(id), reason, note: note.join(" ") }
            }
            ["resume", id] => Action::Resume { order: order(id) },
            ["co-reply", id, text @ ..] => {
                Action::CoReply { order: order(id), text: text.join(" ") }
            }
            ["review", id, verdict, note @ ..] => {
                let passed = *verdict == "passed";
                Action::Review { order: order(id), passed, note: note.join(" ") }
            }
            ["rework", id, reason, note @ ..] => {
                let reason = ReworkReason::parse(reason).unwrap();
                Action::Rework { order: order(id), reason, note: note.join(" ") }
            }
            ["remind", id, note @ ..] => Action::Remind { order: order(id), note: note.join(" ") },
            ["supervise", id, note @ ..] => {
                Action::Supervise { order: order(id), note: note.join(" ") }
            }
            ["withdraw", id, note @ ..] => {
                Action::Withdraw { order: order(id), note: note.join(" ") }
            }
            ["transfer", id, number] => {
                Action::Transfer { order: order(id), number: number.parse().unwrap() }
            }
            ["reveal", id, purpose @ ..] => {
                Action::Reveal { order: order(id), purpose: purpose.join(" ") }
            }
            ["merge", id, "into", into] => Action::Merge { order: order(id), into: order(into) },
            ["unmerge", id, note @ ..] => {
                Action::Unmerge { order: order(id), note: note.join(" ") }
            }
            ["answer", id, text @ ..] => {
                let answer = Answer { text: text.join(" "), article: None };
                Action::Answer { order: order(id), answer }
            }
            ["answer-by", id, article, text @ ..] => {
                let answer = Answer { text: text.join(" "), article: Some((*article).into()) };
                Action::Answer { order: order(id), answer }
            }
            ["appeal", id, reason @ ..] => {
                Action::Appeal { order: order(id), reason: reason.join(" ") }
            }
            ["uphold", id, note @ ..] => {
                Action::DecideAppeal { order: order(id), upheld: true, note: note.join(" ") }
            }
            ["dismiss", id, note @ ..] => {
                Action::DecideAppeal { order: order(id), upheld: false, note: note.join(" ") }
            }
            ["service", case, unit] => self.service(case, unit, None, "林"),
            ["grade", case, unit, grade] => self.service(case, unit, Grade::parse(grade), "林"),
            ["grade", case, unit, grade, "by", name] => {
                self.service(case, unit, Grade::parse(grade), name)
            }
            ["calls", day, numbers @ ..] => {
                let numbers: Vec<u32> = numbers.iter().map(|it| it.parse().unwrap()).collect();
                let [offered, answered, in_15s, in_30s, waited_seconds] = numbers[..] else {
                    panic!("five numbers of calls")
                };
                let calls = Calls { offered, answered, in_15s, in_30s, waited_seconds };
                Action::CountCalls { day: Day::parse(day).unwrap(), calls }
            }
            ["assign", id, handler] => {
                let handler = (*handler != "nobody").then(|| (*handler).to_owned());
                Action::Assign { order: order(id), handler }
            }
            ["put-article", id, body, "until", day] => {
                let valid_to = Some(Day::parse(day).unwrap());
                Action::PutArticle(Article { valid_to, ..article(id, body) }.into())
            }
            ["put-article", id, body, "from", document, review_on] => {
                let named = |word: &str| Some(word.to_owned()).filter(|word| word != "-");
                let source = |document| Source { document, number: None, link: None };
                let source = named(document).map(source);
                let review_on = named(review_on).map(|day| Day::parse(&day).unwrap());
                let backing = Backing { source, review_on };
                let article = article(id, body);
                Action::PutArticle(Box::new(ArticleDraft { article, backing }))
            }
            ["put-article", id, body @ ..] => {
                Action::PutArticle(article(id, &body.join(" ")).into())
            }
            ["draft-article", id, unit, body @ ..] => {
                let unit = Some((*unit).to_owned()).filter(|unit| unit != "-");
                let article = Article { unit, ..article(id, &body.join(" ")) };
                Action::DraftArticle(article.into())
            }
            ["back-article", id, document, link, review_on] => {
                let link = Some((*link).to_owned()).filter(|link| link != "-");
                let source = Source { document: (*document).to_owned(), number: None, link };
                let review_on = Some(Day::parse(review_on).unwrap());
                let backing = Backing { source: Some(source), review_on };
                Action::BackArticle { id: (*id).into(), backing }
            }
            ["review-article", id, verdict, note @ ..] => {
                let (id, passed) = ((*id).into(), *verdict == "passed");
                Action::ReviewArticle { id, passed, note: note.join(" ") }
            }
            ["publish-article", id] => Action::PublishArticle { id: (*id).into() },
            ["expire-article", id, note @ ..] => {
                Action::ExpireArticle { id: (*id).into(), note: note.join(" ") }
            }
            ["rate-article", id, verdict, note @ ..] => {
                let (id, useful) = ((*id).into(), *verdict == "useful");
                Action::RateArticle { id, useful, note: note.join(" ") }
            }
            ["remove-article", id] => Action::RemoveArticle { id: (*id).into() },
            ["adopt-directory"] => {
                Action::AdoptDirectory(Box::new(sample::district(sample::DISTRICT)))
            }
            ["adopt-directory", "without", unit] => {
                let mut draft = sample::district(sample::DISTRICT);
                draft.units.retain(|it| it.code != *unit);
                let gone = HolderDraft::Unit((*unit).to_owned());
                draft.rows.retain(|row| row.lead != gone && !row.co_units.contains(&gone));
                Action::AdoptDirectory(Box::new(draft))
            }
            ["tick"] => Action::Tick,
            other => panic!("unknown command {other:?}"),
        }
    }

    fn service(&self, case: &str, unit: &str, grade: Option<Grade>, by: &str) -> Action {
        let bad = grade.is_some_and(Grade::is_bad);
        let words = ["saying", case, "caller-known", by, "13800000000"];
        let complaint = bad.then(|| Box::new(self.acceptance("complaint", "?", &words)));
        let (case, item, remark) = (case.to_owned(), "窗口办件".to_owned(), String::new());
        let unit = self.unit(unit);
        Action::ReportService(Box::new(ServiceReport {
            case,
            item,
            unit,
            grade,
            remark,
            complaint,
        }))
    }

    /// `accept KIND MATTER|? [at REGION] [place WORDS] [tag TAG]… [urgency URGENCY] [key K BODY] [upstream DUE [numbered NUMBER]] [caller[-known] NAME PHONE]
    /// [saying TEXT] [answered TEXT] [maybe MATTER PERCENT]…`
    fn acceptance(&self, kind: &str, matter: &str, mut rest: &[&str]) -> Acceptance {
        let kind = Kind::parse(kind).expect("a kind");
        let mut acceptance = Acceptance {
            matter: (matter != "?").then(|| self.matter(matter)),
            ..Acceptance::plain(kind, Channel::Phone, "市民反映的情况".into())
        };
        while !rest.is_empty() {
            let used = match rest {
                ["at", region, ..] => {
                    acceptance.region = Some(self.unit(region));
                    2
                }
                ["place", words, ..] => {
                    acceptance.place = Some((*words).into());
                    2
                }
                ["tag", tag, ..] => {
                    acceptance.tags.push((*tag).into());
                    2
                }
                ["urgency", word, ..] => {
                    acceptance.urgency = Urgency::parse(word).unwrap();
                    2
                }
                ["key", key, body, ..] => {
                    let (key, body) = (key.parse().unwrap(), body.parse().unwrap());
                    acceptance.idempotency = Some(IdempotencyKey { key, body });
                    3
                }
                ["upstream", due, ..] => {
                    let due = Some(Timestamp::parse(due).unwrap());
                    let number = format!("市{:04}", self.state.orders().len() + 1);
                    acceptance.upstream = Some(Upstream { number, due });
                    2
                }
                ["numbered", number, ..] => {
                    let above = acceptance.upstream.as_mut().expect("it is passed down");
                    above.number = (*number).into();
                    2
                }
                [word @ ("caller" | "caller-known"), name, phone, ..] => {
                    let (name, phone) = ((*name).into(), (*phone).into());
                    let confidential = *word == "caller";
                    acceptance.caller = Some(Caller { name, phone, confidential });
                    3
                }
                ["saying", text, ..] => {
                    acceptance.content = (*text).into();
                    acceptance.sketch = Sketch::of(&[text]);
                    2
                }
                ["answered", text, ..] => {
                    acceptance.answer = Some(Answer { text: (*text).into(), article: None });
                    2
                }
                ["maybe", matter, percent, ..] => {
                    let percent: u16 = percent.parse().unwrap();
                    acceptance.classification.candidates.push(Candidate {
                        matter: self.matter(matter),
                        confidence: Confidence(percent * 100),
                    });
                    3
                }
                other => panic!("not an acceptance: {other:?}"),
            };
            rest = &rest[used..];
        }
        acceptance
    }
}

fn callback(word: &str) -> Callback {
    match word {
        "not-reached" => Callback::NotReached,
        "satisfied" => Callback::Reached(Verdict { solved: true, satisfied: true }),
        "unsatisfied" => Callback::Reached(Verdict { solved: false, satisfied: false }),
        other => panic!("no callback {other}"),
    }
}

fn article(id: &str, body: &str) -> Article {
    let (id, title, body) = (id.to_owned(), "怎么办".to_owned(), body.to_owned());
    Article { id, title, body, matter: None, unit: None, valid_from: None, valid_to: None }
}
