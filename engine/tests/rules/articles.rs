//! The life of an article: every action on how far its newest version came, who may, what answers meanwhile, and what is counted.

use hotline_engine::digest;
use hotline_engine::glossary::ArticleStatus;
use hotline_engine::library::{RATINGS_DAILY_MAX, REMARKS_MAX, VERSIONS_MAX};
use hotline_engine::transitions::ARTICLE_TRANSITIONS;

use crate::desk::{Desk, check};
use crate::sample;

/// Rows: the action, who asks and how. Columns: how far the newest version came; how far one is then, `-` = refused.
const TABLE: &str = "
                                                              draft     reviewed  published expired
draft-article   dispatcher    draft-article 水压 water 新文      draft     draft     draft     draft
put-article     admin         put-article 水压 新文              published published published published
back-article    admin         back-article 水压 条例 - 2027-01-01 draft   draft     published -
review-article  supervisor    review-article 水压 passed         reviewed  -         -         -
publish-article dispatcher    publish-article 水压               -         published -         -
expire-article  handler@water expire-article 水压 废止           expired   expired   expired   -
remove-article  dispatcher    remove-article 水压                expired   expired   expired   -
rate-article    call-taker    rate-article 水压 useful           -         -         published -
";

fn standing(status: ArticleStatus) -> Desk {
    let mut desk = Desk::open(sample::DISTRICT);
    let steps = [
        ("handler@water", "draft-article 水压 water 请查看阀门"),
        ("supervisor", "review-article 水压 passed"),
        ("admin", "publish-article 水压"),
        ("admin", "expire-article 水压 已过期"),
    ];
    let count = ArticleStatus::ALL.iter().position(|it| *it == status).unwrap() + 1;
    for (who, request) in &steps[..count] {
        let said = desk.say("2026-03-09T09:00", who, request);
        assert!(!said.starts_with("no: "), "{request}: {said}");
    }
    desk
}

#[test]
fn every_action_on_every_article_is_allowed_or_refused_by_name() {
    let mut lines = TABLE.lines().filter(|line| !line.is_empty());
    let columns: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    let mut pairs_count = 0;
    for (line, own) in lines.zip(ARTICLE_TRANSITIONS) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (request, after) = words.split_at(words.len() - columns.len());
        let [action, who, request @ ..] = request else { panic!("`{line}`") };
        assert_eq!(*action, own.action);
        for (&column, after) in columns.iter().zip(after) {
            let status = ArticleStatus::parse(column).unwrap();
            let mut desk = standing(status);
            let said = desk.say("2026-03-09T11:00", who, &request.join(" "));
            let now = desk.state.library().life("水压").unwrap().newest().status;
            if *after == "-" {
                assert!(said.starts_with("no: "), "{action} in {column}: {said}");
                assert_eq!(now, status, "{action}");
            } else {
                assert_eq!(now.code(), *after, "{action} in {column}: {said}");
                let leads = own.leads.iter().find(|(from, _)| *from == status);
                let (_, to) = leads.unwrap_or_else(|| panic!("{action} in {column}"));
                assert!(to.contains(&now) || to.is_empty() && now == status, "{action}: {said}");
            }
            pairs_count += 1;
        }
    }
    assert_eq!(pairs_count, ARTICLE_TRANSITIONS.len() * 4);
}

