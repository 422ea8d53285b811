package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	exitOK      = 0
	exitRefused = 1 // the data or the envelope is refused; the reason is printed
	exitCannot  = 2 // usage, files, permissions: nothing was judged
	exitPending = 3 // not yet known: it is in the outbox and must not be sealed anew
)

func main() {
	os.Exit(run(interruptible(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr, time.Now))
}

// interruptible returns a context that ends with the first signal to stop.
func interruptible() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second one ends the process at once
	return ctx
}

// app is what every command works with.
type app struct {
	in       io.Reader
	out, err io.Writer
	now      func() time.Time
	config   string   // the config file's path, "" if there is none
	settings settings // what it says; flags win

	passphrase string                              // the passphrase file's path, "" if there is none
	ask        func(prompt string) ([]byte, error) // nil if nobody is at a terminal
}

// run runs one command line and returns its exit code. The clock is a
// parameter so that tests can live at another time.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer, now func() time.Time) int {
	a := &app{in: in, out: out, err: errs, now: now, ask: asker(ctx, in, errs)}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	var end *stopped
	if !errors.As(err, &end) {
		// Only cobra's own errors are left; they speak of the arguments.
		end = cannot("perintah tidak dipahami", "the command line is not understood", err.Error())
	}
	end.print(errs)
	return end.code
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "segel",
		Short: "Seal, check and open datasets / menyegel, memeriksa dan membuka data",
		Long: `segel seals a dataset for another agency, for one purpose, under an agreement
that both signed; and opens it again. Exit codes: 0 done, 1 refused (the
reason is printed), 2 cannot run (usage, files, permissions), 3 not yet known: it
is in the outbox, and must not be sealed anew.`,
		Version:            version(),
		SilenceErrors:      true,
		SilenceUsage:       true,
		DisableSuggestions: true, // they take several lines
		CompletionOptions:  cobra.CompletionOptions{HiddenDefaultCmd: true},
		PersistentPreRunE: a.does(func(cmd *cobra.Command, _ []string) (err error) {
			a.settings, err = loadSettings(a.config)
			return err
		}),
	}
	root.PersistentFlags().StringVar(&a.config, "config", os.Getenv("SEGEL_CONFIG"), "JSON file with what repeats: directory, anchor, as, keys, store, journal and more")
	root.PersistentFlags().StringVar(&a.passphrase, "passphrase-file", "", "file with the passphrase of the private key file, one line")
	group(root)
	root.SetHelpCommand(help(root))
	root.AddCommand(a.keygen(), a.agreement(), a.directory(), a.check(), a.seal(), a.inspect(), a.open(), a.send(), a.outbox(), a.drop(), a.serve(), a.doctor(), a.purpose(), a.dataset(), a.schema(), a.generate(), a.completeness())
	return root
}

// group makes a command that only holds others refuse to be called without one
// of them: by itself cobra would end with success.
func group(cmd *cobra.Command) *cobra.Command {
	cmd.Args = cobra.NoArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cmd.SetOut(cmd.ErrOrStderr())
		_ = cmd.Help()
		return cannot("perintah belum lengkap", "the command is incomplete", cmd.CommandPath())
	}
	return cmd
}

// help is cobra's help command, but for a topic that there is not.
func help(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Help about a command / bantuan",
		RunE: func(_ *cobra.Command, args []string) error {
			about, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return cannot("tidak ada perintah seperti itu", "there is no such command", "segel help")
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

// does makes every error of a command one that says how the program ends.
func (a *app) does(f func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := f(cmd, args); err != nil {
			return ending(err)
		}
		return nil
	}
}

// version is the module's version, as the Go tool recorded it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
