//! The password as cloud-init and installers take it: a hash of SHA-512-crypt.

use sha_crypt::{ROUNDS_DEFAULT, Sha512Params, sha512_crypt_b64};
use uuid::Uuid;

const LETTERS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `$6$salt$hash` with a salt of its own; `None` where it can't be made.
#[must_use]
pub fn hashed(password: &str) -> Option<String> {
    let salt = salt();
    let params = Sha512Params::new(ROUNDS_DEFAULT).ok()?;
    let hash = sha512_crypt_b64(password.as_bytes(), salt.as_bytes(), &params).ok()?;
    Some(format!("$6$rounds={ROUNDS_DEFAULT}${salt}${hash}"))
}

/// Sixteen random letters. Two of the sixteen bytes of a random UUID are not all random; they are left out.
fn salt() -> String {
    let (first, second) = (Uuid::new_v4(), Uuid::new_v4());
    let random = |uuid: Uuid| {
        let bytes = uuid.into_bytes();
        bytes
            .into_iter()
            .enumerate()
            .filter(|(at, _)| !matches!(at, 6 | 8))
            .map(|(_, byte)| byte)
    };
    let bytes = random(first).chain(random(second).collect::<Vec<_>>());
    bytes
        .take(16)
        .map(|byte| char::from(LETTERS[usize::from(byte & 63)]))
        .collect()
}
