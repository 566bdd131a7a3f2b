//! Whose picture is taken next: of the machines that are on screen, one after the other on each host, at a pace that
//! follows from how many there are and how long the host takes.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use crate::model::key::{DomainKey, HostId};

/// A picture is this old at least before it is taken anew …
const SHORTEST: Duration = Duration::from_secs(3);
/// … and at most, where the host keeps up.
const LONGEST: Duration = Duration::from_secs(10);
/// What each machine on screen adds.
const EACH: Duration = Duration::from_millis(150);
/// A machine that gave no answer is left alone this long.
const PATIENCE: Duration = Duration::from_secs(60);
/// Pictures under way on all hosts together.
const MOST: usize = 4;

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A picture.
    Taken,
    /// None, and there will be none before the machine's state changes.
    NoScreen,
    /// None of any machine of this host.
    HostCannot,
    /// None this time.
    Late,
    /// It is not wanted any more, or the connection is gone.
    GivenUp,
}

/// When a machine is asked again.
#[derive(Debug, Clone, Copy)]
enum Turn {
    At(Instant),
    Never,
}

/// The order of asking.
#[derive(Debug, Default)]
pub(super) struct Round {
    visible: Vec<DomainKey>,
    turns: HashMap<DomainKey, Turn>,
    /// Hosts that are asked now, for whose picture.
    busy: HashMap<HostId, DomainKey>,
    /// Hosts that rest from the last question.
    rests: HashMap<HostId, Instant>,
    unable: HashSet<HostId>,
}

impl Round {
    /// Says which machines are on screen, in the order in which they are to be asked. Gives those that are asked now and
    /// are not on screen any more.
    pub(super) fn show(&mut self, visible: Vec<DomainKey>) -> Vec<DomainKey> {
        self.visible = visible;
        let gone = self.busy.values().filter(|key| !self.visible.contains(key));
        gone.copied().collect()
    }

    /// Machines to ask now, of those that can be. They count as asked.
    pub(super) fn next(&mut self, now: Instant, can: impl Fn(DomainKey) -> bool) -> Vec<DomainKey> {
        let mut chosen = Vec::new();
        let mut waiting: Vec<(DomainKey, Option<Instant>)> = self
            .visible
            .iter()
            .filter_map(|key| match self.turns.get(key) {
                None => Some((*key, None)),
                Some(Turn::At(due)) if *due <= now => Some((*key, Some(*due))),
                Some(_) => None,
            })
            .collect();
        // Those without a picture first, in the order of the screen; then who has waited longest.
        waiting.sort_by_key(|(_, due)| *due);
        for (key, _) in waiting {
            let host = key.host;
            let rests = self.rests.get(&host).is_some_and(|until| *until > now);
            if self.busy.len() < MOST
                && !rests
                && !self.busy.contains_key(&host)
                && !self.unable.contains(&host)
                && can(key)
            {
                self.busy.insert(host, key);
                chosen.push(key);
            }
        }
        chosen
    }

    /// Notes what came of asking a machine, and how long the host took for that.
    pub(super) fn answered(&mut self, key: DomainKey, now: Instant, took: Duration, outcome: Outcome) {
        if self.busy.get(&key.host) != Some(&key) {
            return;
        }
        self.busy.remove(&key.host);
        // At most half of the host's time for first pictures, a quarter for all others.
        let rest = if self.turns.contains_key(&key) { took * 3 } else { took };
        self.rests.insert(key.host, now + rest.min(LONGEST));
        let turn = match outcome {
            Outcome::Taken => Turn::At(now + self.pace()),
            Outcome::NoScreen => Turn::Never,
            Outcome::Late => Turn::At(now + PATIENCE),
            Outcome::HostCannot => {
                self.unable.insert(key.host);
                return;
            }
            Outcome::GivenUp => return,
        };
        self.turns.insert(key, turn);
    }

    /// How old a picture may get.
    fn pace(&self) -> Duration {
        let count = u32::try_from(self.visible.len()).unwrap_or(u32::MAX);
        (SHORTEST + EACH.saturating_mul(count)).min(LONGEST)
    }

    /// How long nothing is to be asked; `None` where only news can change that.
    pub(super) fn wait(&self, now: Instant, can: impl Fn(DomainKey) -> bool) -> Option<Duration> {
        let free = self
            .visible
            .iter()
            .filter(|key| !self.unable.contains(&key.host) && !self.busy.contains_key(&key.host) && can(**key));
        let due = free.filter_map(|key| {
            let own = match self.turns.get(key) {
                None => now,
                Some(Turn::At(due)) => *due,
                Some(Turn::Never) => return None,
            };
            Some(self.rests.get(&key.host).map_or(own, |rest| own.max(*rest)))
        });
        Some(due.min()?.saturating_duration_since(now))
    }

    /// Something about a machine is different: it is asked again in its turn.
    pub(super) fn forget(&mut self, key: DomainKey) {
        self.turns.remove(&key);
    }

