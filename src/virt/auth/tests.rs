//! The callback as libvirt calls it, with every kind of question. Run under valgrind by tests/valgrind.sh.

use std::ffi::{CString, c_char, c_uint, c_void};
use std::ptr;
use std::sync::Arc;
use std::thread;

use async_channel::Receiver;

use super::{Answers, Conversation, Registered, on_credentials, open_kind};
use crate::model::credential::{CredentialKind, CredentialPrompt, CredentialQuestion, Secret};
use crate::model::error::{Kind, VirtError};
use crate::model::key::HostId;
use crate::virt::sys;

/// What the user does with a question.
type User = fn(&CredentialQuestion) -> Option<Vec<Secret>>;

struct Desk {
    conversation: Arc<Conversation>,
    registered: Registered,
    asked: Receiver<CredentialQuestion>,
    user: thread::JoinHandle<()>,
}

impl Desk {
    fn new(user: User) -> Self {
        let (questions, inbox) = async_channel::unbounded::<CredentialQuestion>();
        let (log, asked) = async_channel::unbounded();
        let conversation = Arc::new(Conversation::new(
            HostId::new(),
            "test:///default",
            questions,
            Arc::new(Answers::default()),
        ));
        conversation.begin();
        let user = thread::spawn(move || {
            while let Ok(question) = inbox.recv_blocking() {
                let answer = user(&question);
                let reply = question.reply.clone();
                log.send_blocking(question).unwrap();
                let _ = reply.send_blocking(answer);
            }
        });
        Self {
            registered: Registered::new(&conversation),
            conversation,
            asked,
            user,
        }
    }

    /// Calls back as libvirt does, and takes the answers as libvirt does: copies them and frees them.
    fn call(&self, questions: &[(i32, Option<&[u8]>)]) -> (i32, Vec<Option<Vec<u8>>>) {
        let prompts: Vec<Option<CString>> = questions
            .iter()
            .map(|(_, prompt)| prompt.map(|bytes| CString::new(bytes).unwrap()))
            .collect();
        let text = |prompt: &Option<CString>| prompt.as_ref().map_or(ptr::null(), |text| text.as_ptr());
        let mut credentials: Vec<sys::virConnectCredential> = questions
            .iter()
            .zip(&prompts)
            .map(|((kind, _), prompt)| sys::virConnectCredential {
                type_: *kind,
                prompt: text(prompt),
                challenge: ptr::null(),
                defresult: ptr::null(),
                result: ptr::null_mut(),
                resultlen: 0,
            })
            .collect();
        let place = if credentials.is_empty() {
            ptr::null_mut()
        } else {
            credentials.as_mut_ptr()
        };
        let count = c_uint::try_from(credentials.len()).unwrap();
        // SAFETY: `count` credentials that live during the call.
        let code = unsafe { on_credentials(place, count, self.registered.0 as *mut c_void) };
        let answers = credentials.iter().map(take).collect();
        (code, answers)
    }

    fn end(self) -> Vec<CredentialQuestion> {
        drop((self.registered, self.conversation));
        self.user.join().unwrap();
        std::iter::from_fn(|| self.asked.try_recv().ok()).collect()
    }
}

fn take(credential: &sys::virConnectCredential) -> Option<Vec<u8>> {
    let result: *mut c_char = credential.result;
    if result.is_null() {
        return None;
    }
    let length = credential.resultlen as usize;
    // SAFETY: `resultlen` bytes and a NUL, as libvirt reads them.
    let bytes = unsafe { std::slice::from_raw_parts(result.cast::<u8>(), length + 1) }.to_vec();
    assert_eq!(bytes.iter().position(|&byte| byte == 0), Some(length));
    // SAFETY: libvirt frees it so.
    unsafe { libc::free(result.cast()) };
    Some(bytes[..length].to_vec())
}

fn say(words: &'static str) -> Secret {
    Secret(words.to_owned())
}

#[test]
fn no_credential_at_all_is_no_question() {
    let desk = Desk::new(|_| None);
    assert_eq!(desk.call(&[]).0, 0);
    assert_eq!(desk.end().len(), 0);
}

