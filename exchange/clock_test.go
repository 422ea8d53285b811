package exchange

import (
	"testing"
	"time"
)

func TestClockThatIsSetWhileRunning(t *testing.T) {
	wall := time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
	type reading struct {
		wall, running time.Duration // since the beginning
		want          bool
	}
	for name, readings := range map[string][]reading{
		"in step":                     {{time.Hour, time.Hour, true}, {48 * time.Hour, 48 * time.Hour, true}},
		"slewed within bounds":        {{time.Hour + maxJump, time.Hour, true}, {2*time.Hour + 2*maxJump, 2 * time.Hour, true}},
		"set forward":                 {{time.Hour + maxJump + 1, time.Hour, false}},
		"set back":                    {{time.Hour, 2 * time.Hour, false}},
		"stays wrong":                 {{25 * time.Hour, time.Hour, false}, {26 * time.Hour, 2 * time.Hour, false}},
		"set right again":             {{25 * time.Hour, time.Hour, false}, {2 * time.Hour, 2 * time.Hour, true}},
		"a reading that is overtaken": {{time.Hour, time.Hour, true}, {time.Hour - 1, time.Hour - 1, true}, {2 * time.Hour, 2 * time.Hour, true}},
	} {
		t.Run(name, func(t *testing.T) {
			var p pulse
			p.beat(wall, 0)
			for i, r := range readings {
				if got := p.beat(wall.Add(r.wall), r.running); got != r.want {
					t.Errorf("reading %d: %v", i, got)
				}
			}
		})
	}
	var p pulse
	p.beat(wall, 0)
	p.restart(wall.Add(25*time.Hour), time.Hour)
	if !p.beat(wall.Add(26*time.Hour), 2*time.Hour) {
		t.Error("an acknowledged clock is refused")
	}
	if p.beat(wall.Add(2*time.Hour), 2*time.Hour) {
		t.Error("the clock before the acknowledged one passes")
	}
}
