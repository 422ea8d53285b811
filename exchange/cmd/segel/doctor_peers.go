package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	nethttp "net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/segel-id/segel/envelope"
)

const (
	// probeTime is how long an endpoint may take to answer.
	probeTime = 5 * time.Second
	// maxDrift is how far the clocks of two machines may lie apart before people
	// should look: what an opener allows by default.
	maxDrift = envelope.DefaultSkew
)

// probe is one question to one endpoint, and what came of it.
type probe struct {
	party  envelope.Party
	url    string
	id, en string        // what is wrong; "" if nothing is
	date   time.Time     // the peer's clock, zero if it does not say
	drift  time.Duration // by which it differs from this one
}

// peers asks the endpoints of partners whether they serve, all at once.
func (d *diagnosis) peers(ctx context.Context) {
	cfg, err := d.r.tls(d.a)
	if err != nil {
		d.fail("peers", err)
		return
	}
	var probes []*probe
	for _, p := range append(d.partners(), d.me.party) {
		entry, _ := d.me.trusted.Party(p)
		for _, base := range entry.Endpoints {
			probes = append(probes, &probe{party: p, url: base})
		}
	}
	client := &nethttp.Client{
		Timeout:       probeTime,
		Transport:     &nethttp.Transport{TLSClientConfig: cfg, DisableKeepAlives: true},
		CheckRedirect: func(*nethttp.Request, []*nethttp.Request) error { return nethttp.ErrUseLastResponse },
	}
	var asked sync.WaitGroup
	for _, p := range probes {
		asked.Go(func() { p.ask(ctx, client, d.a.now) })
	}
	asked.Wait()
	for _, p := range probes {
		check := "peer " + string(p.party) + " " + p.url
		v := wrong
		if p.party == d.me.party {
			check = "own endpoint " + p.url
			v = warning // it may be another machine's, or not be running yet
		}
		if p.en == "" {
			v, p.id, p.en = fine, "menjawab", "it answers"
		}
		d.tell(v, check, p.id, p.en)
	}
	d.drift(probes)
}

// ask asks an endpoint for its health.
func (p *probe) ask(ctx context.Context, client *nethttp.Client, now func() time.Time) {
	at, err := url.JoinPath(p.url, "healthz")
	if err != nil {
		p.id, p.en = "URL tidak sah", "the URL is not valid"
		return
	}
	req, err := nethttp.NewRequestWithContext(ctx, nethttp.MethodGet, at, nil)
	if err != nil {
		p.id, p.en = "URL tidak sah", "the URL is not valid"
		return
	}
	res, err := client.Do(req)
	if err != nil {
		p.id, p.en = trouble(err)
		return
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 16))
	if err != nil || res.StatusCode != nethttp.StatusOK || strings.TrimSpace(string(body)) != "ok" {
		p.id, p.en = "ada yang menjawab, tetapi bukan segel serve; periksa endpoint dan proksi", "something answers, but not as segel serve does; check the endpoint and proxies"
		return
	}
	if date, err := nethttp.ParseTime(res.Header.Get("Date")); err == nil {
		p.date, p.drift = date, now().Sub(date)
	}
}

// drift holds this clock against those of the peers that have answered.
func (d *diagnosis) drift(probes []*probe) {
	agree, differ := 0, []string{}
	for _, p := range probes {
		switch {
		case p.party == d.me.party || p.date.IsZero():
		case p.drift.Abs() <= maxDrift:
			agree++
		default:
			differ = append(differ, string(p.party))
		}
	}
	switch {
	case agree+len(differ) == 0:
	case len(differ) == 0:
		d.say(fine, "clock.peers", "jam ini cocok dengan jam %d mitra", "this clock agrees with those of %d peers", agree)
	case agree == 0:
		d.say(wrong, "clock.peers", "jam ini berbeda lebih dari 2 menit dari jam %s; setel jam dengan NTP", "this clock differs by more than 2 minutes from that of %s; set it by NTP", strings.Join(differ, ", "))
	default:
		d.say(warning, "clock.peers", "jam %s berbeda lebih dari 2 menit dari jam ini; jam mitra lain cocok", "the clock of %s differs by more than 2 minutes from this one; those of other peers agree", strings.Join(differ, ", "))
	}
}

// trouble names why an endpoint does not answer, in words of ours: the text of an
// error may be the peer's.
func trouble(err error) (id, en string) {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var op *net.OpError
	var plain tls.RecordHeaderError
	var name *net.DNSError
	switch {
	case errors.As(err, &unknown):
		return "TLS: sertifikatnya ditandatangani pihak yang tidak dikenal; sebutkan CA-nya dengan --ca", "TLS: its certificate is signed by somebody unknown; name its CA with --ca"
	case errors.As(err, &host):
		return "TLS: sertifikatnya untuk nama lain", "TLS: its certificate is for another name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "TLS: sertifikatnya kedaluwarsa atau belum berlaku menurut jam ini", "TLS: its certificate has expired or does not hold yet, by this clock"
	case errors.As(err, &invalid):
		return "TLS: sertifikatnya tidak sah", "TLS: its certificate is not valid"
	case errors.As(err, &op) && op.Op == "remote error": // an alert of TLS
		return "TLS: mitra menolak; bila ia meminta sertifikat klien, sebutkan --cert dan --key", "TLS: the peer refuses; if it wants a client's certificate, name --cert and --key"
	case errors.As(err, &plain), errors.Is(err, nethttp.ErrSchemeMismatch):
		return "TLS: yang menjawab bukan TLS", "TLS: what answers is not TLS"
	case errors.As(err, &name):
		return "nama komputernya tidak ditemukan; periksa endpoint dan DNS", "its name is not found; check the endpoint and DNS"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "tidak ada yang mendengarkan di sana; mitra mungkin mati", "nothing listens there; the peer may be down"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "jaringan tidak sampai ke sana", "the network does not lead there"
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return "tidak menjawab dalam 5 detik; periksa jaringan dan tembok api", "no answer within 5 seconds; check network and firewall"
	}
	return "tidak menjawab", "it does not answer"
}

func isTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}
