//! The mistakes of an import, all that there are: counted, and the first of them named. Finds none itself.

use crate::cli::Wrong;

/// Mistakes that are named; whoever made more mends these first.
const NAMED_MAX: usize = 100;

/// Mistakes, in the order they were found.
#[derive(Debug, Default)]
pub(in crate::commands::knowledge) struct Mistakes {
    named: Vec<String>,
    count: usize,
}

impl Mistakes {
    /// Adds one, with its place and its field.
    pub(in crate::commands::knowledge) fn add(&mut self, mistake: String) {
        self.count += 1;
        if self.named.len() < NAMED_MAX {
            self.named.push(mistake);
        }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// That there are none, or what they are: nothing is taken then.
    pub(in crate::commands::knowledge) fn none(self) -> Result<(), Wrong> {
        let Mistakes { named, count } = self;
        let more = count - named.len();
        let lines = named.join("\n");
        match count {
            0 => Ok(()),
            1 => Err(Wrong(lines)),
            _ if more == 0 => Err(Wrong(format!("{count} mistakes, nothing was taken:\n{lines}"))),
            _ => Err(Wrong(format!(
                "{count} mistakes, nothing was taken:\n{lines}\nand {more} more"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(count: usize) -> Option<String> {
        let mut mistakes = Mistakes::default();
        (0..count).for_each(|at| mistakes.add(format!("row {at}: body is empty")));
        mistakes.none().err().map(|wrong| wrong.to_string())
    }

    #[test]
    fn one_mistake_is_a_line_and_many_are_counted_and_named_up_to_a_bound() {
        assert_eq!(told(0), None);
        assert_eq!(told(1).as_deref(), Some("row 0: body is empty"));
        let two = "2 mistakes, nothing was taken:\nrow 0: body is empty\nrow 1: body is empty";
        assert_eq!(told(2).as_deref(), Some(two));
        let many = told(NAMED_MAX + 3).unwrap_or_default();
        assert_eq!(many.lines().count(), NAMED_MAX + 2);
        assert!(
            many.starts_with("103 mistakes") && many.ends_with("row 99: body is empty\nand 3 more")
        );
    }
}
