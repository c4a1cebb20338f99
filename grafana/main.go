// Command grafana writes the lab's dashboard, which is Go code, as the JSON that Grafana loads.
//
// The schema is the classic one, not Grafana's newer v2: older Grafanas cannot load v2, and no
// Grafana takes it as a home dashboard from a file.
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

// render returns the dashboard as indented JSON, keys sorted and operators unescaped, so that a
// change of a panel is a readable diff.
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
