//! Remembers answers in the desktop's keyring (Secret Service). Every failure means "not remembered": nothing here can
//! stop a connection.

use std::collections::HashMap;
use std::time::Duration;

use crate::model::credential::{CredentialKind, CredentialPrompt, CredentialQuestion, Secret};
use crate::model::key::HostId;

/// Marks our items among those of other programs.
const APPLICATION: &str = "io.github.vireo_vm.Vireo";
/// A service that does not answer within this time is treated as absent.
const PATIENCE: Duration = Duration::from_secs(3);
/// Unlocking may ask the user.
const PATIENCE_WITH_USER: Duration = Duration::from_secs(60);

type Attributes = HashMap<String, String>;
type Result<T> = std::result::Result<T, oo7::dbus::Error>;

/// The stored answers to all prompts of a question, in order; `None` unless every prompt has one. Always `None` for a
/// question that comes after a refused answer. Completes on the main thread: within three seconds, or within a minute
/// when the user is asked to unlock the keyring. Any number of look-ups may be under way.
pub async fn lookup(question: &CredentialQuestion) -> Option<Vec<Secret>> {
    if question.attempt > 1 || !can_store(question) {
        return None;
    }
    let wanted: Vec<Attributes> = question.prompts.iter().map(|p| attributes(question, p)).collect();
    let (items, locked) = within(PATIENCE, async move {
        let mut found = Vec::with_capacity(wanted.len());
        let mut locked = false;
        let Some(collection) = collection().await? else {
            return Ok(None);
        };
        for attributes in &wanted {
            let Some(item) = collection.search_items(attributes).await?.into_iter().next() else {
                return Ok(None);
            };
            locked |= item.is_locked().await?;
            found.push(item);
        }
        Ok(Some((found, locked)))
    })
    .await??;
    if locked {
        tracing::info!("the keyring is locked");
    }
    within(if locked { PATIENCE_WITH_USER } else { PATIENCE }, async move {
        let mut answers = Vec::with_capacity(items.len());
        for item in &items {
            if item.is_locked().await? {
                item.unlock(None).await?;
            }
            let secret = item.secret().await?;
            let Ok(text) = std::str::from_utf8(secret.as_bytes()) else {
                return Ok(None);
            };
            answers.push(Secret(text.to_owned()));
        }
        Ok(Some(answers))
    })
    .await?
}

/// Stores the answers to a question, in place of older ones. Returns whether that worked.
pub async fn store(question: &CredentialQuestion, answers: &[Secret]) -> bool {
    if !can_store(question) || answers.len() != question.prompts.len() {
        return false;
    }
    let items: Vec<(Attributes, Secret)> = question
        .prompts
        .iter()
        .map(|prompt| attributes(question, prompt))
        .zip(answers.iter().cloned())
        .collect();
    let label = format!("Vireo: {}", question.origin);
    // A service that does not even answer is not worth the patience that a user gets.
    let Some(service) = within(PATIENCE, oo7::dbus::Service::new()).await else {
        return false;
    };
    within(PATIENCE_WITH_USER, async move {
        let collection = service.default_collection().await?;
        if collection.is_locked().await? {
            collection.unlock(None).await?;
        }
        for (attributes, secret) in items {
            collection
                .create_item(&label, &attributes, oo7::Secret::text(&secret.0), true, None)
                .await?;
        }
        Ok(())
    })
    .await
    .is_some()
}

/// Forgets everything stored for a host. Returns whether nothing is left.
pub async fn forget(host: HostId) -> bool {
    let attributes = Attributes::from([
        ("application".to_owned(), APPLICATION.to_owned()),
        ("host".to_owned(), host.to_string()),
    ]);
    let found = within(PATIENCE, async move {
        match collection().await? {
            Some(collection) => collection.search_items(&attributes).await,
            None => Ok(Vec::new()),
        }
    })
    .await;
    let Some(items) = found else { return false };
    if items.is_empty() {
        return true;
    }
    within(PATIENCE_WITH_USER, async move {
        for item in items {
            if item.is_locked().await? {
                item.unlock(None).await?;
            }
            item.delete(None).await?;
        }
        Ok(())
    })
    .await
    .is_some()
}

