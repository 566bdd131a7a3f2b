//! Password and host-key questions of ssh. libvirt runs ssh, ssh runs the program in `SSH_ASKPASS`: that is this program
//! again, under another name, which hands the question over a socket to the running one and prints the answer.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::parent_id;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use async_channel::Sender;
use uuid::Uuid;

use crate::model::credential::{CredentialKind, CredentialPrompt, CredentialQuestion, Secret};
use crate::virt::auth;
use crate::virt::connection::lock;

const NAME: &str = "vireo-askpass";
/// Beside the helper: libvirt hands ssh a few variables of the environment only, so the helper finds it by its own path.
const SOCKET: &str = "askpass";
/// A prompt of ssh is a few lines; nobody may make us keep more.
const LONGEST: u64 = 16 * 1024;
/// Questions that may be open at once.
const MOST: usize = 256;

/// Answers ssh for as long as it lives; removes its directory when dropped.
#[derive(Debug)]
pub struct Askpass {
    directory: PathBuf,
}

/// Our directory, and the program that the helpers in it are: those that are answered now.
static INSTALLED: Mutex<Option<(PathBuf, PathBuf)>> = Mutex::new(None);

/// The private directory for what helps ssh; `None` where nothing does.
pub(crate) fn directory() -> Option<PathBuf> {
    lock(&INSTALLED).as_ref().map(|(directory, _)| directory.clone())
}

/// The program that helpers in the private directory are links to.
///
/// # Errors
/// There is no such directory.
pub(crate) fn program() -> io::Result<PathBuf> {
    let program = lock(&INSTALLED).as_ref().map(|(_, program)| program.clone());
    program.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
}

/// Lets an ssh that is started ask through the helper in `directory`.
pub(crate) fn name_in(command: &mut Command, directory: &Path) {
    command.env("SSH_ASKPASS", directory.join(NAME));
    command.env("SSH_ASKPASS_REQUIRE", "force");
}

impl Drop for Askpass {
    fn drop(&mut self) {
        let mut installed = lock(&INSTALLED);
        if installed
            .as_ref()
            .is_some_and(|(directory, _)| *directory == self.directory)
        {
            *installed = None;
        }
        drop(installed);
        if let Err(error) = fs::remove_dir_all(&self.directory) {
            tracing::debug!("{} stays: {error}", self.directory.display());
        }
    }
}

/// Acts as ssh's helper when the program was started under that name: asks the running Vireo and prints the answer. To be
/// called first in `main`; `None` in every other case.
#[must_use]
pub fn main_if_invoked() -> Option<ExitCode> {
    let mut arguments = std::env::args_os();
    let program = PathBuf::from(arguments.next()?);
    if program.file_name()? != NAME {
        return None;
    }
    if std::env::var_os("SSH_ASKPASS_PROMPT").is_some_and(|kind| kind == "none") {
        // A word to the user, to touch a security key: ssh wants no answer and ends us when it has happened.
        return Some(wait_for_the_end());
    }
    let prompt = arguments
        .next()
        .map(|prompt| prompt.to_string_lossy().into_owned())
        .unwrap_or_default();
    Some(match ask(&program.with_file_name(SOCKET), &prompt) {
        Ok(Some(answer)) => {
            let written = writeln!(io::stdout(), "{answer}");
            if written.is_ok() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Ok(None) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{NAME}: {error}");
            ExitCode::FAILURE
        }
    })
}

/// Waits until ssh ends us, or itself.
fn wait_for_the_end() -> ExitCode {
    if rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM)).is_err() {
        return ExitCode::FAILURE;
    }
    loop {
        thread::park();
    }
}

/// Asks the program that listens on `socket`. `None`: the user cancelled.
///
/// # Errors
/// Nobody listens.
#[doc(hidden)]
pub fn ask(socket: &Path, prompt: &str) -> io::Result<Option<String>> {
    let mut stream = UnixStream::connect(socket)?;
    // ssh asks again after a wrong answer: who it is tells the running program that this is the second time.
    stream.write_all(format!("{}\n{prompt}", parent_id()).as_bytes())?;
    stream.shutdown(std::net::Shutdown::Write)?;
    let mut answer = String::new();
    BufReader::new(stream).take(LONGEST).read_line(&mut answer)?;
    // A first character says that there is an answer: it may be empty.
    Ok(answer
        .strip_suffix('\n')
        .and_then(|answer| answer.strip_prefix('+'))
        .map(str::to_owned))
}

/// Takes questions from ssh from now on: makes a private directory with the helper and the socket, and names them in the
/// environment. Call it before any thread is started, once; keep the value until the end.
///
/// # Errors
/// The directory or the socket could not be made; ssh will then fail where it needs an answer.
pub fn install(questions: Sender<CredentialQuestion>) -> io::Result<Askpass> {
    let (askpass, listener) = prepare(std::env::current_exe()?)?;
    // SAFETY: the caller promises that no other thread runs yet; ours starts below.
    unsafe {
        std::env::set_var("SSH_ASKPASS", askpass.directory.join(NAME));
        std::env::set_var("SSH_ASKPASS_REQUIRE", "force");
    }
    start(listener, questions)?;
    Ok(askpass)
}

/// As [`install`], without the environment, and with another program as the helper.
///
/// # Errors
/// As [`install`].
#[doc(hidden)]
pub fn listen(questions: Sender<CredentialQuestion>, program: PathBuf) -> io::Result<Askpass> {
    let (askpass, listener) = prepare(program)?;
    start(listener, questions)?;
    Ok(askpass)
}

