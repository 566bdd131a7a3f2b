//! Takes what the user said in a row.

use super::{Around, Customised, Sheet, Storage, image_text, network, typed_image};
use crate::model::creation::{FirmwareWish, ImageRef};
use crate::model::facts::GuestKind;
use crate::model::hardware::Value;
use crate::model::xml::Refused;
use crate::model::xml::domain::Domain;

impl Sheet {
    /// Gives a row another value.
    ///
    /// # Errors
    /// Why it cannot have it. Nothing is changed then.
    pub fn set(&mut self, around: &Around, id: &str, value: &Value) -> Result<(), Refused> {
        let page = self.page(around);
        let Some(row) = page.row(id) else { return Ok(()) };
        if let Some(reason) = &row.locked {
            return Err(Refused(reason.clone()));
        }
        row.check(value)?;
        if let (Some(customised), "name") = (&mut self.customised, id) {
            customised.rename(value.text().trim())?;
        }
        let typed = value.text().to_owned();
        if self.set_source(around, id, &typed, value) || self.set_installer(id, &typed) {
            return Ok(());
        }
        self.set_resource(around, id, &typed, value);
        Ok(())
    }

    fn set_source(&mut self, around: &Around, id: &str, typed: &str, value: &Value) -> bool {
        let some = || Some(typed.trim().to_owned()).filter(|text| !text.is_empty());
        match id {
            "image" => {
                let image = self.image_of(around, self.image(), typed);
                self.set_image(image);
            }
            "tree" => self.tree = typed.to_owned(),
            "original" => self.original = typed.to_owned(),
            "arguments" => self.arguments = typed.to_owned(),
            "container" => self.is_system = typed == "system",
            "root" => self.root = typed.to_owned(),
            "init" => self.init = typed.to_owned(),
            "user" => self.seed.account.name = typed.trim().to_owned(),
            "password" => self.seed.account.password = typed.to_owned().into(),
            "more-keys" => self.more_keys = typed.to_owned(),
            "hostname" => self.seed.hostname = typed.trim().to_owned(),
            "packages" => self.packages = typed.to_owned(),
            "locale" => self.seed.locale = some(),
            "timezone" => self.seed.timezone = some(),
            "user-data" => self.seed.user_data = value.some().map(str::to_owned),
            "network-config" => self.seed.network_config = value.some().map(str::to_owned),
            _ => match id.strip_prefix("key-").and_then(|number| number.parse::<usize>().ok()) {
                Some(number) => self.set_key(around, number, value.is_on()),
                None => return false,
            },
        }
        true
    }

    /// What a line for an image means. One that is there already stays what it is: a volume has a path, too.
    fn image_of(&self, around: &Around, current: Option<&ImageRef>, typed: &str) -> Option<ImageRef> {
        match current {
            Some(image) if image_text(image) == typed => Some(image.clone()),
            _ => typed_image(typed, &self.pool_name(around)),
        }
    }

    fn set_key(&mut self, around: &Around, number: usize, is_on: bool) {
        let Some(key) = around.keys.get(number) else { return };
        self.seed.ssh_keys.retain(|line| *line != key.line);
        if is_on {
            self.seed.ssh_keys.push(key.line.clone());
        }
    }

    fn set_installer(&mut self, id: &str, typed: &str) -> bool {
        let wish = &mut self.unattended;
        let some = || Some(typed.trim().to_owned()).filter(|text| !text.is_empty());
        match id {
            "is-unattended" => self.is_unattended = Value::of(typed).is_on(),
            "profile" => wish.profile = typed.to_owned(),
            "installer-user" => wish.account.name = typed.trim().to_owned(),
            "installer-full-name" => wish.account.full_name = typed.to_owned(),
            "installer-password" => wish.account.password = typed.to_owned().into(),
            "installer-hostname" => wish.hostname = typed.trim().to_owned(),
            "installer-locale" => wish.locale = some(),
            "installer-timezone" => wish.timezone = some(),
            "installer-keyboard" => wish.keyboard = some(),
            "installer-key" => wish.product_key = some(),
            _ => return false,
        }
        true
    }

    fn set_resource(&mut self, around: &Around, id: &str, typed: &str, value: &Value) {
        let some = || Some(typed.to_owned()).filter(|text| !text.is_empty());
        match id {
            "name" => self.name = typed.to_owned(),
            "title" => self.title = typed.to_owned(),
            "memory" => self.memory = value.number(),
            "cpus" => self.cpus = value.number().and_then(|count| u32::try_from(count).ok()),
            "storage" => {
                self.storage = match typed {
                    "existing" => Storage::Existing,
                    "none" => Storage::None,
                    _ => Storage::New,
                }
            }
            "existing" => self.existing = self.image_of(around, self.existing.as_ref(), typed),
            "pool" => {
                self.pool = typed.to_owned();
                self.format = None;
            }
            "capacity" => self.capacity = value.number(),
            "format" => self.format = some(),
            "allocate" => self.allocate = value.is_on(),
            "network" => self.network = network::wish(typed),
            "start" => self.start = Some(value.is_on()),
            "autostart" => self.autostart = value.is_on(),
            "hypervisor" => {
                self.kind = GuestKind {
                    hypervisor: typed.to_owned(),
                    ..self.kind.clone()
                }
            }
            // Machine types are those of an architecture.
            "arch" => {
                self.kind = GuestKind {
                    arch: some(),
                    machine: None,
                    ..self.kind.clone()
                }
            }
            "machine" => self.kind.machine = some(),
            "firmware" => {
                self.firmware = match typed {
                    "bios" => FirmwareWish::Bios,
                    "efi" => FirmwareWish::Efi,
                    "efi-secure" => FirmwareWish::EfiSecure,
                    _ => FirmwareWish::Usual,
                }
            }
            "tpm" => self.tpm = some().map(|_| value.is_on()),
            _ => {}
        }
    }
}

impl Customised {
    fn rename(&mut self, name: &str) -> Result<(), Refused> {
        let mut domain = Domain::parse(&self.xml).map_err(|error| Refused(error.to_string()))?;
        domain.set_name(name)?;
        self.xml = domain.document().to_string();
        Ok(())
    }
}
