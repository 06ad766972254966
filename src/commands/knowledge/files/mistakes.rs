//! The mistakes of an import, all that there are: counted, and the first of them named. Finds none itself.

use std::collections::BTreeSet;

use crate::cli;

/// Mistakes that are named; whoever made more mends these first.
const NAMED_MAX: usize = 100;

/// Mistakes, in the order they were found.
#[derive(Debug, Default)]
pub(in crate::commands::knowledge) struct Mistakes {
    named: Vec<String>,
    count: usize,
    /// Places, and the fields there that have one: at most one a field of what was read.
    fields: BTreeSet<(String, String)>,
}

impl Mistakes {
    /// Adds one, with its place and its field.
    pub(in crate::commands::knowledge) fn add(&mut self, mistake: String) {
        self.count += 1;
        if self.named.len() < NAMED_MAX {
            self.named.push(mistake);
        }
    }

    /// Adds one of a field that another check may find wrong too.
    pub(super) fn add_of(&mut self, place: &str, field: &str, mistake: &str) {
        self.note(place, field);
        self.add(format!("{place}: {field} {mistake}"));
    }

    /// Remembers that a field is wrong: no other check names it again.
    pub(super) fn note(&mut self, place: &str, field: &str) {
        self.fields.insert((place.to_owned(), field.to_owned()));
    }

    /// Whether one of this field was added.
    pub(in crate::commands::knowledge) fn has(&self, place: &str, field: &str) -> bool {
        self.fields.contains(&(place.to_owned(), field.to_owned()))
    }

    /// That there are none, or what they are: nothing is taken then.
    pub(in crate::commands::knowledge) fn none(self) -> anyhow::Result<()> {
        let Mistakes { named: mut lines, count, .. } = self;
        match count {
            0 => return Ok(()),
            1 => return Err(cli::Wrong(lines.concat()).into()),
            _ => {}
        }
        if let more @ 1.. = count - lines.len() {
            lines.push(format!("and {more} more"));
        }
        let summary = format!("{count} mistakes, nothing was taken:");
        Err(cli::Mistakes { summary, lines }.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(count: usize) -> Vec<String> {
        let mut mistakes = Mistakes::default();
        (0..count).for_each(|at| mistakes.add(format!("row {at}: body is empty")));
        let Err(error) = mistakes.none() else { return Vec::new() };
        let lines = error.downcast_ref::<cli::Mistakes>().map(|it| it.lines.clone());
        [vec![error.to_string()], lines.unwrap_or_default()].concat()
    }

    #[test]
    fn one_mistake_is_a_line_and_many_are_counted_and_named_up_to_a_bound() {
        assert!(told(0).is_empty());
        assert_eq!(told(1), ["row 0: body is empty"]);
        let two =
            ["2 mistakes, nothing was taken:", "row 0: body is empty", "row 1: body is empty"];
        assert_eq!(told(2), two);
        let many = told(NAMED_MAX + 3);
        assert_eq!(many.len(), NAMED_MAX + 2);
        assert!(many[0].starts_with("103 mistakes"));
        assert_eq!(many[NAMED_MAX..], ["row 99: body is empty", "and 3 more"]);
    }
}
