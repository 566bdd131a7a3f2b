use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;

use super::super::feed;
use super::*;
use crate::model::job::Job;
use crate::model::storage::Origin;

const MIB: usize = 1 << 20;

/// A disk with something at its beginning and end, and nothing in between.
fn disk() -> Vec<u8> {
    let mut bytes = vec![0; 9 * MIB + 1234];
    for (at, byte) in bytes.iter_mut().take(300_000).enumerate() {
        *byte = (at * 31 % 251) as u8;
    }
    bytes.extend(b"the end");
    bytes
}

/// What a program makes of bytes; `None` where it is not installed.
fn packed(program: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut words = program.split(' ');
    let mut child = Command::new(words.next()?)
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut input = child.stdin.take()?;
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&bytes));
    let output = child.wait_with_output().ok()?;
    writer.join().unwrap().unwrap();
    output.status.success().then_some(output.stdout)
}

fn open(bytes: Vec<u8>, room: Option<u64>) -> io::Result<Box<dyn Feed>> {
    let (job, _watch) = Job::new();
    let origin = Origin::Bytes(bytes.into());
    feed(
        &Origin::Packed {
            from: Box::new(origin),
            room,
        },
        &job,
    )
}

/// Everything that comes, and how much of it as holes.
fn all(feed: &mut dyn Feed) -> io::Result<(Vec<u8>, u64)> {
    let mut buffer = vec![0; super::super::PIECE];
    let (mut bytes, mut holes) = (Vec::new(), 0);
    loop {
        match feed.next(&mut buffer)? {
            Piece::Data(count) => bytes.extend_from_slice(&buffer[..count]),
            Piece::Hole(count) => {
                holes += count;
                bytes.resize(bytes.len() + count as usize, 0);
            }
            Piece::End => return Ok((bytes, holes)),
        }
    }
}

const PROGRAMS: [&str; 4] = ["gzip -c", "xz -c", "bzip2 -c", "zstd -c -q"];

#[test]
fn each_packing_is_known_by_its_content_and_unpacked_with_its_holes() {
    let disk = disk();
    let mut tried = 0;
    for program in PROGRAMS {
        let Some(bytes) = packed(program, &disk) else {
            eprintln!("{program}: not installed");
            continue;
        };
        let length = bytes.len() as u64;
        let mut feed = open(bytes, None).unwrap();
        let (out, holes) = all(&mut *feed).unwrap();
        assert!(out == disk, "{program}: {} bytes", out.len());
        assert!(holes >= 8 * MIB as u64, "{program}: zeroes are not sent: {holes}");
        assert_eq!(feed.position(), Some((length, length)), "{program}");
        tried += 1;
    }
    assert!(tried >= 2, "gzip and xz are everywhere");
}

#[test]
fn several_parts_in_a_row_are_one_image() {
    let disk = disk();
    let (first, second) = disk.split_at(5 * MIB);
    for program in PROGRAMS {
        let (Some(mut bytes), Some(more)) = (packed(program, first), packed(program, second)) else {
            continue;
        };
        if program.starts_with("zstd") {
            // A frame without data.
            bytes.extend([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
        }
        bytes.extend(more);
        let (out, _) = all(&mut *open(bytes, None).unwrap()).unwrap();
        assert!(out == disk, "{program}");
    }
}

#[test]
fn what_is_cut_off_or_damaged_is_never_taken_for_whole() {
    let noise: Vec<u8> = (0..400_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    for program in PROGRAMS {
        let Some(bytes) = packed(program, &noise) else { continue };
        for length in [bytes.len() - 1, bytes.len() / 2, 40] {
            let cut = bytes[..length].to_vec();
            assert!(
                all(&mut *open(cut, None).unwrap()).is_err(),
                "{program}, {length} bytes"
            );
        }
        let mut damaged = bytes.clone();
        let middle = damaged.len() / 2;
        damaged[middle] ^= 0x55;
        let result = all(&mut *open(damaged, None).unwrap());
        assert!(result.is_err(), "{program}: damaged");
    }
}

#[test]
fn a_small_file_with_an_endless_image_stops_where_the_space_ends() {
    let bytes = packed("gzip -c", &vec![7; 8 * MIB]).unwrap();
    assert!(bytes.len() < 20_000);
    let error = all(&mut *open(bytes.clone(), Some(MIB as u64)).unwrap()).unwrap_err();
    assert!(error.to_string().contains("space"), "{error}");
    assert!(all(&mut *open(bytes, Some(8 * MIB as u64)).unwrap()).is_ok());
    // Zeroes take none.
    let zeroes = packed("gzip -c", &vec![0; 8 * MIB]).unwrap();
    assert!(all(&mut *open(zeroes, Some(0)).unwrap()).is_ok());
}

#[test]
fn what_is_not_packed_comes_as_it_is() {
    for bytes in [Vec::new(), b"QFI\xfb".to_vec(), disk()] {
        let mut feed = open(bytes.clone(), None).unwrap();
        assert_eq!(feed.length(), Some(bytes.len() as u64));
        assert!(all(&mut *feed).unwrap().0 == bytes);
    }
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(4 * MIB as u64).unwrap();
    file.write_all(b"x").unwrap();
    let (job, _watch) = Job::new();
    let origin = Origin::Packed {
        from: Box::new(Origin::File(file.path().to_owned())),
        room: None,
    };
    let (out, holes) = all(&mut *feed(&origin, &job).unwrap()).unwrap();
    assert_eq!((out.len(), out[0]), (4 * MIB, b'x'));
    assert!(holes >= 3 * MIB as u64, "{holes}");
}

/// A feed that is cancelled in the middle.
struct Cancelled(Arc<[u8]>, usize);

impl Feed for Cancelled {
    fn length(&self) -> Option<u64> {
        None
    }

    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Piece> {
        let rest = &self.0[self.1..];
        if self.1 > 1000 {
            return Err(io::Error::from(io::ErrorKind::Interrupted));
        }
        let count = rest.len().min(100);
        buffer[..count].copy_from_slice(&rest[..count]);
        self.1 += count;
        Ok(Piece::Data(count))
    }
}

#[test]
fn a_cancel_is_heard_while_something_is_unpacked() {
    let noise: Vec<u8> = (0..400_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    for program in PROGRAMS {
        let Some(bytes) = packed(program, &noise) else { continue };
        let mut feed = unpacked(Box::new(Cancelled(bytes.into(), 0)), None).unwrap();
        let error = all(&mut *feed).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Interrupted, "{program}");
    }
}
