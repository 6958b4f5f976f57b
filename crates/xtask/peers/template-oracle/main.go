// The judge of templates: Go's own text/template with sprig, as the sealed-secrets controller uses them, behind JSON lines.
//
// Every line on standard input is a request, every line on standard output its answer, in order:
//
//	{"name":"key","template":"{{ .a }}","data":{"a":"<base64>"}}   -> {"output":"<base64>"} or {"error":"..."}
//
// The functions that the controller takes away are taken away here too. It knows nothing of our code.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

type request struct {
	Name     string            `json:"name"`
	Template string            `json:"template"`
	Data     map[string][]byte `json:"data"`
}

type answer struct {
	Output []byte `json:"output,omitempty"`
	Error  string `json:"error,omitempty"`
}

func render(r request, functions template.FuncMap) answer {
	parsed, err := template.New(r.Name).Funcs(functions).Parse(r.Template)
	if err != nil {
		return answer{Error: err.Error()}
	}
	data := map[string]string{}
	for key, value := range r.Data {
		data[key] = string(value)
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, data); err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Output: out.Bytes()}
}

func main() {
	functions := sprig.GenericFuncMap()
	for _, name := range []string{"env", "expandenv", "getHostByName"} {
		delete(functions, name)
	}
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) == 0 {
			if err != nil {
				return
			}
			continue
		}
		var r request
		if bad := json.Unmarshal(line, &r); bad != nil {
			out.Encode(answer{Error: "request: " + bad.Error()})
			continue
		}
		out.Encode(render(r, functions))
	}
}