fn start(listener: UnixListener, questions: Sender<CredentialQuestion>) -> io::Result<()> {
    thread::Builder::new()
        .name("vireo-askpass".into())
        .spawn(move || serve(&listener, &questions))?;
    Ok(())
}

fn prepare(program: PathBuf) -> io::Result<(Askpass, UnixListener)> {
    let base = std::env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|path| path.is_dir());
    let directory = base
        .unwrap_or_else(std::env::temp_dir)
        .join(format!("vireo-{}", Uuid::new_v4().simple()));
    // Fails when it exists: nobody can have put something there before us.
    DirBuilder::new().mode(0o700).create(&directory)?;
    let askpass = Askpass { directory };
    symlink(&program, askpass.directory.join(NAME))?;
    let listener = UnixListener::bind(askpass.socket())?;
    fs::set_permissions(askpass.socket(), Permissions::from_mode(0o600))?;
    *lock(&INSTALLED) = Some((askpass.directory.clone(), program));
    Ok((askpass, listener))
}

impl Askpass {
    /// Where questions are taken.
    #[doc(hidden)]
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.directory.join(SOCKET)
    }
}

fn serve(listener: &UnixListener, questions: &Sender<CredentialQuestion>) {
    static OPEN: AtomicUsize = AtomicUsize::new(0);
    for stream in listener.incoming() {
        let Ok(stream) = stream else {
            // Out of file descriptors, most likely: no reason to spin.
            thread::sleep(Duration::from_millis(100));
            continue;
        };
        if questions.is_closed() {
            return;
        }
        if OPEN.load(Ordering::SeqCst) >= MOST {
            continue;
        }
        OPEN.fetch_add(1, Ordering::SeqCst);
        let questions = questions.clone();
        let started = thread::Builder::new().name("vireo-askpass".into()).spawn(move || {
            if let Err(error) = converse(&stream, &questions) {
                tracing::debug!("a question of ssh was not answered: {error}");
            }
            OPEN.fetch_sub(1, Ordering::SeqCst);
        });
        if started.is_err() {
            OPEN.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

fn converse(mut stream: &UnixStream, questions: &Sender<CredentialQuestion>) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut prompt = Vec::new();
    stream.take(LONGEST).read_to_end(&mut prompt)?;
    let text = String::from_utf8_lossy(&prompt);
    let (asker, text) = text.split_once('\n').unwrap_or(("", &text));
    let prompt = prompt_of(text);
    let process = asker.parse().ok();
    let given = match process.and_then(auth::conversation_of) {
        Some(conversation) => {
            let given = conversation.answer_program(asker, prompt);
            if let (None, Some(process)) = (&given, process) {
                auth::end(process);
            }
            given
        }
        None => ask_stray(prompt, questions),
    };
    match given {
        // An answer of several lines is none: ssh would take the first.
        Some(answer) if !answer.0.contains(['\n', '\0']) => {
            stream.write_all(b"+")?;
            stream.write_all(answer.0.as_bytes())?;
            stream.write_all(b"\n")
        }
        _ => stream.write_all(b"-\n"),
    }
}

/// A question of a program that no attempt to connect is known to have started.
fn ask_stray(prompt: CredentialPrompt, questions: &Sender<CredentialQuestion>) -> Option<Secret> {
    let (reply, answer) = async_channel::bounded(1);
    let question = CredentialQuestion {
        host: None,
        origin: "ssh".into(),
        prompts: vec![prompt],
        attempt: 1,
        reply,
    };
    questions.send_blocking(question).ok()?;
    answer.recv_blocking().ok().flatten()?.into_iter().next()
}

/// What ssh wants to know: with a yes/no question the answer may be seen, everything else is a secret.
fn prompt_of(text: &str) -> CredentialPrompt {
    let host_key = text.contains("(yes/no") || text.contains("fingerprint");
    CredentialPrompt {
        kind: if host_key {
            CredentialKind::EchoPrompt
        } else {
            CredentialKind::NoEchoPrompt
        },
        prompt: text.trim().to_owned(),
        challenge: None,
        default: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::credential::Secret;

    #[test]
    fn answer_reaches_ssh_and_cancel_is_none() {
        let (sender, questions) = async_channel::unbounded();
        let askpass = listen(sender, std::env::current_exe().unwrap()).unwrap();
        let socket = askpass.socket();
        let client = thread::spawn(move || (ask(&socket, "anna's password: "), ask(&socket, "Continue (yes/no)?")));
        let question = questions.recv_blocking().unwrap();
        assert_eq!(question.prompts[0].kind, CredentialKind::NoEchoPrompt);
        assert_eq!(question.prompts[0].prompt, "anna's password:");
        question
            .reply
            .send_blocking(Some(vec![Secret("se cret".into())]))
            .unwrap();
        let question = questions.recv_blocking().unwrap();
        assert_eq!(question.prompts[0].kind, CredentialKind::EchoPrompt);
        drop(question);
        let (first, second) = client.join().unwrap();
        assert_eq!(first.unwrap().as_deref(), Some("se cret"));
        assert_eq!(second.unwrap(), None);
    }

    #[test]
    fn nobody_else_can_reach_the_socket() {
        let (sender, _questions) = async_channel::unbounded();
        let askpass = listen(sender, std::env::current_exe().unwrap()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&askpass.directory), 0o700);
        assert_eq!(mode(&askpass.socket()), 0o600);
        let directory = askpass.directory.clone();
        drop(askpass);
        assert!(!directory.exists());
    }
}
