//go:build !unix

package endtoend

func memory() int64 { return 0 } // not known here
