//! Ranges of internet addresses, as people write them: `203.0.113.0/24`, `2001:db8::/32`, `198.51.100.7`; and the ranges
//! that an address stands for where tries are counted.

use crate::error::Refusal;
use ipnet::{IpNet, Ipv4Net};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

/// How many ranges one list has at most.
const MOST: usize = 100;

/// A list of ranges. An empty one holds no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranges(Arc<[IpNet]>);

impl Ranges {
    /// Reads ranges and single addresses.
    ///
    /// # Errors
    /// Names the `field`, the first that is none, and what is allowed.
    pub fn read(field: &str, written: &[String]) -> Result<Self, Refusal> {
        if written.len() > MOST {
            return Err(Refusal::input(field, format!("`{field}` has too many ranges: at most {MOST}")));
        }
        written.iter().map(|text| range(field, text)).collect::<Result<_, _>>().map(Self)
    }

    /// Reads what [`Display`](fmt::Display) has written; `None`: that is not what it was.
    #[must_use]
    pub fn stored(text: &str) -> Option<Self> {
        text.split_ascii_whitespace().map(parse).collect::<Option<_>>().map(Self)
    }

    /// Whether the address is in one of them. An IPv4 address that is written as an IPv6 one is an IPv4 address.
    #[must_use]
    pub fn hold(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|range| range.contains(&address))
    }

    /// Whether each of them lies within one of `others`.
    #[must_use]
    pub fn lie_within(&self, others: &Self) -> bool {
        self.0.iter().all(|range| others.0.iter().any(|other| other.contains(range)))
    }

    /// What lies in both: two ranges are one in the other, or have nothing in common.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        let within = |one: &Self, other: &Self| {
            one.0.iter().filter(|range| other.0.iter().any(|wide| wide.contains(*range))).copied().collect::<Vec<_>>()
        };
        let mut common = within(self, other);
        common.extend(within(other, self).into_iter().filter(|range| !self.0.contains(range)));
        Self(common.into())
    }

    /// Each of them as people write it.
    pub fn written(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|range| {
            if range.prefix_len() == range.max_prefix_len() { range.addr().to_string() } else { range.to_string() }
        })
    }
}

impl fmt::Display for Ranges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written().collect::<Vec<_>>().join(" "))
    }
}

/// Where somebody is: the address, or of IPv6 its /64, since whoever has one address of that has all of them.
#[must_use]
pub fn place(address: IpAddr) -> String {
    around(address, 32, 64)
}

/// The network that an address is of: its /24, or of IPv6 its /48.
#[must_use]
pub fn network(address: IpAddr) -> String {
    around(address, 24, 48)
}

fn around(address: IpAddr, v4: u8, v6: u8) -> String {
    let address = address.to_canonical();
    let prefix = if address.is_ipv4() { v4 } else { v6 };
    IpNet::new(address, prefix).map_or_else(|_| address.to_string(), |range| range.trunc().to_string())
}

fn parse(text: &str) -> Option<IpNet> {
    let range = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => text.parse::<IpNet>().ok()?,
    };
    Some(canonical(range))
}

/// IPv4 ranges that are written as IPv6 ones, as IPv4.
fn canonical(range: IpNet) -> IpNet {
    let IpNet::V6(v6) = range else { return range };
    let mapped: Option<std::net::Ipv4Addr> = Ipv6Addr::to_ipv4_mapped(&v6.addr());
    let v4 = mapped.zip(v6.prefix_len().checked_sub(96));
    v4.and_then(|(address, prefix)| Ipv4Net::new(address, prefix).ok()).map_or(range, IpNet::V4)
}

