package http

import (
	"net/netip"
	"net/url"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/trust"
)

// FromDirectory returns the endpoints that a directory gives to a party, in its
// order. current is asked each time and returns the directory in force; it must
// be safe for concurrent use.
func FromDirectory(current func() *trust.Directory) func(envelope.Party) []string {
	return func(to envelope.Party) []string {
		d := current()
		if d == nil {
			return nil
		}
		p, _ := d.Party(to)
		return p.Endpoints
	}
}

// resource returns the URL of a resource below a base URL: https, or http to a
// literal loopback address or if plain is true; without user, query or fragment.
func resource(base, path string, plain bool) (string, bool) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.Opaque != "" {
		return "", false
	}
	switch u.Scheme {
	case "https":
	case "http":
		if a, err := netip.ParseAddr(u.Hostname()); !plain && (err != nil || !a.Unmap().IsLoopback()) {
			return "", false
		}
	default:
		return "", false
	}
	return u.JoinPath(path).String(), true
}
