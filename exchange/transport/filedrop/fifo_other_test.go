//go:build !unix

package filedrop_test

import "errors"

func mkfifo(string) error { return errors.New("no pipes in folders") }
