//! The thread that has the database. It begins with the first question and stays: reading takes about a second.

use std::sync::{Arc, LazyLock};

use super::database::Database;
use crate::model::os::Os;

type Question = Box<dyn FnOnce(Option<&Database>) + Send>;

static QUESTIONS: LazyLock<Option<async_channel::Sender<Question>>> = LazyLock::new(|| {
    let (ask, questions) = async_channel::unbounded::<Question>();
    let thread = std::thread::Builder::new().name("osinfo".into()).spawn(move || {
        let database = Database::load();
        if database.is_none() {
            tracing::info!("there is no database of operating systems");
        }
        while let Ok(question) = questions.recv_blocking() {
            question(database.as_ref());
        }
    });
    thread.is_ok().then_some(ask)
});

/// Asks the database; `None` where there is none.
pub(super) async fn ask<T: Send + 'static>(question: impl FnOnce(&Database) -> T + Send + 'static) -> Option<T> {
    let (reply, answer) = async_channel::bounded(1);
    let question: Question = Box::new(move |database| {
        let _ = reply.try_send(database.map(question));
    });
    QUESTIONS.as_ref()?.try_send(question).ok()?;
    answer.recv().await.ok().flatten()
}

/// All operating systems.
pub(super) async fn all() -> Option<Arc<[Os]>> {
    ask(Database::all).await
}
