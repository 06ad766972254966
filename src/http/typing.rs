//! Who is typing what: so that an answer that is shown does not jump for one more letter, and nothing is worked out for a text that
//! has been typed on. Bounded; a session that nobody has used for long is forgotten, and begins anew.

use std::collections::BTreeMap;
use std::sync::Mutex;

use axum::http::{HeaderMap, HeaderValue};
use hotline_engine::actor::Actor;

use super::knowledge::AnswerView;
use super::problem::Problem;

/// Sessions that are remembered: as many call-takers as a city has at its desks, with windows of their own.
const SESSIONS_MAX: usize = 4_096;
/// Letters of a session's name.
const NAME_MAX: usize = 64;
/// What an answer that is shown weighs more than one that is not: a letter more moves scores by less, a word more by more.
const HOLD: f32 = 0.1;
/// Names the session.
const SESSION: &str = "typing-session";
/// Counts its texts.
const TURN: &str = "typing-turn";
/// What the API's description can say of a number.
const TURN_MAX: u64 = i64::MAX.unsigned_abs();

/// A text of a session.
#[derive(Clone, Debug)]
pub(super) struct Keystroke {
    /// The account and the name that the client gave.
    key: (String, String),
    turn: u64,
}

#[derive(Debug, Default)]
struct Session {
    /// The newest text that came.
    turn: u64,
    /// What was answered last, the first first.
    shown: Vec<String>,
    used: u64,
}

/// All sessions.
#[derive(Debug, Default)]
pub(super) struct Typing(Mutex<Sessions>);

#[derive(Debug, Default)]
struct Sessions {
    by_key: BTreeMap<(String, String), Session>,
    used: u64,
}

impl Typing {
    /// Notes that a text has come; none without the headers of a session.
    pub(super) fn begin(
        &self,
        actor: &Actor,
        headers: &HeaderMap,
    ) -> Result<Option<Keystroke>, Problem> {
        let number =
            |turn: &HeaderValue| turn.to_str().ok()?.parse().ok().filter(|it| *it <= TURN_MAX);
        let no_number = || Problem::parameter(TURN, format!("is not a number up to {TURN_MAX}"));
        let turn = headers.get(TURN).map(|turn| number(turn).ok_or_else(no_number)).transpose()?;
        let Some(name) = headers.get(SESSION) else { return Ok(None) };
        let name = name.to_str().ok().filter(|name| (1..=NAME_MAX).contains(&name.len()));
        let wrong = || Problem::parameter(SESSION, format!("is not of 1 to {NAME_MAX} letters"));
        let name = name.ok_or_else(wrong)?;
        let turn = turn.ok_or_else(no_number)?;
        let keystroke = Keystroke { key: (actor.name.clone(), name.to_owned()), turn };
        let mut sessions = self.0.lock().expect("nothing panics while it holds the sessions");
        sessions.used += 1;
        let used = sessions.used;
        if !sessions.by_key.contains_key(&keystroke.key) && sessions.by_key.len() >= SESSIONS_MAX {
            let oldest = sessions.by_key.iter().min_by_key(|(_, session)| session.used);
            let oldest = oldest.map(|(key, _)| key.clone());
            oldest.map(|key| sessions.by_key.remove(&key));
        }
        let session = sessions.by_key.entry(keystroke.key.clone()).or_default();
        session.used = used;
        if turn < session.turn {
            return Err(overtaken());
        }
        session.turn = turn;
        Ok(Some(keystroke))
    }

    /// Refuses to go on with a text that has been typed on.
    pub(super) fn check(&self, keystroke: Option<&Keystroke>) -> Result<(), Problem> {
        let Some(Keystroke { key, turn }) = keystroke else { return Ok(()) };
        let sessions = self.0.lock().expect("nothing panics while it holds the sessions");
        match sessions.by_key.get(key) {
            Some(session) if session.turn > *turn => Err(overtaken()),
            _ => Ok(()),
        }
    }

