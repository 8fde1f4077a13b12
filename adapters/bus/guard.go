package bus

import (
	"fmt"
	"net/netip"
	"syscall"
)

// closed are networks that no receiver outside lies in, besides those that netip knows by name: shared and carrier networks, tests,
// documentation, and the ranges by which an address of IPv4 is written as one of IPv6.
var closed = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
	"240.0.0.0/4", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10",
)

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, p := range list {
		out[i] = netip.MustParsePrefix(p)
	}
	return out
}

// ClosedAddressError says that a receiver's name led to an address that is not of the public network.
type ClosedAddressError struct {
	Address string
}

func (e *ClosedAddressError) Error() string {
	return fmt.Sprintf("%s is not an address of the public network; an endpoint in a private network is added with --allow-private", e.Address)
}

// guard refuses connections into networks that are not public. It is asked for each address that is about to be connected to, so a name
// that leads elsewhere at another time leads nowhere.
func guard(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", address, err)
	}
	ip := to.Addr().WithZone("").Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() { // which leaves out loopback, link-local, multicast and unspecified ones
		return &ClosedAddressError{ip.String()}
	}
	for _, p := range closed {
		if p.Contains(ip) {
			return &ClosedAddressError{ip.String()}
		}
	}
	return nil
}
