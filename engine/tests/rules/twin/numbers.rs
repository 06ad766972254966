//! The twin's numbers: every limit of Longhu, and in what a twin can be wrong.

/// Longhu's numbers: working days where nothing else is said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers {
    /// Longhu has none for what is not urgent; the walk's rules have.
    pub(crate) dispatch: u16,
    pub(crate) dispatch_minutes_urgent: i64,
    pub(crate) sign: u16,
    pub(crate) contact_hours_urgent: i64,
    pub(crate) return_within: u16,
    /// Longhu has none of its own for new cycles; the walk's rules have.
    pub(crate) return_of_rework: u16,
    pub(crate) co_handle: u16,
    /// Longhu has none of its own for the market's authority; the walk's rules have.
    pub(crate) co_handle_market: u16,
    pub(crate) handle_hours_urgent: i64,
    pub(crate) consultation: u16,
    pub(crate) help: u16,
    /// Longhu has none of its own for urban management; the walk's rules have.
    pub(crate) help_urban: u16,
    pub(crate) callback: u16,
    pub(crate) complaint: u16,
    pub(crate) rework: u16,
    pub(crate) rework_of_consultation: u16,
    pub(crate) rework_of_bad_grade: u16,
    pub(crate) rework_hours_urgent: i64,
    pub(crate) bad_grade: u16,
    pub(crate) extensions: usize,
    pub(crate) extension: u16,
    pub(crate) pauses: usize,
    pub(crate) pause: u16,
    pub(crate) returns_before_arbitration: usize,
    pub(crate) arbiters: [u16; 2],
    pub(crate) dissatisfied_before_supervision: usize,
    pub(crate) reminder_before: u16,
    pub(crate) yellow_before: u16,
    pub(crate) yellow_minutes_before: i64,
    pub(crate) short_limit_percent: i64,
    pub(crate) written_after: u16,
    pub(crate) supervision_after: u16,
    pub(crate) key_hours: i64,
    pub(crate) rating_days: i64,
    /// Of a matter for which nobody gave any.
    pub(crate) work_minutes: u16,
    /// How far back orders about the same are looked for, and from which share of their words on.
    pub(crate) duplicate_days: i64,
    pub(crate) similar_percent: u8,
    /// How many are compared under each part of a sketch and of each caller, and how many named.
    pub(crate) compared: usize,
    pub(crate) named: usize,
    /// Whether the same words for a place say nothing.
    pub(crate) places_say_nothing: bool,
    /// Whether a caller who comes again hurries his order.
    pub(crate) own_is_hurried: bool,
    /// Whether what is joined follows to a refuser or down to a street, and whom an arbiter named is a unit like others after it.
    pub(crate) follows_to_refusers: bool,
    pub(crate) follows_down: bool,
    pub(crate) finality_is_lost: bool,
    pub(crate) desk_closes_what_is_watched: bool,
    pub(crate) desk_withdraws_what_is_watched: bool,
    pub(crate) desk_takes_from_final_owners: bool,
    /// Whether an extension, or a pause, may move a due behind the inner one that comes of the city's.
    pub(crate) city_waits: bool,
    pub(crate) city_waits_for_pauses: bool,
    /// Whether a notice leaves a handling due that has passed, or stands still.
    pub(crate) notice_leaves_what_stands: bool,
    /// Whether an extension, or a pause, may be longer than a limit of hours.
    pub(crate) hours_become_days: bool,
    pub(crate) hours_wait_for_days: bool,
    /// Whether a joining that is undone gives a dispatcher his whole limit again.
    pub(crate) unmerge_waits_anew: bool,
    /// Whether what refuses an order refuses it alone.
    pub(crate) refused_alone: bool,
    /// Whether somebody may take longer to sign or to refuse than there is to handle.
    pub(crate) signs_after_due: bool,
    /// Whether a caller may judge a reply as often as he is reached.
    pub(crate) judges_twice: bool,
    /// Whether a notice makes the due that an order would get as it is now.
    pub(crate) notice_sees_what_is: bool,
    /// Whether a unit that has an order again after a joining begins anew.
    pub(crate) unmerge_starts_anew: bool,
    /// Whether a caller's older order may end as a repeat of his newer one.
    pub(crate) newer_takes_older: bool,
    /// Whether joined callers hear the reply, and whether one of them is handled for the rest when an order ends.
    pub(crate) others_hear_it: bool,
    pub(crate) has_heirs: bool,
    pub(crate) heirs_have_no_helpers: bool,
    /// Whether what was done about the other must be done once more, and a shared reply makes its own unit's ways forgotten.
    pub(crate) work_is_done_twice: bool,
    pub(crate) shared_replies_forget: bool,
    /// Whether an heir is owed what nobody could give while it was joined.
    pub(crate) owes_what_ended: bool,
    /// Whether an arbiter's word binds for the one order alone.
    pub(crate) names_for_one: bool,
    /// Whether a handler who had an order is asked first, and one from whom it was taken last.
    pub(crate) knows_it_first: bool,
    pub(crate) taken_from_last: bool,
    /// Orders that a handler may have beyond his capacity.
    pub(crate) beyond_capacity: u16,
    /// Whether of several rows the first decides, whatever became of orders.
    pub(crate) first_row_decides: bool,
}

pub(crate) const LONGHU: Numbers = Numbers {
    dispatch: 2,
    dispatch_minutes_urgent: 15,
    sign: 1,
    contact_hours_urgent: 2,
    return_within: 2,
    return_of_rework: 1,
    co_handle: 5,
    co_handle_market: 3,
    handle_hours_urgent: 24,
    consultation: 2,
    help: 10,
    help_urban: 7,
    callback: 1,
    complaint: 15,
    rework: 5,
    rework_of_consultation: 1,
    rework_of_bad_grade: 3,
    rework_hours_urgent: 12,
    bad_grade: 5,
    extensions: 1,
    extension: 10,
    pauses: 1,
    pause: 10,
    returns_before_arbitration: 2,
    arbiters: [1, 2],
    dissatisfied_before_supervision: 2,
    reminder_before: 2,
    yellow_before: 1,
    yellow_minutes_before: 30,
    short_limit_percent: 50,
    written_after: 1,
    supervision_after: 5,
    key_hours: 72,
    rating_days: 7,
    work_minutes: 240,
    duplicate_days: 30,
    similar_percent: 75,
    compared: 4,
    named: 5,
    places_say_nothing: false,
    own_is_hurried: true,
    follows_to_refusers: false,
    follows_down: false,
    finality_is_lost: false,
    desk_closes_what_is_watched: false,
    desk_withdraws_what_is_watched: false,
    desk_takes_from_final_owners: false,
    city_waits: false,
    city_waits_for_pauses: false,
    notice_leaves_what_stands: false,
    hours_become_days: false,
    hours_wait_for_days: false,
    unmerge_waits_anew: false,
    refused_alone: false,
    signs_after_due: false,
    judges_twice: false,
    notice_sees_what_is: false,
    unmerge_starts_anew: false,
    newer_takes_older: false,
    others_hear_it: true,
    has_heirs: true,
    heirs_have_no_helpers: false,
    work_is_done_twice: false,
    shared_replies_forget: false,
    owes_what_ended: false,
    names_for_one: false,
    knows_it_first: true,
    taken_from_last: true,
    beyond_capacity: 0,
    first_row_decides: false,
};
