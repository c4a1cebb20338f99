// Command grafana generates the JSON of the lab's dashboard from Go code.
//
// It uses the classic schema instead of v2: older Grafanas cannot load v2, and no Grafana can load a
// home dashboard in v2 from a file.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

//go:generate go run .

const file = "dashboards/batchlab.json"

func main() {
	text, err := render()
	if err == nil {
		err = os.WriteFile(file, text, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "grafana:", err)
		os.Exit(1)
	}
}

// render returns indented JSON with sorted keys and unescaped operators, for readable diffs.
func render() ([]byte, error) {
	board, err := build()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(board)
	if err != nil {
		return nil, err
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err = enc.Encode(tree)
	return out.Bytes(), err
}
