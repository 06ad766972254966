//! What a notice of holidays that comes late makes of dues that rested on it.

use hotline_engine::dues::start_of;
use hotline_engine::order::Stage;
use hotline_engine::time::Timestamp;

use crate::desk::{Desk, paper};
use crate::sample;

fn dispatching() -> Desk {
    Desk::open_by(sample::dispatching("2025"), sample::DISTRICT)
}

/// A limit for dispatch starts anew with whatever sends an order before a dispatcher, and is counted from there again.
#[test]
fn a_dispatch_due_is_computed_again_from_when_it_began() {
    let steps = [
        ("2025-12-25T09:00", "call-taker", "accept help 供水"),
        ("2025-12-25T09:00", "call-taker", "accept help 市场/消费"),
        ("2025-12-25T10:00", "handler@water", "return 1 shared-duty suggest education 共管"),
        ("2025-12-25T11:00", "dispatcher", "merge 1 into 2"),
        ("2025-12-25T12:00", "call-taker", "accept help ?"),
        ("2025-12-25T13:00", "call-taker", "answer 3 见公告"),
        ("2025-12-30T08:00", "call-taker", "accept help 供水"),
        ("2025-12-30T09:00", "call-taker", "unmerge 1 两处"),
        ("2025-12-30T09:00", "dispatcher", "rework 3 new-facts 另有情况"),
        ("2025-12-30T10:00", "handler@water", "return 4 shared-duty suggest education 共管"),
    ];
    let mut desk = dispatching();
    for (at, who, request) in steps {
        let said = desk.say(at, who, request);
        assert!(!said.starts_with("no: "), "{request}: {said}");
    }
    let due = |desk: &Desk, id| paper(desk.order(id).dues[Stage::Dispatch].unwrap());
    let began = |desk: &Desk, id| start_of(desk.order(id), Stage::Dispatch).unwrap();
    for id in [1, 3, 4] {
        assert_eq!(began(&desk, id).day().to_string(), "2025-12-30", "{id}");
        assert!(due(&desk, id).ends_with('?'), "{id}");
    }
    assert_eq!(began(&desk, 4), Timestamp::parse("2025-12-30T10:00").unwrap());
    desk.rules = sample::dispatching("2026");
    desk.say("2025-12-30T11:00", "system", "tick");
    // The last day of the year, and Sunday 4 January, which is worked.
    assert_eq!([1, 3, 4].map(|id| due(&desk, id)), ["2026-01-04"; 3]);
}
