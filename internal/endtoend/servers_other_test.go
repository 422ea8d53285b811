//go:build !linux

package endtoend

import "time"

func serverTime(...string) time.Duration { return 0 } // not known here
