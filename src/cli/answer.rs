//! Questions of a connection, asked on the terminal.

use std::io::{self, BufRead, IsTerminal, Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::cli::print::safe;
use crate::model::credential::{CredentialQuestion, Secret};

/// Answers until the connection asks no more. Without a terminal every question is declined: a script must not hang.
pub(super) async fn answer_all(questions: async_channel::Receiver<CredentialQuestion>) {
    while let Ok(question) = questions.recv().await {
        let reply = question.reply.clone();
        let answers = gio::spawn_blocking(move || ask(&question)).await.ok().flatten();
        // A connection that has given up meanwhile needs no answer.
        let _ = reply.send(answers).await;
    }
}

fn ask(question: &CredentialQuestion) -> Option<Vec<Secret>> {
    if !io::stdin().is_terminal() {
        return None;
    }
    eprintln!("{}", safe(&question.origin));
    if question.attempt > 1 {
        eprintln!("That was not right. Attempt {}:", question.attempt);
    }
    let mut answers = Vec::with_capacity(question.prompts.len());
    for prompt in &question.prompts {
        let mut text = safe(prompt.prompt.trim_end_matches([':', ' ']));
        if let Some(challenge) = &prompt.challenge {
            text = format!("{text} ({})", safe(challenge));
        }
        let answer = if prompt.kind.is_secret() {
            hidden(&format!("{text}: ")).ok()?
        } else {
            eprint!("{text}: ");
            io::stderr().flush().ok()?;
            let mut line = String::new();
            if io::stdin().lock().read_line(&mut line).ok()? == 0 {
                return None;
            }
            line.trim_end_matches(['\n', '\r']).to_owned()
        };
        let answer = match &prompt.default {
            Some(default) if answer.is_empty() => default.clone(),
            _ => answer,
        };
        answers.push(Secret(answer));
    }
    Some(answers)
}

/// Asks on the terminal for what must not be shown. Input is hidden before the question appears: what a fast hand or a script
/// types at its sight would be shown otherwise.
///
/// # Errors
/// There is no terminal, or it can't be read.
pub(super) fn hidden(prompt: &str) -> io::Result<String> {
    let _hidden = Hidden::new()?;
    rpassword::prompt_password(prompt)
}

/// A terminal that shows nothing of what is typed, until dropped.
struct Hidden(Termios);

impl Hidden {
    fn new() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Now, &hidden)?;
        Ok(Self(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if let Err(error) = tcsetattr(io::stdin(), OptionalActions::Now, &self.0) {
            tracing::warn!(%error, "the terminal may hide what is typed");
        }
    }
}
