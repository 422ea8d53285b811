package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/exchange/transport/http"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/internal/limits"
)

// reach is how a sending command reaches peers over TLS.
type reach struct{ ca, cert, key string }

func (r *reach) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.ca, "ca", "", "certificates in PEM that peers' are verified against; without it the system's")
	cmd.Flags().StringVar(&r.cert, "cert", "", "own client certificate in PEM, for peers that want one")
	cmd.Flags().StringVar(&r.key, "key", "", "private key of --cert, in PEM")
}

func (r *reach) files() []string { return []string{r.ca, r.cert, r.key} }

// tls reads what the flags name.
func (r *reach) tls(a *app) (*tls.Config, error) {
	if (r.cert == "") != (r.key == "") {
		return nil, cannot("--cert dan --key disebut bersama", "--cert and --key go together", "")
	}
	// One clock for all that is judged.
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, Time: a.now}
	if r.ca != "" {
		roots, err := certificates(r.ca)
		if err != nil {
			return nil, err
		}
		cfg.RootCAs = roots
	}
	if r.cert != "" {
		pair, err := keyPair(r.cert, r.key)
		if err != nil {
			return nil, err
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return cfg, nil
}

// client returns what carries envelopes to the endpoints of the directory. The
// dispatcher tries again, so the client does not.
func (r *reach) client(a *app, me *side) (*http.Client, error) {
	cfg, err := r.tls(a)
	if err != nil {
		return nil, err
	}
	return http.NewClient(http.ClientConfig{
		Endpoints: http.FromDirectory(func() *trust.Directory { return me.trusted }), TLS: cfg, Once: true,
	})
}

func certificates(path string) (*x509.CertPool, error) {
	text, err := read(path, limits.Document)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, cannot("berkas ini tidak memuat sertifikat PEM", "this file holds no certificate in PEM", path)
	}
	return pool, nil
}

// keyPair reads a certificate with its private key, which nobody else may read.
func keyPair(cert, key string) (tls.Certificate, error) {
	info, err := os.Stat(key)
	if err != nil {
		return tls.Certificate{}, err
	}
	if err := ownersAlone(info, key); err != nil {
		return tls.Certificate{}, err
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err == nil {
		return pair, nil
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return tls.Certificate{}, e
	}
	return tls.Certificate{}, cannot("sertifikat dan kunci pribadi ini tidak sah atau bukan pasangan", "this certificate and private key are not valid, or no pair", cert)
}

// ownersAlone refuses a private key file that others can read.
func ownersAlone(info fs.FileInfo, path string) error {
	// Windows answers with modes that say nothing about who may read.
	if runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	return cannot("berkas kunci pribadi dapat dibaca orang lain; jalankan chmod 600, dan pertimbangkan kunci baru",
		"others can read this private key file; run chmod 600 on it, and consider new keys", path)
}
