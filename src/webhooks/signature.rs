//! Signs messages as Standard Webhooks has it: HMAC-SHA256 of id, time and body, one signature a secret.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Before the key in a secret.
const PREFIX: &str = "whsec_";
/// Bytes of a key by the standard.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// What a target and its receiver know. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// Reads `whsec_` and a key in base64; or says what is wrong, without a part of it.
    pub(super) fn parse(text: &str) -> Result<Secret, String> {
        let key = text.trim().strip_prefix(PREFIX);
        let key = key.ok_or_else(|| format!("does not begin with `{PREFIX}`"))?;
        let key = STANDARD.decode(key).map_err(|_| format!("is not base64 behind `{PREFIX}`"))?;
        if !KEY_BYTES.contains(&key.len()) {
            let (min, max) = (KEY_BYTES.start(), KEY_BYTES.end());
            return Err(format!("is a key of {} bytes, not of {min} to {max}", key.len()));
        }
        Ok(Secret(key))
    }

    fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key may have any length");
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// The header: a signature of each secret, so that a receiver may know the old one or the new.
pub(super) fn header(secrets: &[Secret], id: &str, seconds: i64, body: &[u8]) -> String {
    let signatures: Vec<String> =
        secrets.iter().map(|secret| secret.sign(id, seconds, body)).collect();
    signatures.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the standard's own libraries.
    #[test]
    fn the_signature_is_that_of_the_standard() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
        let body = br#"{"test": 2432232314}"#;
        let header = header(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(header, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn what_is_no_secret_is_refused_and_not_repeated() {
        let refused = |text: &str| Secret::parse(text).unwrap_err();
        assert_eq!(refused("hunter2"), "does not begin with `whsec_`");
        assert_eq!(refused("whsec_hunter 2"), "is not base64 behind `whsec_`");
        assert_eq!(refused("whsec_aHVudGVyMg=="), "is a key of 7 bytes, not of 24 to 64");
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret");
    }
}
