//! What images build on, for machines that are off: only running ones tell it themselves.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::call;
use crate::model::error::Kind;
use crate::virt::connection::{Connection, Result};

/// Images that one question looks at.
const MOST: usize = 1000;
/// How long that may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Images above each other. Longer chains are a circle, or somebody's joke.
const DEEPEST: usize = 64;

/// For each of these images what it builds on, nearest first, as far as they are volumes of pools that run. The second
/// value is whether all of them were looked at.
///
/// # Errors
/// Where the host cannot be asked, or has no storage pools.
pub(crate) fn chains(connection: &Arc<Connection>, paths: &[String]) -> Result<(HashMap<String, Vec<String>>, bool)> {
    let until = Instant::now() + PATIENCE;
    let mut below: HashMap<String, Option<String>> = HashMap::new();
    let mut chains = HashMap::new();
    for path in paths {
        let mut chain: Vec<String> = Vec::new();
        let mut at = path.clone();
        while chain.len() < DEEPEST {
            let known = below.get(&at).cloned();
            let next = match known {
                Some(next) => next,
                None => {
                    if below.len() >= MOST || Instant::now() >= until || connection.is_closing() {
                        return Ok((chains, false));
                    }
                    let next = match call::volume_at(connection, &at) {
                        Ok(volume) => volume.and_then(|volume| volume.backing),
                        Err(error) if error.kind == Kind::Unsupported => return Err(error),
                        Err(error) if error.kind == Kind::Unreachable => return Err(error),
                        Err(_) => None,
                    };
                    below.insert(at.clone(), next.clone());
                    next
                }
            };
            match next {
                Some(next) if next != *path && !chain.contains(&next) => {
                    chain.push(next.clone());
                    at = next;
                }
                _ => break,
            }
        }
        if !chain.is_empty() {
            chains.insert(path.clone(), chain);
        }
    }
    Ok((chains, true))
}
