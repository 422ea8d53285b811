package postgres

import (
	"embed"
	"io/fs"
	"path"
	"strings"
)

// files are the statements, one a file, and the migrations, all written for a
// schema named segel.
//
//go:embed sql
var files embed.FS

// statements are the files of sql by name, for one schema.
type statements map[string]string

// statementsFor puts the schema's name into the statements. The name consists of
// letters, digits and underscores.
func statementsFor(schema string) (statements, error) {
	s := statements{}
	err := fs.WalkDir(files, "sql", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		key := strings.TrimSuffix(strings.TrimPrefix(name, "sql/"), path.Ext(name))
		s[key] = strings.ReplaceAll(string(text), "segel.", `"`+schema+`".`)
		return nil
	})
	return s, err
}
