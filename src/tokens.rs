//! Bearer tokens: who they stand for, kept as hashes. A token is shown once, when it is made.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use hotline_engine::actor::{Actor, Role};
use hotline_engine::directory::Directory;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::whole_file;

/// Random bytes in a token: nobody guesses 256 bits, so a plain hash is enough to keep them.
const TOKEN_BYTES: usize = 32;
/// Tokens of one hotline: every call-taker, handler and system of a province.
const TOKENS_MAX: usize = 100_000;

/// A token as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Whose it is, for the record.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Codes of the units they act for; absent = not bound to units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<Vec<String>>,
    /// SHA-256 of the token, in hex.
    sha256: String,
}

/// Why tokens could not be read, made or kept.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file cannot be read or written.
    #[error("tokens {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the disk said.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("tokens {}: {source}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Where and what.
        source: serde_json::Error,
    },
    /// A unit that the directory does not list.
    #[error("token of `{name}`: no unit `{unit}`")]
    UnknownUnit {
        /// The account.
        name: String,
        /// The code.
        unit: String,
    },
    /// What stands for the token is no SHA-256.
    #[error("token of `{name}`: `sha256` is not 64 hex digits")]
    Hash {
        /// The account.
        name: String,
    },
    /// A handler belongs to a unit.
    #[error("token of `{name}`: a handler needs a unit")]
    HandlerWithoutUnit {
        /// The account.
        name: String,
    },
    /// An account without a name is nobody in the record.
    #[error("a token needs a name")]
    NoName,
    /// Idempotency keys and the record know accounts by name.
    #[error("there is a token of `{name}` already")]
    NameTwice {
        /// The account.
        name: String,
    },
    /// A role that sees every unit, bound to some.
    #[error("token of `{name}`: only handlers and supervisors are bound to units")]
    UnitsOfOthers {
        /// The account.
        name: String,
    },
    /// The process itself needs no token.
    #[error("token of `{name}`: nobody has the role system")]
    SystemRole {
        /// The account.
        name: String,
    },
    /// More than one hotline can need.
    #[error("there are {TOKENS_MAX} tokens already; remove some from the file")]
    TooMany,
    /// The system has no randomness to give.
    #[error("no random bytes: {0}")]
    Random(getrandom::Error),
}

/// What stands for a token: looked up by it, the time that takes says nothing about the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// SHA-256 of the token.
    pub fn of(token: &str) -> TokenHash {
        TokenHash(Sha256::digest(token.as_bytes()).into())
    }
}

/// Who may come in.
#[derive(Debug, Default)]
pub struct Tokens {
    actors: BTreeMap<TokenHash, Actor>,
}

impl Tokens {
    /// Reads the tokens of a data folder; a missing file holds none.
    pub fn load(path: &Path, directory: &Directory) -> Result<Tokens, TokenError> {
        let (mut actors, mut names) = (BTreeMap::new(), BTreeSet::new());
        for account in read(path)? {
            if !names.insert(account.name.clone()) {
                return Err(TokenError::NameTwice { name: account.name });
            }
            let mut actor = actor(&account, directory)?;
            // A unit that is no more has nothing to see: its orders are others'.
            actor.units.iter_mut().for_each(|units| units.retain(|it| directory.is_active(*it)));
            let mut hash = [0; 32];
            hex::decode_to_slice(&account.sha256, &mut hash)
                .map_err(|_| TokenError::Hash { name: account.name.clone() })?;
            actors.insert(TokenHash(hash), actor);
        }
        Ok(Tokens { actors })
    }

    /// Who holds the token with this hash.
    pub fn holder(&self, token: &TokenHash) -> Option<&Actor> {
        self.actors.get(token)
    }

    /// Whether nobody may come in yet.
    pub fn is_empty(&self) -> bool {
        self.actors.is_empty()
    }
}

/// Makes a token, keeps its hash in the file, and gives it back: it cannot be shown again.
pub fn issue(
    path: &Path,
    directory: &Directory,
    name: &str,
    role: Role,
    units: Option<Vec<String>>,
) -> Result<String, TokenError> {
    let _alone = Lock::take(path)?;
    let mut accounts = read(path)?;
    if accounts.iter().any(|account| account.name == name) {
        return Err(TokenError::NameTwice { name: name.to_owned() });
    }
    if accounts.len() >= TOKENS_MAX {
        return Err(TokenError::TooMany);
    }
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes).map_err(TokenError::Random)?;
    let token = hex::encode(bytes);
    let sha256 = hex::encode(Sha256::digest(token.as_bytes()));
    let account = Account { name: name.to_owned(), role, units, sha256 };
    let of_a_past =
        |unit: &&String| directory.unit_id(unit).is_some_and(|it| !directory.is_active(it));
    actor(&account, directory)?;
    if let Some(unit) = account.units.iter().flatten().find(of_a_past).cloned() {
        return Err(TokenError::UnknownUnit { name: account.name, unit });
    }
    accounts.push(account);
    write(path, &accounts)?;
    Ok(token)
}