#[test]
fn a_draft_answers_nobody_and_what_answered_goes_on_until_it_is_published() {
    let desk = check(
        "
        2026-03-09T09:00 handler@water draft-article 水压 water 第一稿 -> article 水压 drafted
        2026-03-09T09:01 admin publish-article 水压 -> no: article `水压` is draft; it cannot be published now
        2026-03-09T09:02 dispatcher review-article 水压 failed -> no: note: is empty
        2026-03-09T09:03 dispatcher review-article 水压 failed 缺电话 -> article 水压 sent back
        2026-03-09T09:04 dispatcher draft-article 水压 water 第二稿 -> article 水压 drafted
        2026-03-09T09:05 dispatcher review-article 水压 passed -> no: article `水压`: who wrote a version does not review it
        2026-03-09T09:06 supervisor review-article 水压 passed -> article 水压 reviewed
        2026-03-09T09:07 admin publish-article 水压 -> article 水压 published
        2026-03-09T09:08 handler@water draft-article 水压 water 第三稿 -> article 水压 drafted
        ",
    );
    let life = desk.state.library().life("水压").unwrap();
    let texts: Vec<_> = life.versions.iter().map(|it| (it.number, it.status.code())).collect();
    assert_eq!(texts, [(1, "replaced"), (2, "published"), (3, "draft")]);
    assert_eq!(desk.state.articles()["水压"].body, "第二稿");
    assert_eq!(life.answering().unwrap().published, Some(desk.records[5].at));
}

#[test]
fn a_handler_writes_for_his_units_alone() {
    check(
        "
        2026-03-09T09:00 handler@water draft-article 水压 market 文 -> no: article `水压` is not one of your units'
        2026-03-09T09:00 handler@water draft-article 水压 - 文      -> no: article `水压` is not one of your units'
        2026-03-09T09:00 handler@water draft-article 水压 water 文  -> article 水压 drafted
        2026-03-09T09:01 handler@market draft-article 水压 market 文 -> no: article `水压` is not one of your units'
        2026-03-09T09:01 handler@market expire-article 水压 废止    -> no: article `水压` is not one of your units'
        2026-03-09T09:01 admin put-article 停水 文                  -> article 停水 put
        2026-03-09T09:02 handler@water back-article 停水 条例 - 2026-12-31 -> no: article `停水` is not one of your units'
        ",
    );
}

#[test]
fn what_an_article_rests_on_is_checked_and_stays_for_the_next_version() {
    let desk = check(
        "
        2026-03-09T09:00 admin put-article 停水 文 -> article 停水 put
        2026-03-09T09:01 admin back-article 停水 供水条例 ftp://a 2026-12-31 -> no: source.link: is not an address that begins with http:// or https://
        2026-03-09T09:02 admin back-article 停水 供水条例 https://a.cn 2026-12-31 -> article 停水 backed
        2026-03-09T09:03 admin put-article 停水 新文 -> article 停水 put
        ",
    );
    let versions = &desk.state.library().life("停水").unwrap().versions;
    let documents = versions.iter().map(|it| it.backing.source.as_ref().unwrap().document.as_str());
    assert_eq!(documents.collect::<Vec<_>>(), ["供水条例", "供水条例"]);
    assert_eq!(versions[0].text.as_ref().unwrap().body, "文");
}

#[test]
fn what_is_not_said_of_a_source_or_a_review_is_as_it_was() {
    let mut desk = check(
        "
        2026-03-09T09:00 admin put-article 停水 文 from 条例 2027-01-01 -> article 停水 put; article 停水 backed
        2026-03-09T09:01 admin put-article 停水 新文 from 办法 - -> article 停水 put; article 停水 backed
        ",
    );
    let backing = |desk: &Desk| {
        let newest = desk.state.library().life("停水").unwrap().newest().backing.clone();
        let day = newest.review_on.map(|day| day.to_string());
        (newest.source.unwrap().document, day.unwrap())
    };
    assert_eq!(backing(&desk), ("办法".into(), "2027-01-01".into()));
    desk.run("2026-03-09T09:02 admin put-article 停水 又文 from - 2028-01-01 -> article 停水 put; article 停水 backed");
    assert_eq!(backing(&desk), ("办法".into(), "2028-01-01".into()));
    desk.run("2026-03-09T09:03 admin put-article 停水 又文 from 通知 - -> article 停水 backed");
    assert_eq!(backing(&desk), ("通知".into(), "2028-01-01".into()), "the text stays");
}

