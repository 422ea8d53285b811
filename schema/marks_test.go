package schema

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// order has rules that group alike, of which some leave records out, and two whose
// groups are the same although only one names the date.
const order = `{"segel": "definition/1", "id": "uji/urutan", "version": "1.0.0", "classification": "public", "purposes": ["REKAP-UMUM"],
  "keys": ["/id"], "sensitive": [], "legalDate": "/tanggal",
  "schema": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "grup": {"type": "integer"}, "no": {"type": ["number", "string", "null"]},
    "baik": {"type": ["boolean", "null"]}, "ikut": {"type": "boolean"}, "tanggal": {"type": "string", "format": "date"}}},
  "values": {}, "rules": [], "groups": [
    {"id": "unik", "kind": "rule", "severity": "error", "by": ["/grup"], "unique": ["/no"]},
    {"id": "urut", "kind": "rule", "severity": "error", "by": ["/grup"], "where": {"in": ["/ikut", true]}, "gapless": "/no"},
    {"id": "tiga", "kind": "rule", "severity": "error", "by": ["/grup"], "where": {"in": ["/ikut", true]}, "every": [3, "/no", {"in": ["/baik", true]}]},
    {"id": "tujuh-puluh", "kind": "rule", "severity": "error", "by": ["/grup"], "every": [70, "/no", {"in": ["/baik", true]}]},
    {"id": "banyak", "kind": "rule", "severity": "error", "by": ["/grup"], "where": {"not": {"in": ["/ikut", true]}},
     "values": {"semua": {"records": []}, "baik": {"records": [{"in": ["/baik", true]}]}}, "require": {"<": ["semua", {"sum": ["baik", {"records": []}]}]}},
    {"id": "sehari", "kind": "rule", "severity": "error", "by": ["/grup"], "from": "2024-01-02", "values": {"semua": {"records": []}}, "require": {"<": ["semua", 3]}},
    {"id": "hari", "kind": "rule", "severity": "error", "by": ["/tanggal", "/grup"], "from": "2024-01-02", "values": {"semua": {"records": []}}, "require": {"<": ["semua", 3]}}]}`

// candidate is a record of a list.
type candidate struct {
	group int
	no    string // as it is written
	n     int    // the number, if it is one and whole
	some  bool
	good  string
	takes bool // part
	late  bool // it is of the second day
}

// members of one group for a rule, by the record's number.
func members(all []candidate, part func(c candidate) string) (keys []string, of map[string][]int) {
	of = map[string][]int{}
	for i, c := range all {
		k := part(c)
		if k == "" {
			continue
		}
		if of[k] == nil {
			keys = append(keys, k)
		}
		of[k] = append(of[k], i)
	}
	return keys, of
}

// expected says by hand, with maps and sorting, what the rules of order find.
func expected(all []candidate) (out []string) {
	group := func(c candidate) string { return fmt.Sprint(c.group) }
	taking := func(c candidate) string {
		if !c.takes {
			return ""
		}
		return group(c)
	}
	seen := map[string]bool{}
	for i, c := range all {
		key := fmt.Sprint(c.group, " ", c.no)
		if c.some {
			key = fmt.Sprint(c.group, " whole ", c.n)
		}
		if c.no != "null" && seen[key] {
			out = append(out, fmt.Sprint("unik ", i+1))
		}
		seen[key] = true
	}
	numbers := func(of []int) (list []int, ok bool) {
		for _, i := range of {
			if !all[i].some {
				return nil, false
			}
			list = append(list, all[i].n)
		}
		slices.Sort(list)
		return slices.Compact(list), true
	}
	keys, of := members(all, taking)
	for _, k := range keys {
		if list, ok := numbers(of[k]); ok && (list[0] != 1 || list[len(list)-1] != len(list)) {
			out = append(out, fmt.Sprint("urut ", of[k][0]+1))
		}
	}
	every := func(id string, size int, part func(c candidate) string) {
		keys, of := members(all, part)
		for _, k := range keys {
			list, ok := numbers(of[k])
			if !ok {
				continue
			}
			for from := -2*size + 1; from < 300; from += size {
				have := 0
				for _, n := range list {
					if n >= from && n < from+size {
						have++
					}
				}
				fine := slices.ContainsFunc(of[k], func(i int) bool {
					return all[i].n >= from && all[i].n < from+size && all[i].good != "false"
				})
				if have == size && !fine {
					out = append(out, fmt.Sprint(id, " ", of[k][0]+1))
					break
				}
			}
		}
	}
	every("tiga", 3, taking)
	every("tujuh-puluh", 70, group)
	keys, of = members(all, func(c candidate) string {
		if c.takes {
			return ""
		}
		return group(c)
	})
	for _, k := range keys {
		if !slices.ContainsFunc(of[k], func(i int) bool { return all[i].good == "true" }) {
			out = append(out, fmt.Sprintf("banyak %d semua=%d baik=0", of[k][0]+1, len(of[k])))
		}
	}
	for _, id := range []string{"sehari", "hari"} {
		keys, of = members(all, func(c candidate) string {
			if !c.late {
				return ""
			}
			return group(c)
		})
		for _, k := range keys {
			if len(of[k]) >= 3 {
				out = append(out, fmt.Sprintf("%s %d semua=%d", id, of[k][0]+1, len(of[k])))
			}
		}
	}
	return out
}

