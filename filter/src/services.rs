//! Service names of ports, from the services file of the system.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

/// What is known where the system has no services file.
const COMMON: &str = "ftp 21/tcp\nssh 22/tcp\ntelnet 23/tcp\nsmtp 25/tcp\ndomain 53/udp\ndomain 53/tcp\n\
    http 80/tcp\nntp 123/udp\nimap2 143/tcp\nsnmp 161/udp\nldap 389/tcp\nhttps 443/tcp\nsyslog 514/udp\n\
    imaps 993/tcp\nmysql 3306/tcp\npostgresql 5432/tcp\nredis 6379/tcp\nhttp-alt 8080/tcp\n";

#[derive(Debug, Default)]
struct Services {
    ports: FxHashMap<String, u16>,
    names: FxHashMap<(u16, bool), String>,
}

impl Services {
    /// Lines of the form `name port/protocol alias... # comment`.
    fn parse(text: &str) -> Self {
        let mut services = Self::default();
        for line in text.lines() {
            let mut words = line.split('#').next().unwrap_or("").split_whitespace();
            let (Some(name), Some((port, protocol))) =
                (words.next(), words.next().and_then(|p| p.split_once('/')))
            else {
                continue;
            };
            let Ok(port) = port.parse::<u16>() else { continue };
            services.names.entry((port, protocol == "udp")).or_insert_with(|| name.to_owned());
            for name in std::iter::once(name).chain(words) {
                services.ports.entry(name.to_owned()).or_insert(port);
            }
        }
        services
    }
}

fn services() -> &'static Services {
    static SERVICES: OnceLock<Services> = OnceLock::new();
    SERVICES.get_or_init(|| match std::fs::read_to_string("/etc/services") {
        Ok(text) => Services::parse(&text),
        Err(_) => Services::parse(COMMON),
    })
}

/// Port of the service with this name or alias.
pub(crate) fn port_of(name: &str) -> Option<u16> {
    services().ports.get(name).copied()
}

/// Name of the service at a port.
pub(crate) fn name_of(port: u16, udp: bool) -> Option<&'static str> {
    services().names.get(&(port, udp)).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lines_with_aliases_and_comments() {
        let s = Services::parse("# head\nhttp 80/tcp www # web\nfoo 7/udp\nbad\nworse x/tcp\n");
        assert_eq!(s.ports.get("www"), Some(&80));
        assert_eq!(s.names.get(&(80, false)).map(String::as_str), Some("http"));
        assert_eq!(s.names.get(&(7, true)).map(String::as_str), Some("foo"));
        assert_eq!(s.ports.len(), 3);
        assert_eq!(Services::parse(COMMON).ports.get("https"), Some(&443));
    }
}
