//! Who is connected: a bounded number of connections, and a smaller one from each address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Connections at the same time.
const ALL: usize = 1024;
/// Connections at the same time from one address. The API server's proxy brings everybody's from its own.
const FROM_ONE: usize = 256;

#[derive(Default)]
pub(super) struct Guests {
    by_address: Mutex<HashMap<IpAddr, usize>>,
}

/// One connection's place, given back on drop.
pub(super) struct Place {
    guests: Arc<Guests>,
    address: IpAddr,
}

impl Guests {
    /// A place for one more, if there is one.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = by_address.values().sum();
        let from_one = by_address.get(&address).copied().unwrap_or(0);
        if all >= ALL || from_one >= FROM_ONE {
            return None;
        }
        by_address.insert(address, from_one + 1);
        Some(Place {
            guests: Arc::clone(self),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut by_address = self
            .guests
            .by_address
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match by_address.get_mut(&self.address) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: usize) -> IpAddr {
        IpAddr::from([192, 0, 2, u8::try_from(last).expect("a small number")])
    }

    #[test]
    fn one_address_cannot_take_every_place() {
        let guests = Arc::new(Guests::default());
        let mut places: Vec<_> = (0..FROM_ONE)
            .map(|_| guests.admit(address(1)).expect("room"))
            .collect();
        assert!(guests.admit(address(1)).is_none());
        assert!(guests.admit(address(2)).is_some());
        places.pop();
        assert!(guests.admit(address(1)).is_some());
    }

    #[test]
    fn all_together_cannot_either() {
        let guests = Arc::new(Guests::default());
        let of = |from: usize| (0..FROM_ONE).map(move |_| address(from));
        let places: Vec<_> = (1..=ALL / FROM_ONE)
            .flat_map(of)
            .map(|from| guests.admit(from))
            .collect();
        assert!(places.iter().all(Option::is_some));
        assert!(guests.admit(address(99)).is_none());
        drop(places);
        assert!(guests.by_address.lock().expect("nobody panicked").is_empty());
    }
}
