//! What a credential question asks for, read from its prompts.

use crate::i18n::{tr, tr_f};
use crate::model::credential::{CredentialKind, CredentialPrompt, CredentialQuestion};
use crate::ui::text;

/// The question whether to trust the key of a host.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct HostKey {
    /// The fingerprint, where the text has one in a known form.
    pub fingerprint: Option<String>,
    /// Kind of the key (`ED25519`).
    pub kind: Option<String>,
    /// The whole text.
    pub text: String,
    /// The answer that accepts.
    pub accept: String,
}

impl HostKey {
    /// Reads it from a question; `None` when the question is about something else. ssh and libvirt's built-in SSH clients
    /// ask it in words of their own.
    pub fn in_question(question: &CredentialQuestion) -> Option<Self> {
        let [prompt] = question.prompts.as_slice() else {
            return None;
        };
        if prompt.kind != CredentialKind::EchoPrompt {
            return None;
        }
        let lower = prompt.prompt.to_lowercase();
        if !["fingerprint", "host key", "authenticity of host"]
            .iter()
            .any(|needle| lower.contains(needle))
        {
            return None;
        }
        Some(Self {
            fingerprint: fingerprint(&prompt.prompt),
            kind: kind(&prompt.prompt),
            text: prompt.prompt.clone(),
            accept: if lower.contains("yes/no") { "yes" } else { "y" }.to_owned(),
        })
    }
}

/// `SHA256:…` or pairs of hexadecimal digits with colons between them.
fn fingerprint(prompt: &str) -> Option<String> {
    prompt
        .split(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '(' | ')' | ','))
        .map(|word| word.trim_end_matches('.'))
        .find(|word| {
            let hex = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
            word.starts_with("SHA256:") || word.starts_with("MD5:") || (word.len() >= 23 && word.split(':').all(hex))
        })
        .map(ToOwned::to_owned)
}

/// The word before "key fingerprint".
fn kind(prompt: &str) -> Option<String> {
    let before = prompt
        .split(" key fingerprint")
        .next()
        .filter(|before| before.len() < prompt.len())?;
    let word = before.split_whitespace().last()?;
    (word.len() <= 20 && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')).then(|| word.to_owned())
}

/// What to write beside the entry of a prompt.
pub(super) fn label(prompt: &CredentialPrompt) -> String {
    let said = text::one_line(prompt.prompt.trim().trim_end_matches([':', '?', ' ']), 120).into_owned();
    let lower = said.to_lowercase();
    match prompt.kind {
        CredentialKind::UserName | CredentialKind::AuthName => tr("User name"),
        CredentialKind::Realm => tr("Realm"),
        CredentialKind::Language => tr("Language"),
        _ if lower.contains("passphrase for key") => match prompt.prompt.split('\'').nth(1) {
            Some(path) => tr_f(
                "Passphrase of the key {path}",
                &[("path", text::one_line(path, 80).as_ref())],
            ),
            None => tr("Passphrase of the key"),
        },
        CredentialKind::Passphrase => tr("Password"),
        CredentialKind::NoEchoPrompt if lower.ends_with("password") => tr("Password"),
        _ if said.is_empty() => tr("Answer"),
        _ => said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(kind: CredentialKind, prompt: &str) -> CredentialQuestion {
        CredentialQuestion {
            host: None,
            origin: "ssh".to_owned(),
            prompts: vec![CredentialPrompt {
                kind,
                prompt: prompt.to_owned(),
                challenge: None,
                default: None,
            }],
            attempt: 1,
            reply: async_channel::bounded(1).0,
        }
    }

    #[test]
    fn the_question_of_ssh_for_trust_is_recognised() {
        let asked = question(
            CredentialKind::EchoPrompt,
            "The authenticity of host 'h (192.0.2.1)' can't be established.\nED25519 key fingerprint is SHA256:abc/D+e.\n\
             This key is not known by any other names.\nAre you sure you want to continue connecting (yes/no/[fingerprint])? ",
        );
        let key = HostKey::in_question(&asked).unwrap();
        assert_eq!(key.fingerprint.as_deref(), Some("SHA256:abc/D+e"));
        assert_eq!(key.kind.as_deref(), Some("ED25519"));
        assert_eq!(key.accept, "yes");
    }

    #[test]
    fn the_question_of_libssh_for_trust_is_recognised() {
        let hash = "aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99";
        let asked = question(
            CredentialKind::EchoPrompt,
            &format!("Accept SSH host key with hash '{hash}' for host 'h:22' (y/n)?"),
        );
        let key = HostKey::in_question(&asked).unwrap();
        assert_eq!(key.fingerprint.as_deref(), Some(hash));
        assert_eq!(key.accept, "y");
    }

    #[test]
    fn a_password_is_not_taken_for_a_host_key() {
        let asked = question(CredentialKind::NoEchoPrompt, "root@h's password: ");
        assert_eq!(HostKey::in_question(&asked), None);
        assert_eq!(label(&asked.prompts[0]), "Password");
        let asked = question(
            CredentialKind::NoEchoPrompt,
            "Enter passphrase for key '/home/me/.ssh/id': ",
        );
        assert_eq!(label(&asked.prompts[0]), "Passphrase of the key /home/me/.ssh/id");
    }

    #[test]
    fn a_prompt_that_nobody_knows_is_shown_as_it_is() {
        let asked = question(CredentialKind::EchoPrompt, "One-time code: ");
        assert_eq!(label(&asked.prompts[0]), "One-time code");
    }
}
