//! The files of a district that models learn from, named by their content: what a model card says of them.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::{ARTICLES, DistrictError, EXERCISES, MATTERS, ORDERS, read_text};
use crate::sample;

/// Name and SHA-256 of each file that is there; of the sample where no folder is named.
pub(crate) fn learnt_files(
    folder: Option<&Path>,
) -> Result<Vec<(&'static str, String)>, DistrictError> {
    let hash = |text: &str| hex::encode(Sha256::digest(text));
    let Some(folder) = folder else {
        let files = sample::files();
        let texts = [
            (MATTERS, files.matters),
            (ARTICLES, files.articles),
            (ORDERS, files.orders),
            (EXERCISES, files.exercises),
        ];
        return Ok(texts.into_iter().map(|(name, text)| (name, hash(&text))).collect());
    };
    let mut hashes = Vec::new();
    for name in [MATTERS, ARTICLES, ORDERS, EXERCISES] {
        let path = folder.join(name);
        if path.exists() {
            hashes.push((name, hash(&read_text(&path, name)?)));
        }
    }
    Ok(hashes)
}