#[test]
fn whoever_set_the_source_does_not_review_it() {
    check(
        "
        2026-03-09T09:00 handler@water draft-article 水压 water 文 -> article 水压 drafted
        2026-03-09T09:01 dispatcher back-article 水压 甲 - 2027-01-01 -> article 水压 backed
        2026-03-09T09:02 dispatcher review-article 水压 passed -> no: article `水压`: who wrote a version does not review it
        2026-03-09T09:03 admin back-article 水压 甲 - 2028-01-01 -> article 水压 backed
        2026-03-09T09:04 admin review-article 水压 passed -> article 水压 reviewed
        ",
    );
}

#[test]
fn what_was_reviewed_is_reviewed_again_when_it_rests_on_another_source() {
    let desk = check(
        "
        2026-03-09T09:00 handler@water draft-article 水压 water 文 -> article 水压 drafted
        2026-03-09T09:01 handler@water back-article 水压 甲 - 2027-01-01 -> article 水压 backed
        2026-03-09T09:02 supervisor review-article 水压 passed -> article 水压 reviewed
        2026-03-09T09:03 handler@water back-article 水压 甲 - 2028-01-01 -> article 水压 backed
        2026-03-09T09:04 handler@water back-article 水压 乙 - 2028-01-01 -> article 水压 backed
        2026-03-09T09:05 admin publish-article 水压 -> no: article `水压` is draft; it cannot be published now
        ",
    );
    let newest = desk.state.library().life("水压").unwrap().newest();
    let before = newest.rebackings.iter().map(|it| {
        (it.by.as_str(), it.before.source.as_ref().map(|source| source.document.as_str()))
    });
    let by = desk.records[1].actor.name.as_str();
    assert_eq!(before.collect::<Vec<_>>(), [(by, None), (by, Some("甲")), (by, Some("甲"))]);
}

#[test]
fn a_backing_reaches_the_version_that_answers_past_an_open_draft_and_none_comes_out_of_one() {
    let mut desk = check(
        "
        2026-03-09T09:00 admin put-article 停水 文 -> article 停水 put
        2026-03-09T09:01 handler@water draft-article 水压 water 文 -> article 水压 drafted
        2026-03-09T09:02 handler@water back-article 水压 草案 - 2027-01-01 -> article 水压 backed
        2026-03-09T09:03 supervisor review-article 水压 failed 来源不对 -> article 水压 sent back
        2026-03-09T09:04 admin draft-article 停水 - 新文 -> article 停水 drafted
        2026-03-09T09:05 admin back-article 停水 条例 - 2027-01-01 -> article 停水 backed
        ",
    );
    let source = |desk: &Desk, id: &str, number: u32| {
        let version = desk.state.library().life(id).unwrap().version(number).unwrap();
        version.backing.source.as_ref().map(|source| source.document.clone())
    };
    assert_eq!((source(&desk, "停水", 1), source(&desk, "停水", 2)), (Some("条例".into()), None));
    desk.run("2026-03-09T09:06 admin put-article 水压 正文 -> article 水压 put");
    assert_eq!(source(&desk, "水压", 2), None, "nothing of a draft that was sent back");
}

#[test]
fn what_is_put_as_it_stands_is_no_change() {
    let mut desk = check("2026-03-09T09:00 admin put-article 停水 文 -> article 停水 put");
    let before = digest(&desk.state);
    desk.say("2026-03-10T09:00", "admin", "put-article 停水 文");
    assert_eq!(desk.state.library().life("停水").unwrap().versions.len(), 1);
    assert_eq!(digest(&desk.state), before);
}

