// The judge of encryption at rest: the API server's own loader and transformers, behind JSON lines.
//
// Every line on standard input is a request, every line on standard output its answer, in order:
//
//	{"op":"load","config":"<text>","reload":false,"kmsv1":true}   -> {"ok":true,"id":1} or {"error":"..."}
//	{"op":"check","config":"<text>","reload":false}               -> {"ok":true} or {"error":"...","errors":[{"type","field","text"}]}
//	{"op":"encrypt","id":1,"resource":"secrets","key":"/registry/...","value":"<base64>"} -> {"value":"<base64>"}
//	{"op":"decrypt",...}                                           -> {"value":"<base64>","stale":false}
//	{"op":"bench","id":1,...,"op2":"encrypt"}                      -> {"ns":123}
//	{"op":"rotate","name":"v2"}                                    -> {"ok":true}
//
// With -sock DIR it also serves two mock key services, DIR/v1.sock and DIR/v2.sock. Both XOR with 0x5a, which is all a mock
// needs to be reproducible from Rust. It knows nothing of our code.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apiserver/pkg/apis/apiserver"
	apiserverv1 "k8s.io/apiserver/pkg/apis/apiserver/v1"
	"k8s.io/apiserver/pkg/apis/apiserver/validation"
	"k8s.io/apiserver/pkg/server/options/encryptionconfig"
	"k8s.io/apiserver/pkg/storage/value"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/klog/v2"
	kmsv1 "k8s.io/kms/apis/v1beta1"
	kmsv2 "k8s.io/kms/apis/v2"
)

type request struct {
	Op       string `json:"op"`
	Config   string `json:"config"`
	Reload   bool   `json:"reload"`
	KMSv1    bool   `json:"kmsv1"`
	ID       int    `json:"id"`
	Resource string `json:"resource"`
	Key      string `json:"key"`
	Value    []byte `json:"value"`
	Op2      string `json:"op2"`
	Name     string `json:"name"`
}

type fieldError struct {
	Type  string `json:"type"`
	Field string `json:"field"`
	Text  string `json:"text"`
}

type answer struct {
	OK     bool         `json:"ok,omitempty"`
	ID     int          `json:"id,omitempty"`
	Value  []byte       `json:"value,omitempty"`
	Stale  bool         `json:"stale,omitempty"`
	NS     float64      `json:"ns,omitempty"`
	Error  string       `json:"error,omitempty"`
	Errors []fieldError `json:"errors,omitempty"`
}

type oracle struct {
	dir    string
	loaded []encryptionconfig.StaticTransformers
	strict runtime.Decoder
	cancel []context.CancelFunc
}

func main() {
	sockets := flag.String("sock", "", "folder for the sockets of the mock key services; none are served without it")
	testing.Init()
	flag.Parse()
	klog.SetLogger(klog.Logger{})
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)

	dir, err := os.MkdirTemp("", "at-rest-oracle")
	must(err)
	defer os.RemoveAll(dir)
	if *sockets != "" {
		must(serve(*sockets))
	}
	scheme := runtime.NewScheme()
	must(apiserver.AddToScheme(scheme))
	must(apiserverv1.AddToScheme(scheme))
	codecs := serializer.NewCodecFactory(scheme, serializer.EnableStrict)
	o := &oracle{dir: dir, strict: codecs.UniversalDecoder()}

	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	out := bufio.NewWriter(os.Stdout)
	for lines.Scan() {
		var r request
		var a answer
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			a = answer{Error: "not a request: " + err.Error()}
		} else {
			a = o.answer(&r)
		}
		line, err := json.Marshal(a)
		must(err)
		_, err = out.Write(append(line, '\n'))
		must(err)
		must(out.Flush())
	}
	must(lines.Err())
}

func (o *oracle) answer(r *request) (a answer) {
	// the reader of aescbc panics on an IV without a block; the server recovers per request, and so does the judge
	defer func() {
		if p := recover(); p != nil {
			a = answer{Error: fmt.Sprintf("panic: %v", p)}
		}
	}()
	switch r.Op {
	case "load":
		return o.load(r)
	case "check":
		return o.check(r)
	case "rotate":
		keyID.Store(r.Name)
		return answer{OK: true}
	case "encrypt", "decrypt", "bench":
		if r.ID < 1 || r.ID > len(o.loaded) {
			return answer{Error: "no such configuration"}
		}
		t := o.loaded[r.ID-1].TransformerForResource(schema.ParseGroupResource(r.Resource))
		if r.Op == "bench" {
			return bench(t, r)
		}
		return transform(t, r)
	}
	return answer{Error: "no such operation"}
}

func transform(t value.Transformer, r *request) answer {
	ctx, dataCtx := context.Background(), value.DefaultContext(r.Key)
	var a answer
	var err error
	if r.Op == "encrypt" {
		a.Value, err = t.TransformToStorage(ctx, r.Value, dataCtx)
	} else {
		a.Value, a.Stale, err = t.TransformFromStorage(ctx, r.Value, dataCtx)
	}
	if err != nil {
		return answer{Error: err.Error()}
	}
	a.OK = true
	return a
}