    /// All pictures are to be taken anew.
    pub(super) fn forget_all(&mut self) {
        self.turns.clear();
    }

    /// A host is connected anew: perhaps it can now.
    pub(super) fn forget_host(&mut self, host: HostId) {
        self.unable.remove(&host);
        self.rests.remove(&host);
        self.turns.retain(|key, _| key.host != host);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const NONE: Duration = Duration::ZERO;

    fn host(number: u128) -> HostId {
        HostId(Uuid::from_u128(number))
    }

    fn machine(of: HostId, number: u128) -> DomainKey {
        DomainKey::new(of, Uuid::from_u128(number))
    }

    fn all(_: DomainKey) -> bool {
        true
    }

    #[test]
    fn each_host_is_asked_for_one_picture_at_a_time() {
        let now = Instant::now();
        let (a, b) = (host(1), host(2));
        let mut round = Round::default();
        round.show(vec![machine(a, 1), machine(a, 2), machine(b, 3), machine(b, 4)]);
        assert_eq!(round.next(now, all), [machine(a, 1), machine(b, 3)]);
        assert_eq!(round.next(now, all), []);
        assert_eq!(round.wait(now, all), None);
        let later = now + Duration::from_millis(100);
        round.answered(machine(a, 1), later, Duration::from_millis(100), Outcome::Taken);
        assert_eq!(round.next(later, all), [], "the host rests as long as it took");
        assert_eq!(round.wait(later, all), Some(Duration::from_millis(100)));
        assert_eq!(round.next(later + Duration::from_millis(100), all), [machine(a, 2)]);
    }

    #[test]
    fn no_more_than_four_pictures_are_under_way() {
        let mut round = Round::default();
        round.show((1..10).map(|number| machine(host(number), number)).collect());
        assert_eq!(round.next(Instant::now(), all).len(), 4);
    }

    #[test]
    fn pictures_age_by_how_many_there_are_and_never_beyond_ten_seconds() {
        for (count, seconds) in [(1, 3.15), (20, 6.0), (1000, 10.0)] {
            let now = Instant::now();
            let mut round = Round::default();
            round.show((0..count).map(|number| machine(host(1), number)).collect());
            let asked = round.next(now, |key| key.uuid == Uuid::from_u128(0));
            round.answered(asked[0], now, NONE, Outcome::Taken);
            let wait = round.wait(now, |key| key.uuid == Uuid::from_u128(0));
            assert_eq!(wait, Some(Duration::from_secs_f64(seconds)), "{count}");
        }
    }

    #[test]
    fn who_waits_longest_is_next_and_who_has_no_picture_before_that() {
        let now = Instant::now();
        let a = host(1);
        let mut round = Round::default();
        round.show(vec![machine(a, 1), machine(a, 2)]);
        for _ in 0..2 {
            let asked = round.next(now, all);
            round.answered(asked[0], now, NONE, Outcome::Taken);
        }
        round.show(vec![machine(a, 1), machine(a, 2), machine(a, 3)]);
        let later = now + LONGEST;
        assert_eq!(round.next(later, all), [machine(a, 3)]);
        round.answered(machine(a, 3), later, NONE, Outcome::Taken);
        assert_eq!(round.next(later, all), [machine(a, 1)]);
    }

    #[test]
    fn host_that_cannot_is_asked_once_until_it_is_connected_anew() {
        let now = Instant::now();
        let a = host(1);
        let mut round = Round::default();
        round.show(vec![machine(a, 1), machine(a, 2)]);
        round.next(now, all);
        round.answered(machine(a, 1), now, NONE, Outcome::HostCannot);
        assert_eq!((round.next(now + LONGEST, all), round.wait(now, all)), (vec![], None));
        round.forget_host(a);
        assert_eq!(round.next(now, all), [machine(a, 1)]);
    }

    #[test]
    fn machine_without_a_screen_is_asked_again_when_its_state_changes() {
        let now = Instant::now();
        let only = machine(host(1), 1);
        let mut round = Round::default();
        round.show(vec![only]);
        round.next(now, all);
        round.answered(only, now, NONE, Outcome::NoScreen);
        assert_eq!(round.next(now + PATIENCE * 10, all), []);
        round.forget(only);
        assert_eq!(round.next(now, all), [only]);
    }

    #[test]
    fn what_is_scrolled_away_is_given_up_and_asked_again_when_it_comes_back() {
        let now = Instant::now();
        let a = host(1);
        let mut round = Round::default();
        round.show(vec![machine(a, 1)]);
        round.next(now, all);
        assert_eq!(round.show(vec![machine(a, 2)]), [machine(a, 1)]);
        round.answered(machine(a, 1), now, NONE, Outcome::GivenUp);
        assert_eq!(round.next(now, all), [machine(a, 2)]);
        // An answer that comes after all changes nothing.
        round.answered(machine(a, 1), now, NONE, Outcome::Taken);
        assert_eq!(round.next(now, all), []);
    }
}