/// Held while the file is read and written again, by one process at a time. Ends with the process that holds it.
struct Lock {
    _file: fs::File,
}

impl Lock {
    fn take(tokens: &Path) -> Result<Lock, TokenError> {
        let path = tokens.with_extension("lock");
        let unusable = |source| TokenError::File { path: path.clone(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(unusable)?;
        }
        let file = fs::File::create(&path).map_err(unusable)?;
        // Making a token takes milliseconds: whoever comes second waits for that.
        file.lock().map_err(unusable)?;
        Ok(Lock { _file: file })
    }
}

fn actor(account: &Account, directory: &Directory) -> Result<Actor, TokenError> {
    let name = || account.name.clone();
    if account.name.trim().is_empty() {
        return Err(TokenError::NoName);
    }
    match account.role {
        Role::System => return Err(TokenError::SystemRole { name: name() }),
        Role::Handler if account.units.as_ref().is_none_or(Vec::is_empty) => {
            return Err(TokenError::HandlerWithoutUnit { name: name() });
        }
        Role::Handler | Role::Supervisor => {}
        _ if account.units.is_some() => {
            return Err(TokenError::UnitsOfOthers { name: name() });
        }
        _ => {}
    }
    let unit = |code: &String| {
        directory
            .unit_id(code)
            .ok_or_else(|| TokenError::UnknownUnit { name: name(), unit: code.clone() })
    };
    let units = account.units.as_ref().map(|units| units.iter().map(unit).collect());
    Ok(Actor { name: name(), role: account.role, units: units.transpose()? })
}

fn read(path: &Path) -> Result<Vec<Account>, TokenError> {
    let text = match fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|source| TokenError::File { path: path.to_owned(), source })?,
    };
    serde_json::from_slice(&text)
        .map_err(|source| TokenError::Format { path: path.to_owned(), source })
}

fn write(path: &Path, accounts: &[Account]) -> Result<(), TokenError> {
    let text = serde_json::to_vec_pretty(accounts)
        .map_err(|source| TokenError::Format { path: path.to_owned(), source })?;
    whole_file::write(path, &text)
        .map_err(|source| TokenError::File { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_the_door_and_only_its_hash_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        let directory = Directory::default();
        let token = issue(&path, &directory, "王", Role::Dispatcher, None).unwrap();
        let tokens = Tokens::load(&path, &directory).unwrap();
        assert_eq!(
            tokens.holder(&TokenHash::of(&token)).map(|actor| actor.role),
            Some(Role::Dispatcher)
        );
        assert_eq!(tokens.holder(&TokenHash::of("guess")), None);
        assert!(!fs::read_to_string(&path).unwrap().contains(&token));
    }

    #[test]
    fn a_handler_without_a_unit_and_an_unknown_unit_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        let directory = Directory::default();
        let refused =
            |role, units| issue(&path, &directory, "x", role, units).unwrap_err().to_string();
        assert_eq!(refused(Role::Handler, None), "token of `x`: a handler needs a unit");
        let units = Some(vec!["nowhere".to_owned()]);
        assert_eq!(refused(Role::Handler, units), "token of `x`: no unit `nowhere`");
        assert_eq!(refused(Role::System, None), "token of `x`: nobody has the role system");
        let bound = "token of `x`: only handlers and supervisors are bound to units";
        assert_eq!(refused(Role::Auditor, Some(Vec::new())), bound);
        assert!(!path.exists());
        issue(&path, &directory, "x", Role::Auditor, None).unwrap();
        assert_eq!(refused(Role::Auditor, None), "there is a token of `x` already");
        let nobody = issue(&path, &directory, " ", Role::Auditor, None).unwrap_err().to_string();
        assert_eq!(nobody, "a token needs a name");
    }

    #[test]
    fn tokens_made_at_once_are_all_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        let directory = Directory::default();
        std::thread::scope(|scope| {
            for turn in 0..8 {
                let (path, directory) = (&path, &directory);
                scope.spawn(move || {
                    issue(path, directory, &format!("话务员{turn}"), Role::CallTaker, None).unwrap()
                });
            }
        });
        assert_eq!(read(&path).unwrap().len(), 8);
    }
}