// TestOrderByHand compares random lists with what somebody finds who keeps all
// records and sorts them: numbers that are kept as marks and others, records that
// take part in some rules only, groups in any order.
func TestOrderByHand(t *testing.T) {
	ids := []string{"unik", "urut", "tiga", "tujuh-puluh", "banyak", "sehari", "hari"}
	d := defined(t, order, ids...)
	alone := defined(t, order[:strings.Index(order, ",\n    {\"id\": \"urut\"")]+"]}", "unik")
	if d.groups[0].few == 0 || alone.groups[0].few > 0 {
		t.Error("unique keeps marks where nobody else keeps the groups, or does not where somebody does")
	}
	if !d.groups[5].byDate || d.groups[6].byDate {
		t.Error("the date is not part of a group, or twice")
	}
	fired := map[string]int{}
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 1))
		groups, most := 1+r.IntN(12), []int{4, 9, 66, 67, 130, 143}[r.IntN(6)]
		rare, gap := []int{1, 2, 3, 6, 10_000}[r.IntN(5)], []int{40, 400}[r.IntN(2)]
		var all []candidate
		for g := range groups {
			for n := 1; n <= most; n++ {
				if r.IntN(gap) > 0 {
					all = append(all, candidate{group: g, n: n, some: true})
				}
			}
		}
		for range r.IntN(4) {
			all = append(all, candidate{group: r.IntN(groups), n: r.IntN(140) - 3, some: true})
		}
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		var lines []string
		for i := range all {
			c := &all[i]
			c.no, c.good, c.takes, c.late = fmt.Sprint(c.n), "false", r.IntN(3*most) > 0, r.IntN(2) == 0
			switch r.IntN(4 * rare) {
			case 0:
				c.good = "true"
			case 1:
				c.good = "null"
			}
			switch r.IntN(30 * most) {
			case 0:
				c.no, c.some = "null", false
			case 1:
				c.no, c.some = fmt.Sprintf(`"%d"`, c.n), false
			case 2:
				c.no, c.some = fmt.Sprintf("%d.5", c.n), false
			case 3:
				c.no = fmt.Sprintf("%d.0", c.n)
			}
			day := "2024-01-01"
			if c.late {
				day = "2024-01-02"
			}
			lines = append(lines, fmt.Sprintf(`{"id":%d,"grup":%d,"no":%s,"baik":%s,"ikut":%v,"tanggal":"%s"}`, i, c.group, c.no, c.good, c.takes, day))
		}
		report, err := checkBoth(t, d, CheckOptions{MaxDetails: 10_000}, strings.Join(lines, "\n")+"\n")
		if err != nil {
			t.Fatal(err)
		}
		got, want := said(report), expected(all)
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: got\n%s\nwant\n%s", seed, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		for _, f := range report.Details {
			fired[f.Rule]++
		}
		if report, err = checkBoth(t, alone, CheckOptions{MaxDetails: 10_000}, strings.Join(lines, "\n")+"\n"); err != nil {
			t.Fatal(err)
		}
		want = slices.DeleteFunc(want, func(s string) bool { return !strings.HasPrefix(s, "unik") })
		if got := said(report); !slices.Equal(got, want) {
			t.Fatalf("seed %d, alone: got\n%s\nwant\n%s", seed, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	for _, id := range ids {
		if fired[id] < 20 {
			t.Errorf("%s was found %d times", id, fired[id])
		}
	}
}

// TestIdle: a block counts from its first number to its last, whether its numbers
// are kept as marks or not.
func TestIdle(t *testing.T) {
	for _, size := range []int{2, 3, 7, 9, 21, 31, 32, 62, 63, 64, 65} {
		g := &groupRule{form: groupEvery, size: int64(size), few: int64(mostMarks / size * size)}
		for block := range 5 {
			from, to := block*size+1, (block+1)*size
			for _, c := range []struct {
				name       string
				gone, good int
				want       bool
			}{
				{"none is good", 0, 0, true},
				{"the first is", 0, from, false},
				{"the last is", 0, to, false},
				{"the first is gone", from, 0, false},
				{"the last is gone", to, 0, false},
			} {
				var of gathered
				of.marks.add(marks{})
				for n := 1; n <= 6*size; n++ {
					if n == c.gone {
						continue
					}
					a := amount{n: int64(n), holds: yes}
					if n >= from && n <= to && n != c.good {
						a.holds = no
					}
					of.rank(g, 0, &a)
				}
				got := false
				of.broken(g, func(int) { got = true })
				if got != c.want {
					t.Errorf("block %d of %d: %s: broken %v", block, size, c.name, got)
				}
			}
		}
	}
}
