package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/segel-id/segel/schema"
)

// others is a flag that may come several times, each for another dataset:
// D=FILE.
type others struct {
	datasets []string
	files    map[string]string
}

func (n *others) String() string { return "" }

func (n *others) Type() string { return "D=FILE" }

// Set takes one of them.
func (n *others) Set(s string) error {
	dataset, file, ok := strings.Cut(s, "=")
	if !ok || dataset == "" || file == "" || file == "-" {
		return errors.New("want D=FILE, as referensi/wilayah=wilayah.ndjson")
	}
	if _, twice := n.files[dataset]; twice {
		return errors.New("a dataset is named twice")
	}
	if n.files == nil {
		n.files = map[string]string{}
	}
	n.datasets, n.files[dataset] = append(n.datasets, dataset), file
	return nil
}

// paths lists the files.
func (n *others) paths() (out []string) {
	for _, d := range n.datasets {
		out = append(out, n.files[d])
	}
	return out
}

// indexes reads the other datasets of a check.
func (a *app) indexes(ctx context.Context, def *schema.Definition, other, maps *others) (map[string]*schema.Index, error) {
	for _, d := range maps.datasets {
		if other.files[d] == "" {
			return nil, cannot("--against-map tanpa --against untuk dataset itu", "--against-map without --against for that dataset", d)
		}
	}
	out := map[string]*schema.Index{}
	for _, dataset := range other.datasets {
		x, err := a.index(ctx, def, dataset, other.files[dataset], maps.files[dataset])
		if e, is := errors.AsType[*schema.Error](err); is {
			return nil, cannot("dataset rujukan tidak dapat dipakai", "a dataset to look things up in cannot be used", unusable(def, dataset, e))
		}
		if err != nil {
			return nil, err
		}
		out[dataset] = x
	}
	return out, nil
}

func (a *app) index(ctx context.Context, def *schema.Definition, dataset, file, mapping string) (*schema.Index, error) {
	of, err := definition(dataset)
	if err != nil {
		return nil, err
	}
	input, err := a.records(file)
	if err != nil {
		return nil, err
	}
	defer input.Close()
	src, err := source(input, mapping, of)
	if err != nil {
		input.hint(a.err, mapping)
		return nil, err
	}
	return schema.NewIndex(ctx, def, of, src)
}

// unusable says what to do about a dataset that cannot be used.
func unusable(def *schema.Definition, dataset string, e *schema.Error) string {
	switch {
	case e.Reason != schema.ReasonBadReference:
		return dataset + ": " + e.Error()
	case e.Record == 0:
		return def.Ref().ID + " has no rule about " + dataset
	case e.Where != "":
		return fmt.Sprintf("%s: record %d has a member that this dataset does not have: is it a file of another one?", dataset, e.Record)
	}
	return fmt.Sprintf("%s: record %d has a structure error: segel check --dataset %s FILE says which; CSV needs --against-map", dataset, e.Record, dataset)
}

// notJudged prints what a check could not say, and what would help.
func notJudged(w io.Writer, r *schema.Report) {
	if r.GroupsPartial {
		fmt.Fprintln(w, "aturan atas beberapa rekaman dinilai tanpa rekaman yang bergalat struktur / rules over several records were judged without those that have structure errors")
	}
	if len(r.NotJudged) == 0 {
		return
	}
	fmt.Fprintln(w, "tidak dinilai / not judged:")
	for _, n := range r.NotJudged {
		help := ""
		switch n.Missing {
		case schema.MissingDataset:
			help = " (--against " + n.Dataset + "=FILE)"
		case schema.MissingDate:
			help = " (--as-of YYYY-MM-DD)"
		}
		fmt.Fprintf(w, "  %-20s %s / %s%s\n", n.Rule, n.Text.ID, n.Text.EN, help)
	}
}
