//! Rows in the order in which they came, found by their place. Grows page by page: no row waits until all rows before it
//! have been copied to a larger place. Rows are added and changed, never removed.

use std::ops::{Index, IndexMut};

/// Rows of one page: of the largest rows four megabytes.
const PAGE_ROWS: usize = 4_096;

/// Rows by place, from 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize)]
pub struct Ledger<T> {
    /// All full but the last.
    pages: Vec<Vec<T>>,
}

impl<T> Default for Ledger<T> {
    fn default() -> Ledger<T> {
        Ledger { pages: Vec::new() }
    }
}

impl<T> Ledger<T> {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.pages.last().map_or(0, |last| (self.pages.len() - 1) * PAGE_ROWS + last.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// The row at a place.
    pub fn get(&self, at: usize) -> Option<&T> {
        self.pages.get(at / PAGE_ROWS)?.get(at % PAGE_ROWS)
    }

    /// The row that came last.
    pub fn last(&self) -> Option<&T> {
        self.pages.last()?.last()
    }

    /// All rows, the oldest first.
    pub fn iter(&self) -> std::iter::Flatten<std::slice::Iter<'_, Vec<T>>> {
        self.into_iter()
    }

    /// The first row of which this is not true; it must be true of all rows before one of which it is.
    pub(crate) fn partition_point(&self, is_before: impl Fn(&T) -> bool) -> usize {
        let begins_before = |page: &Vec<T>| page.first().is_some_and(&is_before);
        let page = self.pages.partition_point(begins_before).saturating_sub(1);
        let within = self.pages.get(page).map_or(0, |rows| rows.partition_point(is_before));
        page * PAGE_ROWS + within
    }

    /// Adds a row behind all others.
    pub(crate) fn push(&mut self, row: T) {
        match self.pages.last_mut().filter(|last| last.len() < PAGE_ROWS) {
            Some(last) => last.push(row),
            None => {
                // The first grows as it is used: most hotlines of tests are small.
                let rows = if self.pages.is_empty() { 1 } else { PAGE_ROWS };
                let mut page = Vec::with_capacity(rows);
                page.push(row);
                self.pages.push(page);
            }
        }
    }
}

impl<'a, T> IntoIterator for &'a Ledger<T> {
    type Item = &'a T;
    type IntoIter = std::iter::Flatten<std::slice::Iter<'a, Vec<T>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.pages.iter().flatten()
    }
}

impl<T> Index<usize> for Ledger<T> {
    type Output = T;

    fn index(&self, at: usize) -> &T {
        &self.pages[at / PAGE_ROWS][at % PAGE_ROWS]
    }
}

impl<T> IndexMut<usize> for Ledger<T> {
    fn index_mut(&mut self, at: usize) -> &mut T {
        &mut self.pages[at / PAGE_ROWS][at % PAGE_ROWS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_where_they_came_over_all_pages() {
        let mut ledger = Ledger::default();
        assert_eq!((ledger.len(), ledger.get(0), ledger.last()), (0, None, None));
        let rows = 2 * PAGE_ROWS + 3;
        for row in 0..rows {
            ledger.push(row);
            assert_eq!((ledger.len(), ledger.last()), (row + 1, Some(&row)));
        }
        assert!(ledger.iter().copied().eq(0..rows));
        assert!((0..rows).all(|at| ledger[at] == at && ledger.get(at) == Some(&at)));
        assert_eq!(ledger.get(rows), None);
        for end in [0, 1, PAGE_ROWS - 1, PAGE_ROWS, PAGE_ROWS + 1, rows] {
            assert_eq!(ledger.partition_point(|row| *row < end), end);
        }
        ledger[PAGE_ROWS] = 7;
        assert_eq!(ledger.iter().nth(PAGE_ROWS), Some(&7));
    }
}