func bench(t value.Transformer, r *request) answer {
	ctx, dataCtx := context.Background(), value.DefaultContext(r.Key)
	stored, err := t.TransformToStorage(ctx, r.Value, dataCtx)
	if err != nil {
		return answer{Error: err.Error()}
	}
	result := testing.Benchmark(func(b *testing.B) {
		for i := 0; i < b.N; i++ {
			if r.Op2 == "encrypt" {
				_, err = t.TransformToStorage(ctx, r.Value, dataCtx)
			} else {
				_, _, err = t.TransformFromStorage(ctx, stored, dataCtx)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	return answer{OK: true, NS: float64(result.T.Nanoseconds()) / float64(result.N)}
}

func (o *oracle) load(r *request) answer {
	if err := utilfeature.DefaultMutableFeatureGate.Set(fmt.Sprintf("KMSv1=%v", r.KMSv1)); err != nil {
		return answer{Error: err.Error()}
	}
	file := filepath.Join(o.dir, "config")
	if err := os.WriteFile(file, []byte(r.Config), 0o600); err != nil {
		return answer{Error: err.Error()}
	}
	// probes of the key services end with it: at once for a check, with the process for what is used
	ctx, cancel := context.WithCancel(context.Background())
	c, err := encryptionconfig.LoadEncryptionConfig(ctx, file, r.Reload, "oracle")
	if err != nil {
		cancel()
		return answer{Error: strings.ReplaceAll(err.Error(), file, "FILE")}
	}
	if r.Op == "check" {
		cancel()
		return answer{OK: true}
	}
	o.cancel = append(o.cancel, cancel)
	o.loaded = append(o.loaded, encryptionconfig.StaticTransformers(c.Transformers))
	return answer{OK: true, ID: len(o.loaded)}
}

// check takes the two steps of the loader apart, so that validation errors arrive one by one and not as one text.
func (o *oracle) check(r *request) answer {
	a := o.load(r)
	if a.OK || !strings.Contains(a.Error, "error while parsing file") {
		return answer{OK: a.OK, Error: a.Error}
	}
	object, _, err := o.strict.Decode([]byte(r.Config), nil, nil)
	if err != nil {
		return a
	}
	config, ok := object.(*apiserver.EncryptionConfiguration)
	if !ok {
		return a
	}
	for _, e := range validation.ValidateEncryptionConfiguration(config, r.Reload) {
		a.Errors = append(a.Errors, fieldError{Type: string(e.Type), Field: e.Field, Text: e.Error()})
	}
	return a
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// keyID is what the mock of KMS v2 calls its key.
var keyID atomic.Value

func serve(dir string) error {
	keyID.Store("mock-1")
	for _, mock := range []struct {
		socket   string
		register func(*grpc.Server)
	}{
		{"v1.sock", func(s *grpc.Server) { kmsv1.RegisterKeyManagementServiceServer(s, mockV1{}) }},
		{"v2.sock", func(s *grpc.Server) { kmsv2.RegisterKeyManagementServiceServer(s, mockV2{}) }},
	} {
		path := filepath.Join(dir, mock.socket)
		_ = os.Remove(path)
		listener, err := net.Listen("unix", path)
		if err != nil {
			return err
		}
		server := grpc.NewServer(grpc.ConnectionTimeout(5 * time.Second))
		mock.register(server)
		go func() { must(server.Serve(listener)) }()
	}
	return nil
}

func xor(in []byte) []byte {
	out := make([]byte, len(in))
	for i, b := range in {
		out[i] = b ^ 0x5a
	}
	return out
}

type mockV1 struct {
	kmsv1.UnsafeKeyManagementServiceServer
}

func (mockV1) Version(context.Context, *kmsv1.VersionRequest) (*kmsv1.VersionResponse, error) {
	return &kmsv1.VersionResponse{Version: "v1beta1", RuntimeName: "mock", RuntimeVersion: "1"}, nil
}

func (mockV1) Encrypt(_ context.Context, r *kmsv1.EncryptRequest) (*kmsv1.EncryptResponse, error) {
	return &kmsv1.EncryptResponse{Cipher: xor(r.Plain)}, nil
}

func (mockV1) Decrypt(_ context.Context, r *kmsv1.DecryptRequest) (*kmsv1.DecryptResponse, error) {
	return &kmsv1.DecryptResponse{Plain: xor(r.Cipher)}, nil
}

type mockV2 struct {
	kmsv2.UnsafeKeyManagementServiceServer
}

const annotation = "mock.sealkit.dev"

func (mockV2) Status(context.Context, *kmsv2.StatusRequest) (*kmsv2.StatusResponse, error) {
	return &kmsv2.StatusResponse{Version: "v2", Healthz: "ok", KeyId: keyID.Load().(string)}, nil
}

func (mockV2) Encrypt(_ context.Context, r *kmsv2.EncryptRequest) (*kmsv2.EncryptResponse, error) {
	return &kmsv2.EncryptResponse{
		Ciphertext:  xor(r.Plaintext),
		KeyId:       keyID.Load().(string),
		Annotations: map[string][]byte{annotation: []byte("1")},
	}, nil
}

func (mockV2) Decrypt(_ context.Context, r *kmsv2.DecryptRequest) (*kmsv2.DecryptResponse, error) {
	if !strings.HasPrefix(r.KeyId, "mock-") || string(r.Annotations[annotation]) != "1" {
		return nil, status.Error(codes.InvalidArgument, "not wrapped by the mock")
	}
	return &kmsv2.DecryptResponse{Plaintext: xor(r.Ciphertext)}, nil
}
