//! How well places are found in a district's orders: the street and the community, from the words alone.

use std::collections::BTreeMap;
use std::io::{self, Write};

use hotline_engine::directory::Directory;
use hotline_engine::text::Normaliser;
use serde_json::json;

use super::report::table;
use super::share::Share;
use crate::clock;
use crate::district::{District, LabelledOrder};
use crate::intake::{Message, PlaceReader, Why, Workspace};

/// What became of orders.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    /// About a place.
    placed: usize,
    /// Of those: the street found is the right one.
    street_right: usize,
    /// Of those: exactly the right street or community.
    right: usize,
    /// Of those: some place was found.
    found: usize,
    /// About no place.
    placeless: usize,
    /// Of those: a place was found all the same.
    invented: usize,
}

pub(super) fn run(district: &District, held_apart: bool, json: bool) -> anyhow::Result<()> {
    let state = district.adopted(clock::now())?;
    let reader = PlaceReader::new(&Normaliser::new(), district, state.directory())?;
    let orders = district.orders.iter().filter(|order| order.held_apart == held_apart);
    let mut workspace = Workspace::new();
    let mut tally = Tally::default();
    // Of each reason: how often it decided, and how often rightly.
    let mut reasons: BTreeMap<&str, (Why, usize, usize)> = BTreeMap::new();
    for order in orders {
        let message =
            Message { title: &order.title, content: &order.content, place: None, location: None };
        let found = reader.place(message, &mut workspace);
        let region = found.as_ref().map(|found| state.directory().unit(found.region).code.as_str());
        tally.add(state.directory(), order, region);
        if let Some(found) = found {
            let entry = reasons.entry(found.why.code()).or_insert((found.why, 0, 0));
            entry.1 += 1;
            entry.2 += usize::from(region == order.place.as_deref());
        }
    }
    let how = if held_apart { "orders held apart" } else { "training orders" };
    if json { tally.print_json(how) } else { tally.print(how, &reasons) }
}

impl Tally {
    fn add(&mut self, directory: &Directory, order: &LabelledOrder, found: Option<&str>) {
        let street = |code: &str| directory.street_of(directory.unit_id(code)?);
        let Some(place) = order.place.as_deref() else {
            self.placeless += 1;
            self.invented += usize::from(found.is_some());
            return;
        };
        self.placed += 1;
        self.found += usize::from(found.is_some());
        self.right += usize::from(found == Some(place));
        let same = found.is_some_and(|found| street(found) == street(place));
        self.street_right += usize::from(same);
    }

    fn shares(&self) -> [(&'static str, Share); 4] {
        [
            ("street_right", Share::of(self.street_right, self.placed)),
            ("community_right", Share::of(self.right, self.placed)),
            ("right_where_found", Share::of(self.right, self.found)),
            ("invented_where_none", Share::of(self.invented, self.placeless)),
        ]
    }

    fn print_json(&self, how: &str) -> anyhow::Result<()> {
        let orders = self.placed + self.placeless;
        let mut object = json!({ "orders": orders, "with_place": self.placed, "measured_on": how });
        for (name, share) in self.shares() {
            object[name] = share.json();
        }
        writeln!(io::stdout(), "{object}")?;
        Ok(())
    }

    fn print(
        &self,
        how: &str,
        reasons: &BTreeMap<&str, (Why, usize, usize)>,
    ) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        let orders = self.placed + self.placeless;
        writeln!(out, "{orders} {how}, {} of them about a place", self.placed)?;
        let mut figures = table(["measure", "share", "95 % interval"]);
        for (name, share) in self.shares() {
            figures.add_row([name.to_owned(), format!("{:.4}", share.value()), share.interval()]);
        }
        writeln!(out, "{figures}\n")?;
        let mut why = table(["decided by", "times", "right", "means"]);
        for (code, (reason, times, right)) in reasons {
            let label = reason.label().to_owned();
            why.add_row([(*code).to_owned(), times.to_string(), right.to_string(), label]);
        }
        writeln!(out, "{why}")?;
        Ok(())
    }
}