#[test]
fn every_number_of_credentials_is_filled_in_order() {
    let desk = Desk::new(|question| {
        let kinds = question
            .prompts
            .iter()
            .map(|prompt| Secret(format!("{:?}", prompt.kind)));
        Some(kinds.collect())
    });
    for count in 1..=9 {
        let prompt = format!("question of {count}");
        let questions: Vec<_> = (1..=count).map(|kind| (kind, Some(prompt.as_bytes()))).collect();
        let (code, answers) = desk.call(&questions);
        assert_eq!(code, 0);
        let expected: Vec<_> = (1..=count)
            .map(|kind| Some(format!("{:?}", CredentialKind::from_raw(kind)).into_bytes()))
            .collect();
        assert_eq!(answers, expected);
    }
    assert_eq!(desk.end().len(), 9);
}

#[test]
fn cancelled_question_leaves_nothing_filled_and_is_not_asked_again() {
    let desk = Desk::new(|_| None);
    let questions: [(i32, Option<&[u8]>); 2] = [(2, Some(b"name")), (5, Some(b"password"))];
    assert_eq!(desk.call(&questions), (-1, vec![None, None]));
    assert_eq!(desk.call(&questions), (-1, vec![None, None]));
    assert!(desk.conversation.is_cancelled());
    assert_eq!(desk.end().len(), 1);
}

#[test]
fn wrong_number_of_answers_fills_nothing() {
    let desk = Desk::new(|_| Some(vec![say("one")]));
    assert_eq!(desk.call(&[(2, Some(b"a")), (5, Some(b"b"))]), (-1, vec![None, None]));
    desk.end();
}

#[test]
fn empty_and_very_long_answers_arrive_whole() {
    let desk = Desk::new(|_| Some(vec![say(""), Secret("ö".repeat(10_000))]));
    let (code, answers) = desk.call(&[(2, Some(b"name")), (5, Some(b"password"))]);
    assert_eq!(code, 0);
    assert_eq!(answers, [Some(Vec::new()), Some("ö".repeat(10_000).into_bytes())]);
    desk.end();
}

#[test]
fn answer_with_a_nul_is_refused_whole() {
    let desk = Desk::new(|_| Some(vec![say("fine"), say("cut\0off")]));
    assert_eq!(desk.call(&[(2, Some(b"a")), (5, Some(b"b"))]), (-1, vec![None, None]));
    desk.end();
}

#[test]
fn prompts_that_are_missing_or_no_text_or_huge_are_asked_all_the_same() {
    let desk = Desk::new(|question| Some(vec![say("x"); question.prompts.len()]));
    let long = vec![b'?'; 1_000_000];
    let (code, answers) = desk.call(&[(5, None), (5, Some(b"\xff\xfe caf\xe9")), (7, Some(&long))]);
    assert_eq!((code, answers.iter().flatten().count()), (0, 3));
    let asked = desk.end();
    let prompts: Vec<usize> = asked[0].prompts.iter().map(|prompt| prompt.prompt.len()).collect();
    assert_eq!(asked[0].prompts[1].prompt, "\u{fffd}\u{fffd} caf\u{fffd}");
    assert_eq!((prompts[0], prompts[2]), (0, 1_000_000));
}

#[test]
fn attempt_that_is_over_gets_no_answer() {
    let desk = Desk::new(|_| Some(vec![say("x")]));
    let id = desk.registered.0;
    desk.end();
    let mut credential = sys::virConnectCredential {
        type_: 5,
        prompt: ptr::null(),
        challenge: ptr::null(),
        defresult: ptr::null(),
        result: ptr::null_mut(),
        resultlen: 0,
    };
    // SAFETY: one credential that lives during the call.
    let code = unsafe { on_credentials(&raw mut credential, 1, id as *mut c_void) };
    assert_eq!((code, credential.result.is_null()), (-1, true));
    // SAFETY: NULL is refused.
    assert_eq!(unsafe { on_credentials(ptr::null_mut(), 3, id as *mut c_void) }, -1);
}

