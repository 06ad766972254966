//! Bearer tokens: who they stand for, kept as hashes. A token is shown once, when it is made.

use std::collections::BTreeMap;
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

/// Who may come in.
#[derive(Debug, Default)]
pub struct Tokens {
    actors: BTreeMap<[u8; 32], Actor>,
}

impl Tokens {
    /// Reads the tokens of a data folder; a missing file holds none.
    pub fn load(path: &Path, directory: &Directory) -> Result<Tokens, TokenError> {
        let mut actors = BTreeMap::new();
        for account in read(path)? {
            let actor = actor(&account, directory)?;
            let mut hash = [0; 32];
            hex::decode_to_slice(&account.sha256, &mut hash)
                .map_err(|_| TokenError::Hash { name: account.name.clone() })?;
            actors.insert(hash, actor);
        }
        Ok(Tokens { actors })
    }

    /// Who holds this token. Looked up by its hash, so the time it takes says nothing about the token.
    pub fn actor(&self, token: &str) -> Option<&Actor> {
        self.actors.get(&<[u8; 32]>::from(Sha256::digest(token.as_bytes())))
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
    let mut accounts = read(path)?;
    if accounts.len() >= TOKENS_MAX {
        return Err(TokenError::TooMany);
    }
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes).map_err(TokenError::Random)?;
    let token = hex::encode(bytes);
    let sha256 = hex::encode(Sha256::digest(token.as_bytes()));
    let account = Account { name: name.to_owned(), role, units, sha256 };
    actor(&account, directory)?;
    accounts.push(account);
    write(path, &accounts)?;
    Ok(token)
}

fn actor(account: &Account, directory: &Directory) -> Result<Actor, TokenError> {
    let name = || account.name.clone();
    match account.role {
        Role::System => return Err(TokenError::SystemRole { name: name() }),
        Role::Handler if account.units.as_ref().is_none_or(Vec::is_empty) => {
            return Err(TokenError::HandlerWithoutUnit { name: name() });
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
        assert_eq!(tokens.actor(&token).map(|actor| actor.role), Some(Role::Dispatcher));
        assert_eq!(tokens.actor("guess"), None);
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
        assert!(!path.exists());
    }
}
