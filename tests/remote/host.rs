//! A host whose questions are answered by the test.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use async_channel::Receiver;
use glib::MainContext;
use vireo::model::credential::{CredentialQuestion, Secret};
use vireo::model::error::VirtError;
use vireo::model::event::HostEvent;
use vireo::model::host::{ConnectionStatus, HostConfig};
use vireo::ui::errors::explain;
use vireo::virt::client::{HostClient, Limits, channel};

use crate::server::install_askpass;
use crate::support::iterate_until;

pub struct Host {
    pub client: HostClient,
    pub news: Rc<RefCell<Vec<HostEvent>>>,
    questions: Receiver<CredentialQuestion>,
    stray: Receiver<CredentialQuestion>,
    pub config: HostConfig,
}

impl Host {
    pub fn new(uri: &str) -> Self {
        Self::within(uri, Limits::default())
    }

    pub fn within(uri: &str, limits: Limits) -> Self {
        let stray = install_askpass();
        let (sink, stream) = channel();
        let (ask, questions) = async_channel::unbounded();
        let news = Rc::new(RefCell::new(Vec::new()));
        let into = Rc::clone(&news);
        stream.attach(&MainContext::default(), move |batch| into.borrow_mut().extend(batch));
        let config = HostConfig::new("test", uri);
        let client = HostClient::connect_within(config.clone(), sink, ask, limits);
        Self {
            client,
            news,
            questions,
            stray,
            config,
        }
    }

    /// Waits for news after the first `seen`; answers questions meanwhile (`None` cancels) and collects their texts.
    #[track_caller]
    pub fn wait<T>(
        &self,
        what: &str,
        seen: usize,
        answer: Option<&str>,
        pick: impl Fn(&HostEvent) -> Option<T>,
    ) -> (T, Vec<CredentialQuestion>) {
        let (found, asked) = (RefCell::new(None), RefCell::new(Vec::new()));
        iterate_until(&MainContext::default(), what, Duration::from_secs(30), || {
            assert!(self.stray.is_empty(), "a question whose host is not known");
            while let Ok(question) = self.questions.try_recv() {
                assert_eq!(question.host, Some(self.config.id));
                let count = question.prompts.len();
                let _ = question
                    .reply
                    .try_send(answer.map(|text| vec![Secret(text.to_owned()); count]));
                asked.borrow_mut().push(question);
            }
            *found.borrow_mut() = self.news.borrow().iter().skip(seen).find_map(&pick);
            found.borrow().is_some()
        });
        (found.into_inner().unwrap(), asked.into_inner())
    }

    #[track_caller]
    pub fn listed(&self, answer: Option<&str>) -> Vec<CredentialQuestion> {
        let listed = |event: &HostEvent| matches!(event, HostEvent::Listed { .. }).then_some(());
        self.wait("the list", 0, answer, listed).1
    }

    #[track_caller]
    pub fn failed(&self, answer: Option<&str>) -> ((VirtError, Option<u64>), Vec<CredentialQuestion>) {
        self.wait("a failure", 0, answer, |event| match event {
            HostEvent::Connection {
                status: ConnectionStatus::Failed { error, retry_in_ms },
                ..
            } => Some((error.clone(), *retry_in_ms)),
            _ => None,
        })
    }

    /// The next question, not answered yet.
    #[track_caller]
    pub fn question(&self) -> CredentialQuestion {
        let asked = RefCell::new(None);
        iterate_until(&MainContext::default(), "a question", Duration::from_secs(30), || {
            assert!(self.stray.is_empty(), "a question whose host is not known");
            *asked.borrow_mut() = self.questions.try_recv().ok();
            asked.borrow().is_some()
        });
        let question = asked.into_inner().unwrap();
        assert_eq!(question.host, Some(self.config.id));
        question
    }

    /// Leaves questions unanswered for a while; the attempt must not end.
    pub fn thinks(&self, time: Duration) {
        let start = std::time::Instant::now();
        iterate_until(&MainContext::default(), "time to pass", Duration::from_secs(30), || {
            start.elapsed() > time
        });
        let failed = |event: &HostEvent| {
            matches!(
                event,
                HostEvent::Connection {
                    status: ConnectionStatus::Failed { .. },
                    ..
                }
            )
        };
        assert!(
            !self.news.borrow().iter().any(failed),
            "given up while the user thought"
        );
        assert_eq!(self.questions.len(), 1);
    }

    /// What the user is told.
    pub fn told(&self, error: &VirtError) -> String {
        let explanation = explain(error, Some(&self.config));
        format!("{}. {}", explanation.title, explanation.body)
    }

    pub fn close(self) {
        self.client.disconnect();
        self.wait("the end", 0, None, |event| match event {
            HostEvent::Connection {
                status: ConnectionStatus::Disconnected,
                ..
            } => Some(()),
            _ => None,
        });
    }
}
