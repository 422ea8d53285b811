package completeness_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange/completeness"
	"github.com/segel-id/segel/exchange/exchangetest"
)

// The commission says which stations must report; the supervisor says which have
// not; the commission holds that against what it has receipts for.
func Example() {
	kpu, bawaslu, now := envelopetest.Sirekap(), envelopetest.Pengawasan(), envelopetest.Now()
	directory := exchangetest.NewWorld().Directory

	register, _ := completeness.NewRegister(slices.Values([]string{"3101011001001", "3101011001002", "3172031003001"}))
	signed, _ := register.Expect(completeness.Expectation{
		Issuer: kpu.Party, IssuedAt: now.Unix(), Dataset: "sirekap/hasil-tps", LegalDate: "2024-02-14", Due: now.Add(time.Hour).Unix(),
	}, kpu.Signing)

	// At the supervisor. Of a delivery the arrival is ArrivalOf(delivery, time), kept
	// in the transaction that settles it and added from there.
	expected, _ := completeness.OpenExpectation(signed, directory, now)
	tally := completeness.NewTally(register)
	_ = tally.Add(arrival(1, 1, 0, 2*time.Hour), "3101011001001")
	report, err := tally.Report(expected, bawaslu.Party, now, bawaslu.Signing)
	if err != nil {
		fmt.Println(err)
		return
	}
	file := report.File()

	// At the commission.
	opened, err := completeness.OpenReport(file, register, directory, now)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range opened.Areas(4) {
		fmt.Printf("%s: %d of %d reported, %d late\n", a.Prefix, a.Reported, a.Expected, a.Late)
	}
	receipts := map[string]string{"3101011001001": envelopetest.Digest(id(1)), "3101011001002": envelopetest.Digest(id(2))}
	for _, d := range opened.Dispute(func(unit string) string { return receipts[unit] }) {
		fmt.Println(d.Unit, "is called", d.State, "but a receipt for it is here")
	}
	// Output:
	// 3101: 1 of 2 reported, 1 late
	// 3172: 0 of 1 reported, 0 late
	// 3101011001002 is called missing but a receipt for it is here
}
