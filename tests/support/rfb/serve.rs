//! The conversation with one client.

use std::io::{self, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use super::client::{Client, Extra};
use super::clipboard::{self, Clip};
use super::heard::{self, Heard};
use super::pixels::{Area, Picture};
use super::{Desktop, Event, Shared, State, handshake, lock};

/// Another size for everybody.
pub(super) fn resize(desktop: &mut Desktop, clients: &mut [Client], size: (u16, u16), asked_by: Option<usize>) {
    let (width, height) = size;
    desktop.picture = Picture::new(width, height, 0x0030_3030);
    for client in clients {
        client.damage = vec![Area::new(0, 0, width, height)];
        let asked_by = match asked_by {
            None => 0,
            Some(number) if number == client.number => 1,
            Some(_) => 2,
        };
        client.owe(Extra::Size { asked_by, result: 0 });
    }
}

/// Serves a connection on threads of its own.
pub(super) fn serve(shared: &Shared, stream: UnixStream, events: &Sender<Event>) {
    let Ok(kept) = stream.try_clone() else { return };
    let mut state = lock(shared);
    let number = state.count;
    state.count += 1;
    state.greeting.push((number, kept));
    drop(state);
    let (shared, events) = (Arc::downgrade(shared), events.clone());
    thread::spawn(move || {
        let tell = |heard| {
            let _ = events.send(Event {
                client: number,
                at: Instant::now(),
                heard,
            });
        };
        // Whatever goes wrong, the connection is over.
        let _ = converse(&shared, stream, number, &tell);
        if let Some(shared) = shared.upgrade() {
            let mut state = lock(&shared);
            state.clients.retain(|client| client.number != number);
            state.greeting.retain(|(greeting, _)| *greeting != number);
        }
        tell(Heard::Closed);
    });
}

fn gone() -> io::Error {
    io::ErrorKind::BrokenPipe.into()
}

fn converse(
    shared: &std::sync::Weak<Mutex<State>>,
    mut stream: UnixStream,
    number: usize,
    tell: &impl Fn(Heard),
) -> io::Result<()> {
    let options = lock(&*shared.upgrade().ok_or_else(gone)?).desktop.options.clone();
    let Some(others_stay) = handshake::greet(&mut stream, options.version, &options.security)? else {
        tell(Heard::Refused);
        return Ok(());
    };
    begin(&*shared.upgrade().ok_or_else(gone)?, &stream, number, others_stay)?;
    tell(Heard::Began { shared: others_stay });
    let mut reader = heard::Reader(io::BufReader::new(stream));
    loop {
        let heard = heard::read(&mut reader)?;
        let lost = matches!(heard, Heard::Unknown(_));
        {
            let shared = shared.upgrade().ok_or_else(gone)?;
            let mut state = lock(&shared);
            react(&mut state, number, &heard);
        }
        tell(heard);
        if lost {
            return Ok(());
        }
    }
}

/// Makes a client of a connection that is through the handshake.
fn begin(shared: &Mutex<State>, stream: &UnixStream, number: usize, others_stay: bool) -> io::Result<()> {
    let (queue, waiting) = mpsc::channel::<Arc<[u8]>>();
    let mut writer = stream.try_clone()?;
    thread::spawn(move || {
        for bytes in waiting {
            if writer.write_all(&bytes).is_err() {
                return;
            }
        }
    });
    let mut state = lock(shared);
    if !others_stay {
        for client in state.clients.drain(..) {
            let _ = client.stream.shutdown(Shutdown::Both);
        }
    }
    state.greeting.retain(|(greeting, _)| *greeting != number);
    let client = Client::new(number, stream.try_clone()?, queue);
    let picture = &state.desktop.picture;
    client.say(handshake::init(
        picture.width,
        picture.height,
        state.desktop.name.as_bytes(),
    ));
    state.clients.push(client);
    Ok(())
}

fn react(state: &mut State, number: usize, heard: &Heard) {
    let State {
        desktop, clients, play, ..
    } = state;
    if let Heard::SetSize { width, height, .. } = heard {
        if desktop.options.resize {
            resize(desktop, clients, (*width, *height), Some(number));
        }
        for client in clients {
            client.pump(desktop);
        }
        return;
    }
    let Some(client) = clients.iter_mut().find(|client| client.number == number) else {
        return;
    };
    match heard {
        Heard::Format(format) => client.format = *format,
        Heard::Encodings(encodings) => client.encodings_changed(encodings.clone(), desktop),
        Heard::Request { incremental, area } => {
            client.waiting = true;
            if !incremental {
                client.damage.push(*area);
            }
            if let Some(play) = play {
                play.pump(client);
                return;
            }
        }
        Heard::Clipboard(Clip::Request(formats)) if formats & clipboard::TEXT != 0 => {
            if let Some(text) = &desktop.text {
                client.say_clip(&Clip::text(text));
            }
        }
        Heard::Clipboard(Clip::Peek) => {
            let there = if desktop.text.is_some() { clipboard::TEXT } else { 0 };
            client.say_clip(&Clip::Notify(there));
        }
        _ => {}
    }
    client.pump(desktop);
}
