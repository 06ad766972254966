//! How much work an order is. The spread is that of official replies (2,813 of them: the office time until the ninth tenth is
//! 2.7 standard deviations of a log-normal of 1.00 from the median; city letters give 0.68, the types of a 311 line 1.35), as
//! `examples/fit-times.rs` measures it. Replies say how long it took and not how long it was worked on: the medians are this
//! project's choice, the engine's default of half a working day first.

use hotline_engine::order::{Kind, Urgency};

/// The middle of each of 64 equal parts of a log-normal with median 1 and deviation 1.00, in thousandths.
const SPREAD: [i64; 64] = [
    89, 137, 172, 202, 229, 255, 280, 304, 329, 352, 376, 400, 424, 448, 472, 497, 522, 547, 573,
    600, 627, 655, 683, 712, 742, 773, 805, 838, 872, 907, 943, 981, 1_020, 1_061, 1_103, 1_147,
    1_194, 1_242, 1_294, 1_347, 1_404, 1_464, 1_527, 1_595, 1_667, 1_744, 1_827, 1_916, 2_012,
    2_117, 2_233, 2_360, 2_501, 2_659, 2_838, 3_044, 3_284, 3_570, 3_920, 4_364, 4_958, 5_822,
    7_297, 11_218,
];
const MINUTE_MS: i64 = 60_000;
/// What would take longer is a case for an extension or a pause, and those are left out: a quarter of the limits of 15, 10 and
/// 2 working days of seven hours.
const LONG_MINUTES_MAX: i64 = 1_575;
const HELP_MINUTES_MAX: i64 = 1_050;
const CONSULTATION_MINUTES_MAX: i64 = 210;
/// Of 24 hours, night or day.
const URGENT_MINUTES_MAX: i64 = 360;

/// Kinds as a county of Guangdong had them among orders that went to units (连平县, second quarter of 2025), in thousandths.
pub(super) const KINDS: [(Kind, u64); 5] = [
    (Kind::Complaint, 906),
    (Kind::Help, 54),
    (Kind::Consultation, 18),
    (Kind::Report, 18),
    (Kind::Suggestion, 4),
];

/// The work that an order is, by a number of which every value is as likely.
pub(super) fn work_ms(kind: Kind, urgency: Urgency, number: u64) -> i64 {
    let (median, most) = match (kind, urgency) {
        (_, Urgency::Urgent | Urgency::Critical) => (120, URGENT_MINUTES_MAX),
        (Kind::Consultation, _) => (60, CONSULTATION_MINUTES_MAX),
        (Kind::Help | Kind::Suggestion, _) => (240, HELP_MINUTES_MAX),
        (Kind::Complaint | Kind::Report | Kind::Praise, _) => (240, LONG_MINUTES_MAX),
    };
    // 64 parts.
    let part = SPREAD[(number % 64) as usize];
    (median * MINUTE_MS * part / 1_000).min(most * MINUTE_MS)
}

/// The mean over the kinds, with so many of ten thousand urgent.
pub(super) fn mean_ms(urgent_per_10000: u64) -> i64 {
    let of = |kind, urgency| (0..64).map(|part| work_ms(kind, urgency, part)).sum::<i64>() / 64;
    let urgent = i64::try_from(urgent_per_10000).unwrap_or(10_000);
    let normal: i64 = KINDS
        .iter()
        .map(|&(kind, share)| of(kind, Urgency::Normal) * i64::try_from(share).unwrap_or(0))
        .sum();
    (normal / 1_000 * (10_000 - urgent) + of(Kind::Complaint, Urgency::Urgent) * urgent) / 10_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_short_limit_is_less_work() {
        let mean = |kind| (0..64).map(|it| work_ms(kind, Urgency::Normal, it)).sum::<i64>() / 64;
        assert!(mean(Kind::Consultation) * 3 < mean(Kind::Complaint));
        assert_eq!(work_ms(Kind::Complaint, Urgency::Normal, 63), 1_575 * 60_000);
        assert_eq!(KINDS.iter().map(|(_, share)| share).sum::<u64>(), 1_000);
        assert!(mean_ms(10_000) < mean_ms(308) && mean_ms(308) < mean_ms(0));
    }
}
