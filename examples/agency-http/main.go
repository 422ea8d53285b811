// Agency-http is two agency servers that exchange over HTTP: KPU's Sirekap sends
// results of polling stations to Bawaslu's supervision. It is a program to copy:
// nothing in it is for show. README.md says how to run it on two machines.
//
//	agency-http -role receiver -as bawaslu/pengawasan …
//	agency-http -role sender -as kpu/sirekap …
//
// The receiver opens what comes and writes it into its store, in the transaction
// that settles the envelope, so that each envelope has its effect exactly once:
// through restarts, crashes and lost answers (receiver.go). The sender takes
// records from its own application, answers once they are sealed and durable, and
// carries them until it holds the recipient's receipt (sender.go). Both keep what
// they need in one folder (agency.go), log as JSON, answer GET /healthz, and end
// on SIGTERM when what they are doing is done.
//
// The keys, the agreement and the directory are made with the command segel.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

// What the two have agreed to exchange. The programs of another dataset have other
// names here, and another application behind the handler.
const (
	dataset = "sirekap/hasil-tps"
	purpose = "AWAS-TAHAPAN"
)

// options are what the command line says.
type options struct {
	role, party             string
	keys, directory, anchor string
	data, listen            string
	to, agreement           string
	cert, key, ca           string
}

func main() {
	var o options
	flag.StringVar(&o.role, "role", "", "receiver or sender")
	flag.StringVar(&o.party, "as", "", "whose server it is, as kpu/sirekap")
	flag.StringVar(&o.keys, "keys", "", "that party's private keys, made by segel keygen")
	flag.StringVar(&o.directory, "directory", "", "the signed directory, which also says where parties are reached")
	flag.StringVar(&o.anchor, "anchor", "", "anchor.public.jwks, by which the directory is signed")
	flag.StringVar(&o.data, "data", "", "folder of this server: its store, outbox and journal; made if it is missing")
	flag.StringVar(&o.listen, "listen", "127.0.0.1:8443", "receiver: where envelopes come; sender: where its own application brings records, a loopback address")
	flag.StringVar(&o.to, "to", "bawaslu/pengawasan", "sender: the recipient")
	flag.StringVar(&o.agreement, "agreement", "PKS-UJI", "sender: id of the agreement")
	flag.StringVar(&o.cert, "cert", "", "this server's certificate, PEM; a receiver serves plain HTTP without it, on loopback addresses only")
	flag.StringVar(&o.key, "key", "", "private key of -cert, PEM")
	flag.StringVar(&o.ca, "ca", "", "certificates that peers must have theirs from, PEM; a receiver then demands one, a sender knows the system's without it")
	flag.Parse()

	// What is logged are codes and public identifiers: never a record.
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o, log)
	stop()
	if err != nil {
		log.Error("stopped", "error", err)
		os.Exit(1)
	}
	log.Info("stopped")
}

// run serves until ctx ends.
func run(ctx context.Context, o options, log *slog.Logger) error {
	serve := map[string]func(context.Context, *agency, options, *slog.Logger) error{"receiver": receive, "sender": send}[o.role]
	if serve == nil || flag.NArg() > 0 {
		return fmt.Errorf("usage: agency-http -role receiver|sender -as P -keys F -directory F -anchor F -data DIR")
	}
	a, err := open(o)
	if err != nil {
		return err
	}
	defer a.close()
	return serve(ctx, a, o, log)
}
