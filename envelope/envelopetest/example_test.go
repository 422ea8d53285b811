package envelopetest_test

import (
	"fmt"

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
