//! `hotline model`: what orders teach becomes a candidate, which serves only when it is better, and goes again by one command.

use std::fs;
use std::path::Path;

use hotline::codec;
use hotline::district::District;
use hotline::learning::Gathered;
use hotline::model_cards::{Cards, id_of};
use hotline::recovery::{self, DataFolder};
use hotline_engine::State;
use hotline_engine::actor::{Actor, Role};
use hotline_engine::command::{Acceptance, Action, Command};
use hotline_engine::order::{Caller, Channel, Kind, OrderId};
use hotline_engine::time::Timestamp;
use hotline_journal::Journal;
use serde_json::Value;

use crate::{Folder, Said, done, hotline, refused};

/// Matter, unit, and the word that citizens use and the files do not know.
const MATTERS: [(&str, &str, &str); 3] = [
    ("水务/停水", "water", "洗澡都不行"),
    ("市政/路灯", "light", "黑乎乎一片"),
    ("市场/消费", "market", "缺斤短两"),
];
const FILLERS: &str = "昨天今早晚上楼下门口旁边老人小孩已经三次两回打过电话没有人来处理希望尽快派人看一看到底怎么回事谢谢你们辛苦了";

/// A hotline of three matters; its files know a word of each that nobody says.
struct Town {
    /// Gone with the town.
    _folder: Folder,
    files: String,
    data: String,
    state: State,
    /// Open, as that of a running hotline: the commands read beside it.
    journal: Journal,
    chance: u64,
}

impl Town {
    fn new() -> Town {
        let folder = Folder::new();
        let (files, data) = (folder.path("town"), folder.path("data"));
        fs::create_dir(&files).unwrap();
        let write = |name: &str, text: &str| fs::write(Path::new(&files).join(name), text).unwrap();
        write(
            "district.toml",
            "name = \"镇\"\nsource = \"试\"\nprofile = \"guangdong\"\nconfidence_min = 1.0\n",
        );
        let units =
            "water,水务局,department,,\nlight,市政局,department,,\nmarket,市场局,department,,\n";
        write("units.csv", &format!("code,name,level,parent,aliases\n{units}"));
        let matters = MATTERS.iter().map(|(path, ..)| format!("{path},{}\n", &path[..6]));
        write("matters.csv", &format!("path,hints\n{}", matters.collect::<String>()));
        let rows = MATTERS
            .iter()
            .map(|(path, unit, _)| format!("{path},,{unit},,functional,试,2020-01-01,,试\n"));
        let rows: String = rows.collect();
        write(
            "duty-list.csv",
            &format!("matter,place,lead,co_units,level,basis,from,to,source\n{rows}"),
        );
        let at = DataFolder::at(&data);
        at.create().unwrap();
        let recovered = recovery::recover(&at).unwrap();
        let (state, journal) = (recovered.state, recovered.journal);
        let mut town = Town { _folder: folder, files, data, state, journal, chance: 1 };
        let draft = town.district().draft;
        town.step(&Actor::system(), vec![Action::AdoptDirectory(Box::new(draft))]);
        town
    }

    fn district(&self) -> District {
        District::load(Path::new(&self.files)).unwrap()
    }

    fn folder(&self) -> DataFolder {
        DataFolder::at(&self.data)
    }

    /// One after the other, a minute apart, and onto the disk.
    fn step(&mut self, actor: &Actor, actions: Vec<Action>) {
        let rules = self.district().rules().unwrap();
        for action in actions {
            let start = Timestamp::parse("2026-03-02T09:00:00+08:00").unwrap();
            let at = start.plus_seconds(60 * self.state.records_count() as i64);
            let command = Command { actor: actor.clone(), seen: None, action };
            let record =
                hotline_engine::step(&mut self.state, &rules, at, &command).unwrap().unwrap();
            let mut bytes = Vec::new();
            codec::encode_record(&record, &mut bytes).unwrap();
            self.journal.append(&bytes).unwrap();
        }
        self.journal.commit().unwrap();
    }

