//! The machine itself: its size and name, its interfaces, users and groups.

use std::ffi::CStr;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use cscope_capture::{GroupEntry, Interface, MachineInfo, Snapshot, UserEntry};

use crate::clock::Clock;

/// Longest host name a capture file holds.
const HOSTNAME: usize = 127;

/// A snapshot with everything but threads and descriptors.
pub(super) fn collect(clock: Clock) -> Snapshot {
    Snapshot {
        machine: Some(machine(clock)),
        interfaces: interfaces(),
        users: users(&fs::read("/etc/passwd").unwrap_or_default()),
        groups: groups(&fs::read("/etc/group").unwrap_or_default()),
        ..Snapshot::default()
    }
}

fn machine(clock: Clock) -> MachineInfo {
    let word = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    let memory = word("/proc/meminfo");
    let kib =
        memory.lines().find_map(|l| l.strip_prefix("MemTotal:")?.split_whitespace().next()?.parse().ok());
    let mut hostname = word("/proc/sys/kernel/hostname").into_bytes();
    hostname.truncate(HOSTNAME);
    MachineInfo {
        num_cpus: std::thread::available_parallelism().map_or(1, |n| n.get() as u32),
        memory_bytes: kib.unwrap_or(0u64) * 1024,
        max_pid: word("/proc/sys/kernel/pid_max").parse().unwrap_or_default(),
        hostname,
        boot_ts: clock.epoch_of_boot(0),
        flags: 0,
    }
}

/// The lines of a table whose fields are separated by colons.
fn table(text: &[u8]) -> impl Iterator<Item = Vec<&[u8]>> {
    text.split(|b| *b == b'\n').map(|line| line.split(|b| *b == b':').collect())
}

fn number(field: Option<&&[u8]>) -> Option<u32> {
    std::str::from_utf8(field?).ok()?.parse().ok()
}

fn users(passwd: &[u8]) -> Vec<UserEntry> {
    let user = |f: Vec<&[u8]>| {
        Some(UserEntry {
            uid: number(f.get(2))?,
            gid: number(f.get(3))?,
            name: (*f.first()?).into(),
            home: f.get(5).copied().unwrap_or_default().into(),
            shell: f.get(6).copied().unwrap_or_default().into(),
        })
    };
    table(passwd).filter_map(user).filter(|u| is_name(&u.name)).collect()
}

fn groups(group: &[u8]) -> Vec<GroupEntry> {
    let entry = |f: Vec<&[u8]>| Some(GroupEntry { gid: number(f.get(2))?, name: (*f.first()?).into() });
    table(group).filter_map(entry).filter(|g| is_name(&g.name)).collect()
}

/// Names that begin with + or - refer to other tables.
fn is_name(name: &[u8]) -> bool {
    !matches!(name.first(), None | Some(b'+' | b'-' | b'#'))
}

fn interfaces() -> Vec<Interface> {
    let mut list: *mut libc::ifaddrs = std::ptr::null_mut();
    // SAFETY: `list` is a valid place for the head of the list, which is given back below.
    if unsafe { libc::getifaddrs(&mut list) } != 0 {
        return Vec::new();
    }
    let mut interfaces = Vec::new();
    let mut entry = list;
    // SAFETY: getifaddrs made a list of valid entries that ends in a null pointer.
    while let Some(item) = unsafe { entry.as_ref() } {
        // SAFETY: the pointers of an entry are null or point to socket addresses of their family.
        if let Some(interface) = unsafe { interface(item) } {
            interfaces.push(interface);
        }
        entry = item.ifa_next;
    }
    // SAFETY: the list came from getifaddrs, and nothing borrows from it any more.
    unsafe { libc::freeifaddrs(list) };
    interfaces
}

/// # Safety
/// The pointers of `item` must be as getifaddrs makes them.
unsafe fn interface(item: &libc::ifaddrs) -> Option<Interface> {
    // SAFETY: passed on from the caller.
    let addr = unsafe { address(item.ifa_addr) }?;
    // SAFETY: likewise.
    let mask = unsafe { address(item.ifa_netmask) };
    // SAFETY: likewise; the union's other use, a point-to-point address, has the same type.
    let broadcast = unsafe { address(item.ifa_ifu) };
    // SAFETY: the name is a C string.
    let name = unsafe { CStr::from_ptr(item.ifa_name) }.to_bytes().to_vec();
    let none =
        if addr.is_ipv4() { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { IpAddr::V6(Ipv6Addr::UNSPECIFIED) };
    Some(Interface {
        name,
        addr,
        mask: mask.unwrap_or(none),
        broadcast: broadcast.unwrap_or(none),
        linkspeed: 0,
    })
}

/// # Safety
/// `addr` must be null or point to a socket address of the family it names.
unsafe fn address(addr: *const libc::sockaddr) -> Option<IpAddr> {
    // SAFETY: by contract.
    let family = i32::from(unsafe { addr.as_ref() }?.sa_family);
    match family {
        libc::AF_INET => {
            // SAFETY: by contract, and the family says which type it is.
            let v4 = unsafe { &*addr.cast::<libc::sockaddr_in>() };
            Some(IpAddr::V4(Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr))))
        }
        libc::AF_INET6 => {
            // SAFETY: likewise.
            let v6 = unsafe { &*addr.cast::<libc::sockaddr_in6>() };
            Some(IpAddr::V6(Ipv6Addr::from(v6.sin6_addr.s6_addr)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_groups_are_read_and_references_left_out() {
        let users =
            users(b"root:x:0:0:root:/root:/bin/bash\n+nis::::::\nbad:x:y:0::\nweb:x:33:33::/var/www:\n");
        assert_eq!(users.len(), 2);
        assert_eq!((&*users[1].name, users[1].uid, &*users[1].home), (&b"web"[..], 33, &b"/var/www"[..]));
        let groups = groups(b"root:x:0:\nadm:x:4:a,b\n");
        assert_eq!((groups.len(), groups[1].gid), (2, 4));
    }

    #[test]
    fn the_loopback_interface_is_there() {
        let found = interfaces();
        assert!(found.iter().any(|i| i.addr == IpAddr::V4(Ipv4Addr::LOCALHOST)), "{found:?}");
    }
}
