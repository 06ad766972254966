//! Whom to tell: the file of targets that the operator writes, read and checked. Sends nothing.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use hotline_engine::directory::Directory;
use hotline_engine::profile::Place;
use hyper::Uri;
use serde::Deserialize;

use super::signature::Secret;
use crate::district::{DistrictError, read_text, toml_text};
use crate::notices::WORDS;

/// Targets of one hotline: each has a connection, a window on the journal and its own pace.
pub(crate) const TARGETS_MAX: usize = 16;
/// The one in use, and the one before or behind it while they change.
const SECRETS_MAX: usize = 2;
/// Characters of a name: it is a file's name and a label of figures.
const NAME_CHARS_MAX: usize = 40;

/// Somebody who is told what happens.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(super) name: String,
    pub(super) url: Url,
    pub(super) secrets: Vec<Secret>,
    /// Words of events; none: all of them.
    events: Option<BTreeSet<String>>,
    /// Codes of units; none: all of them.
    pub(super) units: Option<Vec<String>>,
    pub(super) allow_private: bool,
}

/// Where it listens.
#[derive(Clone, Debug)]
pub(super) struct Url {
    pub(super) is_tls: bool,
    /// Without the brackets of an address.
    pub(super) host: String,
    pub(super) port: u16,
    /// Host and port as they are written.
    pub(super) authority: String,
    /// With the query.
    pub(super) path: String,
}

impl Target {
    /// Whether it wants to hear of an event with this word.
    pub(super) fn wants(&self, word: &str) -> bool {
        self.events.as_ref().is_none_or(|events| events.contains(word))
    }

    #[cfg(test)]
    pub(super) fn of_test(name: &str, url: &str, allow_private: bool) -> Target {
        let url = Url::parse(url, true).unwrap();
        let (name, secrets) = (name.to_owned(), Vec::new());
        Target { name, url, secrets, events: None, units: None, allow_private }
    }
}

impl Url {
    /// Reads it; or says what is wrong.
    fn parse(text: &str, allow_private: bool) -> Result<Url, String> {
        let uri: Uri = text.parse().map_err(|_| "is no URL".to_owned())?;
        let is_tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if allow_private => false,
            Some("http") => {
                return Err("is not https; http is for targets inside, with allow_private".into());
            }
            _ => return Err("does not begin with https://".into()),
        };
        let authority = uri.authority().ok_or("has no host")?;
        if authority.as_str().contains('@') || text.contains('#') {
            return Err("must not hold a user or a fragment".into());
        }
        let host = authority.host().trim_matches(['[', ']']);
        if host.is_empty() {
            return Err("has no host".into());
        }
        let port = authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let (host, authority) = (host.to_owned(), authority.to_string());
        Ok(Url { is_tls, host, port, authority, path: path.to_owned() })
    }
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    target: Vec<WrittenTarget>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTarget {
    name: String,
    url: String,
    /// Files, from the folder of this one.
    secrets: Vec<String>,
    events: Option<Vec<String>>,
    units: Option<Vec<String>>,
    #[serde(default)]
    allow_private: bool,
}

/// Reads the file and the secrets that it names. Units must be of the directory.
pub(crate) fn load(path: &Path, directory: &Directory) -> Result<Vec<Target>, DistrictError> {
    let file = path.display().to_string();
    let text = read_text(path, &file)?;
    let written: Written = toml_text::read(&file, &text)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut names = BTreeSet::new();
    let mut targets = Vec::new();
    for (target, row) in written.target.into_iter().zip(1..) {
        let wrong = |key, reason: String| {
            let place = Place { table: Some("target"), row: Some(row), key: Some(key) };
            let (file, line) = (file.clone(), toml_text::line_of(&text, place));
            DistrictError::Toml { file, line, reason: format!("target {row}: {key}: {reason}") }
        };
        if row > TARGETS_MAX {
            return Err(wrong("name", format!("there are more than {TARGETS_MAX} targets")));
        }
        if !names.insert(target.name.clone()) {
            return Err(wrong("name", format!("there are two targets `{}`", target.name)));
        }
        let checked = checked(target, folder, directory);
        targets.push(checked.map_err(|(key, reason)| wrong(key, reason))?);
    }
    Ok(targets)
}

