// The judge of what `sops` reads in files without trees and in its configuration: its own stores and its own loader,
// behind JSON lines.
//
// Every line on standard input is a request, every line on standard output its answer, in order:
//
//	{"op":"load","store":"ini","text":"..."}        -> {"sections":[...]} or {"error":"..."}
//	{"op":"load","store":"dotenv","text":"..."}     -> {"sections":[{"items":[...]}]} or {"error":"..."}
//	{"op":"emit","store":"ini","sections":[...]}    -> {"text":"..."} or {"error":"..."}
//	{"op":"rule","text":"<.sops.yaml>","path":"..."} -> {"rule":{...}}, {"rule":null} or {"error":"..."}
//	{"op":"discover","present":["/a/.sops.yaml"],"path":"/a/b/c"} -> {"text":"/a/.sops.yaml"} or {"error":"..."}
//
// An item is {"key","value"} or {"comment"}. The path of a rule may begin with {dir}, the folder of the configuration.
// It knows nothing of our code.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/stores/dotenv"
	"github.com/getsops/sops/v3/stores/ini"
)

type item struct {
	Key     *string `json:"key,omitempty"`
	Value   string  `json:"value"`
	Comment *string `json:"comment,omitempty"`
}

type section struct {
	Name  string `json:"name"`
	Items []item `json:"items"`
}

type request struct {
	Op       string    `json:"op"`
	Store    string    `json:"store"`
	Text     string    `json:"text"`
	Path     string    `json:"path"`
	Sections []section `json:"sections"`
	Present  []string  `json:"present"`
}

type rule struct {
	Groups           [][]string `json:"groups"`
	Threshold        int        `json:"threshold"`
	Selectors        []string   `json:"selectors"`
	MACOnlyEncrypted bool       `json:"mac_only_encrypted"`
}

type answer struct {
	Sections []section `json:"sections,omitempty"`
	Text     string    `json:"text,omitempty"`
	Rule     *rule     `json:"rule,omitempty"`
	Error    string    `json:"error,omitempty"`
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	dir, err := os.MkdirTemp("", "sops-oracle")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var r request
		if err := json.Unmarshal(line, &r); err != nil {
			panic(err)
		}
		encoded, err := json.Marshal(respond(r, dir))
		if err != nil {
			panic(err)
		}
		out.Write(append(encoded, '\n'))
		if in.Buffered() == 0 {
			out.Flush()
		}
	}
}

// A panic of the peer is an answer too.
func respond(r request, dir string) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			a = answer{Error: fmt.Sprintf("panic: %v", p)}
		}
	}()
	switch r.Op {
	case "load":
		return load(r)
	case "emit":
		return emit(r)
	case "rule":
		return findRule(r, dir)
	case "discover":
		return discover(r, dir)
	}
	return answer{Error: "unknown op"}
}

func load(r request) answer {
	if r.Store == "dotenv" {
		branches, err := dotenv.NewStore(&config.DotenvStoreConfig{}).LoadPlainFile([]byte(r.Text))
		if err != nil {
			return answer{Error: err.Error()}
		}
		return answer{Sections: []section{{Items: items(branches[0])}}}
	}
	branches, err := ini.NewStore(&config.INIStoreConfig{}).LoadPlainFile([]byte(r.Text))
	if err != nil {
		return answer{Error: err.Error()}
	}
	var sections []section
	for _, s := range branches[0] {
		sections = append(sections, section{Name: s.Key.(string), Items: items(s.Value.(sops.TreeBranch))})
	}
	return answer{Sections: sections}
}

func items(branch sops.TreeBranch) []item {
	found := []item{}
	for _, i := range branch {
		if comment, ok := i.Key.(sops.Comment); ok {
			text := comment.Value
			found = append(found, item{Comment: &text})
			continue
		}
		key := i.Key.(string)
		found = append(found, item{Key: &key, Value: i.Value.(string)})
	}
	return found
}

func branch(items []item) sops.TreeBranch {
	branch := sops.TreeBranch{}
	for _, i := range items {
		if i.Comment != nil {
			branch = append(branch, sops.TreeItem{Key: sops.Comment{Value: *i.Comment}})
		} else {
			branch = append(branch, sops.TreeItem{Key: *i.Key, Value: i.Value})
		}
	}
	return branch
}

func emit(r request) answer {
	if r.Store == "dotenv" {
		text, err := dotenv.NewStore(&config.DotenvStoreConfig{}).EmitPlainFile(sops.TreeBranches{branch(r.Sections[0].Items)})
		if err != nil {
			return answer{Error: err.Error()}
		}
		return answer{Text: string(text)}
	}
	tree := sops.TreeBranch{}
	for _, s := range r.Sections {
		tree = append(tree, sops.TreeItem{Key: s.Name, Value: branch(s.Items)})
	}
	text, err := ini.NewStore(&config.INIStoreConfig{}).EmitPlainFile(sops.TreeBranches{tree})
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Text: string(text)}
}

func findRule(r request, dir string) answer {
	file := filepath.Join(dir, ".sops.yaml")
	if err := os.WriteFile(file, []byte(r.Text), 0o600); err != nil {
		panic(err)
	}
	found, err := config.LoadCreationRuleForFile(file, strings.Replace(r.Path, "{dir}", dir, 1), nil)
	if err != nil {
		return answer{Error: err.Error()}
	}
	if found == nil {
		return answer{}
	}
	result := rule{Threshold: found.ShamirThreshold, MACOnlyEncrypted: found.MACOnlyEncrypted}
	for _, group := range found.KeyGroups {
		keys := []string{}
		for _, key := range group {
			keys = append(keys, key.TypeToIdentifier()+" "+key.ToString())
		}
		result.Groups = append(result.Groups, keys)
	}
	result.Selectors = []string{
		found.UnencryptedSuffix, found.EncryptedSuffix, found.UnencryptedRegex,
		found.EncryptedRegex, found.UnencryptedCommentRegex, found.EncryptedCommentRegex,
	}
	return answer{Rule: &result}
}

// Paths are below a folder of our own, which has no configuration above it.
func discover(r request, dir string) answer {
	root, err := os.MkdirTemp(dir, "tree")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(root)
	for _, present := range r.Present {
		file := filepath.Join(root, present)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			panic(err)
		}
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			panic(err)
		}
	}
	found, err := config.LookupConfigFile(filepath.Join(root, r.Path))
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Text: strings.TrimPrefix(found.Path, root)}
}
