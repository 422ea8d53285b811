package envelope

// hidden is content, or a key, that nobody prints by mistake. It is a function, for
// fmt prints whatever else a value holds if it is an unexported member of somebody's
// struct, which it asks for no method, and under a wrong verb what a pointer leads to.
type hidden func() []byte

func hide(b []byte) hidden { return func() []byte { return b } }

// bytes returns what is hidden, nil for the zero value.
func (h hidden) bytes() []byte {
	if h == nil {
		return nil
	}
	return h()
}