#[test]
fn a_draft_that_comes_once_more_is_no_other_version() {
    let mut desk =
        check("2026-03-09T09:00 handler@water draft-article 水压 water 文 -> article 水压 drafted");
    let versions = |desk: &Desk| desk.state.library().life("水压").unwrap().versions.len();
    desk.say("2026-03-09T09:01", "handler@water", "draft-article 水压 water 文");
    assert_eq!(versions(&desk), 1);
    for (who, request, count) in [
        ("admin", "draft-article 水压 water 文", 2),
        ("admin", "draft-article 水压 water 新文", 3),
        ("supervisor", "review-article 水压 failed 再写", 3),
        ("admin", "draft-article 水压 water 新文", 4),
    ] {
        let said = desk.say("2026-03-09T09:02", who, request);
        assert!(!said.starts_with("no: "), "{request}: {said}");
        assert_eq!(versions(&desk), count, "{request}");
    }
}

#[test]
fn an_ending_stays_known_when_the_article_answers_again() {
    let desk = check(
        "
        2026-03-09T09:00 admin put-article 停水 文 -> article 停水 put
        2026-03-10T09:00 admin expire-article 停水 废止 -> article 停水 expired
        2026-04-09T09:00 admin put-article 停水 文 -> article 停水 put
        ",
    );
    let life = desk.state.library().life("停水").unwrap();
    let ended = life.versions.iter().map(|it| it.ended.map(|at| at.day().to_string()));
    assert_eq!(ended.collect::<Vec<_>>(), [Some("2026-03-10".to_owned()), None]);
}

#[test]
fn a_judgement_is_of_the_version_that_was_seen() {
    check(
        "
        2026-03-09T09:00 handler@water draft-article 水压 water 第一稿 -> article 水压 drafted
        2026-03-09T09:01 handler@water draft-article 水压 water 第二稿 -> article 水压 drafted
        2026-03-09T09:02 supervisor review-article 水压 passed seen 1 -> no: article `水压` is at version 2; read it again
        2026-03-09T09:03 supervisor review-article 水压 passed seen 2 -> article 水压 reviewed
        2026-03-09T09:04 admin publish-article 水压 seen 1 -> no: article `水压` is at version 2; read it again
        2026-03-09T09:05 admin publish-article 水压 seen 2 -> article 水压 published
        ",
    );
}

#[test]
fn an_id_is_one_line_of_64_letters_that_a_path_can_hold() {
    let mut desk = check("");
    let mut put = |id: &str| desk.say("2026-03-09T09:00", "admin", &format!("put-article {id} 文"));
    assert_eq!(put("."), "no: id: is `.` or `..`, which no path can hold");
    assert_eq!(put(".."), "no: id: is `.` or `..`, which no path can hold");
    assert_eq!(put("停\u{1}水"), "no: id: is not one line");
    assert!(put(&"停".repeat(65)).starts_with("no: id: "));
    assert!(put(&"停".repeat(64)).ends_with("put"));
}

#[test]
fn no_answer_rests_on_what_is_not_in_force() {
    let mut desk = check(
        "
        2026-03-09T09:00 handler@water draft-article 水压 water 文 -> article 水压 drafted
        2026-03-09T09:01 call-taker accept help ? -> 1 accepted, reply by 2026-03-23; 1 waits: no-matter
        2026-03-09T09:02 call-taker answer-by 1 水压 见文 -> no: article: no such article
        2026-03-09T09:03 supervisor review-article 水压 passed -> article 水压 reviewed
        2026-03-09T09:03 admin publish-article 水压 -> article 水压 published
        2026-03-09T09:04 admin expire-article 水压 废止 -> article 水压 expired
        2026-03-09T09:05 call-taker answer-by 1 水压 见文 -> no: article: no such article
        2026-03-09T09:06 call-taker rate-article 水压 useful -> no: article `水压` is expired; it cannot be rated now
        ",
    );
    desk.say("2026-03-09T09:07", "admin", "put-article 水压 文 until 2026-03-08");
    let said = desk.say("2026-03-09T09:08", "call-taker", "answer-by 1 水压 见文");
    assert_eq!(said, "no: article: the article is not in force today");
    let said = desk.say("2026-03-09T09:09", "call-taker", "rate-article 水压 useful");
    assert_eq!(said, "no: article `水压` is not in force today");
}

