package schema

import (
	"fmt"
	"testing"
	"time"
)

// TestDays walks the calendar: the first and the last day of every month that a
// date can name, and the day behind it, which is none.
func TestDays(t *testing.T) {
	next, _ := readDay([]byte("0000-01-01"))
	for year := range 10_000 {
		for month := 1; month <= 12; month++ {
			first, last := time.Date(year, time.Month(month), 1, 0, 0, 0, 0, time.UTC), time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC)
			for _, day := range []time.Time{first, last} {
				text := day.Format(time.DateOnly)
				want := next + dayNumber(day.Day()) - 1
				if got, ok := readDay([]byte(text)); !ok || got != want {
					t.Fatalf("%s is day %d, %v; want %d", text, got, ok, want)
				}
			}
			next += dayNumber(last.Day())
			if _, ok := readDay(fmt.Appendf(nil, "%04d-%02d-%02d", year, month, last.Day()+1)); ok {
				t.Fatalf("%04d-%02d has more than %d days", year, month, last.Day())
			}
		}
	}
	if unix, _ := readDay([]byte("1970-01-01")); next-unix != 2_932_897 {
		t.Errorf("the year 10000 begins %d days after 1970", next-unix)
	}
}

// TestFormatDate: what is no date for the machine is none for the library, and the
// other way round, because it is not asked.
func TestFormatDate(t *testing.T) {
	f, ok := newFormat("date")
	if !ok {
		t.Fatal("no such format")
	}
	try := func(text string) {
		if library := len(f.other.check(text)) == 0; f.holds([]byte(text)) != library {
			t.Errorf("%q: the library says %v", text, library)
		}
	}
	for _, date := range []string{"2024-02-29", "0000-12-31", "9999-10-01", "1900-02-28"} {
		for i := range len(date) {
			try(date[:i])
			try(date[i:])
			try(date[:i] + date[i+1:])
			for c := range 256 {
				try(date[:i] + string([]byte{byte(c)}) + date[i+1:])
				try(date[:i] + string([]byte{byte(c)}) + date[i:])
			}
		}
		for c := range 256 {
			try(date + string([]byte{byte(c)}))
		}
	}
}