fn range(field: &str, text: &str) -> Result<IpNet, Refusal> {
    let shown: String = text.chars().filter(|one| !one.is_control()).take(60).collect();
    let Some(range) = parse(text) else {
        let message =
            format!("`{shown}` is not a range of addresses: write 203.0.113.0/24, 2001:db8::/32 or 198.51.100.7");
        return Err(Refusal::input(field, message));
    };
    if range.trunc() != range {
        let (whole, one) = (range.trunc(), range.addr());
        let message =
            format!("`{shown}` is not the beginning of its range: write {whole} for the range, {one} for the address");
        return Err(Refusal::input(field, message));
    }
    Ok(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(written: &[&str]) -> Ranges {
        Ranges::read("ip_ranges", &written.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    fn held(ranges: &Ranges, address: &str) -> bool {
        ranges.hold(address.parse().unwrap())
    }

    #[test]
    fn both_families_are_held_apart_and_mapped_addresses_are_ipv4() {
        let some = ranges(&["10.0.0.0/8", "2001:db8::/32", "198.51.100.7", "::ffff:192.0.2.0/120"]);
        for inside in
            ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8:1::1", "198.51.100.7", "::ffff:198.51.100.7", "192.0.2.9"]
        {
            assert!(held(&some, inside), "{inside}");
        }
        for outside in ["11.0.0.1", "2001:db9::1", "198.51.100.8", "::ffff:11.0.0.1", "::10.1.2.3", "192.0.3.1"] {
            assert!(!held(&some, outside), "{outside}");
        }
        assert!(!held(&ranges(&["::/0"]), "10.0.0.1"), "all of IPv6 is nothing of IPv4");
        assert!(!held(&ranges(&["0.0.0.0/0"]), "2001:db8::1"));
        assert!(held(&ranges(&["0.0.0.0/0"]), "::ffff:10.0.0.1"));
        assert!(!held(&ranges(&[]), "10.0.0.1"), "an empty list holds nothing");
        assert_eq!(Ranges::stored(&some.to_string()), Some(some));
    }

    #[test]
    fn tries_are_counted_by_place_and_by_network() {
        let of = |address: &str| {
            let address = address.parse().unwrap();
            (place(address), network(address))
        };
        let both = |place: &str, network: &str| (place.to_owned(), network.to_owned());
        assert_eq!(of("192.0.2.77"), both("192.0.2.77/32", "192.0.2.0/24"));
        assert_eq!(of("::ffff:192.0.2.77"), of("192.0.2.77"));
        assert_eq!(of("2001:db8:1:2:3::4"), both("2001:db8:1:2::/64", "2001:db8:1::/48"));
    }

    #[test]
    fn what_lies_within_is_narrower() {
        let wide = ranges(&["10.0.0.0/8", "2001:db8::/32"]);
        for narrower in
            [&["10.1.0.0/16"][..], &["10.0.0.1", "2001:db8::1"], &[], &["::ffff:10.1.0.0/112"], &["10.0.0.0/8"]]
        {
            assert!(ranges(narrower).lie_within(&wide), "{narrower:?}");
        }
        for wider in
            [&["10.0.0.0/7"][..], &["0.0.0.0/0"], &["10.1.0.0/16", "11.0.0.0/16"], &["::/0"], &["::ffff:0.0.0.0/96"]]
        {
            assert!(!ranges(wider).lie_within(&wide), "{wider:?}");
        }
    }

    #[test]
    fn what_is_no_range_is_refused_in_words() {
        let message = |text: &str| Ranges::read("ip_ranges", &[text.to_owned()]).unwrap_err().message;
        assert_eq!(
            message("10.0.0.1/8"),
            "`10.0.0.1/8` is not the beginning of its range: write 10.0.0.0/8 for the range, 10.0.0.1 for the address"
        );
        for wrong in [
            "",
            "all",
            "10.0.0.0/33",
            "10.0.0",
            "10.0.0.0/-1",
            "2001:db8::/129",
            "10.0.0.0/8 ",
            "fe80::1%eth0",
            "example.com",
            "010.0.0.1",
        ] {
            assert!(message(wrong).contains("is not a range of addresses"), "{wrong}");
        }
    }
}
