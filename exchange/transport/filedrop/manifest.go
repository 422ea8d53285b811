package filedrop

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/internal/limits"
)

const (
	manifestType = "segel-drop/1"
	manifestEnd  = "end"
	maxLine      = 256
)

// An Item is a file of ours in the folder.
type Item struct {
	Path   string         // in the folder
	To     envelope.Party // whose folder it lies in
	Size   int64          // bytes
	SHA256 string         // hexadecimal
}

func compare(a, b string) int { return cmp.Compare(a, b) }

// List returns what lies in the folder, in the order of paths: envelopes, questions
// and answers, with their digests, for which all of them are read. What is not of ours
// or fails is left out; whatever party Receive is for reports it. The error is that of
// [Folder.Receive].
func (f *Folder) List(ctx context.Context) ([]Item, error) {
	return f.list(ctx, true)
}

// list takes the digest of an envelope from its name, unless it is to be verified.
func (f *Folder) list(ctx context.Context, verify bool) ([]Item, error) {
	folders, err := f.names(f.root)
	if err != nil {
		return nil, err
	}
	var items []Item
	for _, folder := range folders {
		to, ok := boxParty(folder)
		if !ok {
			continue
		}
		found, err := f.listBox(ctx, to, verify)
		if err != nil {
			return nil, err
		}
		items = append(items, found...)
		if len(items) > f.most() {
			return nil, errMany
		}
	}
	slices.SortFunc(items, func(a, b Item) int { return compare(a.Path, b.Path) })
	return items, nil
}

func (f *Folder) listBox(ctx context.Context, to envelope.Party, verify bool) (items []Item, err error) {
	box, err := f.box(to, false)
	if err == errShape || box == nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer box.Close()
	names, err := f.names(box)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		digest, ending, ok := splitName(name)
		if !ok {
			continue
		}
		max := int64(limits.Statement)
		switch ending {
		case envelopeEnding:
			max = f.limits.MaxFile
		case answerEnding:
			max = maxAnswer
		}
		file, size, err := openFile(box, name, max)
		if err != nil {
			continue
		}
		found := digest
		if verify || ending != envelopeEnding {
			found, err = digestOf(ctx, file)
		}
		file.Close()
		if ctx.Err() != nil {
			return nil, errEnded
		}
		if err == nil && (ending != envelopeEnding || found == digest) {
			items = append(items, Item{boxName(to) + "/" + name, to, size, found})
		}
	}
	return items, nil
}

// WriteManifest writes what lies in the folder into its manifest. The error is that of
// [Folder.Receive]. The digest of an envelope is taken from its name, which was held
// against the file when it was put.
func (f *Folder) WriteManifest(ctx context.Context) error {
	items, err := f.list(ctx, false)
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintln(&text, manifestType)
	for _, i := range items {
		fmt.Fprintln(&text, i.SHA256, i.Size, i.Path)
	}
	fmt.Fprintln(&text, manifestEnd, len(items))
	f.sweep(f.root)
	return replaceSmall(f.root, manifestName, []byte(text.String()))
}

// readManifest returns what the manifest says is to be there, nil if there is none or
// it is not one.
func (f *Folder) readManifest() []Item {
	text, err := readSmall(f.root, manifestName, int64(f.most())*maxLine)
	if err != nil || bytes.Count(text, []byte{'\n'}) > f.most()+2 {
		return nil // of which every line, however short, would take memory
	}
	lines := strings.Split(string(text), "\n")
	last := len(lines) - 2
	if last < 1 || lines[0] != manifestType || lines[last+1] != "" || lines[last] != manifestEnd+" "+strconv.Itoa(last-1) {
		return nil
	}
	var items []Item
	for _, line := range lines[1:last] {
		i, ok := parseItem(line)
		if !ok || len(items) > 0 && items[len(items)-1].Path >= i.Path {
			return nil
		}
		items = append(items, i)
	}
	return items
}

func parseItem(line string) (i Item, ok bool) {
	field := strings.Split(line, " ")
	if len(field) != 3 {
		return i, false
	}
	sum, err := hex.DecodeString(field[0])
	size, failed := strconv.ParseInt(field[1], 10, 64)
	if err != nil || failed != nil || len(sum) != sha256.Size || hex.EncodeToString(sum) != field[0] || size < 0 || strconv.FormatInt(size, 10) != field[1] {
		return i, false
	}
	folder, name, _ := strings.Cut(field[2], "/")
	to, ok := boxParty(folder)
	if _, _, named := splitName(name); !ok || !named {
		return i, false
	}
	return Item{field[2], to, size, field[0]}, true
}

// missing returns what the manifest has for a party and is not among the sorted names.
func (f *Folder) missing(party envelope.Party, names []string) (gone []Failed) {
	for _, i := range f.readManifest() {
		_, name, _ := strings.Cut(i.Path, "/")
		if i.To != party || strings.HasSuffix(name, answerEnding) {
			continue
		}
		if _, there := slices.BinarySearch(names, name); !there {
			gone = append(gone, Failed{i.Path, FaultMissing})
		}
	}
	return gone
}
