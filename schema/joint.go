package schema

type jointKind uint8

const (
	joinAny    jointKind = iota // at least one of the groups holds
	joinOne                     // exactly one does
	joinNot                     // the group does not
	joinIf                      // if the first holds, the second does, else the third
	joinObject                  // if the value is an object, the group holds
)

type joint struct {
	kind   jointKind
	parent uint16
	groups []uint16 // 0 in joinIf: nothing is said
}

// join says what follows from the groups that ended with a value.
func (m *machine) join(n *shape, object bool) bool {
	failed := m.failed
	for i := range n.joints {
		if j := &n.joints[i]; !j.holds(object, failed) && !m.fail(j.parent) {
			return false
		}
	}
	return true
}

// holds reports whether what is said about the groups is true.
func (j *joint) holds(object bool, failed []bool) bool {
	held := 0
	for _, g := range j.groups {
		if !failed[g] {
			held++
		}
	}
	switch j.kind {
	case joinAny:
		return held > 0
	case joinOne:
		return held == 1
	case joinNot:
		return held == 0
	case joinIf:
		then := j.groups[1]
		if failed[j.groups[0]] {
			then = j.groups[2]
		}
		return then == 0 || !failed[then]
	}
	return !object || held == 1 // joinObject
}
