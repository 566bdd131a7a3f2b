//! The beginning of the second connection: as much of RFB as it needs.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use des::Des;
use des::cipher::generic_array::GenericArray;
use des::cipher::{BlockEncrypt, KeyInit};
use gio::prelude::*;
use glib::Priority;

use super::message::ENCODING;
use crate::wire::Tls;

const NONE: u8 = 1;
const PASSWORD: u8 = 2;
const VENCRYPT: u8 = 19;
/// VeNCrypt with certificates: without anything else, with the password of VNC, with name and password.
const X509_NONE: u32 = 260;
const X509_PASSWORD: u32 = 261;
const X509_PLAIN: u32 = 262;
/// Bytes of the name of a desktop that are skipped at most.
const LONGEST_NAME: usize = 1024 * 1024;
const LIBVIRT_CA: &str = "/etc/pki/CA/cacert.pem";

/// Who we are, as the first connection has proved it.
pub struct Identity {
    pub user: String,
    pub password: String,
    pub tls: Tls,
    /// What the certificate must carry.
    pub name: String,
    /// The first connection was protected: this one must be, too.
    pub only_tls: bool,
}

pub type Result<T> = std::result::Result<T, String>;

/// A connection that is read and written without waiting.
pub struct Stream(pub gio::IOStream);

impl Stream {
    pub async fn read(&self, count: usize) -> Result<Vec<u8>> {
        let (bytes, read, error) = self
            .0
            .input_stream()
            .read_all_future(vec![0; count], Priority::DEFAULT)
            .await
            .map_err(|(_, error)| error.to_string())?;
        match error {
            Some(error) => Err(error.to_string()),
            None if read < count => Err("closed".to_owned()),
            None => Ok(bytes),
        }
    }

    pub async fn u8(&self) -> Result<u8> {
        Ok(self.read(1).await?[0])
    }

    pub async fn u32(&self) -> Result<u32> {
        let bytes = self.read(4).await?;
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    pub async fn write(&self, bytes: Vec<u8>) -> Result<()> {
        let written = self.0.output_stream().write_all_future(bytes, Priority::DEFAULT).await;
        match written {
            Ok((_, _, None)) => Ok(()),
            Ok((_, _, Some(error))) | Err((_, error)) => Err(error.to_string()),
        }
    }
}

/// Says hello and asks for nothing but the clipboard.
pub async fn begin(socket: OwnedFd, identity: &Identity) -> Result<Stream> {
    let socket = gio::Socket::from_fd(socket).map_err(|error| error.to_string())?;
    let plain = Stream(socket.connection_factory_create_connection().upcast());
    let banner = plain.read(12).await?;
    if !banner.starts_with(b"RFB 003.") {
        return Err("no RFB".to_owned());
    }
    if &banner[8..11] != b"008" {
        return Err("too old for the extended clipboard".to_owned());
    }
    plain.write(b"RFB 003.008\n".to_vec()).await?;
    let count = usize::from(plain.u8().await?);
    let offered = plain.read(count).await?;
    let stream = if offered.contains(&VENCRYPT) {
        plain.write(vec![VENCRYPT]).await?;
        vencrypt(plain, identity).await?
    } else if identity.only_tls {
        return Err("not protected as the first connection is".to_owned());
    } else if offered.contains(&PASSWORD) {
        plain.write(vec![PASSWORD]).await?;
        challenge(&plain, identity).await?;
        plain
    } else if offered.contains(&NONE) {
        plain.write(vec![NONE]).await?;
        plain
    } else {
        return Err(format!("security types {offered:?}"));
    };
    if stream.u32().await? != 0 {
        return Err("refused".to_owned());
    }
    // Others may stay: the first connection is one of them.
    stream.write(vec![1]).await?;
    let init = stream.read(24).await?;
    let length = init[20..]
        .iter()
        .fold(0, |number, byte| number << 8 | usize::from(*byte));
    if length > LONGEST_NAME {
        return Err("an endless name".to_owned());
    }
    stream.read(length).await?;
    let mut encodings = vec![2, 0, 0, 2];
    encodings.extend(0_i32.to_be_bytes());
    encodings.extend(ENCODING.to_be_bytes());
    stream.write(encodings).await?;
    Ok(stream)
}

/// The password of VNC: DES, with the bits of each byte of the key the other way round.
async fn challenge(stream: &Stream, identity: &Identity) -> Result<()> {
    let mut challenge = stream.read(16).await?;
    let mut key = [0; 8];
    for (byte, letter) in key.iter_mut().zip(identity.password.bytes()) {
        *byte = letter.reverse_bits();
    }
    let cipher = Des::new(&GenericArray::from(key));
    for half in challenge.as_chunks_mut::<8>().0 {
        cipher.encrypt_block(GenericArray::from_mut_slice(half));
    }
    stream.write(challenge).await
}

async fn vencrypt(plain: Stream, identity: &Identity) -> Result<Stream> {
    plain.read(2).await?;
    plain.write(vec![0, 2]).await?;
    if plain.u8().await? != 0 {
        return Err("VeNCrypt 0.2 refused".to_owned());
    }
    let count = plain.u8().await?;
    let mut offered = Vec::new();
    for _ in 0..count {
        offered.push(plain.u32().await?);
    }
    let chosen = [X509_PLAIN, X509_PASSWORD, X509_NONE]
        .into_iter()
        .find(|way| offered.contains(way))
        .ok_or_else(|| format!("VeNCrypt {offered:?}"))?;
    plain.write(chosen.to_be_bytes().to_vec()).await?;
    if plain.u8().await? != 1 {
        return Err("VeNCrypt refused".to_owned());
    }
    if !identity.tls.crl.is_empty() {
        return Err("revocations can't be checked for a second connection".to_owned());
    }
    let secured = secure(&plain, identity).map_err(|error| error.to_string())?;
    secured
        .handshake_future(Priority::DEFAULT)
        .await
        .map_err(|error| error.to_string())?;
    let stream = Stream(secured.upcast());
    match chosen {
        X509_PASSWORD => challenge(&stream, identity).await?,
        X509_PLAIN => {
            let mut bytes = Vec::new();
            for text in [&identity.user, &identity.password] {
                bytes.extend(u32::try_from(text.len()).unwrap_or(0).to_be_bytes());
            }
            bytes.extend(identity.user.bytes().chain(identity.password.bytes()));
            stream.write(bytes).await?;
        }
        _ => {}
    }
    Ok(stream)
}

fn secure(plain: &Stream, identity: &Identity) -> std::result::Result<gio::TlsClientConnection, glib::Error> {
    let tls = &identity.tls;
    let name = gio::NetworkAddress::new(&identity.name, 0);
    let secured = gio::TlsClientConnection::new(&plain.0, Some(&name))?;
    let authorities = match tls.ca.as_str() {
        "" => [Path::new(LIBVIRT_CA).to_owned(), home(".pki/CA/cacert.pem")]
            .into_iter()
            .find(|path| path.is_file()),
        ca => Some(PathBuf::from(ca)),
    };
    if let Some(authorities) = authorities {
        secured.set_database(Some(&gio::TlsFileDatabase::new(authorities)?));
    }
    if !tls.certificate.is_empty() {
        secured.set_certificate(&gio::TlsCertificate::from_files(&tls.certificate, &tls.key)?);
    }
    Ok(secured)
}

fn home(below: &str) -> PathBuf {
    std::env::home_dir().unwrap_or_default().join(below)
}
