//! Machines of the test driver behind a private daemon, and another administrator who changes them.

use std::collections::HashMap;
use std::ffi::{CStr, CString};

use virt_sys as sys;

use crate::options::Contestant;

/// A connection of its own to libvirt. The default world of the test driver lives as long as some client has it open.
pub struct World {
    connection: sys::virConnectPtr,
    domains: HashMap<String, sys::virDomainPtr>,
}

// SAFETY: libvirt's connections and machines may be used from any thread.
unsafe impl Send for World {}

impl World {
    /// Opens `uri`.
    ///
    /// # Panics
    /// If libvirt refuses.
    pub fn open(uri: &str) -> Self {
        let uri = CString::new(uri).expect("a URI");
        // SAFETY: a terminated text that lives through the call.
        let connection = unsafe { sys::virConnectOpen(uri.as_ptr()) };
        assert!(!connection.is_null(), "no connection to {uri:?}");
        Self {
            connection,
            domains: HashMap::new(),
        }
    }

    /// Name of the machine with this number.
    pub fn name(number: usize) -> String {
        format!("vm{number:05}")
    }

    /// Defines machines until there are `size`, the driver's own one included; every other one runs.
    ///
    /// # Panics
    /// If libvirt refuses.
    pub fn fill(&mut self, size: usize) {
        for number in 1..size {
            let name = Self::name(number);
            let xml = CString::new(format!(
                "<domain type='test'><name>{name}</name><memory unit='MiB'>512</memory><vcpu>2</vcpu>\
                 <os><type>hvm</type></os></domain>"
            ))
            .expect("no NUL");
            // SAFETY: an open connection and a terminated text.
            let domain = unsafe { sys::virDomainDefineXML(self.connection, xml.as_ptr()) };
            assert!(!domain.is_null(), "{name} was not defined");
            if Self::runs(number) {
                // SAFETY: the machine was checked just before.
                assert_eq!(unsafe { sys::virDomainCreate(domain) }, 0, "{name} did not start");
            }
            self.domains.insert(name, domain);
        }
    }

    /// Lists all machines and lets go of them.
    ///
    /// # Panics
    /// If libvirt refuses.
    pub fn list(&self) {
        let mut domains = std::ptr::null_mut();
        // SAFETY: an open connection; the array and each machine in it are ours to free.
        unsafe {
            let count = sys::virConnectListAllDomains(self.connection, &raw mut domains, 0);
            let count = usize::try_from(count).expect("a list");
            for &domain in std::slice::from_raw_parts(domains, count) {
                sys::virDomainFree(domain);
            }
            libc::free(domains.cast());
        }
    }

    /// Whether [`World::fill`] starts the machine with this number.
    pub fn runs(number: usize) -> bool {
        number.is_multiple_of(2)
    }

    /// How a program names this machine in what it says.
    ///
    /// # Panics
    /// If libvirt does not know it.
    pub fn mark(&mut self, number: usize, who: Contestant) -> String {
        if who != Contestant::Vireo {
            return Self::name(number);
        }
        let mut text = [0; 64];
        let domain = self.domain(number);
        // SAFETY: a machine of ours, and more room than libvirt's VIR_UUID_STRING_BUFLEN.
        assert_eq!(unsafe { sys::virDomainGetUUIDString(domain, text.as_mut_ptr()) }, 0);
        // SAFETY: filled and terminated just before.
        unsafe { CStr::from_ptr(text.as_ptr()) }.to_string_lossy().into_owned()
    }

    fn domain(&mut self, number: usize) -> sys::virDomainPtr {
        let connection = self.connection;
        let domain = *self.domains.entry(Self::name(number)).or_insert_with_key(|name| {
            let text = CString::new(name.as_str()).expect("no NUL");
            // SAFETY: an open connection and a terminated text.
            unsafe { sys::virDomainLookupByName(connection, text.as_ptr()) }
        });
        assert!(!domain.is_null(), "machine {number} is not there");
        domain
    }

    /// Pauses a machine, or lets it go on.
    ///
    /// # Panics
    /// If libvirt refuses, or does not know it.
    pub fn set_paused(&mut self, number: usize, paused: bool) {
        let domain = self.domain(number);
        // SAFETY: the machine was checked just before.
        let result = unsafe {
            if paused {
                sys::virDomainSuspend(domain)
            } else {
                sys::virDomainResume(domain)
            }
        };
        assert_eq!(result, 0, "machine {number} did not change");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // SAFETY: each was given to us once, and is not used any more.
        unsafe {
            for domain in self.domains.values().copied().filter(|domain| !domain.is_null()) {
                sys::virDomainFree(domain);
            }
            sys::virConnectClose(self.connection);
        }
    }
}
