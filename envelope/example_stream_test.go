package envelope_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
)

// Records are sealed as they come. What is larger than the inline limit becomes a
// body, in a few chunks of memory, whatever its size.
func ExampleNewWriter() {
	kpu, bawaslu := envelopetest.Sirekap(), envelopetest.Pengawasan()
	var file bytes.Buffer
	w, err := envelope.NewWriter(context.Background(), &file, kpu.Signing, envelopetest.Draft(kpu, bawaslu), envelope.Layout{
		Media: envelope.MediaRecords,
		Codec: envelope.CodecZstd, // for public data
	})
	if err != nil {
		log.Fatal(err)
	}
	defer w.Abort()
	for i := range 50_000 {
		if _, err := fmt.Fprintf(w, `{"kode_tps":"%013d"}`+"\n", i); err != nil {
			log.Fatal(err)
		}
	}
	if err := w.Close(); err != nil { // before that, the file is no envelope
		log.Fatal(err)
	}
	c := w.Sealed().Closing()
	fmt.Println(c.Records, "records,", c.Bytes, "bytes,", c.Chunks, "chunks; the file is smaller:", file.Len() < 500_000)

	// The receiver verifies the sealed file to its end; then it is recorded, read
	// again, and handed out.
	var authority envelopetest.InsecureAuthority
	x, err := envelope.Examine(context.Background(), bytes.NewReader(file.Bytes()), envelopetest.Opener(bawaslu), &authority)
	if err != nil {
		log.Fatal(err)
	}
	whole, err := x.Verify(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	r, err := whole.Release(context.Background(), bytes.NewReader(file.Bytes()[x.BodyOffset():]))
	if err != nil {
		log.Fatal(err)
	}
	n := 0
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		n++
	}
	fmt.Println(n, "records were opened:", lines.Err() == nil && whole.Proof().Closing.Root == c.Root)
	// Output:
	// 50000 records, 1450000 bytes, 3 chunks; the file is smaller: true
	// 50000 records were opened: true
}

// One pass is for programs whose result nobody sees before the end: here a buffer,
// else a temporary file that is renamed.
func ExampleOpenStream() {
	kpu, bawaslu := envelopetest.Sirekap(), envelopetest.Pengawasan()
	var file, out bytes.Buffer
	w, err := envelope.NewWriter(context.Background(), &file, kpu.Signing, envelopetest.Draft(kpu, bawaslu), envelope.Layout{Media: "image/jpeg"})
	if err != nil {
		log.Fatal(err)
	}
	defer w.Abort()
	if _, err := w.Write(make([]byte, 2_000_000)); err != nil { // a scanned form
		log.Fatal(err)
	}
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}
	open := func(sealed []byte) {
		out.Reset()
		r, err := envelope.OpenStream(context.Background(), bytes.NewReader(sealed), envelopetest.Opener(bawaslu), &envelopetest.InsecureAuthority{})
		if err != nil {
			log.Fatal(err)
		}
		if _, err := out.ReadFrom(r); err != nil {
			fmt.Println("refused:", err)
			return
		}
		fmt.Println(out.Len(), "bytes of", r.Proof().Manifest.Content.Media)
	}
	open(file.Bytes())
	open(file.Bytes()[:file.Len()-1]) // all of the content is there, but not its end
	// Output:
	// 2000000 bytes of image/jpeg
	// refused: malformed: the body is cut short
}