/// Which key is wrong, and why.
type Fault = (&'static str, String);

fn checked(written: WrittenTarget, folder: &Path, directory: &Directory) -> Result<Target, Fault> {
    let WrittenTarget { name, url, secrets, events, units, allow_private } = written;
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > NAME_CHARS_MAX || !name.chars().all(is_plain) {
        let reason =
            format!("`{name}` is not 1 to {NAME_CHARS_MAX} of the letters a to z, digits and `-`");
        return Err(("name", reason));
    }
    let url = Url::parse(&url, allow_private).map_err(|reason| ("url", reason))?;
    if secrets.is_empty() || secrets.len() > SECRETS_MAX {
        return Err(("secrets", format!("names {} files, not 1 or {SECRETS_MAX}", secrets.len())));
    }
    let secret = |file: &String| secret(&folder.join(file)).map_err(|reason| ("secrets", reason));
    let secrets = secrets.iter().map(secret).collect::<Result<_, _>>()?;
    let is_none = |list: &Option<Vec<String>>| list.as_ref().is_some_and(Vec::is_empty);
    if is_none(&events) {
        return Err(("events", "names none; leave it out for all".into()));
    }
    if let Some(word) = events.iter().flatten().find(|word| !WORDS.contains(&word.as_str())) {
        return Err(("events", format!("no event is called `{word}`: {}", WORDS.join(", "))));
    }
    if is_none(&units) {
        return Err(("units", "names none; leave it out for all".into()));
    }
    if let Some(unit) = units.iter().flatten().find(|unit| directory.unit_id(unit).is_none()) {
        return Err(("units", format!("`{unit}` is no unit of the directory")));
    }
    let events = events.map(|words| words.into_iter().collect());
    Ok(Target { name, url, secrets, events, units, allow_private })
}

/// Reads a secret that the whole machine cannot read.
fn secret(path: &Path) -> Result<Secret, String> {
    /// A secret is a line: what is longer is another file.
    const BYTES_MAX: u64 = 1_024;
    /// Reading, writing and running, for everybody.
    const EVERYBODY: u32 = 0o007;
    let shown = path.display();
    let unreadable = |error| format!("{shown}: cannot be read: {error}");
    let facts = fs::metadata(path).map_err(unreadable)?;
    if facts.permissions().mode() & EVERYBODY != 0 {
        return Err(format!("{shown}: everybody on this machine may open it; chmod 600"));
    }
    if facts.len() > BYTES_MAX {
        return Err(format!("{shown}: is longer than {BYTES_MAX} bytes"));
    }
    let text = fs::read_to_string(path).map_err(unreadable)?;
    Secret::parse(&text).map_err(|reason| format!("{shown}: {reason}"))
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use super::*;
    use crate::district::District;
    use hotline_engine::time::Timestamp;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    /// What comes of a file beside which lie a secret, one for everybody, and one that is none.
    fn read(text: &str) -> Result<Vec<Target>, String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, secret, mode) in
            [("good", SECRET, 0o600), ("open", SECRET, 0o604), ("bad", "x", 0o600)]
        {
            let path = folder.path().join(name);
            fs::write(&path, secret).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        }
        let path = folder.path().join("webhooks.toml");
        fs::write(&path, text).unwrap();
        let state = District::sample().unwrap().adopted(Timestamp::of_ms(0)).unwrap();
        let place = folder.path().display().to_string();
        load(&path, state.directory()).map_err(|error| error.to_string().replace(&place, "."))
    }

    #[test]
    fn a_target_is_read_with_its_secrets() {
        let text = "[[target]]\nname = 'bus'\nurl = 'https://bus.example.cn:8443/in?x=1'\n\
                    secrets = ['good', 'good']\nevents = ['closed']\nunits = ['taxation']\n";
        let targets = read(text).unwrap();
        let url = &targets[0].url;
        assert_eq!(
            (url.host.as_str(), url.port, url.path.as_str()),
            ("bus.example.cn", 8443, "/in?x=1")
        );
        assert_eq!(targets[0].secrets.len(), 2);
        assert!(targets[0].wants("closed") && !targets[0].wants("signed"));
        assert_eq!(read("").unwrap().len(), 0);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_line_key_and_reason() {
        let good =
            [("name", "'bus'"), ("url", "'https://bus.example.cn/'"), ("secrets", "['good']")];
        for (key, value, reason) in [
            (
                "name",
                "'../x'",
                "line 3: target 1: name: `../x` is not 1 to 40 of the letters a to z, digits and `-`",
            ),
            (
                "url",
                "'http://bus.example.cn/'",
                "line 4: target 1: url: is not https; http is for targets inside, with allow_private",
            ),
            (
                "url",
                "'ftp://bus.example.cn/'",
                "line 4: target 1: url: does not begin with https://",
            ),
            (
                "url",
                "'https://me@bus.example.cn/'",
                "line 4: target 1: url: must not hold a user or a fragment",
            ),
            ("url", "'https:///in'", "line 4: target 1: url: is no URL"),
            ("secrets", "[]", "line 5: target 1: secrets: names 0 files, not 1 or 2"),
            (
                "secrets",
                "['open']",
                "line 5: target 1: secrets: ./open: everybody on this machine may open it; chmod 600",
            ),
            (
                "secrets",
                "['bad']",
                "line 5: target 1: secrets: ./bad: does not begin with `whsec_`",
            ),
            ("events", "[]", "line 6: target 1: events: names none; leave it out for all"),
            (
                "units",
                "['nosuch']",
                "line 6: target 1: units: `nosuch` is no unit of the directory",
            ),
            (
                "colour",
                "1",
                "line 6: target 1: unknown field `colour`, expected one of `name`, `url`, `secrets`, `events`, `units`, `allow_private`",
            ),
        ] {
            let mut text = "# targets\n[[target]]\n".to_owned();
            for (known, usual) in good {
                let value = if known == key { value } else { usual };
                text.push_str(&format!("{known} = {value}\n"));
            }
            if !good.iter().any(|(known, _)| *known == key) {
                text.push_str(&format!("{key} = {value}\n"));
            }
            assert_eq!(read(&text).unwrap_err(), format!("./webhooks.toml {reason}"));
        }
        let target = "[[target]]\nname = 'a'\nurl = 'https://a.cn/'\nsecrets = ['good']\n";
        let twice = read(&target.repeat(2)).unwrap_err();
        assert_eq!(twice, "./webhooks.toml line 6: target 2: name: there are two targets `a`");
        let many: String =
            (0..17).map(|number| target.replace("'a'", &format!("'a{number}'"))).collect();
        assert!(
            read(&many).unwrap_err().ends_with("target 17: name: there are more than 16 targets")
        );
        let word = read(&format!("{target}events = ['exploded']\n")).unwrap_err();
        assert!(word.contains("no event is called `exploded`: dispatched, "), "{word}");
    }
}
