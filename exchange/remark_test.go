package exchange

import (
	"fmt"
	"testing"
)

func TestNotesAreBounded(t *testing.T) {
	var n notes
	for i := range 3 * maxNotes {
		x := note{digest: fmt.Sprint(i)}
		if n.has(x) {
			t.Fatalf("note %d is there before it was added", i)
		}
		if n.add(x); !n.has(x) {
			t.Fatalf("note %d is not there", i)
		}
		if len(n.known) > maxNotes {
			t.Fatalf("%d notes", len(n.known))
		}
	}
}