#[test]
fn accepted_answers_serve_the_other_connections_of_the_session_unasked() {
    let answers = Arc::new(Answers::default());
    let (questions, inbox) = async_channel::unbounded::<CredentialQuestion>();
    let conversation = |questions: &async_channel::Sender<CredentialQuestion>| {
        Conversation::new(HostId::new(), "x", questions.clone(), Arc::clone(&answers))
    };
    let password = || CredentialPrompt {
        kind: CredentialKind::NoEchoPrompt,
        prompt: "password:".to_owned(),
        challenge: None,
        default: None,
    };
    let user = thread::spawn(move || {
        let mut asked = 0;
        while let Ok(question) = inbox.recv_blocking() {
            asked += 1;
            let _ = question.reply.send_blocking(Some(vec![say("secret")]));
        }
        asked
    });
    let first = conversation(&questions);
    first.begin();
    assert_eq!(first.answer_program("100", password()), Some(say("secret")));
    first.accepted();
    let second = conversation(&questions);
    second.begin();
    assert_eq!(second.answer_program("200", password()), Some(say("secret")));
    // The same process asks again: what was remembered is wrong by now.
    assert_eq!(second.answer_program("200", password()), Some(say("secret")));
    drop((first, second, questions));
    assert_eq!(user.join().unwrap(), 2);
}

#[test]
fn name_is_kept_when_the_password_was_wrong() {
    let desk = Desk::new(|question| {
        let name = question.prompts[0].default.clone().unwrap_or_else(|| "anna".to_owned());
        Some(vec![Secret(name), say("wrong")])
    });
    let questions: [(i32, Option<&[u8]>); 2] = [(2, Some(b"name")), (5, Some(b"password"))];
    desk.call(&questions);
    assert!(desk.conversation.refused());
    desk.conversation.begin();
    desk.call(&questions);
    let asked = desk.end();
    let defaults: Vec<_> = asked[1]
        .prompts
        .iter()
        .map(|prompt| prompt.default.as_deref())
        .collect();
    assert_eq!((asked[1].attempt, defaults), (2, vec![Some("anna"), None]));
}

#[test]
fn client_that_asks_on_and_on_is_stopped_and_never_fed_what_was_wrong() {
    let desk = Desk::new(|_| Some(vec![say("wrong")]));
    let question: [(i32, Option<&[u8]>); 1] = [(5, Some(b"password"))];
    let codes: Vec<i32> = (0..5).map(|_| desk.call(&question).0).collect();
    assert_eq!(codes, [0, 0, 0, -1, -1]);
    assert!(desk.conversation.is_exhausted() && !desk.conversation.is_cancelled());
    let attempts: Vec<u32> = desk.end().iter().map(|question| question.attempt).collect();
    assert_eq!(attempts, [1, 2, 3]);
}

fn name(question: &CredentialQuestion) -> bool {
    !question.prompts[0].kind.is_secret()
}

#[test]
fn libvirt_takes_the_answers_and_gives_their_memory_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("world.xml");
    std::fs::write(&file, "<node><auth><user password='secret'>anna</user></auth></node>").unwrap();
    let uri = format!("test://{}", file.display());
    let log_in = |user: User| {
        let desk = Desk::new(user);
        let opened = super::open(&uri, false, &desk.conversation).map(drop);
        (opened.map_err(|error| error.kind), desk.end().len())
    };
    // This driver asks for the name first, and then for that name's password.
    let right: User = |question| Some(vec![say(if name(question) { "anna" } else { "secret" })]);
    let wrong: User = |_| Some(vec![Secret("x".repeat(10_000))]);
    let second: User = |question| match question.attempt {
        1 => Some(vec![say("")]),
        _ => Some(vec![say(if name(question) { "anna" } else { "secret" })]),
    };
    assert_eq!(log_in(right), (Ok(()), 2));
    assert_eq!(log_in(wrong), (Err(Kind::AuthFailed), 6));
    assert_eq!(log_in(second), (Ok(()), 6));
    assert_eq!(log_in(|_| None), (Err(Kind::AuthCancelled), 1));
}

#[test]
fn tunnel_that_ends_without_a_word_is_tried_again_and_a_wrong_uri_is_not() {
    let error = VirtError {
        code: 1,
        ..VirtError::own(Kind::Other, "connect", "An error occurred, but the cause is unknown")
    };
    assert_eq!(open_kind(&error, "qemu+libssh2://host/system"), Kind::Unreachable);
    assert_eq!(open_kind(&error, "qemu"), Kind::Invalid);
}