/// Where secrets are kept, if there is such a place: only to store one it is worth to make it, which asks the user.
async fn collection() -> Result<Option<oo7::dbus::Collection>> {
    oo7::dbus::Service::new().await?.with_alias("default").await
}

/// Whether answers to a question may be kept: it is about a known host, and asks for names and secrets only, not for a
/// decision that must be taken anew each time (trust in a host key). Some drivers ask for the name alone, and then for
/// its password.
#[must_use]
pub fn can_store(question: &CredentialQuestion) -> bool {
    let keepable = |kind| {
        matches!(
            kind,
            CredentialKind::UserName
                | CredentialKind::AuthName
                | CredentialKind::Realm
                | CredentialKind::Passphrase
                | CredentialKind::NoEchoPrompt
        )
    };
    question.host.is_some()
        && !question.prompts.is_empty()
        && question.prompts.iter().all(|prompt| keepable(prompt.kind))
}

/// What an item is found by. The URI is part of it: a host that was pointed elsewhere never gets the old password.
fn attributes(question: &CredentialQuestion, prompt: &CredentialPrompt) -> Attributes {
    let kind = match prompt.kind {
        CredentialKind::UserName => "user-name",
        CredentialKind::AuthName => "auth-name",
        CredentialKind::Realm => "realm",
        CredentialKind::Passphrase => "passphrase",
        _ => "prompt",
    };
    let host = question.host.map(|host| host.to_string()).unwrap_or_default();
    [
        ("application", APPLICATION),
        ("host", &host),
        ("uri", &question.origin),
        ("kind", kind),
        ("prompt", &prompt.prompt),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

/// Runs work on the runtime that D-Bus needs and waits for it, but not for ever: then it is dropped.
async fn within<T: Send + 'static>(
    patience: Duration,
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Option<T> {
    let mut task = Task(relm4::spawn(work));
    match glib::future_with_timeout(patience, &mut task.0).await {
        Ok(Ok(Ok(value))) => Some(value),
        Ok(Ok(Err(error))) => {
            tracing::debug!(%error, "keyring not usable");
            None
        }
        Ok(Err(error)) => {
            tracing::warn!(%error, "keyring access failed");
            None
        }
        Err(_) => {
            tracing::warn!("keyring does not answer");
            None
        }
    }
}

/// Work that ends when nobody waits for it any more.
struct Task<T>(relm4::JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(host: Option<HostId>, kinds: &[CredentialKind]) -> CredentialQuestion {
        CredentialQuestion {
            host,
            origin: "qemu+tcp://h/system".to_owned(),
            prompts: kinds
                .iter()
                .map(|kind| CredentialPrompt {
                    kind: *kind,
                    prompt: "?".to_owned(),
                    challenge: None,
                    default: None,
                })
                .collect(),
            attempt: 1,
            reply: async_channel::bounded(1).0,
        }
    }

    #[test]
    fn trust_in_a_host_key_is_never_stored() {
        let host = Some(HostId::new());
        assert!(!can_store(&question(host, &[CredentialKind::EchoPrompt])));
        assert!(!can_store(&question(
            host,
            &[CredentialKind::Passphrase, CredentialKind::EchoPrompt]
        )));
        assert!(can_store(&question(
            host,
            &[CredentialKind::AuthName, CredentialKind::Passphrase]
        )));
    }

    #[test]
    fn secrets_of_an_unknown_host_are_never_stored() {
        assert!(!can_store(&question(None, &[CredentialKind::Passphrase])));
    }

    #[test]
    fn a_host_that_points_elsewhere_does_not_get_the_old_password() {
        let mut asked = question(Some(HostId::new()), &[CredentialKind::Passphrase]);
        let before = attributes(&asked, &asked.prompts[0]);
        asked.origin = "qemu+tcp://elsewhere/system".to_owned();
        assert_ne!(attributes(&asked, &asked.prompts[0]), before);
    }

    #[test]
    fn without_a_keyring_nothing_is_found_and_nothing_hangs() {
        let context = glib::MainContext::new();
        let mut asked = question(Some(HostId::new()), &[CredentialKind::Passphrase]);
        asked.attempt = 2;
        assert_eq!(context.block_on(lookup(&asked)), None);
        asked.prompts.clear();
        assert!(!context.block_on(store(&asked, &[])));
    }
}
