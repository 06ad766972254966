//! What a profile may not say: by itself, and beside the directory whose units and matters it names.

use hotline_engine::directory::Directory;
use hotline_engine::limit::Limit;
use hotline_engine::profile::Profile;

use crate::sample::draft;

const HEAD: &str = "name='n'\ntitle='t'\neffective_from='2022-09-01'\ncounting='day-after'\n";
const HANDLE: &str = "[[limit]]\nstage='handle'\nsource='s'\nworking_days=5\n";

const HOURS: &str = "[[hours]]\nwork=['08:30-12:00']\nsource='s'\n";

/// A profile with these rungs.
fn ladder(rungs: &str) -> String {
    format!("{HEAD}[escalation]\n{rungs}\nsource='s'\n{HANDLE}")
}

/// The head of a profile with a chain of one rung and these.
fn arbitration(rungs: &str) -> String {
    format!(
        "{HEAD}[arbitration]\nafter_returns=2\nsource='s'\n[[arbitration.rung]]\nname='r'\n{rungs}"
    )
}

/// A profile with a limit on these conditions before the one for everything.
fn limit(conditions: &str) -> String {
    format!("{HEAD}{}{HANDLE}", HANDLE.replace("source", &format!("{conditions}\nsource")))
}

fn profile_of(text: &str) -> Profile {
    toml::from_str(text).unwrap()
}

