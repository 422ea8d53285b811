package http

import (
	"net/netip"
	"sync"
)

// step is in what steps memory is charged, as a body arrives. The first one comes
// with the place, because that much is spent on whatever begins: so a small
// message needs none of what large ones share.
const step = 128 << 10

// A share is a number of messages, and of the bytes that they have.
type share struct {
	places int
	bytes  int64
}

// A load is what is being received at the moment, in all and by address. It
// never makes anybody wait: a queue would only hide that there is too much.
type load struct {
	most, mostEach share // of everybody, and of one address

	mu   sync.Mutex
	all  share
	each map[netip.Prefix]*share // of addresses that have a place
}

func newLoad(most, mostEach share) *load {
	return &load{most: most, mostEach: mostEach, each: map[netip.Prefix]*share{}}
}

// A place is where one message is received.
type place struct {
	load *load
	from netip.Prefix
	own  *share // of everything from there
	paid int64
}

// begin takes a place for a message from an address, nil if there is none.
func (l *load) begin(from netip.Prefix) *place {
	l.mu.Lock()
	defer l.mu.Unlock()
	own := l.each[from]
	if l.all.places >= l.most.places || own != nil && own.places >= l.mostEach.places {
		return nil
	}
	if own == nil {
		own = new(share)
		l.each[from] = own
	}
	l.all.places++
	own.places++
	return &place{load: l, from: from, own: own}
}

// hold charges for a message of which so many bytes have arrived. It changes
// nothing if there is no room.
func (p *place) hold(n int64) bool {
	more := (n-1)/step*step - p.paid
	if more <= 0 {
		return true
	}
	l := p.load
	l.mu.Lock()
	defer l.mu.Unlock()
	if more > l.most.bytes-l.all.bytes || more > l.mostEach.bytes-p.own.bytes {
		return false
	}
	l.all.bytes += more
	p.own.bytes += more
	p.paid += more
	return true
}

// end gives the place back, and what was charged.
func (p *place) end() {
	l := p.load
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all.places--
	l.all.bytes -= p.paid
	p.own.places--
	p.own.bytes -= p.paid
	if p.own.places == 0 {
		delete(l.each, p.from)
	}
}

// neighbourhood is what counts as one address: an IPv4 address, or the /64 of an
// IPv6 one, all of which is one subscriber's to choose from (RFC 6177 section 2).
// What is no address, such as a socket's name, counts as one.
func neighbourhood(remote string) netip.Prefix {
	var a netip.Addr
	if with, err := netip.ParseAddrPort(remote); err == nil {
		a = with.Addr()
	} else if a, err = netip.ParseAddr(remote); err != nil { // set by whatever stands in front
		return netip.Prefix{}
	}
	a = a.Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 32
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