    /// The answers in the order in which they are shown: each that is shown stays unless another is better: by a tenth
    /// where it is first and the other is new, by what is left of that where the other is shown further down.
    pub(super) fn settle(
        &self,
        keystroke: Option<&Keystroke>,
        mut answers: Vec<AnswerView>,
        most: usize,
    ) -> Vec<AnswerView> {
        let mut sessions = self.0.lock().expect("nothing panics while it holds the sessions");
        let session = keystroke.and_then(|it| Some((it.turn, sessions.by_key.get_mut(&it.key)?)));
        if let Some((turn, session)) = session {
            let shown = |answer: &AnswerView| session.shown.iter().position(|id| *id == answer.id);
            let held = |answer: &AnswerView| {
                // The first of those that are shown is what somebody reads.
                let hold = shown(answer).map_or(0.0, |place| HOLD / (place + 1) as f32);
                answer.score * (1.0 + hold)
            };
            answers.sort_by(|one, other| held(other).total_cmp(&held(one)));
            answers.truncate(most);
            if turn >= session.turn {
                session.shown = answers.iter().map(|answer| answer.id.clone()).collect();
            }
        }
        answers.truncate(most);
        answers
    }
}

fn overtaken() -> Problem {
    Problem::new("overtaken", "a later text of this session has come")
}

#[cfg(test)]
mod tests {
    use hotline_engine::actor::Role;

    use super::*;

    fn actor() -> Actor {
        Actor { name: "taker".into(), role: Role::CallTaker, units: None }
    }

    fn headers(session: &str, turn: u64) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(SESSION, session.parse().unwrap());
        headers.insert(TURN, turn.into());
        headers
    }

    fn first(typing: &Typing, turn: u64, scores: [f32; 2]) -> String {
        let keystroke = typing.begin(&actor(), &headers("a", turn)).unwrap();
        let answers = ["x", "y"].into_iter().zip(scores);
        let answers = answers.map(|(id, score)| AnswerView::scored(id, score));
        let mut answers: Vec<AnswerView> = answers.collect();
        answers.sort_by(|one, other| other.score.total_cmp(&one.score));
        typing.settle(keystroke.as_ref(), answers, 2)[0].id.clone()
    }

    #[test]
    fn an_answer_that_is_shown_stays_until_another_is_clearly_better() {
        let typing = Typing::default();
        assert_eq!(first(&typing, 1, [0.5, 0.4]), "x");
        assert_eq!(first(&typing, 2, [0.5, 0.52]), "x", "not for so little");
        assert_eq!(first(&typing, 3, [0.5, 0.6]), "y");
        assert_eq!(first(&typing, 4, [0.6, 0.59]), "y", "nor back");
    }

    #[test]
    fn a_text_that_has_been_typed_on_is_overtaken() {
        let typing = Typing::default();
        let early = typing.begin(&actor(), &headers("a", 1)).unwrap();
        assert!(typing.check(early.as_ref()).is_ok());
        typing.begin(&actor(), &headers("a", 2)).unwrap();
        assert!(typing.check(early.as_ref()).is_err());
        assert!(typing.begin(&actor(), &headers("a", 1)).is_err());
        assert!(typing.begin(&actor(), &headers("b", 1)).is_ok(), "another session");
    }

    #[test]
    fn a_turn_is_a_number_whoever_types() {
        let typing = Typing::default();
        for turn in ["", "x", "-1", "9223372036854775808"] {
            let mut headers = headers("a", 1);
            headers.insert(TURN, turn.parse().unwrap());
            assert!(typing.begin(&actor(), &headers).is_err(), "{turn}");
            headers.remove(SESSION);
            assert!(typing.begin(&actor(), &headers).is_err(), "{turn} of nobody");
        }
        assert!(typing.begin(&actor(), &headers("a", TURN_MAX)).is_ok());
    }

    #[test]
    fn old_sessions_are_forgotten_when_there_are_too_many() {
        let typing = Typing::default();
        for number in 0..SESSIONS_MAX + 10 {
            typing.begin(&actor(), &headers(&number.to_string(), 5)).unwrap();
        }
        assert_eq!(typing.0.lock().unwrap().by_key.len(), SESSIONS_MAX);
        assert!(typing.begin(&actor(), &headers("0", 1)).is_ok(), "it begins anew");
    }
}