/// Three limits of handling with these conditions, and one for the rest.
fn shared(first: &str, second: &str, third: &str) -> String {
    let row = |condition: &str| HANDLE.replace("source", &format!("{condition}\nsource"));
    format!("{HEAD}{}{}{}{HANDLE}", row(first), row(second), row(third))
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn a_profile_that_makes_no_sense_is_refused_with_its_key() {
    for (text, said) in [
        (format!("{HEAD}{HANDLE}").replace("name='n'", "name=' '"), "profile ` `: name is empty"),
        (
            format!("{HEAD}{HANDLE}").replace("source='s'", "source=''"),
            "profile `n`: limit 1: source is empty",
        ),
        (
            format!("{HEAD}{HANDLE}").replace("=5", "=0"),
            "profile `n`: limit 1: working_days is not between 1 and 250 working days",
        ),
        (
            format!("{HEAD}{HANDLE}").replace("working_days=5", "hours=9000"),
            "profile `n`: limit 1: hours is not between 1 and 8784 hours",
        ),
        (
            format!("{HEAD}{HANDLE}").replace("working_days=5", "working_hours=3001"),
            "profile `n`: limit 1: working_hours is not between 1 and 3000 hours",
        ),
        (
            format!("{HEAD}{HANDLE}").replace("2022-09-01", "1822-09-01"),
            "profile `n`: effective_from is not between 1983, when the first hotline began, and 2100",
        ),
        (
            format!("{HEAD}{HANDLE}").replace("2022-09-01", "2500-09-01"),
            "profile `n`: effective_from is not between 1983, when the first hotline began, and 2100",
        ),
        (
            format!("{HEAD}{HANDLE}{}", HANDLE.replace("=5", "=9")),
            "profile `n`: limit 2 never counts: limit 1 fits all that it fits",
        ),
        (
            format!(
                "{HEAD}{HANDLE}[[limit]]\nstage='handle'\nkinds=['help']\nmatters=['供水']\nsource='s'\nhours=1\n"
            ),
            "profile `n`: limit 2 never counts: limit 1 fits all that it fits",
        ),
        (
            format!(
                "{HEAD}{HANDLE}[[limit]]\nstage='sign'\nkinds=['praise']\nsource='s'\nhours=1\n"
            ),
            "profile `n`: limit 2: kinds: praise is never due",
        ),
        (
            format!("{HEAD}{HANDLE}[[limit]]\nstage='sign'\nunits=['']\nsource='s'\nhours=1\n"),
            "profile `n`: limit 2: units is empty",
        ),
        (
            format!("{HEAD}{}", HANDLE.replace("working_days", "working_hours")),
            "profile `n`: limit 1: working_hours needs office hours: an [[hours]] row without units is missing",
        ),
        (
            format!("{HEAD}day_ends='office'\n{HANDLE}"),
            "profile `n`: day_ends needs office hours: an [[hours]] row without units is missing",
        ),
        (
            format!("{HEAD}{}", HANDLE.replace("source", "kinds=['help']\nsource")),
            "profile `n`: no limit for stage `handle` of kind `consultation`, urgency `normal`",
        ),
        (
            format!("{HEAD}{}", HANDLE.replace("source", "matters=['供水']\nsource")),
            "profile `n`: no limit for stage `handle` of kind `consultation`, urgency `normal`",
        ),
        (
            format!("{HEAD}[upstream]\nworking_days_earlier=0\nsource='s'\n{HANDLE}"),
            "profile `n`: upstream: working_days_earlier is not between 1 and 250 working days",
        ),
        (
            format!("{HEAD}{HANDLE}[[limit]]\nstage='handle'\nrework=true\nsource='s'\nhours=1\n"),
            "profile `n`: limit 2 never counts: limit 1 fits all that it fits",
        ),
        (
            format!(
                "{HEAD}{}{HANDLE}",
                HANDLE.replace(
                    "source",
                    "kinds=['report','complaint','suggestion','help','consultation']\n\
                     urgencies=['normal','urgent','critical']\nsource"
                )
            ),
            "profile `n`: limit 2 never counts: limit 1 fits all that it fits",
        ),
        (
            shared(
                "kinds=['help']",
                "kinds=['report','complaint','suggestion','consultation']",
                "matters=['供水']",
            ),
            "profile `n`: limit 3 never counts: those before it, from limit 1 on, fit all that it fits; write it before them",
        ),
        (
            shared("matters=['供水']", "matters=['供热']", "matters=['供热/停暖','供水']"),
            "profile `n`: limit 3 never counts: those before it, from limit 1 on, fit all that it fits; write it before them",
        ),
        (
            shared("units=['a']", "channels=['web']", "units=['a']\ntags=['t']"),
            "profile `n`: limit 3 never counts: limit 1 fits all that it fits",
        ),
        (
            format!("{HEAD}{HANDLE}{HOURS}{}", HOURS.replace("work", "units=['a']\nwork")),
            "profile `n`: hours 2 never counts: hours 1 fits all that it fits",
        ),
        (
            ladder("reminder_working_days_before=1\nyellow_working_days_before=5"),
            "profile `n`: escalation: reminder_working_days_before is not more than yellow_working_days_before: \
             the reminder comes before the yellow card",
        ),
        (
            ladder("reminder_working_days_before=1\nyellow_working_days_before=1"),
            "profile `n`: escalation: reminder_working_days_before is not more than yellow_working_days_before: \
             the reminder comes before the yellow card",
        ),
        (
            ladder("written_working_days_after=9\nsupervision_working_days_after=5"),
            "profile `n`: escalation: supervision_working_days_after is not more than written_working_days_after: \
             the written reminder comes before supervision",
        ),
        (
            format!("{}{HANDLE}", arbitration("[[arbitration.rung]]\nname=''\n")),
            "profile `n`: arbitration: rung 2: name is empty",
        ),
        (
            format!("{}{HANDLE}", arbitration("[[arbitration.rung]]\nname='b'\n")),
            "profile `n`: arbitration: rung 1: working_days is empty",
        ),
        (
            format!(
                "{HEAD}{}{HANDLE}{}",
                HANDLE
                    .replace("source", "urgencies=['urgent']\nsource")
                    .replace("working_days=5", "hours=24"),
                HANDLE.replace("handle", "sign").replace("=5", "=6")
            ),
            "profile `n`: limit 3: working_days is longer than limit 2, whatever it fits: \
             signing, refusing and helping are parts of handling",
        ),
        (
            format!("{}{HANDLE}", arbitration("working_days=1\n")),
            "profile `n`: arbitration: backstop is empty",
        ),
        (
            format!("{HEAD}{HANDLE}{}", HANDLE.replace("handle", "sign").replace("=5", "=6")),
            "profile `n`: limit 2: working_days is longer than limit 1, whatever it fits: \
             signing, refusing and helping are parts of handling",
        ),
        (
            format!("{HEAD}{HANDLE}{}", HANDLE.replace("handle", "return").replace("=5", "=6")),
            "profile `n`: limit 2: working_days is longer than limit 1, whatever it fits: \
             signing, refusing and helping are parts of handling",
        ),
        (
            format!(
                "{HEAD}{HANDLE}{}",
                HANDLE.replace("handle", "sign").replace("working_days=5", "calendar_days=100")
            ),
            "profile `n`: limit 2: calendar_days is longer than limit 1, whatever it fits: \
             signing, refusing and helping are parts of handling",
        ),
        (
            limit("rework=true").replacen("=5", "=6", 1),
            "profile `n`: limit 1: working_days is longer than limit 2, whatever it fits: \
             a new cycle is no longer than a first one",
        ),
    ] {
        let profile: Profile = toml::from_str(&text).unwrap();
        assert_eq!(profile.check().unwrap_err().to_string(), said, "{text}");
    }
}

#[test]
fn rows_that_still_count_are_let_through() {
    let row = |conditions: &str| {
        format!("[[limit]]\nstage='handle'\n{conditions}\nsource='s'\nworking_days=1\n")
    };
    for text in [
        // No row alone fits all that the last one fits, though two together do.
        format!("{HEAD}{}{}{HANDLE}", row("kinds=['help']"), row("rework=true")),
        // An order may have no channel, no tag and no unit that is listed.
        format!(
            "{HEAD}{}{HANDLE}",
            row("channels=['phone','web','app','kiosk','letter','upstream','rating']")
        ),
        format!("{HEAD}{}{}{HANDLE}", row("tags=['a']"), row("tags=['a','b']")),
        format!("{HEAD}{}{}{HANDLE}", row("matters=['供水/停水']"), row("matters=['供水']")),
        format!("{HEAD}{HANDLE}{}{HOURS}", HOURS.replace("work", "units=['a']\nwork")),
        // On another clock it may be shorter, by the days that come; and for questions alone nine days are too long.
        format!(
            "{HEAD}{HANDLE}{}",
            HANDLE.replace("handle", "sign").replace("working_days=5", "hours=700")
        ),
        // For one of its matters it is no longer, whichever it names first.
        format!(
            "{HEAD}{}{}{}",
            HANDLE.replace("source", "matters=['供水']\nsource").replace("=5", "=1"),
            HANDLE,
            HANDLE.replace("handle", "return").replace("source", "matters=['供水','燃气']\nsource")
        ),
        format!(
            "{HEAD}{}{}{}",
            HANDLE.replace("source", "kinds=['consultation']\nsource"),
            HANDLE.replace("=5", "=15"),
            HANDLE.replace("handle", "sign").replace("=5", "=9")
        ),
        ladder("reminder_working_days_before=2\nyellow_working_days_before=1"),
        ladder("yellow_working_days_before=5\nwritten_working_days_after=9"),
    ] {
        let profile: Profile = toml::from_str(&text).unwrap();
        assert_eq!(profile.check(), Ok(()), "{text}");
    }
}

#[test]
fn what_a_profile_names_must_be_in_the_directory() {
    let draft = draft(
        "unit a department\nunit b department\nmatter 供水/停水\nrow 供水/停水 -> a functional",
    );
    assert_eq!(
        profile_of(&limit("matters=['供水/停水','供水']\nunits=['b','a']"))
            .check_names(&draft.adopted_by(&Directory::default())),
        Ok(())
    );
    for (text, said) in [
        (limit("units=['a','c']"), "profile `n`: limit 1: units: `c` is no unit of the directory"),
        (
            limit("matters=['供水/停']"),
            "profile `n`: limit 1: matters: `供水/停` is no matter of the directory",
        ),
        (
            format!("{HEAD}{HANDLE}{}", HOURS.replace("work", "units=['c']\nwork")),
            "profile `n`: hours 1: units: `c` is no unit of the directory",
        ),
        (
            format!("{}{HANDLE}", arbitration("").replace("source", "backstop='c'\nsource")),
            "profile `n`: arbitration: backstop: `c` is no unit of the directory",
        ),
    ] {
        let profile = profile_of(&text);
        let directory = draft.adopted_by(&Directory::default());
        assert_eq!(profile.check(), Ok(()), "{text}");
        assert_eq!(profile.check_names(&directory).unwrap_err().to_string(), said, "{text}");
    }
}

#[test]
fn a_unit_that_was_dissolved_is_no_final_owner() {
    let profile = profile_of(&format!(
        "{}{HANDLE}",
        arbitration("").replace("source", "backstop='a'\nsource")
    ));
    let before = draft("unit a department").adopted_by(&Directory::default());
    assert_eq!(profile.check_names(&before), Ok(()));
    let after = draft("unit b department").adopted_by(&before);
    assert!(after.unit_id("a").is_some(), "its id stays");
    let said = "profile `n`: arbitration: backstop: `a` is no unit of the directory";
    assert_eq!(profile.check_names(&after).unwrap_err().to_string(), said);
}

/// It would be passed over when its turn came, and the order would wait for ever.
#[test]
fn a_street_is_nobody_s_last_resort() {
    let units = "unit a department\nunit east street\nunit lotus community east";
    let directory = draft(units).adopted_by(&Directory::default());
    for unit in ["east", "lotus"] {
        let rule = arbitration("").replace("source", &format!("backstop='{unit}'\nsource"));
        let refused = profile_of(&format!("{rule}{HANDLE}")).check_names(&directory).unwrap_err();
        let said = "is a street or community; only a department is behind the last rung";
        assert_eq!(
            refused.to_string(),
            format!("profile `n`: arbitration: backstop: `{unit}` {said}")
        );
    }
}

#[test]
fn a_profile_with_an_unknown_key_or_a_word_that_is_none_is_not_read() {
    for (text, said) in [
        (format!("{HEAD}colour='red'\n{HANDLE}"), "unknown field `colour`"),
        (
            format!("{HEAD}{HANDLE}hours=3\n"),
            "hours and working_days are given; one row has one clock",
        ),
        (
            format!("{HEAD}[[limit]]\nstage='handle'\nsource='s'\n"),
            "no clock; give one of minutes, hours, calendar_days, working_hours, emergency_hours, working_days",
        ),
        (format!("{HEAD}{HANDLE}").replace("handle", "sleep"), "unknown variant `sleep`"),
        (format!("{HEAD}{HANDLE}").replace("=5", "=-5"), "invalid value"),
        (
            format!("{HEAD}{HANDLE}[[hours]]\nwork=['9-17']\nsource='s'\n"),
            "`9-17` is not a span such as 08:30-12:00",
        ),
        (
            format!("{HEAD}{HANDLE}[[hours]]\nwork=['14:00-17:30','08:30-12:00']\nsource='s'\n"),
            "`08:30-12:00` does not lie after what comes before it",
        ),
        (
            format!("{HEAD}{HANDLE}[[hours]]\nwork=['12:00-12:00']\nsource='s'\n"),
            "`12:00-12:00` does not lie after what comes before it",
        ),
        (format!("{HEAD}{HANDLE}[[hours]]\nwork=[]\nsource='s'\n"), "no span given"),
        (limit("kinds=[]"), "names nothing; leave the key out, and the limit fits all"),
        (limit("tags=[]"), "names nothing; leave the key out, and the limit fits all"),
        (limit("kinds=['help','complaint','help']"), "names the same twice"),
        (limit("tags=['夜间','夜间']"), "names the same twice"),
    ] {
        let error = toml::from_str::<Profile>(&text).unwrap_err().to_string();
        assert!(error.contains(said), "{text}: {error}");
    }
    let limit = toml::from_str::<Profile>(&format!("{HEAD}{HANDLE}")).unwrap().limits[0].limit;
    assert_eq!(limit, Limit::WorkingDays(5));
}
