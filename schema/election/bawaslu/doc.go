// Package bawaslu has the datasets of the supervisory body Bawaslu as Go
// structs: findings and reports of violations.
//
// The structs are generated from the definitions beside them (go generate in
// schema/election), one for each dataset. A member that may be null or absent
// is a record.Field, because null, absent and zero are three different things.
// What the fields mean, which rules hold and which purposes may carry a
// dataset stands in the definition and on its page in schema/election/docs.
//
// Check records before reading them, with the definition of package election;
// then read them with record.All. A struct is never sent: what was signed are
// bytes.
package bawaslu