    fn draw(&mut self, below: usize) -> usize {
        self.chance = self
            .chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.chance >> 33) as usize % below
    }

    /// A story about a matter that is like no other.
    fn story(&mut self, about: usize) -> String {
        let fillers: Vec<char> = FILLERS.chars().collect();
        let mut story: String = (0..40).map(|_| fillers[self.draw(fillers.len())]).collect();
        story.push_str(MATTERS[about].2);
        story.extend((0..30).map(|_| fillers[self.draw(fillers.len())]));
        story
    }

    /// Contacts that a dispatcher decides on, each a story and the matter he names.
    fn decide(&mut self, contacts: &[(String, usize)]) {
        let actor = |role| Actor { name: "试".into(), role, units: None };
        let first = self.state.orders().len() as u64 + 1;
        let caller =
            Caller { name: "林小芳".into(), phone: "13900001111".into(), confidential: false };
        let accept = |(story, _): &(String, usize)| {
            let acceptance = Acceptance::plain(Kind::Help, Channel::Phone, story.clone());
            // As an upstream system may hand it in: the name stands in the words.
            Action::Accept(Box::new(Acceptance { caller: Some(caller.clone()), ..acceptance }))
        };
        self.step(&actor(Role::CallTaker), contacts.iter().map(accept).collect());
        let directory = self.state.directory().clone();
        let dispatch = |(order, (_, about)): (u64, &(String, usize))| {
            let (matter, unit, _) = MATTERS[*about];
            let (lead, matter) = (directory.unit_id(unit).unwrap(), directory.matter_id(matter));
            Action::Dispatch { order: OrderId(order), lead, co_units: Vec::new(), matter }
        };
        self.step(&actor(Role::Dispatcher), (first..).zip(contacts).map(dispatch).collect());
    }

    /// So many stories, each decided as `decided` says of what it is about.
    fn decide_many(&mut self, count: usize, decided: impl Fn(&mut Town, usize) -> usize) {
        // In small parts, so that some are known before others come.
        for _ in 0..count / 6 {
            let contacts = (0..6).map(|turn| {
                let story = self.story(turn % 3);
                (story, decided(self, turn % 3))
            });
            let contacts: Vec<_> = contacts.collect();
            self.decide(&contacts);
        }
    }

    /// `hotline model COMMAND`, for this town.
    fn model(&self, what: &[&str]) -> Said {
        done(&self.arguments(what))
    }

    fn arguments<'a>(&'a self, what: &[&'a str]) -> Vec<&'a str> {
        let (command, more) = what.split_first().unwrap();
        let mut arguments = vec!["model", command, self.data.as_str()];
        arguments.extend(more);
        if ["learn", "list", "promote"].contains(command) {
            arguments.extend(["--district", self.files.as_str()]);
        }
        arguments
    }

    fn learn(&self) -> Value {
        self.model(&["learn", "--by", "测试员"]);
        self.listed()["models"].as_array().unwrap().last().unwrap().clone()
    }

    fn listed(&self) -> Value {
        serde_json::from_str(&self.model(&["list", "--json"]).out).unwrap()
    }

    fn refused_promotion(&self, id: &str) -> Said {
        hotline(&self.arguments(&["promote", id]))
    }
}

fn as_it_is(_: &mut Town, about: usize) -> usize {
    about
}

#[test]
fn what_dispatchers_decide_makes_a_better_model_which_serves_and_goes_again() {
    let mut town = Town::new();
    town.decide_many(120, as_it_is);
    let card = town.learn();
    let id = card["id"].as_str().unwrap();
    assert_eq!(card["by_source"]["triage"], 120);
    assert_eq!(card["by_label"]["市政/路灯"].as_u64().unwrap(), 40 + 2, "and its hint, twice");
    assert_eq!((&card["trained_by"], &card["span"]["last_order"]), (&"测试员".into(), &120.into()));
    assert_eq!(card["files"].as_array().unwrap().len(), 1, "matters.csv is the only one there");
    assert_eq!(card["time_split"]["orders"]["neither"], 0);
    let base = fs::read(town.folder().model("matter")).unwrap();
    let candidate = fs::read(Cards::of(&town.folder()).model(id)).unwrap();

    for name in ["parent", "unit"] {
        let kept = fs::read(Cards::of(&town.folder()).group(id, name)).unwrap();
        assert_eq!(card["groups"][name], id_of(&kept), "it learnt the same lessons");
    }

    let said = town.model(&["promote", id]);
    assert!(said.out.contains("McNemar's exact test, one-sided, level 0.05"), "{}", said.out);
    let serving = town.listed()["serving"].clone();
    assert_eq!(serving, card, "its card says all that it said as a candidate");
    let served = Cards::of(&town.folder()).standing().unwrap();
    assert_eq!(served.serving.as_deref(), Some(id));
    assert_eq!(fs::read(Cards::of(&town.folder()).checked(id).unwrap()).unwrap(), candidate);

    town.model(&["rollback"]);
    assert_eq!(fs::read(town.folder().model("matter")).unwrap(), base, "the very bytes");
    let before = town.listed()["serving"].clone();
    assert_eq!(before["id"], card["parent"]);
    assert_eq!(before["span"], Value::Null, "the model of the district's files");
    let nothing = refused(&["model", "rollback", &town.data]);
    assert_eq!(nothing, "hotline: no promotion is left to undo");
}

#[test]
fn a_candidate_that_is_not_better_is_not_promoted() {
    let mut town = Town::new();
    // Whatever a story says, chance says what it is about: there is nothing to learn.
    town.decide_many(120, |town, _| town.draw(3));
    let card = town.learn();
    let id = card["id"].as_str().unwrap();
    let said = town.refused_promotion(id);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("is not promoted: it is not better than"), "{said:?}");
    assert_eq!(Cards::of(&town.folder()).standing().unwrap().serving, None);
    assert_eq!(
        refused(&["model", "rollback", &town.data]),
        "hotline: no promotion is left to undo"
    );
    let unknown = town.refused_promotion("0123456789ab");
    assert!(unknown.err.contains("there is no model 0123456789ab"), "{unknown:?}");
}

