package schema

// span is the time between two places, in days or in hours.
type span struct {
	from, to pointer
	hours    bool
}

func (e span) eval(record any) (int64, bool) {
	from, ok := e.from.get(record).(string)
	if !ok {
		return 0, false
	}
	to, ok := e.to.get(record).(string)
	if !ok {
		return 0, false
	}
	return between([]byte(from), []byte(to), e.hours)
}

// small: what is shown is a difference.
func (e span) small(any) bool { return true }

// between counts days by the calendar, or hours rounded up. Times with a zone
// and times without are not compared: nobody can say how far they are apart.
func between(from, to []byte, hours bool) (int64, bool) {
	if !hours {
		a, ok := readDay(from)
		if !ok {
			return 0, false
		}
		b, ok := readDay(to)
		return int64(b - a), ok
	}
	a, ok := readMoment(from)
	if !ok {
		return 0, false
	}
	b, ok := readMoment(to)
	if !ok || a.zoned != b.zoned {
		return 0, false
	}
	seconds := b.seconds - a.seconds
	if b.nanos > a.nanos {
		seconds++ // rounded up
	}
	return ceiling(seconds, 1, 3600), true
}

// A dayNumber counts the days from the first of the year 0 of the Gregorian
// calendar.
type dayNumber int32

const noDay dayNumber = -1 // nobody said which

// daysBefore are those of a year before each month, without a leap day.
var daysBefore = [...]int{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334}

// readDay reads the day at the beginning of a text.
func readDay(text []byte) (dayNumber, bool) {
	if len(text) < 10 || !isDate(text[:10]) {
		return noDay, false
	}
	two := func(i int) int { return int(text[i]-'0')*10 + int(text[i+1]-'0') }
	year, month := 100*two(0)+two(2), two(5)
	n := 365*year + (year+3)/4 - (year+99)/100 + (year+399)/400 + daysBefore[month-1] + two(8) - 1
	if month > 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		n++
	}
	return dayNumber(n), true
}

func digitsOf(text []byte) (n int64, ok bool) {
	for _, c := range text {
		if !isDigit(c) {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// moment is a time in UTC or, without a zone, by a clock on some wall.
type moment struct {
	seconds int64
	nanos   int64
	zoned   bool
}

// readMoment reads a time as RFC 3339 section 5.6 has it, with a blank for the
// T, as many systems write it, and with or without the zone.
func readMoment(text []byte) (m moment, ok bool) {
	day, ok := readDay(text)
	if !ok || len(text) < 19 || text[10] != 'T' && text[10] != 't' && text[10] != ' ' || text[13] != ':' || text[16] != ':' {
		return m, false
	}
	hour, ok1 := digitsOf(text[11:13])
	minute, ok2 := digitsOf(text[14:16])
	second, ok3 := digitsOf(text[17:19])
	if !ok1 || !ok2 || !ok3 || hour > 23 || minute > 59 || second > 60 {
		return m, false
	}
	m.seconds = int64(day)*86400 + hour*3600 + minute*60 + second
	rest := text[19:]
	if len(rest) > 0 && rest[0] == '.' {
		i := 1
		for unit := int64(100_000_000); i < len(rest) && isDigit(rest[i]); unit /= 10 {
			m.nanos += unit * int64(rest[i]-'0')
			i++
		}
		if i == 1 || i > 10 {
			return m, false
		}
		rest = rest[i:]
	}
	if len(rest) == 0 {
		return m, true
	}
	m.zoned = true
	if len(rest) == 1 && (rest[0] == 'Z' || rest[0] == 'z') {
		return m, true
	}
	if len(rest) != 6 || rest[0] != '+' && rest[0] != '-' || rest[3] != ':' {
		return m, false
	}
	hour, ok1 = digitsOf(rest[1:3])
	minute, ok2 = digitsOf(rest[4:6])
	if !ok1 || !ok2 || hour > 23 || minute > 59 {
		return m, false
	}
	offset := hour*3600 + minute*60
	if rest[0] == '+' {
		offset = -offset
	}
	m.seconds += offset
	return m, true
}
