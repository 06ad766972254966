//! A district's own profile that makes no sense is refused with file, line, row, key and reason, by every command that reads it.

use crate::district::{altered, profile_named};
use crate::{Folder, done, hotline, refused};

/// A copy of the sample whose profile is Guangdong's limits with one text replaced.
fn with_profile(from: &str, to: &str) -> Folder {
    let folder = altered("district.toml", "\"longhu\"", "\"own\"");
    let text = profile_named("own");
    assert!(text.contains(from), "{from}");
    folder.file("own.toml", text.replacen(from, to, 1));
    folder
}

const DUE: [&str; 5] = ["due", "--kind", "help", "--from", "2026-03-13T09:00"];

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn a_mistake_in_a_profile_is_named_with_file_line_row_and_key() {
    let limit =
        |key: &str| format!("[[limit]]\nstage = \"contact\"\n{key}\nsource = \"s\"\n\n[[limit]]");
    let arbitration = |keys: &str| {
        format!(
            "[arbitration]\nafter_returns = 2\nsource = \"s\"\n{keys}\n[[arbitration.rung]]\nname = \"r\"\n\n[[limit]]"
        )
    };
    for (from, to, wanted) in [
        (
            "working_days = 1\n",
            "working_days = 0\n",
            "line 21: profile `own`: limit 1: working_days is not between 1 and 250 working days",
        ),
        (
            "working_days = 1\n",
            "working_days = -10\n",
            "line 21: limit 1: working_days: invalid value: integer `-10`, expected a whole number from 0 to 65535",
        ),
        (
            "working_days = 1\n",
            "working_days = \"1\"\n",
            "line 21: limit 1: working_days: invalid type: string \"1\", expected a whole number from 0 to 65535",
        ),
        (
            "working_days = 2\n",
            "working_days = 2\nhours = 3\n",
            "line 24: limit 2: hours and working_days are given; one row has one clock",
        ),
        (
            "working_days = 2\n",
            "",
            "line 24: limit 2: no clock; give one of minutes, hours, calendar_days, working_hours, emergency_hours, working_days",
        ),
        ("stage = \"return\"\n", "", "line 24: limit 2: missing field `stage`"),
        (
            "stage = \"return\"",
            "stage = \"sleep\"",
            "line 25: limit 2: stage: unknown variant `sleep`, expected one of",
        ),
        (
            "working_days = 2\n",
            "working_day = 2\n",
            "line 26: limit 2: unknown field `working_day`, expected one of",
        ),
        (
            "reminder_working_days_before = 2\nyellow_working_days_before = 1",
            "reminder_working_days_before = 1\nyellow_working_days_before = 5",
            "line 11: profile `own`: escalation: reminder_working_days_before is not more than yellow_working_days_before",
        ),
        (
            "short_limit_percent = 50",
            "short_limit_percent = 100",
            "line 14: profile `own`: escalation: short_limit_percent is not between 1 and 99 percent",
        ),
        (
            "written_working_days_after = 1",
            "written_working_days_after = 9",
            "line 16: profile `own`: escalation: supervision_working_days_after is not more than written_working_days_after",
        ),
        (
            "[[limit]]",
            &limit("units = [\"taxation\", \"no-such-unit\"]\nhours = 1"),
            "line 21: profile `own`: limit 1: units: `no-such-unit` is no unit of the directory",
        ),
        (
            "[[limit]]",
            &limit("matters = [\"不存在/事项\"]\nhours = 1"),
            "line 21: profile `own`: limit 1: matters: `不存在/事项` is no matter of the directory",
        ),
        (
            "[[limit]]",
            "[[hours]]\nunits = [\"no-such-unit\"]\nwork = [\"08:30-12:00\"]\nsource = \"s\"\n\n[[limit]]",
            "line 20: profile `own`: hours 1: units: `no-such-unit` is no unit of the directory",
        ),
        (
            "[[limit]]",
            &arbitration("backstop = \"nosuch\""),
            "line 22: profile `own`: arbitration: backstop: `nosuch` is no unit of the directory",
        ),
        (
            "[[limit]]",
            &arbitration("[[arbitration.rung]]\nname = \"q\"\nworking_days = 0\n"),
            "line 24: profile `own`: arbitration: rung 1: working_days is not between 1 and 100 times or working days",
        ),
        (
            "[[limit]]",
            "[[limit]]\nstage = \"sign\"\nhours = 9\nsource = \"s\"\n\n[[limit]]",
            "line 24: profile `own`: limit 2 never counts: limit 1 fits all that it fits",
        ),
    ] {
        let folder = with_profile(from, to);
        let error = refused(&[&DUE[..], &["--district", &folder.path("")]].concat());
        assert!(
            error.starts_with(&format!("hotline: own.toml {wanted}")),
            "{error}\nwanted {wanted}"
        );
    }
}

