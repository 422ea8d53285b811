package envelopetest_test

import (
	"context"
	"fmt"
	"os"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
)

func Example() {
	sealed, err := envelopetest.Seal([]byte("{\"n\":1}\n"), envelopetest.Sipol(), envelopetest.BadanHukum())
	if err != nil {
		fmt.Println(err)
		return
	}
	opened, err := envelopetest.Open(sealed.File(), envelopetest.BadanHukum())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s", opened.Content())
	_, err = envelopetest.Open(sealed.File(), envelopetest.Stranger())
	fmt.Println(envelope.ReasonOf(err))
	// Output:
	// {"n":1}
	// not_for_me
}

// Another module's tests run the vectors in the same way, from a copy of the
// folder.
func ExampleVectorFolder_Try() {
	folder := envelopetest.VectorFolder{FS: os.DirFS("../testdata/vectors")}
	all, err := envelopetest.ReadVectors(folder.FS)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range all {
		if v.Name != "envelope/forwarded" {
			continue
		}
		reason, _, err := folder.Try(context.Background(), v)
		fmt.Println(v.Comment)
		fmt.Println(reason, err)
	}
	// Output:
	// a recipient encrypts what it received for somebody whom the sender did not name
	// forwarded <nil>
}
