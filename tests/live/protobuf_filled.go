// Objects with something in every field, in protobuf and in JSON.
//
//	cd tests/realcluster/bed && go run ../../live/protobuf_filled.go GROUP/VERSION/KIND...
//
// Prints a line of JSON for each object: the body of a request in base64
// ("body"), and what Go's API server reads in it, as it writes JSON ("object").
// The first of a kind has every field, the others have some, zeros among them.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"math/rand"
	"os"
	"reflect"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"
)

const rounds = 40

type filler struct {
	*rand.Rand
	all bool
}

func main() {
	serializer := protobuf.NewSerializer(scheme.Scheme, scheme.Scheme)
	for _, kind := range os.Args[1:] {
		parts := strings.Split(kind, "/")
		gvk := schema.GroupVersionKind{Group: parts[0], Version: parts[1], Kind: parts[2]}
		for round := range rounds {
			made, err := scheme.Scheme.New(gvk)
			check(err)
			filler{rand.New(rand.NewSource(int64(round))), round == 0}.fill(reflect.ValueOf(made).Elem())
			made.GetObjectKind().SetGroupVersionKind(gvk)
			var body bytes.Buffer
			check(serializer.Encode(made, &body))
			read, _, err := serializer.Decode(body.Bytes(), nil, nil)
			check(err)
			read.GetObjectKind().SetGroupVersionKind(gvk)
			check(json.NewEncoder(os.Stdout).Encode(map[string]any{"body": body.Bytes(), "object": read}))
		}
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func (f filler) some() bool { return f.all || f.Intn(3) > 0 }

// fill sets a value, or leaves it as it is; what is a value in JSON it sets as a whole.
func (f filler) fill(v reflect.Value) {
	if value := f.value(v.Interface()); value != nil {
		if f.some() {
			v.Set(reflect.ValueOf(value))
		}
		return
	}
	if v.Kind() == reflect.Struct {
		if _, outside := v.Interface().(meta.TypeMeta); !outside {
			for i := range v.NumField() {
				f.fill(v.Field(i))
			}
		}
		return
	}
	if !f.some() {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			f.fill(v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for i := range 2 {
			element := reflect.New(v.Type().Elem()).Elem()
			f.fill(element)
			v.SetMapIndex(reflect.ValueOf(fmt.Sprint("key", i)).Convert(v.Type().Key()), element)
		}
	case reflect.String:
		v.SetString(fmt.Sprint("é\"\n", f.Int()))
	case reflect.Int32, reflect.Int64:
		v.SetInt(int64(f.Uint64()) >> (64 - v.Type().Bits()))
	case reflect.Uint8:
		v.SetUint(uint64(f.Intn(256)))
	case reflect.Bool:
		v.SetBool(true)
	default:
		log.Fatal(v.Type())
	}
}

// value is something for a type that writes its own JSON; nil for all others.
func (f filler) value(now any) any {
	switch now.(type) {
	case meta.Time:
		return meta.NewTime(time.Unix(f.Int63n(4e9)-2e9, 0))
	case meta.MicroTime:
		return meta.NewMicroTime(time.UnixMicro(f.Int63n(4e15) - 2e15))
	case resource.Quantity:
		return resource.MustParse([]string{"100m", "1Gi", "-3", "1500k", "1e3", "0"}[f.Intn(6)])
	case intstr.IntOrString:
		if f.Intn(2) > 0 {
			return intstr.FromString("http")
		}
		return intstr.FromInt32(f.Int31() - 1<<30)
	case meta.FieldsV1:
		return meta.FieldsV1{Raw: []byte(`{"f:metadata":{"f:labels":{".":{}}}}`)}
	}
	return nil
}
