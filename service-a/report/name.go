package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// claimName returns a path in dir that no report has, and creates the temporary file for it. While that
// file is there, nobody else gets the path: several service As may write into one directory.
func claimName(dir, name string) (path, temp string, err error) {
	candidate := name
	for n := 2; ; n++ {
		path, temp = filepath.Join(dir, candidate+".json"), filepath.Join(dir, "."+candidate+".json.tmp")
		if err := claim(path, temp); !errors.Is(err, fs.ErrExist) {
			return path, temp, err
		}
		candidate = fmt.Sprintf("%s-%d", name, n)
	}
}

// claim creates temp. It returns fs.ErrExist if temp or path is there.
func claim(path, temp string) error {
	file, err := os.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		return errors.Join(fs.ErrExist, file.Close(), os.Remove(temp))
	}
	return file.Close()
}
