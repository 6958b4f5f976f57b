// etcd as its own release builds it, from the module: the release has no package that `go install` accepts.
// The tools in go.mod, etcdctl and etcdutl, are built beside it from the same versions.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() {
	etcdmain.Main(os.Args)
}