#[test]
fn uses_are_counted_and_what_came_back() {
    let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
    desk.say("2026-03-09T08:59", "admin", "put-article 停水 拨打抢修电话");
    let asked =
        "accept help ? saying 家里停水三天没有人来修理管道漏水严重 caller-known 林 13800000000";
    desk.say("2026-03-09T09:00", "call-taker", asked);
    desk.run("2026-03-09T09:01 call-taker answer-by 1 停水 见文 -> 1 answered");
    let uses = |desk: &Desk| desk.state.library().uses()["停水"].clone();
    assert_eq!((uses(&desk).answered, uses(&desk).reopened, uses(&desk).complained), (1, 0, 0));
    desk.say("2026-03-10T09:00", "call-taker", &asked.replace("help", "complaint"));
    assert_eq!((uses(&desk).reopened, uses(&desk).complained), (0, 1));
    for hour in [10, 11, 12] {
        let again = asked.replace("help", "complaint");
        desk.say(&format!("2026-03-10T09:{hour}"), "call-taker", &again);
    }
    assert_eq!(uses(&desk).complained, 1, "one answer, however often he comes back");
    desk.say("2026-03-10T09:30", "dispatcher", "rework 1 new-facts 又停水");
    assert_eq!((uses(&desk).answered, uses(&desk).reopened), (1, 1));
    for day in 10..=10 + REMARKS_MAX {
        let at = format!("2026-03-{day}T10:00");
        desk.say(&at, "call-taker", "rate-article 停水 useless 电话打不通13800000000");
    }
    let said = uses(&desk);
    assert_eq!((said.useless, said.useful, said.remarks.len()), (21, 0, REMARKS_MAX));
    assert!(!said.remarks[0].note.contains("13800000000"), "{}", said.remarks[0].note);
}

/// Rows: what happens to one contact that an article closed, then what is counted of it.
const COMING_BACK: &str = "
answer                                              answered 1 reopened 0 complained 0 came back 0
answer complain                                     answered 1 reopened 0 complained 1 came back 1
answer reopen                                       answered 1 reopened 1 complained 0 came back 1
answer complain reopen                              answered 1 reopened 1 complained 1 came back 1
answer reopen complain                              answered 1 reopened 1 complained 1 came back 1
answer complain complain reopen complain            answered 1 reopened 1 complained 1 came back 1
answer reopen answer                                answered 2 reopened 1 complained 0 came back 1
answer reopen answer reopen                         answered 2 reopened 2 complained 0 came back 2
answer reopen answer complain                       answered 2 reopened 1 complained 1 came back 2
answer complain reopen answer reopen                answered 2 reopened 2 complained 1 came back 2
";

#[test]
fn an_answer_comes_back_once_however_it_does() {
    for line in COMING_BACK.lines().filter(|line| !line.is_empty()) {
        let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
        desk.say("2026-03-09T08:59", "admin", "put-article 停水 拨打抢修电话");
        let asked =
            "accept help ? saying 家里停水三天没有人来修理管道漏水严重 caller-known 林 13800000000";
        desk.say("2026-03-09T09:00", "call-taker", asked);
        let (steps, counted) = line.split_at(line.find("  ").unwrap());
        for (minute, step) in (10..).zip(steps.split_whitespace()) {
            let (who, request) = match step {
                "answer" => ("call-taker", "answer-by 1 停水 见文".to_owned()),
                "complain" => ("call-taker", asked.replace("help", "complaint")),
                _ => ("dispatcher", "rework 1 new-facts 又停水".to_owned()),
            };
            let said = desk.say(&format!("2026-03-09T09:{minute}"), who, &request);
            assert!(!said.starts_with("no: "), "{line}: {step}: {said}");
        }
        let uses = &desk.state.library().uses()["停水"];
        let told = format!(
            "answered {} reopened {} complained {} came back {}",
            uses.answered, uses.reopened, uses.complained, uses.came_back
        );
        assert_eq!(told, counted.trim(), "{steps}");
        desk.state.assert_consistent();
    }
}

