//! What is sent: two of the sample's stories told as one, by a caller of his own. There are millions of such pairs, so that
//! no order is another one once more, as few are in a city.

use std::fmt::Write;

use serde_json::json;

use crate::district::{District, LabelledOrder};

/// The sample's stories, and the seed that says which are told together.
pub(super) struct Stories {
    stories: Vec<Story>,
    seed: u64,
}

/// Texts as they stand between the quotes of a JSON string.
struct Story {
    title: String,
    content: String,
}

impl Stories {
    pub(super) fn of_the_sample(seed: u64) -> anyhow::Result<Stories> {
        let quoted = |text: &str| {
            let json = json!(text).to_string();
            json[1..json.len() - 1].to_owned()
        };
        let story =
            |it: &LabelledOrder| Story { title: quoted(&it.title), content: quoted(&it.content) };
        let stories = District::sample()?.orders.iter().map(story).collect();
        Ok(Stories { stories, seed })
    }

    /// The two stories of a turn.
    fn pair(&self, turn: u64) -> (&Story, &Story) {
        let count = self.stories.len() as u64;
        let turn = turn.wrapping_add(self.seed.wrapping_mul(count / 2 + 1));
        let at = |index: u64| &self.stories[usize::try_from(index % count).unwrap_or_default()];
        (at(turn), at(turn.wrapping_add(turn / count).wrapping_add(1)))
    }

    /// Writes the order of one turn, as a channel would send it.
    pub(super) fn write_order(&self, turn: u64, is_urgent: bool, body: &mut String) {
        let (Story { title, content }, second) = self.pair(turn);
        let urgency = if is_urgent { "urgent" } else { "normal" };
        let phone = turn % 100_000_000;
        let written = write!(
            body,
            r#"{{"title":"{title}","content":"{content}{}","channel":"web","urgency":"{urgency}","caller":{{"name":"测试","phone":"139{phone:08}"}}}}"#,
            second.content,
        );
        written.expect("a string takes what is written");
    }

    /// The same text, for which a suggestion is asked.
    pub(super) fn question(&self, turn: u64) -> String {
        let (Story { title, content }, _) = self.pair(turn);
        format!(r#"{{"title":"{title}","content":"{content}"}}"#)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_of_a_seed_is_one_order_and_turns_differ() {
        let order = |seed, turn| {
            let mut body = String::new();
            Stories::of_the_sample(seed).unwrap().write_order(turn, false, &mut body);
            serde_json::from_str::<serde_json::Value>(&body).unwrap()
        };
        assert_eq!(order(1, 7), order(1, 7));
        assert_ne!(order(1, 7)["content"], order(2, 7)["content"]);
        assert_ne!(order(1, 7)["content"], order(1, 1_597)["content"]);
    }
}