#[test]
fn a_candidate_that_falls_behind_on_the_orders_since_is_not_promoted() {
    let mut town = Town::new();
    town.decide_many(60, as_it_is);
    let card = town.learn();
    // From now on everything is another matter than it was.
    town.decide_many(60, |_, about| (about + 1) % 3);
    let listed = town.listed();
    let count = |cell: &str| listed["live"][cell].as_u64().unwrap();
    assert_eq!(count("both") + count("candidate"), 0, "it says what was true before");
    assert_eq!(count("serving") + count("neither"), 60);
    assert!(count("serving") > 0, "the other is right by chance now and then");
    let said = town.refused_promotion(card["id"].as_str().unwrap());
    assert!(said.out.contains("on the orders after its training it is behind"), "{said:?}");
    assert_eq!(said.code, 2);
}

#[test]
fn the_same_orders_and_seed_give_the_same_candidate() {
    let mut town = Town::new();
    town.decide_many(60, as_it_is);
    let first = town.learn();
    let again = town.learn();
    assert_eq!(first["id"], again["id"], "named by its bytes");
    town.model(&["learn", "--seed", "2"]);
    assert_eq!(
        town.listed()["models"].as_array().unwrap().len(),
        2,
        "another seed is another model"
    );
}

#[test]
fn near_duplicates_never_stand_on_both_sides_of_the_split() {
    let mut town = Town::new();
    town.decide_many(90, as_it_is);
    // Stories of the older part come again: whole, with another end, and behind a greeting.
    let story = |order: u64| town.state.order(OrderId(order)).unwrap().content.clone();
    let again = |order: u64| (story(order), (order as usize - 1) % 3);
    let mut copies: Vec<(String, usize)> = vec![again(1), again(2), again(3)];
    copies[1].0.push_str("另外还想补充一句");
    copies[2].0.insert_str(0, "您好，");
    town.decide(&copies);
    let split = town.learn()["time_split"].clone();
    assert_eq!(split["alike"], 3);
    let orders = split["orders"].as_object().unwrap().values();
    assert_eq!(orders.map(|count| count.as_u64().unwrap()).sum::<u64>(), 31 - 3);
}

#[test]
fn no_number_and_no_name_of_a_caller_reaches_a_model() {
    let mut town = Town::new();
    let marked = "我是林小芳，身份证440521199001011234，电话138-1234-5678或者０７５４８８１２３４５６，洗澡都不行了";
    town.decide(&[(marked.to_owned(), 0)]);
    let held = &town.state.order(OrderId(1)).unwrap().content;
    assert!(
        held.contains("林小芳") && held.contains("1234"),
        "the control: the order itself has them"
    );
    let gathered = Gathered::of(&town.state, &town.district());
    let words = &gathered.told()[0].taught.words.content;
    assert_eq!(words, "我是某某某，身份证█，电话█或者█，洗澡都不行了");
    let card = town.learn().to_string();
    assert!(!card.contains("洗澡") && !card.contains("林小芳"), "a card has no text: {card}");
}

#[test]
fn a_folder_of_another_district_is_left_as_it_is() {
    let mut town = Town::new();
    town.decide_many(6, as_it_is);
    town.learn();
    let base = fs::read(town.folder().model("matter")).unwrap();
    let matters = Path::new(&town.files).join("matters.csv");
    let text = fs::read_to_string(&matters).unwrap();
    fs::write(&matters, text.replace(",水务", ",自来水")).unwrap();
    let error = refused(&town.arguments(&["learn"]));
    assert!(error.contains("was trained on other files"), "{error}");
    assert_eq!(fs::read(town.folder().model("matter")).unwrap(), base);
    let quiet = Town::new();
    let error = refused(&quiet.arguments(&["learn"]));
    assert!(error.contains("no order teaches anything yet"), "{error}");
    assert!(refused(&["model", "drift", "nowhere"]).contains("nowhere is not a folder"));
}

#[test]
fn drift_and_suggestions_are_read_off_the_orders() {
    let mut town = Town::new();
    town.decide_many(6, as_it_is);
    let drift = town.model(&["drift"]).out;
    assert!(drift.contains("week of"), "{drift}");
    // Nothing was classified: neither chosen nor left open by a model.
    assert_eq!(drift.lines().count(), 1, "{drift}");
    assert_eq!(town.model(&["suggest"]).out, "matter,place,lead,verdicts,last_order,last_day\n");
    let dispatcher = Actor { name: "试".into(), role: Role::Dispatcher, units: None };
    let directory = town.state.directory().clone();
    let lead = directory.unit_id("market").unwrap();
    let against = |order| Action::Dispatch {
        order: OrderId(order),
        lead,
        co_units: Vec::new(),
        matter: None,
    };
    // Two orders about water and one about light go to the market, against the list.
    town.step(&dispatcher, vec![against(1), against(4), against(2)]);
    let suggested = town.model(&["suggest"]).out;
    let rows: Vec<&str> = suggested.lines().skip(1).collect();
    assert_eq!(rows.len(), 1, "{suggested}");
    assert!(rows[0].starts_with("水务/停水,,market,2,"), "{suggested}");
}
