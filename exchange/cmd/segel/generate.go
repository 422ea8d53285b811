package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/internal/disk"
	"github.com/segel-id/segel/schema/election/synthetic"
)

func (a *app) generate() *cobra.Command {
	var dataset, out string
	var records int
	var seed uint64
	var defects float64
	cmd := &cobra.Command{
		Use:   "generate --dataset D --records N --seed S [--defects SHARE] --out FILE",
		Short: "Make synthetic records / membuat rekaman tiruan",
		Long: `Writes N records of the dataset as NDJSON. They describe nobody and nothing
real, and are the same bytes for the same seed on every machine. --defects is
the share of records, from 0 to 1, that get a known defect each; what "segel
check" must find in them is printed.`,
		Args: cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, _ []string) error {
			if err := a.need(cmd, "dataset", "out"); err != nil {
				return err
			}
			if !cmd.Flags().Changed("seed") || records < 1 {
				return cannot("sebutkan --seed, dan --records dari 1", "name a --seed, and --records from 1", "")
			}
			if !(defects >= 0 && defects <= 1) { // NaN is neither
				return cannot("--defects adalah bagian dari 0 hingga 1", "--defects is a share from 0 to 1", "")
			}
			g, err := synthetic.New(dataset, seed, defects)
			if err != nil {
				return cannot("tidak ada pembangkit untuk dataset ini", "there is no generator for this dataset", "segel dataset list")
			}
			if records > g.Max() {
				return cannot("--records terlalu banyak untuk dataset ini", "--records is more than this dataset has keys for", strconv.Itoa(g.Max()))
			}
			files := paths{outputs: []string{out}, inputs: []string{a.config, a.passphrase}}
			if err := files.check(); err != nil {
				return err
			}
			made := generated{defects: map[string]int{}, finds: map[string]int{}}
			err = replaceFrom(out, private, func(w *bufio.Writer) error { return made.write(cmd.Context(), w, g, records) })
			if err != nil {
				return err
			}
			made.print(a.out)
			return nil
		}),
	}
	cmd.Flags().StringVar(&dataset, "dataset", "", "dataset, as sirekap/hasil-tps")
	cmd.Flags().IntVar(&records, "records", 0, "how many records")
	cmd.Flags().Uint64Var(&seed, "seed", 0, "number from which everything follows")
	cmd.Flags().Float64Var(&defects, "defects", 0, "share of records with a defect, 0 to 1")
	cmd.Flags().StringVar(&out, "out", "", "file for the records")
	return cmd
}

// generated counts what was written.
type generated struct {
	records int
	bytes   int64
	defects map[string]int // by name
	finds   map[string]int // findings to come, by id
}

func (made *generated) write(ctx context.Context, w *bufio.Writer, g *synthetic.Generator, n int) error {
	for record, defect := range g.Rows(n) {
		if made.records%10_000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		made.records++
		made.bytes += int64(len(record)) + 1
		if _, err := w.Write(record); err != nil {
			return err
		}
		if err := w.WriteByte('\n'); err != nil {
			return err
		}
		if defect != nil {
			made.defects[defect.Name]++
			for _, id := range defect.Finds {
				made.finds[id]++
			}
		}
	}
	return nil
}

func (made *generated) print(w io.Writer) {
	broken := 0
	for _, n := range made.defects {
		broken += n
	}
	fmt.Fprintf(w, "rekaman / records: %d\nbita / bytes: %d\ndengan cacat / with a defect: %d\n", made.records, made.bytes, broken)
	for _, name := range slices.Sorted(maps.Keys(made.defects)) {
		fmt.Fprintf(w, "  %-28s %8d\n", name, made.defects[name])
	}
	if broken > 0 {
		fmt.Fprintln(w, "harus ditemukan / to be found:")
	}
	for _, id := range slices.Sorted(maps.Keys(made.finds)) {
		fmt.Fprintf(w, "  %-28s %8d\n", id, made.finds[id])
	}
}

// replaceFrom is replace for what is too large to be held in memory.
func replaceFrom(path string, mode fs.FileMode, write func(w *bufio.Writer) error) error {
	if err := target(path); err != nil {
		return err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	temp := filepath.Join(filepath.Dir(path), unfinished+rand.Text())
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return fmt.Errorf("write: %w", named(err, path))
	}
	w := bufio.NewWriterSize(f, 1<<20)
	err = write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		_ = os.Remove(temp) // it may be gone already
		return fmt.Errorf("write: %w", named(err, path))
	}
	return disk.SyncFolder(filepath.Dir(path))
}
