//! What the user has chosen, brought to the host where that is wanted.

use std::rc::Rc;

use gtk4::prelude::*;

use super::elsewhere::name_of;
use super::places::Place;
use super::window::Chooser;
use super::{Choice, Fetch};
use crate::i18n::tr_f;
use crate::model::creation::ImageRef;
use crate::model::storage::Origin;
use crate::ui::storage::transfer::{bring, file_name, free_name};
use crate::ui::{errors, text};

impl Chooser {
    /// What is chosen at the moment.
    pub(super) fn choice(&self) -> Option<Choice> {
        let place = self.place.borrow().clone()?;
        let elsewhere = self.elsewhere.borrow();
        let rows = elsewhere.as_ref();
        if let (Some(file), Some(rows)) = (&*self.file.borrow(), rows) {
            return Some(Choice {
                image: ImageRef::Upload {
                    file: file.clone(),
                    pool: rows.pool()?.name.clone(),
                },
                volume: None,
            });
        }
        match (place, rows) {
            (Place::Pool(pool), _) => {
                let volume = self.volumes.selected().into_iter().next()?;
                Some(Choice::volume(&pool.name, volume))
            }
            (Place::Systems, _) => self.systems.borrow().as_ref()?.choice(),
            (Place::Path, Some(rows)) => Some(rows.text()).filter(|path| path.starts_with('/')).map(Choice::path),
            (Place::Address, Some(rows)) => {
                let url = rows.text();
                name_of(&url)?;
                Some(Choice {
                    image: ImageRef::Download {
                        url,
                        pool: rows.pool()?.name.clone(),
                    },
                    volume: None,
                })
            }
            _ => None,
        }
    }

    pub(super) fn accept(self: &Rc<Self>) {
        let Some(choice) = self.choice().filter(|_| !self.working.get()) else {
            return;
        };
        let (pool, name, origin) = match &choice.image {
            ImageRef::Upload { file, pool } => (pool, file_name(file), Origin::File(file.clone())),
            ImageRef::Download { url, pool } => {
                let origin = Origin::Url {
                    url: url.clone(),
                    checksum: None,
                };
                (pool, name_of(url).unwrap_or_default(), origin)
            }
            ImageRef::Volume { .. } | ImageRef::Path(_) => return self.answer(choice),
        };
        if self.request.fetch == Fetch::Later {
            return self.answer(choice);
        }
        let (chooser, pool) = (self.clone(), pool.clone());
        glib::spawn_future_local(async move { chooser.fetch(pool, name, origin).await });
    }

    /// Brings something to the host, and answers with what it is there.
    pub(super) async fn fetch(self: Rc<Self>, pool: String, name: String, origin: Origin) {
        let Some(client) = self.core.client(self.host) else {
            return;
        };
        self.set_working(true);
        let taken = client.volumes(pool.clone()).await.unwrap_or_default();
        let taken: Vec<String> = taken.iter().map(|volume| volume.name.clone()).collect();
        let name = free_name(&name, &taken);
        let brought = bring(&self.core, self.host, &pool, &name, origin).await;
        self.set_working(false);
        match brought {
            // Closed meanwhile: it stays in the pool and is nobody's.
            Ok(volume) if self.window.is_visible() => self.answer(Choice::volume(&pool, volume)),
            Ok(_) => {}
            Err(error) => {
                let context = errors::Context {
                    title: Some(tr_f("{name} could not be uploaded", &[("name", &text::name(&name))])),
                    ..errors::Context::default()
                };
                errors::show(&self.window, None, &error, context);
            }
        }
    }

    pub(super) fn set_working(self: &Rc<Self>, working: bool) {
        self.working.set(working);
        self.busy.set_spinning(working);
        self.leaflet.set_sensitive(!working);
        self.follow();
    }

    pub(super) fn answer(&self, choice: Choice) {
        let chosen = Rc::clone(&self.chosen);
        self.window.close();
        chosen(choice);
    }
}
