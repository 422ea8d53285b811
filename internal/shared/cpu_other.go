//go:build !unix

package shared

import "time"

// CPUTime returns a clock's time.
func CPUTime() time.Duration { return time.Duration(time.Now().UnixNano()) }
