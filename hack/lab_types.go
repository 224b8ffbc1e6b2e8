// What the API's Go types tell and OpenAPI does not.
//
//	cd tests/realcluster/bed && go run ../../../hack/lab_types.go
//
// Prints, for every struct of every kind, an object of its JSON fields: the Go
// type ("type"), the embedded struct that the field comes from ("embedded"),
// what is printed where nothing was said ("absent"), and whether it is a
// pointer, so that a zero is something said ("pointer"). Used by hack/lab_schema.py.
package main

import (
	"encoding/json"
	"log"
	"os"
	"reflect"
	"strings"

	"k8s.io/client-go/kubernetes/scheme"
)

type field struct {
	Type     string          `json:"type"`
	Embedded string          `json:"embedded,omitempty"`
	Absent   json.RawMessage `json:"absent,omitempty"`
	Pointer  bool            `json:"pointer,omitempty"`
}

type structs map[string]map[string]field

func main() {
	found := structs{}
	for _, kind := range scheme.Scheme.AllKnownTypes() {
		found.add(kind)
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		log.Fatal(err)
	}
}

// add notes a type and all that it is made of.
func (s structs) add(t reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		s.add(t.Elem())
	case reflect.Struct:
		name := t.PkgPath() + "." + t.Name()
		_, writesItself := reflect.New(t).Interface().(json.Marshaler)
		if _, known := s[name]; known || writesItself {
			return
		}
		fields := map[string]field{}
		s[name] = fields
		printed := map[string]json.RawMessage{}
		text, err := json.Marshal(reflect.New(t).Interface())
		if err == nil {
			err = json.Unmarshal(text, &printed)
		}
		if err != nil {
			log.Fatalf("%s: %v", name, err)
		}
		s.addFields(fields, t, "", printed)
	}
}

func (s structs) addFields(fields map[string]field, t reflect.Type, embedded string, printed map[string]json.RawMessage) {
	for i := range t.NumField() {
		each := t.Field(i)
		name, _, _ := strings.Cut(each.Tag.Get("json"), ",")
		switch {
		case !each.IsExported() || name == "-":
		case each.Anonymous && name == "":
			s.addFields(fields, each.Type, embedded+each.Name+".", printed)
		default:
			s.add(each.Type)
			pointer := each.Type.Kind() == reflect.Pointer
			bare := each.Type
			if pointer {
				bare = bare.Elem()
			}
			fields[name] = field{bare.String(), strings.TrimSuffix(embedded, "."), printed[name], pointer}
		}
	}
}