/// Each change is counted on its day, for the unit of then, also of a version that is not kept any more.
#[test]
fn changes_are_counted_whatever_is_kept_of_them() {
    let mut desk = check(
        "
        2026-03-08T09:00 handler@water draft-article 水压 water 第一稿 -> article 水压 drafted
        2026-03-08T09:01 supervisor review-article 水压 passed -> article 水压 reviewed
        2026-03-08T09:02 admin publish-article 水压 -> article 水压 published
        2026-03-09T09:00 admin expire-article 水压 废止 -> article 水压 expired
        2026-03-09T09:01 admin put-article 水压 新文 -> article 水压 put
        ",
    );
    for number in 0..VERSIONS_MAX + 9 {
        desk.say("2026-03-10T09:00", "admin", &format!("put-article 停水 第{number}版"));
    }
    desk.say("2026-03-11T09:00", "admin", "remove-article 停水");
    for number in 0..VERSIONS_MAX + 9 {
        desk.say("2026-03-11T09:01", "admin", &format!("draft-article 停水 - 第{number}稿"));
    }
    desk.say("2026-03-11T09:02", "admin", "put-article 停水 又一版");
    let told = desk.state.library().changes().iter().map(|((day, unit), it)| {
        format!("{day} {unit:>5} {}+{}+{}", it.added, it.changed, it.ended)
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            "2026-03-08 water 1+0+0",
            "2026-03-09       0+1+0",
            "2026-03-09 water 0+0+1",
            "2026-03-10       1+58+0",
            "2026-03-11       0+1+1",
        ]
    );
}

#[test]
fn an_account_rates_an_article_so_often_a_day_and_others_are_heard_still() {
    let mut desk = check("2026-03-09T09:00 admin put-article 停水 文 -> article 停水 put");
    let rate = "rate-article 停水 useless";
    for _ in 0..RATINGS_DAILY_MAX {
        desk.say("2026-03-09T10:00", "call-taker", rate);
    }
    desk.run(
        "
        2026-03-09T23:59 call-taker rate-article 停水 useful -> no: article `停水` was rated 10 times by you today; more is not counted
        2026-03-09T23:59 dispatcher rate-article 停水 useful -> article 停水 useful
        2026-03-10T00:00 call-taker rate-article 停水 useful -> article 停水 useful
        ",
    );
    let uses = &desk.state.library().uses()["停水"];
    assert_eq!((uses.useless, uses.useful), (RATINGS_DAILY_MAX, 2));
    assert_eq!(uses.raters.len(), 1, "those of days before are forgotten");
}

#[test]
fn old_versions_go_and_numbers_stay() {
    let mut desk = check("");
    for number in 0..VERSIONS_MAX + 5 {
        desk.say("2026-03-09T09:00", "admin", &format!("put-article 停水 第{number}版"));
    }
    let life = desk.state.library().life("停水").unwrap();
    assert_eq!(life.versions.len(), VERSIONS_MAX + 1);
    assert_eq!(life.newest().number as usize, VERSIONS_MAX + 5);
    assert!(life.version(4).is_none() && life.version(5).is_some());
}

/// Journals of versions that knew no lives keep their digests; what only lives know is hashed.
#[test]
fn a_new_step_changes_the_digest() {
    let put = "2026-03-09T09:00 admin put-article 停水 文 -> article 停水 put";
    let before = digest(&check(put).state);
    let mut desk = check(put);
    assert_eq!(digest(&desk.state), before);
    for request in ["back-article 停水 条例 - 2026-12-31", "back-article 停水 条例 - 2027-12-31"]
    {
        let before = digest(&desk.state);
        desk.say("2026-03-09T09:00", "admin", request);
        assert_ne!(digest(&desk.state), before);
    }
}