#[test]
fn every_command_that_reads_a_district_refuses_its_profile() {
    let backstop = "[arbitration]\nafter_returns = 2\nsource = \"s\"\nbackstop = \"nosuch\"\n[[arbitration.rung]]\nname = \"r\"\n\n[[limit]]";
    let folder = with_profile("[[limit]]", backstop);
    let (district, data) = (folder.path(""), folder.path("data"));
    let messages = folder.file("m.jsonl", r#"{"content":"路灯不亮"}"#);
    let named = [&DUE[..], &["--profile", "own", "--district", &district]].concat();
    for args in [
        &["route", &messages, "--district", &district][..],
        &["duplicates", &messages, "--district", &district],
        &["serve", "--district", &district, "--data", &data, "--open"],
        &named,
    ] {
        let error = refused(args);
        assert!(
            error.ends_with("arbitration: backstop: `nosuch` is no unit of the directory"),
            "{error}"
        );
        assert!(error.starts_with("hotline: own.toml line 22: "), "{error}");
    }
    assert!(!std::path::Path::new(&data).exists(), "nothing was started");
    let real = with_profile("[[limit]]", &backstop.replace("nosuch", "government-services"));
    done(&[&DUE[..], &["--district", &real.path("")]].concat());
}

#[test]
fn a_built_in_profile_that_names_another_district_s_unit_is_refused() {
    let folder = altered("district.toml", "", "");
    for file in ["units.csv", "duty-list.csv", "handlers.csv", "articles.jsonl", "orders.jsonl"] {
        let text = std::fs::read_to_string(folder.path(file)).unwrap();
        folder.file(file, text.replace("government-services", "one-stop-services"));
    }
    let error = refused(&[&DUE[..], &["--district", &folder.path("")]].concat());
    let wanted = "profile `longhu`: arbitration: backstop: `government-services` is no unit of the directory";
    assert!(error.starts_with("hotline: longhu.toml (built in) line "), "{error}");
    assert!(error.ends_with(wanted), "{error}");
}

#[test]
fn two_versions_of_one_day_are_named_with_their_files() {
    let folder = altered("district.toml", "\"longhu\"", "[\"own\", \"own-2\"]");
    let own = profile_named("own");
    folder.file("own.toml", &own);
    folder.file("own-2.toml", &own);
    let error = refused(&[&DUE[..], &["--district", &folder.path("")]].concat());
    let wanted = "own-2.toml line 6: effective_from: 2022-09-01 is the first day of own.toml too";
    assert_eq!(error, format!("hotline: {wanted}"));
}

#[test]
fn a_question_about_what_the_district_does_not_have_is_refused() {
    let sample = |more: &[&'static str]| [&DUE[..], more].concat();
    for (more, wanted) in [
        (&["--matter", "nonsense/不存在"][..], "--matter: `nonsense/不存在` is not in matters.csv"),
        (&["--unit", "nosuch"], "--unit: `nosuch` is not in units.csv"),
        (&["--matter", "城市管理", "--unit", "nosuch"], "--unit: `nosuch` is not in units.csv"),
    ] {
        assert_eq!(refused(&sample(more)), format!("hotline: {wanted}"));
    }
    done(&sample(&["--matter", "城市管理/市容环境", "--unit", "taxation"]));
    // A profile by itself has no directory: its words are whatever it says.
    done(&sample(&["--profile", "guangdong", "--matter", "nonsense/不存在", "--unit", "nosuch"]));
    let folder = altered("district.toml", "", "");
    let district = folder.path("");
    let named = ["--profile", "guangdong", "--unit", "nosuch", "--district", &district];
    let error = refused(&[&DUE[..], &named].concat());
    assert_eq!(error, "hotline: --unit: `nosuch` is not in units.csv");
    let file = folder.file(
        "q.csv",
        "kind,from,matter,unit\nhelp,2026-03-13T16:00,,nosuch\nhelp,2026-03-13T16:00,城市管理,taxation\n",
    );
    let said = hotline(&["due", &file]);
    assert_eq!((said.code, said.out.lines().count()), (2, 1), "{said:?}");
    assert!(said.err.contains("line 2: unit: `nosuch` is not in units.csv"), "{said:?}");
}

#[test]
fn a_folder_of_profiles_alone_has_no_directory() {
    let folder = Folder::new();
    folder.file("own.toml", profile_named("own"));
    let args = ["--profile", "own", "--unit", "any", "--district", &folder.path("")];
    done(&[&DUE[..], &args].concat());
}
